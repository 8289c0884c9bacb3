import { describe, expect, test } from "bun:test";
import type { Application, ApplicationStatus } from "../../core/model/application.ts";
import { diffSummary } from "../commands/app-diff.ts";
import { details } from "../commands/app-get.ts";
import { createTerminal } from "../terminal/terminal.ts";
import { age, ago, took } from "./ago.ts";
import { policyOf, revisionOf } from "./app-words.ts";
import { aboutCommit } from "./commit-words.ts";
import { headlineOf, stillWaits } from "./headline.ts";
import { lineDiff } from "./line-diff.ts";
import { actionOf, type DiffItem, objectDiff } from "./object-diff.ts";
import { syncRows, untouched, unwellRows } from "./sync-rows.ts";
import { endLine, rowLines } from "./sync-summary.ts";
import { reasons, why } from "./why.ts";

const NOW = Date.UTC(2026, 10, 23, 4, 31, 8);
const COMMIT = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";
const pipe = createTerminal({ isTTY: false, write: () => undefined }, { LANG: "C.UTF-8" }, "auto");

function app(status: Partial<ApplicationStatus> = {}, more: Partial<Application> = {}): Application {
  const destination = { server: "https://kubernetes.default.svc", namespace: "shop" };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "payments", name: "web" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "web", targetRevision: "main" },
      destination,
    },
    status: {
      sync: { status: "Synced", comparedTo: { destination }, revision: COMMIT },
      health: { status: "Healthy" },
      ...status,
    },
    ...more,
  };
}
const sync = (status: "Synced" | "OutOfSync" | "Unknown") => ({
  status,
  comparedTo: { destination: {} },
  revision: COMMIT,
});

describe("ago() and age()", () => {
  test.each([
    ["2026-11-23T04:31:05Z", "just now", "3s"],
    ["2026-11-23T04:40:00Z", "just now", "0s"],
    ["2026-11-23T04:30:20Z", "48 s ago", "48s"],
    ["2026-11-23T04:27:00Z", "4 min ago", "4m"],
    ["2026-11-22T20:31:08Z", "8 h ago", "8h"],
    ["2026-11-20T04:00:00Z", "3 days ago", "3d"],
    ["yesterday", "", "-"],
  ])("%s is %p, %p", (at, words, short) => {
    expect([ago(at, NOW), age(at, NOW)]).toEqual([words, short]);
  });
  test("took() counts in one unit", () => {
    expect([0, 34_400, 119_000, 121_000, 7_300_000].map(took)).toEqual(["0s", "34s", "119s", "2m", "2h"]);
  });
});

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
      "1 to update, 1 to create, 1 to prune",
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
      "Comparison error: the repository does not answer",
    ],
    [
      "puts what others set again each time before that it differs",
      app({
        sync: sync("OutOfSync"),
        conditions: [{ type: "ContestedFieldWarning", message: "web: spec.replicas was put back" }],
      }),
      "Contested field warning: web: spec.replicas was put back",
    ],
    [
      "tells what a running sync waits for",
      app({
        sync: sync("OutOfSync"),
        operationState: { operation: {}, phase: "Running", message: "waiting for wave 0", startedAt: "" },
      }),
      "Sync: waiting for wave 0",
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
      "says that it was not looked at yet",
      { ...app(), status: undefined } as unknown as Application,
      "not looked at yet",
    ],
    [
      "tells a warning last",
      app({ conditions: [{ type: "SharedResourceWarning", message: "two own it" }] }),
      "Shared resource warning: two own it",
    ],
  ];
  test.each(cases)("%s", (_, one, want) => {
    expect(why(one)).toBe(want);
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
});

describe("revisionOf() and policyOf()", () => {
  test("show branch and short commit, of each source", () => {
    const two = app({ sync: { ...sync("Synced"), revisions: [COMMIT, "v1.2.0"] } });
    two.spec.sources = [
      { repoURL: "a", targetRevision: "" },
      { repoURL: "b", targetRevision: "v1.2.0" },
    ];
    expect([revisionOf(app()), revisionOf(app(), {}), revisionOf(two)]).toEqual([
      "main@9f2e1aa",
      "main",
      "HEAD@9f2e1aa, v1.2.0",
    ]);
  });
  test("use Argo CD's words for policies", () => {
    const policies = [undefined, {}, { prune: true }, { enabled: false }].map((automated) => ({
      ...app(),
      spec: { ...app().spec, syncPolicy: automated === undefined ? {} : { automated } },
    }));
    expect(policies.map(policyOf)).toEqual(["Manual", "Auto", "Auto-Prune", "Manual"]);
  });
});

test("aboutCommit() names subject, author and time, in one line", () => {
  expect(
    aboutCommit(
      {
        author: "Ana Ruiz <ana@example.com>",
        date: "2026-11-23T04:27:00Z",
        message: "web: bump\x1b\n\nWhy.",
      },
      NOW,
    ),
  ).toBe('  "web: bump�" (Ana Ruiz, 4 min ago)');
  expect(aboutCommit(undefined, NOW)).toBe("");
});

describe("lineDiff()", () => {
  const lines = (text: string) => text.split("");
  const cases: [sentence: string, before: string, after: string, want: string][] = [
    [
      "tells one changed line with its neighbours",
      "abcdefghij",
      "abcdXfghij",
      " …| b| c| d|-e|+X| f| g| h| …",
    ],
    ["keeps what is common in the middle", "abc", "xbz", "-a|+x| b|-c|+z"],
    ["appends", "ab", "abc", " a| b|+c"],
    ["says nothing where nothing differs", "abc", "abc", ""],
    ["joins changes that are near", "a1234b", "A1234B", "-a|+A| 1| 2| 3| 4|-b|+B"],
  ];
  test.each(cases)("%s", (_, before, after, want) => {
    expect(
      lineDiff(lines(before), lines(after))
        .map(({ sign, text }) => sign + text)
        .join("|"),
    ).toBe(want);
  });
  test("shows a very large change as one block in bounded time", () => {
    const before = Array.from({ length: 3_000 }, (_, at) => `old ${at}`),
      after = Array.from({ length: 3_000 }, (_, at) => `new ${at}`);
    expect(lineDiff(before, after)).toHaveLength(6_000);
  });
});

describe("objectDiff()", () => {
  const item = (more: Partial<DiffItem>): DiffItem => ({
    group: "apps",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    version: "v1",
    change: "change",
    hook: false,
    fields: [],
    ...more,
  });
  const predicted = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } };

  test("prints each field with both values and who set the live one", () => {
    const owner = {
      manager: "kubectl-edit",
      operation: "Update",
      time: "2026-11-23T04:29:00Z",
      subresource: "",
    };
    const fields = [
      { path: "spec.replicas", live: 5, desired: 3, owner },
      { path: "spec.template.spec.containers[name=web].args", live: undefined, desired: ["a", "b"] },
      {
        path: "metadata.labels.team",
        live: "x",
        desired: undefined,
        owner: { ...owner, manager: "scaler", subresource: "scale" },
      },
      { path: "data.conf", live: "a\nb\nc", desired: "a\nB\nc" },
    ];
    expect(objectDiff(pipe, item({ fields }), NOW).join("\n")).toBe(`--- live     apps/Deployment shop/web
+++ desired  apps/Deployment shop/web
@@ spec.replicas @@   set by kubectl-edit (Update) 2 min ago
-5
+3
@@ spec.template.spec.containers[name=web].args @@
+- a
+- b
@@ metadata.labels.team @@   set by scaler (Update of scale) 2 min ago
-x
@@ data.conf @@
 a
-b
+B
 c`);
  });
  test("prints the whole of what would be made or pruned", () => {
    expect(objectDiff(pipe, item({ change: "create", predicted }), NOW).join("\n")).toBe(
      "--- live     (is not there)\n+++ desired  apps/Deployment shop/web\n+apiVersion: v1\n+kind: ConfigMap\n+metadata:\n+  name: web",
    );
    expect(objectDiff(pipe, item({ change: "prune", live: predicted }), NOW).slice(0, 3)).toEqual([
      "--- live     apps/Deployment shop/web",
      "+++ desired  (is not in Git: to prune)",
      "-apiVersion: v1",
    ]);
  });
  test("is summed up with the flag that a sync needs to do all of it", () => {
    const summary = (change: DiffItem["change"]) =>
      diffSummary(app({ sync: sync("OutOfSync") }), [item({ change })]);
    expect(summary("prune")).toEndWith("1 to prune. Apply with: holdfast app sync payments/web --prune");
    expect(summary("change")).toEndWith("1 to update. Apply with: holdfast app sync payments/web");
  });
  test("does not take a hook, nor what the cluster did not answer about, for something to create", () => {
    expect([
      actionOf(item({ change: "change" })),
      actionOf(item({ change: "unknown" })),
      actionOf(item({ change: "none" })),
    ]).toEqual(["update", "unknown", "none"]);
    expect(objectDiff(pipe, item({ change: "unknown" }), NOW)).toEqual([
      "=== apps/Deployment shop/web: cannot be compared",
    ]);
  });
});

describe("stillWaits()", () => {
  const service = {
    version: "v1",
    kind: "Service",
    name: "web",
    status: "Synced" as const,
    health: { status: "Progressing" as const, message: "Waiting for a load balancer's address" },
  };
  test("says for what, and not twice what an operation says itself", () => {
    const waiting = app({ sync: sync("Synced"), health: { status: "Progressing" }, resources: [service] });
    expect(stillWaits(waiting)).toBe(
      `sync=Synced health=Progressing "Service web: Waiting for a load balancer's address"`,
    );
    const busy = app({
      sync: sync("Synced"),
      health: { status: "Progressing" },
      resources: [service],
      operationState: {
        operation: {},
        phase: "Running",
        message: "wave 5",
        startedAt: "2026-11-23T04:31:00Z",
      },
    });
    expect(stillWaits(busy)).toBe('operation=Running "wave 5"');
  });
});

describe("the rows of a sync", () => {
  const result = (kind: string, name: string, more: object = {}) => ({
    group: "",
    version: "v1",
    kind,
    namespace: "shop",
    name,
    status: "Synced" as const,
    message: "configured",
    syncPhase: "Sync" as const,
    ...more,
  });
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
    expect(
      details(
        pipe,
        state("Running"),
        { origin: { from: "api" }, pruned: undefined },
        {},
        0,
        "http://x",
      ).slice(-4),
    ).toEqual([
      "  HOOK          PHASE      STATUS        WHY",
      "  Job/migrate   PreSync    ✓ Succeeded",
      "  Job/page      Sync       ✗ Failed      Pod page-x exited with 1",
      "  Job/migrate   PostSync   ◔ Running     since 2026-11-23T04:31:01Z",
    ]);
  });
  test("tell a failed object's reason in full", () => {
    const failed = app({
      operationState: {
        operation: {},
        phase: "Failed",
        message: "m",
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:03Z",
        syncResult: {
          resources: [
            result("Service", "web", { status: "SyncFailed", message: "port 80 is taken. Choose another" }),
          ],
        },
      },
    });
    expect(rowLines(pipe, syncRows(failed))).toEqual([
      "  wave 0   ✗ Service/web   failed   port 80 is taken. Choose another",
    ]);
    expect(endLine(pipe, failed, { runId: 7, url: "https://cd.example" })).toBe(
      "✗ Sync failed in 3s: m · run 7 · https://cd.example/#app-payments-web",
    );
  });
  test("fold many unchanged objects into a number", () => {
    const many = app({
      operationState: {
        operation: {},
        phase: "Succeeded",
        message: "",
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:02Z",
        syncResult: {
          resources: [
            ...Array.from({ length: 40 }, (_, at) => result("ConfigMap", `c${at}`, { message: "unchanged" })),
            result("Service", "web"),
          ],
        },
      },
    });
    expect(rowLines(pipe, syncRows(many))).toEqual([
      "  wave 0   ✓ Service/web   configured",
      "  … and 40 unchanged",
    ]);
    expect(endLine(pipe, many, { runId: undefined, url: "http://127.0.0.1:8080" })).toBe(
      "✓ Synced and healthy in 2s · 1 configured, 40 unchanged, 0 pruned · http://127.0.0.1:8080/#app-payments-web",
    );
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
  test("say what a dry run is, and what still runs", () => {
    const dry = app({
      operationState: {
        operation: { sync: { dryRun: true } },
        phase: "Succeeded",
        message: "",
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:00Z",
      },
    });
    expect(endLine(pipe, dry, { runId: 1, url: "u" })).toBe(
      "✓ Dry run passed in 0s · nothing was written · run 1 · u/#app-payments-web",
    );
    expect(endLine(pipe, running, { runId: 1, url: "u" })).toBe("◔ Still running: waiting for wave 5");
  });

  const ended = (phase: "Succeeded" | "Failed", message: string, sync: object, results: object[]) =>
    app({
      operationState: {
        operation: { sync },
        phase,
        message,
        startedAt: "2026-11-23T04:31:00Z",
        finishedAt: "2026-11-23T04:31:00Z",
        syncResult: { resources: results as ReturnType<typeof result>[] },
      },
    });
  const lines = (shown: Application) => [
    ...rowLines(pipe, syncRows(shown)),
    endLine(pipe, shown, { runId: undefined, url: "u" }),
  ];

  test("count what a selective sync chose and found as it should be, and nothing else", () => {
    const chosen = (resources: object[]) =>
      endLine(
        pipe,
        app({
          sync: sync("Synced"),
          resources: ["a", "b"].map((name) => ({
            version: "v1",
            kind: "ConfigMap",
            namespace: "shop",
            name,
            status: "Synced" as const,
          })),
          operationState: {
            operation: { sync: { resources: resources as never } },
            phase: "Succeeded",
            message: "",
            startedAt: "2026-11-23T04:31:00Z",
            finishedAt: "2026-11-23T04:31:00Z",
          },
        }),
        { runId: undefined, url: "u" },
      );
    expect(chosen([{ group: "", kind: "ConfigMap", name: "a" }])).toContain("0 configured, 1 unchanged");
    expect(chosen([{ group: "", kind: "ConfigMap", name: "a", exclude: true }])).toContain("1 unchanged");
    expect(chosen([{ group: "", kind: "*", name: "*" }])).toContain("2 unchanged");
    expect(chosen([{ group: "apps", kind: "Deployment", name: "a" }])).toContain("0 unchanged");
  });
  test("of a dry run tell what was asked from what was not", () => {
    const message = "dry run: not asked. The namespace shop is not there yet";
    expect(
      lines(
        ended("Succeeded", "dry run: 1 would pass, 1 could not be asked yet", { dryRun: true }, [
          result("ClusterRole", "web", { namespace: "", message: "dry run: would pass" }),
          result("ConfigMap", "web", { status: undefined, message }),
        ]),
      ),
    ).toEqual([
      "  wave 0   ✓ ClusterRole/web   dry run: would pass",
      "           ? ConfigMap/web     dry run: not asked    The namespace shop is not there yet",
      "✓ Dry run in 0s: 1 would pass, 1 could not be asked yet · nothing was written · u/#app-payments-web",
    ]);
    expect(endLine(pipe, ended("Failed", "why", { dryRun: true }, []), { runId: undefined, url: "u" })).toBe(
      "✗ Dry run failed in 0s: why · u/#app-payments-web",
    );
  });
  test("call an object pruned that was seen gone, and no other", () => {
    const held = "deletion asked for. ConfigMap shop/b is held by the finalizer example.com/hold";
    const shown = lines(
      ended("Succeeded", "", { prune: true }, [
        result("ConfigMap", "a", { status: "Pruned", hookPhase: "Succeeded", message: "pruned" }),
        result("ConfigMap", "b", { status: "Pruned", hookPhase: "Running", message: held }),
      ]),
    );
    expect(shown.slice(0, 2)).toEqual([
      "  wave 0   ✓ ConfigMap/a   pruned",
      "           ◔ ConfigMap/b   deletion asked for   ConfigMap shop/b is held by the finalizer example.com/hold",
    ]);
    expect(shown[2]).toContain("1 pruned, 1 being deleted");
  });
  test("say first what a guard kept, and not what a mark keeps", () => {
    const kept = (hookPhase: string) =>
      ended("Succeeded", "", { prune: true }, [
        result("ConfigMap", "a", { status: "PruneSkipped", hookPhase, message: "it stays" }),
      ]);
    expect(lines(kept("Failed"))[1]).toBe(
      "✗ Applied, but 1 object was not pruned in 0s · 0 configured, 0 unchanged, 0 pruned, 1 not pruned · u/#app-payments-web",
    );
    expect(lines(kept("Succeeded"))[1]).toStartWith("✓ Synced and healthy in 0s");
  });
  test("tell a refusal once", () => {
    const refusal = "spec.clusterIP: Invalid value: field is immutable. Force=true makes it anew";
    expect(
      lines(
        ended(
          "Failed",
          `nothing was written, because the API server refuses Service shop/web (a.yaml:1): ${refusal}`,
          {},
          [result("Service", "web", { status: "SyncFailed", message: refusal })],
        ),
      ),
    ).toEqual([
      `  wave 0   ✗ Service/web   failed   ${refusal}`,
      "✗ Sync failed in 0s: nothing was written, because the API server refuses Service shop/web (a.yaml:1) · u/#app-payments-web",
    ]);
  });
});

describe("a deletion", () => {
  const object = { group: "", version: "v1", kind: "ConfigMap", namespace: "shop" };
  const job = { group: "batch", version: "v1", kind: "Job", namespace: "shop", message: "" };
  function going(phase: "Running" | "Failed", message: string, condition?: string): Application {
    const shown = app({
      resources: [
        { ...object, name: "first", syncWave: -1, status: "Synced" },
        { ...object, name: "last", syncWave: 3, status: "OutOfSync" },
      ],
      operationState: {
        operation: { info: [{ name: "deletion", value: "foreground" }] },
        phase,
        message,
        startedAt: "2026-01-01T10:00:00Z",
        syncResult: {
          resources: [
            { ...job, name: "backup", syncPhase: "PreDelete", hookType: "PreDelete", hookPhase: "Succeeded" },
            {
              ...object,
              name: "last",
              syncPhase: "Sync",
              status: "Pruned",
              hookPhase: "Running",
              message: "deletion asked for at T",
            },
            { ...object, name: "first", syncPhase: "Sync", message: "waits for its turn" },
            {
              ...object,
              name: "kept",
              syncPhase: "Sync",
              status: "PruneSkipped",
              hookPhase: "Succeeded",
              message: "it is to stay",
            },
            {
              ...job,
              name: "backup",
              syncPhase: "Sync",
              status: "Pruned",
              hookPhase: "Succeeded",
              message: "deleted",
            },
          ],
        },
      },
      ...(condition === undefined ? {} : { conditions: [{ type: "DeletionError", message: condition }] }),
    });
    return { ...shown, metadata: { ...shown.metadata, deletionTimestamp: "2026-01-01T10:00:00Z" } };
  }

  test("has a row for each hook and each object, from the last wave to the first", () => {
    expect(
      syncRows(going("Running", "")).map(({ lane, name, state, done }) => [lane, name, state, done]),
    ).toEqual([
      ["PreDelete", "Job/backup", "Synced", "completed"],
      ["wave 3", "ConfigMap/last", "Going", "deletion asked for at T"],
      ["wave 0", "ConfigMap/kept", "PruneSkipped", "stays"],
      ["wave 0", "Job/backup", "Pruned", "deleted"],
      ["wave -1", "ConfigMap/first", "Waiting", "waiting"],
    ]);
  });

  test("says what it waits for, and what holds it up", () => {
    const waits = going("Running", "waiting for deletion of ConfigMap shop/last");
    expect(why(waits)).toBe("Deletion: waiting for deletion of ConfigMap shop/last");
    expect(headlineOf(going("Running", "has begun", "the cluster is gone"))).toBe(
      'operation=Running "has begun" "the cluster is gone"',
    );
    expect(why(going("Failed", "a hook failed", "a hook failed. Try again"))).toBe(
      "Deletion error: a hook failed. Try again",
    );
  });
});
