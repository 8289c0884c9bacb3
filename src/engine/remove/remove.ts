import type { AppKey, Condition } from "../../core/model/application.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { Pace } from "../../lib/pace.ts";
import type { Applications } from "../applications.ts";
import type { Asked } from "../inbox.ts";
import type { ManagedApplication, Removal } from "../managed-application.ts";
import type { Publisher } from "../show/publisher.ts";
import { pausedPrunes } from "../sync/guards.ts";
import type { Look } from "../target/target.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import type { OthersLooked } from "../wake/others-looked.ts";
import { begun } from "./begun.ts";
import type { Deleting } from "./cascade.ts";
import { type ActAs, deletionStep, type MayDelete } from "./deletion.ts";
import { pausedDeletion, stoodInTheWay } from "./deletion-conditions.ts";
import type { HookRooms } from "./deletion-hooks.ts";
import { HookStages } from "./hook-stages.ts";
import { keeperOf, notInGit } from "./keep-not-in-git.ts";
import { mayHaveHooks, mayHaveSomething } from "./may-have.ts";
import { ended, objectResults, resultsIn, successOf, waitsFor, withState } from "./progress.ts";
import { RemovalRecord, SHOWN_EVERY_MS } from "./removal-record.ts";

export type Removed =
  /** Nothing of it is left to be deleted. `kept`: sentences about what stays behind. */
  | { is: "ended"; kept: string[] }
  | { is: "going-on"; againInMs: number }
  /** It was called off, or a person said something else, while it was looked at: what was found out counts no more. */
  | { is: "changed" };

export interface RemovalsParts extends HookRooms {
  publisher: Publisher;
  deleted: DeletedObjects;
  applications: Pick<Applications, "get">;
  /** Asked before each delete. */
  mayDelete: MayDelete;
  actAs: ActAs;
  undecided: OthersLooked["undecided"];
  /** Puts the application on the work list. */
  ask(managed: ManagedApplication, look: Look): void;
}

/** `prune.perSecond`. */
const PACE_MS = 1_000;

const NOTHING: Omit<Removal, "left"> = { conditions: [], progress: undefined };

/**
 * Removals that are under way: hooks, then objects, then hooks again. Each takes one step after the other, and a step ends
 * at once when its removal changes.
 */
export class Removals {
  readonly #parts: RemovalsParts;
  readonly #steps = new Map<AppKey, AbortController>();
  readonly #hooks: HookStages;
  /** As they were asked for: whoever asks anew has the server asked anew. */
  readonly #rehearsed = new WeakSet<Deleting>();
  readonly #record: RemovalRecord;
  /** Whose next objects wait for their turn. */
  readonly #inLine = new WeakSet<Deleting>();
  readonly #paces = keptOn<ManagedApplication, Pace>();

  constructor(parts: RemovalsParts) {
    this.#parts = parts;
    this.#record = new RemovalRecord(parts);
    this.#hooks = new HookStages({ ...parts, record: this.#record });
  }

  /** Known from before a restart: what was left to be ended still is. */
  resume(managed: ManagedApplication): void {
    this.#hooks.endLeft(managed);
  }

  /**
   * It was released, called off or asked for anew: whatever a cluster does not answer holds nothing up.
   * @param how `asked-again`: a person says once more that it is to go, which tries again what failed
   */
  changed(managed: ManagedApplication, how: "asked-again" | "otherwise"): void {
    this.#steps.get(managed.key)?.abort();
    const { deleting } = managed.spec;
    const { progress } = managed.removal;
    this.#hooks.forgetPauses(managed);
    if (deleting === undefined) {
      this.#hooks.callOff(managed, progress);
      if (progress !== undefined)
        this.#record.writeRun(
          ended(progress, "Failed", "called off: its file came back", this.#record.now()),
        );
      this.#record.set(managed, NOTHING);
      return;
    }
    if (deleting.cascade === "none" || deleting.hooks === "skipped") this.#hooks.cutOff(managed, "let-go");
    if (progress?.state.phase === "Failed" && how === "asked-again") this.#hooks.tryAgain(managed, progress);
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

  /** @returns takes that word back, and nothing that was said meanwhile */
  waits(managed: ManagedApplication, what: string): () => void {
    const word: Condition = { type: "DeletionHeldWarning", message: `Its deletion is ${what}` };
    this.#record.say(managed, [...managed.removal.conditions, word]);
    return () =>
      this.#record.say(
        managed,
        managed.removal.conditions.filter((one) => one !== word),
      );
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
      managed.inbox.stillNeed(asked.look, asked.since);
      this.#record.say(managed, [stoodInTheWay(managed, cause)]);
      return { is: "going-on", againInMs: retry.firstMs * 4 };
    } finally {
      if (this.#steps.get(managed.key) === abort) this.#steps.delete(managed.key);
    }
  }

  /** Hooks that run are left to run, and found by the next start. Resolves when nothing is written any more. */
  stop(): Promise<void> {
    return this.#hooks.stop();
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
    if (paused !== undefined && progress.stage !== "over" && !this.#hooks.isRunning(managed)) {
      this.#record.say(managed, [pausedDeletion(managed, paused)]);
      return { is: "going-on", againInMs: this.#parts.ports.settings().retry.mostMs };
    }
    switch (progress.stage) {
      case "before":
        if (!mayHaveHooks(managed)) return this.#goOn(managed, "objects", asked, signal);
        return { is: "going-on", againInMs: await this.#hooks.step(managed, progress, asked) };
      case "objects":
        return this.#objects(managed, asked, signal);
      case "after":
        if (!mayHaveHooks(managed)) return this.#goOn(managed, "over", asked, signal);
        return { is: "going-on", againInMs: await this.#hooks.step(managed, progress, asked) };
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
    const before = managed.removal;
    try {
      // The run and what refers to it are on disk together.
      return ports.store.atomically(() => {
        const run = ports.store.startRun({ app: managed.key, cause: "deletion", state: first.state });
        const progress = { ...first, ...defined({ notInGit: notInGit(managed) }), run };
        this.#record.set(managed, { conditions: [], progress });
        publisher.changed(managed);
        publisher.flush(managed.key);
        return progress;
      });
    } catch (failure) {
      // The next run that the store takes has the number that this one would have had.
      this.#record.set(managed, before);
      throw failure;
    }
  }

  #gone(managed: ManagedApplication, progress: DeletionProgress): Removed {
    const kept = this.#parts.deleted.notes(managed.key).filter(({ run }) => run === progress.run);
    const last = ended(progress, "Succeeded", successOf(progress, kept.length), this.#record.now());
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

  #paceOf(managed: ManagedApplication): Pace {
    const { settings, clock } = this.#parts.ports;
    const pace = this.#paces.get(managed) ?? new Pace(() => settings().prune.perSecond, PACE_MS, clock);
    this.#paces.set(managed, pace);
    return pace;
  }

  async #objects(
    managed: ManagedApplication,
    asked: Pick<Asked, "look">,
    signal: AbortSignal,
  ): Promise<Removed> {
    const { ports, mayDelete, actAs, lookInto } = this.#parts;
    const { key, memory, spec } = managed;
    if (spec.deleting === undefined) return { is: "changed" };
    const { retry } = ports.settings();
    const pace = this.#paceOf(managed);
    // Each object that goes wakes its application: judging all that are left each time would be for nothing.
    if (this.#inLine.has(spec.deleting) && pace.leftMs() > 0)
      return { is: "going-on", againInMs: pace.leftMs() };
    const step = await deletionStep(
      { key, records: memory.records, hooks: memory.hooks, deleting: spec.deleting },
      {
        ports,
        mayDelete,
        actAs,
        lookInto,
        someUndecided: () => this.#parts.undecided(managed) !== undefined,
        keepDeleted: keeperOf(managed, this.#parts),
        rehearsal: this.#rehearsed.has(spec.deleting) ? "done" : "to-do",
        pace,
        signal,
      },
    );
    if (step.rehearsal === "done") this.#rehearsed.add(spec.deleting);
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
    if (step.later > 0) this.#inLine.add(spec.deleting);
    else this.#inLine.delete(spec.deleting);
    const againInMs =
      step.later > 0 ? Math.max(0, pace.leftMs()) : isRefused ? retry.firstMs * 4 : retry.mostMs;
    return {
      is: "going-on",
      againInMs: isShown === "shown" ? againInMs : Math.min(againInMs, SHOWN_EVERY_MS),
    };
  }
}
