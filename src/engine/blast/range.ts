/** Which commits are meant, which branch they would go to, and what they change. */
import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { BlastAsk, BlastRange } from "../../core/model/blast-report.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
import { sourceKind } from "../../core/model/source.ts";
import type { Git, Resolved, TreeAtCommit } from "../../core/ports/git.ts";
import type { SourceTree } from "../../core/ports/source-tree.ts";
import { changedPaths } from "../../lib/changed-paths.ts";
import { repositoryPlace } from "../../lib/git-url.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { nameOfProject } from "../limits.ts";
import type { Settings } from "../settings.ts";
import { entriesFor, repositoryAccess } from "../target/repository-access.ts";
import { mergedTree } from "./merged-tree.ts";

export type RangeGit = Pick<Git, "resolve" | "tree" | "mergeBase">;

/** A range that was looked up. */
export interface FoundRange extends Omit<BlastRange, "concerned" | "untouched" | "elsewhere"> {
  /** `repositoryPlace` of it. */
  place: string;
  /** `refs/heads/main`. */
  branch: string;
  /** Undefined where they are too many: then everybody is concerned. */
  paths: string[] | undefined;
  /** What a merge would leave: HEAD itself where it has all of BASE, else a commit that `git` alone knows. */
  merged: CommitSha;
  git: Pick<Git, "resolve" | "tree">;
  trees: { base: SourceTree; merged: SourceTree };
}

const BRANCH = "refs/heads/";

/** @throws {Failure} config where it is not clear what is meant; of Git */
export async function findRange(
  ask: BlastAsk,
  apps: readonly Application[],
  { git, settings }: { git: RangeGit; settings: Settings },
  signal: AbortSignal,
): Promise<FoundRange> {
  const repository = repositoryOf(ask.repository, apps);
  const place = repositoryPlace(repository);
  // As its followers reach it: of several projects, as the first that does.
  const follower = apps.find(({ spec }) =>
    sourcesOf(spec).some(({ repoURL }) => repositoryPlace(repoURL) === place),
  );
  const entries =
    follower === undefined
      ? settings.repositories
      : entriesFor(settings.repositories, nameOfProject(follower));
  const access = repositoryAccess(repository, entries);
  const resolve = (revision: string): Promise<Resolved> =>
    git.resolve(access, revision, { freshness: "latest", interest: "once" });
  const [base, head] = [await named(ask.base, "BASE", resolve), await named(ask.head, "HEAD", resolve)];
  const branch = await branchOf(ask.into, base.ref, resolve);
  const found = {
    place,
    repository: withoutUserinfo(repository),
    base: { asked: ask.base, commit: base.commit },
    head: { asked: ask.head, commit: head.commit },
    branch,
    into: branch.slice(BRANCH.length),
  };
  const [baseTree, headTree] = await Promise.all([
    git.tree(access, base.commit, signal),
    git.tree(access, head.commit, signal).catch((cause: unknown) => {
      throw notThere(cause, ask.head);
    }),
  ]);
  const parting = await git.mergeBase(access, base.commit, head.commit, signal);
  if (parting.is === "none")
    throw new Failure("git-revision", found.repository, "after-edit", {
      cannot: `tell what ${ask.head} changes`,
      why: `it has no commit in common with ${ask.base}`,
      fix: "Name a branch that was made from it",
    });
  const notes: string[] = [];
  if (parting.is === "unknown")
    notes.push(
      `Where the two histories part is not known: ${parting.why}. What ${shown(ask.base)} has and ${shown(ask.head)} has not is taken for removed.`,
    );
  const parted = parting.is === "found" ? ({ is: "at", commit: parting.commit } as const) : parting;
  const from =
    parted.is === "unknown" || parted.commit === base.commit
      ? baseTree
      : await git.tree(access, parted.commit, signal);
  const paths = await changedPaths(from, headTree);
  const told = { ...found, parted, paths, changedPaths: paths?.length, notes, git };
  const left = (merged: CommitSha, tree: SourceTree) => ({ merged, trees: { base: baseTree, merged: tree } });
  if (from === baseTree || parted.is === "unknown") return { ...told, ...left(head.commit, headTree) };
  if (parted.commit === head.commit) return { ...told, ...left(base.commit, baseTree) };
  if (paths === undefined) {
    notes.push(
      `${shown(ask.head)} lacks commits of ${shown(ask.base)} and changes too much to be merged here: what those commits changed is shown as taken back. Merge or rebase first.`,
    );
    return { ...told, ...left(head.commit, headTree) };
  }
  const tree = await mergedTree({ base: baseTree, from, head: headTree }, paths);
  if (tree.conflicts.length > 0)
    notes.push(
      `Both ${shown(ask.head)} and ${shown(ask.base)} changed ${andMore(tree.conflicts, 5)}: ${shown(ask.head)}'s version is looked at, and a merge may leave another one.`,
    );
  return { ...told, ...left(tree.commit, tree), git: withTree(git, found.place, tree) };
}

/** The same Git, which knows one commit more. */
function withTree(git: RangeGit, place: string, tree: TreeAtCommit): Pick<Git, "resolve" | "tree"> {
  return {
    resolve: (access, revision, options) => git.resolve(access, revision, options),
    tree: async (access, commit, signal) =>
      commit === tree.commit && repositoryPlace(access.url) === place
        ? tree
        : git.tree(access, commit, signal),
  };
}

function andMore(paths: readonly string[], most: number): string {
  const shown = paths.slice(0, most).join(", ");
  return paths.length <= most ? shown : `${shown} and ${paths.length - most} more`;
}

/** A daemon that anybody could point at an address would be asked to read what its network alone may. */
function repositoryOf(asked: string | undefined, apps: readonly Application[]): string {
  const byPlace = new Map<string, string>();
  for (const app of apps)
    for (const source of sourcesOf(app.spec))
      if (sourceKind(source) === "git") {
        const place = repositoryPlace(source.repoURL);
        if (!byPlace.has(place)) byPlace.set(place, source.repoURL);
      }
  const followed = [...byPlace.values()].map(withoutUserinfo).sort();
  const listed = `${followed.slice(0, 10).join(", ")}${followed.length > 10 ? ", …" : ""}`;
  const refuse = (object: string, why: string, fix: string): Failure =>
    new Failure("config", object, "after-edit", { cannot: "tell what would change", why, fix });
  if (asked !== undefined) {
    const found = byPlace.get(repositoryPlace(asked));
    if (found !== undefined) return found;
    throw refuse(
      asked,
      "no application here reads this repository",
      followed.length === 0 ? "Add an application first" : `Name one of these: ${listed}`,
    );
  }
  const [only, another] = byPlace.values();
  if (only === undefined)
    throw refuse(
      "the range",
      "there is no application that reads a Git repository",
      "Add an application first",
    );
  if (another !== undefined)
    throw refuse(
      "the range",
      `applications read ${byPlace.size} repositories`,
      `Name one with --repo: ${listed}`,
    );
  return only;
}

async function named(
  revision: string,
  end: "BASE" | "HEAD",
  resolve: (revision: string) => Promise<Resolved>,
): Promise<Resolved> {
  try {
    return await resolve(revision);
  } catch (cause) {
    throw end === "HEAD" ? notThere(cause, revision) : cause;
  }
}

/** What was committed and not pushed is the usual reason. */
function notThere(cause: unknown, revision: string): unknown {
  if (!(cause instanceof Failure) || cause.code !== "git-revision") return cause;
  return new Failure("git-revision", cause.object, "after-edit", {
    cannot: `read ${shown(revision)}`,
    why: cause.why,
    fix: "Push it first, to a branch or as a pull request: the daemon reads commits from the server. A commit that a force-push took away is not given out any more",
    cause,
  });
}

async function branchOf(
  into: string | undefined,
  baseRef: string,
  resolve: (revision: string) => Promise<Resolved>,
): Promise<string> {
  if (into !== undefined) return (await resolve(into.startsWith("refs/") ? into : BRANCH + into)).ref;
  if (baseRef.startsWith(BRANCH)) return baseRef;
  const { ref } = await resolve("");
  if (ref.startsWith(BRANCH)) return ref;
  throw new Failure("config", "the range", "after-edit", {
    cannot: "tell what would change",
    why: "BASE is no branch, and the repository has no default branch",
    fix: "Name the branch that it would be merged into with --into",
  });
}

function shown(revision: string): string {
  return revision === "" ? "the default branch" : revision;
}
