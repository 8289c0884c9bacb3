import { describe, expect, test } from "bun:test";
import { desiredObject, liveObject } from "../../../test/lib/core-objects.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { HookStep, StepResult, Wave } from "../../core/model/plan.ts";
import type { LiveChange } from "../../core/ports/cluster.ts";
import { type HookParts, HookRuns } from "./hooks.ts";

const sketch = { apiVersion: "batch/v1", kind: "Job", name: "migrate" };

/** A Job, and a cluster whose cache a test writes and whose events it sends. */
function rig(parts: Partial<HookParts> = {}) {
  const desired = desiredObject(sketch);
  const step: HookStep = {
    do: "hook",
    desired,
    type: "PreSync",
    deletePolicies: [],
    live: undefined,
    run: "over",
  };
  const wave: Wave = { phase: "PreSync", wave: 0, steps: [step], gate: [] };
  const running = liveObject(sketch);
  let cached: LiveObject | undefined;
  let nowMs = 0;
  let store: "takes" | "refuses" = "takes";
  let tell: (change: LiveChange) => void = () => undefined;
  const reports: StepResult[] = [];
  const objects = {
    apply: async () => ({ is: "done", live: running, object: running.object, warnings: [] }),
  };
  const cluster = {
    get: () => cached,
    childrenOf: () => [],
    read: async () =>
      cached === undefined ? { is: "absent" } : { is: "found", live: cached, object: cached.object },
    onChange(listener: (change: LiveChange) => void) {
      tell = listener;
      return () => undefined;
    },
  };
  const hooks = new HookRuns({
    cluster,
    objects,
    clock: { now: () => nowMs, monotonic: () => nowMs },
    rules: { userHealth: undefined, pods: "judge" },
    run: { is: "begun", mark: "abcdefghij", startedAt: "2026-01-01T10:00:00Z", id: "1" },
    plan: { waves: [wave], onFailure: [] },
    timeoutMs: 0,
    stillAsked: () => undefined,
    remembered: [],
    permits: () => undefined,
    holder: async () => undefined,
    report(result: StepResult) {
      if (store === "refuses") throw new Error("the disk is full");
      reports.push(result);
    },
    progress: () => undefined,
    nextChange: async () => undefined,
    signal: new AbortController().signal,
    ...parts,
  } as unknown as HookParts);
  return {
    hooks,
    step,
    wave,
    running,
    passes: (ms: number) => {
      nowMs += ms;
    },
    passed: () => nowMs,
    storeNow: (is: typeof store) => {
      store = is;
    },
    outcomes: () => reports.map(({ outcome }) => outcome),
    change(live: LiveObject | undefined) {
      cached = live;
      tell({
        key: running.key,
        change: live === undefined ? "deleted" : "modified",
        apps: [],
        tracked: true,
      });
    },
  };
}

const ended = (type: "Complete" | "Failed", live: LiveObject): LiveObject => ({
  ...live,
  object: { ...live.object, status: { conditions: [{ type, status: "True", message: type }] } },
});

test.each([
  ["Complete", "hook-succeeded"],
  ["Failed", "hook-failed"],
] as const)(
  "a Job that is %s and gone before anybody looks again has ended as it ended",
  async (type, outcome) => {
    const { hooks, step, wave, running, outcomes, change } = rig();
    await hooks.start(step, wave);
    change(ended(type, running));
    change(undefined);
    const said = await hooks.untilCompleted(wave);
    expect(said === undefined).toBe(type === "Complete");
    expect(outcomes()).toEqual(["hook-running", outcome]);
  },
);

test("one that is gone before its end was seen has failed, and so has one that another took the place of", async () => {
  for (const now of [undefined, "another"] as const) {
    const { hooks, step, wave, running, outcomes, change } = rig();
    await hooks.start(step, wave);
    change(running);
    change(now === undefined ? undefined : { ...ended("Complete", running), uid: now });
    expect(await hooks.untilCompleted(wave)).toContain("was deleted before its end was seen");
    expect(outcomes()).toEqual(["hook-running", "hook-failed"]);
  }
});

describe("an end that the store did not take", () => {
  const endsUnwritten = async () => {
    const { hooks, step, wave, running, ...rest } = rig();
    await hooks.start(step, wave);
    rest.storeNow("refuses");
    rest.change(ended("Complete", running));
    return { hooks, wave, ...rest };
  };

  test("is written down before anything follows it", async () => {
    const { hooks, wave, storeNow, outcomes } = await endsUnwritten();
    expect(outcomes()).toEqual(["hook-running"]);
    storeNow("takes");
    expect(await hooks.untilCompleted(wave)).toBeUndefined();
    expect(outcomes()).toEqual(["hook-running", "hook-succeeded"]);
  });

  test("ends the sync while the store goes on refusing", async () => {
    const { hooks, wave } = await endsUnwritten();
    expect(await endingOf(hooks.untilCompleted(wave))).toThrow("the disk is full");
  });
});

test("an end behind a watch that says nothing is asked for", async () => {
  let asked = 0;
  const seen: ReturnType<typeof rig> = rig({
    async nextChange(ms) {
      seen.passes(ms);
      if (seen.passed() > 60_000) throw new Error("nobody asked for a minute");
    },
    cluster: {
      // What the watch told last.
      get: () => seen.running,
      childrenOf: () => [],
      onChange: () => () => undefined,
      async read() {
        asked += 1;
        const live = ended("Complete", seen.running);
        return { is: "found", live, object: live.object };
      },
    } as unknown as HookParts["cluster"],
  });
  await seen.hooks.start(seen.step, seen.wave);
  asked = 0;
  expect(await seen.hooks.untilCompleted(seen.wave)).toBeUndefined();
  expect(asked).toBe(1);
  expect(seen.outcomes()).toEqual(["hook-running", "hook-succeeded"]);
});

test("what a cache shows from before the hook was written over says nothing of this run", async () => {
  const { hooks, step, wave, running, outcomes, change } = rig();
  await hooks.start(step, wave);
  change({ ...ended("Complete", running), resourceVersion: "99" });
  expect(outcomes()).toEqual(["hook-running"]);
  change({ ...ended("Failed", running), resourceVersion: "101" });
  expect(outcomes()).toEqual(["hook-running", "hook-failed"]);
});
