import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { details } from "../commands/app-get.ts";
import { hookResults } from "./hook-words.ts";
import { syncRows, untouched, unwellRows } from "./sync-rows.ts";
import { endLine, rowLines } from "./sync-summary.ts";
import { app, COMMIT, pipe, result, sync } from "./testdata/shown-app.ts";

describe("the rows of a sync", () => {
  const running = app({
    sync: sync("OutOfSync"),
    resources: [
      { version: "v1", kind: "ConfigMap", namespace: "shop", name: "web", status: "Synced" },
      {
        group: "apps",
        version: "v1",
        kind: "Deployment",
        namespace: "shop",
        name: "web",
        status: "Synced",
        syncWave: 5,
        health: { status: "Progressing", message: "2 of 3 updated" },
      },
      {
        group: "networking.k8s.io",
        version: "v1",
        kind: "Ingress",
        namespace: "shop",
        name: "web",
        status: "OutOfSync",
        syncWave: 9,
        health: { status: "Missing" },
      },
    ],
    operationState: {
      operation: {},
      phase: "Running",
      message: "waiting for wave 5",
      startedAt: "2026-11-23T04:31:00Z",
      syncResult: {
        revision: COMMIT,
        resources: [
          result("ConfigMap", "web"),
          result("Deployment", "web", { group: "apps" }),
          result("Job", "migrate", { syncPhase: "PreSync", message: "completed" }),
          result("Secret", "old", { status: "Pruned", message: "pruned", namespace: "other" }),
        ],
      },
    },
  });

  test("stand in the order of phases and waves, what is to come among them", () => {
    expect(rowLines(pipe, syncRows(running)).join("\n")).toBe(`  PreSync   ✓ Job/migrate        completed
  wave 0    ✓ ConfigMap/web      configured
            ✓ Secret/other/old   pruned
  wave 5    ◔ Deployment/web     configured   Progressing: 2 of 3 updated
  wave 9    ◌ Ingress/web        waiting`);
  });
  test("tell hooks by their own phase: one that failed is no success, and one object may be two", () => {
    const hook = (name: string, hookType: string, hookPhase: string, message: string) =>
      result("Job", name, { group: "batch", hookType, syncPhase: hookType as never, hookPhase, message });
    const state = (phase: "Running" | "Failed"): Application =>
      app({
        operationState: {
          operation: {},
          phase,
          message: "m",
          startedAt: "2026-11-23T04:31:00Z",
          ...(phase === "Failed" ? { finishedAt: "2026-11-23T04:31:03Z" } : {}),
          syncResult: {
            resources: [
              hook("migrate", "PreSync", "Succeeded", "completed"),
              hook("page", "Sync", "Failed", "Pod page-x exited with 1"),
              result("ConfigMap", "web"),
              hook("migrate", "PostSync", "Running", "running since 2026-11-23T04:31:01Z"),
            ],
          },
        },
      });
    expect(
      rowLines(pipe, syncRows(state("Running"))).join("\n"),
    ).toBe(`  PreSync     ✓ Job/migrate     completed
  wave 0      ✓ ConfigMap/web   configured
  Sync hook   ✗ Job/page        failed       Pod page-x exited with 1
  PostSync    ◔ Job/migrate     running      since 2026-11-23T04:31:01Z`);
    expect(details(pipe, state("Running"), { origin: { from: "api" } }, {}, 0, "http://x").slice(-4)).toEqual(
      [
        "  HOOK          PHASE      STATUS        WHY",
        "  Job/migrate   PreSync    ✓ Succeeded",
        "  Job/page      Sync       ✗ Failed      Pod page-x exited with 1",
        "  Job/migrate   PostSync   ◔ Running     since 2026-11-23T04:31:01Z",
      ],
    );
  });
  test("show the waves of a dry run, and nothing of how an object is by now", () => {
    const wave = { group: "apps", version: "v1", kind: "Deployment", namespace: "shop", name: "web" };
    const rehearsed = app({
      resources: [{ ...wave, syncWave: 5, status: "OutOfSync", health: { status: "Degraded" } }],
      operationState: {
        operation: { sync: { dryRun: true } },
        phase: "Succeeded",
        message: "dry run: everything would pass",
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:03Z",
        syncResult: {
          resources: [result("Deployment", "web", { group: "apps", message: "dry run: would pass" })],
        },
      },
    });
    expect(syncRows(rehearsed)).toMatchObject([{ lane: "wave 5", state: "Synced" }]);
  });
  test("show the hooks of a dry run in the lanes of a sync, and call none of them running", () => {
    const hook = (name: string, hookType: "PreSync" | "Sync", message: string) => {
      const { status: _, ...told } = result("Job", name, { group: "batch", hookType, message });
      return { ...told, syncPhase: hookType };
    };
    const rehearsed = app({
      operationState: {
        operation: { sync: { dryRun: true } },
        phase: "Succeeded",
        message: "dry run: 1 would pass, 3 could not be asked yet",
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:03Z",
        syncResult: {
          resources: [
            hook("page", "Sync", "dry run: would be run"),
            hook("page", "PreSync", "dry run: would be run"),
            hook("late", "Sync", "dry run: not asked. The kind late.example.com/v1 Late is not there yet"),
            result("ConfigMap", "web", { message: "dry run: would pass" }),
          ],
        },
      },
    });
    expect(
      rowLines(pipe, syncRows(rehearsed)).join("\n"),
    ).toBe(`  PreSync     ? Job/page        dry run: would be run
  wave 0      ✓ ConfigMap/web   dry run: would pass
  Sync hook   ? Job/page        dry run: would be run
              ? Job/late        dry run: not asked      The kind late.example.com/v1 Late is not there yet`);
    expect(hookResults(rehearsed)).toEqual([]);
  });
  test("count what a sync found as it should be, unless it looked at chosen objects only", () => {
    const resources = ["a", "b"].map((name) => ({
      version: "v1",
      kind: "ConfigMap",
      namespace: "shop",
      name,
      status: "Synced" as const,
    }));
    const state = {
      phase: "Succeeded" as const,
      message: "",
      startedAt: "2026-11-23T04:31:00Z",
      finishedAt: "2026-11-23T04:31:00Z",
      syncResult: { resources: [result("ConfigMap", "a")] },
    };
    expect(untouched(app({ resources, operationState: { ...state, operation: {} } }))).toBe(1);
    expect(
      untouched(
        app({
          resources,
          operationState: {
            ...state,
            operation: { sync: { resources: [{ kind: "ConfigMap", name: "a" }] } },
          },
        }),
      ),
    ).toBe(0);
  });
  test("are those that are not well, where no sync runs", () => {
    expect(rowLines(pipe, unwellRows(app({ resources: running.status!.resources! })))).toEqual([
      "  wave 5   ◔ Deployment/web               Progressing: 2 of 3 updated",
      "  wave 9   ◌ Ingress/web      to create   Missing",
    ]);
  });
  test("end in a line that says that it still runs", () => {
    expect(endLine(pipe, running, { runId: 1, url: "u" })).toBe("◔ Still running: waiting for wave 5");
  });
});
