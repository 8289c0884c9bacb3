import { conditionsOf, findCondition } from "../conditions.ts";
import { unseenGeneration } from "../families/generation.ts";
import { at, count, fieldsAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

/** Replicas asked for; the API server fills in 1. */
const wantedReplicas = (object: unknown): number => numberAt(object, "spec", "replicas") ?? 1;
const statusCount = (object: unknown, field: string): number => numberAt(object, "status", field) ?? 0;

const deploymentHealth: HealthRule = (object) => {
  if (at(object, "spec", "paused") === true) return suspended("spec.paused is true", "The rollout is paused");
  const stale = unseenGeneration(object);
  if (stale !== undefined) return stale;
  const conditions = conditionsOf(object);
  const rollout = findCondition(conditions, "Progressing");
  if (rollout?.reason === "ProgressDeadlineExceeded") {
    return degraded(
      "condition Progressing has reason ProgressDeadlineExceeded",
      `The rollout made no progress within ${numberAt(object, "spec", "progressDeadlineSeconds") ?? 600} seconds: ${rollout.message}`,
    );
  }
  const wanted = wantedReplicas(object);
  const updated = statusCount(object, "updatedReplicas");
  const existing = statusCount(object, "replicas");
  const available = statusCount(object, "availableReplicas");
  const failure = findCondition(conditions, "ReplicaFailure");
  const obstacle = failure?.status === "True" ? `: ${failure.message}` : "";
  if (updated < wanted)
    return progressing(
      "status.updatedReplicas < spec.replicas",
      `${updated} of ${wanted} replicas run the newest revision${obstacle}`,
    );
  if (existing > updated)
    return progressing(
      "status.replicas > status.updatedReplicas",
      `${count(existing - updated, "replica")} of an older revision still to end${obstacle}`,
    );
  if (available < updated)
    return progressing(
      "status.availableReplicas < status.updatedReplicas",
      `${available} of ${updated} replicas are available${obstacle}`,
    );
  return healthy("every replica is updated and available");
};

const statefulSetHealth: HealthRule = (object) => {
  const seen = numberAt(object, "status", "observedGeneration") ?? 0;
  if (seen === 0)
    return progressing("status.observedGeneration is absent", "Waiting for the controller's first look");
  const stale = unseenGeneration(object);
  if (stale !== undefined) return stale;
  const wanted = wantedReplicas(object);
  const ready = statusCount(object, "readyReplicas");
  const updated = statusCount(object, "updatedReplicas");
  if (ready < wanted)
    return progressing("status.readyReplicas < spec.replicas", `${ready} of ${wanted} Pods are ready`);
  const strategy = textAt(object, "spec", "updateStrategy", "type");
  if (strategy === "OnDelete")
    return healthy(
      "updateStrategy OnDelete and enough Pods are ready",
      `${count(ready, "Pod")} ready; Pods take a new revision when they are deleted`,
    );
  const partition = numberAt(fieldsAt(object, "spec", "updateStrategy", "rollingUpdate"), "partition") ?? 0;
  if (partition > 0) {
    const due = Math.max(0, wanted - partition);
    return updated < due
      ? progressing(
          "status.updatedReplicas < spec.replicas - partition",
          `${updated} of ${due} Pods above partition ${partition} run the newest revision`,
        )
      : healthy(
          "every Pod above the partition is updated",
          `${updated} Pods run the newest revision, as partition ${partition} asks`,
        );
  }
  const [current, update] = [
    textAt(object, "status", "currentRevision"),
    textAt(object, "status", "updateRevision"),
  ];
  if (current !== update && updated < wanted)
    return progressing(
      "status.currentRevision is not status.updateRevision",
      `${updated} of ${wanted} Pods run revision ${update}`,
    );
  return healthy("every Pod is ready at the newest revision");
};

const daemonSetHealth: HealthRule = (object) => {
  const stale = unseenGeneration(object);
  if (stale !== undefined) return stale;
  const wanted = statusCount(object, "desiredNumberScheduled");
  const updated = statusCount(object, "updatedNumberScheduled");
  const available = statusCount(object, "numberAvailable");
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return healthy(
      "updateStrategy OnDelete",
      `${updated} of ${wanted} Pods run the newest revision; the others take it when they are deleted`,
    );
  }
  if (updated < wanted)
    return progressing(
      "status.updatedNumberScheduled < status.desiredNumberScheduled",
      `${updated} of ${wanted} Pods run the newest revision`,
    );
  if (available < wanted)
    return progressing(
      "status.numberAvailable < status.desiredNumberScheduled",
      `${available} of ${wanted} Pods are available`,
    );
  return healthy("every Pod is updated and available");
};

const replicaSetHealth: HealthRule = (object) => {
  const stale = unseenGeneration(object);
  if (stale !== undefined) return stale;
  const failure = findCondition(conditionsOf(object), "ReplicaFailure");
  if (failure?.status === "True")
    return degraded("condition ReplicaFailure is True", failure.message || failure.reason);
  const wanted = wantedReplicas(object);
  const available = statusCount(object, "availableReplicas");
  if (available < wanted)
    return progressing(
      "status.availableReplicas < spec.replicas",
      `${available} of ${wanted} replicas are available`,
    );
  return healthy("every replica is available");
};

export const apps: RuleTable = {
  "apps/Deployment": deploymentHealth,
  "apps/StatefulSet": statefulSetHealth,
  "apps/DaemonSet": daemonSetHealth,
  "apps/ReplicaSet": replicaSetHealth,
  // Served by clusters before 1.16, and in manifests that outlived them.
  "extensions/Deployment": deploymentHealth,
  "extensions/DaemonSet": daemonSetHealth,
  "extensions/ReplicaSet": replicaSetHealth,
  ReplicationController: replicaSetHealth,
};
