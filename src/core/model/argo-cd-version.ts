/** The Argo CD whose API and command line these are: clients and scripts switch features on by it. */
export const ARGO_CD_VERSION = "3.6.0";
