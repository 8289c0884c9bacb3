/** Writes to a cluster behind a fence: none leaves once it is shut, what is under way is cut, and reads go past it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { gvkOf } from "../../src/core/model/kube-object.ts";
import { refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { WriteFence } from "../../src/core/ports/write-fence.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { endingOf } from "../lib/ending-of.ts";
import { SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

const over = new Failure("not-ready", "Lease ops/holdfast", "backoff", {
  cannot: "write to clusters",
  why: "its Lease was not renewed in time",
});

let world: World, proxy: ApiProxy, cluster: Cluster;
let shut: "no" | "yes" = "no";
let ending = new AbortController();
const fence: WriteFence = {
  mayWrite: () => (shut === "yes" ? over : undefined),
  get signal() {
    return ending.signal;
  },
};

beforeAll(async () => {
  world = await startWorld();
  await world.makeNamespace("shop");
  proxy = await startApiProxy(world.kubeconfig);
  cluster = await connectCluster({
    ...{ name: "in-cluster", server: SERVER, log: recordingLog(), fence },
    kubeconfig: { file: proxy.kubeconfig },
  });
  await cluster.kind(gvkOf(configMap("shop", "any")));
});
afterAll(async () => {
  await cluster.stop();
  await proxy.stop();
  await world.stop();
});
beforeEach(() => {
  shut = "no";
  ending = new AbortController();
});

const written = (): number =>
  proxy.requests.filter(({ method, path }) => method !== "GET" && !/dryRun/.test(path)).length;

test("none of the ways to write leaves through a fence that is shut, and dry runs and reads do", async () => {
  const made = await world.must("POST", "/api/v1/namespaces/shop/configmaps", configMap("shop", "there"));
  shut = "yes";
  const [before, ref] = [written(), refOf(made)];
  const { uid } = made.metadata;
  const errand = cluster.for({ owner: "argocd/shop", urgency: "heal" });
  const ways: (() => Promise<unknown>)[] = [
    () => cluster.apply(configMap("shop", "new"), "write"),
    () => cluster.create(configMap("shop", "new"), "write"),
    () => cluster.replace(made, "write"),
    () => cluster.patch(ref, "v1", [{ op: "add", path: "/data", value: {} }]),
    () => cluster.delete(ref, "v1", { uid, propagation: "Background" }, "write"),
    () => errand.apply(configMap("shop", "new"), "write"),
  ];
  for (const way of ways) expect(await endingOf(way())).toThrow("its Lease was not renewed in time");
  expect([written(), await world.hasConfigMap("shop", "new")]).toEqual([before, false]);
  expect((await cluster.apply(configMap("shop", "new"), "dry-run")).is).toBe("done");
  expect((await cluster.delete(ref, "v1", { uid, propagation: "Background" }, "dry-run")).is).toBe("deleted");
  expect((await cluster.read(ref, "v1")).is).toBe("found");
});

test("one that waits its turn, or for the server's pause, is asked when that is over", async () => {
  proxy.inject(
    ({ method }) => method === "PATCH",
    { do: "answer", status: 429, headers: { "retry-after": "1" } },
    1,
  );
  const before = written();
  const apply = endingOf(cluster.apply(configMap("shop", "late"), "write"));
  await eventually("it was sent", () => written() > before);
  shut = "yes";
  expect(await apply).toThrow("its Lease was not renewed in time");
  expect([written(), await world.hasConfigMap("shop", "late")]).toEqual([before + 1, false]);
});

test("what is under way is cut when the time is over, is not known, and is not sent again", async () => {
  proxy.inject(({ method }) => method === "PATCH", { do: "hold-answer" }, 1);
  const before = written();
  const apply = cluster.apply(configMap("shop", "cut"), "write");
  await eventually("it is done", () => world.hasConfigMap("shop", "cut"));
  ending.abort(over);
  expect(await apply).toEqual({ is: "unreachable", why: over.message });
  expect(written()).toBe(before + 1);
  expect((await world.find(configMapPath("shop", "cut"))).metadata.name).toBe("cut");
});
