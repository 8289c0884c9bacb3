/** Actions on what is not there any more, is another by now, or cannot be asked for: said at once, and nothing is written. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import type { AppKey } from "../../src/core/model/application.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { endingOf } from "../lib/ending-of.ts";
import { type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { deployment } from "../lib/manifests.ts";

let world: World, proxy: ApiProxy, rig: Rig;
const start = sharedWorld((one) => {
  world = one;
});
beforeEach(async () => {
  proxy = await startApiProxy(world.kubeconfig);
  const clusterTimings = { quietMs: 100, probeMs: 100, probeEveryMs: 100 };
  rig = await start({ kubeconfig: proxy.kubeconfig, clusterTimings });
});
afterEach(() => proxy.stop());

const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const web = (namespace: string) => ({ group: "apps", kind: "Deployment", namespace, name: "web" });
const path = (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
const restart = (name: string) =>
  rig.control.act(key(name), { ref: web(name), action: "restart", actor: "user:test" });
const written = (): number => rig.requests.filter(({ verb }) => verb === "patch").length;

async function placed(name: string): Promise<void> {
  const files = { "web.yaml": deployment({ namespace: name, name: "web" }) };
  await rig.placeNew(name, files, { spec: { syncPolicy: { automated: {} } } });
  await rig.untilSettled(name);
  await rig.untilIdle();
}

test("what was deleted while nobody heard of it is said to be gone, and what was made anew to be that", async () => {
  const name = "act-gone";
  await placed(name);
  proxy.muteWatches();
  const { spec, metadata } = await world.must("GET", path(name));
  await world.must("DELETE", path(name));
  await eventually("it is gone", async () => (await world.find(path(name))) === undefined);
  expect(await endingOf(restart(name))).toThrow(`apps/Deployment ${name}/web: cannot act on it: it is gone`);
  expect(await endingOf(rig.control.actions(key(name), web(name)))).toThrow("it is gone");
  await world.must("POST", path(name).replace(/\/web$/, ""), {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", annotations: metadata.annotations },
    spec,
  });
  expect(await endingOf(restart(name))).toThrow("it was made anew in this moment; look at it again");
  expect(written()).toBe(0);
  expect(rig.store.audits({ app: key(name), limit: 5 })).toEqual([]);
});

test("what was deleted, and is known to be, is no object of the application", async () => {
  const name = "act-missing";
  await placed(name);
  await world.must("DELETE", path(name));
  await rig.until(name, () => rig.cluster.trackedBy(name).length === 0);
  expect(await endingOf(restart(name))).toThrow(
    `application argocd/${name} has no such object on its cluster`,
  );
});

test("a cluster that is known to be silent is not waited for", async () => {
  const name = "act-silent";
  await placed(name);
  const end = proxy.inject(() => true, { do: "hang" });
  proxy.stallWatches();
  await eventually("it is known", () => rig.cluster.connection().is === "unreachable");
  const asked = (): number => proxy.requests.filter((one) => one.path.startsWith(path(name))).length;
  const before = asked();
  const said = /cluster in-cluster: cannot read apps\/Deployment act-silent\/web: /;
  expect(await endingOf(rig.control.actions(key(name), web(name)))).toThrow(said);
  expect(await endingOf(restart(name))).toThrow(said);
  expect(await endingOf(rig.control.events(key(name)))).toThrow("cluster in-cluster: cannot list events: ");
  expect(asked()).toBe(before);
  end();
});
