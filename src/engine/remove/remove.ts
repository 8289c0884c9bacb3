import type { AppKey, Condition } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { destinationOf } from "../destinations.ts";
import type { Asked } from "../inbox.ts";
import type { ManagedApplication, Removal } from "../managed-application.ts";
import type { Publisher } from "../show/publisher.ts";
import { pausedPrunes } from "../sync/guards.ts";
import { putResult, resultOf } from "../sync/results.ts";
import type { Look } from "../target/target.ts";
import { deletionStep, type MayDelete } from "./deletion.ts";
import { heldUp, pausedDeletion, stoodInTheWay, stoppedByHook } from "./deletion-conditions.ts";
import {
  type CutOff,
  endHooks,
  findHooks,
  type HookRooms,
  type HooksEnd,
  runHooks,
} from "./deletion-hooks.ts";
import { mayHaveHooks, mayHaveSomething } from "./may-have.ts";
import {
  begun,
  ended,
  objectResults,
  resultsIn,
  successOf,
  tryAgain,
  waitsFor,
  withState,
} from "./progress.ts";
import { RemovalRecord, SHOWN_EVERY_MS } from "./removal-record.ts";

export type Removed =
  /** Nothing of it is left to be deleted. `kept`: sentences about what stays behind. */
  | { is: "ended"; kept: string[] }
  | { is: "going-on"; againInMs: number }
  /** It was called off, or a person said something else, while it was looked at: what was found out counts no more. */
  | { is: "changed" };

export interface RemovalsParts extends HookRooms {
  publisher: Publisher;
  /** Asked before each delete. */
  mayDelete: MayDelete;
  /** Puts the application on the work list. */
  ask(managed: ManagedApplication, look: Look): void;
}

interface HookRun {
  abort: AbortController;
  done: Promise<void>;
}

/** What stood in the way of hooks, how often in a row, and when they are tried again by the clock that never steps. */
interface HeldUp {
  times: number;
  until: number;
}

const NOTHING: Removal = { conditions: [], progress: undefined };

/**
 * Removals that are under way: hooks, then objects, then hooks again. Each takes one step after the other, and a step ends
 * at once when its removal changes. Hooks run beside the loop, because they take as long as they take.
 */
export class Removals {
  readonly #parts: RemovalsParts;
  readonly #steps = new Map<AppKey, AbortController>();
  readonly #hookRuns = new Map<AppKey, HookRun>();
  readonly #heldUp = new WeakMap<ManagedApplication, HeldUp>();
  readonly #record: RemovalRecord;
  #isStopping = false;

  constructor(parts: RemovalsParts) {
    this.#parts = parts;
    this.#record = new RemovalRecord(parts);
  }

  /**
   * It was released, called off or asked for anew: whatever a cluster does not answer holds nothing up.
   * @param how `asked-again`: a person says once more that it is to go, which tries again what failed
   */
  changed(managed: ManagedApplication, how: "asked-again" | "otherwise"): void {
    this.#steps.get(managed.key)?.abort();
    const { deleting } = managed.spec;
    const { progress } = managed.removal;
    this.#heldUp.delete(managed);
    if (deleting === undefined) {
      if (this.#hookRuns.has(managed.key)) this.#cutOff(managed, "called-off");
      // It was called off while no daemon ran: nobody of this process watches what an earlier one started.
      else if (progress !== undefined) void this.#endLeft(managed, progress);
      if (progress !== undefined)
        this.#record.writeRun(
          ended(progress, "Failed", "called off: its file came back", this.#record.now()),
        );
      this.#record.set(managed, NOTHING);
      return;
    }
    if (deleting.cascade === "none" || deleting.hooks === "skipped") this.#cutOff(managed, "let-go");
    if (progress?.state.phase === "Failed" && how === "asked-again") this.#tryAgain(managed, progress);
  }

  /**
   * What is said of an application that is not being deleted, and may be soon.
   * @returns whether that is news
   */
  foretell(managed: ManagedApplication, conditions: readonly Condition[]): "news" | "known" {
    if (managed.spec.deleting !== undefined || equalJson(managed.removal.conditions, conditions))
      return "known";
    this.#record.set(managed, { ...NOTHING, conditions });
    return "news";
  }

  /**
   * One step, and what it waits for from then on. Never throws.
   * @param asked what the pass was asked to look up: a commit may mend a hook that failed
   */
  async step(managed: ManagedApplication, asked: Pick<Asked, "look" | "since">): Promise<Removed> {
    const { retry } = this.#parts.ports.settings();
    const abort = new AbortController();
    this.#steps.set(managed.key, abort);
    try {
      return await this.#untilChanged(managed, asked, abort.signal);
    } catch (cause) {
      if (abort.signal.aborted) return { is: "changed" };
      // What was to be looked up still is.
      managed.inbox.need(asked.look, asked.since);
      this.#record.say(managed, [stoodInTheWay(managed, cause)]);
      return { is: "going-on", againInMs: retry.firstMs * 4 };
    } finally {
      if (this.#steps.get(managed.key) === abort) this.#steps.delete(managed.key);
    }
  }

  /** Hooks that run are left to run, and found by the next start. Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const runs = [...this.#hookRuns.values()];
    for (const { abort } of runs) abort.abort("stopping" satisfies CutOff);
    await Promise.all(runs.map(({ done }) => done));
  }

  async #untilChanged(
    managed: ManagedApplication,
    asked: Pick<Asked, "look">,
    signal: AbortSignal,
  ): Promise<Removed> {
    const { spec, operation } = managed;
    if (spec.deleting === undefined) return { is: "changed" };
    const changed = new Promise<Removed>((resolve) =>
      signal.addEventListener("abort", () => resolve({ is: "changed" }), { once: true }),
    );
    // What writes for it ends first.
    if (operation.is === "running") await Promise.race([operation.run.done, changed]);
    if (signal.aborted) return { is: "changed" };
    const step = await Promise.race([this.#next(managed, asked, signal), changed]);
    return signal.aborted ? { is: "changed" } : step;
  }

  async #next(
    managed: ManagedApplication,
    asked: Pick<Asked, "look">,
    signal: AbortSignal,
  ): Promise<Removed> {
    const { deleting } = managed.spec;
    if (deleting === undefined) return { is: "changed" };
    if (deleting.cascade === "none") return this.#letGo(managed);
    if (!mayHaveSomething(managed)) return { is: "ended", kept: [] };
    const progress = managed.removal.progress ?? this.#begin(managed);
    const { paused } = pausedPrunes(this.#parts.ports);
    if (paused !== undefined && progress.stage !== "over" && !this.#hookRuns.has(managed.key)) {
      this.#record.say(managed, [pausedDeletion(managed, paused)]);
      return { is: "going-on", againInMs: this.#parts.ports.settings().retry.mostMs };
    }
    switch (progress.stage) {
      case "before":
        if (!mayHaveHooks(managed)) return this.#goOn(managed, "objects", asked, signal);
        return this.#hooks(managed, progress, asked);
      case "objects":
        return this.#objects(managed, asked, signal);
      case "after":
        if (!mayHaveHooks(managed)) return this.#goOn(managed, "over", asked, signal);
        return this.#hooks(managed, progress, asked);
      case "over":
        return this.#gone(managed, progress);
    }
  }

  /** The next stage begins, on disk before it does anything. */
  #goOn(
    managed: ManagedApplication,
    stage: DeletionProgress["stage"],
    asked: Pick<Asked, "look">,
    signal: AbortSignal,
  ): Promise<Removed> {
    const { progress } = managed.removal;
    if (progress !== undefined) this.#record.put(managed, { ...withState(progress, {}), stage }, "durable");
    return this.#next(managed, asked, signal);
  }

  #begin(managed: ManagedApplication): DeletionProgress {
    const { ports, publisher } = this.#parts;
    const { deleting } = managed.spec;
    if (deleting === undefined) throw new Error("it is not being deleted");
    const first = begun(deleting);
    // The run and what refers to it are on disk together.
    return ports.store.atomically(() => {
      const run = ports.store.startRun({ app: managed.key, cause: "deletion", state: first.state });
      const progress = { ...first, run };
      this.#record.set(managed, { conditions: [], progress });
      publisher.changed(managed);
      publisher.flush(managed.key);
      return progress;
    });
  }

  #gone(managed: ManagedApplication, progress: DeletionProgress): Removed {
    const last = ended(progress, "Succeeded", successOf(progress), this.#record.now());
    this.#record.put(managed, last, "soon");
    this.#record.writeRun(last);
    return { is: "ended", kept: progress.kept };
  }

  #letGo(managed: ManagedApplication): Removed {
    const { progress } = managed.removal;
    if (progress !== undefined) {
      const gone = resultsIn(progress).filter(
        ({ status, hookPhase }) => status === "Pruned" && hookPhase === "Succeeded",
      );
      const before =
        gone.length === 0 ? "" : ` ${gone.length} ${gone.length === 1 ? "was" : "were"} deleted before`;
      this.#record.writeRun(
        ended(
          progress,
          "Succeeded",
          `forgotten: what is left of its objects stays as it is.${before}`.trim(),
          this.#record.now(),
        ),
      );
    }
    return { is: "ended", kept: [] };
  }

  // ---------------------------------------------------------------- objects

  async #objects(
    managed: ManagedApplication,
    asked: Pick<Asked, "look">,
    signal: AbortSignal,
  ): Promise<Removed> {
    const { ports, mayDelete } = this.#parts;
    const { key, memory, spec } = managed;
    if (spec.deleting === undefined) return { is: "changed" };
    const { retry } = ports.settings();
    const step = await deletionStep(
      { key, records: memory.records, hooks: memory.hooks, deleting: spec.deleting },
      { ports, mayDelete, signal },
    );
    const { progress } = managed.removal;
    if (signal.aborted || progress === undefined) return { is: "changed" };
    const results = objectResults(resultsIn(progress), step);
    const next = withState(progress, { message: waitsFor(step), results });
    if (step.is === "gone") {
      this.#record.put(managed, { ...next, kept: step.plan.kept.map(({ text }) => text) }, "soon");
      return this.#goOn(managed, "after", asked, signal);
    }
    this.#record.set(managed, { conditions: step.conditions, progress: managed.removal.progress });
    const isShown = this.#record.putSometimes(managed, next);
    // Objects that are gone say so by an event; refusals are asked again.
    const isRefused = step.conditions.some(({ type }) => type === "DeletionError");
    const againInMs = isRefused ? retry.firstMs * 4 : retry.mostMs;
    return {
      is: "going-on",
      againInMs: isShown === "shown" ? againInMs : Math.min(againInMs, SHOWN_EVERY_MS),
    };
  }

  // ---------------------------------------------------------------- hooks

  async #hooks(
    managed: ManagedApplication,
    progress: DeletionProgress,
    asked: Pick<Asked, "look">,
  ): Promise<Removed> {
    const { ports } = this.#parts;
    const { retry } = ports.settings();
    if (this.#hookRuns.has(managed.key)) return { is: "going-on", againInMs: retry.mostMs };
    const pauseMs = (this.#heldUp.get(managed)?.until ?? 0) - ports.clock.monotonic();
    if (pauseMs > 0) return { is: "going-on", againInMs: Math.ceil(pauseMs) };
    if (progress.state.phase === "Failed") {
      this.#record.say(managed, [stoppedByHook(managed, progress)]);
      if (asked.look === "nothing") return { is: "going-on", againInMs: retry.mostMs };
      const { hash } = await findHooks(managed, progress, this.#parts, asked.look);
      if (hash === progress.hooksHash || managed.removal.progress !== progress)
        return { is: "going-on", againInMs: retry.mostMs };
      this.#tryAgain(managed, progress);
      return { is: "going-on", againInMs: 0 };
    }
    this.#start(managed, progress);
    return { is: "going-on", againInMs: retry.mostMs };
  }

  #start(managed: ManagedApplication, progress: DeletionProgress): void {
    const abort = new AbortController();
    if (this.#isStopping) return;
    const done = this.#run(managed, progress, abort.signal)
      .catch((cause) => {
        if (abort.signal.aborted) return;
        this.#holdUp(managed, stoodInTheWay(managed, cause));
      })
      .finally(() => {
        if (this.#hookRuns.get(managed.key)?.abort === abort) this.#hookRuns.delete(managed.key);
        if (!this.#isStopping) this.#parts.ask(managed, "nothing");
      });
    this.#hookRuns.set(managed.key, { abort, done });
  }

  /** @throws what stands in the way */
  async #run(managed: ManagedApplication, begunAs: DeletionProgress, signal: AbortSignal): Promise<void> {
    const { deleting } = managed.spec;
    const stage = begunAs.stage;
    if (deleting === undefined || (stage !== "before" && stage !== "after")) return;
    // A further try is of what Git wants now: somebody has mended it, or says so.
    const isFirst =
      begunAs.tries === 1 ||
      begunAs.state.syncResult?.revision !== undefined ||
      begunAs.state.syncResult?.revisions !== undefined;
    // A Git server that hangs holds up neither a stop nor whoever lets go.
    const cutOff = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => cutOff.reject(signal.reason), { once: true });
    const found = await Promise.race([
      findHooks(managed, begunAs, this.#parts, isFirst ? "nothing" : "latest"),
      cutOff.promise,
    ]);
    signal.throwIfAborted();
    const progress = { ...withState(begunAs, { source: found.source }), hooksHash: found.hash };
    this.#record.put(managed, progress, "durable");
    const change = (next: (now: DeletionProgress) => DeletionProgress, how: "soon" | "durable"): void => {
      const now = managed.removal.progress;
      if (now !== undefined && now.run === progress.run) this.#record.put(managed, next(now), how);
    };
    const end = await runHooks(stage, found, {
      managed,
      deleting,
      progress,
      rooms: this.#parts,
      signal,
      report(result) {
        change((now) => {
          const results = [...resultsIn(now)];
          putResult(results, resultOf(result));
          return withState(now, { results });
        }, "durable");
      },
      say: (message) => change((now) => withState(now, { message }), "soon"),
    });
    signal.throwIfAborted();
    this.#hooksEnded(managed, end);
  }

  #hooksEnded(managed: ManagedApplication, end: HooksEnd): void {
    const { progress } = managed.removal;
    if (progress === undefined) return;
    switch (end.is) {
      case "completed": {
        this.#heldUp.delete(managed);
        this.#record.say(managed, []);
        const stage = progress.stage === "before" ? "objects" : "over";
        this.#record.put(managed, { ...progress, stage, kept: [...progress.kept, ...end.kept] }, "durable");
        return;
      }
      case "failed": {
        const what = progress.stage === "before" ? "nothing was deleted" : "its objects are gone";
        const failed = ended(
          progress,
          "Failed",
          `${end.why}. The deletion stopped there; ${what}`,
          this.#record.now(),
        );
        // Both at once: whoever waits for the end reads in the same event how it goes on.
        this.#record.set(managed, { conditions: [stoppedByHook(managed, failed)], progress: failed });
        this.#parts.publisher.publish(managed);
        this.#record.put(managed, failed, "durable");
        this.#record.writeRun(failed);
        this.#parts.ports.log.warn("a hook of a deletion failed", { app: managed.key, why: end.why });
        return;
      }
      case "held-up":
        this.#holdUp(managed, heldUp(managed, end.why));
    }
  }

  #holdUp(managed: ManagedApplication, condition: Condition): void {
    const { clock, settings } = this.#parts.ports;
    const times = (this.#heldUp.get(managed)?.times ?? 0) + 1;
    const { firstMs, mostMs } = settings().retry;
    this.#heldUp.set(managed, {
      times,
      until: clock.monotonic() + backoffMs(times + 2, { firstMs, mostMs }),
    });
    this.#record.say(managed, [condition]);
  }

  #tryAgain(managed: ManagedApplication, progress: DeletionProgress): void {
    this.#record.say(managed, []);
    const next = tryAgain(progress);
    this.#record.put(managed, next, "durable");
    this.#record.writeRun(next);
  }

  #cutOff({ key }: ManagedApplication, why: CutOff): void {
    this.#hookRuns.get(key)?.abort.abort(why);
    this.#hookRuns.delete(key);
  }

  async #endLeft(managed: ManagedApplication, progress: DeletionProgress): Promise<void> {
    const { ports, mayDelete } = this.#parts;
    const { key, spec } = managed;
    try {
      const left = await endHooks(progress, spec, destinationOf(spec.app, ports.clusters()), mayDelete);
      if (left.length > 0)
        ports.log.warn("hooks of a deletion that was called off still run", { app: key, left });
    } catch (cause) {
      const why = asFailure(cause, `Application ${key}`, "end the hooks of its deletion").message;
      ports.log.warn("hooks of a deletion that was called off may still run", { app: key, why });
    }
  }
}
