/** `Force=true` and `Replace=true` in this process, on the sandbox: what needs a clock of its own, or somebody in between. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import {
  appOf,
  isQuiet,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, deployment } from "../lib/manifests.ts";
import { MERGE, type Shown } from "../lib/stage.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const OPTIONS = ANNOTATION.syncOptions;
const pathOf = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps/settings`;

/** A ConfigMap that cannot be changed. */
function fixed(namespace: string, at: string, options = "Force=true"): KubeObject {
  return { ...configMap(namespace, "settings", { at }, { [OPTIONS]: options }), immutable: true };
}

async function synced(name: string, object: KubeObject): Promise<Repository> {
  const repository = await rig.placeNew(name, { "one.yaml": object }, { spec: { syncPolicy: {} } });
  await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
  expect((await rig.sync(name)).phase).toBe("Succeeded");
  return repository;
}

async function deliver(name: string, repository: Repository, object: KubeObject): Promise<void> {
  await repository.commit({ "one.yaml": object });
  await rig.refresh(name);
}

const deletes = (): number => rig.requests.filter(({ verb }) => verb === "delete").length;

describe("Force=true", () => {
  test("deletes nothing to make it again while deletions are paused", async () => {
    const repository = await synced("force-paused", fixed("force-paused", "1"));
    rig.control.pause({ of: "deletions", why: "a look first", actor: "user:ann" });
    try {
      await deliver("force-paused", repository, fixed("force-paused", "2"));
      const ended = await rig.sync("force-paused");
      expect(ended.phase).toBe("Failed");
      expect(ended.message).toContain("it is not deleted to be made again: deletions are paused");
      expect((await world.find(pathOf("force-paused"))).data.at).toBe("1");
    } finally {
      rig.control.resume({ why: "", actor: "user:ann" });
    }
    expect((await rig.sync("force-paused")).phase).toBe("Succeeded");
    expect((await world.find(pathOf("force-paused"))).data.at).toBe("2");
  });

  test("deletes what cannot be changed and makes it again", async () => {
    const repository = await synced("forced", fixed("forced", "1"));
    const { uid } = (await world.must("GET", pathOf("forced"))).metadata;
    await deliver("forced", repository, fixed("forced", "2"));
    expect((await rig.sync("forced")).phase).toBe("Succeeded");
    const made = await world.must("GET", pathOf("forced"));
    expect(made.data).toEqual({ at: "2" });
    expect(made.metadata.uid).not.toBe(uid);
  });

  test("deletes what it has read alone: what others wrote meanwhile is read anew first", async () => {
    const name = "force-raced";
    const repository = await synced(name, fixed(name, "1"));
    await deliver(name, repository, fixed(name, "2"));
    const { cluster } = rig;
    const honest = cluster.for;
    let writes = 0;
    cluster.for = (errand) => {
      const objects = honest(errand);
      return new Proxy(objects, {
        get(target, field) {
          const value = Reflect.get(target, field);
          if (field !== "delete") return typeof value === "function" ? value.bind(target) : value;
          return async (...asked: Parameters<typeof objects.delete>) => {
            const labels = { "example.com/late": "yes" };
            if (asked[3] === "write" && ++writes === 1)
              await world.must("PATCH", pathOf(name), { metadata: { labels } }, MERGE);
            return target.delete(...asked);
          };
        },
      });
    };
    try {
      expect((await rig.sync(name)).phase).toBe("Succeeded");
    } finally {
      cluster.for = honest;
    }
    expect(writes).toBe(2);
    expect((await world.must("GET", pathOf(name))).data).toEqual({ at: "2" });
  });

  test("deletes nothing where the new one would be refused, too", async () => {
    const name = "proven";
    await synced(name, { ...deployment({ namespace: name, name: "web" }) });
    const web = `/apis/apps/v1/namespaces/${name}/deployments/web`;
    const before = await world.must("GET", web);
    const object = deployment({ namespace: name, name: "web" });
    object.metadata.annotations = { [OPTIONS]: "Force=true" };
    (object["spec"] as { selector: unknown }).selector = { matchLabels: { app: "other" } };
    const repository = await world.repository(`${name}-2`, { "one.yaml": object });
    rig.place(appOf({ name, repository, spec: { syncPolicy: {} } }));
    await rig.refresh(name);
    const gone = deletes();
    const state = await rig.sync(name);
    expect(state.phase).toBe("Failed");
    expect(state.message).toMatch(/nothing was written.*is not deleted/);
    expect(deletes()).toBe(gone);
    expect((await world.must("GET", web)).metadata.uid).toBe(before.metadata.uid);
  });

  test("waits for a finalizer no longer than five minutes, and says what holds it and what comes then", async () => {
    const name = "held";
    const repository = await synced(name, fixed(name, "1"));
    await world.must("PATCH", pathOf(name), { metadata: { finalizers: ["example.com/hold"] } }, MERGE);
    await deliver(name, repository, fixed(name, "2"));
    await rig.control.sync(`argocd/${name}` as AppKey, { operation: { sync: {} }, actor: "user:test" });
    await rig.until(name, (app) =>
      /waiting until the old .* which is held by its finalizer .*example\.com\/hold/.test(
        app.status?.operationState?.message ?? "",
      ),
    );
    // Somebody sets the machine's clock: that is no wait.
    rig.clock.set(3_600_000);
    const asked = rig.requests.length;
    await eventually("it has looked twice more", async () => rig.requests.length >= asked + 2);
    expect(rig.app(name).status?.operationState?.phase).toBe("Running");
    rig.clock.set(-7_200_000);
    rig.clock.advance(5 * 60_000);
    const app = await rig.until(
      name,
      (seen) => isQuiet(seen) && seen.status?.operationState?.phase === "Failed",
    );
    expect(app.status?.operationState?.message).toMatch(
      /was deleted to be made again and is still there after 5 minutes.*Once it is gone, the next sync makes the new one/,
    );
    await world.must("PATCH", pathOf(name), { metadata: { finalizers: null } }, MERGE);
    await eventually("it is gone", async () => (await world.find(pathOf(name))) === undefined);
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect((await world.must("GET", pathOf(name))).data).toEqual({ at: "2" });
  });

  test("a stop while it waits is taken up by the next start", async () => {
    const name = "stopped";
    const repository = await synced(name, fixed(name, "1"));
    await world.must("PATCH", pathOf(name), { metadata: { finalizers: ["example.com/hold"] } }, MERGE);
    await deliver(name, repository, fixed(name, "2"));
    await rig.control.sync(`argocd/${name}` as AppKey, { operation: { sync: {} }, actor: "user:test" });
    await rig.until(name, (app) => /waiting until the old/.test(app.status?.operationState?.message ?? ""));
    await rig.stop();
    await world.must("PATCH", pathOf(name), { metadata: { finalizers: null } }, MERGE);
    rig = await startRig(world, { store: rig.store, folder: rig.folder });
    await eventually("it is made", async () => (await world.find(pathOf(name)))?.data?.at === "2");
    await rig.until(name, (app) => isQuiet(app) && app.status?.sync.status === "Synced");
  });
});

describe("Replace=true", () => {
  test("comes to rest with self-heal, whatever others add", async () => {
    const name = "replaced";
    await rig.placeNew(name, {
      "one.yaml": configMap(name, "settings", { at: "1" }, { [OPTIONS]: "Replace=true" }),
    });
    await rig.untilSettled(name);
    await rig.untilIdle();
    await world.must(
      "PATCH",
      `${pathOf(name)}?fieldManager=somebody`,
      { metadata: { labels: { a: "1" } } },
      MERGE,
    );
    await rig.refresh(name);
    await rig.untilIdle();
    const before = rig.requests.length;
    for (const how of ["normal", "hard"] as const) await rig.refresh(name, how);
    await rig.untilIdle();
    expect(rig.requests.slice(before).filter(({ verb }) => /replace|apply|create|patch/.test(verb))).toEqual(
      [],
    );
    await world.must("PATCH", pathOf(name), { data: { at: "edited" } }, MERGE);
    await eventually("it is put back", async () => (await world.must("GET", pathOf(name))).data.at === "1");
    expect((await world.must("GET", pathOf(name))).metadata.labels).toEqual({ a: "1" });
  });
});

describe("a container with one port under two ports of the host, which an apply takes for one", () => {
  const name = "twins";
  const web = `/apis/apps/v1/namespaces/${name}/deployments/web`;
  const object = (namespace: string, options?: string): KubeObject => {
    const made = structuredClone(deployment({ namespace, name: "web" }));
    const { containers } = (made as Shown)["spec"].template.spec;
    containers[0].ports = [
      { containerPort: 80, hostPort: 80 },
      { containerPort: 80, hostPort: 8080 },
    ];
    if (options !== undefined) made.metadata.annotations = { [OPTIONS]: options };
    return made;
  };

  test("is refused rather than halved, and both are there with Replace=true", async () => {
    const repository = await rig.placeNew(name, { "one.yaml": object(name) }, { spec: { syncPolicy: {} } });
    await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
    const refused = await rig.sync(name);
    expect(refused.phase).not.toBe("Succeeded");
    expect(JSON.stringify(refused)).toContain(
      "that differ in hostPort, and server-side apply keeps one entry",
    );
    expect(await world.find(web)).toBeUndefined();

    await deliver(name, repository, object(name, "Replace=true"));
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    const hostPorts = async (): Promise<number[]> =>
      (await world.must("GET", web)).spec.template.spec.containers[0].ports.map(
        ({ hostPort }: Shown) => hostPort,
      );
    expect(await hostPorts()).toEqual([80, 8080]);
    await rig.until(name, (app) => app.status?.sync.status === "Synced" && isQuiet(app));

    expect(await hostPorts()).toEqual([80, 8080]);
  });

  test("that is there already is asked about by the road that it takes", async () => {
    const namespace = "twins-there";
    await world.makeNamespace(namespace);
    const there = object(namespace, "Replace=true");
    await world.must("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, there);
    await rig.placeNew(namespace, { "one.yaml": there }, { spec: { syncPolicy: {} } });
    const seen = await rig.until(namespace, (app) => app.status?.sync.status === "OutOfSync" && isQuiet(app));
    // All that differs is the mark that it does not bear yet.
    expect(JSON.stringify(seen.status?.conditions ?? [])).not.toContain("server-side apply keeps one entry");
    expect((await rig.sync(namespace)).phase).toBe("Succeeded");
    await rig.until(namespace, (app) => app.status?.sync.status === "Synced" && isQuiet(app));
  });
});
