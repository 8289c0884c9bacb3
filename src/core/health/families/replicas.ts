import { numberAt, textAt } from "../read.ts";
import { type HealthRule, healthy, progressing } from "../verdict.ts";

const fractions = [
  ["status", "scale", "statusReplicas"],
  ["status", "readyReplicas"],
  ["status", "ready"],
  ["status", "replicas"],
] as const;

/** `2/3` in one text: so many are ready of those wanted. */
const fractionHealth: HealthRule = (object) => {
  for (const path of fractions) {
    const [, part = "", whole = ""] = /^(\d+)\/(\d+)$/.exec(textAt(object, ...path)) ?? [];
    if (whole === "") continue;
    const [because, say] = [`${path.join(".")} is ${part}/${whole}`, `${part} of ${whole} are ready`];
    return Number(part) < Number(whole) ? progressing(because, say) : healthy(because, say);
  }
  return undefined;
};

/** Counts of replicas as the scale subresource and most operators report them. */
export const replicaHealth: HealthRule = (object) => {
  const wanted = numberAt(object, "spec", "replicas") ?? numberAt(object, "status", "replicas");
  const free = numberAt(object, "status", "availableReplicas") ?? numberAt(object, "status", "readyReplicas");
  if (wanted === undefined || free === undefined) return fractionHealth(object);
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
