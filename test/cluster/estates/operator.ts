import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate, startController } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  results,
  type Shown,
  type Stage,
  yaml,
} from "../../lib/stage.ts";

const CACHES = "/apis/estates.example.com/v1/namespaces/caches/caches";
const CACHE = `${CACHES}/sessions`;
const OPERATOR = "/apis/apps/v1/namespaces/caches/deployments/cache-operator";
const FINALIZER = "estates.example.com/cleanup";

/**
 * As operators do: works only while its Deployment does, holds what it made by a finalizer, fills in what Git leaves
 * open, and reports the generation that it has seen.
 */
function startOperator(stage: Stage) {
  return startController(stage, CACHES, async ({ metadata, spec, status }) => {
    const operator = await stage.find(OPERATOR);
    if ((operator?.status?.readyReplicas ?? 0) === 0 || operator?.metadata.deletionTimestamp !== undefined)
      return;
    const path = `${CACHES}/${metadata.name}`;
    const by = "fieldManager=cache-operator";
    if (metadata.deletionTimestamp !== undefined) {
      if (metadata.finalizers?.includes(FINALIZER))
        await stage.must("PATCH", `${path}?${by}`, { metadata: { finalizers: null } }, MERGE);
      return;
    }
    if (!metadata.finalizers?.includes(FINALIZER) || spec.version === undefined)
      await stage.must(
        "PATCH",
        `${path}?${by}`,
        {
          metadata: { finalizers: [FINALIZER], labels: { "estates.example.com/shard": "7" } },
          spec: { version: "7.2" },
        },
        MERGE,
      );
    else if (status?.observedGeneration !== metadata.generation) {
      const condition = { type: "Ready", status: "True", reason: "Running", message: `${spec.size} members` };
      const seen = { observedGeneration: metadata.generation, conditions: [condition] };
      await stage.must("PATCH", `${path}/status?${by}`, { status: seen }, MERGE);
    }
  });
}

export function operatorEstate(stage: () => Stage): void {
  test("an operator with its definitions and custom resources: one sync, its defaults and status are no drift, a definition grows with its object, and the object goes before its operator", async () => {
    const { must, find, daemon } = stage();
    const controller = startOperator(stage());
    try {
      const app = await placeEstate(stage(), "operator", { makeNamespace: "none" });
      const first = await app.untilSettled();
      expect(first.status.operationState.phase).toBe("Succeeded");
      // Settled means that the operator has seen it: its own verdict is the application's.
      await eventually(
        "the operator is through",
        async () => (await must("GET", CACHE)).status?.observedGeneration,
      );
      expect((await must("GET", CACHE)).spec).toEqual({
        size: 3,
        memory: "1024Mi",
        version: "7.2",
        eviction: { policy: "lru" },
      });
      await app.untilSettled();
      await staysSynced(stage(), app);
      const tree = await daemon.cli("app", "tree", "caches");
      expect(tree.stdout).toContain("Cache/sessions");
      const shown = await daemon.cli("app", "get", "caches");
      expect(shown.stdout).toMatch(/Synced/);

      // A new field comes with the definition that knows it, in one commit.
      await app.rewrite({
        "definitions.yaml": [
          "size: { type: integer, minimum: 1 }",
          "size: { type: integer, minimum: 1 }\n                tier: { type: string, enum: [hot, warm] }",
        ],
        "cache.yaml": ["size: 3", "size: 3\n  tier: warm"],
      });
      await eventually("its object has it", async () => (await must("GET", CACHE)).spec.tier === "warm");
      await app.untilSettled();
      expect(conditions(await app.get(), "ManifestWarning")).toEqual([]);
      await staysSynced(stage(), app);

      // What the definition does not take stops the sync, and the sentence is the server's.
      await app.rewrite({ "cache.yaml": ["tier: warm", "tier: cold"] });
      const refused = await app.until((now) => /"cold"/.test(now.status?.operationState?.message ?? ""));
      expect(refused.status.operationState.message).toMatch(
        /nothing was written, .*Cache caches\/sessions .*spec\.tier: Unsupported value: "cold"/,
      );
      await app.rewrite({ "cache.yaml": ["tier: cold", "tier: hot"] });
      await app.untilSettled();

      // Both leave in one commit: the operator stays until it has taken its finalizer away.
      await app.commit({ "cache.yaml": null, "operator.yaml": null });
      await eventually("both are gone", async () => !(await find(CACHE)) && !(await find(OPERATOR)));
      const gone = stage()
        .writes("caches")
        .filter(({ verb, name }) => verb === "delete" && (name === "sessions" || name === "cache-operator"))
        .map(({ resource }) => resource);
      expect(gone.slice(0, 1)).toEqual(["caches.estates.example.com"]);
      await app.until((now) => isSynced(now) && isQuiet(now));
      await staysSynced(stage(), app);
    } finally {
      await controller.stop();
    }
  });

  test("an operator that brings its definition itself: refused with the option's name, and with SkipDryRunOnMissingResource it is waited for", async () => {
    const { must, find } = stage();
    const gauge = (annotations: Record<string, string>) => ({
      apiVersion: "later.estates.example.com/v1",
      kind: "Gauge",
      metadata: { name: "one", annotations: { "argocd.argoproj.io/sync-wave": "1", ...annotations } },
      spec: { note: "fine" },
    });
    const namespace = "late-kind";
    const app = await stage().place({
      name: namespace,
      files: { "operator.yaml": yaml(configMap(namespace, "operator")), "gauge.yaml": yaml(gauge({})) },
      spec: {
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: -1, backoff: { duration: "1s", maxDuration: "1s" } },
        },
      },
    });
    const refused = await app.until((now) => conditions(now, "ComparisonError").length > 0);
    expect(conditions(refused, "ComparisonError")[0]).toMatch(
      /does not know the kind later\.estates\.example\.com\/v1 Gauge.*SkipDryRunOnMissingResource=true/,
    );
    expect(await find(configMapPath(namespace, "operator"))).toBeUndefined();

    await app.commit({
      "gauge.yaml": yaml(gauge({ "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true" })),
    });
    await eventually("what runs the operator is there", () => find(configMapPath(namespace, "operator")));
    const waiting = await app.until((now) =>
      /does not know the kind/.test(now.status?.operationState?.message ?? ""),
    );
    expect(results(waiting)["ConfigMap/operator"]).toMatchObject({ status: "Synced" });
    await must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd({ group: "later.estates.example.com", kind: "Gauge", plural: "gauges" }),
    );
    await app.until(
      (now) => isSynced(now) && isQuiet(now) && now.status?.operationState?.phase === "Succeeded",
    );
    const made: Shown = await must(
      "GET",
      `/apis/later.estates.example.com/v1/namespaces/${namespace}/gauges/one`,
    );
    expect(made.spec).toEqual({ note: "fine", size: 3 });
    await staysSynced(stage(), app);
  });
}
