import { filled } from "../../lib/defined.ts";
import { type KubeJson, numberAt, objectAt, textAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { type StoreEvent, storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { ownerKeys, podOf } from "./replica-sets.ts";
import { conditionsOf, hasCondition, positive, specOf, type World, withCondition } from "./world.ts";

/** Jobs run Pods until enough of them succeeded, or more failed than the backoff limit allows. */
export class JobController implements Controller {
  readonly #world: World;
  readonly #jobs: Kind;
  readonly #pods: Kind;

  constructor(world: World) {
    this.#world = world;
    this.#jobs = world.kind("batch/v1", "jobs");
    this.#pods = world.kind("v1", "pods");
  }

  concerns(event: StoreEvent): readonly string[] {
    if (event.table === this.#jobs.table)
      return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
    return event.table === this.#pods.table ? ownerKeys(event.object, "Job") : [];
  }

  reconcile(key: string): number | undefined {
    const job = this.#world.find(this.#jobs, key);
    if (job === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
    if (hasCondition(job, "Complete") || hasCondition(job, "Failed")) return this.#expire(job);
    const mine = this.#world.owned(job, this.#pods);
    const phase = (name: string) => mine.filter((pod) => textAt(pod, "status", "phase") === name);
    const active = mine.filter(
      (pod) => !["Succeeded", "Failed"].includes(textAt(pod, "status", "phase") ?? "Pending"),
    );
    const succeeded = phase("Succeeded").length;
    const failed = phase("Failed").length;
    const completions = numberAt(job, "spec", "completions") ?? 1;
    const limit = numberAt(job, "spec", "backoffLimit") ?? 6;
    if (specOf(job)["suspend"] === true) this.#suspend(job, active);
    else if (succeeded >= completions)
      this.#finish(job, "Complete", "CompletionsReached", "Reached expected number of succeeded pods", {
        succeeded,
        failed,
      });
    else if (failed > limit)
      this.#finish(job, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit", {
        succeeded,
        failed,
      });
    else {
      const missing =
        Math.min(numberAt(job, "spec", "parallelism") ?? 1, completions - succeeded) - active.length;
      for (let count = 0; count < missing; count++)
        this.#world.create(
          this.#pods,
          job.metadata.namespace ?? "",
          podOf(job, { generateName: `${job.metadata.name}-` }),
        );
      this.#report(job, active.length + Math.max(0, missing), succeeded, failed);
    }
    return undefined;
  }

  #report(job: KubeJson, active: number, succeeded: number, failed: number): void {
    const resumed = conditionsOf(job).some((one) => one["type"] === "Suspended");
    const conditions = resumed
      ? withCondition(
          conditionsOf(job),
          { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" },
          this.#world.now(),
          ["lastProbeTime", "lastTransitionTime"],
        )
      : conditionsOf(job);
    this.#world.status(this.#jobs, job, {
      ...filled({ conditions }),
      startTime: textAt(job, "status", "startTime") ?? this.#world.now(),
      ...positive({ active, succeeded, failed }),
      ready: active,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
  }

  #suspend(job: KubeJson, active: readonly KubeJson[]): void {
    for (const pod of active) this.#world.delete(this.#pods, pod);
    this.#world.status(this.#jobs, job, {
      ...objectAt(job, "status"),
      conditions: withCondition(
        conditionsOf(job),
        { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" },
        this.#world.now(),
        ["lastProbeTime", "lastTransitionTime"],
      ),
    });
  }

  #finish(
    job: KubeJson,
    type: "Complete" | "Failed",
    reason: string,
    message: string,
    ended: Record<string, number>,
  ): void {
    const now = this.#world.now();
    const times = ["lastProbeTime", "lastTransitionTime"];
    const early = type === "Complete" ? "SuccessCriteriaMet" : "FailureTarget";
    this.#world.event(
      job,
      type === "Complete" ? "Normal" : "Warning",
      type === "Complete" ? "Completed" : reason,
      type === "Complete" ? "Job completed" : message,
      "job-controller",
    );
    let conditions = conditionsOf(job);
    for (const one of [early, type])
      conditions = withCondition(conditions, { type: one, status: "True", reason, message }, now, times);
    this.#world.status(this.#jobs, job, {
      conditions,
      startTime: textAt(job, "status", "startTime") ?? now,
      ...(type === "Complete" ? { completionTime: now } : {}),
      ...positive(ended),
      ready: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
  }

  /** A Job with a time to live goes when it is over. */
  #expire(job: KubeJson): number | undefined {
    const seconds = numberAt(job, "spec", "ttlSecondsAfterFinished");
    if (seconds === undefined) return undefined;
    const ended = conditionsOf(job).find((one) => one["type"] === "Complete" || one["type"] === "Failed");
    const leftMs =
      Date.parse(textAt(ended, "lastTransitionTime") ?? this.#world.now()) +
      seconds * 1000 -
      this.#world.clock.now();
    if (leftMs > 0) return leftMs;
    this.#world.delete(this.#jobs, job);
    return undefined;
  }
}
