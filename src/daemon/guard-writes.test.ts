import { describe, expect, test } from "bun:test";
import { endingOf, rejectionOf } from "../../test/lib/ending-of.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ClusterObjects } from "../core/ports/cluster-objects.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { guardWrites } from "./guard-writes.ts";

const REF = { group: "", kind: "ConfigMap", namespace: "shop", name: "a" };
const OBJECT = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop" } };

/** A cluster that notes what reaches it. */
function reached(): { calls: string[]; cluster: Cluster } {
  const calls: string[] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      calls.push(`${name} ${args.at(-1) === "dry-run" ? "dry-run" : "write"}`);
      return { is: "absent" };
    };
  const objects = {
    apply: note("apply"),
    create: note("create"),
    replace: note("replace"),
    patch: note("patch"),
    delete: note("delete"),
    read: note("read"),
  };
  const cluster = { name: "one", ...objects, for: () => objects } as unknown as Cluster;
  return { calls, cluster };
}

const SOUND = { condition: () => ({ is: "sound" }) as const, paused: () => undefined };

/** The two ways by which the engine writes. */
const ROADS: readonly [string, (cluster: Cluster) => ClusterObjects][] = [
  ["itself", (cluster) => cluster],
  ["what it gives for an errand", (cluster) => cluster.for({ owner: "argocd/shop", urgency: "sync" })],
];

const askAll = (cluster: ClusterObjects, mode: "dry-run" | "write"): (() => Promise<unknown>)[] => [
  () => cluster.apply(OBJECT, mode),
  () => cluster.create(OBJECT, mode),
  () => cluster.replace(OBJECT, mode),
  () => cluster.delete(REF, "v1", { uid: "1", propagation: "Foreground" }, mode),
];

describe.each(ROADS)("guardWrites(), the cluster by %s", (_, road) => {
  test.each<Exclude<StoreCondition, { is: "sound" }>>([
    { is: "lost", object: "/data", why: "it was removed", fix: "Put it back" },
    { is: "failing", object: "/data", why: "the disk is full", fix: "Free space" },
  ])("lets no write through to the cluster while the store is $is, and every question", async (condition) => {
    const { calls, cluster } = reached();
    const guarded = road(guardWrites(cluster, { condition: () => condition, paused: () => undefined }));
    const writes = [...askAll(guarded, "write"), () => guarded.patch(REF, "v1", [])];
    for (const write of writes)
      expect(await rejectionOf(write())).toMatchObject({
        code: "store",
        message: `/data: cannot write to the cluster: ${condition.why}. ${condition.fix}`,
      });
    expect(calls).toEqual([]);
    for (const ask of askAll(guarded, "dry-run")) await ask();
    await guarded.patch(REF, "v1", [], { fieldManager: "a-test", to: "object", mode: "dry-run" });
    await guarded.read(REF, "v1");
    expect(calls).toEqual([
      "apply dry-run",
      "create dry-run",
      "replace dry-run",
      "delete dry-run",
      "patch write",
      "read write",
    ]);
  });

  test("lets all through while it is sound, and again when it is so again", async () => {
    const { calls, cluster } = reached();
    let condition: StoreCondition = { is: "failing", object: "/data", why: "full", fix: "Free space" };
    const guarded = road(guardWrites(cluster, { condition: () => condition, paused: () => undefined }));
    expect(await endingOf(guarded.apply(OBJECT, "write"))).toThrow("full");
    condition = { is: "sound" };
    for (const write of [...askAll(guarded, "write"), () => guarded.patch(REF, "v1", [])]) await write();
    expect(calls.length).toBe(5);
  });
});

describe.each(ROADS)("guardWrites() while the daemon is paused, the cluster by %s", (_, road) => {
  const pause: DaemonPause = { of: "writes", from: "config" };

  test("lets no write through, and every question", async () => {
    const { calls, cluster } = reached();
    const guarded = road(guardWrites(cluster, { ...SOUND, paused: () => pause }));
    for (const write of [...askAll(guarded, "write"), () => guarded.patch(REF, "v1", [])])
      expect(await rejectionOf(write())).toMatchObject({
        code: "paused",
        message:
          "cluster one: cannot write to the cluster: all writes to clusters are paused in the whole daemon, because `pause` in the config says so. Set `pause: none` in the config",
      });
    expect(calls).toEqual([]);
    for (const ask of askAll(guarded, "dry-run")) await ask();
    expect(calls.length).toBe(4);
  });

  test("lets deletions through where they alone are paused: which of them are prunes is for the engine to tell", async () => {
    const { calls, cluster } = reached();
    const guarded = road(guardWrites(cluster, { ...SOUND, paused: () => ({ ...pause, of: "deletions" }) }));
    for (const write of askAll(guarded, "write")) await write();
    expect(calls.length).toBe(4);
  });
});

test("what writes nothing is the cluster's own", () => {
  expect(guardWrites(reached().cluster, SOUND).name).toBe("one");
});
