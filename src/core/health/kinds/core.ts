import { listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, unknown } from "../verdict.ts";
import { podHealth } from "./pod.ts";

const serviceHealth: HealthRule = (object) => {
  const type = textAt(object, "spec", "type") || "ClusterIP";
  if (type !== "LoadBalancer") return healthy(`a ${type} Service needs nothing else`);
  return listAt(object, "status", "loadBalancer", "ingress").length > 0
    ? healthy("status.loadBalancer.ingress has an address")
    : progressing("status.loadBalancer.ingress is empty", "Waiting for a load balancer's address");
};

const claimHealth: HealthRule = (object) => {
  const phase = textAt(object, "status", "phase");
  const because = `status.phase is ${phase || "absent"}`;
  if (phase === "Bound") return healthy(because);
  if (phase === "Pending")
    return progressing(because, "Waiting for a volume; a class that binds at first use waits for a Pod");
  if (phase === "Lost")
    return degraded(because, `Volume ${textAt(object, "spec", "volumeName")} does not exist any more`);
  return unknown(because);
};

export const core: RuleTable = {
  Pod: podHealth,
  Service: serviceHealth,
  PersistentVolumeClaim: claimHealth,
};
