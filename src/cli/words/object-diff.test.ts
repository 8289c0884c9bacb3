import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { diffSummary } from "../commands/app-diff.ts";
import { actionOf, type DiffItem, objectDiff } from "./object-diff.ts";
import { app, NOW, pipe, sync } from "./testdata/shown-app.ts";

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
      {
        ...{ path: "data.conf", live: "a\nb\nc", desired: "a\nB\nc" },
        // As we left it: that is no news.
        owner: { ...owner, manager: "holdfast", operation: "Apply" },
      },
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
    // What its server keeps for itself, and its status, is nothing that Git would have.
    const own = { uid: "u", resourceVersion: "7", generation: 2, creationTimestamp: "2026-11-23T02:00:00Z" };
    const live = {
      ...predicted,
      metadata: { ...predicted.metadata, ...own, managedFields: [] },
      status: { replicas: 1 },
    } as KubeObject;
    expect(objectDiff(pipe, item({ change: "prune", live }), NOW)).toEqual([
      "--- live     apps/Deployment shop/web",
      "+++ desired  (is not in Git: to prune)",
      ...["-apiVersion: v1", "-kind: ConfigMap", "-metadata:", "-  name: web"],
    ]);
  });
  test("is summed up with a sync that deletes nothing that nobody asked to delete", () => {
    const automated = { prune: true };
    const summary = (
      changes: readonly DiffItem["change"][],
      more: Parameters<typeof diffSummary>[2] = {},
      policy: { prune: boolean } | undefined = undefined,
    ) => {
      const shown = app({ sync: sync("OutOfSync") });
      const spec = { ...shown.spec, ...(policy === undefined ? {} : { syncPolicy: { automated: policy } }) };
      return diffSummary(
        { ...shown, spec },
        changes.map((change) => item({ change })),
        more,
      );
    };
    const [plain, pruning] = ["holdfast app sync payments/web", "holdfast app sync payments/web --prune"];
    expect(summary(["change"])).toEndWith(`1 to update. Apply with: ${plain}`);
    expect(summary(["change", "prune"])).toEndWith(
      `1 to update, 1 to prune, which is off without --prune. Apply with: ${plain}`,
    );
    expect(summary(["change", "prune"], { prune: "asked" })).toEndWith(
      `1 to update, 1 to prune. Apply with: ${pruning}`,
    );
    expect(summary(["change", "prune"], {}, automated)).toEndWith(
      `1 to update, 1 to prune. Apply with: ${pruning}`,
    );
    expect(summary(["change"], {}, automated)).toEndWith(`1 to update. Apply with: ${plain}`);
    expect(summary(["prune"])).toEndWith(`1 to prune, which is off. Prune with: ${pruning}`);
  });
  test("names the hooks that a sync runs, the first of many", () => {
    const hook = (name: string) => ({ ...item({}), kind: "Job", name, phase: "PostSync" });
    const summary = (names: string[]) =>
      diffSummary(app({ sync: sync("OutOfSync") }), [item({ change: "change" })], {
        runs: names.map(hook),
      });
    expect(summary(["smoke"])).toContain(
      "1 to update. A sync runs the hook Job/smoke (PostSync). Apply with",
    );
    expect(summary(["a", "b", "c", "d", "e", "f", "g"])).toContain("Job/e (PostSync) and 2 more. Apply with");
  });
  test("says no sync where it is OutOfSync for another reason than a field", () => {
    const message = "ConfigMap shop/common belongs to application web; it is neither applied nor pruned here";
    const conditions = [{ type: "SharedResourceWarning" as const, message, lastTransitionTime: "" }];
    expect(diffSummary(app({ sync: sync("OutOfSync"), conditions }), [])).toBe(
      `No field differs, and payments/web is OutOfSync all the same: ${message}.`,
    );
    expect(diffSummary(app({ sync: sync("Synced") }), [])).toStartWith("No differences. web is in sync with");
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
