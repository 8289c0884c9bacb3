/** What led to a commit, read object by object: a repository that is here whole, where there is no git program. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { CommitChange } from "../core/model/last-change.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { changedPaths } from "../lib/changed-paths.ts";
import { changeOf, type ParsedCommit } from "./commit-object.ts";

export interface HistoryWalk {
  commit: CommitSha;
  /** From 1. */
  most: number;
  /** The commit itself. */
  start(): Promise<ParsedCommit>;
  /** @throws {Failure} git-revision where it is not here */
  read(commit: CommitSha): Promise<ParsedCommit>;
  tree(commit: ParsedCommit): SourceTree;
}

const NO_FILES = { list: async () => [] };

/**
 * Children come before their parents, and otherwise the newest first. Where a parent is not here the list ends.
 * @throws {Failure} of `read` and `tree`
 */
export async function walkHistory(
  { start: first, most, read, tree }: HistoryWalk,
  signal: AbortSignal,
): Promise<CommitChange[]> {
  const start = await first();
  const known = new Map<string, ParsedCommit | undefined>([[start.commit, start]]);
  const parentsOf = async ({ parents }: ParsedCommit): Promise<(ParsedCommit | undefined)[]> => {
    for (const parent of parents)
      if (!known.has(parent)) known.set(parent, await readHere(read, parent as CommitSha));
    return parents.map((parent) => known.get(parent));
  };
  const changes: CommitChange[] = [];
  for (const commit of inOrder(await reached(start, most, parentsOf), start).slice(0, most)) {
    signal.throwIfAborted();
    const parents = await parentsOf(commit);
    const here = parents.filter((parent) => parent !== undefined);
    // What it changed cannot be told.
    if (here.length < parents.length) continue;
    const before = here.length === 0 ? [NO_FILES] : here.map(tree);
    const changed = await Promise.all(
      before.map(async (one) => (await changedPaths(one, tree(commit))) ?? ("too many" as const)),
    );
    changes.push(changeOf(commit, changed));
  }
  return changes;
}

async function readHere(read: HistoryWalk["read"], commit: CommitSha): Promise<ParsedCommit | undefined> {
  try {
    return await read(commit);
  } catch (cause) {
    if (cause instanceof Failure && cause.code === "git-revision") return undefined;
    throw cause;
  }
}

/** As many generations as are looked at: a commit is at least as many behind the first one as there are on its shortest way. */
async function reached(
  start: ParsedCommit,
  most: number,
  parentsOf: (commit: ParsedCommit) => Promise<(ParsedCommit | undefined)[]>,
): Promise<Map<string, ParsedCommit>> {
  const found = new Map<string, ParsedCommit>([[start.commit, start]]);
  let row = [start];
  for (let depth = 1; depth < most && row.length > 0 && found.size < 2 * most; depth++) {
    const next: ParsedCommit[] = [];
    for (const commit of row)
      for (const parent of await parentsOf(commit)) {
        if (parent === undefined || found.has(parent.commit)) continue;
        found.set(parent.commit, parent);
        next.push(parent);
      }
    row = next;
  }
  return found;
}

/** The newest of those whose children are all in the list already. */
function inOrder(found: ReadonlyMap<string, ParsedCommit>, start: ParsedCommit): ParsedCommit[] {
  const children = new Map<string, number>();
  for (const { parents } of found.values())
    for (const parent of parents) children.set(parent, (children.get(parent) ?? 0) + 1);
  const ready = [start];
  const list: ParsedCommit[] = [];
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    list.push(next);
    for (const id of next.parents) {
      const left = (children.get(id) ?? 0) - 1;
      children.set(id, left);
      const parent = found.get(id);
      if (left === 0 && parent !== undefined) ready.push(parent);
    }
    ready.sort((a, b) => (a.date < b.date ? -1 : 1));
  }
  return list;
}
