import { filled } from "../../lib/defined.ts";
import { type JsonObject, type KubeJson, numberAt, objectAt, textAt } from "../json.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { ownerKeys, podOf } from "./replica-sets.ts";
import { conditionsOf, hasCondition, specOf, type World, withCondition } from "./world.ts";

/** Jobs run Pods until enough of them succeeded, or more failed than the backoff limit allows. */
export function jobController(world: World): Controller {
  const jobs = world.kind("batch/v1", "jobs");
  const pods = world.kind("v1", "pods");

  return {
    concerns(event) {
      if (event.table === jobs.table)
        return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
      return event.table === pods.table ? ownerKeys(event.object, "Job") : [];
    },
    reconcile(key) {
      const job = world.find(jobs, key);
      if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
      if (hasCondition(job, "Complete") || hasCondition(job, "Failed")) return expire(job);
      const mine = world.owned(job, pods);
      const phase = (name: string) => mine.filter((pod) => textAt(pod, "status", "phase") === name);
      const active = mine.filter(
        (pod) => !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "Pending"),
      );
      const succeeded = phase("Succeeded").length;
      const failed = phase("Failed").length;
      const completions = numberAt(job, "spec", "completions") ?? 1;
      const limit = numberAt(job, "spec", "backoffLimit") ?? 6;
      if (specOf(job)["suspend"] === true) suspend(job, active);
      else if (succeeded >= completions)
        finish(job, "Complete", "CompletionsReached", "Reached expected number of succeeded pods", {
          succeeded,
          failed,
        });
      else if (failed > limit)
        finish(job, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit", {
          succeeded,
          failed,
        });
      else {
        const missing =
          Math.min(numberAt(job, "spec", "parallelism") ?? 1, completions - succeeded) - active.length;
        for (let count = 0; count < missing; count++)
          world.create(
            pods,
            job.metadata.namespace ?? "",
            podOf(job, { generateName: `${job.metadata.name}-` }),
          );
        report(job, active.length + Math.max(0, missing), succeeded, failed);
      }
      return undefined;
    },
  };

  function report(job: KubeJson, active: number, succeeded: number, failed: number): void {
    const resumed = conditionsOf(job).some((one) => one["type"] === "Suspended");
    const conditions = resumed
      ? withCondition(
          conditionsOf(job),
          { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" },
          world.now(),
          ["lastProbeTime", "lastTransitionTime"],
        )
      : conditionsOf(job);
    world.status(jobs, job, {
      ...filled({ conditions }),
      startTime: textAt(job, "status", "startTime") ?? world.now(),
      ...counts({ active, succeeded, failed }),
      ready: active,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
  }

  function suspend(job: KubeJson, active: readonly KubeJson[]): void {
    for (const pod of active) world.delete(pods, pod);
    world.status(jobs, job, {
      ...objectAt(job, "status"),
      conditions: withCondition(
        conditionsOf(job),
        { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" },
        world.now(),
        ["lastProbeTime", "lastTransitionTime"],
      ),
    });
  }

  function finish(
    job: KubeJson,
    type: "Complete" | "Failed",
    reason: string,
    message: string,
    ended: Record<string, number>,
  ): void {
    const now = world.now();
    const times = ["lastProbeTime", "lastTransitionTime"];
    const early = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
    world.event(
      job,
      type === "Complete" ? "Normal" : "Warning",
      type === "Complete" ? "Completed" : reason,
      type === "Complete" ? "Job completed" : message,
      "job-controller",
    );
    let conditions = conditionsOf(job);
    for (const one of [early, type])
      conditions = withCondition(conditions, { type: one, status: "True", reason, message }, now, times);
    world.status(jobs, job, {
      conditions,
      startTime: textAt(job, "status", "startTime") ?? now,
      ...(type === "Complete" ? { completionTime: now } : {}),
      ...counts(ended),
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
  }

  /** A Job with a time to live goes when it is over. */
  function expire(job: KubeJson): number | undefined {
    const seconds = numberAt(job, "spec", "ttlSecondsAfterFinished");
    if (seconds === undefined) return undefined;
    const ended = conditionsOf(job).find((one) => one["type"] === "Complete" || one["type"] === "Failed");
    const leftMs =
      Date.parse(textAt(ended, "lastTransitionTime") ?? world.now()) + seconds * 1000 - world.clock.now();
    if (leftMs > 0) return leftMs;
    world.delete(jobs, job);
    return undefined;
  }
}

function counts(of: Record<string, number>): JsonObject {
  return Object.fromEntries(Object.entries(of).filter(([, count]) => count > 0));
}
