import { DEFAULT_GUARDS, type GuardSettings } from "../core/plan/guard-input.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Settings } from "./settings.ts";

export function guardsOf({ namespace, prune }: Settings, cluster: Pick<Cluster, "ownPod">): GuardSettings {
  return {
    ...DEFAULT_GUARDS,
    budget: { percent: prune.budgetPercent, count: prune.budgetObjects },
    confirmKinds: prune.confirmKinds,
    protectedNamespaces: new Set([namespace]),
    ownPod: cluster.ownPod(),
  };
}
