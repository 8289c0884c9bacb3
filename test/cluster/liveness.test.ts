/** Servers that are there and do not answer: what connection() says of them, what else goes on, and what it costs to ask. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { TIMINGS } from "../../src/cluster/timings.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster, Connection } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { serverHistory } from "../lib/server-history.ts";

setDefaultTimeout(60_000);

const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };
const secrets: GroupVersionKind = { group: "", version: "v1", kind: "Secret" };
const SHORT = { quietMs: 300, probeMs: 300, probeEveryMs: 200, firstPauseMs: 40, lastPauseMs: 400 };
const isProbe = ({ path }: ProxiedRequest): boolean => path === "/readyz";
const everything = (): boolean => true;

let plane: ControlPlane, proxy: ApiProxy, cluster: Cluster;
let connections: Connection[] = [];

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

const connect = (kubeconfig: string, timings: Partial<typeof TIMINGS> = {}): Promise<Cluster> =>
  connectCluster({
    name: "quiet",
    server: "https://quiet",
    kubeconfig: { file: kubeconfig },
    log: recordingLog(),
    timings: { ...SHORT, ...timings },
  });

beforeEach(async () => {
  proxy = await startApiProxy(plane.kubeconfig);
  cluster = await connect(proxy.kubeconfig);
  connections = [];
  cluster.onConnectionChange((connection) => connections.push(connection));
});
afterEach(async () => {
  await cluster.stop();
  await proxy.stop();
});

const is = (): string => cluster.connection().is;
const follow = (of = cluster): Promise<unknown> => of.follow("app", [configMaps], ["default"]);
async function create(object: KubeObject): Promise<void> {
  const answer = await plane.api.request("POST", "/api/v1/namespaces/default/configmaps", object);
  if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
}
const appears = (object: KubeObject, of = cluster): Promise<unknown> =>
  eventually(`${object.metadata.name} is seen`, () => of.get(refKey(refOf(object))));

test("the silence that is borne and the answer that is waited for are no more than 15 seconds together", () => {
  // And half a second before a server that says it is not ready is asked again.
  expect(TIMINGS.quietMs + TIMINGS.probeMs + 500).toBeLessThan(15_000);
});

test("a server that accepts everything and answers nothing is unreachable, since it was heard last", async () => {
  await follow();
  expect(is()).toBe("connected");
  const end = proxy.inject(everything, { do: "hang" });
  proxy.stallWatches();
  await eventually("it is said", () => is() === "unreachable");
  const connection = cluster.connection() as Extract<Connection, { is: "unreachable" }>;
  expect(connection.why).toContain("no answer within 0.3 s");
  // An answer was waited for so long at least.
  expect(connection.since).toBeLessThan(Date.now() - 250);
  // The watches are not believed either: what happens meanwhile is seen when it is back.
  const object = configMap("default", "meanwhile");
  await create(object);
  end();
  await eventually("it is back", () => is() === "connected");
  await appears(object);
  expect(connections.map((one) => one.is)).toEqual(["connected", "unreachable", "connected"]);
});

test("a server that never answered at all is unreachable, and not starting for ever", async () => {
  proxy.inject(everything, { do: "hang" });
  expect(is()).toBe("starting");
  follow().catch(() => undefined);
  await eventually("it is said", () => is() === "unreachable");
});

test("a frozen server, as it is: unreachable, and when it goes on everything goes on", async () => {
  const direct = await connect(plane.kubeconfig);
  try {
    await follow(direct);
    const thaw = serverHistory(plane).freeze();
    try {
      await eventually("it is said", () => direct.connection().is === "unreachable");
      await Bun.sleep(1_000);
      expect(direct.connection().is).toBe("unreachable");
    } finally {
      thaw();
    }
    await eventually("it is back", () => direct.connection().is === "connected");
    const object = configMap("default", "thawed");
    await create(object);
    await appears(object, direct);
  } finally {
    await direct.stop();
  }
});

test("a list that never answers is that kind's problem: the cluster stays connected, other kinds are seen", async () => {
  await cluster.stop();
  cluster = await connect(proxy.kubeconfig, { readMs: 1_500 });
  cluster.onConnectionChange((connection) => connections.push(connection));
  const end = proxy.inject(({ path }) => path.startsWith("/api/v1/secrets"), { do: "hang" });
  for (let tries = 0; tries < 3; tries++) {
    const { failed } = await cluster.follow("app", [configMaps, secrets], ["default"]);
    expect([...failed]).toEqual([["Secret", expect.stringContaining("no answer within 1.5 s")]]);
    await Bun.sleep(400);
  }
  expect(connections.map((one) => one.is)).toEqual(["connected"]);
  end();
  await eventually(
    "it is seen too",
    async () => (await cluster.follow("app", [configMaps, secrets], ["default"])).failed.size === 0,
  );
});

test("a watch that is accepted and never answered is that kind's problem, and is told", async () => {
  await cluster.stop();
  cluster = await connect(proxy.kubeconfig, { readMs: 1_500 });
  proxy.inject(({ path, isWatch }) => isWatch && path.startsWith("/api/v1/secrets"), { do: "hang" });
  await cluster.follow("app", [configMaps, secrets], ["default"]);
  await eventually("it is told", async () => {
    const { failed } = await cluster.follow("app", [configMaps, secrets], ["default"]);
    return failed.has("Secret") && !failed.has("ConfigMap");
  });
  expect(is()).toBe("connected");
});

test("one request that is cut says nothing about the cluster", async () => {
  await follow();
  connections = [];
  for (let round = 0; round < 5; round++) {
    proxy.inject(({ method }) => method === "POST", { do: "cut" }, 1);
    expect((await cluster.create(configMap("default", "cut"), "write")).is).toBe("unreachable");
  }
  expect(connections).toEqual([]);
});

test("a server that says it is not ready is believed the second time, and its sentence is told", async () => {
  await follow();
  const notReady = { do: "answer", status: 500, body: "[-]etcd failed: reason withheld" } as const;
  proxy.inject(isProbe, notReady, 1);
  await eventually("it was asked", () => proxy.requests.some(isProbe));
  await Bun.sleep(800);
  expect(is()).toBe("connected");
  const end = proxy.inject(isProbe, notReady);
  await eventually("it is said", () => is() === "unreachable");
  expect(JSON.stringify(cluster.connection())).toContain("etcd failed");
  end();
  await eventually("it is back", () => is() === "connected");
});

test.each([403, 404])("a server that answers the probe with %d is there", async (status) => {
  proxy.inject(isProbe, { do: "answer", status, body: { kind: "Status", code: status } });
  await follow();
  await eventually("it was asked twice", () => proxy.requests.filter(isProbe).length >= 2);
  expect(connections.map((one) => one.is)).toEqual(["connected"]);
});

test("a watch that speaks is a sign of life: nobody asks", async () => {
  await follow();
  await eventually("a watch is open", () => proxy.openWatches() > 0);
  proxy.muteWatches();
  await Bun.sleep(300);
  const before = proxy.requests.filter(isProbe).length;
  await Bun.sleep(1_500);
  expect(proxy.requests.filter(isProbe).length).toBe(before);
});

test("a process that did not listen for a while does not take the server for silent", async () => {
  await follow();
  await eventually("it is being asked", () => proxy.requests.some(isProbe));
  connections = [];
  for (let round = 0; round < 3; round++) {
    const asked = proxy.requests.filter(isProbe).length;
    const end = proxy.inject(isProbe, { do: "delay", ms: 50 }, 1);
    await eventually("it is asked", () => proxy.requests.filter(isProbe).length > asked);
    // Longer than the probe's deadline: timers run before what has arrived is read.
    const until = performance.now() + 1_500;
    while (performance.now() < until);
    await Bun.sleep(300);
    end();
  }
  expect(connections).toEqual([]);
});

test("while everything hangs the server is asked by one request at a time", async () => {
  await follow();
  const end = proxy.inject(everything, { do: "hang" });
  const writes = Array.from({ length: 30 }, (_, at) =>
    cluster.apply(configMap("default", `hangs-${at}`), "dry-run"),
  );
  proxy.stallWatches();
  const before = proxy.requests.filter(isProbe).length;
  await Bun.sleep(2_000);
  // Each takes 300 ms and has a pause after it.
  expect(proxy.requests.filter(isProbe).length - before).toBeLessThan(10);
  expect(is()).toBe("unreachable");
  await cluster.stop();
  end();
  expect((await Promise.allSettled(writes)).map(({ status }) => status)).toEqual(
    writes.map(() => "rejected"),
  );
});
