import { expect, test } from "bun:test";
import { Pace } from "./pace.ts";

/** A clock that only moves when somebody sleeps. */
function standing() {
  let now = 0;
  return {
    monotonic: () => now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      now += ms;
    },
  };
}

test("the first few go at once, and no stretch of time has more", async () => {
  const clock = standing();
  const pace = new Pace(() => 10, 1_000, clock);
  const went: number[] = [];
  await Promise.all(Array.from({ length: 35 }, () => pace.turn().then(() => went.push(clock.monotonic()))));
  expect(went.slice(0, 10)).toEqual(Array(10).fill(0));
  for (const [at, time] of went.entries())
    expect(time - (went[at - 10] ?? -Infinity)).toBeGreaterThanOrEqual(1_000);
  expect(went.at(-1)).toBe(3_000);
});

test("who comes after a pause does not wait", async () => {
  const clock = standing();
  const pace = new Pace(() => 2, 1_000, clock);
  await pace.turn();
  await pace.turn();
  await clock.sleep(1_500);
  await pace.turn();
  expect(clock.monotonic()).toBe(1_500);
});

test("whoever gives up takes nobody's place", async () => {
  const clock = standing();
  const pace = new Pace(() => 1, 1_000, clock);
  await pace.turn();
  const gone = AbortSignal.abort(new Error("terminated"));
  const [given, other] = await Promise.allSettled([pace.turn(gone), pace.turn()]);
  expect([given.status, other.status, clock.monotonic()]).toEqual(["rejected", "fulfilled", 1_000]);
});

test("another pace holds from the next turn on", async () => {
  const clock = standing();
  let most = 4;
  const pace = new Pace(() => most, 1_000, clock);
  await Promise.all([pace.turn(), pace.turn(), pace.turn(), pace.turn()]);
  most = 2;
  await Promise.all([pace.turn(), pace.turn(), pace.turn()]);
  expect(clock.monotonic()).toBe(2_000);
  most = 10;
  await Promise.all([pace.turn(), pace.turn()]);
  expect(clock.monotonic()).toBe(2_000);
});

test("who has to wait hears of it, and nobody else", async () => {
  const clock = standing();
  const pace = new Pace(() => 2, 1_000, clock);
  const waited: number[] = [];
  await Promise.all([1, 2, 3, 4].map((nth) => pace.turn(undefined, { onWait: () => waited.push(nth) })));
  // The second stretch has room for both of those that the first one had none for.
  expect(waited).toEqual([3]);
});

test("who does not wait takes a turn that is there, or none", async () => {
  const clock = standing();
  const pace = new Pace(() => 2, 1_000, clock);
  expect([pace.tryTurn(), pace.tryTurn(), pace.tryTurn()]).toEqual(["taken", "taken", "later"]);
  await clock.sleep(1_000);
  expect(pace.tryTurn()).toBe("taken");
});

test("who needs no turn any more takes none, and waits for none", async () => {
  const clock = standing();
  const pace = new Pace(() => 1, 1_000, clock);
  let isNeeded = true;
  const needs = { isNeeded: () => isNeeded, onWait: () => (isNeeded = false) };
  expect(await pace.turn()).toBe("taken");
  // The first one waits when that is found out, the others have not begun to.
  expect(await Promise.all([1, 2, 3].map(() => pace.turn(undefined, needs)))).toEqual(
    Array(3).fill("not-needed"),
  );
  expect(clock.monotonic()).toBe(1_000);
  expect([await pace.turn(), clock.monotonic()]).toEqual(["taken", 1_000]);
});
