import { DEFAULT_GUARDS, type GuardSettings } from "../core/plan/guard-input.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Settings } from "./settings.ts";

export function guardsOf(
  { namespace, prune, removal }: Settings,
  cluster: Pick<Cluster, "ownPod">,
): GuardSettings {
  return {
    ...DEFAULT_GUARDS,
    budget: { percent: prune.budgetPercent, count: prune.budgetObjects },
    applications: { percent: removal.percent, count: removal.count },
    confirmKinds: prune.confirmKinds,
    protectedNamespaces: new Set([namespace]),
    ownPod: cluster.ownPod(),
  };
}
