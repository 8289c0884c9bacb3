import type { LiveObject } from "../model/live-object.ts";
import { show } from "../model/object-ref.ts";
import type { Refusal } from "../model/plan.ts";
import { annotatedApproval, isBound } from "./approval.ts";
import { type Extra, type GuardInput, isGoing, refuse } from "./guard-input.ts";
import { refusedAlone } from "./prune-alone.ts";
import { confirmation } from "./prune-confirm.ts";
import { refusedHome, takesAlong } from "./prune-homes.ts";
import { refusedTogether } from "./prune-together.ts";
import { isSelected } from "./selection.ts";

export interface Verdicts {
  /** To be deleted. */
  allowed: LiveObject[];
  refusals: Refusal[];
  /** What would be deleted if a person approved of it: `allowed` and all that wait for approval. */
  candidates: LiveObject[];
}

/**
 * Which of the objects that left Git may be deleted, and why not the others. A failed read cannot get here: it is a
 * difference of another sort (`unknown`), or there is no comparison at all.
 */
export function pruneVerdicts(input: GuardInput): Verdicts {
  const extras = input.differences.filter(
    (difference): difference is Extra =>
      difference.is === "extra" &&
      isSelected(difference.live.ref, input.request.resources) &&
      !isGoing(difference),
  );
  const refusals: Refusal[] = [];
  const candidates: LiveObject[] = [];
  for (const extra of extras) {
    const refusal = refusedAlone(extra, input) ?? refusedHome(extra.live, input);
    if (refusal === undefined) candidates.push(extra.live);
    else refusals.push(refusal);
  }
  const { paused } = input;
  if (paused !== undefined) {
    const kept = candidates.map((live) =>
      refuse(live, "paused", `${show(live.ref)} is no longer in Git and stays for now: ${paused}.`),
    );
    return { allowed: [], refusals: [...refusals, ...kept], candidates };
  }
  const annotated = annotatedApproval(input.app, input);
  if (annotated.is === "approved" || isBound(input.approval, candidates, input.revision))
    return { allowed: candidates, refusals, candidates };
  /** Whoever has approved in vain reads there why. */
  const said = (text: string): string => (annotated.is === "not-taken" ? `${text}. ${annotated.why}` : text);
  const blocked = refusedTogether(candidates, input);
  if (blocked !== undefined)
    return {
      allowed: [],
      refusals: [...refusals, ...candidates.map((live) => refuse(live, blocked.guard, said(blocked.text)))],
      candidates,
    };
  const confirms = candidates.flatMap((live) => confirmation(live, extras, input) ?? []);
  const waiting = new Set(confirms.map(({ key }) => key));
  const homes = candidates.flatMap((live) =>
    waiting.has(live.key) ? [] : (takesAlong(live, confirms) ?? []),
  );
  for (const { key } of homes) waiting.add(key);
  return {
    allowed: candidates.filter(({ key }) => !waiting.has(key)),
    refusals: [
      ...refusals,
      ...[...confirms, ...homes].map((refusal) => ({ ...refusal, text: said(refusal.text) })),
    ],
    candidates,
  };
}

/** What the guards say of an object of a plan as it is by now: it may bear another mark than it did. */
export function refusedNow(live: LiveObject, input: GuardInput): Refusal | undefined {
  const differences = input.differences.map((difference) =>
    difference.is === "extra" && difference.key === live.key ? { ...difference, live } : difference,
  );
  return pruneVerdicts({ ...input, differences }).refusals.find(({ key }) => key === live.key);
}
