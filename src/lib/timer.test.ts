import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { systemClock } from "./system-clock.ts";
import { startTicking, startTimer } from "./timer.ts";

const DAY = 86_400_000,
  YEAR = 365 * DAY;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Fake time in steps that a timer of the language can take. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= DAY) jest.advanceTimersByTime(Math.min(left, DAY));
}

describe("a timer", () => {
  test.each([
    { what: "a moment", ms: 5 },
    { what: "a millisecond less than 2^31", ms: 2 ** 31 - 1 },
    { what: "2^31", ms: 2 ** 31 },
    { what: "a year", ms: YEAR },
  ])("of $what fires once, then and not before", ({ ms }) => {
    let fired = 0;
    startTimer(ms, () => fired++);
    pass(ms - 1);
    expect(fired).toBe(0);
    pass(1);
    expect(fired).toBe(1);
    pass(DAY);
    expect(fired).toBe(1);
  });

  test("without end never fires, and can be cancelled", () => {
    let fired = 0;
    const timer = startTimer(Infinity, () => fired++);
    pass(YEAR);
    timer.cancel();
    pass(YEAR);
    expect(fired).toBe(0);
  });

  test("that was cancelled in one of its later parts does not fire", () => {
    let fired = 0;
    const timer = startTimer(YEAR, () => fired++);
    pass(100 * DAY);
    timer.cancel();
    pass(YEAR);
    expect(fired).toBe(0);
  });
});

test("ticks of a year come once a year, until they are cancelled", () => {
  let ticks = 0;
  const timer = startTicking(YEAR, () => ticks++);
  pass(YEAR - 1);
  expect(ticks).toBe(0);
  pass(1 + YEAR);
  expect(ticks).toBe(2);
  timer.cancel();
  pass(YEAR);
  expect(ticks).toBe(2);
});

test("ticks of a second come every second", () => {
  let ticks = 0;
  const timer = startTicking(1_000, () => ticks++);
  jest.advanceTimersByTime(3_500);
  timer.cancel();
  expect(ticks).toBe(3);
});

test("sleeping longer than 2^31 ms sleeps, and ends when it is called off", async () => {
  const called = new AbortController();
  let is = "sleeping";
  const slept = systemClock.sleep(YEAR, called.signal).then(
    () => (is = "awake"),
    () => (is = "called off"),
  );
  pass(100 * DAY);
  await Promise.resolve();
  expect(is).toBe("sleeping");
  called.abort(new Error("enough"));
  await slept;
  expect(is).toBe("called off");
});
