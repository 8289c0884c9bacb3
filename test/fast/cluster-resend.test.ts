/** A write that is sent again: what was meant when it was begun may not be meant any more. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { gvkOf } from "../../src/core/model/kube-object.ts";
import { refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, type Fault, startApiProxy } from "../lib/api-proxy.ts";
import { endingOf } from "../lib/ending-of.ts";
import { SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

let world: World, proxy: ApiProxy, cluster: Cluster;

beforeAll(async () => {
  world = await startWorld();
  await world.makeNamespace("shop");
  proxy = await startApiProxy(world.kubeconfig);
  cluster = await connectCluster({
    name: "in-cluster",
    server: SERVER,
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
  });
  // Known before anything is cut.
  await cluster.kind(gvkOf(configMap("shop", "any")));
});
afterAll(async () => {
  await cluster.stop();
  await proxy.stop();
  await world.stop();
});

/** The first request of the method does not get through, and the spec is edited then. */
function onceEdited(method: "PATCH" | "DELETE", fault: Fault) {
  let asked = 0;
  proxy.inject((request) => request.method === method, fault, 1);
  const objects = cluster.for({
    owner: "argocd/shop",
    urgency: "sync",
    stillMeant() {
      if (++asked > 1) throw new Error("the spec was edited");
    },
  });
  return { objects, asked: () => asked };
}

test("an apply that was cut is not sent again once the spec was edited", async () => {
  const { objects, asked } = onceEdited("PATCH", { do: "cut" });
  expect(await endingOf(objects.apply(configMap("shop", "old"), "write"))).toThrow("the spec was edited");
  expect([asked(), await world.hasConfigMap("shop", "old")]).toEqual([2, false]);
});

test("nor is a delete that the server put off", async () => {
  const made = await world.must("POST", "/api/v1/namespaces/shop/configmaps", configMap("shop", "stays"));
  const { objects, asked } = onceEdited("DELETE", {
    do: "answer",
    status: 429,
    headers: { "retry-after": "1" },
  });
  const { uid } = made.metadata;
  const gone = objects.delete(refOf(made), "v1", { uid, propagation: "Background" }, "write");
  expect(await endingOf(gone)).toThrow("the spec was edited");
  expect([asked(), (await world.find(configMapPath("shop", "stays"))).metadata.uid]).toEqual([2, uid]);
});
