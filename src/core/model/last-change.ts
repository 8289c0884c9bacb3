/** Which commit changed last what somebody reads, told by a list of commits and what each of them changed. */

import type { CommitTold } from "./commit-about.ts";

/** What a commit changed against one of its parents. `too many`: they are not listed. */
export type ChangedPaths = readonly string[] | "too many";

/** A commit beside what was before it. */
export interface CommitChange extends Omit<CommitTold, "is"> {
  commit: string;
  parents: readonly string[];
  /** Against each of `parents`; of a commit without parents, all its files. */
  changed: readonly ChangedPaths[];
}

/** What was found out before: what changed last, as of a commit. */
export interface KnownAt<Known> {
  commit: string;
  known: Known;
}

export type LastChange<Known = never> =
  | { is: "found"; change: CommitChange }
  /** No commit since that of `KnownAt` changed it. */
  | { is: "as known"; known: Known }
  /** All of its history was looked at, and none changed it. */
  | { is: "none" }
  /** The list ends before a commit that changed it, or does not tell what one of them changed. */
  | { is: "beyond" };

/**
 * The newest commit that changed what `touches` knows, as `git log -1 -- PATH` finds it: a merge that brought nothing but
 * what one of its parents has is passed by on that side, so that whoever made the change is named and not whoever merged.
 *
 * @param commits children before their parents
 * @param from the commit that is asked about
 * @param touches whether one of these paths is something that is read
 */
export function lastChangeOf<Known = never>(
  commits: readonly CommitChange[],
  from: string,
  touches: (paths: readonly string[]) => boolean,
  before?: KnownAt<Known>,
): LastChange<Known> {
  const open = new Set([from]);
  for (const change of commits) {
    if (!open.delete(change.commit)) continue;
    // What comes behind it was looked at when that was found out.
    if (change.commit === before?.commit && open.size === 0) return { is: "as known", known: before.known };
    const step = stepOver(change, touches);
    if (step.is !== "on") return step.is === "changed" ? { is: "found", change } : { is: "beyond" };
    for (const parent of step.to) open.add(parent);
  }
  // A commit that is at the end of the list is not in it, and what was found out as of it stands all the same.
  if (before !== undefined && open.size === 1 && open.has(before.commit))
    return { is: "as known", known: before.known };
  return open.size === 0 ? { is: "none" } : { is: "beyond" };
}

type Step = { is: "changed" } | { is: "on"; to: readonly string[] } | { is: "untold" };

function stepOver({ parents, changed }: CommitChange, touches: (paths: readonly string[]) => boolean): Step {
  const told = changed.map((paths) =>
    paths === "too many" ? "untold" : touches(paths) ? "changed" : "same",
  );
  if (parents.length === 0)
    return told[0] === "untold"
      ? { is: "untold" }
      : told[0] === "changed"
        ? { is: "changed" }
        : { is: "on", to: [] };
  const same = parents[told.indexOf("same")];
  if (same !== undefined) return { is: "on", to: [same] };
  if (told.length < parents.length || told.includes("untold")) return { is: "untold" };
  if (parents.length === 1) return { is: "changed" };
  const [first = [], ...others] = changed.map((paths) => new Set(paths));
  const own = [...first].filter((path) => others.every((paths) => paths.has(path)));
  return touches(own) ? { is: "changed" } : { is: "on", to: parents };
}
