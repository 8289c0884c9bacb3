import type { AppKey } from "../../core/model/application.ts";
import type { AppState, Home } from "../../core/ports/home.ts";
import type { Log } from "../../core/ports/log.ts";

/** States of one transaction that nobody waits for: everything else stands still while it is written. */
const IN_ONE = 100;
/** Between two of them, in milliseconds. */
const REST_MS = 10;

/**
 * Collects which applications changed and writes their states in one transaction shortly after. What must be on disk
 * before something else happens (an operation's start and end, an intent) calls `flush` first.
 */
export class StateWriter {
  /** The state is made when it is written: of ten changes in a moment the last one counts. */
  readonly #dirty = new Map<AppKey, () => AppState>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(
    private readonly store: Pick<Home, "putStates" | "deleteState">,
    private readonly log: Log,
    private readonly pauseMs = 200,
  ) {}

  put(key: AppKey, state: () => AppState): void {
    if (this.#closed) return;
    this.#dirty.set(key, state);
    this.#timer ??= setTimeout(() => this.#flushLater(), this.pauseMs);
  }

  /** @throws {Failure} store */
  drop(key: AppKey): void {
    this.#dirty.delete(key);
    this.store.deleteState(key);
  }

  /**
   * @param only this one; absent: all
   * @throws {Failure} store; what could not be written stays to be written
   */
  flush(only?: AppKey): void {
    this.#write(only === undefined ? [...this.#dirty.keys()] : this.#dirty.has(only) ? [only] : []);
  }

  #write(keys: readonly AppKey[]): void {
    const states = keys.flatMap((key) => this.#dirty.get(key)?.() ?? []);
    if (states.length > 0) this.store.putStates(states);
    for (const key of keys) this.#dirty.delete(key);
    if (this.#dirty.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Writes what there is, and nothing after that. @throws {Failure} store */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.flush();
  }

  #flushLater(): void {
    this.#timer = undefined;
    try {
      this.#write([...this.#dirty.keys()].slice(0, IN_ONE));
      if (this.#dirty.size > 0) this.#timer = setTimeout(() => this.#flushLater(), REST_MS);
    } catch (cause) {
      this.log.error("cannot store application states; trying again", { error: String(cause) });
      this.#timer = setTimeout(() => this.#flushLater(), 5_000);
    }
  }
}
