import { numberAt } from "../read.ts";
import { type HealthRule, healthy, progressing } from "../verdict.ts";

/** Counts of replicas as the scale subresource and most operators report them. */
export const replicaHealth: HealthRule = (object) => {
  const wanted = numberAt(object, "spec", "replicas") ?? numberAt(object, "status", "replicas");
  const free = numberAt(object, "status", "availableReplicas") ?? numberAt(object, "status", "readyReplicas");
  if (wanted === undefined) return undefined;
  if (free === undefined) return undefined;
  // Agones counts those that players are on beside those that wait for some.
  const taken = ["allocatedReplicas", "reservedReplicas"].map(
    (field) => numberAt(object, "status", field) ?? 0,
  );
  const ready = taken.reduce((sum, count) => sum + count, free);
  const updated = numberAt(object, "status", "updatedReplicas");
  if (updated !== undefined && updated < wanted)
    return progressing(
      "status.updatedReplicas < wanted replicas",
      `${updated} of ${wanted} replicas run the newest revision`,
    );
  if (ready < wanted)
    return progressing("ready replicas < wanted replicas", `${ready} of ${wanted} replicas are ready`);
  return healthy("as many replicas are ready as wanted", `${ready} of ${wanted} replicas are ready`);
};
