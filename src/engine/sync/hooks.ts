/** The hooks of one try of a sync: started, watched, remembered, and tidied up. */
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refKey, show } from "../../core/model/object-ref.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { HookStep, Plan, StepOutcome, StepResult, Wave } from "../../core/model/plan.ts";
import { isOlder } from "../../core/model/resource-version.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { type HealthRules, liveHealth } from "../compare/live-health.ts";
import {
  type HookRemoval,
  LOOK_AGAIN_MS,
  removeHooks,
  removeLastRun,
  untilLastRunGone,
} from "./hook-removal.ts";
import {
  asBeforeDeletion,
  countTwins,
  deadlineOf,
  type End,
  endOf,
  type HookRun,
  hookFailed,
  hookObject,
  isOfTry,
  leftMs,
  outcomeOf,
  placeOfHook,
  refOfHook,
} from "./hook-run.ts";
import { hookTrouble } from "./hook-trouble.ts";
import { messageOf } from "./step-words.ts";

const GONE: End = { is: "failed", message: "it was deleted before its end was seen" };

export interface HookParts extends HookRemoval {
  /** For what is ended because the sync is not meant any more. */
  ending: ClusterObjects;
  rules: HealthRules;
  plan: Pick<Plan, "waves"> & Partial<Pick<Plan, "onFailure">>;
  /** How long a hook may take that says nothing of it; 0: as long as it takes. */
  timeoutMs: number;
  /** What an earlier process of this same try wrote down. */
  remembered: readonly ResourceResult[];
  holder(live: LiveObject): Promise<string | undefined>;
  /** @throws where something newer is wanted in place of this sync */
  stillAsked(): void;
  /** On disk when it returns. */
  report(result: StepResult): void;
}

export class HookRuns {
  readonly #parts: HookParts;
  readonly #runs: HookRun[] = [];
  readonly #nth: ReadonlyMap<HookStep, number>;
  readonly #unlisten: () => void;

  constructor(parts: HookParts) {
    this.#parts = parts;
    this.#nth = countTwins(parts.plan);
    // Judged at the event itself: a Job with a time to live may be gone before anybody looks again.
    this.#unlisten = parts.cluster.onChange(({ key }) => {
      for (const run of this.#runs)
        if (run.key === key)
          try {
            this.#look(run);
          } catch {
            // The store did not take it. Whoever waits for the hook writes it down again, and fails with the same fault.
          }
    });
  }

  close(): void {
    this.#unlisten();
  }

  /**
   * This try had failed before a restart for something else than a hook, as far as that SyncFail had begun: nothing more of
   * it is written, whatever would be taken now. What had ended is taken up, so that it goes by its policy.
   * @returns a sentence where that is so
   */
  hadFailed({ waves }: Pick<Plan, "waves">): string | undefined {
    const { remembered, run } = this.#parts;
    const hasAlarm = remembered.some(({ hookType }) => hookType === "SyncFail");
    const byHook = remembered.some(
      ({ hookType, hookPhase }) => hookType !== "SyncFail" && hookPhase === "Failed",
    );
    if (run.is !== "resumed" || !hasAlarm || byHook) return undefined;
    for (const wave of waves)
      for (const step of wave.steps) {
        if (step.do !== "hook") continue;
        const ref = this.#refOf(step);
        const end = endOf(this.#known(step, ref));
        if (end !== undefined) this.#runs.push(this.#runOf(step, wave, ref, end));
      }
    return "it had failed before the daemon was restarted, and what follows a failure had begun";
  }

  /** Starts one, unless this try did so before a restart. */
  async start(step: HookStep, wave: Wave): Promise<StepOutcome> {
    const ref = this.#refOf(step);
    const outcome = await this.#start(step, wave, ref);
    if (outcome.outcome === "failed") this.#parts.report({ ...placeOfHook({ step, wave, ref }), ...outcome });
    return outcome;
  }

  async #start(step: HookStep, wave: Wave, ref: ObjectRef): Promise<StepOutcome> {
    const known = this.#known(step, ref);
    if (known?.status === "SyncFailed") return hookFailed(step, known.message);
    const end = endOf(known);
    const run = this.#runOf(step, wave, ref, end);
    if (end !== undefined) {
      this.#runs.push(run);
      return outcomeOf(step.type, end);
    }
    const { apiVersion } = step.desired.object;
    const found = await this.#parts.cluster.read(ref, apiVersion);
    if (found.is === "unreachable" || found.is === "forbidden")
      return hookFailed(step, `cannot see whether it is there: ${found.why}`);
    if (found.is === "found" && isOfTry(found.object, step, this.#parts.run)) {
      const since = Date.parse(String(found.object.metadata.creationTimestamp)) || this.#parts.clock.now();
      return this.#started(run, found.live, since);
    }
    if (known !== undefined) {
      this.#runs.push(run);
      this.#ended(run, GONE);
      return outcomeOf(step.type, GONE);
    }
    if (found.is === "found") {
      const holder = await this.#parts.holder(found.live);
      if (holder !== undefined) return hookFailed(step, `its name belongs to ${holder} by now`);
      // Applied to, one that is on its way out would be taken for this run, and what it did for what this one does.
      const isGoing = found.object.metadata.deletionTimestamp !== undefined;
      const stays = isGoing
        ? await untilLastRunGone(ref, found.live, this.#parts)
        : step.run === "anew"
          ? await removeLastRun(ref, found.live, this.#parts)
          : undefined;
      if (stays !== undefined) return hookFailed(step, stays);
    }
    // The deletion took its time.
    const forbidden = this.#parts.permits(ref);
    if (forbidden !== undefined) return hookFailed(step, forbidden);
    const object = hookObject(step, ref, this.#parts.run);
    // By apply, so that an object that is a hook today and ordinary tomorrow has one owner of its fields.
    const made = await this.#parts.objects.apply(object, "write");
    if (made.is !== "done") return hookFailed(step, messageOf(made));
    return this.#started(run, made.live, this.#parts.clock.now());
  }

  #refOf(step: HookStep): ObjectRef {
    return refOfHook(step, this.#parts.run, this.#nth.get(step) ?? 1);
  }

  /** What an earlier process of this same try wrote down of it. */
  #known({ type }: HookStep, ref: ObjectRef): ResourceResult | undefined {
    return this.#parts.remembered.find(
      (one) => one.hookType === type && refKey(one) === refKey(ref) && one.hookPhase !== undefined,
    );
  }

  /** One that is not started, or that ended under an earlier process. */
  #runOf(step: HookStep, wave: Wave, ref: ObjectRef, end: End | undefined): HookRun {
    const deadline = deadlineOf(step.desired.object, this.#parts.timeoutMs);
    return {
      step,
      wave,
      ref,
      key: refKey(ref),
      uid: "",
      resourceVersion: "",
      since: 0,
      begunAt: 0,
      deadline,
      end,
      noted: end,
    };
  }

  /** Those of one wave that were started and have not ended. */
  isRunning(wave: Wave): boolean {
    return this.#runs.some((run) => run.wave === wave && run.end === undefined);
  }

  /** @returns a sentence where one failed; the others of the wave are waited for first */
  async untilCompleted(wave: Wave): Promise<string | undefined> {
    const { progress, nextChange, clock, signal, cluster, stillAsked } = this.#parts;
    let said = "";
    let heardAt = clock.monotonic();
    for (;;) {
      const mine = this.#runs.filter((run) => run.wave === wave);
      // Half of it: nobody promises that a timer is not early.
      const isQuiet = clock.monotonic() - heardAt >= LOOK_AGAIN_MS / 2;
      heardAt = clock.monotonic();
      for (const run of mine) {
        this.#look(run);
        if (run.end === undefined && (isQuiet || cluster.get(run.key)?.uid !== run.uid))
          await this.#askFor(run);
        if (run.end === undefined && leftMs(run, clock.monotonic()) === 0)
          this.#ended(run, {
            is: "failed",
            message: `it did not complete within ${run.deadline?.words}`,
          });
      }
      // Nothing follows an end that is not on disk: a process that took over would not know of it.
      for (const run of mine) if (run.end !== undefined && run.noted !== run.end) this.#note(run, run.end);
      const running = mine.filter(({ end }) => end === undefined);
      const [first] = running;
      if (first === undefined) {
        const bad = mine.flatMap(({ ref, end }) =>
          end?.is === "failed" ? [`the hook ${show(ref)} failed: ${end.message}`] : [],
        );
        return bad.length === 0 ? undefined : bad.join("; ");
      }
      const more = running.length === 1 ? "" : ` and ${running.length - 1} more`;
      const troubles = running.map(({ key, uid }) => {
        const live = cluster.get(key);
        return live?.uid === uid ? hookTrouble(live, cluster) : undefined;
      });
      // Nothing of them runs, so that nothing is cut off in the middle, and what came since may be what mends them.
      if (troubles.every((trouble) => trouble?.is === "cannot-start")) stillAsked();
      const why = troubles[0] === undefined ? "" : ` (${troubles[0].text})`;
      const message = `waiting for completion of hook ${show(first.ref)} since ${timestamp(first.since)}${why}${more}`;
      if (message !== said) progress(message);
      said = message;
      const dueMs = running.flatMap((run) => leftMs(run, clock.monotonic()) ?? []);
      await nextChange(Math.min(LOOK_AGAIN_MS, ...dueMs), signal);
    }
  }

  /** The sync is over: what is meant to go with that end goes. @returns what could not be deleted, in sentences */
  async tidy(policy: "HookSucceeded" | "HookFailed"): Promise<string[]> {
    const runs = this.#runs.filter(
      ({ step, end }) => end !== undefined && step.deletePolicies.includes(policy),
    );
    const left = await removeHooks(runs, this.#parts);
    return [...left.values()].map(({ ref, why }) => `${show(ref)}: ${why}`);
  }

  /** The sync was ended from outside: what runs is stopped, and of what cannot be stopped it is said that it still runs. */
  async stopRunning(): Promise<void> {
    const running = this.#runs.filter(({ end }) => end === undefined);
    const permits = (ref: ObjectRef): string | undefined => {
      try {
        return this.#parts.permits(ref);
      } catch {
        // That the operation is not meant any more is why they go.
        return undefined;
      }
    };
    const left = await removeHooks(running, { ...this.#parts, objects: this.#parts.ending, permits });
    for (const run of running) {
      const stays = left.get(run.key);
      const still =
        stays === undefined ? "" : `. It still runs, because it could not be deleted: ${stays.why}`;
      this.#ended(run, { is: "failed", message: `ended with the operation${still}` });
    }
  }

  #started(known: HookRun, live: LiveObject, since: number): StepOutcome {
    const { clock } = this.#parts;
    const begunAt = clock.monotonic() - Math.max(0, clock.now() - since);
    const run: HookRun = { ...known, uid: live.uid, resourceVersion: live.resourceVersion, since, begunAt };
    this.#runs.push(run);
    const outcome: StepOutcome = {
      outcome: "hook-running",
      hook: run.step.type,
      message: `running since ${timestamp(since)}`,
    };
    this.#parts.report({ ...placeOfHook(run), ...outcome });
    this.#judge(run, live);
    return run.end === undefined ? outcome : outcomeOf(run.step.type, run.end);
  }

  #look(run: HookRun): void {
    const live = this.#parts.cluster.get(run.key);
    if (live !== undefined && live.uid === run.uid && !isOlder(live.resourceVersion, run.resourceVersion))
      this.#judge(run, live);
  }

  /** Not in the cache, or not heard of for a while: it may be gone, not shown yet, or changed behind a dead watch. */
  async #askFor(run: HookRun): Promise<void> {
    const found = await this.#parts.cluster.read(run.ref, run.step.desired.object.apiVersion);
    if (run.end !== undefined) return;
    if (found.is === "found" && found.live.uid === run.uid) this.#judge(run, found.live);
    else if (found.is === "absent" || found.is === "found") this.#ended(run, GONE);
  }

  #judge(run: HookRun, live: LiveObject): void {
    if (run.end !== undefined) return;
    const { cluster, rules } = this.#parts;
    const health = liveHealth(asBeforeDeletion(live), cluster, { ...rules, pods: "ignore" });
    // As in Argo CD, a kind that nobody has a rule for is done when it is there.
    if (health === undefined || health.status === "Healthy")
      this.#ended(run, { is: "succeeded", message: health?.message || "completed" });
    else if (health.status === "Degraded" || health.status === "Unknown")
      this.#ended(run, {
        is: "failed",
        message: [health.message || health.status, hookTrouble(live, cluster)?.text]
          .filter(Boolean)
          .join("; "),
      });
  }

  #ended(run: HookRun, end: End): void {
    run.end = end;
    this.#note(run, end);
  }

  /** On disk when it returns. */
  #note(run: HookRun, end: End): void {
    this.#parts.report({ ...placeOfHook(run), ...outcomeOf(run.step.type, end) });
    run.noted = end;
  }
}
