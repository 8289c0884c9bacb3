import {
  appliedHash,
  distinct,
  type IgnoredFields,
  keepMark,
  latest,
  NOTHING_IGNORED,
  setByOthers,
} from "../compare/index.ts";
import type { Comparison, Difference, ObjectDrift, ObjectRecord } from "../model/comparison.ts";
import type { RefKey } from "../model/object-ref.ts";
import type { SetByOthers, ShownOthers } from "../model/set-by-others.ts";

export interface OthersInput {
  comparison: Comparison;
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** What is not there though it was applied, by the hash of what was. */
  gone: ReadonlyMap<RefKey, string>;
  /** In what objects differ, as far as that was asked. */
  drifted: ReadonlyMap<RefKey, ObjectDrift>;
  /** What is left to others, of the objects that any rule speaks of. */
  ignored: ReadonlyMap<RefKey, IgnoredFields>;
  /** As it was shown last. */
  before: ShownOthers | undefined;
  syncOptions: readonly string[] | undefined;
  /** RFC 3339 in UTC, without fractions. */
  now: string;
}

/** What others did to an application's objects that makes it differ; undefined where it differs by Git alone, or not at all. */
export function shownOthers(input: OthersInput): ShownOthers | undefined {
  const { comparison, before, now } = input;
  const set: SetByOthers[] = [];
  let deleted = 0,
    ofGit = 0;
  for (const difference of comparison.differences) {
    // By far the most, of which nothing is worked out.
    if (difference.is === "same") continue;
    const found = foundIn(difference, input);
    if (found === "deleted") deleted++;
    else if (found === "git") ofGit++;
    else if (found !== "nothing") set.push(found);
  }
  if (set.length === 0 && deleted === 0) return undefined;
  const isKnown = set.every(({ fields }) => fields > 0);
  const fields = isKnown ? set.reduce((sum, one) => sum + one.fields, 0) : 0;
  const by = distinct(set.flatMap((one) => one.by));
  const shown = {
    objects: set.length,
    fields,
    ...(fields === 1 && set[0] !== undefined ? { path: set[0].path } : {}),
    by,
    how: set.every(({ how }) => how === "setter") ? ("setter" as const) : ("last-writer" as const),
    deleted,
    rest: ofGit > 0 || set.some(({ rest }) => rest === "of-git") ? ("of-git" as const) : ("none" as const),
  };
  // When something was deleted is nowhere noted, nor when the scale subresource was used.
  const isNoted = set.length > 0 && set.every(({ time }) => time !== "");
  if (isNoted) return { ...shown, at: { is: "set", time: latest(set.map(({ time }) => time)) } };
  const isSeenBefore = before?.at.is === "seen" && identity(before) === identity(shown);
  return { ...shown, at: { is: "seen", time: isSeenBefore ? before.at.time : now } };
}

function foundIn(
  difference: Exclude<Difference, { is: "same" }>,
  { records, gone, drifted, ignored, syncOptions = [] }: OthersInput,
): SetByOthers | "deleted" | "git" | "nothing" {
  const { key } = difference;
  const record = records.get(key);
  switch (difference.is) {
    case "missing":
      return gone.get(key) === hashOf(difference.desired, ignored.get(key)) ? "deleted" : "git";
    case "extra":
      return keepMark("Prune", difference.live.object, syncOptions).is === "keep" ? "nothing" : "git";
    case "changed": {
      const hash = hashOf(difference.desired, ignored.get(key));
      const { verdict } = record ?? {};
      const drift = drifted.get(key);
      // Git's value does not take: nobody set anything.
      if (verdict?.because !== undefined || drift?.applyHelps === "no") return "nothing";
      const isOfThis =
        verdict?.desiredHash === hash &&
        verdict.uid === difference.live.uid &&
        verdict.contentHash === difference.live.contentHash;
      if (drift !== undefined) return drift.others ?? "git";
      if (isOfThis) return verdict.others ?? "git";
      return setByOthers(hash, difference.live, record, undefined) ?? "git";
    }
    default:
      return "nothing";
  }
}

function hashOf(
  desired: Extract<Difference, { is: "changed" }>["desired"],
  ignored: IgnoredFields = NOTHING_IGNORED,
): string {
  return appliedHash(desired, ignored);
}

function identity({ objects, fields, path = "", by, deleted }: Omit<ShownOthers, "at">): string {
  return JSON.stringify([objects, fields, path, by, deleted]);
}
