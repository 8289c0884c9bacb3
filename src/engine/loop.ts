import type { AppKey } from "../core/model/application.ts";
import { asFailure } from "../core/model/failure.ts";
import { endedWithin } from "../lib/ended-within.ts";
import type { Turn } from "../lib/fair-line.ts";
import { giveWay } from "../lib/in-steps.ts";
import { KeyQueue } from "../lib/key-queue.ts";
import type { Applications } from "./applications.ts";
import { couldNotSee } from "./compare/compare-now.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Existing } from "./home/existing.ts";
import type { Asked } from "./inbox.ts";
import type { ManagedApplication } from "./managed-application.ts";
import { type Rooms, reconcile, reconcileBesideOperation } from "./reconcile.ts";
import type { Removals } from "./remove/remove.ts";
import type { Publisher } from "./show/publisher.ts";
import { placeOfPass } from "./turns.ts";

/** Applications that are looked at at once. Most of a look is waiting, so this is more than there are processors. */
const PASSES_AT_ONCE = 32;
/** More of them, for drift. */
const PASSES_FOR_DRIFT = 4;
/** A look that takes longer, at a cluster that is slow or silent, does not count any more. */
const COUNTED_AT_MOST_MS = 1_000;
/** How long a stop waits for looks, which lose nothing. */
const STOP_WITHIN_MS = 1_000;

export interface LoopParts {
  ports: EnginePorts;
  applications: Applications;
  publisher: Publisher;
  existing: Existing;
  removals: Removals;
  rooms: Rooms;
}

/** One key at a time for each application: a pass looks, decides and publishes; what it starts runs beside the loop. */
export class Loop {
  readonly #parts: LoopParts;
  readonly #queue: KeyQueue<AppKey>;
  readonly #ending = new AbortController();

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#queue = new KeyQueue((key) => this.#work(key), PASSES_AT_ONCE, COUNTED_AT_MOST_MS, {
      reserved: PASSES_FOR_DRIFT,
      placeOf: (key, turn) => {
        const managed = parts.applications.get(key);
        return managed === undefined ? { turn, lanes: [] } : placeOfPass(managed, turn);
      },
    });
  }

  add(key: AppKey, turn?: Turn): void {
    this.#queue.add(key, turn);
  }

  /** After a pause; an earlier time that is set already stands. */
  addAfter(key: AppKey, ms: number): void {
    this.#queue.addAfter(key, ms);
  }

  /** Applications that wait or are being looked at. */
  get depth(): number {
    return this.#queue.depth;
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error("the daemon is stopping"));
    await endedWithin(this.#queue.stop(), STOP_WITHIN_MS, this.#parts.ports.clock);
  }

  async #work(key: AppKey): Promise<void> {
    const { applications, ports, publisher, rooms } = this.#parts;
    await giveWay();
    const managed = applications.get(key);
    if (managed === undefined) return;
    const asked = managed.inbox.take();
    const started = performance.now();
    try {
      await this.#pass(managed, asked);
    } catch (cause) {
      // What it looked with is closed, and nobody is told any more.
      if (this.#ending.signal.aborted) return;
      const failure = asFailure(cause, `Application ${key}`, "look at it");
      const stack = cause instanceof Error ? cause.stack : undefined;
      ports.log.error("a pass failed", { app: key, error: failure.message, stack });
      couldNotSee(managed, failure);
      publisher.publish(managed);
      this.#queue.addAfter(key, ports.settings().retry.mostMs);
    } finally {
      asked.answer();
      rooms.passed(managed);
      ports.observe.reconciled(managed.spec.app, performance.now() - started);
    }
  }

  async #pass(managed: ManagedApplication, asked: Asked): Promise<void> {
    const { rooms } = this.#parts;
    const { spec, operation } = managed;
    if (spec.deleting !== undefined) return this.#remove(managed, asked);
    if (operation.is === "running") await reconcileBesideOperation(managed, asked, rooms);
    else await reconcile(managed, asked, rooms);
  }

  async #remove(managed: ManagedApplication, asked: Asked): Promise<void> {
    const { publisher, existing, removals, rooms } = this.#parts;
    rooms.letsGo(managed);
    // Whoever takes over what would go must have had the time to say so.
    let waited: (() => void) | undefined;
    await rooms.othersLooked(managed, this.#ending.signal, (message) => {
      waited?.();
      waited = removals.waits(managed, message);
      publisher.publish(managed);
    });
    waited?.();
    const removed = await removals.step(managed, asked);
    if (removed.is === "changed") return;
    if (removed.is === "ended") {
      this.#queue.forget(managed.key);
      existing.leave(managed, removed.kept);
      // There is no next pass that could answer whoever asked during this one.
      managed.inbox.take().answer();
      return;
    }
    this.#queue.addAfter(managed.key, removed.againInMs);
    publisher.publish(managed);
  }
}
