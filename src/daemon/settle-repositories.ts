/** Which repositories there are: those of the config, and beside them what was added and is not one of them. Pure. */
import type { HostTrust } from "../core/argocd/host-trust.ts";
import type { KeptRepository } from "../core/argocd/kept-repository.ts";
import { repositoriesOf } from "../core/argocd/repositories.ts";
import { shownOf, shownOfEntry } from "../core/argocd/shown-repository.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { GitImplementation, RepositoryAccess } from "../core/model/repository-access.ts";
import { repositoryId } from "../core/model/repository-key.ts";
import type { KnownRepository, RepositoryPlace } from "../core/ports/repository-desk.ts";
import { entriesFor, entryFor } from "../engine/target/repository-access.ts";
import { defined } from "../lib/defined.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";

/** One that was added, with where it stands. `secret` of one that is to be written. */
export interface AddedRepository {
  kept: KeptRepository;
  place: RepositoryPlace;
}

export interface SettledRepositories {
  /** Beside those of the config. */
  entries: RepositoryAccess[];
  /** Those of the config too. */
  known: KnownRepository[];
  problems: Problem[];
}

/** What the config says itself. */
export interface Configured {
  repositories: readonly RepositoryAccess[];
  git: { implementation: GitImplementation };
}

/** How somebody is let in. */
const CREDENTIALS = [
  "username",
  "password",
  "bearerToken",
  "sshPrivateKey",
  "clientCertificate",
  "clientKey",
  "lender",
] as const satisfies readonly (keyof RepositoryAccess)[];

export function settleRepositories(
  { repositories, git }: Configured,
  added: readonly AddedRepository[],
  trust: HostTrust,
): SettledRepositories {
  const { entries: found, problems } = repositoriesOf(
    added.map(({ kept }) => kept.read),
    trust,
  );
  // What Secrets have among themselves is told where they are read.
  const told = new Set(
    repositoriesOf(
      added.flatMap(({ kept, place }) => (place.in === "secret" ? [kept.read] : [])),
      trust,
    ).problems.map(showProblem),
  );
  const own = new Map(repositories.map((entry) => [repositoryId(entry), entry]));
  const isPassedOver = passedOver(added, own);
  const open = new Map(
    added.flatMap((each) => {
      const { use, credentials, entry } = each.kept.read;
      const isOpen = use === "repository" && credentials === "none" && !isPassedOver.has(each);
      return isOpen ? [[repositoryId(entry), entry] as const] : [];
    }),
  );
  const entries = found
    .filter((entry) => entry.speaksFor === "host" || !own.has(repositoryId(entry)))
    .map((entry) => ({
      ...(isOpenWay(entry, open.get(repositoryId(entry))) ? withConfigured(entry, repositories) : entry),
      implementation: git.implementation,
    }));
  const byId = new Map(
    entries.flatMap((entry) => (entry.speaksFor === "host" ? [] : [[repositoryId(entry), entry] as const])),
  );
  return {
    entries,
    problems: [
      ...problems.filter((problem) => !told.has(showProblem(problem))),
      ...added.flatMap((each) => sayTaken(each, own)),
    ],
    known: [
      ...repositories.map(knownOfConfig),
      ...added.filter((each) => !isPassedOver.has(each)).map((each) => knownOf(each, byId)),
    ],
  };
}

/** Those whose place another one has: the config's, or an older one. */
function passedOver(
  added: readonly AddedRepository[],
  own: ReadonlyMap<string, RepositoryAccess>,
): ReadonlySet<AddedRepository> {
  const taken = new Set<string>(),
    lost = new Set<AddedRepository>();
  for (const each of [...added].sort(byAge)) {
    const { read } = each.kept;
    const id = `${read.use} ${repositoryId(read.entry)}`;
    if (taken.has(id) || own.has(repositoryId(read.entry))) lost.add(each);
    taken.add(id);
  }
  return lost;
}

/** As `repositoriesOf` has it: the first one counts. */
export function byAge(a: AddedRepository, b: AddedRepository): number {
  const age = ({ kept: { read } }: AddedRepository): string => `${read.createdAt || "9999"} ${read.shown}`;
  return age(a) < age(b) ? -1 : 1;
}

function sayTaken(
  { kept: { read }, place }: AddedRepository,
  own: ReadonlyMap<string, RepositoryAccess>,
): Problem[] {
  if (!own.has(repositoryId(read.entry))) return [];
  return [
    {
      severity: "warning",
      object: `repository ${withoutUserinfo(read.entry.url)}`,
      text: `stands in repositories of the config and in ${place.in === "secret" ? "a Secret of the home cluster" : sayPlace(place)}; that of the config counts`,
      fix: "Remove one of them",
    },
  ];
}

/** A proxy that `repo-creds` lent is theirs: where they have no credentials, the config's do not go through it. */
function isOpenWay(entry: RepositoryAccess, read: RepositoryAccess | undefined): boolean {
  return read !== undefined && read.proxy === entry.proxy;
}

/** Who has no credentials of its own, and none of `repo-creds`, has those of the config's entry for what is around it. */
function withConfigured(entry: RepositoryAccess, configured: readonly RepositoryAccess[]): RepositoryAccess {
  if (CREDENTIALS.some((key) => entry[key] !== undefined)) return entry;
  const { url: address, type = "git", project = "" } = entry;
  const around = entryFor(address, entriesFor(configured, project), type);
  if (around === undefined) return entry;
  const { url: _, type: __, name: ___, project: ____, scope: _____, speaksFor: ______, ...rest } = around;
  return { ...rest, ...entry };
}

/** Whether it says itself by which way, or under whose certificates and keys, it is asked. */
export function goesItsOwnWay({ proxy, tlsCheck, plainHttp, ca, sshKnownHosts }: RepositoryAccess): boolean {
  return [proxy, tlsCheck, plainHttp, ca, sshKnownHosts].some((each) => each !== undefined);
}

function knownOf(
  { kept, place }: AddedRepository,
  byId: ReadonlyMap<string, RepositoryAccess>,
): KnownRepository {
  const { read } = kept;
  const entry = (read.use === "repository" ? byId.get(repositoryId(read.entry)) : undefined) ?? read.entry;
  const isLent = read.credentials === "none" && CREDENTIALS.some((key) => entry[key] !== undefined);
  return {
    id: { use: read.use, url: read.entry.url, project: read.entry.project ?? "" },
    place,
    entry,
    credentials: read.credentials === "own" ? "own" : isLent ? "inherited" : "none",
    shown: shownOf(kept.data.reveal()),
  };
}

/** An entry of the config speaks for all that begins with it. One that is a repository's whole address is shown as that. */
function knownOfConfig(entry: RepositoryAccess): KnownRepository {
  const { url, type = "git", project = "" } = entry;
  const isPrefix = type === "git" && (/[/:]$/.test(url) || !/[/:]./.test(url.replace(/^\w+:\/\//, "")));
  return {
    id: { use: isPrefix ? "repo-creds" : "repository", url, project },
    place: { in: "config" },
    entry: project === "" ? entry : { ...entry, ...defined({ scope: project }) },
    credentials: CREDENTIALS.some((key) => entry[key] !== undefined) ? "own" : "none",
    shown: shownOfEntry(entry),
  };
}

/** As sentences name it. */
export function sayPlace(place: RepositoryPlace): string {
  switch (place.in) {
    case "config":
      return "repositories of the config";
    case "file":
      return `repositories/${place.file} of the data folder`;
    case "secret":
      return place.secret;
  }
}
