/** A leader's own store, carried into the one that all replicas share: what waits for it waits for one push at most, and that after it. */
import { Failure } from "../../core/model/failure.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { type RowChange, type SharedStoreHold, Superseded } from "../../core/ports/shared-store.ts";
import type { StoreCondition } from "../../core/ports/store.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { messageOf } from "../../lib/caught.ts";

/** Between tries. */
const PAUSE = { firstMs: 100, mostMs: 5_000 };

export interface MirrorNeeds {
  /** What changed since it was asked last. */
  changes: { any(): boolean; take(): RowChange[] };
  schema: number;
  hold: Pick<SharedStoreHold, "push">;
  /** Where it is, for messages. */
  at: string;
  clock: Clock;
  /** Called once, when another replica has taken over. */
  superseded(): void;
}

export class StoreMirror {
  /** What was taken and is not known to be kept, by table and key: the newest of each row. */
  #waiting = new Map<string, RowChange>();
  #pushing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #condition: StoreCondition = { is: "sound" };
  readonly #stopped = new AbortController();
  #trying: Promise<void> | undefined;

  constructor(private readonly needs: MirrorNeeds) {}

  condition(): StoreCondition {
    return this.#condition;
  }

  /**
   * Resolves when all that was written before the call is kept by the shared store.
   * @throws {Failure} store where it cannot be kept now, or another replica took over; what could not be kept is tried again
   * without being asked
   */
  kept(): Promise<void> {
    // It has not begun, also where the one before it is over: two at once would each think that the other has what they keep.
    if (this.#next !== undefined) return this.#next;
    if (this.#pushing === undefined) return this.#begin();
    // What is on its way may have begun before the last write.
    this.#next = this.#pushing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  /** What is not kept by then stays behind. */
  stop(): void {
    this.#stopped.abort();
  }

  #begin(): Promise<void> {
    const pushing = this.#push().finally(() => {
      if (this.#pushing === pushing) this.#pushing = undefined;
    });
    this.#pushing = pushing;
    return pushing;
  }

  async #push(): Promise<void> {
    const { changes, schema, hold } = this.needs;
    if (this.#condition.is === "lost") throw this.#refusal();
    if (changes.any())
      for (const row of changes.take()) this.#waiting.set(JSON.stringify([row.table, row.key]), row);
    if (this.#waiting.size === 0) return;
    const sent = this.#waiting;
    this.#waiting = new Map();
    try {
      await hold.push({ schema, rows: [...sent.values()] });
      this.#condition = { is: "sound" };
    } catch (cause) {
      // What is newer stands in place of what was sent.
      this.#waiting = new Map([...sent, ...this.#waiting]);
      if (cause instanceof Superseded) this.#lost();
      else this.#failing(cause);
      throw this.#refusal();
    }
  }

  #lost(): void {
    this.#condition = {
      is: "lost",
      object: this.needs.at,
      why: "another replica leads now, and keeps what all of them share",
      fix: "Nothing is to be done: this one becomes a follower",
    };
    this.#stopped.abort();
    this.needs.superseded();
  }

  #failing(cause: unknown): void {
    this.#condition = {
      is: "failing",
      object: this.needs.at,
      why: cause instanceof Failure ? cause.why : messageOf(cause),
      fix: (cause instanceof Failure ? cause.fix : undefined) ?? "Check that it is there and can be written",
    };
    this.#trying ??= this.#tryAgain().finally(() => {
      this.#trying = undefined;
    });
  }

  async #tryAgain(): Promise<void> {
    const { signal } = this.#stopped;
    for (let failures = 1; this.#condition.is === "failing"; failures += 1) {
      try {
        await this.needs.clock.sleep(backoffMs(failures, PAUSE), signal);
      } catch {
        return;
      }
      await this.kept().catch(() => undefined);
    }
  }

  #refusal(): Failure {
    if (this.#condition.is === "sound") throw new TypeError("what is sound refuses nothing");
    const { is, object, why, fix } = this.#condition;
    return new Failure("store", object, is === "lost" ? "after-edit" : "backoff", {
      cannot: "keep what was written for all replicas",
      why,
      fix,
    });
  }
}
