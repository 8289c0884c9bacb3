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
import {
  LENDER_KEYS,
  parseTokenLender,
  type SaidOfLender,
  saidWithoutLender,
  whyNoProxy,
} from "../model/parse-token-lender.ts";
import type { Parsed, Problem } from "../model/problem.ts";
import type { RepositoryAccess, RepositoryType } from "../model/repository-access.ts";
import { Secret } from "../model/secret.ts";
import { KNOWN_HOSTS, TLS_CERTIFICATES } from "./host-trust.ts";

/** With `never` on a Secret: nobody's credentials are lent to it, whoever comes to have some for what is around it. */
export const INHERITS = "holdfast.dev/inherits-credentials";

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
  /** `none`: it does not say who asks, and `repo-creds` are asked. `closed`: it does not either, and nothing is lent to it. */
  credentials: "own" | "none" | "closed";
}

/** What becomes of each key; every other one is a slip. */
export type RepositoryKey =
  | { is: "read"; note?: string }
  /** Nothing depends on it here. */
  | { is: "passed-over"; why: string };

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
  insecure: { is: "read" },
  insecureIgnoreHostKey: {
    is: "passed-over",
    why: "host keys are looked at all the same: argocd-ssh-known-hosts-cm says which are right",
  },
  enableLfs: {
    is: "passed-over",
    why: "files of Git LFS are not fetched, and a render that reads one says so",
  },
  proxy: { is: "read" },
  noProxy: { is: "read" },
  forceHttpBasicAuth: { is: "passed-over", why: "user name and password are always sent at once" },
  depth: { is: "passed-over", why: "of each repository the commits are fetched that are needed" },
  webhookManifestCacheWarmDisabled: {
    is: "passed-over",
    why: "what is rendered is kept by what it was rendered from",
  },
  ...Object.fromEntries(LENDER_KEYS.map((key) => [key, { is: "read" } as const])),
  ca: {
    is: "read",
    note: "ours: PEM of its authority, in place of what `argocd-tls-certs-cm` says of the host",
  },
  sshKnownHosts: {
    is: "read",
    note: "ours: lines of a known_hosts file, in place of `argocd-ssh-known-hosts-cm`",
  },
  // `repo-creds` are written with these.
  azureServicePrincipalClientID: { is: "read" },
  azureServicePrincipalTenantID: { is: "read" },
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
  const both = { report, warn };
  const plain = credentialsOf(data, type, both);
  const lent = lenderOf(data, on, { type, url, plain }, both);
  const own = plain === undefined && lent === undefined ? undefined : { ...plain, ...lent };
  const way = wayOf(data, on, { url, type, use }, both);
  sayUnread(data, on, warn);
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
      credentials:
        own !== undefined ? "own" : secret.metadata.annotations?.[INHERITS] === "never" ? "closed" : "none",
      entry: {
        url,
        type,
        ...filled({ project }),
        // What Git repositories are called there is for people alone.
        ...(type === "helm" && /^[A-Za-z0-9][\w.-]*$/.test(name) ? { name } : {}),
        ...own,
        ...way,
        ...(on.has("insecureOCIForceHttp") && type === "oci" ? { plainHttp: true } : {}),
        ...(use === "repository" && type === "git" ? { speaksFor: "itself" as const } : {}),
      },
    },
  };
}

type Say = (path: string, text: string, fix?: string) => void;
interface Both {
  report: Say;
  warn: Say;
}

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
  { report, warn }: Both,
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

/** Asked only where the Secret does not say itself who asks: with Argo CD these come behind as well. */
function lenderOf(
  data: Readonly<Record<string, string>>,
  on: ReadonlySet<string>,
  {
    plain = {},
    ...where
  }: { type: RepositoryType; url: string; plain: Partial<RepositoryAccess> | undefined },
  { report, warn }: Both,
): Pick<RepositoryAccess, "lender"> | undefined {
  const said = saidOf(data, on);
  const [key] = Object.keys(said);
  const before = (["username", "password", "bearerToken", "sshPrivateKey"] as const).find(
    (own) => own in plain,
  );
  if (key !== undefined && before !== undefined) {
    warn(key, `changes nothing: ${before} is there, and counts`, "Keep one of them");
    return undefined;
  }
  const idle = saidWithoutLender(said);
  if (idle !== undefined) warn(idle, "says nothing by itself, and changes nothing");
  const lender = parseTokenLender(said, where, report);
  return lender === undefined ? undefined : { lender };
}

function saidOf(data: Readonly<Record<string, string>>, on: ReadonlySet<string>): SaidOfLender {
  const { useAzureWorkloadIdentity: _, ...texts } = Object.fromEntries(
    LENDER_KEYS.map((key) => [key, data[key]?.trim() || data[key.replace(/Id$/, "ID")]?.trim() || undefined]),
  );
  return defined({
    ...texts,
    useAzureWorkloadIdentity: on.has("useAzureWorkloadIdentity") ? "true" : undefined,
  }) as SaidOfLender;
}

/** How it is asked, whoever asks. */
function wayOf(
  data: Readonly<Record<string, string>>,
  on: ReadonlySet<string>,
  { url, type, use }: { url: string; type: RepositoryType; use: RepositorySecretUse },
  { report, warn }: Both,
): Pick<RepositoryAccess, "tlsCheck" | "proxy" | "noProxy"> {
  const isHttp = type !== "git" || /^https?:\/\//i.test(url);
  const proxy = data["proxy"]?.trim() ?? "",
    noProxy = data["noProxy"]?.trim() ?? "";
  const notProxy = proxy === "" ? undefined : whyNoProxy(proxy);
  if (notProxy !== undefined) report("proxy", notProxy, "Write it like http://proxy.example.com:3128");
  if (proxy !== "" && !isHttp) warn("proxy", "changes nothing: ssh is asked without a proxy");
  if (proxy === "" && noProxy !== "") warn("noProxy", "changes nothing without proxy");
  const isUnlooked = on.has("insecure") && isHttp && use === "repository";
  if (isUnlooked)
    warn(
      "insecure",
      "whoever answers at its address is taken for the right one",
      `Write the authority's certificate into ${TLS_CERTIFICATES}, and remove insecure`,
    );
  else if (on.has("insecure"))
    warn(
      "insecure",
      use === "repo-creds"
        ? "changes nothing: it is of repositories, not of credentials"
        : `changes nothing: host keys are looked at all the same: ${KNOWN_HOSTS} says which are right`,
    );
  const goes = proxy !== "" && isHttp;
  const ca = data["ca"]?.trim() ?? "",
    sshKnownHosts = data["sshKnownHosts"]?.trim() ?? "";
  const noAuthority = ca === "" ? undefined : whyNoCertificates(ca);
  if (noAuthority !== undefined) report("ca", noAuthority, "Write the certificates of its authority in PEM");
  if (ca !== "" && on.has("insecure"))
    report(
      "ca",
      "is there beside insecure, and then the certificate would not be looked at",
      "Keep one of them",
    );
  if (ca !== "" && !isHttp) warn("ca", "changes nothing: hosts of ssh are known by their keys");
  if (sshKnownHosts !== "" && (isHttp || type !== "git"))
    warn("sshKnownHosts", "changes nothing: it is of hosts of ssh");
  return {
    ...(isUnlooked ? { tlsCheck: "nothing" } : {}),
    ...(ca !== "" && isHttp ? { ca } : {}),
    ...(sshKnownHosts !== "" && !isHttp && type === "git" ? { sshKnownHosts: `${sshKnownHosts}\n` } : {}),
    ...(goes ? { proxy: new Secret(proxy), ...filled({ noProxy }) } : {}),
  };
}

function sayUnread(data: Readonly<Record<string, string>>, on: ReadonlySet<string>, warn: Say): void {
  for (const key of Object.keys(data)) {
    const known = Object.hasOwn(REPOSITORY_KEYS, key) ? REPOSITORY_KEYS[key] : undefined;
    const isSaid = SWITCHES.includes(key) ? on.has(key) : data[key] !== "";
    if (!isSaid || known?.is === "read") continue;
    if (known === undefined) {
      const meant = nearest(key, Object.keys(REPOSITORY_KEYS));
      warn(key, "is none of Argo CD's keys, and changes nothing", meant && `Did you mean ${meant}?`);
    } else if (!SILENT.includes(key)) warn(key, `changes nothing: ${known.why}`);
  }
}
