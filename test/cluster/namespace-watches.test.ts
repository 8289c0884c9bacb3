/** A cluster whose rights end at namespaces: which watches it keeps, and what it may say about a Namespace. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { GroupVersionKind } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, tracked } from "../lib/manifests.ts";
import type { RawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };
const NAMESPACES = ["one", "two", "three"];

let plane: ControlPlane, proxy: ApiProxy, cluster: Cluster;
let watches: () => string[];

beforeAll(async () => {
  plane = await startControlPlane();
  for (const name of NAMESPACES) {
    await must("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await must("POST", `/api/v1/namespaces/${name}/configmaps`, tracked("narrow", configMap(name, "a")));
  }
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

const must: RawApi["must"] = (...asked) => plane.api.must(...asked);

beforeEach(async () => {
  proxy = await startApiProxy(plane.kubeconfig);
  const forbidden = {
    kind: "Status",
    code: 403,
    reason: "Forbidden",
    message: "the whole cluster is forbidden",
  };
  proxy.inject(({ path }) => path.startsWith("/api/v1/configmaps"), {
    do: "answer",
    status: 403,
    body: forbidden,
  });
  proxy.inject(({ path }) => path.startsWith("/api/v1/namespaces?"), {
    do: "answer",
    status: 403,
    body: forbidden,
  });
  cluster = await connectCluster({
    name: "narrow",
    server: "https://narrow",
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
    timings: { firstPauseMs: 40, dropAfterMs: 300 },
  });
  watches = () =>
    proxy
      .watching()
      .flatMap((path) => /^\/api\/v1\/namespaces\/([^/]+)\/configmaps\?/.exec(path)?.[1] ?? [])
      .toSorted();
});
afterEach(async () => {
  await cluster.stop();
  await proxy.stop();
});

const follow = async (owner: string, ...namespaces: string[]): Promise<void> => {
  expect([...(await cluster.follow(owner, [configMaps], namespaces)).failed]).toEqual([]);
};
const seen = (): string[] =>
  cluster
    .trackedBy("narrow")
    .map(({ ref }) => ref.namespace)
    .toSorted();

test("a namespace's watch ends a while after the last owner left it or went elsewhere, and comes back with the next", async () => {
  await follow("a", "one", "two");
  await follow("b", "two", "three");
  await eventually("three are open", () => watches().join() === "one,three,two");
  await follow("a", "two");
  await eventually("one's has ended", () => watches().join() === "three,two");
  expect(seen()).toEqual(["three", "two"]);
  cluster.unfollow("b");
  await eventually("three's has ended", () => watches().join() === "two");
  await follow("c", "one");
  await eventually("one's is back", () => watches().join() === "one,two");
  expect(seen()).toEqual(["one", "two"]);
});

test("an owner that leaves and comes back soon finds its watch as it was", async () => {
  await follow("a", "one", "two");
  await eventually("both are open", () => watches().length === 2);
  const before = proxy.requests.length;
  await follow("a", "one");
  await follow("a", "one", "two");
  await Bun.sleep(1_000);
  expect(watches()).toEqual(["one", "two"]);
  expect(proxy.requests.slice(before).filter(({ path }) => path.includes("/configmaps"))).toEqual([]);
});

test("a thousand renewals of one owner leave the watches of one", async () => {
  for (let at = 0; at < 1_000; at++) await follow("a", at % 2 === 0 ? "one" : "two");
  await eventually("the last one's alone", () => watches().join() === "two");
});

test("relist() lists the owner's namespaces alone", async () => {
  await follow("a", "one");
  await follow("b", "two");
  const before = proxy.requests.length;
  expect((await cluster.relist("a")).failed.size).toBe(0);
  const lists = proxy.requests
    .slice(before)
    .filter(({ path, isWatch }) => /configmaps\?limit=500/.test(path) && !isWatch);
  expect(lists.map(({ path }) => path.split("/")[4])).toEqual(["one"]);
});

test("whether a Namespace is there is one question: yes, no, or not for us to know", async () => {
  const namespace = (name: string) =>
    cluster.read({ group: "", kind: "Namespace", namespace: "", name }, "v1");
  expect(await namespace("one")).toMatchObject({ is: "found", object: { metadata: { name: "one" } } });
  expect(await namespace("nowhere")).toEqual({ is: "absent" });
  proxy.inject(({ path }) => path === "/api/v1/namespaces/one", {
    do: "answer",
    status: 403,
    body: { kind: "Status", code: 403, reason: "Forbidden", message: 'namespaces "one" is forbidden' },
  });
  expect(await namespace("one")).toEqual({ is: "forbidden", why: 'namespaces "one" is forbidden' });
});
