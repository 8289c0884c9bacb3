import { describe, expect, test } from "bun:test";
import { mayRetry, retryDelayMs } from "./retry-delay.ts";

describe("retryDelayMs()", () => {
  const cases: { name: string; policy: Parameters<typeof retryDelayMs>[0]; attempt: number; want: number }[] =
    [
      { name: "starts at 5 seconds", policy: undefined, attempt: 0, want: 5_000 },
      { name: "doubles", policy: undefined, attempt: 3, want: 40_000 },
      { name: "ends at 3 minutes", policy: undefined, attempt: 50, want: 180_000 },
      { name: "survives absurd attempts", policy: undefined, attempt: 100_000, want: 180_000 },
      {
        name: "takes durations and whole seconds",
        policy: { backoff: { duration: "1m", factor: 3, maxDuration: "600" } },
        attempt: 2,
        want: 540_000,
      },
      {
        name: "never shortens by a factor below 1",
        policy: { backoff: { factor: 0 } },
        attempt: 4,
        want: 5_000,
      },
      {
        name: "keeps the default for what is no duration",
        policy: { backoff: { duration: "soon" } },
        attempt: 0,
        want: 5_000,
      },
    ];
  test.each(cases)("$name", ({ policy, attempt, want }) => expect(retryDelayMs(policy, attempt)).toBe(want));
  test("limit 0 is none, below 0 without end", () => {
    expect([
      mayRetry(undefined, 0),
      mayRetry({ limit: 2 }, 1),
      mayRetry({ limit: 2 }, 2),
      mayRetry({ limit: -1 }, 999),
    ]).toEqual([false, true, false, true]);
  });
});
