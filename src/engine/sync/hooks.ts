/** The hooks of one try of a sync: started, watched, remembered, and tidied up. */
import { ANNOTATION } from "../../core/model/application.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { ResourceResult, SyncPhase } from "../../core/model/operation.ts";
import type { HookStep, StepOutcome, StepResult, Wave } from "../../core/model/plan.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { heldBy } from "../compare/held-by.ts";
import { type HealthRules, liveHealth } from "../compare/live-health.ts";
import { messageOf } from "./preflight.ts";

/** How long a wait sleeps where no watch event comes: a safety net, never the clock of the sync. */
const LOOK_AGAIN_MS = 10_000;

export interface HookParts {
  cluster: Cluster;
  objects: ClusterObjects;
  clock: Clock;
  rules: HealthRules;
  /**
   * Of the sync: what names that are made differ by, and what tells this try's objects from an older one's. Times have
   * whole seconds, so that only a try that a restart cut off looks for objects of its own.
   */
  run: { is: "begun" | "resumed"; revision: string; startedAt: string; id: string };
  /** What an earlier process of this same try wrote down. */
  remembered: readonly ResourceResult[];
  permits(ref: ObjectRef): string | undefined;
  holder(live: LiveObject): Promise<string | undefined>;
  /** On disk when it returns. */
  report(result: StepResult): void;
  progress(message: string): void;
  nextChange(ms: number, signal: AbortSignal): Promise<void>;
  /** Terminated, overtaken, or the daemon ends. */
  signal: AbortSignal;
}

type End = { is: "succeeded" | "failed"; message: string };

interface HookRun {
  step: HookStep;
  wave: Wave;
  ref: ObjectRef;
  key: RefKey;
  /** "" where it ended under an earlier process. */
  uid: string;
  /** Milliseconds since 1970. */
  since: number;
  /** How long it may take, where it says so. */
  timeoutMs: number | undefined;
  end: End | undefined;
}

export class HookRuns {
  readonly #parts: HookParts;
  readonly #runs: HookRun[] = [];
  readonly #unlisten: () => void;

  constructor(parts: HookParts) {
    this.#parts = parts;
    // Judged at the event itself: a Job with a time to live may be gone before anybody looks again.
    this.#unlisten = parts.cluster.onChange(({ key }) => {
      for (const run of this.#runs)
        if (run.key === key)
          try {
            this.#look(run);
          } catch {
            // The store did not take it. The next thing to be written down meets the same fault, and ends the sync with it.
          }
    });
  }

  close(): void {
    this.#unlisten();
  }

  /** Starts one, unless this try did so before a restart. */
  async start(step: HookStep, wave: Wave): Promise<StepOutcome> {
    const ref = this.#refOf(step);
    const outcome = await this.#start(step, wave, ref);
    if (outcome.outcome === "failed") this.#parts.report({ ...placeOf({ step, wave, ref }), ...outcome });
    return outcome;
  }

  async #start(step: HookStep, wave: Wave, ref: ObjectRef): Promise<StepOutcome> {
    const key = refKey(ref);
    const known = this.#parts.remembered.find(
      (one) => one.hookType === step.type && refKey(one) === key && one.hookPhase !== undefined,
    );
    const run: Omit<HookRun, "uid" | "since"> = {
      step,
      wave,
      ref,
      key,
      timeoutMs: timeoutOf(step.desired.object),
      end: undefined,
    };
    if (known?.hookPhase === "Succeeded") {
      const end: End = { is: "succeeded", message: known.message };
      this.#runs.push({ ...run, uid: "", since: 0, end });
      return outcomeOf(step.type, end);
    }
    if (known?.hookPhase === "Failed") return { outcome: "failed", hook: step.type, message: known.message };
    const { apiVersion } = step.desired.object;
    const found = await this.#parts.cluster.read(ref, apiVersion);
    if (found.is === "unreachable" || found.is === "forbidden")
      return failed(step, `cannot see whether it is there: ${found.why}`);
    if (found.is === "found" && this.#isOfThisTry(found.object, step)) {
      const since = Date.parse(String(found.object.metadata.creationTimestamp)) || this.#parts.clock.now();
      return this.#started({ ...run, uid: found.live.uid, since }, found.live);
    }
    if (known !== undefined) return failed(step, `${show(ref)} was deleted before its end was seen`);
    if (found.is === "found") {
      const holder = await this.#parts.holder(found.live);
      if (holder !== undefined) return failed(step, `its name belongs to ${holder} by now`);
      if (step.run === "anew") {
        const refused = await this.#remove(ref, found.live);
        if (refused !== undefined) return failed(step, refused);
      }
    }
    // The deletion took its time.
    const forbidden = this.#parts.permits(ref);
    if (forbidden !== undefined) return failed(step, forbidden);
    const object = this.#objectOf(step, ref);
    // By apply, so that an object that is a hook today and ordinary tomorrow has one owner of its fields.
    const made = await this.#parts.objects.apply(object, "write");
    if (made.is !== "done") return failed(step, messageOf(made));
    return this.#started({ ...run, uid: made.live.uid, since: this.#parts.clock.now() }, made.live);
  }

  /** Those of one wave that were started and have not ended. */
  isRunning(wave: Wave): boolean {
    return this.#runs.some((run) => run.wave === wave && run.end === undefined);
  }

  /** @returns a sentence where one failed; the others of the wave are waited for first */
  async untilCompleted(wave: Wave): Promise<string | undefined> {
    const { progress, nextChange, clock, signal, cluster } = this.#parts;
    let said = "";
    for (;;) {
      const mine = this.#runs.filter((run) => run.wave === wave);
      for (const run of mine) {
        this.#look(run);
        if (run.end === undefined && cluster.get(run.key)?.uid !== run.uid) await this.#askFor(run);
        if (run.end === undefined && isLate(run, clock.now()))
          this.#ended(run, {
            is: "failed",
            message: `it did not complete within ${run.step.desired.object.metadata.annotations?.[ANNOTATION.hookTimeout]}`,
          });
      }
      const running = mine.filter(({ end }) => end === undefined);
      const [first] = running;
      if (first === undefined) {
        const bad = mine.flatMap(({ ref, end }) =>
          end?.is === "failed" ? [`the hook ${show(ref)} failed: ${end.message}`] : [],
        );
        return bad.length === 0 ? undefined : bad.join("; ");
      }
      const more = running.length === 1 ? "" : ` and ${running.length - 1} more`;
      const message = `waiting for completion of hook ${show(first.ref)} since ${timestamp(first.since)}${more}`;
      if (message !== said) progress(message);
      said = message;
      const dueMs = running.flatMap(({ since, timeoutMs }) =>
        timeoutMs === undefined ? [] : [Math.max(0, since + timeoutMs - clock.now())],
      );
      await nextChange(Math.min(LOOK_AGAIN_MS, ...dueMs), signal);
    }
  }

  /** The sync is over: what is meant to go with that end goes. @returns what could not be deleted, in sentences */
  async tidy(policy: "HookSucceeded" | "HookFailed"): Promise<string[]> {
    return this.#removeAll(
      this.#runs.filter(({ step, end }) => end !== undefined && step.deletePolicies.includes(policy)),
    );
  }

  /** The sync was ended from outside: what runs is stopped. */
  async stopRunning(): Promise<string[]> {
    const running = this.#runs.filter(({ end }) => end === undefined);
    const said = await this.#removeAll(running);
    for (const run of running) this.#ended(run, { is: "failed", message: "ended with the operation" });
    return said;
  }

  async #removeAll(runs: readonly HookRun[]): Promise<string[]> {
    const said = await Promise.all(
      // An object of several phases is there once.
      [...new Map(runs.map((run) => [run.key, run])).values()].map(async ({ ref, step, key }) => {
        const found = await this.#parts.cluster.read(ref, step.desired.object.apiVersion);
        if (found.is === "absent") return undefined;
        if (found.is !== "found") return `${show(ref)}: ${found.why}`;
        const forbidden = this.#parts.permits(ref);
        if (forbidden !== undefined) return `${show(ref)}: ${forbidden}`;
        // Made again by somebody since: that one is not ours.
        if (
          !runs.some(
            (run) =>
              run.key === key &&
              (run.uid === "" ? this.#isOfThisTry(found.object, run.step) : run.uid === found.live.uid),
          )
        )
          return undefined;
        const outcome = await this.#parts.objects.delete(
          ref,
          found.live.apiVersion,
          { uid: found.live.uid, propagation: "Foreground" },
          "write",
        );
        return outcome.is === "deleted" || outcome.is === "absent"
          ? undefined
          : `${show(ref)}: ${messageOf(outcome)}`;
      }),
    );
    return said.filter((text) => text !== undefined);
  }

  #started(run: HookRun, live: LiveObject): StepOutcome {
    this.#runs.push(run);
    this.#parts.report({
      ...placeOf(run),
      outcome: "hook-running",
      hook: run.step.type,
      message: "started",
    });
    this.#judge(run, live);
    return run.end === undefined
      ? { outcome: "hook-running", hook: run.step.type, message: "started" }
      : outcomeOf(run.step.type, run.end);
  }

  #look(run: HookRun): void {
    const live = this.#parts.cluster.get(run.key);
    if (live !== undefined && live.uid === run.uid) this.#judge(run, live);
  }

  /** Not in the cache: it may be gone, or not shown yet. */
  async #askFor(run: HookRun): Promise<void> {
    const found = await this.#parts.cluster.read(run.ref, run.step.desired.object.apiVersion);
    if (run.end !== undefined) return;
    if (found.is === "found" && found.live.uid === run.uid) this.#judge(run, found.live);
    else if (found.is === "absent" || found.is === "found")
      this.#ended(run, { is: "failed", message: "it was deleted before its end was seen" });
  }

  #judge(run: HookRun, live: LiveObject): void {
    if (run.end !== undefined) return;
    const health = liveHealth(live, this.#parts.cluster, this.#parts.rules);
    // As in Argo CD, a kind that nobody has a rule for is done when it is there.
    if (health === undefined || health.status === "Healthy")
      this.#ended(run, { is: "succeeded", message: health?.message || "completed" });
    else if (health.status === "Degraded" || health.status === "Unknown")
      this.#ended(run, { is: "failed", message: health.message || health.status });
  }

  #ended(run: HookRun, end: End): void {
    run.end = end;
    this.#parts.report({ ...placeOf(run), ...outcomeOf(run.step.type, end) });
  }

  /** @returns why it could not go */
  async #remove(ref: ObjectRef, live: LiveObject): Promise<string | undefined> {
    const { cluster, objects, progress, nextChange, signal } = this.#parts;
    const forbidden = this.#parts.permits(ref);
    if (forbidden !== undefined) return forbidden;
    const outcome = await objects.delete(
      ref,
      live.apiVersion,
      { uid: live.uid, propagation: "Foreground" },
      "write",
    );
    if (outcome.is === "absent") return undefined;
    const since = timestamp(this.#parts.clock.now());
    if (outcome.is !== "deleted") return `its last run cannot be deleted: ${messageOf(outcome)}`;
    for (;;) {
      // Listened for before it is asked: what happens in between is not missed.
      const over = new AbortController();
      const change = nextChange(LOOK_AGAIN_MS, AbortSignal.any([signal, over.signal]));
      change.catch(() => undefined);
      try {
        const now = await cluster.read(ref, live.apiVersion);
        if (now.is === "absent" || (now.is === "found" && now.live.uid !== live.uid)) return undefined;
        if (now.is === "forbidden") return `cannot see whether its last run is gone: ${now.why}`;
        const [held] = now.is === "found" ? heldBy([now.live], cluster) : [];
        const why = held === undefined ? "" : `. ${held}`;
        progress(`waiting for deletion of ${show(ref)}, the hook's last run, since ${since}${why}`);
        await change;
      } finally {
        over.abort();
      }
    }
  }

  /** A name that is made is the same for all processes of this sync, so that none makes a second object. */
  #refOf({ desired: { ref, object }, type }: HookStep): ObjectRef {
    if (object.metadata.name !== undefined) return ref;
    const { revision, startedAt } = this.#parts.run;
    const seconds = Math.floor(Date.parse(startedAt) / 1000);
    const name = `${object.metadata.generateName ?? ""}${revision.slice(0, 7)}-${type.toLowerCase()}-${seconds}`;
    return { ...ref, name };
  }

  #objectOf({ desired: { object }, type }: HookStep, { name }: ObjectRef): KubeObject {
    const { generateName: made, ...metadata } = object.metadata;
    const annotations: Record<string, string> = {
      ...metadata.annotations,
      [ANNOTATION.hookRun]: this.#idOf(type),
    };
    // It speaks of the name that was given, or the object would count as nobody's.
    const id = annotations[ANNOTATION.trackingId];
    if (made !== undefined && id?.endsWith(`/${made}`) === true)
      annotations[ANNOTATION.trackingId] = `${id.slice(0, -made.length)}${name}`;
    return { ...object, metadata: { ...metadata, name, annotations } };
  }

  #idOf(type: SyncPhase): string {
    return `${this.#parts.run.id} ${type}`;
  }

  #isOfThisTry({ metadata }: KubeObject, { type }: HookStep): boolean {
    return (
      this.#parts.run.is === "resumed" &&
      metadata.annotations?.[ANNOTATION.hookRun] === this.#idOf(type) &&
      metadata.deletionTimestamp === undefined
    );
  }
}

function placeOf({
  ref,
  wave,
  step,
}: Pick<HookRun, "ref" | "wave" | "step">): Pick<StepResult, "ref" | "version" | "phase" | "wave"> {
  const { version } = parseApiVersion(step.desired.object.apiVersion);
  return { ref, version, phase: step.type, wave: wave.wave };
}

function outcomeOf(hook: SyncPhase, { is, message }: End): StepOutcome {
  return { outcome: is === "succeeded" ? "hook-succeeded" : "hook-failed", hook, message };
}

function failed({ type }: HookStep, message: string): StepOutcome {
  return { outcome: "failed", hook: type, message };
}

function timeoutOf({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[ANNOTATION.hookTimeout];
  return text === undefined ? undefined : parseDurationMs(text);
}

function isLate({ since, timeoutMs }: HookRun, now: number): boolean {
  return timeoutMs !== undefined && now >= since + timeoutMs;
}
