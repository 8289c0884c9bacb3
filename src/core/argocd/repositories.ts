/** What all Secrets of repositories and the ConfigMaps of hosts say together, as our entries. Pure. */
import { defined } from "../../lib/defined.ts";
import { lendsTo } from "../model/parse-token-lender.ts";
import type { Problem } from "../model/problem.ts";
import type { RepositoryAccess, RepositoryType } from "../model/repository-access.ts";
import { repositoryId } from "../model/repository-key.ts";
import type { HostTrust } from "./host-trust.ts";
import type { RepositorySecret } from "./repository-secret.ts";

/** How a repository is let in, apart from whether it is right. */
const CREDENTIALS = [
  "username",
  "password",
  "bearerToken",
  "sshPrivateKey",
  "clientCertificate",
  "clientKey",
  "lender",
] as const satisfies readonly (keyof RepositoryAccess)[];
const HTTPS: readonly RepositoryType[] = ["git", "helm", "oci"];

/**
 * A repository that has no credentials of its own has those of the longest `repo-creds` that its address begins with, of
 * whatever type that is, as with Argo CD; and `repo-creds` speak for all that begins with them, wherever no repository's
 * Secret does. Of two Secrets for one address the older one counts.
 */
export function repositoriesOf(
  secrets: readonly RepositorySecret[],
  trust: HostTrust,
): { entries: RepositoryAccess[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const taken = new Map<string, RepositorySecret>();
  for (const secret of [...secrets].sort(byAge)) {
    const id = `${secret.use} ${repositoryId(secret.entry)}`;
    const holder = taken.get(id);
    if (holder === undefined) taken.set(id, secret);
    else
      problems.push({
        severity: "error",
        object: secret.shown,
        path: "url",
        text: `is that of ${holder.shown} too, which is older and counts`,
        fix: "Remove one of them",
      });
  }
  const kept = [...taken.values()];
  const templates = kept.filter(({ use }) => use === "repo-creds");
  const entries = new Map<string, RepositoryAccess>();
  // A repository's own Secret first: it stands where `repo-creds` have its very address.
  for (const secret of kept.filter(({ use }) => use === "repository"))
    entries.set(repositoryId(secret.entry), withTemplate(secret, templates));
  for (const { entry, said } of templates)
    for (const type of typesOf(entry.url, said)) {
      const typed = { ...entry, type };
      if (!entries.has(repositoryId(typed))) entries.set(repositoryId(typed), fitting(typed));
    }
  const ofHosts = [...trust.authorities.keys()].flatMap((host) =>
    HTTPS.map((type): RepositoryAccess => ({ url: `https://${host}/`, type, speaksFor: "host" })),
  );
  return {
    entries: [...entries.values(), ...ofHosts].map((entry) => trusting(entry, trust)),
    problems,
  };
}

function plain(url: string): string {
  return url
    .toLowerCase()
    .replace(/^oci:\/\//, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

function byAge(a: RepositorySecret, b: RepositorySecret): number {
  return compareTexts(a.createdAt || "9999", b.createdAt || "9999") || compareTexts(a.shown, b.shown);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whose credentials a Secret without its own has: the longest of those that its address begins with. */
function templateOf(
  { entry, credentials, use }: RepositorySecret,
  templates: readonly RepositorySecret[],
): RepositorySecret | undefined {
  if (use !== "repository" || credentials !== "none") return undefined;
  return templates
    .filter(
      (template) =>
        (template.entry.project === undefined || template.entry.project === entry.project) &&
        begins(plain(entry.url), plain(template.entry.url), entry.type),
    )
    .sort((a, b) => plain(b.entry.url).length - plain(a.entry.url).length)[0];
}

function withTemplate(secret: RepositorySecret, templates: readonly RepositorySecret[]): RepositoryAccess {
  const { entry } = secret;
  const best = templateOf(secret, templates);
  if (best === undefined) return entry;
  const lent = Object.fromEntries(CREDENTIALS.map((key) => [key, best.entry[key]]));
  const { proxy, noProxy } = best.entry;
  const way = entry.proxy === undefined && isHttp(entry) ? defined({ proxy, noProxy }) : {};
  return fitting({ ...entry, ...defined(lent as Partial<RepositoryAccess>), ...way });
}

/** At a boundary of the path: `https://git.example.com/team` lends nothing to `https://git.example.com/team-b`. */
function begins(url: string, prefix: string, type: RepositoryType | undefined): boolean {
  if (!url.startsWith(prefix)) return false;
  const rest = url.slice(prefix.length);
  return (
    rest === "" ||
    rest.startsWith("/") ||
    // `git@host:path`; everywhere else a colon begins a port, where somebody else may listen.
    ((type ?? "git") === "git" && !prefix.includes("://") && (prefix.endsWith(":") || rest.startsWith(":")))
  );
}

/** Without what means nothing for its type. */
function fitting(entry: RepositoryAccess): RepositoryAccess {
  const { sshPrivateKey, clientCertificate, clientKey, lender: whoever, ...rest } = entry;
  const lender = whoever !== undefined && lendsTo(whoever, entry) ? whoever : undefined;
  return entry.type === "git"
    ? { ...rest, ...defined({ sshPrivateKey, lender }) }
    : { ...rest, ...defined({ clientCertificate, clientKey, lender }) };
}

function isHttp({ url, type = "git" }: RepositoryAccess): boolean {
  return type !== "git" || /^https?:\/\//i.test(url);
}

/** What may be reached below an address. */
function typesOf(url: string, said: RepositoryType | undefined): readonly RepositoryType[] {
  if (/^https?:\/\//i.test(url)) return HTTPS;
  if (/^oci:\/\//i.test(url)) return ["oci"];
  if (/^ssh:\/\/|@/i.test(url)) return ["git"];
  // A registry without its scheme.
  return said === undefined ? ["git", "oci"] : [said];
}

/** With whose certificates and keys are right, where it says nothing of that itself. */
export function trusting(entry: RepositoryAccess, { authorities, knownHosts }: HostTrust): RepositoryAccess {
  const ca = entry.tlsCheck === "nothing" ? undefined : authorities.get(hostOf(entry.url));
  // What an entry says of itself stands before what is said of its host.
  return {
    ...defined({ ca }),
    ...(entry.sshPrivateKey !== undefined && knownHosts !== "" ? { sshKnownHosts: knownHosts } : {}),
    ...entry,
  };
}

function hostOf(url: string): string {
  return (URL.parse(/^\w+:\/\//.test(url) ? url : `https://${url}`)?.hostname ?? "").toLowerCase();
}
