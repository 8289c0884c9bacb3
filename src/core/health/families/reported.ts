import { type HealthRule, progressing } from "../verdict.ts";
import { staleGeneration } from "./generation.ts";
import { heldHealth } from "./held.ts";

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
 * For kinds whose controller always reports: one that is not held must have seen the newest change, and silence means
 * that it was not looked at yet.
 */
export function reported(...rules: readonly HealthRule[]): HealthRule {
  return ifReported(...rules, silence);
}

/** For kinds whose controller may have nothing to report: silence is no evidence. */
export function ifReported(...rules: readonly HealthRule[]): HealthRule {
  return firstOf(heldHealth, staleGeneration, ...rules);
}

const silence: HealthRule = (object) =>
  progressing("the status says nothing yet", `Waiting for the controller to report on this ${object.kind}`);
