import { type HealthRule, progressing } from "../verdict.ts";
import { staleGeneration } from "./generation.ts";

/** The first rule that finds evidence decides. */
export function firstOf(...rules: readonly HealthRule[]): HealthRule {
  return (object) => {
    for (const rule of rules) {
      const verdict = rule(object);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  };
}

/**
 * For kinds whose controller always reports: the newest change must be seen first, and silence means that it was not
 * looked at yet.
 */
export function reported(...rules: readonly HealthRule[]): HealthRule {
  return firstOf(staleGeneration, ...rules, silence);
}

const silence: HealthRule = (object) =>
  progressing("the status says nothing yet", `Waiting for the controller to report on this ${object.kind}`);
