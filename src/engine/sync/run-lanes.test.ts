import { describe, expect, test } from "bun:test";
import type { Step, Wave } from "../../core/model/plan.ts";
import { RunLanes } from "./run-lanes.ts";

const wave = (phase: Wave["phase"], number: number, steps: number): Wave => ({
  ...{ phase, wave: number, gate: [] },
  steps: Array.from({ length: steps }, () => ({ do: "prune" }) as Step),
});
const at = (seconds: number): string => `2026-11-30T10:00:0${seconds}Z`;

describe("RunLanes", () => {
  const waves = [wave("PreSync", 0, 1), wave("Sync", 0, 1), wave("Sync", 0, 3), wave("Sync", 5, 0)];
  const rig = () => {
    let now = Date.parse(at(0));
    const lanes = new RunLanes({ waves }, { now: () => now });
    return { lanes, tick: () => void (now += 1_000) };
  };

  test("are those of the plan, one for each number of a phase, and none has begun", () => {
    expect(rig().lanes.all()).toEqual([
      { phase: "PreSync", wave: 0, steps: 1 },
      { phase: "Sync", wave: 0, steps: 4 },
      { phase: "Sync", wave: 5, steps: 0 },
    ]);
  });

  test("tell when they began and ended, a lane of two waves the first and the last of it", () => {
    const { lanes, tick } = rig();
    const [, first, second] = waves as [Wave, Wave, Wave, Wave];
    lanes.mark(first, "begun");
    tick();
    lanes.mark(first, "ended");
    tick();
    lanes.mark(second, "begun");
    expect(lanes.all()[1]).toEqual({ phase: "Sync", wave: 0, steps: 4, startedAt: at(0) });
    tick();
    lanes.mark(second, "ended");
    expect(lanes.all()[1]).toMatchObject({ startedAt: at(0), finishedAt: at(3), steps: 4 });
  });

  test("one that follows a failure is there once it has begun", () => {
    const { lanes } = rig();
    const before = lanes.all();
    lanes.mark(wave("SyncFail", 0, 2), "begun");
    expect(lanes.all().at(-1)).toEqual({ phase: "SyncFail", wave: 0, steps: 2, startedAt: at(0) });
    // What was shown stays as it was.
    expect(before).toHaveLength(3);
  });
});
