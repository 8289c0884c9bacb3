import { describe, expect, test } from "bun:test";
import type { Application, ResourceStatus } from "../../core/model/application.ts";
import { changesOf } from "./app-words.ts";
import { syncRows } from "./sync-rows.ts";
import { endLine, rowLines } from "./sync-summary.ts";
import { app, pipe, result, sync } from "./testdata/shown-app.ts";

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

describe("rows and last line of a sync that has ended", () => {
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
      "✗ Sync failed in 3s: m · run 7 · https://cd.example/applications/payments/web",
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
      "✓ Synced and healthy in 2s · 1 configured, 40 unchanged, 0 pruned · http://127.0.0.1:8080/applications/payments/web",
    );
  });
  test("say once what a guard says of several, and once what to do about it", () => {
    const all =
      "2 of 3 objects would be deleted. None was. To let it happen once: holdfast app sync a/b --confirm 2";
    const ask = "Approve: holdfast app sync a/b --prune --confirm COUNT";
    const skipped = (name: string, message: string) =>
      result("ConfigMap", name, { status: "PruneSkipped", hookPhase: "Failed", message });
    const blocked = ended("Succeeded", "", {}, [
      skipped("a", all),
      skipped("b", all),
      skipped("c", `ConfigMap c waits. ${ask}`),
      skipped("d", `ConfigMap d waits. ${ask}`),
    ]);
    expect(syncRows(blocked).map(({ detail }) => detail)[1]).toBe(all);
    expect(rowLines(pipe, syncRows(blocked)).map((line) => line.split("not pruned")[1]?.trim())).toEqual([
      all,
      "as ConfigMap/a",
      `ConfigMap c waits. ${ask}`,
      "ConfigMap d waits.",
    ]);
  });
  test("of a dry run say that nothing was written", () => {
    const dry = ended("Succeeded", "", { dryRun: true }, []);
    expect(endLine(pipe, dry, { runId: 1, url: "u" })).toBe(
      "✓ Dry run passed in 0s · nothing was written · run 1 · u/applications/payments/web",
    );
  });
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
      "✓ Dry run in 0s: 1 would pass, 1 could not be asked yet · nothing was written · u/applications/payments/web",
    ]);
    expect(endLine(pipe, ended("Failed", "why", { dryRun: true }, []), { runId: undefined, url: "u" })).toBe(
      "✗ Dry run failed in 0s: why · u/applications/payments/web",
    );
  });
  test("say of a sync that wrote nothing, because all is another application's, that nothing was applied", () => {
    const owned = ended("Succeeded", "successfully synced", {}, []);
    const status = {
      ...owned.status,
      sync: sync("OutOfSync"),
      conditions: [
        {
          type: "SharedResourceWarning" as const,
          message: "apps/Deployment shop/web is application argocd/paper's",
        },
      ],
    };
    const end = endLine(pipe, app(status as Application["status"]), { runId: undefined, url: "u" });
    expect(end).toStartWith("! Nothing was applied, OutOfSync (");
    const some = { ...owned.status?.operationState, syncResult: { resources: [result("ConfigMap", "a")] } };
    const wrote = app({ ...status, operationState: some } as Application["status"]);
    expect(endLine(pipe, wrote, { runId: undefined, url: "u" })).toStartWith("✓ Applied, OutOfSync");
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
      "✗ Applied, but 1 object was not pruned in 0s · 0 configured, 0 unchanged, 0 pruned, 1 not pruned · u/applications/payments/web",
    );
    expect(lines(kept("Succeeded"))[1]).toStartWith("✓ Synced and healthy in 0s");
  });
  test("say whose an object is that is left to another application", () => {
    const message =
      "ConfigMap shop/common belongs to application till; it is neither applied nor pruned here";
    const shown = ended("Succeeded", "", {}, []);
    const conditions = [{ type: "SharedResourceWarning" as const, message, lastTransitionTime: "" }];
    const left = app({ ...shown.status, sync: sync("OutOfSync"), conditions });
    expect(lines(left).at(-1)).toStartWith(`! Nothing was applied, OutOfSync (${message}) in 0s`);
  });
  test("say that what Git wants is on its way out, and what holds it", () => {
    const message =
      "ConfigMap shop/held was asked to go at 2026-01-01T10:00:00Z and is held by the finalizer x";
    const resources: ResourceStatus[] = [
      {
        version: "v1",
        kind: "ConfigMap",
        name: "held",
        status: "OutOfSync",
        leavingSince: "2026-01-01T10:00:00Z",
      },
    ];
    const conditions = [{ type: "DeletionHeldWarning" as const, message, lastTransitionTime: "" }];
    const { status } = ended("Succeeded", "", {}, []);
    const left = app({ ...status, sync: sync("OutOfSync"), conditions, resources });
    expect(lines(left).at(-1)).toStartWith(`! Nothing was applied, OutOfSync (${message}) in 0s`);
    // It is made again when it is gone.
    expect(changesOf(left)).toBe("1 to create");
  });
  test("name what cannot be written in a whole sentence, though the row has said why", () => {
    const why = "it belongs to application till, and FailOnSharedResource=true stops a sync for that";
    const failed = ended("Failed", `nothing was written, because of ConfigMap shop/common: ${why}`, {}, [
      result("ConfigMap", "common", { status: "SyncFailed", message: why }),
    ]);
    expect(lines(failed)).toEqual([
      `  wave 0   ✗ ConfigMap/common   failed   ${why}`,
      "✗ Sync failed in 0s: nothing was written, because of ConfigMap shop/common · u/applications/payments/web",
    ]);
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
      "✗ Sync failed in 0s: nothing was written, because the API server refuses Service shop/web (a.yaml:1) · u/applications/payments/web",
    ]);
  });
});
