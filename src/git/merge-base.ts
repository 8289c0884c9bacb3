/** Where two histories part. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { MergeBase } from "../core/ports/git.ts";
import type { ParsedCommit } from "./commit-object.ts";
import type { Histories } from "./road.ts";

/** Commits that are looked at before it is given up. */
const MOST_COMMITS = 20_000;

/** Told by the two commits alone: they are one, or one follows on the other. */
export function nearBase(one: ParsedCommit, other: ParsedCommit): MergeBase | undefined {
  if (one.commit === other.commit || other.parents.includes(one.commit))
    return { is: "found", commit: one.commit };
  return one.parents.includes(other.commit) ? { is: "found", commit: other.commit } : undefined;
}

/**
 * Follows both to their common commit, the newest first, as `git merge-base` does; where clocks were wrong it may be an
 * older one than the nearest.
 * @throws {Failure} of `read`
 */
export async function walkToBase({ one, other, read }: Histories): Promise<MergeBase> {
  const reached = new Map<string, Set<ParsedCommit>>();
  const pending: ParsedCommit[] = [];
  const reach = async (commit: string, from: Iterable<ParsedCommit>): Promise<void> => {
    const by = reached.get(commit) ?? new Set();
    const before = by.size;
    for (const start of from) by.add(start);
    reached.set(commit, by);
    if (before === by.size) return;
    const known = [one, other].find((start) => start.commit === commit);
    pending.push(known ?? (await read(commit as CommitSha)));
  };
  await reach(one.commit, [one]);
  await reach(other.commit, [other]);
  for (let looked = 0; looked < MOST_COMMITS; looked++) {
    const next = takeNewest(pending);
    if (next === undefined) return { is: "none" };
    const by = reached.get(next.commit) ?? new Set();
    if (by.size === 2) return { is: "found", commit: next.commit };
    for (const parent of next.parents) await reach(parent, by);
  }
  return { is: "unknown", why: `they part more than ${MOST_COMMITS} commits ago, if at all` };
}

function takeNewest(pending: ParsedCommit[]): ParsedCommit | undefined {
  let newest = 0;
  pending.forEach(({ date }, at) => {
    if (date > (pending[newest]?.date ?? "")) newest = at;
  });
  return pending.splice(newest, 1)[0];
}
