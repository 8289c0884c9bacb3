/**
 * Time that passes only when nothing is left to do: events in their order, each followed by everything that it sets
 * off. What the daemon takes from the runtime (timers, clocks, chance) comes from here while a script is played, so
 * that equal scripts are played equally and a retry after three minutes costs nothing.
 */
import type { Clock } from "../../src/core/ports/clock.ts";
import { chance } from "./chance.ts";

/** Who set an event: what the daemon set goes with the daemon. */
type Owner = "daemon" | "world";

interface Event {
  id: number;
  at: number;
  owner: Owner;
  run(): void;
}

const START = Date.UTC(2027, 0, 1);
/** The runtime's own, kept from before they are replaced. */
const nextTurn = setImmediate;

export class VirtualTime {
  now = START;
  #lastId = 0;
  /** By time, those of one time in the order in which they were set. */
  readonly #events: Event[] = [];

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.now - START;
  }

  after(ms: number, run: () => void, owner: Owner = "world"): number {
    this.#lastId += 1;
    const at = this.now + Math.max(0, Number.isFinite(ms) ? ms : 0);
    let low = 0,
      high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { id: this.#lastId, at, owner, run });
    return this.#lastId;
  }

  cancel(id: number): void {
    const at = this.#events.findIndex((event) => event.id === id);
    if (at >= 0) this.#events.splice(at, 1);
  }

  /** Nothing that the daemon waits for comes any more: its process is gone. */
  dropDaemon(): void {
    const kept = this.#events.filter(({ owner }) => owner === "world");
    this.#events.splice(0, this.#events.length, ...kept);
  }

  pause(ms: number, owner: Owner = "world"): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve, owner));
  }

  /** The world's clock; the daemon's timers go by the runtime's names, see `installed`. */
  clock(owner: Owner): Clock {
    return {
      now: () => this.now,
      monotonic: () => this.elapsed,
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const aborted = () => {
            this.cancel(id);
            reject(signal?.reason);
          };
          const id = this.after(
            ms,
            () => {
              signal?.removeEventListener("abort", aborted);
              resolve();
            },
            owner,
          );
          signal?.addEventListener("abort", aborted, { once: true });
        }),
    };
  }

  /** Lets time pass until it is so, or `mostMs` are over. @returns whether it is so */
  async until(isSo: () => boolean, mostMs: number): Promise<boolean> {
    const end = this.now + mostMs;
    for (;;) {
      await settled();
      if (isSo()) return true;
      const next = this.#events[0];
      if (next === undefined || next.at > end) break;
      this.#events.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
    return false;
  }

  async pass(ms: number): Promise<void> {
    await this.until(() => false, ms);
  }

  /** Puts this time, and chance by `seed`, into the runtime's place. @returns puts the runtime's own back */
  installed(seed: number, session: unknown): () => void {
    const { next } = chance(seed);
    const set = (run: () => void, ms: number): Timer =>
      new Timer((again) => this.after(ms, again, "daemon"), run);
    const end = (timer: Timer | undefined): void => this.cancel(timer?.id ?? 0);
    const replaced: [object, Record<string, unknown>][] = [
      [
        globalThis,
        {
          setTimeout: (run: (...values: unknown[]) => void, ms = 0, ...values: unknown[]) =>
            set(() => run(...values), ms).once(),
          clearTimeout: end,
          setInterval: (run: () => void, ms = 0) => set(run, ms).always(),
          clearInterval: end,
        },
      ],
      [Date, { now: () => this.now }],
      [performance, { now: () => this.elapsed }],
      [Math, { random: next }],
      [Bun, { sleep: (ms: number) => this.pause(ms, "daemon"), FetchSession: session }],
      [
        crypto,
        {
          randomUUID: () =>
            "xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx".replaceAll("x", () =>
              Math.floor(next() * 16).toString(16),
            ),
          getRandomValues: (into: Uint8Array) => into.map((_, at) => (into[at] = Math.floor(next() * 256))),
        },
      ],
    ];
    const before = replaced.map(
      ([object, names]) =>
        [
          object,
          Object.fromEntries(Object.keys(names).map((name) => [name, Reflect.get(object, name)])),
        ] as const,
    );
    for (const [object, names] of replaced) Object.assign(object, names);
    return () => {
      for (const [object, names] of before) Object.assign(object, names);
    };
  }
}

/** Has the shape of the runtime's, as far as the daemon uses it. */
class Timer {
  id = 0;

  constructor(
    private readonly after: (run: () => void) => number,
    private readonly run: () => void,
  ) {}

  once(): this {
    this.id = this.after(this.run);
    return this;
  }

  always(): this {
    this.id = this.after(() => {
      this.always();
      this.run();
    });
    return this;
  }

  ref(): this {
    return this;
  }

  /** No process waits for virtual time. */
  unref(): this {
    return this;
  }
}

/** Everything that was set off has come to wait for time. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => nextTurn(resolve));
}
