/** What a sync says of itself is what was seen: of dry runs, of deletions, and while it waits. In this process, on the sandbox. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import { rejectionOf } from "../lib/ending-of.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Files,
  isQuiet,
  type Placed,
  type Repository,
  type Rig,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, crd, deployment } from "../lib/manifests.ts";

let world: World, rig: Rig;
beforeAll(async () => {
  world = await startWorld();
  rig = await startRig(world);
});
afterAll(async () => {
  await rig?.stop();
  await world?.stop();
});

const MANUAL = { syncPolicy: {} } as const;
type Given = Partial<Placed> & { files: Files };

async function placed(name: string, { files, ...more }: Given): Promise<Repository> {
  const repository = await world.repository(name, files);
  rig.place(appOf({ name, repository, ...more }));
  await rig.until(name, (app) => app.status !== undefined);
  return repository;
}

/** Synced once, and then without these files. */
async function without(name: string, gone: string, files: Files): Promise<void> {
  await world.makeNamespace(name);
  const repository = await placed(name, { files, spec: MANUAL });
  await rig.sync(name);
  await repository.commit({ [gone]: null });
  rig.clock.advance(2_000);
  await rig.refresh(name);
}

const pathOf = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps/${name}`;
const marked = (object: KubeObject, annotations: Record<string, string>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations },
});
const said = ({ syncResult }: OperationState) =>
  Object.fromEntries(
    (syncResult?.resources ?? []).map(({ kind, name, status, hookPhase, message }) => [
      `${kind}/${name}`,
      [status, hookPhase, message],
    ]),
  );

test("what is asked before the first look is not known yet", async () => {
  const repository = await world.repository("unseen", { "a.yaml": configMap("unseen", "a") });
  rig.place(appOf({ name: "unseen", repository, spec: MANUAL }));
  expect(await rejectionOf(rig.control.managedResources("argocd/unseen" as AppKey))).toMatchObject({
    code: "not-ready",
  });
});

describe("a dry run", () => {
  test("of objects whose namespace is not there says that they were not asked", async () => {
    await placed("no-ns-yet", {
      files: { "a.yaml": configMap("no-ns-yet", "a"), "b.yaml": configMap("no-ns-yet", "b") },
      spec: { syncPolicy: { syncOptions: ["CreateNamespace=true"] } },
    });
    const ended = await rig.sync("no-ns-yet", { dryRun: true });
    expect(ended).toMatchObject({
      phase: "Succeeded",
      message: "dry run: 0 would pass, 3 could not be asked yet",
    });
    const why = "dry run: not asked. The namespace no-ns-yet is not there yet";
    expect(said(ended)).toEqual({
      "Namespace/no-ns-yet": [undefined, undefined, "dry run: not asked. It is made where it is missing"],
      "ConfigMap/a": [undefined, undefined, why],
      "ConfigMap/b": [undefined, undefined, why],
    });
  });

  test("of an object whose kind comes with it, and of one that has to wait for another, says so", async () => {
    await world.makeNamespace("kind-yet");
    const account = "missing-account";
    await placed("kind-yet", {
      files: {
        "crd.yaml": crd({ group: "words.example.com", kind: "Gauge", plural: "gauges" }),
        "gauge.yaml": { apiVersion: "words.example.com/v1", kind: "Gauge", metadata: { name: "g" } },
        "a.yaml": configMap("kind-yet", account),
      },
      spec: MANUAL,
    });
    const ended = await rig.sync("kind-yet", { dryRun: true });
    expect(ended.message).toBe("dry run: 2 would pass, 1 could not be asked yet");
    expect(said(ended)).toMatchObject({
      "Gauge/g": [
        undefined,
        undefined,
        "dry run: not asked. The kind words.example.com/v1 Gauge is not there yet",
      ],
      [`ConfigMap/${account}`]: ["Synced", undefined, "dry run: would pass"],
    });
  });

  test("where there is nothing to do says that, and of a prune that a guard stops that it would not be done", async () => {
    await world.makeNamespace("dry-prune");
    const repository = await placed("dry-prune", {
      files: { "a.yaml": configMap("dry-prune", "a"), "b.yaml": configMap("dry-prune", "b"), README: "" },
      spec: MANUAL,
    });
    await rig.sync("dry-prune");
    await repository.commit({ "b.yaml": null });
    rig.clock.advance(2_000);
    const one = await rig.sync("dry-prune", { dryRun: true, prune: true });
    expect(one.message).toBe("dry run: everything would pass");
    expect(one.syncResult?.resources.map(({ name, message }) => `${name} ${message}`)).toEqual([
      "b dry run: would be pruned. App undo can make it again",
    ]);
    await repository.commit({ "b.yaml": configMap("dry-prune", "b") });
    rig.clock.advance(2_000);
    expect((await rig.sync("dry-prune", { dryRun: true })).message).toBe("dry run: there is nothing to do");
    await repository.commit({ "a.yaml": null, "b.yaml": null });
    rig.clock.advance(2_000);
    expect((await rig.sync("dry-prune", { dryRun: true, prune: true })).message).toBe(
      "dry run: 0 would pass, 2 would not be pruned",
    );
  });
});

describe("a prune", () => {
  test("is done when the object was seen gone", async () => {
    await without("seen-gone", "b.yaml", {
      "a.yaml": configMap("seen-gone", "a"),
      "b.yaml": configMap("seen-gone", "b"),
    });
    const ended = await rig.sync("seen-gone", { prune: true });
    expect(said(ended)).toEqual({
      "ConfigMap/b": ["Pruned", "Succeeded", "pruned. App undo can make it again"],
    });
    expect(ended.message).toBe("successfully synced (0 applied, 1 pruned)");
    expect(await world.find(pathOf("seen-gone", "b"))).toBeUndefined();
  });

  test("of an object that somebody's finalizer holds is not done, and the application says who holds it", async () => {
    const held = configMap("held-prune", "b");
    held.metadata.finalizers = ["example.com/hold"];
    await without("held-prune", "b.yaml", { "a.yaml": configMap("held-prune", "a"), "b.yaml": held });
    const ended = await rig.sync("held-prune", { prune: true });
    expect(ended).toMatchObject({
      phase: "Succeeded",
      message: "successfully synced (0 applied, 1 being deleted)",
    });
    const holds = expect.stringMatching(
      /ConfigMap held-prune\/b was asked to go at .* and is held by the finalizer example\.com\/hold/,
    );
    expect(said(ended)).toEqual({ "ConfigMap/b": ["Pruned", "Running", holds] });
    const app = await rig.until("held-prune", (one) => conditions(one, "DeletionHeldWarning").length > 0);
    expect(conditions(app, "DeletionHeldWarning")).toEqual([holds]);
    await world.must(
      "PATCH",
      pathOf("held-prune", "b"),
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await rig.until("held-prune", (one) => conditions(one, "DeletionHeldWarning").length === 0);
  });

  test("that waits for a person is told from one that a mark forbids", async () => {
    await world.makeNamespace("waits-or-stays");
    const repository = await placed("waits-or-stays", {
      files: {
        "a.yaml": configMap("waits-or-stays", "a"),
        "b.yaml": marked(configMap("waits-or-stays", "b"), { [ANNOTATION.syncOptions]: "Prune=confirm" }),
        "c.yaml": marked(configMap("waits-or-stays", "c"), { [ANNOTATION.syncOptions]: "Prune=false" }),
      },
      spec: MANUAL,
    });
    await rig.sync("waits-or-stays");
    await repository.commit({ "b.yaml": null, "c.yaml": null });
    rig.clock.advance(2_000);
    expect(said(await rig.sync("waits-or-stays", { prune: true }))).toMatchObject({
      "ConfigMap/b": ["PruneSkipped", "Failed", expect.anything()],
      "ConfigMap/c": ["PruneSkipped", "Succeeded", expect.anything()],
    });
    expect(said(await rig.sync("waits-or-stays"))).toMatchObject({
      "ConfigMap/b": ["PruneSkipped", "Succeeded", expect.anything()],
    });
  });
});

test("an object that Git wants, and that somebody asked to go and a finalizer holds, is said", async () => {
  await world.makeNamespace("held-wanted");
  const held = configMap("held-wanted", "a");
  held.metadata.finalizers = ["example.com/hold"];
  await placed("held-wanted", { files: { "a.yaml": held }, spec: { syncPolicy: AUTOMATED } });
  await rig.untilSettled("held-wanted");
  await world.must("DELETE", pathOf("held-wanted", "a"));
  const app = await rig.until("held-wanted", (one) => conditions(one, "DeletionHeldWarning").length > 0);
  expect(conditions(app, "DeletionHeldWarning")[0]).toContain("is held by the finalizer example.com/hold");
});

test("while a sync waits for a wave, the status shows what came of it so far", async () => {
  const waved = (name: string, wave: number) =>
    marked(configMap("shown-wait", name), { [ANNOTATION.syncWave]: String(wave) });
  await world.makeNamespace("shown-wait");
  rig.judge("ConfigMap", "shown-wait", "slow", "Progressing");
  await placed("shown-wait", {
    files: { "a.yaml": waved("slow", 0), "b.yaml": waved("last", 1) },
    spec: MANUAL,
  });
  const sync = rig.sync("shown-wait");
  const shown = (app: Application) =>
    (app.status?.resources ?? []).map(({ name, status, health }) => [name, status, health?.status]);
  const first = [
    ["last", "OutOfSync", "Missing"],
    ["slow", "Synced", "Progressing"],
  ];
  const app = await rig.until(
    "shown-wait",
    (one) => !isQuiet(one) && JSON.stringify(shown(one)) === JSON.stringify(first),
  );
  expect(app.status).toMatchObject({ sync: { status: "OutOfSync" }, health: { status: "Progressing" } });
  rig.judge("ConfigMap", "shown-wait", "slow", "Healthy");
  expect((await sync).phase).toBe("Succeeded");
});

test("what is shown meanwhile forgets nothing of what the operation means to write", async () => {
  const waved = (name: string, wave: number) =>
    marked(configMap("kept-wait", name), { [ANNOTATION.syncWave]: String(wave) });
  await world.makeNamespace("kept-wait");
  rig.judge("ConfigMap", "kept-wait", "gate", "Progressing");
  const repository = await placed("kept-wait", {
    files: { "a.yaml": waved("gate", 0), "b.yaml": waved("last", 1) },
    spec: MANUAL,
  });
  const first = rig.app("kept-wait").status?.sync.revision ?? "";
  await repository.commit({ "b.yaml": null });
  rig.clock.advance(2_000);
  await rig.refresh("kept-wait");
  const sync = rig.sync("kept-wait", { revision: first });
  await rig.until("kept-wait", (one) => !isQuiet(one) && one.status?.sync.status === "Synced");
  const records = rig.store.records("argocd/kept-wait" as AppKey);
  expect(records.map(({ key, uid }) => [key, uid !== ""])).toEqual([
    ["/ConfigMap/kept-wait/gate", true],
    ["/ConfigMap/kept-wait/last", false],
  ] as never);
  rig.judge("ConfigMap", "kept-wait", "gate", "Healthy");
  expect((await sync).phase).toBe("Succeeded");
});

describe("a sync to another revision", () => {
  test("is refused where an automated sync would undo it, with what to do; what stays is not", async () => {
    await world.makeNamespace("pinned");
    const repository = await placed("pinned", {
      files: { "a.yaml": configMap("pinned", "a", { key: "1" }) },
    });
    await rig.untilSettled("pinned");
    const first = rig.app("pinned").status?.sync.revision ?? "";
    const second = await repository.commit({ "a.yaml": configMap("pinned", "a", { key: "2" }) });
    rig.clock.advance(2_000);
    await rig.refresh("pinned");
    await rig.untilSettled("pinned");
    await rig.untilIdle();
    const before = rig.requests.length;
    const ask = (sync: Parameters<Rig["sync"]>[1] & object) =>
      rig.control.sync("argocd/pinned" as AppKey, { operation: { sync }, actor: "user:test" });
    expect(await ask({ revision: first })).toEqual({
      is: "would-be-undone",
      object: "Application argocd/pinned",
      cannot: `sync it to ${first}`,
      why: "it is synced automatically to main, which would undo it at once",
      fix: expect.stringContaining("spec.source.targetRevision"),
    });
    expect(await ask({ revisions: [first] })).toMatchObject({ is: "would-be-undone" });
    await rig.untilIdle();
    expect(rig.requests.slice(before).filter(({ verb }) => verb === "apply")).toEqual([]);
    expect(rig.app("pinned").operation).toBeUndefined();

    for (const revision of ["main", "", second]) {
      expect(await rig.sync("pinned", { revision })).toMatchObject({ phase: "Succeeded" });
      await eventually("it rests", () => isQuiet(rig.app("pinned")));
    }
    expect(await rig.sync("pinned", { revision: first, dryRun: true })).toMatchObject({ phase: "Succeeded" });
    expect((await world.must("GET", pathOf("pinned", "a"))).data).toEqual({ key: "2" });
  });

  test("is refused where it stands in a manifest that is written through the API, too", async () => {
    await world.makeNamespace("pinned-api");
    const repository = await world.repository("pinned-api", { "a.yaml": configMap("pinned-api", "a") });
    const app = appOf({ name: "pinned-api", repository });
    expect((await rig.control.create(app, { upsert: false, actor: "user:test" })).is).toBe("written");
    await rig.untilSettled("pinned-api");
    const asked: Application = { ...app, operation: { sync: { revision: "older" } } };
    expect(await rig.control.update(asked, "user:test")).toMatchObject({ is: "would-be-undone" });
    const byHand: Application = { ...asked, spec: { ...app.spec, ...MANUAL } };
    expect(await rig.control.update(byHand, "user:test")).toMatchObject({ is: "written" });
  });
});

test("an application of kinds that the cluster does not know is Missing, and never called Healthy", async () => {
  await world.makeNamespace("strange");
  const strange = (name: string): KubeObject => ({
    apiVersion: "strange.example.com/v1",
    kind: "Thing",
    metadata: { name, namespace: "strange" },
  });
  await placed("strange", { files: { "a.yaml": strange("a"), "b.yaml": strange("b") }, spec: MANUAL });
  expect(rig.app("strange").status).toMatchObject({
    sync: { status: "Unknown" },
    health: { status: "Missing", message: "None of its 2 objects exists" },
  });
});

test("images are those that the cluster has: none before the first sync, the old one before the next", async () => {
  await world.makeNamespace("pictured");
  const web = (tag: string, replicas = 1) =>
    deployment({ namespace: "pictured", name: "web", image: `registry.example.com/web:${tag}`, replicas });
  const images = () => rig.app("pictured").status?.summary?.images;
  const repository = await placed("pictured", { files: { "web.yaml": web("1") }, spec: MANUAL });
  expect(images()).toBeUndefined();
  await rig.sync("pictured");
  await rig.untilSettled("pictured");
  expect(images()).toEqual(["registry.example.com/web:1"]);
  await repository.commit({ "web.yaml": web("broken") });
  rig.clock.advance(2_000);
  expect((await rig.refresh("pictured")).status?.sync.status).toBe("OutOfSync");
  expect(images()).toEqual(["registry.example.com/web:1"]);
  await rig.sync("pictured");
  // The new one does not start, and the old Pod goes on.
  await rig.until("pictured", (app) => app.status?.health.status === "Degraded");
  expect(images()).toEqual(["registry.example.com/web:1", "registry.example.com/web:broken"]);
  await repository.commit({ "web.yaml": web("2") });
  rig.clock.advance(2_000);
  await rig.sync("pictured");
  await rig.untilSettled("pictured");
  await rig.until("pictured", () => images()?.length === 1);
  expect(images()).toEqual(["registry.example.com/web:2"]);
});

test("each sync leaves one line in the log, failed ones and rehearsals too, with what it was and said", async () => {
  await world.makeNamespace("logged");
  const repository = await placed("logged", { files: { "a.yaml": configMap("logged", "a") }, spec: MANUAL });
  const lines = () =>
    rig.log.lines
      .filter(({ fields, message }) => fields["app"] === "argocd/logged" && message.startsWith("sync "))
      .filter(({ level }) => level !== "debug")
      .map(({ level, message, fields: { mode, cause, said, by } }) => [
        level,
        message,
        mode,
        cause,
        said,
        by,
      ]);
  await rig.sync("logged", { dryRun: true });
  await rig.sync("logged");
  const commit = await repository.commit({
    "a.yaml": { ...configMap("logged", "a"), data: { key: 1 } as never },
  });
  rig.clock.advance(2_000);
  await rig.sync("logged", {}, { limit: 1, backoff: { duration: "1ms" } });
  const refused = expect.stringMatching(
    /^nothing was written, because the API server refuses ConfigMap logged\/a/,
  );
  expect(lines()).toEqual([
    ["info", "sync succeeded", "dry-run", "manual", "dry run: everything would pass", "user:test"],
    ["info", "sync succeeded", "write", "manual", "successfully synced (1 applied)", "user:test"],
    ["warn", "sync failed and is tried again", "write", "manual", refused, "user:test"],
    ["warn", "sync failed", "write", "retry", refused, "user:test"],
  ]);
  const last = rig.log.lines.findLast(({ message }) => message === "sync failed");
  expect(last?.fields).toMatchObject({
    run: expect.any(Number),
    tookMs: expect.any(Number),
    commits: [commit],
  });
});
