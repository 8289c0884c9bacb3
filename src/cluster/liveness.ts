import type { Clock } from "../core/ports/clock.ts";
import type { Connection } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import { backoffMs } from "../lib/backoff.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import type { Timings } from "./timings.ts";

export type Probed = { is: "answered" } | { is: "failed"; why: string };

/**
 * Whether the API server is there, kept for everybody who asks. Every answer and every line of a watch is a sign of life.
 * Where there is none for a while, or a request had no answer, the server is asked something small, and what becomes of
 * that is the verdict: one request that was cut or hangs says nothing about the others.
 */
export class Liveness {
  #connection: Connection = { is: "starting" };
  /** By the clock that never steps. */
  #heardAt: number | undefined;
  #probing: Promise<void> | undefined;
  #timer: Timer | undefined;
  /** When it became unreachable. */
  #failedAt = 0;
  /** Probes that failed in a row. */
  #failures = 0;
  readonly #onChange = new Set<(connection: Connection) => void>();
  readonly #onBack = new Set<(failedAt: number) => void>();

  /** @param probe one small request with its deadline; throws only when the connection is being closed */
  constructor(
    readonly clock: Clock,
    readonly timings: Timings,
    readonly log: Log,
    readonly probe: () => Promise<Probed>,
    readonly ending: AbortSignal,
  ) {
    ending.addEventListener("abort", () => this.#timer?.cancel(), { once: true });
  }

  connection(): Connection {
    return this.#connection;
  }

  onChange(listener: (connection: Connection) => void): () => void {
    this.#onChange.add(listener);
    return () => this.#onChange.delete(listener);
  }

  /** Called when the server answers after it did not, with when it was found out that it did not (`clock.monotonic()`). */
  onBack(listener: (failedAt: number) => void): () => void {
    this.#onBack.add(listener);
    return () => this.#onBack.delete(listener);
  }

  /** Something is being asked for the first time: from now on the server's silence counts. */
  begin(): void {
    if (this.#heardAt !== undefined) return;
    this.#heardAt = this.clock.monotonic();
    this.#watchIn(this.timings.quietMs);
  }

  /** A line of a watch: no answer to anything of now, but a server that was believed to be silent is asked at once. */
  heard(): void {
    if (this.#connection.is === "unreachable") void this.suspect();
    else this.#heardAt = this.clock.monotonic();
  }

  /** It answered a request. */
  answered(): void {
    const before = this.#connection;
    this.#heardAt = this.clock.monotonic();
    if (before.is === "connected") return;
    this.#failures = 0;
    this.#become({ is: "connected", since: this.clock.now() });
    this.log.info("cluster connected");
    this.#watchIn(this.timings.quietMs);
    if (before.is === "unreachable") for (const listener of this.#onBack) listener(this.#failedAt);
  }

  /** A request had no answer. Resolves when it is known what that means for the others. */
  suspect(): Promise<void> {
    this.#probing ??= this.#ask().finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  async #ask(): Promise<void> {
    try {
      const probed = await this.probe();
      if (this.ending.aborted) return;
      if (probed.is === "answered") this.answered();
      else this.#failed(probed.why);
    } catch (cause) {
      if (!this.ending.aborted) throw cause;
    }
  }

  #failed(why: string): void {
    if (this.ending.aborted) return;
    if (this.#connection.is === "unreachable") {
      if (this.#connection.why !== why) this.#become({ ...this.#connection, why });
    } else {
      this.#failedAt = this.clock.monotonic();
      const silentMs = this.clock.monotonic() - (this.#heardAt ?? this.clock.monotonic());
      this.#become({ is: "unreachable", since: this.clock.now() - silentMs, why });
      this.log.warn("cluster unreachable", { why });
    }
    this.#failures++;
    this.#watchIn(
      backoffMs(this.#failures, { firstMs: this.timings.firstPauseMs, mostMs: this.timings.probeEveryMs }),
    );
  }

  #become(connection: Connection): void {
    this.#connection = connection;
    for (const listener of this.#onChange) listener(connection);
  }

  /** Looks after a while whether there was a sign of life, and asks for one where there was none. */
  #watchIn(ms: number): void {
    this.#timer?.cancel();
    if (this.ending.aborted) return;
    this.#timer = startTimer(ms, () => {
      const quietMs = this.clock.monotonic() - (this.#heardAt ?? 0);
      if (this.#connection.is !== "unreachable" && quietMs < this.timings.quietMs)
        return this.#watchIn(this.timings.quietMs - quietMs);
      void this.suspect().then(() => {
        if (this.#connection.is !== "unreachable") this.#watchIn(this.timings.quietMs);
      });
    }).unref();
  }
}
