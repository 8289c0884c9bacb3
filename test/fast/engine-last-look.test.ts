/** Before anything goes, what goes is read: a watch that hangs, or a cache that lacks it, decides over no deletion. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import {
  appOf,
  conditions,
  type Files,
  isQuiet,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";

let world: World, proxy: ApiProxy, rig: Rig;
const start = sharedWorld((one) => {
  world = one;
});
beforeEach(async () => {
  proxy = await startApiProxy(world.kubeconfig);
  rig = await start({ kubeconfig: proxy.kubeconfig });
});
afterEach(() => proxy.stop());

const MERGE = "application/merge-patch+json";
const OPTIONS = { [ANNOTATION.syncOptions]: "Prune=true" };
const space = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, annotations: OPTIONS },
});
const isThere = async (path: string): Promise<boolean> => (await world.find(path)) !== undefined;
const blocked = (name: string): string => conditions(rig.app(name), "PruneBlocked").join("\n");
const said = (name: string): string =>
  JSON.stringify(rig.app(name).status?.operationState?.syncResult?.resources ?? []);

/** Settled, and nothing is heard of what happens from now on. */
async function hanging(name: string, files: Files): Promise<Repository> {
  const repository = await rig.placeNew(name, { ...files, "keep.yaml": configMap(name, "keep") });
  await rig.untilSettled(name);
  await rig.untilIdle();
  await eventually("it watches", () => proxy.watching().some((path) => path.includes("/configmaps")));
  proxy.muteWatches();
  return repository;
}
async function deliver(name: string, repository: Repository, files: Files): Promise<void> {
  const sha = await repository.commit(files);
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
  await rig.untilIdle();
}
const listOf = (path: string) => (request: { path: string; isWatch: boolean }) =>
  !request.isWatch && request.path.startsWith(`${path}?`);
const broken = {
  do: "answer",
  status: 500,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, code: 500, message: "the disk is full" },
} as const;

describe("a Namespace", () => {
  test("stays for what came into it while the watch of its kind hangs", async () => {
    const name = "hung",
      made = `${name}-made`;
    const repository = await hanging(name, { "space.yaml": space(made) });
    await world.must("POST", `/api/v1/namespaces/${made}/configmaps`, configMap(made, "theirs"));
    await deliver(name, repository, { "space.yaml": null });
    expect(said(name)).toContain(
      "it holds 1 object that is not this application's (ConfigMap hung-made/theirs)",
    );
    await rig.sync(name, { prune: true });
    expect(said(name)).toContain("waits for a person's approval, because it holds 1 object");
    expect(await isThere(configMapPath(made, "theirs"))).toBe(true);
  });

  test("stays where the last look fails, and says so", async () => {
    const name = "unlooked",
      made = `${name}-made`;
    const repository = await hanging(name, { "space.yaml": space(made) });
    const end = proxy.inject(listOf(`/api/v1/namespaces/${made}/configmaps`), broken);
    await deliver(name, repository, { "space.yaml": null });
    expect((await rig.sync(name, { prune: true, confirmPrune: 1 })).message).toContain("but there are 0");
    await rig.sync(name, { prune: true });
    expect(said(name)).toMatch(
      /what would go with it cannot be told: ConfigMap cannot be listed whole: the disk is full\. It goes with a sync that can tell/,
    );
    expect(await isThere(`/api/v1/namespaces/${made}`)).toBe(true);
    end();
    expect((await rig.sync(name, { prune: true })).phase).toBe("Succeeded");
    await eventually("it is gone", async () => !(await isThere(`/api/v1/namespaces/${made}`)));
  });

  test("of an application that is deleted stays for it too", async () => {
    const name = "hung-leaving",
      made = `${name}-made`;
    const metadata = { name: made, annotations: { [ANNOTATION.syncOptions]: "Delete=true" } };
    await rig.placeNew("hung-beside", { "keep.yaml": configMap("hung-beside", "keep") });
    // Nothing else of its own: that it is gone would not be heard of.
    const repository = await world.repository(name, { "space.yaml": { ...space(made), metadata } });
    await world.makeNamespace(name);
    rig.place(
      appOf({ name, repository, metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] } }),
    );
    await rig.untilSettled(name);
    await rig.untilIdle();
    proxy.muteWatches();
    await world.must("POST", `/api/v1/namespaces/${made}/configmaps`, configMap(made, "theirs"));
    rig.unplace(name);
    await rig.until(name, (app) => conditions(app, "DeletionError").join().includes("it holds 1 object"));
    expect(await isThere(configMapPath(made, "theirs"))).toBe(true);
  });
});

test("a definition stays for objects of its kind that came while its watch hangs", async () => {
  const name = "hung-kind";
  const definition = crd({ group: "hung.example.com", kind: "Hung", plural: "hungs" });
  const object = (of: string) => ({
    apiVersion: "hung.example.com/v1",
    kind: "Hung",
    metadata: { name: of, namespace: name },
  });
  const repository = await hanging(name, {
    "definition.yaml": { ...definition, metadata: { ...definition.metadata, annotations: OPTIONS } },
    "own.yaml": object("own"),
  });
  const path = `/apis/hung.example.com/v1/namespaces/${name}/hungs`;
  await world.must("POST", path, object("theirs"));
  await deliver(name, repository, { "definition.yaml": null, "own.yaml": null });
  expect(said(name)).toContain("there is 1 object of its kind that is not this application's");
  expect(await isThere(`${path}/theirs`)).toBe(true);
});

test("an object that another tool took over while the watch hangs is that one's", async () => {
  const name = "hung-taken";
  const repository = await hanging(name, { "gone.yaml": configMap(name, "gone") });
  const annotations = { [ANNOTATION.trackingId]: `other:/ConfigMap:${name}/gone` };
  await world.must("PATCH", configMapPath(name, "gone"), { metadata: { annotations } }, MERGE);
  await deliver(name, repository, { "gone.yaml": null });
  expect(said(name)).toContain("stays: it belongs to application other by now");
  expect(await isThere(configMapPath(name, "gone"))).toBe(true);
});

test("what the cache does not show any more is asked for, and not called gone", async () => {
  const name = "unshown";
  const repository = await rig.placeNew(name, {
    "gone.yaml": configMap(name, "gone"),
    "keep.yaml": configMap(name, "keep"),
  });
  await rig.untilSettled(name);
  const key = refKey({ group: "", kind: "ConfigMap", namespace: name, name: "gone" });
  const { cluster } = rig;
  const honest = { for: cluster.for, get: cluster.get };
  cluster.for = (errand) => {
    const objects = honest.for(errand);
    return new Proxy(objects, {
      get(target, field) {
        if (field === "delete")
          return async (...args: Parameters<typeof objects.delete>) => {
            const [, , , mode] = args;
            // From the rehearsal on its kind is not watched.
            if (mode === "dry-run") cluster.get = (of) => (of === key ? undefined : honest.get(of));
            return target.delete(...args);
          };
        const value = Reflect.get(target, field);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  try {
    await deliver(name, repository, { "gone.yaml": null });
  } finally {
    Object.assign(cluster, honest);
  }
  expect(said(name)).not.toContain("was already gone");
  expect(await isThere(configMapPath(name, "gone"))).toBe(false);
});

describe("a Namespace that nothing would delete", () => {
  const lists = (): number => proxy.requests.filter(listOf("/api/v1/namespaces/idle-made/secrets")).length;

  test.each([
    ["marked to stay", "Prune=false", { automated: { prune: true } }],
    ["of an application that prunes nothing", "Prune=true", { automated: {} }],
  ])("is not looked into, %s", async (_, options, syncPolicy) => {
    const name = `idle-${options.toLowerCase().replace("=", "-")}`;
    const made = {
      ...space("idle-made"),
      metadata: { name: "idle-made", annotations: { [ANNOTATION.syncOptions]: options } },
    };
    const files = { "space.yaml": made, "keep.yaml": configMap(name, "keep") };
    const repository = await rig.placeNew(name, files, { spec: { syncPolicy } });
    await rig.untilSettled(name);
    await deliver(name, repository, { "space.yaml": null });
    for (let looks = 0; looks < 3; looks++) {
      rig.clock.advance(31_000);
      await rig.refresh(name);
    }
    await rig.untilIdle();
    expect(lists()).toBe(0);
    expect(blocked(name)).not.toContain("idle-made");
    await world.must("DELETE", "/api/v1/namespaces/idle-made");
    await eventually("it is gone", async () => !(await isThere("/api/v1/namespaces/idle-made")));
  });
});
