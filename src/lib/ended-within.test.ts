import { expect, test } from "bun:test";
import { endedWithin } from "./ended-within.ts";

/** Time that passes when the test says so, and who waits for it. */
function hand() {
  const waiting = new Set<() => void>();
  return {
    waiting,
    pass: () => waiting.forEach((go) => go()),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waiting.add(resolve);
        signal?.addEventListener("abort", () => {
          waiting.delete(resolve);
          reject(signal.reason);
        });
      }),
  };
}

test.each([
  ["well", () => Promise.resolve("done")],
  ["badly", () => Promise.reject(new Error("broken"))],
])("endedWithin() is told when the work ends %s, and lets go of its time", async (_, work) => {
  const clock = hand();
  expect(await endedWithin(work(), 1_000, clock)).toBe("ended");
  expect(clock.waiting.size).toBe(0);
});

test("endedWithin() gives up when the time is over, and a failure that comes later is nobody's", async () => {
  const clock = hand();
  const { promise, reject } = Promise.withResolvers<never>();
  const asked = endedWithin(promise, 1_000, clock);
  clock.pass();
  expect(await asked).toBe("going on");
  reject(new Error("too late"));
  await new Promise((resolve) => setImmediate(resolve));
});
