import { USUAL_REQUESTS_PER_SECOND } from "../core/model/repository-access.ts";
import type { Setting } from "./setting.ts";

/** How repositories are reached. */
export const REPOSITORIES = {
  is: "sections",
  doc: "How to reach Git repositories, chart repositories and registries. The longest prefix of a repository's URL wins, among the entries of its type.",
  required: ["url"],
  example: [
    '- { url: "https://git.example.com/", username: ci, password: "${GIT_TOKEN}" }',
    '- { url: "git@git.example.com:", sshPrivateKeyFile: ./id_ed25519, sshKnownHostsFile: ./known_hosts }',
    '- { type: oci, url: "oci://registry.example.com/team", username: ci, password: "${REGISTRY_PASSWORD}" }',
    '- { type: helm, name: shop, url: "https://charts.example.com/shop", username: ci, password: "${CHARTS_PASSWORD}" }',
  ],
  keys: {
    url: {
      is: "text",
      doc: "A repository, or a prefix of several that ends at a slash.",
      default: "",
      pattern: /^(?!\w+:\/\/[^/@]*:[^/@]*@)\S+$/,
      wrong: "must be a URL without a password in it",
    },
    type: {
      is: "choice",
      doc: "git; helm for chart repositories, which have an index.yaml; oci for registries.",
      default: "git",
      of: ["git", "helm", "oci"],
    },
    name: {
      is: "text",
      doc: "Of a chart repository: charts may call it @name in their dependencies.",
      default: "",
      pattern: /^[A-Za-z0-9][\w.-]*$/,
      wrong: "must be a name of letters, digits, dots, - and _",
    },
    username: { is: "text", doc: "For HTTP.", default: "" },
    password: { is: "secret", doc: "For HTTP: a password or an access token." },
    bearerToken: { is: "secret", doc: "For HTTP, in place of user name and password." },
    githubAppID: {
      is: "text",
      doc: "For Git over HTTPS, in place of a user name and password: the id of a GitHub App, which lends a token for an hour.",
      default: "",
    },
    githubAppInstallationID: {
      is: "text",
      doc: "Of githubAppID. Empty: it is asked for, by the repository's address.",
      default: "",
    },
    githubAppPrivateKey: { is: "secret", doc: "Of githubAppID, PEM." },
    githubAppEnterpriseBaseUrl: {
      is: "text",
      doc: "Of githubAppID: the API of a GitHub Enterprise server. Empty is GitHub's own.",
      default: "",
      example: "https://github.example.com/api/v3",
    },
    gcpServiceAccountKey: {
      is: "secret",
      doc: "In place of a user name and password: the JSON key of a service account of Google Cloud.",
    },
    azureServicePrincipalClientId: {
      is: "text",
      doc: "In place of a user name and password, for Azure DevOps and registries of Azure: a service principal.",
      default: "",
    },
    azureServicePrincipalClientSecret: { is: "secret", doc: "Of azureServicePrincipalClientId." },
    azureServicePrincipalTenantId: {
      is: "text",
      doc: "Of azureServicePrincipalClientId.",
      default: "",
    },
    useAzureWorkloadIdentity: {
      is: "flag",
      doc: "The same as who the daemon's Pod is, by the variables that Azure's webhook gives it.",
      default: false,
    },
    azureActiveDirectoryEndpoint: {
      is: "text",
      doc: "Who lends Azure's tokens. Empty is AZURE_AUTHORITY_HOST, or the public cloud's.",
      default: "",
    },
    useAwsIdentity: {
      is: "flag",
      doc: "In place of a user name and password, for registries of Amazon ECR: who the daemon is to AWS, by its environment.",
      default: false,
    },
    awsRoleArn: {
      is: "text",
      doc: "Of useAwsIdentity: the role that it acts as. Empty is none.",
      default: "",
      example: "arn:aws:iam::123456789012:role/reader",
    },
    sshPrivateKey: { is: "secret", doc: "For ssh." },
    sshKnownHosts: {
      is: "content",
      doc: "Lines of a known_hosts file. Without them ssh refuses hosts it does not know.",
    },
    ca: { is: "content", doc: "PEM, in place of the system's certificate authorities." },
    insecure: {
      is: "flag",
      doc: "Take whoever answers at its address for the right one, without a look at the certificate: what is read there, and the credentials, can be seen and changed on the way. Give ca instead.",
      default: false,
    },
    proxy: {
      is: "secret",
      doc: "HTTP proxy through which it is asked, in place of the environment's: http://proxy:3128, with user:password@ before the host where it wants one.",
    },
    noProxy: {
      is: "text",
      doc: "Of proxy: hosts that are asked past it, behind commas, as NO_PROXY has them.",
      default: "",
    },
    clientCertificate: {
      is: "content",
      doc: "PEM, shown to chart repositories and registries that ask for one.",
    },
    clientKey: { is: "secret", doc: "PEM, the key of clientCertificate." },
    passCredentials: {
      is: "flag",
      doc: "Send a chart repository's credentials to the other hosts too that its index names for charts.",
      default: false,
    },
    plainHttp: {
      is: "flag",
      doc: "Ask a registry over HTTP, unencrypted: what is read there, and the credentials, can be seen and changed on the way.",
      default: false,
    },
    requestsPerSecond: {
      is: "integer",
      doc: "How often a registry is asked about images that are kept up to date, at most.",
      default: USUAL_REQUESTS_PER_SECOND,
      least: 1,
      most: 1_000,
    },
    implementation: {
      is: "choice",
      doc: "For these repositories; default is what git.implementation says.",
      default: "default",
      of: ["default", "auto", "isomorphic", "system"],
    },
    project: {
      is: "text",
      doc: "Only applications of this project may use it, and what it brings is kept for them alone; empty is all.",
      default: "",
    },
    push: {
      is: "choice",
      doc: "Whether commits may be pushed there, with these credentials: by `holdfast app rollback --git`, and by image updates of every application whose project permits it.",
      default: "refused",
      of: ["refused", "allowed"],
    },
  },
} as const satisfies Setting;
