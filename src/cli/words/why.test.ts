import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { nextOf } from "./next.ts";
import { app, result, sync } from "./testdata/shown-app.ts";
import { cause, reasons, urgency, why } from "./why.ts";

describe("why()", () => {
  const deployment = { group: "apps", version: "v1", kind: "Deployment", namespace: "shop", name: "api" };
  const cases: [sentence: string, app: Application, want: string][] = [
    ["is empty where all is well", app(), ""],
    [
      "names the object and its trouble",
      app({
        health: { status: "Degraded", message: "x" },
        resources: [
          { ...deployment, health: { status: "Degraded", message: "0/3 ready, CrashLoopBackOff (exit 1)" } },
        ],
      }),
      "Deployment api: 0/3 ready, CrashLoopBackOff (exit 1)",
    ],
    [
      "counts further objects in the same trouble",
      app({
        health: { status: "Degraded" },
        resources: [
          { ...deployment, health: { status: "Degraded", message: "down" } },
          { ...deployment, name: "b", health: { status: "Degraded", message: "down" } },
        ],
      }),
      "Deployment api: down; and 1 more",
    ],
    [
      "falls back to the application's own message",
      app({ health: { status: "Degraded", message: "all of it" } }),
      "all of it",
    ],
    [
      "counts what differs",
      app({
        sync: sync("OutOfSync"),
        resources: [
          { ...deployment, status: "OutOfSync", health: { status: "Healthy" } },
          { ...deployment, name: "b", status: "OutOfSync", requiresPruning: true },
          { ...deployment, name: "c", status: "OutOfSync", health: { status: "Missing" } },
        ],
      }),
      "1 to update, 1 to create, 1 to prune, which is off",
    ],
    [
      "says what others in the cluster set",
      app({
        sync: sync("OutOfSync"),
        resources: [{ ...deployment, status: "OutOfSync", health: { status: "Healthy" } }],
        others: {
          ...{ objects: 1, fields: 1, path: "spec.replicas", by: [{ manager: "kubectl", subresource: "" }] },
          ...{ how: "setter", deleted: 0, rest: "none", at: { is: "set", time: "2026-11-30T12:00:00Z" } },
        },
      }),
      "1 to update: spec.replicas set by kubectl at 2026-11-30T12:00:00Z",
    ],
    [
      "puts an error before everything else",
      app({
        sync: sync("Unknown"),
        conditions: [
          { type: "ManifestWarning", message: "w" },
          { type: "ComparisonError", message: "the repository does not answer" },
        ],
        health: { status: "Degraded", message: "x" },
      }),
      "Cannot be compared: the repository does not answer",
    ],
    [
      "puts what others set again each time before that it differs",
      app({
        sync: sync("OutOfSync"),
        conditions: [{ type: "ContestedFieldWarning", message: "web: spec.replicas was put back" }],
      }),
      "Fought over: web: spec.replicas was put back",
    ],
    [
      "says who ended the sync before that it differs",
      app({
        sync: sync("OutOfSync"),
        conditions: [{ type: "TerminatedWarning", message: "terminated by user:ann at 10:00: its sync" }],
      }),
      "Terminated: by user:ann at 10:00: its sync",
    ],
    [
      "tells what a running sync waits for",
      app({
        sync: sync("OutOfSync"),
        operationState: { operation: {}, phase: "Running", message: "waiting for wave 0", startedAt: "" },
      }),
      "Sync running: waiting for wave 0",
    ],
    [
      "tells why the last sync failed while there is something to sync",
      app({
        sync: sync("OutOfSync"),
        operationState: { operation: {}, phase: "Failed", message: "refused", startedAt: "" },
      }),
      "Sync failed: refused",
    ],
    [
      "forgets a failed sync once all is in sync",
      app({ operationState: { operation: {}, phase: "Failed", message: "refused", startedAt: "" } }),
      "",
    ],
    [
      "tells of a hook that failed though all is in sync: nothing else shows what it was to do",
      app({
        operationState: {
          operation: {},
          phase: "Failed",
          message: "the hook batch/Job shop/smoke failed",
          startedAt: "",
          syncResult: {
            resources: [
              result("Job", "smoke", { syncPhase: "PostSync", hookType: "PostSync", hookPhase: "Failed" }),
            ],
          },
        },
      }),
      "Sync failed: the hook batch/Job shop/smoke failed",
    ],
    [
      "says that it was not looked at yet",
      { ...app(), status: undefined } as unknown as Application,
      "not looked at yet",
    ],
    [
      "tells a warning last",
      app({ conditions: [{ type: "SharedResourceWarning", message: "two own it" }] }),
      "Another application's: two own it",
    ],
  ];
  test.each(cases)("%s", (_, one, want) => {
    expect(why(one)).toBe(want);
  });
  test("cause() begins with the cause, and with the words for it where nobody knows which it is", () => {
    const refused =
      "nothing was written, because the API server refuses Service shop/web (shop/web.yaml:30): spec.ports[0].port: Invalid value: 80800: must be between 1 and 65535";
    const failed = (message: string, type: "SyncError" | "ComparisonError" = "SyncError") =>
      cause(app({ sync: sync("OutOfSync"), conditions: [{ type, message }] }));
    expect(failed(`The last sync to ${"a".repeat(40)} failed: ${refused}`)).toBe(
      "port 80800 invalid: must be between 1 and 65535 (Service shop/web, shop/web.yaml:30)",
    );
    expect(failed("something else")).toBe("Not synced: something else");
    expect(failed(`The last sync to ${"a".repeat(40)} failed: no quota`)).toBe("Not synced: no quota");
    expect(failed("api: cannot render: no such folder", "ComparisonError")).toBe(
      "cannot render: no such folder (api)",
    );
    expect(cause(app({ health: { status: "Degraded", message: "all of it" } }))).toBe("all of it");
    expect(cause(app())).toBe("");
  });

  test("of a condition programs are told its name, and people what it is", () => {
    const [first] = reasons(app({ conditions: [{ type: "ComparisonError", message: "x" }] }));
    expect([first?.lead, first?.words]).toEqual(["ComparisonError", "Cannot be compared"]);
  });

  test("urgency() has what cannot be compared among the worst, whatever health it had before", () => {
    const lost = app({ sync: sync("Unknown"), conditions: [{ type: "ComparisonError", message: "x" }] });
    const refused = app({
      sync: sync("OutOfSync"),
      health: { status: "Missing" },
      conditions: [{ type: "SyncError", message: "x" }],
    });
    const behind = app({ sync: sync("OutOfSync"), health: { status: "Missing" } });
    const broken = app({ health: { status: "Degraded", message: "x" } });
    expect([behind, lost, refused, broken].sort((a, b) => urgency(b) - urgency(a))).toEqual([
      broken,
      lost,
      refused,
      behind,
    ]);
  });

  test("reasons() say once that a person ended its sync", () => {
    const one = app({
      sync: sync("OutOfSync"),
      conditions: [{ type: "TerminatedWarning", message: "terminated by user:ann at 10:00: its sync" }],
      terminated: { revisions: [], by: "user:ann", at: "10:00" },
      operationState: {
        operation: {},
        phase: "Failed",
        message: "operation terminated by user:ann",
        startedAt: "",
        terminatedBy: "user:ann",
      },
    });
    expect(reasons(one).map(({ lead, weight }) => `${weight} ${lead}`)).toEqual([
      "trouble Terminated",
      "change OutOfSync",
    ]);
  });
  test("reasons() say once what a sync waits for, and of more than one object how many there are", () => {
    const message = "Pod api-x is on no node: 0/1 nodes are available.";
    const health = { status: "Progressing" as const, message };
    const waiting = {
      phase: "Running" as const,
      message: `waiting for healthy state of apps/Deployment shop/api (${message.slice(0, -1)}) since 2026-11-30T17:02:28Z`,
      ...{ operation: { sync: {} }, startedAt: "2026-11-30T17:02:28Z" },
    };
    const leads = (...names: string[]): string[] =>
      reasons(
        app({
          health: { status: "Progressing" },
          operationState: waiting,
          resources: names.map((name) => ({ ...deployment, name, health })),
        }),
      ).map(({ lead }) => lead);
    expect(leads("api")).toEqual(["Sync"]);
    expect(leads("api", "b")).toEqual(["Sync", "Progressing"]);
  });

  test("reasons() are told most urgent first, none twice", () => {
    const one = app({
      health: { status: "Progressing", message: "1 of 3" },
      conditions: [
        { type: "ManifestWarning", message: "w" },
        { type: "SyncError", message: "e" },
        { type: "UnknownError", message: "e" },
      ],
    });
    expect(reasons(one).map(({ lead, weight }) => `${weight} ${lead}`)).toEqual([
      "trouble SyncError",
      "trouble UnknownError",
      "change Progressing",
      "note ManifestWarning",
    ]);
  });
  test("reasons() and what is next are the same after a dry run, whose failure is a note", () => {
    const operation = { sync: { dryRun: true } };
    const lastSync = { phase: "Failed" as const, operation: {}, message: "refused", startedAt: "" };
    const failed = app({ sync: sync("OutOfSync"), operationState: lastSync });
    const passed = app({
      sync: sync("OutOfSync"),
      ...{ operationState: { ...lastSync, operation, phase: "Succeeded" as const }, lastSync },
    });
    expect(reasons(passed)).toEqual(reasons(failed));
    expect(nextOf(passed, 0)).toBe(nextOf(failed, 0));
    const refused = app({ ...passed.status, operationState: { ...lastSync, operation, message: "dry" } });
    expect(reasons(refused).filter(({ lead }) => lead !== "Dry run failed")).toEqual(reasons(failed));
    const running = { ...lastSync, operation, phase: "Running" as const, message: "2 of 3" };
    const rehearsing = app({ ...passed.status, operationState: running });
    expect(reasons(rehearsing).filter(({ lead }) => lead !== "Dry run")).toEqual(reasons(failed));
    expect(reasons(rehearsing).find(({ lead }) => lead === "Dry run")).toEqual({
      ...{ lead: "Dry run", words: "Dry run running", text: "2 of 3", weight: "change" },
    });
    expect(nextOf(rehearsing, 0)).toBe(nextOf(failed, 0));
    expect(reasons(refused).find(({ lead }) => lead === "Dry run failed")).toMatchObject({
      text: "dry",
      weight: "note",
    });
  });
  test("reasons() say once why a sync failed, without its revisions", () => {
    const failed = (text: string) =>
      reasons(
        app({
          sync: sync("OutOfSync"),
          conditions: [
            {
              type: "SyncError",
              message: `The last sync to ${"a".repeat(40)} failed: ${text}. It is tried again.`,
            },
          ],
          operationState: { phase: "Failed", operation: {}, message: "no quota.", startedAt: "" },
        } as Parameters<typeof app>[0]),
      ).filter(({ weight }) => weight === "trouble");
    expect(failed("no quota").map(({ text }) => text)).toEqual([
      "the last sync failed: no quota. It is tried again.",
    ]);
    // Another reason than the run's own is no repetition.
    expect(failed("no room").map(({ lead }) => lead)).toEqual(["SyncError", "Sync failed"]);
  });
});
