/** The live cache and the writes of a cluster whose connection delays, cuts, stalls, forgets and lies. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster, LiveChange } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, tracked } from "../lib/manifests.ts";
import type { RawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };
const deployments: GroupVersionKind = { group: "apps", version: "v1", kind: "Deployment" };
const isList = ({ path, isWatch }: ProxiedRequest): boolean =>
  path.startsWith("/api/v1/configmaps?") && !isWatch && !/[?&]limit=1(&|$)/.test(path);
/** What a watch that was cut asks before it resumes: where the server's history is now. */
const isComparison = ({ path }: ProxiedRequest): boolean => /^\/api\/v1\/configmaps\?limit=1(&|$)/.test(path);
const isWatch = ({ path, isWatch: watch }: ProxiedRequest): boolean =>
  path.startsWith("/api/v1/configmaps?") && watch;
const gone = {
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  code: 410,
  reason: "Expired",
  message: "too old resource version: 1 (2)",
};

let plane: ControlPlane,
  proxy: ApiProxy,
  cluster: Cluster,
  namespace = "";
let count = 0;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(() => plane.stop());

beforeEach(async () => {
  proxy = await startApiProxy(plane.kubeconfig);
  cluster = await connectCluster({
    name: "faulty",
    server: "https://faulty",
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
    timings: { silenceMs: 400, firstPauseMs: 40, lastPauseMs: 400, listEveryMs: 300 },
  });
  namespace = `faults-${++count}`;
  await outside("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
});
afterEach(async () => {
  await cluster.stop();
  await proxy.stop();
});

/** Past the proxy. */
const outside: RawApi["must"] = (...asked) => plane.api.must(...asked);
const create = (object: KubeObject): Promise<unknown> =>
  outside("POST", `/api/v1/namespaces/${namespace}/configmaps`, object);
const remove = (name: string): Promise<unknown> => outside("DELETE", configMapPath(namespace, name));
const see = (object: KubeObject): unknown => cluster.get(refKey(refOf(object)));
const appears = (object: KubeObject): Promise<unknown> =>
  eventually(`${object.metadata.name} is seen`, () => see(object) as object | undefined);
const vanishes = (object: KubeObject): Promise<unknown> =>
  eventually(`${object.metadata.name} is gone`, () => see(object) === undefined);
const follow = async (): Promise<void> => {
  const { failed } = await cluster.follow("app", [configMaps], [namespace]);
  expect([...failed]).toEqual([]);
};
const lists = (): number => proxy.requests.filter(isList).length;

test("a cut watch goes on where it was: what happened meanwhile is told, and nothing is listed again", async () => {
  const [before, during] = [
    tracked("cut", configMap(namespace, "before")),
    tracked("cut", configMap(namespace, "during")),
  ];
  await create(before);
  await follow();
  expect(see(before)).toBeDefined();
  for (let round = 0; round < 3; round++) {
    const end = proxy.inject(isWatch, { do: "cut" });
    proxy.cutWatches();
    await create({ ...during, metadata: { ...during.metadata, name: `during-${round}`, annotations: {} } });
    end();
    await appears(configMap(namespace, `during-${round}`));
  }
  expect(lists()).toBe(1);
});

test("a watch that falls silent is cut and opened again", async () => {
  await follow();
  await eventually("a watch is open", () => proxy.requests.some(isWatch));
  proxy.stallWatches();
  const object = configMap(namespace, "unheard");
  await create(object);
  await appears(object);
  expect(lists()).toBe(1);
});

test("an API that was never heard to send bookmarks is not cut for ever: its silence means that nothing happens", async () => {
  await follow();
  const watches = (): number => proxy.requests.filter(isWatch).length;
  await eventually("it was cut twice", () => watches() === 3);
  await Bun.sleep(1_500);
  expect(watches()).toBe(3);
  const object = configMap(namespace, "at-last");
  await create(object);
  await appears(object);
});

test("410 in the stream: listed anew, and what went meanwhile is told as deleted", async () => {
  const [stays, goes, comes] = ["stays", "goes", "comes"].map((name) =>
    tracked("expired", configMap(namespace, name)),
  ) as [KubeObject, KubeObject, KubeObject];
  await create(stays);
  await create(goes);
  await follow();
  const changes: LiveChange[] = [];
  cluster.onChange((change) => changes.push(change));
  const end = proxy.inject(isWatch, { do: "cut" });
  proxy.cutWatches();
  await remove("goes");
  await create(comes);
  end();
  proxy.inject(isWatch, { do: "say", line: { type: "ERROR", object: gone } }, 1);
  await vanishes(goes);
  await appears(comes);
  expect(lists()).toBe(2);
  const told = changes
    .filter(({ apps }) => apps.includes("expired"))
    .map(({ change, key }) => `${change} ${key.split("/")[3]}`);
  expect(told.toSorted()).toEqual(["added comes", "deleted goes"]);
});

test("410 as HTTP answer, again and again: lists are spaced", async () => {
  await follow();
  const end = proxy.inject(isWatch, { do: "answer", status: 410, body: gone });
  proxy.cutWatches();
  await Bun.sleep(2_000);
  end();
  // Without pauses this would be hundreds; with them one each 0.3 s after the second.
  expect(lists()).toBeLessThan(12);
  const object = configMap(namespace, "after");
  await create(object);
  await appears(object);
});

test("410 between two pages: the half list is thrown away, nothing is taken for deleted", async () => {
  for (let at = 0; at < 510; at++) await create(tracked("paged", configMap(namespace, `page-${at}`)));
  proxy.inject(({ path }) => path.includes("continue="), { do: "answer", status: 410, body: gone }, 1);
  const { failed } = await cluster.follow("app", [configMaps], [namespace]);
  expect([...failed.keys()]).toEqual(["ConfigMap"]);
  await eventually("all are seen", () => cluster.trackedBy("paged").length === 510);
  await follow();
});

test("bookmarks alone keep a watch alive, and move the place where it resumes", async () => {
  await follow();
  const versionOf = ({ path }: ProxiedRequest): string =>
    new URLSearchParams(path.split("?")[1]).get("resourceVersion") ?? "";
  await eventually("a watch is open", () => proxy.requests.some(isWatch));
  // Somebody else's write moves the server on; the watch of ConfigMaps hears of it by a bookmark alone.
  await outside("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: `${namespace}-other` },
  });
  const { body } = await plane.api.request("GET", "/api/v1/configmaps?limit=1");
  const version = (body["metadata"] as { resourceVersion: string }).resourceVersion;
  const before = lists();
  proxy.inject(
    isWatch,
    {
      do: "say",
      line: {
        type: "BOOKMARK",
        object: { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: version } },
      },
    },
    1,
  );
  proxy.cutWatches();
  await eventually("it resumes at the bookmark", () =>
    proxy.requests.filter(isWatch).some((request) => versionOf(request) === version),
  );
  expect(lists()).toBe(before);
});

test("a forbidden or failing kind fails alone, says so, and comes back", async () => {
  const end = proxy.inject(isList, {
    do: "answer",
    status: 500,
    body: { kind: "Status", code: 500, reason: "InternalError", message: "etcd is on fire" },
  });
  const { failed } = await cluster.follow("app", [configMaps, deployments], [namespace]);
  expect([...failed]).toEqual([["ConfigMap", "ConfigMap cannot be watched: etcd is on fire"]]);
  end();
  await eventually(
    "it is followed again",
    async () => (await cluster.follow("app", [configMaps], [namespace])).failed.size === 0,
  );
});

test("a kind that becomes forbidden while it is watched concerns the applications that use it, and so does its return", async () => {
  await create(tracked("locked", configMap(namespace, "locked")));
  await follow();
  const told: LiveChange[] = [];
  cluster.onChange((change) => told.push(change));
  const forbidden = { kind: "Status", code: 403, reason: "Forbidden", message: "configmaps is forbidden" };
  const end = proxy.inject(({ path }) => path.includes("/configmaps"), {
    do: "answer",
    status: 403,
    body: forbidden,
  });
  proxy.cutWatches();
  const why = await eventually("it fails", async () =>
    (await cluster.follow("app", [configMaps], [namespace])).failed.get("ConfigMap"),
  );
  expect(why).toContain("Grant get, list and watch on configmaps");
  expect(cluster.trackedBy("locked").length).toBe(1);
  end();
  await eventually(
    "it is back",
    async () => (await cluster.follow("app", [configMaps], [namespace])).failed.size === 0,
  );
  await eventually("its application was told", () =>
    told.some(({ change, apps }) => change === "resynced" && apps.includes("locked")),
  );
});

test("a server that answers with an older state is asked twice before it is believed", async () => {
  const object = tracked("stale", configMap(namespace, "newest"));
  await create(object);
  await follow();
  const stale = proxy.inject(
    isList,
    { do: "rewrite", with: (body) => ({ ...body, metadata: { resourceVersion: "1" }, items: [] }) },
    1,
  );
  proxy.inject(isWatch, { do: "say", line: { type: "ERROR", object: gone } }, 1);
  const before = lists();
  proxy.cutWatches();
  await eventually("both lists were asked for", () => lists() >= before + 2);
  await eventually(
    "the kind is well again",
    async () => (await cluster.follow("app", [configMaps], [namespace])).failed.size === 0,
  );
  stale();
  expect(see(object)).toBeDefined();
});

test("a restored etcd: versions went back for good, and what it holds is what is there", async () => {
  const object = tracked("restored", configMap(namespace, "lost"));
  await create(object);
  await follow();
  const changes: LiveChange[] = [];
  cluster.onChange((change) => changes.push(change));
  const end = proxy.inject(isList, {
    do: "rewrite",
    with: (body) => ({ ...body, metadata: { resourceVersion: "1" }, items: [] }),
  });
  proxy.inject(isWatch, { do: "say", line: { type: "ERROR", object: gone } }, 1);
  proxy.cutWatches();
  // The real server behind the proxy was not restored: a watch from version 1 may bring the object back at once.
  await eventually("it is told as deleted", () =>
    changes.some(({ change, key }) => change === "deleted" && key.endsWith(`/${object.metadata.name}`)),
  );
  end();
});

test("a watch is not resumed at a place that the server's history has not reached: everything is listed anew", async () => {
  const [stays, lost] = ["stays", "lost"].map((name) => tracked("future", configMap(namespace, name)));
  await create(stays as KubeObject);
  await create(lost as KubeObject);
  await follow();
  // The restored server is silent about the object that it does not have; its next lists leave it out.
  const end = proxy.inject((request) => isList(request) || isComparison(request), {
    do: "rewrite",
    with: (body) => ({
      ...body,
      metadata: { resourceVersion: "5" },
      items: (body.items as KubeObject[]).filter(({ metadata }) => metadata.name !== "lost"),
    }),
  });
  const silent = proxy.inject(isWatch, { do: "hang" });
  proxy.cutWatches();
  await vanishes(lost as KubeObject);
  expect(see(stays as KubeObject)).toBeDefined();
  silent();
  end();
});

test("a comparison that fails resumes nothing, and is asked again", async () => {
  await follow();
  await eventually("a watch is open", () => proxy.requests.some(isWatch));
  const watches = (): number => proxy.requests.filter(isWatch).length;
  const before = watches();
  const end = proxy.inject(isComparison, { do: "answer", status: 500, body: { kind: "Status", code: 500 } });
  proxy.cutWatches();
  await eventually("it was asked more than once", () => proxy.requests.filter(isComparison).length > 2);
  expect(watches()).toBe(before);
  expect((await cluster.follow("app", [configMaps], [namespace])).failed.has("ConfigMap")).toBe(true);
  end();
  const object = configMap(namespace, "afterwards");
  await create(object);
  await appears(object);
  expect((await cluster.follow("app", [configMaps], [namespace])).failed.size).toBe(0);
});

test("a server that ended a watch at its time is not asked anything but the next watch", async () => {
  const short = await connectCluster({
    name: "short",
    server: "https://short",
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
    timings: { watchSeconds: [4, 4], firstPauseMs: 40 },
  });
  try {
    await short.follow("app", [configMaps], [namespace]);
    await eventually("two watches ended", () => proxy.requests.filter(isWatch).length === 3);
    expect(proxy.requests.filter(isComparison)).toEqual([]);
  } finally {
    await short.stop();
  }
});

test("relist() shows what no watch told, and nothing that is not there", async () => {
  const [there, phantom] = ["there", "phantom"].map((name) =>
    tracked("relisted", configMap(namespace, name)),
  ) as [KubeObject, KubeObject];
  await create(phantom);
  await follow();
  await eventually("a watch is open", () => proxy.requests.some(isWatch));
  proxy.muteWatches();
  await create(there);
  await remove("phantom");
  await Bun.sleep(200);
  expect([see(there), see(phantom)].map((one) => one !== undefined)).toEqual([false, true]);
  expect((await cluster.relist("app")).failed.size).toBe(0);
  expect([see(there), see(phantom)].map((one) => one !== undefined)).toEqual([true, false]);
});

test("many relists of many owners are few lists, and each shows what was there when it was asked for", async () => {
  await follow();
  const before = lists();
  const owners = Array.from({ length: 50 }, (_, at) => `owner-${at}`);
  for (const owner of owners) await cluster.follow(owner, [configMaps], [namespace]);
  await Promise.all(owners.map((owner) => cluster.relist(owner)));
  // A list is two requests in this cluster: there are more objects than fit on one page.
  expect(lists() - before).toBeLessThanOrEqual(4);
});

test("relist() of a server that fails says so, and keeps what was known", async () => {
  const object = tracked("kept", configMap(namespace, "kept"));
  await create(object);
  await follow();
  const end = proxy.inject(isList, { do: "answer", status: 500, body: { kind: "Status", code: 500 } });
  expect((await cluster.relist("app")).failed.get("ConfigMap")).toContain("HTTP 500");
  expect(see(object)).toBeDefined();
  end();
});

test("an owner that left while its kinds were looked up is not followed any more", async () => {
  const following = cluster.follow("left", [configMaps, deployments], [namespace]);
  cluster.unfollow("left");
  expect([...(await following).failed.values()]).toEqual([
    "ConfigMap is not followed for left any more",
    "apps/Deployment is not followed for left any more",
  ]);
  await Bun.sleep(300);
  expect(proxy.requests.filter((request) => isList(request) || isWatch(request))).toEqual([]);
  const [first, second] = [cluster.follow("app", [deployments], []), cluster.follow("app", [configMaps], [])];
  expect([(await first).failed.size, (await second).failed.size]).toEqual([0, 0]);
});

test("relist() of nobody is nothing", async () => {
  expect((await cluster.relist("nobody")).failed.size).toBe(0);
});

test("429 with Retry-After is obeyed by every request, and the write then happens once", async () => {
  await cluster.facts();
  const tooMany = { kind: "Status", code: 429, reason: "TooManyRequests", message: "slow down" };
  proxy.inject(
    ({ method }) => method === "PATCH",
    { do: "answer", status: 429, headers: { "retry-after": "1" }, body: tooMany },
    1,
  );
  const outcome = await cluster.apply(configMap(namespace, "slow"), "write");
  expect(outcome.is).toBe("done");
  const [first, second, ...more] = proxy.requests.filter(({ method }) => method === "PATCH");
  expect(more).toEqual([]);
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
});

test("429 without end is told as unreachable with the server's pause, never as a refusal", async () => {
  await cluster.facts();
  proxy.inject(({ method }) => method === "PATCH", {
    do: "answer",
    status: 429,
    headers: { "retry-after": "120" },
    body: { kind: "Status", code: 429, reason: "TooManyRequests", message: "slow down" },
  });
  expect(await cluster.apply(configMap(namespace, "never"), "write")).toEqual({
    is: "unreachable",
    why: "slow down",
    retryAfterMs: 120_000,
  });
  expect(proxy.requests.filter(({ method }) => method === "PATCH").length).toBe(1);
});

const serverFaults = [500, 502, 503, 504].map((status) => ({ status }));
test.each(serverFaults)("HTTP $status to a write is no refusal", async ({ status }) => {
  await cluster.facts();
  proxy.inject(({ method }) => method === "PATCH", {
    do: "answer",
    status,
    body: {
      kind: "Status",
      code: status,
      reason: "InternalError",
      message: "Internal error occurred: etcdserver: request timed out",
    },
  });
  expect((await cluster.apply(configMap(namespace, "x"), "write")).is).toBe("unreachable");
});

test("a create whose answer was cut is not sent again", async () => {
  await cluster.facts();
  proxy.inject(({ method }) => method === "POST", { do: "cut-answer" });
  const object = configMap(namespace, "once");
  expect((await cluster.create(object, "write")).is).toBe("unreachable");
  expect(proxy.requests.filter(({ method }) => method === "POST").length).toBe(1);
  expect((await cluster.read(refOf(object), "v1")).is).toBe("found");
});

test("an apply whose answer was cut is sent again, since applying twice is applying once", async () => {
  await cluster.facts();
  proxy.inject(({ method }) => method === "PATCH", { do: "cut-answer" }, 1);
  const outcome = await cluster.apply(configMap(namespace, "twice"), "write");
  expect(outcome.is).toBe("done");
  expect(proxy.requests.filter(({ method }) => method === "PATCH").length).toBe(2);
});

test("a proxy's 404 is not the API server's: the object is not said to be absent", async () => {
  await cluster.facts();
  const end = proxy.inject(({ path }) => path.includes("/configmaps/"), {
    do: "answer",
    status: 404,
    body: { error: "no such route" },
  });
  expect((await cluster.read(refOf(configMap(namespace, "x")), "v1")).is).toBe("unreachable");
  end();
  expect((await cluster.read(refOf(configMap(namespace, "x")), "v1")).is).toBe("absent");
});

test("one broken API group of discovery does not break the others, and its kinds are not said to be absent", async () => {
  proxy.inject(({ path }) => path === "/apis", {
    do: "rewrite",
    with: (body) => ({
      ...body,
      items: [
        ...(body.items as unknown[]),
        {
          metadata: { name: "broken.example.com" },
          versions: [{ version: "v1", freshness: "Stale", resources: [] }],
        },
      ],
    }),
  });
  expect((await cluster.kind(deployments)).is).toBe("known");
  const lookup = await cluster.kind({ group: "broken.example.com", version: "v1", kind: "Thing" });
  expect(lookup).toMatchObject({ is: "unreachable" });
  expect((lookup as { why: string }).why).toContain("broken.example.com/v1");
});

test("a server that knows no aggregated discovery is discovered group by group, a failing group aside", async () => {
  const plain = async (path: string): Promise<unknown> => (await plane.api.request("GET", path)).body;
  for (const path of ["/api", "/apis"]) {
    const body = await plain(path);
    proxy.inject((request) => request.path === path, { do: "answer", status: 200, body });
  }
  proxy.inject(({ path }) => path === "/apis/batch/v1", {
    do: "answer",
    status: 503,
    body: { kind: "Status", code: 503, reason: "ServiceUnavailable", message: "batch is out" },
  });
  const { apiVersions } = await cluster.facts();
  expect(apiVersions).toContain("apps/v1/Deployment");
  expect(await cluster.kind(configMaps)).toMatchObject({
    is: "known",
    info: { resource: "configmaps", scope: "namespaced" },
  });
  expect(await cluster.kind({ group: "batch", version: "v1", kind: "Job" })).toMatchObject({
    is: "unreachable",
  });
});

test("connection() tells when the API server cannot be reached, and when it can again", async () => {
  await follow();
  expect(cluster.connection().is).toBe("connected");
  const end = proxy.inject(() => true, { do: "cut" });
  proxy.cutWatches();
  await eventually("unreachable", () => cluster.connection().is === "unreachable");
  end();
  await eventually("connected", () => cluster.connection().is === "connected");
});

test("while the API server is away the cache keeps what it knew, and follow() says that it is old", async () => {
  const object = tracked("away", configMap(namespace, "kept"));
  await create(object);
  await follow();
  const end = proxy.inject(() => true, { do: "cut" });
  proxy.cutWatches();
  await eventually("follow fails", async () =>
    (await cluster.follow("app", [configMaps], [namespace])).failed.has("ConfigMap"),
  );
  expect(cluster.trackedBy("away").length).toBe(1);
  end();
  await eventually(
    "follow is fine",
    async () => (await cluster.follow("app", [configMaps], [namespace])).failed.size === 0,
  );
});
