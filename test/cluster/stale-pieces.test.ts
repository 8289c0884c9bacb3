/**
 * The engine on the compiled binary and a real API server, where a piece of it could be stale: a wave's gate over
 * retries, restarts and commits, kinds that come late, specs and projects edited midway, owners that change.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, job, tracked } from "../lib/manifests.ts";
import { AUTOMATED, conditions, isQuiet, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: "retry: { first: 200ms, most: 2s }" });
  // A folder that is suddenly empty deletes nothing: this one stays in it, whatever leaves.
  await stage.place({ name: "stays", files: { "a.yaml": yaml(configMap("stays", "a")) } });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const isThere = async (namespace: string, name: string): Promise<boolean> =>
  (await stage.find(configMapPath(namespace, name))) !== undefined;
const waved = (wave: number): Record<string, string> => ({ "argocd.argoproj.io/sync-wave": String(wave) });
const messageOf = (app: Shown): string => app.status?.operationState?.message ?? "";
const ownerOf = (object: Shown): string =>
  object.metadata.annotations["argocd.argoproj.io/tracking-id"].split(":")[0];
const deletions = async (namespace: string): Promise<string[]> =>
  (await stage.writes(namespace)).flatMap(({ verb, resource, name }) =>
    verb === "delete" ? [`${resource} ${name}`] : [],
  );

describe("a Job that fails in wave 0", () => {
  const broken = (namespace: string): Record<string, string> => {
    const migrate = job({ namespace, name: "migrate", image: "registry.example.com/migrate:broken" });
    migrate.metadata.annotations = waved(0);
    return {
      "job.yaml": yaml(migrate),
      "last.yaml": yaml(configMap(namespace, "last", {}, waved(1))),
    };
  };
  const failed = /batch\/Job \S+\/migrate is Degraded/;

  test("keeps wave 1 unwritten in its retries, in a sync by a person and at the next commit", async () => {
    const app = await stage.place({
      name: "gated",
      files: broken("gated"),
      spec: { syncPolicy: { retry: { limit: 2, backoff: { duration: "200ms", maxDuration: "200ms" } } } },
    });
    await app.until(({ status }) => status !== undefined);
    expect(await app.sync({})).toMatchObject({
      phase: "Failed",
      retryCount: 2,
      message: expect.stringMatching(failed),
    });
    expect(await isThere("gated", "last")).toBe(false);
    expect(await app.sync({})).toMatchObject({ phase: "Failed", message: expect.stringMatching(failed) });
    await app.commit({ "more.yaml": yaml(configMap("gated", "more", {}, waved(1))) });
    expect(await app.sync({})).toMatchObject({ phase: "Failed", message: expect.stringMatching(failed) });
    expect([await isThere("gated", "last"), await isThere("gated", "more")]).toEqual([false, false]);
  });

  test("keeps it unwritten across a kill -9 while the retry waits", async () => {
    const app = await stage.place({
      name: "gated-killed",
      files: broken("gated-killed"),
      spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 50, backoff: { duration: "3s", factor: 1 } } } },
    });
    await app.until(({ status }) => (status?.operationState?.retryCount ?? 0) >= 1);
    await stage.daemon.kill("SIGKILL");
    await stage.daemon.restart();
    const before = (await app.get()).status.operationState.retryCount;
    await app.until(({ status }) => (status?.operationState?.retryCount ?? 0) > before + 1);
    expect(await isThere("gated-killed", "last")).toBe(false);
    expect(messageOf(await app.get())).toMatch(failed);
  });

  test("ends with the commit that mends it, though an automated sync waits for its health", async () => {
    const slow = job({ namespace: "mended", name: "migrate", image: "registry.example.com/migrate:1" });
    const claim = configMap("mended", "last", {}, waved(1));
    slow.metadata.annotations = waved(0);
    (slow.spec as Shown).suspend = true;
    const app = await stage.place({
      name: "mended",
      files: { "job.yaml": yaml(slow), "last.yaml": yaml(claim) },
    });
    // A suspended Job is Suspended: it is waited for as long as it takes.
    await app.until((now) =>
      messageOf(now).startsWith("waiting for healthy state of batch/Job mended/migrate"),
    );
    await app.commit({ "job.yaml": yaml(configMap("mended", "instead", {}, waved(0))) });
    await app.until((now) => now.status?.operationState?.phase === "Succeeded" && isQuiet(now));
    expect(await isThere("mended", "last")).toBe(true);
  });
});

test("a cluster-scoped kind whose definition comes later is written once, where it belongs, and stays", async () => {
  const gizmo = {
    apiVersion: "stale.example.com/v1",
    kind: "Gizmo",
    metadata: {
      name: "one",
      annotations: { "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true" },
    },
  };
  const app = await stage.place({
    name: "late-kind",
    files: { "gizmo.yaml": yaml(gizmo as never), "a.yaml": yaml(configMap("late-kind", "a")) },
    spec: {
      syncPolicy: { ...AUTOMATED, retry: { limit: -1, backoff: { duration: "200ms", maxDuration: "1s" } } },
    },
  });
  await app.until(({ status }) => (status?.operationState?.retryCount ?? 0) >= 1);
  await stage.must(
    "POST",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    crd({ group: "stale.example.com", kind: "Gizmo", plural: "gizmos", scope: "Cluster", fields: "any" }),
  );
  await app.untilSettled();
  await app.refresh("hard");
  await app.untilSettled();
  const writes = (await stage.writes("")).filter(({ resource }) => resource === "gizmos.stale.example.com");
  expect(writes.map(({ verb, name, code }) => `${verb} ${name} ${code}`)).toEqual(["patch one 201"]);
});

describe("a spec that is edited midway", () => {
  const plain = (name: string, wave: number): string =>
    yaml({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, annotations: waved(wave) },
      data: { key: "value" },
    });

  test("ends the automated sync of the spec before: nothing more goes to the old namespace", async () => {
    const slow = job({ namespace: "midway-old", name: "slow" });
    const { namespace: _, ...metadata } = slow.metadata;
    const suspended = {
      ...slow,
      metadata: { ...metadata, annotations: waved(0) },
      spec: { ...(slow.spec as Shown), suspend: true },
    };
    const app = await stage.place({
      name: "midway",
      namespace: "midway-old",
      files: { "slow.yaml": yaml(suspended as never), "last.yaml": plain("last", 1) },
    });
    await stage.makeNamespace("midway-new");
    await app.until((now) => messageOf(now).startsWith("waiting for healthy state"));
    await app.commit({ "slow.yaml": null, "first.yaml": plain("first", 0) });
    await app.edit((manifest) => {
      manifest.spec.destination.namespace = "midway-new";
    });
    await app.until(
      (now) =>
        now.spec.destination.namespace === "midway-new" &&
        now.status?.sync?.status === "Synced" &&
        isQuiet(now),
    );
    expect([await isThere("midway-new", "first"), await isThere("midway-new", "last")]).toEqual([true, true]);
    expect(await isThere("midway-old", "last")).toBe(false);
  });

  test("ends a sync that a person asked for, too: it waits for nothing of the old spec any more, and says why", async () => {
    const name = "midway-person";
    const slow = job({ namespace: name, name: "slow" });
    const suspended = {
      ...slow,
      metadata: { ...slow.metadata, annotations: waved(0) },
      spec: { ...(slow.spec as Shown), suspend: true },
    };
    const app = await stage.place({
      name,
      files: {
        "slow.yaml": yaml(suspended as never),
        "last.yaml": plain("last", 1),
        "/other/first.yaml": plain("first", 0),
      },
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    const synced = app.sync();
    await app.until((now) => messageOf(now).startsWith("waiting for healthy state"));
    await app.edit(({ spec }) => void Object.assign(spec.source ?? {}, { path: "other" }));
    expect(await synced).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("the application's spec was edited"),
    });
    expect([await isThere(name, "first"), await isThere(name, "last")]).toEqual([false, false]);
  });
});

describe("whose an object is", () => {
  test("the mark of an application that does not exist claims nothing", async () => {
    await stage.makeNamespace("orphan");
    await stage.must(
      "POST",
      "/api/v1/namespaces/orphan/configmaps",
      tracked("oldname", configMap("orphan", "a", { key: "old" })),
    );
    const app = await stage.place({ name: "orphan", files: { "a.yaml": yaml(configMap("orphan", "a")) } });
    const now = await app.untilSettled();
    expect(conditions(now, "SharedResourceWarning")).toEqual([]);
    expect(ownerOf(await stage.must("GET", configMapPath("orphan", "a")))).toBe("orphan");
  });

  test("one that moves to another application in one commit is handed over, whoever looks first", async () => {
    const url = await stage.place({
      name: "giver",
      namespace: "handed",
      files: { "a.yaml": yaml(configMap("handed", "stays")) },
    });
    await url.untilSettled();
    const taker = await stage.place({
      name: "taker",
      namespace: "handed",
      files: {},
      spec: { source: { repoURL: url.repoURL, path: "app/other", targetRevision: "main" } },
    });
    await url.push({
      "other/own.yaml": yaml(configMap("handed", "own")),
      "moves.yaml": yaml(configMap("handed", "moves")),
    });
    await url.refresh();
    await taker.refresh();
    await url.untilSettled();
    await taker.untilSettled();
    for (const [round, first] of [url, taker, url, taker].entries()) {
      const isWithGiver = round % 2 === 0;
      const { uid } = (await stage.must("GET", configMapPath("handed", "moves"))).metadata;
      const text = yaml(configMap("handed", "moves"));
      await url.push(
        isWithGiver
          ? { "moves.yaml": null, "other/moves.yaml": text }
          : { "other/moves.yaml": null, "moves.yaml": text },
      );
      await first.refresh();
      await eventually("it has its new owner", async () => {
        const object = await stage.must("GET", configMapPath("handed", "moves"));
        return ownerOf(object) === (isWithGiver ? "taker" : "giver");
      });
      await url.untilSettled();
      await taker.untilSettled();
      expect((await stage.must("GET", configMapPath("handed", "moves"))).metadata.uid).toBe(uid);
    }
    expect(await deletions("handed")).toEqual([]);
  });

  test("an Application that is renamed keeps its objects", async () => {
    const app = await stage.place({
      name: "before",
      namespace: "renamed",
      files: { "a.yaml": yaml(configMap("renamed", "a")), "b.yaml": yaml(configMap("renamed", "b")) },
      metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    });
    await app.untilSettled();
    const { uid } = (await stage.must("GET", configMapPath("renamed", "a"))).metadata;
    await app.edit((manifest) => {
      manifest.metadata.name = "after";
    });
    await app.untilGone();
    await stage.daemon.until(
      "after",
      (now) => now["status"]?.sync?.status === "Synced" && isQuiet(now as Shown),
    );
    const after = await stage.must("GET", configMapPath("renamed", "a"));
    expect([ownerOf(after), after.metadata.uid]).toEqual(["after", uid]);
    expect(await deletions("renamed")).toEqual([]);
  });
});

test("a project that is drawn tighter in the middle of a sync holds for what is not written yet, extras included", async () => {
  const project = (blacklist: object[]): Promise<number> =>
    Bun.write(
      join(stage.daemon.dir, "apps", "tight.project.yaml"),
      yaml({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "tight", namespace: "argocd" },
        spec: {
          sourceRepos: ["*"],
          destinations: [{ server: "*", namespace: "*" }],
          namespaceResourceBlacklist: blacklist,
        },
      } as never),
    );
  const account = (name: string, wave: number) =>
    yaml({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name, namespace: "tight", annotations: waved(wave) },
    });
  await project([]);
  const app = await stage.place({
    name: "tight",
    files: { "a.yaml": account("old", 0), "b.yaml": yaml(configMap("tight", "map")) },
    spec: { project: "tight", syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
  });
  await app.untilSettled();
  await project([{ group: "", kind: "ServiceAccount" }]);
  await eventually("the project is read", async () => {
    const { body } = await stage.daemon.api<Shown>("/api/v1/projects/tight");
    return JSON.stringify(body).includes("ServiceAccount");
  });
  await app.commit({ "a.yaml": account("new", 0) });
  await app.until((now) => now.status?.operationState?.phase === "Failed");
  expect(await stage.find("/api/v1/namespaces/tight/serviceaccounts/new")).toBeUndefined();
  expect(await stage.find("/api/v1/namespaces/tight/serviceaccounts/old")).toBeDefined();
  expect(await deletions("tight")).toEqual([]);
});
