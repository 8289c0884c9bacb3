import { healthOf } from "../../core/health/health-of.ts";
import { withDescendants } from "../../core/health/rollout.ts";
import type { Health } from "../../core/model/health.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import type { EnginePorts } from "../engine-ports.ts";

const DEEPEST = 6;

export interface HealthRules {
  userHealth: EnginePorts["userHealth"];
  /** Whether Pods that cannot start worsen a workload that is rolling out. */
  pods: "judge" | "ignore";
  /** Sync waves wait for objects that do not count for their application. */
  ignoreAnnotation?: "obey" | "see-through";
  /** What the rules say of an object, where it is remembered; they say it anew otherwise. */
  judged?: { healthOf(object: KubeObject): Health | undefined };
}

/** Health of one live object: a user's check, else its kind's rule; then its Pods, while it is rolling out. */
export function liveHealth(
  live: LiveObject,
  cluster: Pick<Cluster, "childrenOf">,
  { userHealth, pods, ignoreAnnotation = "obey", judged }: HealthRules,
): Health | undefined {
  const said = userHealth?.(live);
  const health =
    judged !== undefined && said === undefined && ignoreAnnotation === "obey"
      ? judged.healthOf(live.object)
      : healthOf(live.object, { ignoreAnnotation, ...defined({ userVerdict: said }) }).health;
  if (
    health === undefined ||
    (health.status !== "Progressing" && health.status !== "Degraded") ||
    pods === "ignore" ||
    said !== undefined
  )
    return health;
  return withDescendants(health, live.object, descendants(live.uid, cluster));
}

function descendants(
  uid: string,
  cluster: Pick<Cluster, "childrenOf">,
  depth = 0,
  found: KubeObject[] = [],
): KubeObject[] {
  if (depth > DEEPEST) return found;
  for (const child of cluster.childrenOf(uid)) {
    found.push(child.object);
    descendants(child.uid, cluster, depth + 1, found);
  }
  return found;
}
