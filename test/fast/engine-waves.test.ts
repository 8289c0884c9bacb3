/** A wave's gate: nothing of the next wave is written while something of it is not healthy, whoever wrote it when. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  appOf,
  type Files,
  isQuiet,
  isSettled,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const inWave = (wave: number, object: KubeObject): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [ANNOTATION.syncWave]: String(wave) },
  },
});
const MANUAL: Partial<ApplicationSpec> = { syncPolicy: {} };
const messageOf = (name: string): string => rig.app(name).status?.operationState?.message ?? "";

/** `gate-NAME` stands in wave 0 and `last` in wave 1. */
async function twoWaves(name: string, spec: Partial<ApplicationSpec>, more: Files = {}): Promise<Repository> {
  const repository = await rig.placeNew(
    name,
    {
      "a.yaml": inWave(0, configMap(name, `gate-${name}`)),
      "b.yaml": inWave(1, configMap(name, "last")),
      ...more,
    },
    { spec },
  );
  await rig.until(name, (app) => app.status !== undefined);
  return repository;
}

describe("a wave whose object is Degraded", () => {
  test("keeps the next one shut in a retry, in the next sync, at the next commit and after a restart", async () => {
    const name = "shut";
    rig.judge("ConfigMap", name, `gate-${name}`, "Degraded");
    const repository = await twoWaves(name, MANUAL);
    const why = /ConfigMap shut\/gate-shut is Degraded/;
    void rig.sync(name, {}, { limit: 1, backoff: { duration: "1m" } });
    await rig.until(
      name,
      ({ status }) =>
        status?.operationState?.retryCount === 1 && status.operationState.finishedAt !== undefined,
    );
    // The retry: the unchanged object needs no write, and is part of the gate all the same.
    rig.clock.advance(61_000);
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.operationState?.phase === "Failed");
    expect(messageOf(name)).toMatch(why);
    expect(await world.hasConfigMap(name, "last")).toBe(false);
    // The next sync by a person.
    expect(await rig.sync(name)).toMatchObject({ phase: "Failed", message: expect.stringMatching(why) });
    expect(await world.hasConfigMap(name, "last")).toBe(false);
    // The next commit.
    await repository.commit({ "c.yaml": inWave(2, configMap(name, "more")) });
    await rig.refresh(name);
    expect(await rig.sync(name)).toMatchObject({ phase: "Failed", message: expect.stringMatching(why) });
    expect([await world.hasConfigMap(name, "last"), await world.hasConfigMap(name, "more")]).toEqual([
      false,
      false,
    ]);
    // It is mended.
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect([await world.hasConfigMap(name, "last"), await world.hasConfigMap(name, "more")]).toEqual([
      true,
      true,
    ]);
  });

  test("keeps the next one shut when the daemon restarts while the retry waits", async () => {
    const name = "restarted";
    const store = memoryStore();
    const first = await startRig(world, { store });
    first.judge("ConfigMap", name, `gate-${name}`, "Degraded");
    const spec = { syncPolicy: { ...AUTOMATED, retry: { limit: 3, backoff: { duration: "1m" } } } };
    await first.placeNew(
      name,
      {
        "a.yaml": inWave(0, configMap(name, `gate-${name}`)),
        "b.yaml": inWave(1, configMap(name, "last")),
      },
      { spec },
    );
    await first.until(
      name,
      ({ status }) =>
        status?.operationState?.retryCount === 1 && status.operationState.finishedAt !== undefined,
    );
    await first.stop();
    const second = await startRig(world, { store, folder: first.folder });
    try {
      second.judge("ConfigMap", name, `gate-${name}`, "Degraded");
      second.clock.advance(61_000);
      await second.refresh(name);
      await second.until(name, ({ status }) => status?.operationState?.retryCount === 2);
      expect(await world.hasConfigMap(name, "last")).toBe(false);
      second.judge("ConfigMap", name, `gate-${name}`, "Healthy");
      second.clock.advance(130_000);
      await second.refresh(name);
      await second.until(name, isSettled);
      expect(await world.hasConfigMap(name, "last")).toBe(true);
    } finally {
      await second.stop();
    }
  });
});

describe("an automated sync that waits for health", () => {
  test("gives up where a commit comes that changes what it delivers, and that commit is delivered", async () => {
    const name = "mended";
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    const repository = await twoWaves(name, { syncPolicy: AUTOMATED });
    await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
    const sha = await repository.commit({
      "a.yaml": inWave(0, configMap(name, "another")),
      "b.yaml": configMap(name, "last"),
    });
    await rig.refresh(name);
    await rig.until(name, (app) => app.status?.sync.revision === sha && isSettled(app));
    expect(await world.hasConfigMap(name, "last")).toBe(true);
    const ends = rig.store
      .runs({ app: `argocd/${name}` as AppKey, limit: 10 })
      .map(({ state }) => state.message);
    expect(ends.some((message) => message.includes(`given up, because ${sha} came`))).toBe(true);
  });

  test.each([
    { what: "changes", gate: (name: string) => configMap(name, `gate-${name}`, { mended: "yes" }) },
    { what: "does not want", gate: () => undefined },
  ])(
    "gives up though a person asked for it, where a commit $what what it waits for",
    async ({ what, gate }) => {
      const name = `person-${what.replaceAll(" ", "-")}`;
      const repository = await twoWaves(name, { syncPolicy: AUTOMATED });
      await rig.untilSettled(name);
      await rig.untilIdle();
      rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
      await repository.commit({ "b.yaml": inWave(1, configMap(name, "last", { version: "2" })) });
      void rig.sync(name).catch(() => undefined);
      await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
      expect(rig.app(name).status?.operationState?.operation.initiatedBy?.username).toBe("user:test");
      await repository.commit({ "c.yaml": configMap(name, "beside") });
      await rig.refresh(name);
      // That one concerns nothing that it waits for.
      expect(messageOf(name)).toMatch(/^waiting for healthy state/);
      const object = gate(name);
      const sha = await repository.commit({ "a.yaml": object === undefined ? null : inWave(0, object) });
      await rig.refresh(name);
      const ends = () =>
        rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 10 }).map(({ state }) => state.message);
      const why = `given up, because ${sha} came, which ${what} ConfigMap ${name}/gate-${name} that it waited for`;
      await eventually("it gives up", () => ends().includes(why));
      rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
      await rig.until(name, (app) => app.status?.sync.revision === sha && isSettled(app));
      expect(await world.hasConfigMap(name, "last")).toBe(true);
    },
  );

  test("goes on where a person alone would have what comes after", async () => {
    const name = "manual-waits";
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    const repository = await twoWaves(name, MANUAL);
    const synced = rig.sync(name);
    await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
    await repository.commit({ "a.yaml": null });
    await rig.refresh(name);
    expect(messageOf(name)).toMatch(/^waiting for healthy state/);
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    expect((await synced).phase).toBe("Succeeded");
  });

  test("goes on where a commit comes that changes nothing of it", async () => {
    const name = "patient";
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    const repository = await rig.placeNew(
      name,
      {
        "app/a.yaml": inWave(0, configMap(name, `gate-${name}`)),
        "app/b.yaml": inWave(1, configMap(name, "last")),
      },
      { path: "app" },
    );
    await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
    await repository.commit({ README: "something else" });
    await rig.refresh(name);
    expect(messageOf(name)).toMatch(/^waiting for healthy state/);
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    await rig.untilSettled(name);
    expect(rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 10 })).toHaveLength(1);
  });

  test("gives up where its spec is edited, and nothing more of the old spec is written", async () => {
    const name = "edited";
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    const plain = (object: KubeObject): KubeObject => {
      const { namespace: _, ...metadata } = object.metadata;
      return { ...object, metadata };
    };
    await world.makeNamespace(name);
    await world.makeNamespace(`${name}-new`);
    const repository = await world.repository(name, {
      "a.yaml": plain(inWave(0, configMap(name, `gate-${name}`))),
      "b.yaml": plain(inWave(1, configMap(name, "last"))),
    });
    rig.place(appOf({ name, repository }));
    await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    rig.place(appOf({ name, repository, namespace: `${name}-new` }));
    await rig.until(name, (app) => app.spec.destination.namespace === `${name}-new` && isSettled(app));
    expect(await world.hasConfigMap(`${name}-new`, "last")).toBe(true);
    expect(await world.hasConfigMap(name, "last")).toBe(false);
    await eventually(
      "what the old spec had made is pruned",
      async () => !(await world.hasConfigMap(name, `gate-${name}`)),
    );
  });

  test("gives up where its spec is edited, whoever asked for it: it would write nothing more", async () => {
    const name = "edited-by-person";
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    await world.makeNamespace(name);
    const repository = await world.repository(name, {
      "old/a.yaml": inWave(0, configMap(name, `gate-${name}`)),
      "old/b.yaml": inWave(1, configMap(name, "last")),
      "new/a.yaml": configMap(name, "first"),
    });
    const spec = { syncPolicy: {} };
    rig.place(appOf({ name, repository, path: "old", spec }));
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    const synced = rig.sync(name);
    await rig.until(name, () => /^waiting for healthy state/.test(messageOf(name)));
    rig.place(appOf({ name, repository, path: "new", spec }));
    expect(await synced).toMatchObject({
      phase: "Failed",
      message: "given up, because the application's spec was edited",
    });
    expect(await world.hasConfigMap(name, "last")).toBe(false);
  });
});

test("a claim that is bound by its consumer, and a kind that nobody has a rule for, hold no wave", async () => {
  const name = "claims";
  await world.must("POST", "/apis/storage.k8s.io/v1/storageclasses", {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "late" },
    provisioner: "example.com/none",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const claim: KubeObject = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: name },
    spec: {
      storageClassName: "late",
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  };
  await rig.placeNew(name, {
    "a.yaml": [inWave(0, claim), inWave(0, configMap(name, "no-rule"))],
    "b.yaml": inWave(1, configMap(name, "last")),
  });
  await rig.until(name, (app) => app.status?.operationState?.phase === "Succeeded" && isQuiet(app));
  expect(await world.hasConfigMap(name, "last")).toBe(true);
});
