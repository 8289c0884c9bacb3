import fc from "fast-check";
import { guardCase } from "./cases.ts";
import { play } from "./play.ts";

export interface Guarded {
  /** The smallest case that was found, with what it broke, and how many it took; undefined where none broke a rule. */
  fault: string | undefined;
  counts: {
    /** Cases in which something was deleted. */
    deleting: number;
    /** Cases in which the oracle allows a deletion, and those of them in which all that it allows was deleted. */
    allowing: number;
    all: number;
  };
}

export async function runGuards({ cases, seed }: { cases: number; seed: number }): Promise<Guarded> {
  const counts = { deleting: 0, allowing: 0, all: 0 };
  const outcome = await fc.check(
    fc.asyncProperty(guardCase, async (given) => {
      const { fault, deleted, allowed } = await play(given);
      if (deleted > 0) counts.deleting += 1;
      if (allowed > 0) counts.allowing += 1;
      if (allowed > 0 && deleted === allowed) counts.all += 1;
      if (fault !== undefined) throw new Error(fault);
    }),
    { numRuns: cases, seed },
  );
  if (!outcome.failed) return { fault: undefined, counts };
  const why =
    outcome.errorInstance instanceof Error ? outcome.errorInstance.message : String(outcome.errorInstance);
  return {
    fault: `after ${outcome.numRuns} cases: ${why}\n${JSON.stringify(outcome.counterexample?.[0], null, 1)}`,
    counts,
  };
}
