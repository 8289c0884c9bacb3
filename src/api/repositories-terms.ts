/** What the routes of repositories and of credentials take and answer. */
import { may } from "./routes.ts";
import { listed } from "./terms/answers.ts";
import { DONE, json } from "./terms/terms.ts";
import {
  choice,
  fields,
  flag,
  int64,
  list,
  named,
  none,
  oneOf,
  optional,
  saying,
  text,
  told,
} from "./terms/wire.ts";

const TEXTS = {
  project: optional(
    text({
      says: "Applications of this project alone may use it.",
      pattern: /^[^\s/]*$/,
      expected: "a project's name",
    }),
  ),
  username: optional(text()),
  password: optional(text()),
  bearerToken: optional(text()),
  sshPrivateKey: optional(text()),
  tlsClientCertData: optional(text()),
  tlsClientCertKey: optional(text()),
  githubAppPrivateKey: optional(text()),
  githubAppEnterpriseBaseUrl: optional(text()),
  gcpServiceAccountKey: optional(text()),
  azureServicePrincipalClientId: optional(text()),
  azureServicePrincipalClientSecret: optional(text()),
  azureServicePrincipalTenantId: optional(text()),
  azureActiveDirectoryEndpoint: optional(text()),
  proxy: optional(text()),
  noProxy: optional(text()),
  ca: optional(text({ says: "PEM, in place of the machine's authorities." })),
  sshKnownHosts: optional(text({ says: "Lines of a known_hosts file." })),
} as const;
const WHOLES = {
  githubAppID: optional(int64()),
  githubAppInstallationID: optional(int64()),
} as const;
const SWITCHES = {
  forceHttpBasicAuth: optional(flag()),
  useAzureWorkloadIdentity: optional(flag()),
  enableOCI: optional(flag()),
  insecureOCIForceHttp: optional(flag()),
} as const;
const OF_REPOSITORY = {
  name: optional(text()),
  depth: optional(int64()),
  insecure: optional(flag("Take whoever answers at its address for the right one.")),
  insecureIgnoreHostKey: optional(flag()),
  enableLfs: optional(flag()),
  webhookManifestCacheWarmDisabled: optional(flag()),
} as const;
const TYPE = { type: optional(text({ pattern: /^(?:git|helm|oci|)$/, expected: "git, helm or oci" })) };

/** Fields of a body that are keys of a Secret. */
export const KEYS: ReadonlySet<string> = new Set(
  [TEXTS, WHOLES, SWITCHES, OF_REPOSITORY, TYPE].flatMap((each) => Object.keys(each)),
);
export const FLAGS: readonly string[] = [
  ...Object.keys(SWITCHES),
  "insecure",
  "insecureIgnoreHostKey",
  "enableLfs",
  "webhookManifestCacheWarmDisabled",
];
export const NUMBERS: readonly string[] = [...Object.keys(WHOLES), "depth"];
/** They are answered to nobody. */
export const SECRETS: readonly string[] = [
  "password",
  "bearerToken",
  "sshPrivateKey",
  "tlsClientCertKey",
  "githubAppPrivateKey",
  "gcpServiceAccountKey",
  "azureServicePrincipalClientSecret",
];

const SHOWN = {
  type: optional(choice(["git", "helm", "oci"])),
  name: optional(text()),
  project: optional(text()),
  username: optional(text()),
  ...SWITCHES,
  ...WHOLES,
  depth: optional(int64()),
  insecure: optional(flag()),
  insecureIgnoreHostKey: optional(flag()),
  enableLfs: optional(flag()),
  webhookManifestCacheWarmDisabled: optional(flag()),
  proxy: optional(text({ says: "Without who asks." })),
  noProxy: optional(text()),
  githubAppEnterpriseBaseUrl: optional(text()),
  azureServicePrincipalClientId: optional(text()),
  azureServicePrincipalTenantId: optional(text()),
  azureActiveDirectoryEndpoint: optional(text()),
} as const;
const KEPT_IN = text({ says: "`config`, `data` for a file below the data folder, or the Secret." });
const REPOSITORY = named(
  "Repository",
  told(
    {
      ...SHOWN,
      repo: text(),
      inheritedCreds: flag("Its credentials are those of an entry for what is around it."),
      connectionState: told({
        status: choice(["Successful", "Failed", "Unknown"]),
        message: text({ says: "What was seen, or why not." }),
        attemptedAt: oneOf(text({ says: "RFC 3339; null before it was asked." }), none()),
      }),
      holdfast: told({
        keptIn: KEPT_IN,
        credentials: choice(["own", "inherited", "none"]),
        made: optional(choice(["added", "changed", "same"], "What this request made of it.")),
        warnings: optional(list(text())),
      }),
    },
    "A repository as it is written, without its secrets, and whether it answers.",
  ),
);
const CREDENTIALS = named(
  "RepositoryCredentials",
  told(
    { ...SHOWN, url: text(), warnings: optional(list(text())), holdfast: told({ keptIn: KEPT_IN }) },
    "Credentials of all repositories whose address begins so, without what is secret.",
  ),
);

const OF_PROJECT = {
  appProject: optional(text({ says: "Whose it is, where several have it.", empty: "kept" })),
};
const NOW = { forceRefresh: optional(flag("Its server is asked now.")) };
const PUT_IN = { upsert: optional(flag("It takes the place of one of that address.")) };
const BODY = { ...TYPE, ...TEXTS, ...WHOLES, ...SWITCHES, ...OF_REPOSITORY };
const CREDS_BODY = { ...TYPE, ...TEXTS, ...WHOLES, ...SWITCHES };
const READS = { asks: may("repositories", "get") };

export const LIST = {
  id: "listRepositories",
  says: "Repositories of the config, and those that were added, each with what its server said within the last minutes.",
  ...READS,
  query: { repo: optional(text()), ...OF_PROJECT, ...NOW },
  answers: json(listed(REPOSITORY)),
} as const;
export const GET = {
  id: "getRepository",
  says: "One repository.",
  ...READS,
  query: { ...OF_PROJECT, ...NOW },
  answers: json(REPOSITORY),
} as const;
export const REFS = {
  id: "listRepositoryRefs",
  says: "Branches and tags of a Git repository, asked for now.",
  ...READS,
  query: OF_PROJECT,
  answers: json(told({ branches: list(text()), tags: list(text()) })),
} as const;
export const CREATE = {
  id: "createRepository",
  says: "Adds a repository that answers; one that is there as it is wanted stays.",
  asks: may("repositories", "create"),
  query: PUT_IN,
  body: fields({ repo: saying("Its address, without who asks.", text()), ...BODY }, { unknown: "slips" }),
  answers: json(REPOSITORY),
} as const;
export const UPDATE = {
  id: "updateRepository",
  says: "Changes a repository that was added. Where nothing is said of who asks, that stays.",
  asks: may("repositories", "update"),
  query: OF_PROJECT,
  body: fields({ repo: optional(text()), ...BODY }, { unknown: "slips" }),
  answers: json(REPOSITORY),
} as const;
export const DELETE = {
  id: "deleteRepository",
  says: "Forgets a repository that was added. What applications brought from there stays.",
  asks: may("repositories", "delete"),
  query: OF_PROJECT,
  answers: DONE,
} as const;
export const VALIDATE = {
  id: "validateRepository",
  says: "Asks a repository whether it answers, and keeps nothing.",
  asks: may("repositories", "create"),
  body: fields({ repo: optional(text()), ...BODY }, { unknown: "slips" }),
  answers: json(told({ holdfast: told({ saw: text({ says: "What was seen." }) }) })),
} as const;
export const LIST_CREDS = {
  id: "listRepositoryCredentials",
  says: "Credentials of the config and those that were added, by the addresses that they are for.",
  ...READS,
  query: { url: optional(text()) },
  answers: json(listed(CREDENTIALS)),
} as const;
export const CREATE_CREDS = {
  id: "createRepositoryCredentials",
  says: "Adds credentials of all repositories whose address begins so.",
  asks: may("repositories", "create"),
  query: PUT_IN,
  body: fields(
    { url: saying("What the addresses begin with.", text()), ...CREDS_BODY },
    { unknown: "slips" },
  ),
  answers: json(CREDENTIALS),
} as const;
export const UPDATE_CREDS = {
  id: "updateRepositoryCredentials",
  says: "Changes credentials that were added. Where nothing is said of who asks, that stays.",
  asks: may("repositories", "update"),
  query: OF_PROJECT,
  body: fields({ url: optional(text()), ...CREDS_BODY }, { unknown: "slips" }),
  answers: json(CREDENTIALS),
} as const;
export const DELETE_CREDS = {
  id: "deleteRepositoryCredentials",
  says: "Forgets credentials that were added.",
  asks: may("repositories", "delete"),
  query: OF_PROJECT,
  answers: DONE,
} as const;
