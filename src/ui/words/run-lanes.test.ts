import { describe, expect, test } from "bun:test";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import type { OperationState, ResourceResult } from "../../core/model/operation.ts";
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
      what: "apps/Deployment shop/web (1 of 3) and 2 more",
      since: "2026-11-29T10:00:05Z",
    },
    {
      message:
        "waiting for completion of hook batch/Job shop/migrate since 2026-11-29T10:00:05Z: 1 Pod failed",
      what: "completion of hook batch/Job shop/migrate: 1 Pod failed",
      since: "2026-11-29T10:00:05Z",
    },
    {
      message: "waiting for the cluster to serve widgets",
      what: "the cluster to serve widgets",
      since: undefined,
    },
  ])("$message", ({ message, ...wait }) => {
    expect(waitOf(state(message))).toEqual(wait);
  });

  test("what does not run waits for nothing", () => {
    expect(waitOf(state("waiting for nobody", "Failed"))).toBeUndefined();
    expect(waitOf(state("starting"))).toBeUndefined();
  });
});
