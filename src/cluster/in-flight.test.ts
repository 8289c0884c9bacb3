import { describe, expect, test } from "bun:test";
import type { Clock } from "../core/ports.ts";
import { Backoff } from "./backoff.ts";
import { InFlight } from "./in-flight.ts";
import { RetryBudget } from "./retry-budget.ts";

/** Sleeping moves it on. */
function handClock(): Clock & { time: number } {
  return {
    time: 0,
    now() {
      return this.time;
    },
    async sleep(ms) {
      this.time += ms;
    },
  };
}
const never = new AbortController().signal;

describe("InFlight", () => {
  test("lets no more run at once than its limit, and the others in order", async () => {
    const inFlight = new InFlight(2, handClock());
    const order: number[] = [];
    let running = 0,
      most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map((at) =>
        inFlight.run(async () => {
          order.push(at);
          most = Math.max(most, ++running);
          await Promise.resolve();
          running--;
        }, never),
      ),
    );
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  test("a failure frees its place", async () => {
    const inFlight = new InFlight(1, handClock());
    await inFlight.run(async () => Promise.reject(new Error("no")), never).catch(() => undefined);
    expect(await inFlight.run(async () => "next", never)).toBe("next");
  });

  test("nothing starts during a pause that the server asked for", async () => {
    const clock = handClock();
    const inFlight = new InFlight(4, clock);
    inFlight.pause(3_000);
    const started = await Promise.all([1, 2].map(() => inFlight.run(async () => clock.now(), never)));
    expect(Math.min(...started)).toBeGreaterThanOrEqual(3_000);
  });

  test("what is aborted while it waits does not run", async () => {
    const inFlight = new InFlight(1, handClock());
    const ending = new AbortController();
    let ran = "no";
    const first = inFlight.run(async () => ending.abort(new Error("over")), ending.signal);
    const second = inFlight.run(async () => (ran = "yes"), ending.signal);
    await first;
    await expect(second).rejects.toThrow("over");
    expect(ran).toBe("no");
  });
});

describe("Backoff", () => {
  test("doubles up to its end and begins anew after success", () => {
    const backoff = new Backoff(800, 30_000, () => 1);
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.nextMs())).toEqual([
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000,
    ]);
    backoff.succeeded();
    expect(backoff.nextMs()).toBe(800);
    expect(new Backoff(800, 30_000, () => 0).nextMs()).toBe(400);
  });
});

describe("RetryBudget", () => {
  test("permits a burst, then one retry in ten requests", () => {
    const budget = new RetryBudget(2, 0.1);
    expect([budget.mayRetry(), budget.mayRetry(), budget.mayRetry()]).toEqual([true, true, false]);
    for (let at = 0; at < 11; at++) budget.requested();
    expect([budget.mayRetry(), budget.mayRetry()]).toEqual([true, false]);
  });
});
