/** Every sync option and annotation of Argo CD's that says how an object is compared or written: what each does on a real API server. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment } from "../lib/manifests.ts";
import {
  APPLY,
  conditions,
  hasFailed,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  results,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const OPTIONS = "argocd.argoproj.io/sync-options",
  WAVE = "argocd.argoproj.io/sync-wave",
  APPROVED = "argocd.argoproj.io/deletion-approved",
  FINALIZER = "resources-finalizer.argocd.argoproj.io";

const marked = (object: KubeObject, annotations: Record<string, string>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
});
const withOptions = (object: KubeObject, options: string): KubeObject =>
  marked(object, { [OPTIONS]: options });

/** An application that nothing but a person syncs, with these options of its own. */
async function manual(
  name: string,
  objects: Record<string, KubeObject>,
  options: string[] = [],
  more: Partial<Parameters<Stage["place"]>[0]> = {},
): Promise<Placed> {
  const files = Object.fromEntries(Object.entries(objects).map(([file, object]) => [file, yaml(object)]));
  const app = await stage.place({ name, files, spec: { syncPolicy: { syncOptions: options } }, ...more });
  await app.until((seen) => seen.status?.sync !== undefined);
  return app;
}

async function synced(...args: Parameters<typeof manual>): Promise<Placed> {
  const app = await manual(...args);
  expect((await app.sync()).message).toContain("success");
  return app;
}

const mapWithTypo = (namespace: string, name: string, options?: string): KubeObject => {
  const object = { ...configMap(namespace, name), dta: { key: "value" } };
  return options === undefined ? object : withOptions(object, options);
};
const written = (namespace: string): string[] =>
  stage.writes(namespace).map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
const deploymentPath = (namespace: string, name = "web"): string =>
  `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
const managers = async (path: string): Promise<string[]> =>
  ((await stage.must("GET", path)).metadata.managedFields ?? []).map(
    ({ manager, operation }) => `${manager} ${operation}`,
  );

describe("Validate", () => {
  test("=true on one object refuses what is repaired in the others, before the first write", async () => {
    const name = "validate-true";
    const app = await manual(name, {
      "a.yaml": mapWithTypo(name, "a", "Validate=true"),
      "b.yaml": mapWithTypo(name, "b"),
    });
    const state = await app.sync();
    expect([state.phase, state.message]).toEqual(["Failed", expect.stringMatching(/\/a.*dta/)]);
    expect(written(name)).toEqual([]);
  });

  test("=false on one object repairs it where its application refuses", async () => {
    const name = "validate-false";
    const app = await manual(
      name,
      { "a.yaml": mapWithTypo(name, "a", "Validate=false"), "b.yaml": configMap(name, "b") },
      ["Validate=true"],
    );
    expect((await app.sync()).phase).toBe("Succeeded");
    await app.commit({ "b.yaml": yaml(mapWithTypo(name, "b")) });
    expect((await app.sync()).message).toMatch(/\/b.*dta/);
  });
});

describe("how an object is written", () => {
  test("ServerSideApply=true and =false are the same: an apply under our name, without kubectl's annotation", async () => {
    const name = "server-side";
    await synced(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "b.yaml": withOptions(configMap(name, "b"), "ServerSideApply=false"),
      },
      ["ServerSideApply=true"],
    );
    for (const one of ["a", "b"]) {
      expect(await managers(configMapPath(name, one))).toEqual(["holdfast Apply"]);
      const { annotations } = (await stage.must("GET", configMapPath(name, one))).metadata;
      expect(Object.keys(annotations ?? {})).not.toContain(
        "kubectl.kubernetes.io/last-applied-configuration",
      );
    }
  });

  test("Replace=true of the application is a PUT, and Replace=false on an object takes it out of it", async () => {
    const name = "replace-all";
    const app = await synced(
      name,
      { "a.yaml": configMap(name, "a"), "b.yaml": withOptions(configMap(name, "b"), "Replace=false") },
      ["Replace=true"],
    );
    const before = written(name).length;
    await app.commit({
      "a.yaml": yaml(configMap(name, "a", { key: "new" })),
      "b.yaml": yaml(withOptions(configMap(name, "b", { key: "new" }), "Replace=false")),
    });
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(written(name).slice(before).sort()).toEqual(["patch configmaps b", "update configmaps a"]);
  });

  test("Force=true makes anew what cannot be changed, on the object; on the application it is a warning", async () => {
    const name = "force";
    const immutable = (value: string, options?: string): KubeObject => {
      const object = { ...configMap(name, "a", { key: value }), immutable: true };
      return options === undefined ? object : withOptions(object, options);
    };
    const app = await synced(name, { "a.yaml": immutable("one") }, ["Force=true"]);
    expect(conditions(await app.get(), "ManifestWarning").join()).toContain(
      `the option "Force=true" has no effect here. Write it into the annotation ${OPTIONS} of the object`,
    );
    await app.commit({ "a.yaml": yaml(immutable("two")) });
    expect((await app.sync()).phase).toBe("Failed");
    await app.commit({ "a.yaml": yaml(immutable("two", "Force=true")) });
    expect((await app.sync()).phase).toBe("Succeeded");
    expect((await stage.must("GET", configMapPath(name, "a"))).data).toEqual({ key: "two" });
  });

  test("ApplyOutOfSyncOnly=true writes what differs and nothing else", async () => {
    const name = "out-of-sync-only";
    const app = await synced(name, { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") }, [
      "ApplyOutOfSyncOnly=true",
    ]);
    const before = written(name).length;
    // Nobody owns its fields any more: without the option it would be applied again.
    await stage.must("PATCH", configMapPath(name, "b"), { metadata: { managedFields: [{}] } }, MERGE);
    await app.commit({ "a.yaml": yaml(configMap(name, "a", { key: "new" })) });
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(written(name).slice(before)).toEqual(["patch configmaps a"]);
  });

  test("RespectIgnoreDifferences is always on: a sync leaves an ignored field as somebody set it", async () => {
    const name = "respect";
    const web = (image: string): KubeObject =>
      deployment({ namespace: name, name: "web", image, replicas: 1 });
    const app = await manual(name, { "web.yaml": web("web:1") });
    await app.edit(({ spec }) => {
      spec.ignoreDifferences = [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }];
    });
    expect((await app.sync()).phase).toBe("Succeeded");
    await stage.must("PATCH", deploymentPath(name), { spec: { replicas: 3 } }, MERGE);
    expect(isSynced(await app.refresh())).toBe(true);
    await app.commit({ "web.yaml": yaml(web("web:2")) });
    expect((await app.sync()).phase).toBe("Succeeded");
    const { spec } = await stage.must("GET", deploymentPath(name));
    expect([spec.replicas, spec.template.spec.containers[0].image]).toEqual([3, "web:2"]);
  });

  test("ClientSideApplyMigration=false leaves kubectl's claims, and a manager that the application names gives up its own", async () => {
    const name = "migration";
    for (const [one, manager] of [
      ["kubectl", "kubectl-client-side-apply"],
      ["named", "deployer"],
    ] as const)
      await stage.must(
        "POST",
        `/api/v1/namespaces/${name}-${one}/configmaps?fieldManager=${manager}`,
        await (async () => {
          await stage.makeNamespace(`${name}-${one}`);
          return configMap(`${name}-${one}`, "a", { key: "value", left: "over" });
        })(),
      );
    await synced(`${name}-kubectl`, { "a.yaml": configMap(`${name}-kubectl`, "a") }, [
      "ClientSideApplyMigration=false",
    ]);
    expect((await managers(configMapPath(`${name}-kubectl`, "a"))).sort()).toEqual([
      "holdfast Apply",
      "kubectl-client-side-apply Update",
    ]);
    await synced(`${name}-named`, { "a.yaml": configMap(`${name}-named`, "a") }, [], {
      metadata: { annotations: { "argocd.argoproj.io/client-side-apply-migration-manager": "deployer" } },
    });
    expect(await managers(configMapPath(`${name}-named`, "a"))).toEqual(["holdfast Apply"]);
    expect((await stage.must("GET", configMapPath(`${name}-named`, "a"))).data).toEqual({ key: "value" });
  });
});

describe("what may be written", () => {
  test("FailOnSharedResource=true stops before the first write; without it the rest is applied", async () => {
    const owner = "shared-owner",
      name = "shared-other";
    await synced(owner, { "a.yaml": configMap(owner, "shared") });
    const app = await manual(
      name,
      { "a.yaml": configMap(owner, "shared"), "b.yaml": configMap(name, "own") },
      ["FailOnSharedResource=true"],
    );
    const state = await app.sync();
    expect([state.phase, state.message]).toEqual([
      "Failed",
      expect.stringContaining(`because of ConfigMap ${owner}/shared: it belongs to application ${owner},`),
    ]);
    expect(written(name)).toEqual([]);
    await app.edit(({ spec }) => void (spec.syncPolicy = {}));
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(await stage.find(configMapPath(name, "own"))).toBeDefined();
  });

  test("SkipDryRunOnMissingResource=true lets a kind come later; without it nothing is written", async () => {
    const name = "skip-dry-run";
    const late = (options?: string): KubeObject => {
      const object = {
        apiVersion: "late.example.com/v1",
        kind: "Late",
        metadata: { name: "it", namespace: name },
      };
      return options === undefined ? object : withOptions(object, options);
    };
    const app = await manual(name, { "a.yaml": configMap(name, "a"), "late.yaml": late() });
    expect((await app.sync()).message).toContain("does not know the kind late.example.com/v1 Late");
    expect(written(name)).toEqual([]);
    await app.commit({ "late.yaml": yaml(late("SkipDryRunOnMissingResource=true")) });
    const state = await app.sync();
    expect([state.phase, results(await app.get())["ConfigMap/a"]?.status]).toEqual(["Failed", "Synced"]);
    await stage.must(
      "POST",
      "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      crd({ group: "late.example.com", kind: "Late", plural: "lates" }),
    );
    // It is OutOfSync before and after: that the daemon has heard of the kind shows in the sync alone.
    await eventually("the kind is known and delivered", async () => (await app.sync()).phase === "Succeeded");
    expect(await stage.find(`/apis/late.example.com/v1/namespaces/${name}/lates/it`)).toBeDefined();
  });
});

describe("what is deleted", () => {
  test("Prune=false stays and leaves it Synced, Prune=confirm waits for the annotation, Prune=true goes", async () => {
    const name = "prune-marks";
    const app = await synced(name, {
      "never.yaml": withOptions(configMap(name, "never"), "Prune=false"),
      "asks.yaml": withOptions(configMap(name, "asks"), "Prune=confirm"),
      "goes.yaml": configMap(name, "goes"),
      "kept.yaml": configMap(name, "kept"),
    });
    await app.commit({ "never.yaml": null, "asks.yaml": null, "goes.yaml": null });
    await app.sync({ prune: true });
    const there = async (one: string): Promise<boolean> =>
      (await stage.find(configMapPath(name, one))) !== undefined;
    expect(await Promise.all(["never", "asks", "goes"].map(there))).toEqual([true, true, false]);
    const [asks] = ((await app.get()).status.resources as Shown[]).filter((one) => one.name === "asks");
    expect(asks?.requiresDeletionConfirmation).toBe(true);
    const now = new Date(Date.now() + 1_000).toISOString();
    await app.edit(({ metadata }) => void (metadata.annotations = { [APPROVED]: now }));
    await app.sync({ prune: true });
    expect(await Promise.all(["never", "asks"].map(there))).toEqual([true, false]);
    await app.until(isSynced);
  });

  test("PruneLast=true deletes when everything else is healthy, also what need not be written", async () => {
    const name = "prune-last";
    // No node has that label: its Pod waits for one, and is neither healthy nor broken.
    const web = deployment({ namespace: name, name: "web", pod: { nodeSelector: { nowhere: "yes" } } });
    const app = await synced(
      name,
      {
        "old.yaml": configMap(name, "old"),
        "a.yaml": configMap(name, "a"),
        "web.yaml": marked(web, { [WAVE]: "5" }),
      },
      ["PruneLast=true"],
    );
    await app.commit({ "old.yaml": null, "a.yaml": yaml(configMap(name, "a", { key: "new" })) });
    await stage.daemon.api(`/api/v1/applications/${name}/sync`, {
      method: "POST",
      body: JSON.stringify({ prune: true }),
    });
    await app.until((seen) => /waiting for .*web/.test(seen.status.operationState?.message ?? ""));
    expect((await stage.must("GET", configMapPath(name, "a"))).data).toEqual({ key: "new" });
    expect(await stage.find(configMapPath(name, "old"))).toBeDefined();
    const mended = { spec: { template: { spec: { nodeSelector: null } } } };
    await stage.must("PATCH", deploymentPath(name), mended, MERGE);
    await app.until((seen) => isQuiet(seen) && seen.status.operationState.phase === "Succeeded");
    expect(await stage.find(configMapPath(name, "old"))).toBeUndefined();
  });

  test.each<{ policy: string; left: boolean }>([
    { policy: "foreground", left: false },
    { policy: "background", left: false },
    { policy: "orphan", left: true },
  ])(
    "PrunePropagationPolicy=$policy: what a Deployment owns is left behind: $left",
    async ({ policy, left }) => {
      const name = `propagation-${policy}`;
      const app = await synced(
        name,
        { "web.yaml": deployment({ namespace: name, name: "web" }), "kept.yaml": configMap(name, "kept") },
        [`PrunePropagationPolicy=${policy}`],
      );
      const replicaSets = async (): Promise<Shown[]> =>
        ((await stage.must("GET", `/apis/apps/v1/namespaces/${name}/replicasets`))["items"] as Shown[]) ?? [];
      await eventually("its ReplicaSet is there", async () => (await replicaSets()).length === 1);
      await app.commit({ "web.yaml": null });
      expect((await app.sync({ prune: true })).phase).toBe("Succeeded");
      await eventually("it is gone", async () => (await stage.find(deploymentPath(name))) === undefined);
      await eventually("the rest is as the policy says", async () => {
        const sets = await replicaSets();
        return left
          ? sets.length === 1 && (sets[0]?.metadata.ownerReferences ?? []).length === 0
          : sets.length === 0;
      });
    },
  );

  test("IgnoreExtraneous leaves the application Synced, and the object shown as to be pruned", async () => {
    const name = "extraneous";
    const app = await synced(name, {
      "kept.yaml": configMap(name, "kept"),
      "old.yaml": marked(configMap(name, "old"), {
        "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
      }),
    });
    await app.commit({ "old.yaml": null });
    const seen = await app.until((now) =>
      (now.status.resources as Shown[]).some((one) => one.requiresPruning === true),
    );
    expect([seen.status.sync.status, await stage.find(configMapPath(name, "old"))]).toEqual([
      "Synced",
      expect.anything(),
    ]);
  });

  test("Delete=false stays when its application goes, and Delete=confirm holds it until it is approved", async () => {
    const name = "delete-marks";
    const app = await synced(
      name,
      {
        "never.yaml": withOptions(configMap(name, "never"), "Delete=false"),
        "asks.yaml": withOptions(configMap(name, "asks"), "Delete=confirm"),
        "goes.yaml": configMap(name, "goes"),
      },
      [],
      { metadata: { finalizers: [FINALIZER] } },
    );
    await app.remove();
    await eventually("what nothing holds is gone", async () => {
      return (await stage.find(configMapPath(name, "goes"))) === undefined;
    });
    expect(await stage.find(configMapPath(name, "asks"))).toBeDefined();
    const shown = await app.get();
    const { status: answered } = await stage.daemon.api(`/api/v1/applications/${name}`, {
      method: "PUT",
      body: JSON.stringify({
        ...shown,
        metadata: {
          ...shown.metadata,
          annotations: { [APPROVED]: new Date(Date.now() + 1_000).toISOString() },
        },
      } satisfies Shown as unknown as Application),
    });
    expect(answered).toBe(200);
    await app.untilGone();
    expect(await stage.find(configMapPath(name, "asks"))).toBeUndefined();
    expect(await stage.find(configMapPath(name, "never"))).toBeDefined();
  });
});

describe("annotations", () => {
  test("ignore-healthcheck takes an object out of its application's health", async () => {
    const name = "no-health";
    const broken = deployment({ namespace: name, name: "web", image: "web:broken" });
    const app = await synced(name, {
      "web.yaml": marked(
        { ...broken, spec: { ...(broken["spec"] as object), progressDeadlineSeconds: 1 } },
        { "argocd.argoproj.io/ignore-healthcheck": "true" },
      ),
      "a.yaml": configMap(name, "a"),
    });
    await eventually("the Deployment is stuck", async () =>
      ((await stage.must("GET", deploymentPath(name)))["status"] as Shown)?.conditions?.some(
        ({ reason }: Shown) => reason === "ProgressDeadlineExceeded",
      ),
    );
    expect((await app.refresh()).status.health.status).toBe("Healthy");
  });

  test("skip-reconcile pauses: drift and commits are shown, and nothing is written before it goes", async () => {
    const name = "paused";
    const app = await stage.place({ name, files: { "a.yaml": yaml(configMap(name, "a")) } });
    await app.untilSettled();
    const before = written(name).length;
    await app.edit(({ metadata }) => {
      metadata.annotations = { "argocd.argoproj.io/skip-reconcile": "true" };
    });
    await stage.must("PATCH", configMapPath(name, "a"), { data: { key: "theirs" } }, MERGE);
    await app.commit({ "b.yaml": yaml(configMap(name, "b")) });
    const seen = await app.until((now) => now.status.sync.status === "OutOfSync");
    expect(conditions(seen, "ManifestWarning").join()).toContain(
      "the application is paused by its annotation",
    );
    expect(await endingOf(app.sync())).toThrow(/HTTP 400.*the application is paused by its annotation/);
    await app.refresh();
    expect(written(name).length).toBe(before);
    await app.edit(({ metadata }) => void (metadata.annotations = {}));
    await app.untilSettled();
    expect(written(name).slice(before).sort()).toEqual(["patch configmaps a", "patch configmaps b"]);
  });

  test("words that nothing knows are told with the nearest one, and do nothing", async () => {
    const name = "slips";
    const app = await synced(
      name,
      {
        "a.yaml": marked(configMap(name, "a"), {
          [OPTIONS]: "Prune=flase,CreateNamespace=true",
          [WAVE]: "first",
          "argocd.argoproj.io/sync-wavs": "3",
        }),
        "kept.yaml": configMap(name, "kept"),
      },
      ["PruneLst=true"],
      { metadata: { annotations: { "argocd.argoproj.io/compare-options": "ServerSideDiff=ture" } } },
    );
    const said = conditions(await app.get(), "ManifestWarning").join("\n");
    for (const text of [
      'the option "Prune=flase" is not known and has no effect. Did you mean Prune=false?',
      'the option "CreateNamespace=true" has no effect here. Write it into spec.syncPolicy.syncOptions of the Application',
      '"first" is no whole number, so the wave is 0',
      "this annotation is not known and has no effect. Did you mean argocd.argoproj.io/sync-wave?",
      'the option "PruneLst=true" is not known and has no effect. Did you mean PruneLast=true?',
      'the option "ServerSideDiff=ture" is not known and has no effect. Did you mean ServerSideDiff=true?',
    ])
      expect(said).toContain(text);
    await app.commit({ "a.yaml": null });
    expect((await app.sync({ prune: true })).phase).toBe("Succeeded");
    expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
  });

  test("ServerSideDiff and IncludeMutationWebhook are known and change nothing: the server is always asked", async () => {
    const name = "server-side-diff";
    const app = await synced(name, { "a.yaml": configMap(name, "a") }, [], {
      metadata: {
        annotations: {
          "argocd.argoproj.io/compare-options": "ServerSideDiff=false,IncludeMutationWebhook=true",
        },
      },
    });
    await stage.must(
      "PATCH",
      `${configMapPath(name, "a")}?fieldManager=other&force=true`,
      configMap(name, "a", { key: "theirs" }),
      APPLY,
    );
    const seen = await app.until((now) => now.status.sync.status === "OutOfSync" && isQuiet(now));
    expect([hasFailed(seen), conditions(seen, "ManifestWarning")]).toEqual([false, []]);
  });
});
