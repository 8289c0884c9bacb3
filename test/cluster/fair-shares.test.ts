/** Requests of one cluster share its places: neither a large sync nor something that hangs stands before the others. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster, Errand } from "../../src/core/ports/cluster.ts";
import type { ClusterObjects } from "../../src/core/ports/cluster-objects.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, tracked } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const AT_ONCE = 4;

let plane: ControlPlane, proxy: ApiProxy, cluster: Cluster;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(() => plane?.stop(), 60_000);
beforeEach(async () => {
  proxy = await startApiProxy(plane.kubeconfig);
  cluster = await connectCluster({
    name: "shared",
    server: "https://shared",
    kubeconfig: { file: proxy.kubeconfig },
    log: recordingLog(),
    requestsInFlight: AT_ONCE,
  });
  await cluster.facts();
});
afterEach(async () => {
  await cluster.stop();
  await proxy.stop();
});

const apply = (objects: ClusterObjects, name: string, app = "") =>
  objects.apply(
    app === "" ? configMap("default", name) : tracked(app, configMap("default", name)),
    "dry-run",
  );
const on = (owner: string, urgency: Errand["urgency"]): ClusterObjects => cluster.for({ owner, urgency });
/** Names of the ConfigMaps that were asked for, in order. */
const asked = (): string[] =>
  proxy.requests.flatMap(({ path }) => /\/configmaps\/([^?]+)\?/.exec(path)?.[1] ?? []);
const named = (prefix: string): string[] => asked().filter((name) => name.startsWith(prefix));

test("a heal, and the sync of another application, are asked among the first of a sync of 600 objects", async () => {
  const large = Array.from({ length: 600 }, (_, at) => apply(on("large", "sync"), `large-${at}`));
  await eventually("it has begun", () => named("large").length >= 3);
  const others = [
    apply(on("drifted", "heal"), "heal"),
    apply(on("small", "sync"), "small"),
    apply(cluster, "by-id", "tracked-app"),
  ];
  const before = named("large").length;
  await Promise.all(others);
  // What ran already, and a few turns: far from the hundreds that were there before.
  expect(named("large").length - before).toBeLessThan(60);
  // Both may be on their way at once, on connections of their own, and arrive in any order.
  expect(asked().indexOf("heal") - asked().indexOf("small")).toBeLessThan(AT_ONCE);
  expect(new Set((await Promise.all(large)).map((outcome) => outcome.is))).toEqual(new Set(["done"]));
});

test("who an object is tracked by is whose turn it takes, where nobody says otherwise", async () => {
  proxy.inject(({ path }) => path.includes("/configmaps/large-"), { do: "hang" });
  const large = Array.from({ length: 10 }, (_, at) => apply(cluster, `large-${at}`, "large"));
  await eventually("it hangs", () => named("large").length === 3);
  // One place is left of four, and the application that hangs does not get it.
  for (const name of ["x", "y", "z"]) expect((await apply(cluster, name, "other")).is).toBe("done");
  expect(named("large").length).toBe(3);
  await cluster.stop();
  await Promise.allSettled(large);
});

test("where everything else hangs a heal has a place of its own", async () => {
  proxy.inject(({ path }) => path.includes("/configmaps/stuck-"), { do: "hang" });
  const stuck = ["a", "b", "c", "d", "e"].map((app) => apply(on(app, "sync"), `stuck-${app}`));
  await eventually("all places hang", () => named("stuck").length === 4);
  const drifted = configMap("default", "drifted");
  expect((await apply(on("drifted", "heal"), "drifted")).is).toBe("done");
  expect((await on("drifted", "heal").read(refOf(drifted), "v1")).is).toBe("absent");
  await cluster.stop();
  await Promise.allSettled(stuck);
});
