/** Nothing is used under another spec, kind or project than the one that it was found under. */
import { beforeEach, describe, expect, test } from "bun:test";
import type { AppKey, ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Project, ProjectSpec } from "../../src/core/model/project.ts";
import { AUTOMATED, appOf, isQuiet, isSettled, type Rig, sharedRig, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";

let world: World, rig: Rig;
/** Repositories whose trees are not given out before the promise is resolved. */
const held = new Map<string, Promise<void>>();
sharedRig(
  (...both) => {
    [world, rig] = both;
  },
  {
    git: (git) => ({
      ...git,
      async tree(access, ...rest) {
        await held.get(access.url);
        return git.tree(access, ...rest);
      },
    }),
  },
);
beforeEach(() => rig.untilIdle());

const plain = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { key: "value" },
});
const find = (namespace: string, name: string) => world.find(configMapPath(namespace, name));
const writes = (from: number): string[] =>
  rig.requests
    .slice(from)
    .flatMap(({ verb }) => (["apply", "create", "replace", "patch", "delete"].includes(verb) ? [verb] : []));

describe("a spec that is edited while its application is looked at", () => {
  test("is the one that is delivered: nothing goes to the old namespace", async () => {
    for (const name of ["edit-old", "edit-new"]) await world.makeNamespace(name);
    const repository = await world.repository("edit", { "a.yaml": plain("a") });
    const hold = Promise.withResolvers<void>();
    held.set(repository.url, hold.promise);
    rig.place(appOf({ name: "edit", repository, namespace: "edit-old" }));
    await Bun.sleep(20);
    rig.place(appOf({ name: "edit", repository, namespace: "edit-new" }));
    held.delete(repository.url);
    hold.resolve();
    await rig.untilSettled("edit");
    await rig.untilIdle();
    expect([await find("edit-old", "a"), (await find("edit-new", "a")) !== undefined]).toEqual([
      undefined,
      true,
    ]);
  });

  test("moves what the old one had delivered", async () => {
    const repository = await world.repository("moved", { "a.yaml": plain("a") });
    for (const name of ["moved-old", "moved-new"]) await world.makeNamespace(name);
    rig.place(appOf({ name: "moved", repository, namespace: "moved-old" }));
    await rig.untilSettled("moved");
    const hold = Promise.withResolvers<void>();
    held.set(repository.url, hold.promise);
    const refreshed = rig.refresh("moved", "hard");
    await Bun.sleep(20);
    rig.place(appOf({ name: "moved", repository, namespace: "moved-new" }));
    held.delete(repository.url);
    hold.resolve();
    await refreshed;
    await rig.until("moved", (app) => app.spec.destination.namespace === "moved-new" && isSettled(app));
    await eventually("the old one is pruned", async () => (await find("moved-old", "a")) === undefined);
    expect(await find("moved-new", "a")).toBeDefined();
  });
});

describe("a cluster-scoped kind that nobody defines yet", () => {
  const gizmo = (name: string): KubeObject => ({
    apiVersion: "fault.example.com/v1",
    kind: "Gizmo",
    metadata: {
      name,
      annotations: { "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true" },
    },
  });
  const definition = crd({
    group: "fault.example.com",
    kind: "Gizmo",
    plural: "gizmos",
    scope: "Cluster",
    fields: "any",
  });

  test("is written where its definition says, once, and stays", async () => {
    await world.makeNamespace("gizmos");
    const repository = await world.repository("gizmos", {
      "a.yaml": configMap("gizmos", "a"),
      "g.yaml": gizmo("one"),
    });
    rig.place(
      appOf({ name: "gizmos", repository, spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } } }),
    );
    await rig.until("gizmos", (app) => app.status?.operationState?.phase === "Failed");
    const from = rig.requests.length;
    await world.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
    rig.clock.advance(200_000);
    await rig.untilSettled("gizmos");
    await rig.untilIdle();
    const one = await world.must("GET", "/apis/fault.example.com/v1/gizmos/one");
    expect(one.metadata.annotations["argocd.argoproj.io/tracking-id"]).toMatch(
      /^gizmos:fault.example.com\/Gizmo:/,
    );
    expect(writes(from).filter((verb) => verb === "delete")).toEqual([]);
    await rig.refresh("gizmos", "hard");
    await rig.untilIdle();
    expect((await world.must("GET", "/apis/fault.example.com/v1/gizmos/one")).metadata.uid).toBe(
      one.metadata.uid,
    );
  });

  test("passes no limit of its project by it", async () => {
    await world.makeNamespace("limited-kind");
    project("no-gizmos", { clusterResourceWhitelist: [], namespaceResourceBlacklist: [] });
    const repository = await world.repository("limited-kind", { "g.yaml": gizmo("two") });
    rig.place(
      appOf({
        name: "limited-kind",
        repository,
        spec: { project: "no-gizmos", syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } },
      }),
    );
    await rig.until(
      "limited-kind",
      (app) => JSON.stringify(app.status ?? "").includes("Gizmo") && isQuiet(app),
    );
    await rig.untilIdle();
    expect(await world.find("/apis/fault.example.com/v1/gizmos/two")).toBeUndefined();
  });
});

function project(name: string, spec: ProjectSpec): void {
  const everything: ProjectSpec = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] };
  const metadata = { name, namespace: "argocd" };
  const written: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata,
    spec: { ...everything, ...spec },
  };
  rig.folder.projects = [
    ...rig.folder.projects.filter(({ project: other }) => other.metadata.name !== name),
    { project: written, file: `${name}.yaml`, line: 1 },
  ];
  rig.read();
}

describe("a project's limits", () => {
  const limits: { what: string; spec: ProjectSpec }[] = [
    { what: "sourceRepos", spec: { sourceRepos: ["https://elsewhere.example.com/*"] } },
    { what: "destinations", spec: { destinations: [{ server: "*", namespace: "elsewhere" }] } },
    { what: "kinds", spec: { namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }] } },
  ];

  test.each(limits)("$what hold for a sync by a person, and for its retry", async ({ what, spec }) => {
    const name = `limit-${what.toLowerCase()}`;
    await world.makeNamespace(name);
    project(name, spec);
    const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
    const manual: Partial<ApplicationSpec> = { syncPolicy: {}, project: name };
    rig.place(appOf({ name, repository, spec: manual }));
    await rig.until(name, (app) => app.status !== undefined);
    const from = rig.requests.length;
    void rig.control.sync(`argocd/${name}` as AppKey, {
      operation: { sync: {}, retry: { limit: 1, backoff: { duration: "1s" } } },
      actor: "user:test",
    });
    await rig.until(name, (app) => app.status?.operationState?.finishedAt !== undefined);
    rig.clock.advance(2_000);
    await rig.refresh(name);
    await rig.untilIdle();
    expect(rig.app(name).status?.operationState?.phase).toBe("Failed");
    expect(writes(from)).toEqual([]);
    expect(await find(name, "a")).toBeUndefined();
  });

  test("that are drawn tighter keep what left Git from being deleted, and say so", async () => {
    const name = "limit-extras";
    await world.makeNamespace(name);
    project(name, {});
    const repository = await world.repository(name, {
      "a.yaml": configMap(name, "a"),
      "s.yaml": { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "kept", namespace: name } },
    });
    rig.place(appOf({ name, repository, spec: { project: name } }));
    await rig.untilSettled(name);
    project(name, { namespaceResourceBlacklist: [{ group: "", kind: "ServiceAccount" }] });
    const from = rig.requests.length;
    const sha = await repository.commit({
      "s.yaml": null,
      "a.yaml": configMap(name, "a", { key: "second" }),
    });
    await rig.refresh(name);
    await rig.until(
      name,
      (app) =>
        app.status?.sync.revision === sha && app.status.operationState?.phase === "Succeeded" && isQuiet(app),
    );
    await rig.untilIdle();
    expect(writes(from)).not.toContain("delete");
    expect(await world.find(`/api/v1/namespaces/${name}/serviceaccounts/kept`)).toBeDefined();
  });

  test("that are drawn tighter in the middle of a sync hold for what is not written yet", async () => {
    const name = "limit-midway";
    await world.makeNamespace(name);
    project(name, {});
    const wave = (at: number, object: KubeObject): KubeObject => ({
      ...object,
      metadata: { ...object.metadata, annotations: { "argocd.argoproj.io/sync-wave": String(at) } },
    });
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    const repository = await world.repository(name, {
      "a.yaml": wave(0, configMap(name, `gate-${name}`)),
      "s.yaml": wave(1, {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "late", namespace: name },
      }),
    });
    rig.place(
      appOf({ name, repository, spec: { project: name, syncPolicy: { ...AUTOMATED, retry: { limit: 0 } } } }),
    );
    await rig.until(name, (app) => /^waiting for/.test(app.status?.operationState?.message ?? ""));
    project(name, { namespaceResourceBlacklist: [{ group: "", kind: "ServiceAccount" }] });
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    await rig.until(name, (app) => app.status?.operationState?.phase === "Failed");
    expect(rig.app(name).status?.operationState?.message).toMatch(/ServiceAccount/);
    expect(await world.find(`/api/v1/namespaces/${name}/serviceaccounts/late`)).toBeUndefined();
  });
});

test("a sync that a person asks for while an older look is under way delivers the commit of the asking", async () => {
  const repository = await rig.placeNew("asked-late", { "a.yaml": plain("a") }, { spec: { syncPolicy: {} } });
  await rig.until("asked-late", (app) => app.status !== undefined);
  rig.clock.advance(2_000);
  const hold = Promise.withResolvers<void>();
  held.set(repository.url, hold.promise);
  const listed = rig.gitRequests.length;
  const look = rig.refresh("asked-late", "hard");
  await eventually("the refs are listed", () => rig.gitRequests.length > listed);
  const commit = await repository.commit({ "b.yaml": plain("b") });
  const sync = rig.sync("asked-late");
  held.delete(repository.url);
  hold.resolve();
  await look;
  expect((await sync).syncResult).toMatchObject({ revision: commit });
  expect(await find("asked-late", "b")).toBeDefined();
});
