/** Who made the commits of deployments and how these fared, as far as the clones here tell; which commits changed something of it, Git is asked. */
import { type RevisionHistory, sourcesOf } from "../../core/model/application.ts";
import { type ChangeAbout, type CommitAbout, commitAbout } from "../../core/model/commit-about.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import { revisionsIn } from "../../core/model/hold.ts";
import type { Project } from "../../core/model/project.ts";
import { type Source, sourceKind } from "../../core/model/source.ts";
import type { Transition } from "../../core/model/transition.ts";
import { refuseSource } from "../../core/policy/refuse-source.ts";
import type { Journal } from "../../core/ports/journal.ts";
import { FARED_KINDS, faredOf } from "../../core/transitions/fared-of.ts";
import { defined } from "../../lib/defined.ts";
import type { Deployments } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import { type ManagedApplication, shownApplication } from "../managed-application.ts";
import { entriesFor, repositoryAccess } from "../target/repository-access.ts";
import { pathsDeclared } from "../target/source-paths.ts";
import type { ChangeQuestion, LastChanges } from "./last-changes.ts";

/** Commits that are looked up for one answer, the newest deployments first. */
const MOST_COMMITS = 60;
/** More than the store keeps of one application. */
const MOST_TRANSITIONS = 1_000;

const NOT_LOOKED = { is: "unknown", why: "its repository is not looked into" } as const;

type Changes = Pick<LastChanges, "of" | "ahead" | "asOf" | "placeOf" | "readOf">;

/** @param project in force; undefined: there is none, and nothing of it is looked up */
export async function deploymentsWithCommits(
  managed: ManagedApplication,
  project: Project | undefined,
  { git, settings, store }: Pick<EnginePorts, "git" | "settings"> & { store: Pick<Journal, "transitions"> },
  changes: Changes,
): Promise<Deployments> {
  const { app } = managed.spec;
  // As it is shown: a commit that changed nothing of it is learnt without a look, and the status kept is of the one before.
  const { status } = shownApplication(managed);
  const entries = entriesFor(settings().repositories, nameOfProject(app));
  const asked = new Map<string, Promise<CommitAbout>>();
  const aboutOne = (source: Source, revision: string): Promise<CommitAbout> => {
    if (sourceKind(source) !== "git") return Promise.resolve({ is: "version" });
    const unknown = (why: string): Promise<CommitAbout> => Promise.resolve({ is: "unknown", why });
    if (project === undefined) return unknown("its project is not known");
    const refused = refuseSource(project, source.repoURL);
    if (refused !== undefined) return unknown(refused);
    const key = `${source.repoURL} ${revision}`;
    const before = asked.get(key);
    if (before !== undefined) return before;
    if (asked.size >= MOST_COMMITS) return unknown(`only the newest ${MOST_COMMITS} are looked up`);
    const found = git.infoHere(repositoryAccess(source.repoURL, entries), revision as CommitSha).then(
      (info): CommitAbout =>
        info === undefined
          ? { is: "unknown", why: "the commit is not in the clone here" }
          : commitAbout(info),
      (cause: unknown): CommitAbout => {
        if (cause instanceof Failure) return { is: "unknown", why: cause.why };
        throw cause;
      },
    );
    asked.set(key, found);
    return found;
  };
  const about = (revisions: readonly string[], sources: readonly Source[]): Promise<CommitAbout[]> =>
    Promise.all(
      revisions.map((revision, at) => {
        const source = sources[at];
        return source === undefined
          ? Promise.resolve<CommitAbout>({ is: "unknown", why: "it has no such source any more" })
          : aboutOne(source, revision);
      }),
    );
  const { revision, revisions = revision === undefined ? [] : [revision] } = status?.sync ?? {};
  const now = await about(revisions, sourcesOf(app.spec));
  const history = status?.history ?? [];
  const fared = faredOf(history, transitionsOf(managed, store));
  const items: Deployments["items"] = [];
  const [changed, ahead, changedIn] = await Promise.all([
    changes.of(managed),
    changes.ahead(managed),
    changesOfEntries(managed, history, changes),
  ]);
  for (const [at, entry] of [...history.entries()].reverse())
    items.unshift({
      ...entry,
      commits: await about(revisionsIn(entry), sourcesIn(entry, app.spec)),
      changed: changedIn[at] ?? [],
      ...defined({ fared: fared.get(entry.id) }),
    });
  return { revisions, now, changed, ...defined({ ahead }), items };
}

/** What was read of each is what is read of it now, where it lies in the same place; else what it named itself. */
async function changesOfEntries(
  managed: ManagedApplication,
  history: readonly RevisionHistory[],
  changes: Changes,
): Promise<ChangeAbout[][]> {
  const today = sourcesOf(managed.spec.app.spec);
  const tips = new Map<string, string>();
  const asked = history.map((entry) => {
    const sources = sourcesIn(entry, managed.spec.app.spec);
    return revisionsIn(entry).map((commit, at): ChangeQuestion | undefined => {
      const source = sources[at];
      const place = source && changes.placeOf(managed, source);
      if (source === undefined || place === undefined) return undefined;
      const now = changes.readOf(managed, at);
      const isSame = now?.place.name === place.name && source.path === today[at]?.path;
      // Of one that is held, what was deployed may be newer than what it is at.
      if (now?.place.name === place.name) tips.set(place.name, managed.beside?.commits[at] ?? now.commit);
      return { place, commit, paths: isSame ? now.paths : pathsDeclared(sources, at) };
    });
  });
  const told = await changes.asOf(
    asked.flat().filter((one) => one !== undefined),
    tips,
  );
  return asked.map((of, entry) =>
    of.map((one, at): ChangeAbout => {
      const about = one === undefined ? undefined : told.shift();
      const source = sourcesIn(history[entry] as RevisionHistory, managed.spec.app.spec)[at];
      if (about !== undefined) return about;
      return source !== undefined && sourceKind(source) !== "git" ? { is: "version" } : NOT_LOOKED;
    }),
  );
}

/** Of this one: another one may have had the name. */
function transitionsOf({ key, spec }: ManagedApplication, store: Pick<Journal, "transitions">): Transition[] {
  const kept = store.transitions({
    ...{ app: key, kinds: FARED_KINDS, order: "newest-first", limit: MOST_TRANSITIONS },
  });
  return kept.filter(({ uid }) => uid === undefined || uid === spec.uid);
}

function sourcesIn(
  { source, sources }: RevisionHistory,
  spec: Parameters<typeof sourcesOf>[0],
): readonly Source[] {
  return sources ?? (source === undefined ? sourcesOf(spec) : [source]);
}
