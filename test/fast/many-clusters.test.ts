/**
 * Twenty clusters behind one engine, four of them ill, each in a way of its own: the other sixteen do not notice. All are
 * sandboxes of one other process, over HTTPS: stand-ins of control planes.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { Application } from "../../src/core/model/application.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type IllApi, startIllApi } from "../faults/api-proxy.ts";
import { type StandIn, type StandIns, startStandIns } from "../faults/stand-ins.ts";
import type { ProxiedRequest } from "../lib/api-proxy.ts";
import {
  appOf,
  conditions,
  isSynced,
  type Repository,
  type Rig,
  results,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { type LogLine, recordingLog } from "../lib/recording-log.ts";

const BENCH = "bench";
const QUICK = { firstPauseMs: 20, lastPauseMs: 100, listEveryMs: 20, discoverEveryMs: 20, probeEveryMs: 100 };
/** Far more than are looked at, or synced, at once. */
const ON_SLOW = 100;
const ON_BUSY = 30;
const KINDS_OF_ILL = ["dead", "slow", "busy", "lying"] as const;
type Ill = (typeof KINDS_OF_ILL)[number];

interface Placed {
  name: string;
  at: StandIn;
}

let world: World, rig: Rig, standIns: StandIns, repository: Repository;
const clusters = new Map<string, Cluster>();
const logs = new Map<string, LogLine[]>();
const api = {} as Record<Ill, IllApi>;
/** The applications of each ill cluster, and of all that are well. */
const on: Record<Ill | "well", Placed[]> = { dead: [], slow: [], busy: [], lying: [], well: [] };

async function connect(name: string, kubeconfig: string): Promise<void> {
  const log = recordingLog();
  logs.set(name, log.lines);
  const server = `https://${name}.example.com`;
  clusters.set(
    name,
    await connectCluster({ name, server, kubeconfig: { file: kubeconfig }, log, timings: QUICK }),
  );
}

const all = (): Placed[] => [...KINDS_OF_ILL, "well" as const].flatMap((kind) => on[kind]);
const clusterOf = (ill: Ill): Cluster => clusters.get(ill) as Cluster;
const said = (name: string): string => JSON.stringify(logs.get(name));
const valueAt = async ({ name, at }: Placed): Promise<string> =>
  (await at.api.must("GET", configMapPath(BENCH, name)))["data"].value;
const edit = ({ name, at }: Placed): Promise<unknown> =>
  at.api.must(
    "PATCH",
    configMapPath(BENCH, name),
    { data: { value: "edited" } },
    "application/merge-patch+json",
  );
const areAll = async (placed: readonly Placed[], value: string): Promise<boolean> =>
  (await Promise.all(placed.map(valueAt))).every((one) => one === value);
const isUnknown = ({ status }: Application): boolean => status?.sync.status === "Unknown";
const isProbeOrWatch = ({ isWatch, path }: ProxiedRequest): boolean => isWatch || path.startsWith("/readyz");

beforeAll(async () => {
  [world, standIns] = await Promise.all([startWorld(), startStandIns(20)]);
  const [dead, slow, busy, lying, ...well] = standIns.all;
  const ill = { dead, slow, busy, lying } as Record<Ill, StandIn>;
  for (const kind of KINDS_OF_ILL) {
    api[kind] = await startIllApi(ill[kind].kubeconfig);
    await connect(kind, api[kind].kubeconfig);
    const count = { dead: 3, slow: ON_SLOW, busy: ON_BUSY, lying: 2 }[kind];
    for (let nth = 0; nth < count; nth++) on[kind].push({ name: `${kind}-${nth}`, at: ill[kind] });
  }
  for (const at of well) {
    await connect(at.name, at.kubeconfig);
    on.well.push({ name: `on-${at.name}`, at });
  }
  repository = await world.repository("fleet", {
    ...Object.fromEntries(
      all().map(({ name }) => [`${name}/a.yaml`, configMap(BENCH, name, { value: "1" })]),
    ),
    "lying-0/goes.yaml": configMap(BENCH, "goes"),
  });
  rig = await startRig(world, { clusters: [...clusters.values()], clusterTimings: QUICK });
  const isIll = (name: string): boolean => KINDS_OF_ILL.some((kind) => name.startsWith(`${kind}-`));
  rig.place(
    ...all().map(({ name, at }) =>
      appOf({
        ...{ name, repository, path: name, namespace: BENCH },
        spec: { destination: { name: isIll(name) ? name.replace(/-\d+$/, "") : at.name, namespace: BENCH } },
      }),
    ),
  );
  for (const { name } of all()) await rig.untilSettled(name);
}, 300_000);
afterAll(async () => {
  for (const one of Object.values(api)) one.recover();
  await rig?.stop();
  await Promise.all(Object.values(api).map((one) => one.stop()));
  await standIns?.stop();
  await world?.stop();
}, 60_000);

test("drift on sixteen clusters is put back while of four others one is dead, one hangs, one refuses and one goes back in its history", async () => {
  const begun = Object.fromEntries(KINDS_OF_ILL.map((kind) => [kind, api[kind].requests.length])) as Record<
    Ill,
    number
  >;
  const since = (kind: Ill): ProxiedRequest[] => api[kind].requests.slice(begun[kind]);
  expect(clusterOf("busy").places().now).toBeGreaterThan(1);
  // What the watch says is known; what is asked for is not answered.
  api.slow.suffer({ is: "hung", but: ({ path }) => path.startsWith("/readyz") });
  api.dead.suffer({ is: "dead" });
  api.busy.suffer({ is: "busy", retryAfterSeconds: 1 });
  api.lying.suffer({ is: "going-back" });

  // Another object of this name takes the place of ours. What lists say of it is what they said before.
  const [liar] = on.lying;
  if (liar === undefined) throw new Error("nobody lies");
  await eventually("it lies", () => since("lying").filter(({ isWatch }) => isWatch).length > 1);
  const goes = configMapPath(BENCH, "goes");
  await liar.at.api.must("DELETE", goes);
  await liar.at.api.must(
    "POST",
    `/api/v1/namespaces/${BENCH}/configmaps`,
    configMap(BENCH, "goes", { of: "others" }),
  );
  await repository.commit({ "lying-0/goes.yaml": null });
  rig.engine.pushed([repository.url]);

  await Promise.all([...on.slow, ...on.busy, ...on.dead].map(edit));
  const { slow } = api;
  await eventually(
    () => `all places of the one that hangs are taken: ${slow.hanging()} hang, ${said("slow").slice(-2_000)}`,
    () => slow.hanging() >= clusterOf("slow").places().now,
  );

  for (let round = 0; round < 3; round++) {
    await Promise.all(on.well.map(edit));
    await eventually("all that are well are put back", () => areAll(on.well, "1"));
  }
  for (const { name } of on.well) await rig.until(name, isSynced);

  // The four are as ill as before.
  expect(await areAll([...on.slow, ...on.busy, ...on.dead], "edited")).toBe(true);

  // Dead: it is said to be, and of its applications nothing is claimed.
  await eventually("it is unreachable", () => clusterOf("dead").connection().is === "unreachable");
  for (const { name } of on.dead) {
    const app = await rig.until(name, isUnknown);
    expect(conditions(app, "ComparisonError").join()).toContain("cluster dead");
  }

  // It hangs: never more requests than it has places.
  expect(slow.hanging()).toBeLessThanOrEqual(clusterOf("slow").places().most + 2);

  // It refuses: between two of its pauses it is asked once, and once for a heal, however many wait.
  await eventually("it has one place", () => clusterOf("busy").places().now === 1);
  const from = api.busy.requests.length;
  await eventually("some more pauses", () => asked(api.busy.requests.slice(from)).length >= 3);
  expect(Math.max(...asked(api.busy.requests.slice(from)).slice(1))).toBeLessThanOrEqual(2);
  expect(clusterOf("busy").connection().is).toBe("connected");

  // It goes back: that is said, and what others made is not deleted, whatever it says of it.
  await eventually("it is told", () => /older state|history went back/.test(said("lying")));
  await eventually("it was to be deleted", () =>
    JSON.stringify(rig.app(liar.name).status ?? {}).includes("goes"),
  );
  expect((await liar.at.api.must("GET", goes))["data"]).toEqual({ of: "others" });
  expect(results(rig.app(liar.name))["ConfigMap/goes"]).not.toBe("Pruned");

  for (const kind of KINDS_OF_ILL) api[kind].recover();
  await eventually("all is put back once they are well", () => areAll(all(), "1"), 120_000);
  for (const { name } of all()) await rig.untilSettled(name);
  expect((await liar.at.api.must("GET", goes))["data"]).toEqual({ of: "others" });
  await eventually("it has its places again", () => clusterOf("busy").places().now > 1);
}, 300_000);

/** How many requests came in each burst: nothing is asked during a pause, which takes a second. */
function asked(requests: readonly ProxiedRequest[]): number[] {
  const bursts: number[] = [];
  let last = -Infinity;
  for (const request of requests) {
    if (isProbeOrWatch(request)) continue;
    if (request.at - last > 500) bursts.push(0);
    bursts.push((bursts.pop() ?? 0) + 1);
    last = request.at;
  }
  return bursts;
}
