import { staleGeneration } from "./families/generation.ts";
import { readinessHealth } from "./families/readiness.ts";
import type { HealthRule } from "./verdict.ts";

/** Rules for kinds that no table names, each tried until one finds evidence. */
export const genericRules: readonly { name: string; rule: HealthRule }[] = [
  { name: "generation", rule: staleGeneration },
  { name: "conditions", rule: readinessHealth },
];
