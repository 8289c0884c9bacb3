/** What others changed in the cluster, as lines of a history: what, by whom, and what became of it. */
import { defined } from "../../lib/defined.ts";
import { changersOf, changesWords } from "./drift-change.ts";
import type { Transition } from "./transition.ts";

export type DriftTransition = Pick<
  Transition,
  "seq" | "kind" | "at" | "count" | "first" | "why" | "changes" | "run" | "cause" | "by"
>;

/** `healed`: it is as Git wants it again; by which run, where one brought that about. `left`: it is there now. */
export type DriftEnd =
  | { is: "healed"; at: string; run?: number; cause?: string; by?: string }
  | { is: "left" }
  | { is: "unknown" };

export interface DriftLine {
  found: DriftTransition;
  end: DriftEnd;
}

/** The kinds of transitions that they are made of. */
export const DRIFT_KINDS = ["drift-found", "drift-healed"] as const;

/**
 * @param transitions of one application, in any order; those of other kinds are passed over
 * @returns the newest first, and which of the heals they tell
 */
export function driftLines(transitions: readonly DriftTransition[]): {
  lines: DriftLine[];
  told: ReadonlySet<number>;
} {
  const drifts = transitions
    .filter(({ kind }) => kind === "drift-found" || kind === "drift-healed")
    .sort((a, b) => a.seq - b.seq);
  const told = new Set<number>();
  const lines = drifts.flatMap((found, at): DriftLine[] => {
    if (found.kind === "drift-healed") return [];
    const next = drifts[at + 1];
    if (next === undefined) return [{ found, end: { is: "left" } }];
    if (next.kind !== "drift-healed") return [{ found, end: { is: "unknown" } }];
    told.add(next.seq);
    const { run, cause, by } = next;
    return [
      {
        found,
        end: { ...{ is: "healed", at: next.at }, ...defined({ run, cause, by }) },
      },
    ];
  });
  return { lines: lines.reverse(), told };
}

/** `Deployment shop/web spec.replicas 3 → 6: healed at T by run 12, self-heal`. */
export function driftWords({ found: { why = "", changes = [] }, end }: DriftLine): string {
  const what = changes.length === 0 ? why : changesWords(changes);
  return [what, endWords(end)].filter((part) => part !== "").join(": ");
}

function endWords(end: DriftEnd): string {
  switch (end.is) {
    case "left":
      return "left as it is";
    case "unknown":
      return "";
    case "healed":
      return `${end.cause === undefined || end.cause === "self-heal" ? "healed" : "undone"} at ${end.at}${healerWords(end)}`;
  }
}

/** ` by run 12, self-heal`, ` by run 13 of ann`; "" where no run did. */
export function healerWords({ run, cause, by }: Pick<DriftTransition, "run" | "cause" | "by">): string {
  if (run === undefined) return "";
  if (by !== undefined && by !== "") return ` by run ${run} of ${by.replace(/^user:/, "")}`;
  return ` by run ${run}${cause === undefined ? "" : `, ${cause}`}`;
}

/** Whether it came after a deployment of the same second: what a whole sync put back was there before that one. */
export function isAfterDeployment({ end }: DriftLine): boolean {
  return end.is !== "healed" || end.run === undefined || end.cause === "self-heal";
}

/** Who made the change, as the server wrote it down; "" where nobody did. */
export const driftBy = ({ found }: DriftLine): string => changersOf(found.changes ?? []);
