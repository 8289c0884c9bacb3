import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { conditionsOf, findCondition, tell } from "../conditions.ts";
import { at, isYes, join, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, unknown, type Verdict } from "../verdict.ts";

/** One container that waits to start. */
export interface WaitingContainer {
  name: string;
  reason: string;
  message: string;
  restarts: number;
}

/** Init containers first: they hold the others up. */
function containerStatuses(pod: unknown): unknown[] {
  return [
    ...listAt(pod, "status", "initContainerStatuses"),
    ...listAt(pod, "status", "containerStatuses"),
  ].filter(isMapping);
}

export function waitingContainers(pod: unknown): WaitingContainer[] {
  return containerStatuses(pod).flatMap((container) =>
    at(container, "state", "waiting") === undefined
      ? []
      : [
          {
            name: textAt(container, "name"),
            reason: textAt(container, "state", "waiting", "reason"),
            message: textAt(container, "state", "waiting", "message"),
            restarts: numberAt(container, "restartCount") ?? 0,
          },
        ],
  );
}

export function showWaiting({ name, reason, message }: WaitingContainer): string {
  return `container ${name} waits: ${join([reason, message])}`;
}

const cannotStart = (reason: string): boolean =>
  reason.startsWith("Err") || reason.endsWith("Error") || reason.endsWith("BackOff");

/** Why the Pod failed: its own message, else the first container that ended badly. */
function failure(pod: KubeObject): string {
  const own = textAt(pod, "status", "message");
  if (own !== "") return own;
  for (const container of containerStatuses(pod)) {
    const ended = at(container, "state", "terminated");
    const code = numberAt(ended, "exitCode") ?? 0;
    const reason = textAt(ended, "reason");
    if (ended === undefined || (code === 0 && reason !== "OOMKilled")) continue;
    return join([
      `container ${textAt(container, "name")} ended with exit code ${code}`,
      reason === "Error" ? "" : reason,
      textAt(ended, "message"),
    ]);
  }
  return textAt(pod, "status", "reason");
}

const isHook = (pod: KubeObject): boolean =>
  ["argocd.argoproj.io/hook", "helm.sh/hook"].some((name) => (pod.metadata.annotations?.[name] ?? "") !== "");

/** A Pod that is to run on is ready or not; one that is to end is done when it has ended. */
function runsOn(pod: KubeObject): boolean {
  if ((textAt(pod, "spec", "restartPolicy") || "Always") === "Always") return true;
  return isYes(pod.metadata.annotations?.["argocd.argoproj.io/ignore-restart-policy"]) && !isHook(pod);
}

function runningHealth(pod: KubeObject): Verdict {
  const phase = "status.phase is Running";
  if (!runsOn(pod)) return progressing(phase, "Running, not ended yet");
  const ready = findCondition(conditionsOf(pod), "Ready");
  if (ready?.status === "True") return healthy(`${phase}, condition Ready is True`);
  const restarted = containerStatuses(pod).find(
    (container) => at(container, "lastState", "terminated") !== undefined,
  );
  if (restarted !== undefined) {
    const ended = at(restarted, "lastState", "terminated");
    return degraded(
      `${phase}, not ready, and a container ended before`,
      `container ${textAt(restarted, "name")} ${join([`ended with exit code ${numberAt(ended, "exitCode") ?? 0}`, textAt(ended, "reason"), textAt(ended, "message")])}`,
    );
  }
  return progressing(`${phase}, condition Ready is not True`, ready === undefined ? "" : tell(ready));
}

export function podHealth(pod: KubeObject): Verdict {
  if (runsOn(pod)) {
    const stuck = waitingContainers(pod).filter(({ reason }) => cannotStart(reason));
    if (stuck.length > 0)
      return degraded(
        `a container waits with reason ${stuck[0]?.reason ?? ""}`,
        stuck.map(showWaiting).join("; "),
      );
  }
  const phase = textAt(pod, "status", "phase");
  const because = `status.phase is ${phase || "absent"}`;
  switch (phase) {
    case "Pending": {
      const scheduled = findCondition(conditionsOf(pod), "PodScheduled");
      const waiting = waitingContainers(pod).find(({ message }) => message !== "");
      return progressing(
        because,
        scheduled?.status === "False"
          ? tell(scheduled)
          : waiting === undefined
            ? textAt(pod, "status", "message")
            : showWaiting(waiting),
      );
    }
    case "Running":
      return runningHealth(pod);
    case "Succeeded":
      return healthy(because, textAt(pod, "status", "message"));
    case "Failed":
      return degraded(because, failure(pod));
    default:
      return unknown(because, textAt(pod, "status", "message"));
  }
}

podHealth satisfies HealthRule;
