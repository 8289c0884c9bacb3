/**
 * A repository, or credentials of all that begins with an address, as a Secret of Argo CD says it. Its fields:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories
 */
import { whyNoCertificates, whyNotItsKey } from "../../lib/check-pem.ts";
import { defined, filled } from "../../lib/defined.ts";
import { nearest } from "../../lib/nearest.ts";
import { whyLeadsAway } from "../../lib/plain-address.ts";
import { namesUser, tellsSecret } from "../../lib/url-userinfo.ts";
import { decodedData } from "../model/decoded-secret.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Parsed, Problem } from "../model/problem.ts";
import type { RepositoryAccess, RepositoryType } from "../model/repository-access.ts";
import { Secret } from "../model/secret.ts";

/** `repository`: of this address alone; `repo-creds`: of all that begins with it. */
export type RepositorySecretUse = "repository" | "repo-creds";

/** One Secret, before it is known which others there are. */
export interface RepositorySecret {
  /** As problems name it. */
  shown: string;
  use: RepositorySecretUse;
  /** RFC 3339; of two for the same address the older one counts. */
  createdAt: string;
  entry: RepositoryAccess;
  /** What the Secret says of its type; undefined: nothing. */
  said: RepositoryType | undefined;
  /** Whether it says who asks; where it does not, `repo-creds` are asked. */
  credentials: "own" | "none";
}

/** What becomes of each key; every other one is a slip. */
export type RepositoryKey =
  | { is: "read" }
  /** Nothing depends on it here. */
  | { is: "passed-over"; why: string }
  /** Without it nobody is let in: a Secret that has no other credentials is refused. */
  | { is: "credential-not-taken"; why: string };

const NO_APP = "tokens of a GitHub App are not asked for";
const NO_CLOUD = "tokens are asked of no cloud";

export const REPOSITORY_KEYS: Readonly<Record<string, RepositoryKey>> = {
  url: { is: "read" },
  type: { is: "read" },
  name: { is: "read" },
  project: { is: "read" },
  username: { is: "read" },
  password: { is: "read" },
  bearerToken: { is: "read" },
  sshPrivateKey: { is: "read" },
  tlsClientCertData: { is: "read" },
  tlsClientCertKey: { is: "read" },
  enableOCI: { is: "read" },
  insecureOCIForceHttp: { is: "read" },
  insecure: {
    is: "passed-over",
    why: "certificates and host keys are looked at all the same: argocd-tls-certs-cm and argocd-ssh-known-hosts-cm say which are right",
  },
  insecureIgnoreHostKey: {
    is: "passed-over",
    why: "host keys are looked at all the same: argocd-ssh-known-hosts-cm says which are right",
  },
  enableLfs: {
    is: "passed-over",
    why: "files of Git LFS are not fetched, and a render that reads one says so",
  },
  proxy: {
    is: "passed-over",
    why: "the repository is asked without a proxy of its own",
  },
  noProxy: { is: "passed-over", why: "the repository is asked without a proxy of its own" },
  forceHttpBasicAuth: { is: "passed-over", why: "user name and password are always sent at once" },
  depth: { is: "passed-over", why: "of each repository the commits are fetched that are needed" },
  webhookManifestCacheWarmDisabled: {
    is: "passed-over",
    why: "what is rendered is kept by what it was rendered from",
  },
  githubAppID: { is: "credential-not-taken", why: NO_APP },
  githubAppInstallationID: { is: "credential-not-taken", why: NO_APP },
  githubAppPrivateKey: { is: "credential-not-taken", why: NO_APP },
  githubAppEnterpriseBaseUrl: { is: "credential-not-taken", why: NO_APP },
  gcpServiceAccountKey: { is: "credential-not-taken", why: NO_CLOUD },
  azureServicePrincipalClientId: { is: "credential-not-taken", why: NO_CLOUD },
  azureServicePrincipalClientSecret: { is: "credential-not-taken", why: NO_CLOUD },
  azureServicePrincipalTenantId: { is: "credential-not-taken", why: NO_CLOUD },
  azureServicePrincipalClientID: { is: "credential-not-taken", why: NO_CLOUD },
  azureServicePrincipalTenantID: { is: "credential-not-taken", why: NO_CLOUD },
  azureActiveDirectoryEndpoint: { is: "credential-not-taken", why: NO_CLOUD },
  useAzureWorkloadIdentity: { is: "credential-not-taken", why: NO_CLOUD },
};

/** Switches that change nothing where they are off. */
const SWITCHES = [
  "insecure",
  "insecureIgnoreHostKey",
  "enableLfs",
  "enableOCI",
  "insecureOCIForceHttp",
  "forceHttpBasicAuth",
  "webhookManifestCacheWarmDisabled",
  "useAzureWorkloadIdentity",
];
/** Nobody expects anything of these that does not happen. */
const SILENT = ["forceHttpBasicAuth", "depth", "webhookManifestCacheWarmDisabled"];

/**
 * Every problem at once; they repeat no value but the address and the type.
 * @param shown as problems name it
 */
export function parseRepositorySecret(
  secret: KubeObject,
  use: RepositorySecretUse,
  shown: string,
): Parsed<RepositorySecret> {
  const problems: Problem[] = [];
  const say =
    (severity: Problem["severity"]) =>
    (path: string, text: string, fix?: string): void => {
      problems.push({ severity, object: shown, path, text, ...defined({ fix }) });
    };
  const report = say("error"),
    warn = say("warning");
  const data = decodedData(secret, report);
  const url = (data["url"] ?? "").trim();
  const on = switchesOf(data, report);
  const said = typeOf(data["type"], on, report);
  const type = said ?? "git";
  const wrong = whyNoAddress(url, type, use);
  if (wrong !== undefined) report("url", wrong.why, wrong.fix);
  const project = (data["project"] ?? "").trim();
  if (/[\p{Cc}\s/]/u.test(project)) report("project", "is no name of a project");
  const name = (data["name"] ?? "").trim();
  const own = credentialsOf(data, type, { report, warn });
  sayUnread(data, on, own !== undefined, { report, warn });
  const errors = problems.filter(({ severity }) => severity === "error");
  const [first, ...others] = errors;
  if (first !== undefined) return { ok: false, problems: [first, ...others] };
  return {
    ok: true,
    warnings: problems,
    value: {
      shown,
      use,
      createdAt: secret.metadata.creationTimestamp ?? "",
      said,
      credentials: own === undefined ? "none" : "own",
      entry: {
        url,
        type,
        ...filled({ project }),
        // What Git repositories are called there is for people alone.
        ...(type === "helm" && /^[A-Za-z0-9][\w.-]*$/.test(name) ? { name } : {}),
        ...own,
        ...(on.has("insecureOCIForceHttp") && type === "oci" ? { plainHttp: true } : {}),
        ...(use === "repository" && type === "git" ? { speaksFor: "itself" as const } : {}),
      },
    },
  };
}

type Say = (path: string, text: string, fix?: string) => void;

function switchesOf(data: Readonly<Record<string, string>>, report: Say): ReadonlySet<string> {
  const on = new Set<string>();
  for (const key of SWITCHES) {
    const text = data[key]?.trim() ?? "";
    // As Go reads them.
    if (/^(?:1|t|true)$/i.test(text)) on.add(key);
    else if (text !== "" && !/^(?:0|f|false)$/i.test(text)) report(key, "must be true or false");
  }
  return on;
}

/** Charts of a registry were a kind of chart repository before they had a type of their own. */
function typeOf(text: string | undefined, on: ReadonlySet<string>, report: Say): RepositoryType | undefined {
  const type = text?.trim() ?? "";
  if (type === "" && !on.has("enableOCI")) return undefined;
  if (type === "oci" || (on.has("enableOCI") && type !== "git")) return "oci";
  if (type === "git" || type === "helm") return type;
  const meant = nearest(type, ["git", "helm", "oci"]);
  report("type", "must be git, helm or oci", meant === undefined ? undefined : `Did you mean ${meant}?`);
  return undefined;
}

function whyNoAddress(
  url: string,
  type: RepositoryType,
  use: RepositorySecretUse,
): { why: string; fix: string } | undefined {
  const plainly = "Write it as applications do in repoURL";
  if (url === "") return { why: "must not be empty", fix: plainly };
  if (tellsSecret(url))
    return { why: "has a password or a token in it", fix: "Write it into username and password" };
  if (namesUser(url, type)) return { why: "names who asks", fix: "Write it into username" };
  const away = whyLeadsAway(url);
  if (away !== undefined) return { why: away, fix: plainly };
  if (use === "repo-creds") return undefined;
  if (/^oci:\/\//i.test(url) && type !== "oci")
    return { why: "is the address of a registry", fix: "Set type: oci" };
  if (type === "helm" && !/^https?:\/\//i.test(url))
    return {
      why: "is no address of a chart repository",
      fix: 'Write it with https://, or set enableOCI: "true" where it is a registry',
    };
  return undefined;
}

/** @returns undefined where it says nothing that is taken */
function credentialsOf(
  data: Readonly<Record<string, string>>,
  type: RepositoryType,
  { report, warn }: { report: Say; warn: Say },
): Partial<RepositoryAccess> | undefined {
  const text = (key: string): string | undefined => (data[key] === "" ? undefined : data[key]);
  const secret = (key: string): Secret | undefined => {
    const value = text(key);
    return value === undefined ? undefined : new Secret(value);
  };
  const username = text("username"),
    password = secret("password"),
    bearerToken = secret("bearerToken");
  if (username !== undefined && /[\p{Cc}:]/u.test(username))
    report("username", "holds a colon or a sign that does not print");
  const certificate = text("tlsClientCertData"),
    key = text("tlsClientCertKey");
  const ofCertificate =
    certificate === undefined && key === undefined ? {} : certificateOf(certificate, key, report);
  const isGit = type === "git";
  if (isGit && certificate !== undefined)
    warn("tlsClientCertData", "is shown to no Git server", "Give a token, or a key for ssh");
  const sshPrivateKey = isGit ? secret("sshPrivateKey") : undefined;
  if (!isGit && text("sshPrivateKey") !== undefined)
    warn("sshPrivateKey", "is for Git repositories alone", "Remove it, or set type: git");
  const own = defined({
    username,
    password,
    bearerToken,
    sshPrivateKey,
    ...(isGit ? {} : ofCertificate),
  });
  return Object.keys(own).length === 0 ? undefined : own;
}

function certificateOf(
  certificate: string | undefined,
  key: string | undefined,
  report: Say,
): Pick<RepositoryAccess, "clientCertificate" | "clientKey"> {
  if (certificate === undefined || key === undefined) {
    const [there, missing] = certificate === undefined ? ["Key", "Data"] : ["Data", "Key"];
    report(`tlsClientCert${there}`, `is there without tlsClientCert${missing}`, "Write both, or none");
    return {};
  }
  const why = whyNoCertificates(certificate);
  if (why !== undefined) report("tlsClientCertData", why);
  const notKey = why === undefined ? whyNotItsKey(certificate, key) : undefined;
  if (notKey !== undefined) report("tlsClientCertKey", notKey);
  return { clientCertificate: certificate, clientKey: new Secret(key) };
}

function sayUnread(
  data: Readonly<Record<string, string>>,
  on: ReadonlySet<string>,
  hasOwn: boolean,
  { report, warn }: { report: Say; warn: Say },
): void {
  let refused: "not yet" | "said" = "not yet";
  for (const key of Object.keys(data)) {
    const known = Object.hasOwn(REPOSITORY_KEYS, key) ? REPOSITORY_KEYS[key] : undefined;
    const isSaid = SWITCHES.includes(key) ? on.has(key) : data[key] !== "";
    if (!isSaid || known?.is === "read") continue;
    if (known === undefined) {
      const meant = nearest(key, Object.keys(REPOSITORY_KEYS));
      warn(key, "is none of Argo CD's keys, and changes nothing", meant && `Did you mean ${meant}?`);
    } else if (known.is === "credential-not-taken" && !hasOwn) {
      if (refused === "not yet")
        report(
          key,
          `is not taken, and the Secret holds no other credentials: ${known.why}`,
          "Give username and password (a token), or sshPrivateKey",
        );
      refused = "said";
    } else if (!SILENT.includes(key)) warn(key, `changes nothing: ${known.why}`);
  }
}
