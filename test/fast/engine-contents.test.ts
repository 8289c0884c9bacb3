/** What others have in a Namespace or of a kind is not deleted with it, and what others change is not deleted unseen. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type Application } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import { beforeDeletes } from "../lib/cluster-deletes.ts";
import {
  appOf,
  conditions,
  type Files,
  isQuiet,
  type Repository,
  type Rig,
  results,
  sharedRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const MERGE = "application/merge-patch+json";
const space = (name: string, options = "Prune=true"): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations: { [ANNOTATION.syncOptions]: options } },
});
const marked = (namespace: string, name: string): KubeObject =>
  configMap(namespace, name, {}, { [ANNOTATION.syncOptions]: "Prune=true" });
const blocked = (name: string): string => conditions(rig.app(name), "PruneBlocked").join("\n");

async function settled(name: string, files: Files): Promise<Repository> {
  const repository = await rig.placeNew(name, files, {});
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

async function deliver(name: string, repository: Repository, files: Files): Promise<void> {
  const sha = await repository.commit(files);
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
  await rig.untilIdle();
}

const putInto = (namespace: string, name: string) =>
  world.must("POST", `/api/v1/namespaces/${namespace}/configmaps`, configMap(namespace, name));
const isSpace = async (name: string): Promise<boolean> =>
  (await world.find(`/api/v1/namespaces/${name}`)) !== undefined;

/** @param change of what the operation sends: `undefined` where it goes on as it is. @returns ends it */
function onDelete(
  change: (args: Parameters<ClusterObjects["delete"]>, honest: ClusterObjects) => Promise<unknown>,
): () => void {
  const { cluster } = rig;
  const honest = cluster.for.bind(cluster);
  cluster.for = (errand) => {
    const objects = honest(errand);
    return new Proxy(objects, {
      get(target, name) {
        if (name === "delete")
          return async (...args: Parameters<ClusterObjects["delete"]>) => {
            await change(args, target);
            return target.delete(...args);
          };
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  return () => {
    cluster.for = honest;
  };
}

describe("a Namespace that left Git", () => {
  test("stays while others have something in it, says what, and goes by itself when they have left", async () => {
    const name = "shared-space";
    const repository = await settled(name, {
      "space.yaml": space(`${name}-made`),
      "in.yaml": configMap(`${name}-made`, "ours"),
      "keep.yaml": configMap(name, "keep"),
    });
    await putInto(`${name}-made`, "theirs");
    await deliver(name, repository, { "space.yaml": null, "in.yaml": null });
    expect(blocked(name)).toBe(
      `Namespace ${name}-made is no longer in Git and waits for a person's approval, because it holds 1 object that is not this application's (ConfigMap ${name}-made/theirs), and it would go with it. Approve: holdfast app sync argocd/${name} --prune --confirm COUNT, or annotate the Application with argocd.argoproj.io/deletion-approved and the time`,
    );
    expect(await world.hasConfigMap(`${name}-made`, "theirs")).toBe(true);
    const dry = await rig.sync(name, { prune: true, dryRun: true });
    expect(JSON.stringify(dry.syncResult?.resources)).toContain("it holds 1 object that is not");
    await world.must("DELETE", configMapPath(`${name}-made`, "theirs"));
    // Nothing tells of that: it is looked at again after a while.
    rig.clock.advance(31_000);
    await eventually("the Namespace is gone", async () => !(await isSpace(`${name}-made`)));
    await rig.untilSettled(name);
  });

  test("goes with a sync that a person asks for right after they have left, whatever was shown before", async () => {
    const name = "left-space";
    const repository = await settled(name, {
      "space.yaml": space(`${name}-made`),
      "keep.yaml": configMap(name, "keep"),
    });
    await putInto(`${name}-made`, "theirs");
    await deliver(name, repository, { "space.yaml": null });
    expect(blocked(name)).toContain("it holds 1 object that is not");
    await world.must("DELETE", configMapPath(`${name}-made`, "theirs"));
    expect((await rig.sync(name, { prune: true })).phase).toBe("Succeeded");
    await eventually("the Namespace is gone", async () => !(await isSpace(`${name}-made`)));
  });

  test("goes with what others have in it when a person approves", async () => {
    const name = "approved-space";
    const repository = await settled(name, {
      "space.yaml": space(`${name}-made`),
      "keep.yaml": configMap(name, "keep"),
    });
    await putInto(`${name}-made`, "theirs");
    await deliver(name, repository, { "space.yaml": null });
    expect((await rig.sync(name, { prune: true, confirmPrune: 1 })).phase).toBe("Succeeded");
    await eventually("the Namespace is gone", async () => !(await isSpace(`${name}-made`)));
    await rig.untilSettled(name);
  });

  test("stays where something came into it between the plan and the delete", async () => {
    const name = "late-space";
    const repository = await settled(name, {
      "space.yaml": space(`${name}-made`, "Prune=confirm"),
      "keep.yaml": configMap(name, "keep"),
    });
    await deliver(name, repository, { "space.yaml": null });
    const honest = onDelete(async ([ref, , , mode]) => {
      if (mode === "dry-run" && ref.kind === "Namespace") await putInto(`${name}-made`, "late");
    });
    try {
      const ended = await rig.sync(name, { prune: true, confirmPrune: 1 });
      expect(JSON.stringify(ended.syncResult?.resources)).toMatch(
        /an object that is not this application's came into it meanwhile \(in it are by now ConfigMap late-space-made\/late\)/,
      );
    } finally {
      honest();
    }
    expect(await world.hasConfigMap(`${name}-made`, "late")).toBe(true);
  });

  test("stays where nobody can tell what is in it, whoever approves", async () => {
    const name = "blind-space";
    const repository = await settled(name, {
      "space.yaml": space(`${name}-made`),
      "keep.yaml": configMap(name, "keep"),
    });
    const { cluster } = rig;
    const honest = cluster.inhabitants;
    cluster.inhabitants = async (...asked) => ({
      ...(await honest(...asked)),
      unread: [{ because: "unreachable", why: "the server is too busy" }],
    });
    try {
      await deliver(name, repository, { "space.yaml": null });
      expect(blocked(name)).toMatch(/cannot be told: the server is too busy/);
      expect((await rig.sync(name, { prune: true, confirmPrune: 1 })).message).toMatch(/but there are 0/);
      expect(await isSpace(`${name}-made`)).toBe(true);
    } finally {
      cluster.inhabitants = honest;
    }
    rig.clock.advance(31_000);
    await rig.refresh(name);
    await eventually("the Namespace is gone", async () => !(await isSpace(`${name}-made`)));
    await rig.untilSettled(name);
  });
});

test("a definition that left Git stays while others have objects of its kind", async () => {
  const name = "shared-kind";
  const definition = crd({ group: "shared.example.com", kind: "Shared", plural: "shareds" });
  const repository = await settled(name, {
    "definition.yaml": {
      ...definition,
      metadata: { ...definition.metadata, annotations: { [ANNOTATION.syncOptions]: "Prune=true" } },
    },
    "keep.yaml": configMap(name, "keep"),
  });
  const theirs = `/apis/shared.example.com/v1/namespaces/${name}/shareds`;
  const object = { apiVersion: "shared.example.com/v1", kind: "Shared", metadata: { name: "theirs" } };
  await eventually("the kind is served", async () => (await world.find(theirs)) !== undefined);
  await world.must("POST", theirs, object);
  await deliver(name, repository, { "definition.yaml": null });
  expect(blocked(name)).toMatch(
    /there is 1 object of its kind that is not this application's \(shared\.example\.com\/Shared shared-kind\/theirs\)/,
  );
  expect(await world.find(`${theirs}/theirs`)).toBeDefined();
});

test("what is pruned goes at most ten a second", async () => {
  const name = "paced";
  const maps = (count: number): Files =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}.yaml`, marked(name, `m${at}`)]));
  const drop = (count: number): Files =>
    Object.fromEntries(Object.keys(maps(count)).map((file) => [file, null]));
  const repository = await settled(name, { ...maps(25), "keep.yaml": configMap(name, "keep") });
  const times: number[] = [];
  const honest = onDelete(async ([, , , mode]) => {
    if (mode === "write") times.push(rig.clock.monotonic());
  });
  try {
    const began = rig.clock.monotonic();
    await deliver(name, repository, drop(25));
    await rig.sync(name, { prune: true, confirmPrune: 25 });
    expect(times).toHaveLength(25);
    // The first ten at once, ten more after a second, the rest after two.
    expect((times[10] ?? 0) - began).toBeGreaterThanOrEqual(1_000);
    expect((times[20] ?? 0) - began).toBeGreaterThanOrEqual(2_000);
  } finally {
    honest();
  }
});

describe("the deletion of an application", () => {
  /** Made by the API, so that a person can delete it. */
  async function made(name: string, files: Files): Promise<void> {
    await world.makeNamespace(name);
    const { metadata, spec } = appOf({ name, repository: await world.repository(name, files) });
    const app: Application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec };
    await rig.control.create(app, { upsert: false, actor: "user:ann" });
    await rig.untilSettled(name);
    await rig.untilIdle();
  }

  test("waits at a Namespace in which others have something, and goes on when it is approved of", async () => {
    const name = "leaves-space";
    await made(name, {
      "space.yaml": space(`${name}-made`, "Delete=true"),
      "in.yaml": configMap(`${name}-made`, "ours"),
    });
    await putInto(`${name}-made`, "theirs");
    await rig.control.remove(`argocd/${name}` as AppKey, { cascade: "foreground", actor: "user:ann" });
    await rig.until(name, (app) => conditions(app, "DeletionError").join().includes("it holds 1 object"));
    expect([await world.hasConfigMap(`${name}-made`, "theirs"), await isSpace(`${name}-made`)]).toEqual([
      true,
      true,
    ]);
    expect(await world.hasConfigMap(`${name}-made`, "ours")).toBe(false);
    const annotations = { [ANNOTATION.deletionApproved]: new Date(rig.clock.now()).toISOString() };
    const shown = rig.app(name);
    await rig.control.update({ ...shown, metadata: { ...shown.metadata, annotations } }, "user:ann");
    await rig.untilGone(name);
    expect(await isSpace(`${name}-made`)).toBe(false);
  });

  /** @param before what others do right before this object is deleted for the first time. @returns ends it */
  function beforeDelete(namespace: string, name: string, before: () => Promise<unknown>): () => void {
    let isFirst = true;
    return beforeDeletes(rig.cluster, (honest) => async (ref, version, how, mode) => {
      const isMeant = isFirst && mode === "write" && ref.name === name && ref.namespace === namespace;
      if (isMeant) isFirst = false;
      if (isMeant) await before();
      return honest(ref, version, how, mode);
    });
  }

  test("looks into a Namespace once more when it is its turn", async () => {
    const name = "late-leaving";
    await made(name, {
      "space.yaml": space(`${name}-made`, "Delete=true"),
      "in.yaml": configMap(`${name}-made`, "ours"),
    });
    const honest = beforeDelete(`${name}-made`, "ours", () => putInto(`${name}-made`, "late"));
    try {
      await rig.control.remove(`argocd/${name}` as AppKey, { cascade: "foreground", actor: "user:ann" });
      await rig.until(name, (app) => conditions(app, "DeletionError").join().includes("it holds 1 object"));
    } finally {
      honest();
    }
    expect(await world.hasConfigMap(`${name}-made`, "late")).toBe(true);
    await world.must("DELETE", configMapPath(`${name}-made`, "late"));
    rig.clock.advance(120_000);
    await rig.untilGone(name);
    expect(await isSpace(`${name}-made`)).toBe(false);
  });

  test("leaves what others mark to stay in that very moment", async () => {
    const name = "late-mark";
    await made(name, { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") });
    const annotations = { [ANNOTATION.syncOptions]: "Delete=false" };
    const honest = beforeDelete(name, "a", () =>
      world.must("PATCH", configMapPath(name, "a"), { metadata: { annotations } }, MERGE),
    );
    try {
      await rig.control.remove(`argocd/${name}` as AppKey, { cascade: "foreground", actor: "user:ann" });
      await rig.untilGone(name);
    } finally {
      honest();
    }
    expect([await world.hasConfigMap(name, "a"), await world.hasConfigMap(name, "b")]).toEqual([true, false]);
  });

  test("deletes nothing where one deletion would be refused, and all when it would not any more", async () => {
    const name = "half-forbidden";
    await made(name, { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") });
    const honest = beforeDeletes(
      rig.cluster,
      (honest) =>
        async (ref, ...rest) =>
          ref.name === "b" && ref.namespace === name
            ? { is: "refused", status: 403, reason: "Forbidden", message: "b is not yours", causes: [] }
            : honest(ref, ...rest),
    );
    try {
      await rig.control.remove(`argocd/${name}` as AppKey, { cascade: "foreground", actor: "user:ann" });
      await rig.until(name, (app) => conditions(app, "DeletionError").join().includes("b is not yours"));
      expect([await world.hasConfigMap(name, "a"), await world.hasConfigMap(name, "b")]).toEqual([
        true,
        true,
      ]);
    } finally {
      honest();
    }
    rig.clock.advance(120_000);
    await rig.untilGone(name);
    expect([await world.hasConfigMap(name, "a"), await world.hasConfigMap(name, "b")]).toEqual([
      false,
      false,
    ]);
  });
});

describe("an object that others change while it is to go", () => {
  const patch = (name: string, object: string, body: unknown) =>
    world.must("PATCH", configMapPath(name, object), body, MERGE);

  test("is judged anew, and goes where nothing of it matters", async () => {
    const name = "changed-once";
    const repository = await settled(name, {
      "a.yaml": marked(name, "a"),
      "keep.yaml": configMap(name, "keep"),
    });
    let times = 0;
    const honest = onDelete(async ([ref, , , mode]) => {
      if (mode === "write" && ref.name === "a" && ++times === 1) await patch(name, "a", { data: { x: "1" } });
    });
    try {
      await deliver(name, repository, { "a.yaml": null });
      await rig.untilSettled(name);
    } finally {
      honest();
    }
    expect(times).toBe(2);
    expect(results(rig.app(name))["ConfigMap/a"]).toBe("Pruned");
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });

  test("stays where it was marked to stay in that very moment", async () => {
    const name = "marked-late";
    const repository = await settled(name, {
      "a.yaml": marked(name, "a"),
      "keep.yaml": configMap(name, "keep"),
    });
    const annotations = { [ANNOTATION.syncOptions]: "Prune=false" };
    const honest = onDelete(async ([ref, , , mode]) => {
      if (mode === "write" && ref.name === "a") await patch(name, "a", { metadata: { annotations } });
    });
    try {
      await deliver(name, repository, { "a.yaml": null });
    } finally {
      honest();
    }
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });

  test("stays, and fails the sync, where it never comes to rest", async () => {
    const name = "restless";
    const repository = await rig.placeNew(
      name,
      { "a.yaml": marked(name, "a"), "keep.yaml": configMap(name, "keep") },
      { spec: { syncPolicy: {} } },
    );
    await rig.until(name, (app) => app.status !== undefined);
    await rig.sync(name, {});
    await deliver(name, repository, { "a.yaml": null });
    let times = 0;
    const honest = onDelete(async ([ref, , , mode]) => {
      if (mode === "write" && ref.name === "a") await patch(name, "a", { data: { x: String(++times) } });
    });
    try {
      const ended = await rig.sync(name, { prune: true });
      expect(ended.phase).toBe("Failed");
      expect(ended.message).toMatch(/was changed by others each time before it could be deleted, 3 times/);
    } finally {
      honest();
    }
    expect(times).toBe(3);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });
});
