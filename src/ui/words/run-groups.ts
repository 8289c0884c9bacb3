/** What came to the same many times over: syncs that follow each other, and objects of one lane, as one line with a count. */
import type { RunLine } from "./run-lanes.ts";
import { messageOf, type Run } from "./run-tries.ts";
import { lookOf } from "./states.ts";

/** Of fewer each has a line of its own. */
const LEAST = 3;

/** A sync as the list has it. */
export interface SyncLine {
  /** Its runs, the first at first. */
  tries: readonly Run[];
  /** The one that it came to. */
  last: Run;
}

/**
 * Syncs that failed one after the other for one reason, asked for by the same, stand together; any other one stands alone.
 * @param syncs the newest first
 * @returns the newest group first, and in each the newest first
 */
export function groupsOfSyncs(syncs: readonly SyncLine[]): SyncLine[][] {
  const groups: SyncLine[][] = [];
  for (const sync of syncs) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && isSameFailure(group[0], sync)) group.push(sync);
    else groups.push([sync]);
  }
  return groups.flatMap((group) => (group.length < LEAST ? group.map((one) => [one]) : [group]));
}

function isSameFailure(one: SyncLine, other: SyncLine): boolean {
  const { phase } = one.last.state;
  return (
    (phase === "Failed" || phase === "Error") &&
    other.last.state.phase === phase &&
    one.tries[0]?.cause === other.tries[0]?.cause &&
    messageOf(one.last.state) === messageOf(other.last.state)
  );
}

/**
 * Objects of a lane that are in the same trouble for the same reason stand together, where the first of them stood; a hook,
 * which has a log of its own, and what is well stand alone.
 */
export function groupsOfLines(lines: readonly RunLine[]): RunLine[][] {
  const isTrouble = ({ hook, text, state }: RunLine): boolean =>
    hook === undefined && text !== "" && !["good", "moving"].includes(lookOf(state).tone);
  const reasonOf = ({ state, text }: RunLine): string => JSON.stringify([state, text]);
  const alike = Map.groupBy(lines.filter(isTrouble), reasonOf);
  return lines.flatMap((line) => {
    const group = isTrouble(line) ? (alike.get(reasonOf(line)) ?? []) : [];
    if (group.length < LEAST) return [[line]];
    return group[0] === line ? [group] : [];
  });
}

/** `ConfigMap`, or `objects` where they are of several kinds. */
export function kindOfLines(lines: readonly RunLine[]): string {
  const kinds = new Set(lines.map(({ kind }) => kind));
  return kinds.size === 1 ? (lines[0]?.kind ?? "") : "objects";
}
