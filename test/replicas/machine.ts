/** A machine in virtual time that runs one process: its clocks run unevenly, are set and stand still; the process is stopped and killed. */
import type { Clock } from "../../src/core/ports/clock.ts";
import type { Watchdog } from "../../src/replicas/leader-election.ts";
import type { Chance } from "../model/chance.ts";
import type { VirtualTime } from "../model/virtual-time.ts";

export class Machine {
  alive: "alive" | "gone" = "alive";
  stopped: "no" | "process" | "machine" = "no";
  parted: "no" | "parted" = "no";
  wallOffsetMs: number;
  /** What it measures is so many times as much as passes. */
  readonly #rate: number;
  /** So much was slept through, which the clock that never steps does not know. */
  #sleptMs = 0;
  #stoppedAt = 0;
  #deferred: (() => void)[] = [];
  #armed: { at: number } | undefined;

  constructor(
    readonly time: VirtualTime,
    readonly chance: Chance,
    private readonly killed: () => void,
  ) {
    this.#rate = 0.995 + chance.next() * 0.01;
    this.wallOffsetMs = (chance.next() - 0.5) * 20_000;
  }

  kill(): void {
    this.alive = "gone";
  }

  stop(what: "process" | "machine"): void {
    if (this.stopped !== "no") return;
    this.stopped = what;
    this.#stoppedAt = this.time.elapsed;
  }

  goOn(): void {
    if (this.stopped === "no") return;
    if (this.stopped === "machine") this.#sleptMs += this.time.elapsed - this.#stoppedAt;
    this.stopped = "no";
    if (this.#armed !== undefined && this.#armed.at <= this.time.elapsed) this.#kernelLooks(this.#armed);
    for (const run of this.#deferred.splice(0)) this.time.after(this.chance.below(3), () => this.run(run));
  }

  /** What the process does, when it runs. */
  run(work: () => void): void {
    if (this.alive === "gone") return;
    if (this.stopped === "no") work();
    else this.#deferred.push(work);
  }

  after(ms: number, work: () => void): void {
    this.time.after(ms / this.#rate, () => this.run(work));
  }

  readonly watchdog: Watchdog = {
    arm: (ms) => {
      const armed = { at: this.time.elapsed + ms / this.#rate };
      this.#armed = armed;
      this.time.after(armed.at - this.time.elapsed, () => this.#kernelLooks(armed));
    },
    disarm: () => {
      this.#armed = undefined;
    },
  };

  /** A machine that sleeps runs no kernel. */
  #kernelLooks(armed: { at: number }): void {
    if (this.alive === "gone" || this.#armed !== armed || this.stopped === "machine") return;
    this.kill();
    this.killed();
  }

  readonly clock: Clock = {
    now: () => 1_800_000_000_000 + this.#measured() + this.wallOffsetMs,
    monotonic: () => this.#measured() - this.#asleep(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const end = (): void => reject(signal?.reason);
        signal?.addEventListener("abort", end, { once: true });
        this.after(ms, () => {
          signal?.removeEventListener("abort", end);
          resolve();
        });
      }),
  };

  #measured(): number {
    return this.time.elapsed * this.#rate;
  }

  #asleep(): number {
    return this.#sleptMs + (this.stopped === "machine" ? this.time.elapsed - this.#stoppedAt : 0);
  }
}
