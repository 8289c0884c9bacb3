/** What became of applications and clusters is told once, by one engine after the other. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, appKey } from "../../src/core/model/application.ts";
import type { TransitionQuery } from "../../src/core/model/transition.ts";
import type { Cluster, Connection } from "../../src/core/ports/cluster.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { beforeApplies } from "../lib/cluster-applies.ts";
import { HOME, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { marked } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { rollback } from "../lib/rollback-stage.ts";

let world: World;
const startRig = sharedWorld((its) => {
  world = its;
});
const told = (store: Store, name: string, query: Partial<TransitionQuery> = {}): string[] =>
  store
    .transitions({ app: appKey(HOME, name), order: "oldest-first", limit: 100, ...query })
    .map(({ kind }) => kind);
const ofDrift = { kinds: ["drift-found", "drift-healed"] as const };
const byHand = (namespace: string) =>
  world.must(
    "PATCH",
    configMapPath(namespace, "it"),
    { data: { value: "by hand" } },
    "application/merge-patch+json",
  );

describe("what becomes of an application", () => {
  test("is told from its first sync on, drift by others with it, and not that Git wants something else", async () => {
    const rig = await startRig();
    const repository = await rig.placeNew("told", { "it.yaml": configMap("told", "it", { value: "one" }) });
    await rig.untilSettled("told");
    expect(told(rig.store, "told")).toEqual(["created", "sync-running", "sync-succeeded", "deployed"]);
    await byHand("told");
    await eventually("it is healed", () => told(rig.store, "told", ofDrift).length === 2);
    const [found] = rig.store.transitions({ ...ofDrift, order: "oldest-first", limit: 1 });
    expect(found).toMatchObject({
      why: "ConfigMap told/it",
      project: "default",
      uid: rig.app("told").metadata.uid,
      // What stands in a ConfigMap may be a secret: which field it is, and who set it, is told.
      changes: [{ object: "ConfigMap told/it", path: "data.value", by: { operation: "Update" } }],
    });
    expect(found?.changes?.[0]).not.toHaveProperty("to");
    const [healed] = rig.store.transitions({ kinds: ["drift-healed"], order: "newest-first", limit: 1 });
    const [run] = rig.store.runs({ app: appKey(HOME, "told"), limit: 1 });
    expect(healed).toMatchObject({ run: run?.id, cause: "self-heal" });
    await rig.untilIdle();
    await repository.commit({ "it.yaml": configMap("told", "it", { value: "two" }) });
    await rig.refresh("told");
    await rig.untilSettled("told");
    expect(told(rig.store, "told", ofDrift)).toEqual(["drift-found", "drift-healed"]);
    expect(told(rig.store, "told", { kinds: ["deployed"] })).toEqual(["deployed", "deployed"]);
  });

  test.each(["put back by hand", "by a sync that a person asked for", "by hand, long after a sync"] as const)(
    "is told with the run that healed it, where one did: %s",
    async (how) => {
      const name = { p: "back", s: "asked", l: "later" }[
        how.includes("long") ? "l" : how.includes("sync") ? "s" : "p"
      ];
      const rig = await startRig();
      const files = {
        "it.yaml": configMap(name, "it", { value: "one" }),
        "other.yaml": configMap(name, "other"),
      };
      await rig.placeNew(name, files, { spec: { syncPolicy: { automated: {} } } });
      await rig.untilSettled(name);
      await byHand(name);
      await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
      if (how === "by hand, long after a sync") {
        await rig.sync(name, { resources: [{ kind: "ConfigMap", name: "other" }] });
        rig.clock.advance(120_000);
      }
      if (how === "by a sync that a person asked for") await rig.sync(name);
      else
        await world.must(
          "PATCH",
          configMapPath(name, "it"),
          { data: { value: "one" } },
          "application/merge-patch+json",
        );
      await eventually("it is as Git wants it", () => told(rig.store, name, ofDrift).length === 2);
      const [healed] = rig.store.transitions({
        ...{ app: appKey(HOME, name), kinds: ["drift-healed"], order: "newest-first", limit: 1 },
      });
      const [run] = rig.store.runs({ app: appKey(HOME, name), limit: 1 });
      if (how === "by a sync that a person asked for")
        expect(healed).toMatchObject({ run: run?.id, cause: "manual", by: "user:test" });
      else expect(healed).not.toHaveProperty("run");
    },
  );

  test("is told of drift beside what Git wants and waits, with the run of a person that undid it", async () => {
    const rig = await startRig();
    const name = "beside";
    const files = {
      "it.yaml": configMap(name, "it", { value: "one" }),
      "other.yaml": configMap(name, "other", { value: "one" }),
    };
    const repository = await rig.placeNew(name, files, { spec: { syncPolicy: {} } });
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    await rig.sync(name);
    await repository.commit({ "other.yaml": configMap(name, "other", { value: "two" }) });
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    expect(told(rig.store, name, ofDrift)).toEqual([]);
    await byHand(name);
    await eventually("it is found", () => told(rig.store, name, ofDrift).length === 1);
    await rig.refresh(name);
    const ofIt = { app: appKey(HOME, name), order: "newest-first", limit: 1 } as const;
    const [found] = rig.store.transitions({ ...ofIt, kinds: ["drift-found"] });
    // What Git wants otherwise is none of it.
    expect(found).toMatchObject({
      ...{ count: 1, why: "ConfigMap beside/it" },
      changes: [{ object: "ConfigMap beside/it", path: "data.value", by: { operation: "Update" } }],
    });
    await rig.sync(name);
    const [run] = rig.store.runs({ app: appKey(HOME, name), limit: 1 });
    expect(told(rig.store, name, ofDrift)).toEqual(["drift-found", "drift-healed"]);
    expect(rig.store.transitions({ ...ofIt, kinds: ["drift-healed"] })).toMatchObject([
      { run: run?.id, cause: "manual", by: "user:test" },
    ]);
  });

  test.each([
    { of: "the first sync", name: "young" },
    { of: "a sync of what is there", name: "grown" },
  ])("what $of wrote is no drift to whoever looks while it writes on", async ({ name }) => {
    const rig = await startRig();
    const files = (value: string) => ({
      "it.yaml": configMap(name, "it", { value }),
      "late.yaml": marked(configMap(name, "late", { value }), { [ANNOTATION.syncWave]: "1" }),
    });
    const repository = await rig.placeNew(name, files("one"), { spec: { syncPolicy: {} } });
    await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
    if (name === "grown") {
      await rig.sync(name);
      await repository.commit(files("two"));
      await rig.refresh(name);
    }
    const write = beforeApplies(rig.cluster, "late");
    const synced = rig.sync(name);
    await write.isAsked;
    await rig.refresh(name);
    const meanwhile = rig.app(name).status;
    write.goOn();
    expect([meanwhile?.sync.status, meanwhile?.others]).toEqual(["OutOfSync", undefined]);
    expect((await synced).phase).toBe("Succeeded");
    await rig.untilSettled(name);
    expect(told(rig.store, name, ofDrift)).toEqual([]);
  });

  test("is told of health, of holds and of its end", async () => {
    const rig = await startRig();
    await rig.placeNew("ill", { "it.yaml": configMap("ill", "it", { value: "one" }) });
    await rig.untilSettled("ill");
    rig.judge("ConfigMap", "ill", "it", "Degraded");
    await rig.until("ill", (app) => app.status?.health.status === "Degraded");
    rig.judge("ConfigMap", "ill", "it", "Healthy");
    await rig.until("ill", (app) => app.status?.health.status === "Healthy");
    await rollback(rig, "ill", 0);
    await rig.control.unhold(appKey(HOME, "ill"), "user:ben");
    await rig.control.remove(appKey(HOME, "ill"), { cascade: "background", actor: "user:ben" });
    const kinds = ["health-degraded", "health-recovered", "hold-set", "hold-lifted", "deleted"] as const;
    rig.unplace("ill");
    await rig.untilGone("ill");
    expect(told(rig.store, "ill", { kinds })).toEqual([...kinds]);
    expect(rig.store.settled({ is: "application", name: appKey(HOME, "ill") })).toBeUndefined();
  });

  test("is told once through restarts, and what came while no daemon ran is told after", async () => {
    const store = memoryStore();
    const first = await startRig({ store });
    await first.placeNew("again", { "it.yaml": configMap("again", "it", { value: "one" }) });
    await first.untilSettled("again");
    const before = told(store, "again");
    await first.stop();
    const second = await startRig({ store, folder: first.folder });
    await second.untilSettled("again");
    await second.refresh("again");
    expect(told(store, "again")).toEqual(before);
    await second.stop();
    await byHand("again");
    const third = await startRig({ store, folder: first.folder });
    await eventually("it is healed", () => told(store, "again", ofDrift).length === 2);
    await third.untilIdle();
    expect(told(store, "again", ofDrift)).toEqual(["drift-found", "drift-healed"]);
  });

  test("is found again where it could not be written down", async () => {
    const store = memoryStore();
    let isFull = false;
    const rig = await startRig({
      store: {
        ...store,
        settle(...ask) {
          if (isFull) throw new Error("the disk is full");
          return store.settle(...ask);
        },
      },
    });
    await rig.placeNew("full", { "it.yaml": configMap("full", "it", { value: "one" }) });
    await rig.untilSettled("full");
    isFull = true;
    rig.judge("ConfigMap", "full", "it", "Degraded");
    await rig.until("full", (app) => app.status?.health.status === "Degraded");
    const kinds = ["health-degraded"] as const;
    expect(told(store, "full", { kinds })).toEqual([]);
    expect(
      rig.log.lines.filter(({ message }) => message === "what became of it cannot be written down").length,
    ).toBe(1);
    isFull = false;
    await rig.refresh("full");
    expect(told(store, "full", { kinds })).toEqual(["health-degraded"]);
  });
});

test("a cluster that goes and comes back is told of, with the cause", async () => {
  const rig = await startRig();
  const listeners = new Set<(connection: Connection) => void>();
  let connection: Connection = { is: "connected", since: 0 };
  const edge: Cluster = Object.assign(Object.create(rig.cluster) as Cluster, {
    name: "edge",
    server: "https://edge.example.com",
    connection: () => connection,
    onConnectionChange(listener: (connection: Connection) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  rig.clusters.push(edge);
  rig.engine.clustersChanged();
  const say = (now: Connection): void => {
    connection = now;
    for (const listener of listeners) listener(now);
  };
  say({ is: "unreachable", since: 1, why: "connect ECONNREFUSED" });
  say({ is: "starting" });
  say({ is: "connected", since: 2 });
  const all = rig.store.transitions({ cluster: "edge", order: "oldest-first", limit: 10 });
  expect(all.map(({ kind, why, app }) => [kind, why, app])).toEqual([
    ["cluster-unreachable", "connect ECONNREFUSED", undefined],
    ["cluster-reachable", undefined, undefined],
  ]);
});
