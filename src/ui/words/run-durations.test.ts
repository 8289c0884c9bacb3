import { describe, expect, test } from "bun:test";
import { barsOf, durationMs, durationsWords, type TimedRun } from "./run-durations.ts";

const NOW = Date.parse("2026-11-30T10:00:00Z");
const run = (id: number, phase: TimedRun["state"]["phase"], seconds: number): TimedRun => ({
  id,
  state: {
    phase,
    startedAt: new Date(NOW - 600_000).toISOString(),
    ...(phase === "Running" ? {} : { finishedAt: new Date(NOW - 600_000 + seconds * 1_000).toISOString() }),
  },
});

describe("how long runs took", () => {
  test("is a bar each, the oldest first, as a share of the longest", () => {
    expect(barsOf([run(9, "Failed", 1), run(8, "Succeeded", 100), run(7, "Succeeded", 50)], NOW)).toEqual([
      { id: 7, share: 0.5, tone: "good", words: "run 7, Succeeded, 50 s" },
      { id: 8, share: 1, tone: "good", words: "run 8, Succeeded, 1 min 40 s" },
      { id: 9, share: 0.04, tone: "bad", words: "run 9, Failed, 1 s" },
    ]);
  });
  test("of one that goes on is until now, and never less than nothing", () => {
    expect(durationMs(run(1, "Running", 0).state, NOW)).toBe(600_000);
    expect(durationMs(run(1, "Running", 0).state, NOW - 900_000)).toBe(0);
    expect(durationMs({ phase: "Running", startedAt: "no time" }, NOW)).toBe(0);
    expect(barsOf([run(1, "Running", 0)], NOW)).toMatchObject([{ share: 1, tone: "moving" }]);
  });
  test.each<[string, TimedRun[]]>([
    ["1 run; one takes 3 s, the longest 3 s", [run(1, "Succeeded", 3)]],
    [
      "4 runs, 1 of them failed; one takes 4 s, the longest 9 s",
      [run(4, "Succeeded", 2), run(3, "Error", 400), run(2, "Succeeded", 9), run(1, "Succeeded", 4)],
    ],
    ["2 runs, all failed", [run(2, "Failed", 2), run(1, "Failed", 3)]],
    ["1 run", [run(1, "Running", 0)]],
  ])("is said: %s", (words, runs) => expect(durationsWords(runs, NOW)).toBe(words));
});
