import { cite, conditionsAt, tell } from "../conditions.ts";
import { usualHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { replicaHealth } from "../families/replicas.ts";
import { reported } from "../families/reported.ts";
import { at, count, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

const strategy = (object: unknown, field: string): unknown =>
  at(object, "spec", "updateStrategy", field) ?? at(object, "spec", "updateStrategy", "rollingUpdate", field);

/** A partition holds the rest back until somebody moves it: `5`, or `40%` of the replicas. */
const partitioned: HealthRule = (object) => {
  const wanted =
    numberAt(object, "spec", "replicas") ?? numberAt(object, "status", "desiredNumberScheduled") ?? 0;
  const text = String(strategy(object, "partition") ?? 0);
  const held = text.endsWith("%") ? Math.ceil((Number.parseInt(text, 10) * wanted) / 100) : Number(text);
  if (!(held > 0)) return undefined;
  const updated =
    numberAt(object, "status", "updatedReplicas") ??
    numberAt(object, "status", "updatedNumberScheduled") ??
    0;
  const due = numberAt(object, "status", "expectedUpdatedReplicas") ?? Math.max(0, wanted - held);
  // While the first Pods are made, none is held back.
  if ((numberAt(object, "status", "replicas") ?? wanted) < wanted) return undefined;
  if (updated < due)
    return progressing(
      "fewer Pods are updated than the partition asks",
      `${updated} of ${due} Pods above the partition run the newest revision`,
    );
  return updated >= wanted
    ? undefined
    : suspended(
        "the partition is reached",
        `${updated} of ${wanted} Pods run the newest revision; partition ${text} holds the others`,
      );
};

/** All replicas of the newest revision must be available; the operator reports no rollout of its own. */
const replicas: HealthRule = (object) => {
  const wanted = numberAt(object, "status", "replicas") ?? numberAt(object, "spec", "replicas");
  const available = numberAt(object, "status", "updatedAvailableReplicas");
  if (wanted === undefined || available === undefined) return undefined;
  return available >= wanted
    ? healthy("every replica is updated and available", `${available} Pods are updated and available`)
    : degraded(
        "status.updatedAvailableReplicas < status.replicas",
        `${available} of ${wanted} Pods are updated and available`,
      );
};

const daemons: HealthRule = (object) => {
  const wanted = numberAt(object, "status", "desiredNumberScheduled");
  if (wanted === undefined) return undefined;
  const updated = numberAt(object, "status", "updatedNumberScheduled") ?? 0;
  if (updated < wanted)
    return progressing(
      "status.updatedNumberScheduled < status.desiredNumberScheduled",
      `${updated} of ${wanted} Pods run the newest revision`,
    );
  const available =
    numberAt(object, "status", "numberAvailable") ??
    wanted - (numberAt(object, "status", "numberUnavailable") ?? 0);
  return available >= wanted
    ? healthy("every Pod is updated and available", `${available} Pods are updated and available`)
    : degraded(
        "status.numberAvailable < status.desiredNumberScheduled",
        `${available} of ${wanted} Pods are available`,
      );
};

/** Injected into Pods that others own: how many of those have the newest one. */
const sidecars: HealthRule = (object) => {
  const [matched, updated] = [
    numberAt(object, "status", "matchedPods"),
    numberAt(object, "status", "updatedPods"),
  ];
  if (matched === undefined) return undefined;
  return (updated ?? 0) < matched
    ? progressing(
        "status.updatedPods < status.matchedPods",
        `${updated ?? 0} of ${count(matched, "Pod")} have the newest sidecars`,
      )
    : healthy("every matched Pod is updated", `${count(matched, "Pod")} have the newest sidecars`);
};

const cronHealth: HealthRule = (object) =>
  listAt(object, "status", "active").length > 0
    ? progressing("status.active is not empty", "A run is under way")
    : textAt(object, "status", "lastScheduleTime") === ""
      ? undefined
      : healthy(
          "status.lastScheduleTime is set",
          `Last run at ${textAt(object, "status", "lastScheduleTime")}`,
        );

const broadcast = byPhase({
  at: ["status.phase"],
  words: { Progressing: ["running"], Healthy: ["completed"], Degraded: ["failed"], Suspended: ["paused"] },
  message: ["status.message"],
});

const gameServer: HealthRule = (object) => {
  const [now, wanted] = [textAt(object, "status", "currentState"), textAt(object, "status", "desiredState")];
  if (now === "") return undefined;
  if (/crash/i.test(now)) return degraded(`status.currentState is ${now}`, `State ${now}, wanted ${wanted}`);
  return now === wanted || wanted === ""
    ? healthy("status.currentState is status.desiredState", now)
    : progressing("status.currentState is not status.desiredState", `State ${now}, wanted ${wanted}`);
};

/** What its Pod thinks, under a state that the game keeps by itself. */
const gamePod: HealthRule = (object) => {
  const wrong = conditionsAt(object, "status", "podStatus", "conditions").find(
    ({ type, status }) => status === "False" && /Ready$/.test(type),
  );
  return wrong === undefined
    ? undefined
    : degraded(`status.podStatus: ${cite(wrong)}`, `The Pod is not ready: ${tell(wrong)}`);
};
const gameServerHealth: HealthRule = (object) => {
  const verdict = gameServer(object);
  return verdict?.status === "Healthy" ? (gamePod(object) ?? verdict) : verdict;
};

const gameServerSet: HealthRule = (object) => {
  const wanted = numberAt(object, "spec", "replicas") ?? 1;
  const ready = numberAt(object, "status", "readyReplicas");
  if (ready === undefined) return undefined;
  const updated = numberAt(object, "status", "updatedReadyReplicas") ?? ready;
  if (ready < wanted)
    return progressing(
      "status.readyReplicas < spec.replicas",
      `${ready} of ${wanted} game servers are ready`,
    );
  return updated < wanted
    ? progressing(
        "status.updatedReadyReplicas < spec.replicas",
        `${updated} of ${wanted} game servers run the newest revision`,
      )
    : healthy("every game server is updated and ready", `${ready} game servers are updated and ready`);
};

const rollout: HealthRule = (object) => {
  if (at(object, "spec", "disabled") === true)
    return suspended("spec.disabled is true", "Disabled: the workload's changes go out in one go");
  const step =
    textAt(object, "status", "canaryStatus", "currentStepState") ||
    textAt(object, "status", "blueGreenStatus", "currentStepState");
  if (step === "StepPaused" && textAt(object, "status", "phase") === "Progressing")
    return suspended(
      "the current step is paused",
      textAt(object, "status", "message") || "The rollout waits at a paused step",
    );
  return byRolloutPhase(object);
};
const byRolloutPhase = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Healthy"],
    Progressing: ["Initial", "Progressing", "Disabling"],
    Suspended: ["Paused"],
    // Without the rollout the workload's next change goes out in one go.
    Degraded: ["Disabled", "Terminating"],
  },
  message: ["status.message"],
});

export const kruise: RuleTable = {
  "apps.kruise.io/CloneSet": reported(partitioned, replicas, replicaHealth),
  "apps.kruise.io/StatefulSet": reported(partitioned, replicas, replicaHealth),
  "apps.kruise.io/DaemonSet": reported(partitioned, daemons),
  "apps.kruise.io/AdvancedCronJob": reported(cronHealth),
  "apps.kruise.io/BroadcastJob": reported(broadcast),
  "apps.kruise.io/SidecarSet": reported(sidecars),
  "apps.kruise.io/UnitedDeployment": usualHealth,
  "game.kruise.io/GameServer": reported(gameServerHealth),
  "game.kruise.io/GameServerSet": reported(partitioned, gameServerSet),
  "rollouts.kruise.io/Rollout": reported(rollout),
};
