/** The stages of a removal that run hooks: beside the loop, because they take as long as they take. */

import type { AppKey, Condition } from "../../core/model/application.ts";
import { asFailure } from "../../core/model/failure.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { keptOn } from "../../lib/kept-on.ts";
import type { Applications } from "../applications.ts";
import { destinationOf } from "../destinations.ts";
import type { Asked } from "../inbox.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Publisher } from "../show/publisher.ts";
import { putResult, resultOf } from "../sync/results.ts";
import type { Look } from "../target/target.ts";
import type { ActAs, MayDelete } from "./deletion.ts";
import { heldUp, refusedInAdvance, stoodInTheWay, stoppedByHook } from "./deletion-conditions.ts";
import {
  areOthers,
  askAfter,
  type CutOff,
  endHooks,
  findHooks,
  type HookRooms,
  type HooksEnd,
  runHooks,
} from "./deletion-hooks.ts";
import { ended, resultsIn, runningHooks, tryAgain, withState } from "./progress.ts";
import type { RemovalRecord } from "./removal-record.ts";

export interface HookStagesParts extends HookRooms {
  publisher: Publisher;
  /** Asked before each delete. */
  mayDelete: MayDelete;
  actAs: ActAs;
  record: RemovalRecord;
  applications: Pick<Applications, "get">;
  /** Puts the application on the work list. */
  ask(managed: ManagedApplication, look: Look): void;
}

/** What stood in the way of hooks, how often in a row, and when they are tried again by the clock that never steps. */
interface HeldUp {
  times: number;
  until: number;
}

export class HookStages {
  readonly #parts: HookStagesParts;
  readonly #runs = new Map<AppKey, AbortController>();
  readonly #heldUp = keptOn<ManagedApplication, HeldUp>();
  /** What writes still, also of runs that were cut off. */
  readonly #atWork = new Set<Promise<void>>();
  /** The last run of each, until its last write: what was called off ends its hooks before they are run again. */
  readonly #last = keptOn<ManagedApplication, Promise<void>>();
  readonly #ending = new WeakSet<ManagedApplication>();
  readonly #stopping = new AbortController();
  #isStopping = false;

  constructor(parts: HookStagesParts) {
    this.#parts = parts;
  }

  isRunning({ key }: ManagedApplication): boolean {
    return this.#runs.has(key);
  }

  /** Whatever stood in the way counts no more: somebody said something else. */
  forgetPauses(managed: ManagedApplication): void {
    this.#heldUp.delete(managed);
  }

  /**
   * Starts what is to run, or tries again what a commit may have mended.
   * @returns in how many milliseconds to look again; the end of a run says so by itself
   * @throws {Failure} of Git, rendering, manifests, the project or the cluster
   */
  async step(
    managed: ManagedApplication,
    progress: DeletionProgress,
    asked: Pick<Asked, "look">,
  ): Promise<number> {
    const { clock, settings } = this.#parts.ports;
    const { mostMs } = settings().retry;
    if (this.isRunning(managed)) return mostMs;
    const isFailed = progress.state.phase === "Failed";
    if (isFailed) this.#parts.record.say(managed, [stoppedByHook(managed, progress)]);
    // What the server refuses of a hook is mended by a commit as much as what made it fail.
    if ((isFailed || this.#heldUp.get(managed) !== undefined) && asked.look !== "nothing") {
      const found = await findHooks(managed, progress, this.#parts, asked.look);
      if (managed.removal.progress !== progress) return 0;
      if (areOthers(found, progress)) {
        this.#heldUp.delete(managed);
        this.tryAgain(managed, progress);
        return 0;
      }
    }
    if (isFailed) return mostMs;
    const pauseMs = (this.#heldUp.get(managed)?.until ?? 0) - clock.monotonic();
    if (pauseMs > 0) return Math.ceil(pauseMs);
    this.#start(managed, progress);
    return mostMs;
  }

  tryAgain(managed: ManagedApplication, progress: DeletionProgress): void {
    const { record } = this.#parts;
    record.say(managed, []);
    const next = tryAgain(progress);
    record.put(managed, next, "durable");
    record.writeRun(next);
  }

  cutOff({ key }: ManagedApplication, why: CutOff): void {
    this.#runs.get(key)?.abort(why);
    this.#runs.delete(key);
  }

  /** It was called off: hooks that run end, also those that an earlier process started and nobody of this one watches. */
  callOff(managed: ManagedApplication, progress: DeletionProgress | undefined): void {
    this.cutOff(managed, "called-off");
    const running = progress === undefined ? [] : runningHooks(progress);
    if (running.length === 0) return;
    this.#parts.record.putLeft(managed, [...managed.removal.left, ...running]);
    this.endLeft(managed);
  }

  /** Ends what is left of deletions that were called off, for as long as it takes. */
  endLeft(managed: ManagedApplication): void {
    if (managed.removal.left.length === 0 || this.#isStopping || this.#ending.has(managed)) return;
    this.#ending.add(managed);
    this.#untilDone(
      this.#untilEnded(managed)
        .catch((cause) =>
          this.#parts.ports.log.error("cannot note which hooks are left", { cause: String(cause) }),
        )
        .finally(() => this.#ending.delete(managed)),
    );
  }

  /** Hooks that run are left to run, and found by the next start. Resolves when nothing is written any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stopping.abort();
    for (const run of this.#runs.values()) run.abort("stopping" satisfies CutOff);
    await Promise.all(this.#atWork);
  }

  #untilDone(work: Promise<void>): void {
    this.#atWork.add(work);
    void work.finally(() => this.#atWork.delete(work));
  }

  #start(managed: ManagedApplication, progress: DeletionProgress): void {
    if (this.#isStopping) return;
    const run = new AbortController();
    this.#runs.set(managed.key, run);
    const work = this.#run(managed, progress, run.signal, this.#last.get(managed))
      .catch((cause) => {
        if (!run.signal.aborted) this.#holdUp(managed, stoodInTheWay(managed, cause));
      })
      .finally(() => {
        if (this.#runs.get(managed.key) === run) this.#runs.delete(managed.key);
        if (!this.#isStopping) this.#parts.ask(managed, "nothing");
      });
    this.#last.set(managed, work);
    this.#untilDone(work);
  }

  /** @param before an earlier run of it, which may still write. @throws what stands in the way */
  async #run(
    managed: ManagedApplication,
    begunAs: DeletionProgress,
    signal: AbortSignal,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const { record } = this.#parts;
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
    await Promise.race([before, cutOff.promise]);
    const found = await Promise.race([
      findHooks(managed, begunAs, this.#parts, isFirst ? "nothing" : "latest"),
      cutOff.promise,
    ]);
    signal.throwIfAborted();
    const { hash: hooksHash, inputs: hooksInputs } = found;
    const progress = { ...withState(begunAs, { source: found.source }), hooksHash, hooksInputs };
    record.put(managed, progress, "durable");
    if (stage === "before") {
      const { mayDelete } = this.#parts;
      const refused = await askAfter(found, { managed, deleting, rooms: this.#parts, mayDelete, signal });
      signal.throwIfAborted();
      if (refused.length > 0) return this.#holdUp(managed, refusedInAdvance(managed, refused));
    }
    const change = (next: (now: DeletionProgress) => DeletionProgress, how: "soon" | "durable"): void => {
      const now = managed.removal.progress;
      if (now !== undefined && now.run === progress.run) record.put(managed, next(now), how);
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
    this.#ended(managed, end);
  }

  #ended(managed: ManagedApplication, end: HooksEnd): void {
    const { record, publisher, ports } = this.#parts;
    const { progress } = managed.removal;
    if (progress === undefined) return;
    switch (end.is) {
      case "completed": {
        this.#heldUp.delete(managed);
        record.say(managed, []);
        const stage = progress.stage === "before" ? "objects" : "over";
        record.put(managed, { ...progress, stage, kept: [...progress.kept, ...end.kept] }, "durable");
        return;
      }
      case "failed": {
        const what = progress.stage === "before" ? "nothing was deleted" : "its objects are gone";
        const message = `${end.why}. The deletion stopped there; ${what}`;
        const failed = ended(progress, "Failed", message, record.now());
        // Both at once: whoever waits for the end reads in the same event how it goes on.
        record.set(managed, { conditions: [stoppedByHook(managed, failed)], progress: failed });
        publisher.publish(managed);
        record.put(managed, failed, "durable");
        record.writeRun(failed);
        ports.log.warn("a hook of a deletion failed", { app: managed.key, why: end.why });
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
    const until = clock.monotonic() + backoffMs(times + 2, { firstMs, mostMs });
    this.#heldUp.set(managed, { times, until });
    this.#parts.record.say(managed, [condition]);
  }

  /** Tried again until all are seen gone, or the application is. */
  async #untilEnded(managed: ManagedApplication): Promise<void> {
    const { ports, record, applications } = this.#parts;
    const { signal } = this.#stopping;
    for (let times = 1; !signal.aborted; times++) {
      const { left } = managed.removal;
      const still = await this.#endOnce(managed);
      if (applications.get(managed.key) !== managed) return;
      // Another deletion may have been called off meanwhile.
      const next = managed.removal.left.filter((one) => !left.includes(one) || still.includes(one));
      if (next.length < managed.removal.left.length) record.putLeft(managed, next);
      if (next.length === 0) return;
      const { firstMs, mostMs } = ports.settings().retry;
      await ports.clock.sleep(backoffMs(times, { firstMs, mostMs }), signal).catch(() => undefined);
    }
  }

  /** @returns those that were not seen gone */
  async #endOnce(managed: ManagedApplication): Promise<readonly ResourceResult[]> {
    const { ports, mayDelete, actAs } = this.#parts;
    const { key, spec, removal } = managed;
    // It is being deleted again: a hook of that name is that deletion's own by now.
    if (spec.deleting !== undefined) return removal.left;
    const warn = (why: string[]): void => {
      ports.log.warn("hooks of a deletion that was called off may still run; trying again", {
        app: key,
        why,
      });
    };
    try {
      const cluster = destinationOf(spec.app, ports.clusters());
      const still = await endHooks(removal.left, spec, cluster, { mayDelete, actAs });
      const whys = still.flatMap(({ why }) => why ?? []);
      if (whys.length > 0) warn(whys);
      return still.map(({ hook }) => hook);
    } catch (cause) {
      warn([asFailure(cause, `Application ${key}`, "end the hooks of its deletion").message]);
      return removal.left;
    }
  }
}
