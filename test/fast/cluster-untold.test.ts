/** What a cluster did not say is never taken for "nothing there": answers that fail, are cut, late, or something else. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { GroupVersionKind, KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, type Fault, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";
import { SERVER, startRig, startWorld, type TestClock, testClock, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { accountFolder, tokenOf } from "../lib/own-account.ts";
import { recordingLog } from "../lib/recording-log.ts";

const RBAC = "rbac.authorization.k8s.io";
const BINDINGS = `/apis/${RBAC}/v1/clusterrolebindings`;
const KEEPER = `${RBAC}/ClusterRole//keeper`;
const MINUTES = 60_000;
const configMaps: GroupVersionKind = { group: "", version: "v1", kind: "ConfigMap" };

let world: World, proxy: ApiProxy, clock: TestClock, account: string;
const clusters: Cluster[] = [];

beforeAll(async () => {
  world = await startWorld();
  await world.makeNamespace("ops");
  const meant = { apiVersion: "v1", metadata: { name: "holdfast" } };
  await world.must("POST", "/api/v1/namespaces/ops/serviceaccounts", { ...meant, kind: "ServiceAccount" });
  await world.must("POST", "/api/v1/namespaces/ops/pods", {
    ...meant,
    kind: "Pod",
    spec: { serviceAccountName: "holdfast", containers: [{ name: "holdfast", image: "holdfast" }] },
  });
  const { metadata } = await world.must("GET", "/api/v1/namespaces/ops/pods/holdfast");
  account = accountFolder(
    tokenOf({
      namespace: "ops",
      serviceAccount: "holdfast",
      pod: { name: metadata.name, uid: metadata.uid },
    }),
  );
});
afterAll(() => world.stop());
beforeEach(async () => {
  proxy = await startApiProxy(world.kubeconfig);
  clock = testClock();
});
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
  await proxy.stop();
});

/** On a busy machine an honest answer takes its time. */
const PATIENT_MS = 20_000;
/** @param readMs for how long an answer is waited for: where none comes, that is waited in full */
async function connected(readMs = PATIENT_MS): Promise<Cluster> {
  const cluster = await connectCluster({
    name: "untold",
    server: "https://untold",
    kubeconfig: { file: proxy.kubeconfig },
    account,
    clock,
    log: recordingLog(),
    timings: { readMs, firstPauseMs: 4, lastPauseMs: 8, listEveryMs: 10, discoverEveryMs: 0 },
  });
  clusters.push(cluster);
  return cluster;
}
const follow = (cluster: Cluster) => cluster.follow("app", [configMaps], ["ops"]);
const to =
  (path: string) =>
  ({ path: asked, isWatch }: ProxiedRequest): boolean =>
    !isWatch && asked.split("?")[0] === path;

const status = (code: number, reason: string): Fault => ({
  do: "answer",
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, code, reason, message: reason },
});
const ok = (body: unknown): Fault => ({ do: "answer", status: 200, body });
const waitFor = ({ do: does }: Fault): number => (does === "hang" ? 2_000 : PATIENT_MS);
const UNTOLD: readonly [string, Fault][] = [
  ["a fault of the server", status(500, "InternalError")],
  ["too many requests", status(429, "TooManyRequests")],
  ["a page that is not found", { do: "answer", status: 404, body: "no such page" }],
  ["a connection that is cut", { do: "cut" }],
  ["an answer that is cut", { do: "cut-answer" }],
  ["no answer in time", { do: "hang" }],
  ["an answer of nothing", ok({})],
  ["a Status in place of what was asked for", ok({ kind: "Status", apiVersion: "v1", metadata: {} })],
  ["a list of texts", ok({ kind: "ClusterRoleBindingList", metadata: {}, items: "none" })],
];

describe("what the daemon lives on", () => {
  beforeAll(() =>
    world.must("POST", BINDINGS, {
      apiVersion: `${RBAC}/v1`,
      kind: "ClusterRoleBinding",
      metadata: { name: "keeps" },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "keeper" },
      subjects: [{ kind: "ServiceAccount", namespace: "ops", name: "holdfast" }],
    }),
  );

  const usesKeeper = (cluster: Cluster): string => {
    const own = cluster.ownPod();
    return own.is === "here" ? (own.pod.uses.has(KEEPER as never) ? "keeper" : "not the keeper") : own.is;
  };
  /** What was known is old by then. */
  const later = async (cluster: Cluster, ms = 6 * MINUTES): Promise<string> => {
    clock.advance(ms);
    await follow(cluster);
    return usesKeeper(cluster);
  };

  test.each(UNTOLD)(
    "is what was known, where the bindings are asked for anew and there is %s",
    async (_, fault) => {
      const cluster = await connected(waitFor(fault));
      await follow(cluster);
      expect(usesKeeper(cluster)).toBe("keeper");
      const end = proxy.inject(to(BINDINGS), fault);
      expect(await later(cluster)).toBe("keeper");
      end();
      // Nothing was learnt, so that it is asked again soon, and not for minutes no more.
      const asked = () => proxy.requests.filter(to(BINDINGS)).length;
      const before = asked();
      expect(await later(cluster, 1_000)).toBe("keeper");
      expect(asked()).toBe(before);
      expect(await later(cluster, 11_000)).toBe("keeper");
      expect(asked()).toBe(before + 1);
    },
  );

  test.each(UNTOLD)("is not known, where nothing was before and there is %s", async (_, fault) => {
    const end = proxy.inject(to(BINDINGS), fault);
    const cluster = await connected(waitFor(fault));
    await follow(cluster);
    expect(cluster.ownPod()).toMatchObject({
      is: "unknown",
      why: expect.stringMatching(/^what its account may do .* ClusterRoleBinding cannot be listed: /),
    });
    end();
    expect(await later(cluster, 11_000)).toBe("keeper");
  });

  test("is what was known, where a second page fails", async () => {
    const cluster = await connected();
    await follow(cluster);
    const more = { items: [], metadata: { resourceVersion: "1", continue: "more" } };
    proxy.inject(({ path }) => path.includes("continue=more"), status(410, "Expired"));
    proxy.inject(to(BINDINGS), { do: "rewrite", with: (body) => ({ ...body, ...more }) });
    expect(await later(cluster)).toBe("keeper");
  });

  test("is less, where the bindings may not be listed any more, or are others", async () => {
    const cluster = await connected();
    await follow(cluster);
    const end = proxy.inject(to(BINDINGS), status(403, "Forbidden"));
    expect(await later(cluster)).toBe("not the keeper");
    end();
    expect(await later(cluster, 1_000)).toBe("not the keeper");
    expect(await later(cluster)).toBe("keeper");
    proxy.inject(to(BINDINGS), { do: "rewrite", with: (body) => ({ ...body, items: null }) });
    expect(await later(cluster)).toBe("not the keeper");
  });
});

describe("an answer that is something else", () => {
  const FOREIGN: readonly [string, unknown][] = [
    ["nothing", {}],
    ["a text", "hello"],
    ["another kind", { apiVersion: "v1", kind: "Pod", metadata: { name: "other", uid: "other" } }],
    ["a Status", { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" }],
  ];
  const one = configMap("ops", "one");
  const path = "/api/v1/namespaces/ops/configmaps/one";
  beforeAll(() => world.must("POST", "/api/v1/namespaces/ops/configmaps", one));

  test.each(FOREIGN)("is no object: %s", async (_, body) => {
    const cluster = await connected();
    await follow(cluster);
    const ref = refOf(one);
    const known = await cluster.read(ref, "v1");
    if (known.is !== "found") throw new Error(JSON.stringify(known));
    const end = proxy.inject((request) => request.path.startsWith(path), ok(body));
    expect(await cluster.read(ref, "v1")).toMatchObject({ is: "unreachable" });
    expect(await cluster.apply(one, "write")).toMatchObject({ is: "unreachable" });
    const { uid } = known.live;
    const deleted = await cluster.delete(ref, "v1", { uid, propagation: "Background" }, "write");
    // A Status is what a server says of what it deleted.
    const isStatus = (body as KubeObject).kind === "Status";
    expect(deleted.is).toBe(isStatus ? "deleted" : "unreachable");
    end();
    expect((await cluster.read(ref, "v1")).is).toBe("found");
  });

  test("is not the object of another name", async () => {
    const cluster = await connected();
    proxy.inject((request) => request.path.startsWith(path), {
      do: "rewrite",
      with: (body) => ({ ...body, metadata: { name: "two", namespace: "ops", uid: "two" } }),
    });
    expect(await cluster.read(refOf(one), "v1")).toMatchObject({ is: "unreachable" });
  });

  test.each(FOREIGN)("is no list, and what was seen stays: %s", async (_, body) => {
    const cluster = await connected();
    await follow(cluster);
    expect(cluster.get(refKey(refOf(one)))).toBeDefined();
    proxy.inject(
      ({ path: asked }) => /^\/api\/v1\/(namespaces\/ops\/)?configmaps\?limit/.test(asked),
      ok(body),
    );
    const { failed } = await cluster.relist("app");
    expect([...failed.keys()]).toEqual(["ConfigMap"]);
    expect(cluster.get(refKey(refOf(one)))).toBeDefined();
  });

  test.each(FOREIGN)("is no list of kinds, and no kind is gone: %s", async (_, body) => {
    const cluster = await connected();
    await follow(cluster);
    proxy.inject(({ path: asked }) => asked === "/api" || asked === "/apis", ok(body));
    const unknown = await cluster.kind({ group: "example.com", version: "v1", kind: "Widget" });
    expect(unknown).toMatchObject({ is: "unreachable" });
    expect((await cluster.kind(configMaps)).is).toBe("known");
    expect(cluster.get(refKey(refOf(one)))).toBeDefined();
  });
});

describe("a first list that does not come", () => {
  const LISTS = ({ path }: ProxiedRequest): boolean => /\/configmaps\?limit/.test(path);

  test("is no empty one, where the connection is given up: the kind is not followed", async () => {
    const cluster = await connected();
    proxy.inject(LISTS, { do: "hang" });
    const following = follow(cluster);
    await eventually("it is listed", async () => proxy.requests.some(LISTS));
    await cluster.stop();
    const gone = ["ConfigMap cannot be watched: it is not followed any more"];
    expect([...(await following).failed.values()]).toEqual(gone);
    const after = await follow(cluster);
    expect([...after.failed.keys()]).toEqual(["ConfigMap"]);
  });

  test("takes nothing from what is remembered, where another connection takes its place meanwhile: it is pruned", async () => {
    const first = await startRig(world);
    const repository = await first.placeNew("rejoins", {
      "a.yaml": configMap("rejoins", "stays"),
      "b.yaml": configMap("rejoins", "goes"),
    });
    await first.untilSettled("rejoins");
    await first.stop();
    await repository.commit({ "b.yaml": null });
    const { store, folder } = first;
    proxy.inject(LISTS, { do: "hang" });
    const second = await startRig(world, { store, folder, kubeconfig: proxy.kubeconfig });
    try {
      await eventually("it is listed", async () => proxy.requests.some(LISTS));
      const [before] = second.clusters.splice(0);
      second.clusters.push(
        await connectCluster({
          name: "in-cluster",
          server: SERVER,
          kubeconfig: { file: world.kubeconfig },
          log: recordingLog(),
        }),
      );
      second.engine.settingsChanged();
      await before?.stop();
      await eventually("it is pruned", async () => !(await world.hasConfigMap("rejoins", "goes")));
    } finally {
      await second.stop();
    }
  });
});
