import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { conditionHealth, conventionHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { degraded, type HealthRule, progressing, type RuleTable, suspended } from "../verdict.ts";

/** Importing tries again and again in one phase: the Running condition holds what went wrong. */
const importError: HealthRule = (object) => {
  const running = findCondition(conditionsOf(object), "Running");
  return running?.status === "False" && running.reason === "Error"
    ? degraded(cite(running), tell(running))
    : undefined;
};

const dataVolume = byPhase({
  at: ["status.phase"],
  words: { Healthy: ["Succeeded"], Degraded: ["Failed"], Suspended: ["Paused"], Unknown: ["Unknown"] },
  other: "Progressing",
});

const paused: HealthRule = (object) => {
  const condition = findCondition(conditionsOf(object), "Paused");
  return condition !== undefined && isTrue(condition)
    ? suspended(cite(condition), tell(condition))
    : undefined;
};

/** `Failure` on a machine, `Synchronized` False on an instance. */
const broken: HealthRule = (object) => {
  const failure = conditionsOf(object).find(
    ({ type, status }) =>
      (type === "Failure" && status === "True") || (type === "Synchronized" && status === "False"),
  );
  return failure === undefined ? undefined : degraded(cite(failure), tell(failure));
};

const machineWord = byPhase({
  at: ["status.printableStatus"],
  words: {
    Healthy: ["Running"],
    Suspended: ["Stopped", "Paused"],
    Unknown: ["Unknown"],
    Degraded: [
      "CrashLoopBackOff",
      "ErrorUnschedulable",
      "ErrImagePull",
      "ImagePullBackOff",
      "ErrorPvcNotFound",
      "DataVolumeError",
    ],
  },
  other: "Progressing",
});

const notReady: HealthRule = (object) => {
  const ready = findCondition(conditionsOf(object), "Ready");
  return ready?.status === "False" ? progressing(cite(ready), tell(ready)) : undefined;
};

/** Runs and is ready, or what keeps it from that. */
const machine: HealthRule = (object) => {
  const word = machineWord(object);
  return word?.status === "Healthy" ? (notReady(object) ?? word) : word;
};

const instancePhase = byPhase({
  at: ["status.phase"],
  words: { Healthy: ["Running"], Suspended: ["Succeeded"], Degraded: ["Failed"], Unknown: ["Unknown"] },
  other: "Progressing",
});
const instance: HealthRule = (object) => {
  const phase = instancePhase(object);
  return phase?.status === "Healthy" ? (notReady(object) ?? phase) : phase;
};

export const kubevirt: RuleTable = {
  "cdi.kubevirt.io/DataVolume": reported(importError, dataVolume),
  "kubevirt.io/VirtualMachine": reported(paused, broken, machine),
  "kubevirt.io/VirtualMachineInstance": reported(paused, broken, instance),
  "kubevirt.io/VirtualMachineInstanceReplicaSet": reported(conventionHealth),
  "kubevirt.io/KubeVirt": reported(
    conditionHealth,
    byPhase({ at: ["status.phase"], words: { Healthy: ["Deployed"] }, other: "Progressing" }),
  ),
  "cdi.kubevirt.io/CDI": reported(
    conditionHealth,
    byPhase({ at: ["status.phase"], words: { Healthy: ["Deployed"] }, other: "Progressing" }),
  ),
};
