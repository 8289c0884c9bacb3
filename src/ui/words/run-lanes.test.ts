import { describe, expect, test } from "bun:test";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import type { OperationState, ResourceResult, RunLane } from "../../core/model/operation.ts";
import { suspendedHookWords } from "../../core/model/suspended-hook.ts";
import { lanesOf, waitOf } from "./run-lanes.ts";

const STARTED = "2026-11-29T10:00:00Z";
const result = (name: string, more: Partial<ResourceResult> = {}): ResourceResult => ({
  ...{
    group: "",
    version: "v1",
    kind: "ConfigMap",
    namespace: "shop",
    name,
    status: "Synced",
    message: "configured",
  },
  ...more,
});
const resource = (name: string, more: Partial<ResourceStatus> = {}): ResourceStatus => ({
  ...{ version: "v1", kind: "ConfigMap", namespace: "shop", name, status: "Synced" },
  ...more,
});

function run(
  phase: OperationState["phase"],
  results: ResourceResult[],
  resources: ResourceStatus[] = [],
): [Application, OperationState] {
  const state: OperationState = {
    ...{ operation: {}, phase, message: "", startedAt: STARTED },
    syncResult: { resources: results },
  };
  const app = {
    metadata: { namespace: "argocd", name: "web" },
    spec: { project: "default", destination: { namespace: "shop" } },
    status: { resources, operationState: state },
  } as unknown as Application;
  return [app, state];
}
const shown = (lanes: ReturnType<typeof lanesOf>): string[] =>
  lanes.map(
    ({ name, state, lines }) =>
      `${name} ${state}: ${lines.map((line) => `${line.name} ${line.state}`).join(", ")}`,
  );

describe("lanesOf()", () => {
  test("a lane of which something is there waits while one before it runs", () => {
    const lanes = lanesOf(
      ...run(
        "Running",
        [
          result("approve", { hookType: "PreSync", hookPhase: "Running", message: "running" }),
          result("shop", { kind: "Namespace", namespace: "" }),
        ],
        [resource("first", { status: "OutOfSync" })],
      ),
    );
    expect(shown(lanes)).toEqual([
      "PreSync running: approve Running",
      "Wave 0 waiting: first Waiting, shop Succeeded",
    ]);
  });
  test("stand in the order in which a sync works, with what is still to come", () => {
    const lanes = lanesOf(
      ...run(
        "Running",
        [
          result("mail", { hookType: "PostSync", hookPhase: "Running", message: "waiting" }),
          result("second", {}),
          result("first", {}),
          result("migrate", { hookType: "PreSync", hookPhase: "Succeeded", message: "completed" }),
        ],
        [
          resource("first", { syncWave: -1 }),
          resource("second", { syncWave: 5, health: { status: "Progressing", message: "1 of 3" } }),
          resource("third", { syncWave: 10, status: "OutOfSync" }),
          resource("as-it-is", {}),
        ],
      ),
    );
    expect(shown(lanes)).toEqual([
      "PreSync done: migrate Succeeded",
      "Wave -1 done: first Succeeded",
      "Wave 5 running: second Progressing",
      "Wave 10 waiting: third Waiting",
      "PostSync running: mail Running",
    ]);
    expect(lanes[0]?.lines[0]?.text).toBe("");
  });

  test("what failed is first in its lane, and the lane has failed, whether it goes on or not", () => {
    const results = [result("a"), result("z", { status: "SyncFailed", message: "is invalid" })];
    for (const phase of ["Failed", "Running"] as const)
      expect(shown(lanesOf(...run(phase, results)))).toEqual(["Wave 0 failed: z Failed, a Succeeded"]);
  });

  test("of a run before the last one, nothing is said that is of now", () => {
    const [app] = run(
      "Running",
      [],
      [resource("a", { status: "OutOfSync", health: { status: "Degraded" } })],
    );
    const before: OperationState = {
      ...{ operation: {}, phase: "Succeeded", message: "", startedAt: "2026-11-28T10:00:00Z" },
      syncResult: { resources: [result("a")] },
    };
    expect(shown(lanesOf(app, before))).toEqual(["Wave 0 done: a Succeeded"]);
  });

  test("what was not pruned stays, what goes still is running, and what is elsewhere has its namespace", () => {
    const results = [
      result("kept", { status: "PruneSkipped", message: "needs a person" }),
      result("goes", { status: "Pruned", hookPhase: "Running", namespace: "other" }),
    ];
    expect(shown(lanesOf(...run("Running", results)))).toEqual([
      "Wave 0 running: other/goes Running, kept Stays",
    ]);
  });

  describe("where the run tells its phases and waves", () => {
    const told = (phase: OperationState["phase"], lanes: RunLane[], results: ResourceResult[]) => {
      const [app, state] = run(phase, results);
      state.syncResult = { resources: results, lanes };
      if (phase === "Failed") state.finishedAt = "2026-11-29T10:05:00Z";
      return lanesOf(app, state).map(({ name, state, note }) => `${name} ${state}: ${note}`);
    };
    const begun = { startedAt: STARTED };
    const done = { ...begun, finishedAt: "2026-11-29T10:00:09Z" };

    test("what is to come is there from the beginning, with what it waits for", () => {
      const lanes: RunLane[] = [
        { phase: "PreSync", wave: 0, steps: 1, ...done },
        { phase: "Sync", wave: 0, steps: 3, ...begun },
        { phase: "Sync", wave: 5, steps: 1 },
        { phase: "PostSync", wave: 0, steps: 2 },
        // All of it is as it should be, and nothing waits for it yet.
        { phase: "Sync", wave: 7, steps: 0 },
      ];
      const migrate = result("migrate", { hookType: "PreSync", hookPhase: "Succeeded" });
      expect(told("Running", lanes, [migrate, result("first")])).toEqual([
        "PreSync done: ",
        "Wave 0 running: 2 more objects",
        "Wave 5 waiting: 1 object, waits for Wave 0",
        "PostSync waiting: 2 hooks, waits for Wave 0",
      ]);
    });

    test("what was not reached says where the sync stopped", () => {
      const lanes: RunLane[] = [
        { phase: "Sync", wave: -1, steps: 1, ...done },
        { phase: "Sync", wave: 0, steps: 1, ...done },
        { phase: "PostSync", wave: 0, steps: 1 },
        { phase: "SyncFail", wave: 0, steps: 1, ...done },
      ];
      const results = [
        result("first", { syncWave: -1 }),
        result("bad", { status: "SyncFailed", message: "is invalid" }),
        result("alarm", { hookType: "SyncFail", hookPhase: "Succeeded" }),
      ];
      expect(told("Failed", lanes, results)).toEqual([
        "Wave -1 done: ",
        "Wave 0 failed: ",
        "PostSync not-reached: 1 hook, the sync stopped in Wave 0",
        "SyncFail done: ",
      ]);
      const alarms = lanes.map((lane) =>
        lane.phase === "SyncFail" ? { ...lane, ...begun, finishedAt: undefined } : lane,
      );
      expect(told("Running", alarms as RunLane[], results.slice(0, 2))).toEqual([
        "Wave -1 done: ",
        "Wave 0 failed: ",
        "PostSync not-reached: 1 hook, the sync stopped in Wave 0",
        "SyncFail running: 1 hook",
      ]);
      // It was ended in the middle: nothing of it failed by itself.
      const ended: RunLane[] = [{ phase: "Sync", wave: 0, steps: 2, ...begun }];
      expect(told("Failed", ended, [result("first")])).toEqual(["Wave 0 stopped: 1 more object"]);
    });

    test("a hook of Sync and an object that is pruned are in their waves", () => {
      const [app, state] = run("Succeeded", [
        result("job", { hookType: "Sync", hookPhase: "Succeeded", syncWave: 3 }),
        result("old", { status: "Pruned", message: "pruned", syncWave: 5 }),
      ]);
      state.syncResult = { resources: state.syncResult?.resources ?? [], lanes: [] };
      expect(shown(lanesOf(app, state))).toEqual([
        "Wave 3 done: job Succeeded",
        "Wave 5 done: old Succeeded",
      ]);
    });
  });

  test("a hook that is suspended is said so, with what lifts it", () => {
    const [app, state] = run("Running", [
      result("approve", { kind: "Job", group: "batch", hookType: "PreSync", hookPhase: "Running" }),
      result("other", { kind: "Job", group: "batch", hookType: "PreSync", hookPhase: "Running" }),
    ]);
    state.message = `waiting for completion of hook batch/Job shop/approve since ${STARTED} (${suspendedHookWords({ kind: "Job" })}) and 1 more`;
    expect(shown(lanesOf(app, state))).toEqual(["PreSync running: approve Suspended, other Running"]);
    expect(lanesOf(app, state)[0]?.lines[0]?.text).toContain("spec.suspend is false");
  });

  test("of nothing there are none", () => {
    expect(lanesOf(...run("Running", []))).toEqual([]);
  });
});

describe("waitOf()", () => {
  const state = (message: string, phase: OperationState["phase"] = "Running"): OperationState => ({
    ...{ operation: {}, phase, message, startedAt: STARTED },
  });
  test.each([
    {
      message: "waiting for apps/Deployment shop/web (1 of 3) since 2026-11-29T10:00:05Z and 2 more",
      what: "Deployment web (1 of 3) and 2 more",
      since: "2026-11-29T10:00:05Z",
    },
    {
      message:
        "waiting for completion of hook batch/Job shop/migrate since 2026-11-29T10:00:05Z: 1 Pod failed",
      what: "hook Job migrate: 1 Pod failed",
      since: "2026-11-29T10:00:05Z",
    },
    {
      message: "waiting for the cluster to serve widgets",
      what: "the cluster to serve widgets",
      since: undefined,
    },
    {
      message: "waiting for deletion of batch/Job shop/tell, the hook's last run, since 2026-11-29T10:00:05Z",
      what: "deletion of Job tell, the hook's last run",
      since: "2026-11-29T10:00:05Z",
    },
    {
      message: "waiting for ConfigMap other/first to be deleted since 2026-11-29T10:00:05Z",
      what: "ConfigMap other/first to be deleted",
      since: "2026-11-29T10:00:05Z",
    },
  ])("$message", ({ message, ...wait }) => {
    expect(waitOf(state(message), "shop")).toEqual(wait);
  });

  test("what does not run waits for nothing", () => {
    expect(waitOf(state("waiting for nobody", "Failed"), "shop")).toBeUndefined();
    expect(waitOf(state("starting"), "shop")).toBeUndefined();
  });
});
