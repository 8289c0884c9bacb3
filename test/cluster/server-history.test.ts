/**
 * An API server that comes back at the same address with another history than before: its storage was emptied, or an
 * older copy put back. Nobody restarts us or asks for anything.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, crd, tracked } from "../lib/manifests.ts";
import type { RawApi } from "../lib/raw-api.ts";
import { type LogLine, recordingLog } from "../lib/recording-log.ts";
import { type ServerHistory, serverHistory } from "../lib/server-history.ts";

setDefaultTimeout(120_000);

const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };
const gadgets: GroupVersionKind = { group: "history.example.com", version: "v1", kind: "Gadget" };
const NAMESPACE = "default";

let plane: ControlPlane, history: ServerHistory, cluster: Cluster, log: LogLine[];

beforeAll(async () => {
  plane = await startControlPlane();
  history = serverHistory(plane);
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

beforeEach(async () => {
  log = [];
  cluster = await connectCluster({
    name: "history",
    server: "https://history",
    kubeconfig: { file: plane.kubeconfig },
    log: recordingLog(log),
  });
});
afterEach(() => cluster.stop());

const outside: RawApi["must"] = (...asked) => plane.api.must(...asked);
const path = (name = ""): string => `/api/v1/namespaces/${NAMESPACE}/configmaps${name && `/${name}`}`;
const create = (object: KubeObject): Promise<unknown> => outside("POST", path(), object);
const edit = (name: string, key: string): Promise<unknown> =>
  outside("PATCH", path(name), { data: { key } }, "application/merge-patch+json");
const seen = (object: KubeObject): KubeObject | undefined => cluster.get(refKey(refOf(object)))?.object;
const follow = (...kinds: GroupVersionKind[]) => cluster.follow("app", kinds, [NAMESPACE]);
const isFollowed = (...kinds: GroupVersionKind[]): Promise<boolean> =>
  eventually("all is followed", async () => (await follow(...kinds)).failed.size === 0, 60_000);

test("an older copy of its storage: what came later is gone, what changed is as it was, what went is there again", async () => {
  const [changed, removed, later] = ["changed", "removed", "later"].map((name) =>
    tracked("restored", configMap(NAMESPACE, name, { key: "old" })),
  ) as [KubeObject, KubeObject, KubeObject];
  await create(changed);
  await create(removed);
  await history.stop();
  history.copy();
  await history.start();
  expect((await follow(configMaps)).failed.size).toBe(0);
  await edit("changed", "new");
  await outside("DELETE", path("removed"));
  await create(later);
  // Versions of the copy lie far behind.
  for (let at = 0; at < 200; at++) await edit("later", `edit ${at}`);
  await eventually(
    "all of it is seen",
    () =>
      seen(changed)?.["data"]?.["key" as never] === "new" &&
      seen(removed) === undefined &&
      seen(later) !== undefined,
  );
  await history.stop();
  history.restore();
  await history.start();
  await eventually(
    () =>
      `it shows the copy, and shows ${cluster
        .trackedBy("restored")
        .map(({ ref }) => ref.name)
        .join()}`,
    () =>
      seen(later) === undefined &&
      seen(removed) !== undefined &&
      seen(changed)?.["data"]?.["key" as never] === "old",
    60_000,
  );
  await isFollowed(configMaps);
  expect(cluster.connection().is).toBe("connected");
  await edit("changed", "after");
  await eventually("the watch goes on", () => seen(changed)?.["data"]?.["key" as never] === "after");
});

test("its storage emptied: no object and no kind of before is left, owners are told, and what comes is seen", async () => {
  const object = tracked("emptied", configMap(NAMESPACE, "phantom"));
  await create(object);
  await outside(
    "POST",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    crd({ group: gadgets.group, kind: gadgets.kind, plural: "gadgets" }),
  );
  await eventually("the kind is known", async () => (await cluster.kind(gadgets)).is === "known");
  await isFollowed(configMaps, gadgets);
  await eventually("it is seen", () => seen(object));
  const told = new Set<string>();
  cluster.onKindsChange((owners) => owners.forEach((owner) => told.add(owner)));
  const generation = cluster.kindsGeneration();
  await history.stop();
  history.empty();
  await history.start();
  await eventually("the phantom is gone", () => seen(object) === undefined, 60_000);
  await eventually("the kind is gone", async () => (await cluster.kind(gadgets)).is === "absent", 60_000);
  await eventually("its owner was told", () => told.has("app"));
  expect(cluster.kindsGeneration()).not.toBe(generation);
  // Whether the kinds' lists or the cluster's own identity tell it first depends on how quickly it was back.
  await create(object);
  await eventually("the new one is seen", () => seen(object), 60_000);
  await isFollowed(configMaps);
});
