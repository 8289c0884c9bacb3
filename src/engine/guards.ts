import { DEFAULT_GUARDS, type GuardSettings } from "../core/plan/prune-guards.ts";
import type { Settings } from "./settings.ts";

export function guardsOf({ namespace, prune }: Settings): GuardSettings {
  return {
    ...DEFAULT_GUARDS,
    budget: { percent: prune.budgetPercent, count: prune.budgetObjects },
    confirmKinds: prune.confirmKinds,
    protectedNamespaces: new Set([namespace]),
  };
}
