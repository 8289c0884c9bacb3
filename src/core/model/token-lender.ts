import type { Secret } from "./secret.ts";

/** Who lends a login that lives for an hour or so, and what is shown there. */
export type TokenLender =
  /** `installationId` absent: it is asked for, by the repository's address. `baseUrl` absent: GitHub's own API. */
  | { from: "github-app"; appId: string; installationId?: string; privateKey: Secret; baseUrl?: string }
  /** `key`: the JSON text of a service account's key. */
  | { from: "google"; key: Secret }
  | {
      from: "azure-principal";
      clientId: string;
      clientSecret: Secret;
      tenantId: string;
      /** Absent: the public cloud's. */
      authority?: string;
    }
  /** Who the Pod is, as its environment says it. */
  | { from: "azure-workload"; authority?: string }
  /** Who the daemon's environment says it is, or the role that this may act as. */
  | { from: "aws"; roleArn?: string };
