/**
 * First stage: applications of one ConfigMap each, all of one repository, on one real control plane. As CNOE's, whose
 * ConfigMap has 2 KB, and by Flux' MTTP procedure: all are there at once, then one commit changes all of them.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../test/lib/control-plane.ts";
import { startGitServer } from "../test/lib/git-server.ts";
import { type RawApi, rawApi } from "../test/lib/raw-api.ts";
import {
  applyEach,
  countsOf,
  editedUntilHealed,
  isWithin,
  megabytes,
  millis,
  nameOf,
  placeApplications,
  push,
  type Row,
  seconds,
  type Times,
  timesOf,
  watchUntil,
} from "./fleet-parts.ts";
import { type Lag, lagBetween, sumOf } from "./metrics-text.ts";
import { until } from "./rig.ts";
import { difference, type RunningDaemon, startDaemon } from "./running-daemon.ts";

const NAMESPACE = "bench";
const CONFIG_MAPS = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
/** An application that no commit changes, for drift while all others are synced. */
const STILL = "still";
const FILLER = "x".repeat(2_000);

interface PlaneAsk {
  apps: number;
  /** Edits while nothing else happens. */
  drifts: number;
  idleSeconds: number;
  /** Of the floor; the best counts. */
  inFlight: readonly number[];
}

export interface PlaneFloor {
  inFlight: number;
  installMs: number;
  upgradeMs: number;
  cpuSeconds: number;
}

export interface PlaneFigures {
  apps: number;
  floors: PlaneFloor[];
  installMs: number;
  upgradeMs: number;
  /** Ours, for install and upgrade together. */
  cpuSeconds: number;
  /** Of our own, an application, for both together. */
  requestsPerApp: number;
  peakRss: number;
  lag: { install: Lag; upgrade: Lag; idle: Lag };
  driftFloor: Times;
  drift: Times;
  driftWhileSyncing: Times;
  idle: { seconds: number; cpuPercent: number; requests: Record<string, number>; rss: number };
  start: { readyMs: number; cpuSeconds: number };
}

const configMap = (name: string, value: string) => ({
  ...{ apiVersion: "v1", kind: "ConfigMap" },
  metadata: {
    ...{ name, namespace: NAMESPACE },
    annotations: { "argocd.argoproj.io/tracking-id": `${name}:/ConfigMap:${NAMESPACE}/${name}` },
  },
  data: { value, filler: FILLER },
});
const fileOf = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata:\n  value: "${value}"\n  filler: ${FILLER}\n`;

/** What a bare program takes that does nothing but our requests: a dry run and an apply for each, install and upgrade. */
async function floorOf(names: readonly string[], inFlight: number): Promise<PlaneFloor> {
  const plane = await startControlPlane({ kcmQps: 500 });
  try {
    await plane.api.makeNamespace(NAMESPACE);
    const cpu = process.cpuUsage();
    const installMs = await applyAll(plane.api, names, "1", inFlight);
    const upgradeMs = await applyAll(plane.api, names, "2", inFlight);
    const { user, system } = process.cpuUsage(cpu);
    return { inFlight, installMs, upgradeMs, cpuSeconds: (user + system) / 1e6 };
  } finally {
    await plane.stop();
  }
}

async function applyAll(
  api: RawApi,
  names: readonly string[],
  value: string,
  inFlight: number,
): Promise<number> {
  const targets = names.map((name) => ({
    api,
    path: `${CONFIG_MAPS}/${name}`,
    body: configMap(name, value),
  }));
  return (await applyEach(targets, inFlight, "dry-run")) + (await applyEach(targets, inFlight, "for-real"));
}

/** A loop that applies again what it hears was changed. */
async function driftFloor(api: RawApi, edits: number): Promise<Times> {
  const apply = () =>
    api.must(
      "PATCH",
      `${CONFIG_MAPS}/floor?fieldManager=holdfast&force=true`,
      configMap("floor", "1"),
      "application/apply-patch+yaml",
    );
  await apply();
  const healing = await watchUntil(api, `${CONFIG_MAPS}?watch=1`, ({ object }) => {
    if (object.metadata.name === "floor" && object.data?.["value"] === "edited") void apply();
    return false;
  });
  const times: number[] = [];
  for (let at = 0; at < edits; at++) {
    times.push(await editedUntilHealed(api, CONFIG_MAPS, "floor", "1"));
    await Bun.sleep(300);
  }
  healing.stop();
  await api.must("DELETE", `${CONFIG_MAPS}/floor`);
  return timesOf(times);
}

/** Resolves when each of so many ConfigMaps has the value. */
function whenAllAre(api: RawApi, names: ReadonlySet<string>, value: string) {
  const seen = new Set<string>();
  return watchUntil(api, `${CONFIG_MAPS}?watch=1`, ({ object: { metadata, data } }) => {
    if (names.has(metadata.name) && data?.["value"] === value) seen.add(metadata.name);
    return seen.size === names.size;
  });
}

async function synced(daemon: RunningDaemon, syncs: number): Promise<void> {
  await until(
    "all applications synced",
    async () => sumOf(await daemon.scrape(), "argocd_app_sync_total") >= syncs,
    { everyMs: 250 },
  );
}

export async function measurePlane(ask: PlaneAsk): Promise<PlaneFigures> {
  const names = Array.from({ length: ask.apps }, (_, at) => nameOf(at));
  const floors: PlaneFloor[] = [];
  for (const inFlight of ask.inFlight) floors.push(await floorOf(names, inFlight));
  const [plane, git] = await Promise.all([startControlPlane({ kcmQps: 500 }), startGitServer()]);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const config = [
    `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${plane.kubeconfig} }]`,
    "applications: [./apps]",
  ];
  const started: RunningDaemon[] = [];
  try {
    const api = await rawApi(plane.kubeconfig);
    await api.makeNamespace(NAMESPACE);
    const bareDrift = await driftFloor(api, ask.drifts);
    const filesAt = (value: string): Record<string, string> =>
      Object.fromEntries(names.map((name) => [`apps/${name}/one.yaml`, fileOf(name, value)]));
    const repo = await git.createRepo("estate", {
      ...filesAt("1"),
      [`apps/${STILL}/one.yaml`]: fileOf(STILL, "1"),
    });
    mkdirSync(join(dir, "apps"));
    let daemon = await startDaemon(dir, config);
    started.push(daemon);
    await until("it is ready", async () => (await daemon.probe("/readyz")) === 200);
    const scrapes = [await daemon.scrape()];

    const all = [...names, STILL].map((name) => ({
      ...{ name, repo },
      destination: { name: "in-cluster", namespace: NAMESPACE },
    }));
    const installed = await whenAllAre(api, new Set(names), "1");
    const installBegun = performance.now();
    placeApplications(dir, all);
    const installMs = (await installed.at) - installBegun;
    installed.stop();
    await synced(daemon, all.length);
    scrapes.push(await daemon.scrape());

    const commitAll = async (value: string, text: string): Promise<number> => {
      await git.commit("estate", filesAt(value), text);
      const upgraded = await whenAllAre(api, new Set(names), value);
      const begun = performance.now();
      await push(daemon.url, repo);
      const took = (await upgraded.at) - begun;
      upgraded.stop();
      return took;
    };
    const upgradeMs = await commitAll("2", "all");
    await synced(daemon, all.length + names.length);
    scrapes.push(await daemon.scrape());
    const cpuSeconds = daemon.cpuSeconds();
    const requests = await daemon.requests();
    const requestsPerApp = Object.values(requests).reduce((sum, count) => sum + count, 0) / names.length;

    // A repository is asked once in ten seconds, however often it announces something.
    await Bun.sleep(11_000);
    const whileSyncing: number[] = [];
    let running = true;
    const again = commitAll("3", "all again").finally(() => (running = false));
    while (running) {
      whileSyncing.push(await editedUntilHealed(api, CONFIG_MAPS, STILL, "1"));
      await Bun.sleep(300);
    }
    await again;
    await synced(daemon, all.length + 2 * names.length);
    await Bun.sleep(5_000);
    const drifts: number[] = [];
    for (let at = 0; at < ask.drifts; at++) {
      const name = names[(at * 37) % names.length] ?? STILL;
      drifts.push(await editedUntilHealed(api, CONFIG_MAPS, name, "3"));
      await Bun.sleep(300);
    }

    await Bun.sleep(15_000);
    const quiet = await daemon.scrape();
    const before = await daemon.requests();
    const [cpu, begun] = [daemon.cpuSeconds(), performance.now()];
    await Bun.sleep(ask.idleSeconds * 1_000);
    const took = (performance.now() - begun) / 1_000;
    const used = daemon.cpuSeconds() - cpu;
    const idle = {
      ...{ seconds: took, cpuPercent: (used / took) * 100, rss: daemon.rss() },
      requests: difference(before, await daemon.requests()),
    };
    scrapes.push(await daemon.scrape());
    const peakRss = daemon.peakRss();

    await daemon.stop();
    daemon = await startDaemon(dir, config);
    started.push(daemon);
    const readyMs = await until("it is ready again", async () => (await daemon.probe("/readyz")) === 200);
    const start = { readyMs, cpuSeconds: daemon.cpuSeconds() };
    const [first = "", second = "", third = "", last = ""] = scrapes;
    return {
      ...{ apps: ask.apps, floors, installMs, upgradeMs, cpuSeconds, requestsPerApp, peakRss },
      lag: {
        install: lagBetween(first, second),
        upgrade: lagBetween(second, third),
        idle: lagBetween(quiet, last),
      },
      ...{ driftFloor: bareDrift, drift: timesOf(drifts), driftWhileSyncing: timesOf(whileSyncing) },
      ...{ idle, start },
    };
  } finally {
    for (const daemon of started) await daemon.stop();
    await Promise.all([plane.stop(), git.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

export function planeRows(figures: PlaneFigures): Row[] {
  const { floors, lag, drift, driftWhileSyncing, driftFloor: bare, idle, start } = figures;
  const install = floors.reduce((a, b) => (b.installMs < a.installMs ? b : a));
  const upgrade = floors.reduce((a, b) => (b.upgradeMs < a.upgradeMs ? b : a));
  const mttp = (what: string, ours: number, floor: number, inFlight: number): Row => ({
    what: `${figures.apps} applications of one ConfigMap, ${what} until all are applied`,
    wished: `1.3 × the floor, ${seconds(floor * 1.3)}`,
    ours: `${seconds(ours)} (${(ours / floor).toFixed(2)} ×)`,
    floor: `${seconds(floor)}, ${inFlight} in flight`,
    within: isWithin(ours <= floor * 1.3),
  });
  const late = (what: string, { p99Ms, samples }: Lag): Row => ({
    what: `event loop lag p99, ${what} (${samples} samples)`,
    ...{ wished: "50 ms", ours: `≤ ${millis(p99Ms)}`, floor: "", within: isWithin(p99Ms <= 50) },
  });
  return [
    mttp("installed", figures.installMs, install.installMs, install.inFlight),
    mttp("one commit to all", figures.upgradeMs, upgrade.upgradeMs, upgrade.inFlight),
    {
      what: "CPU of both",
      wished: "",
      ours: `${figures.cpuSeconds.toFixed(1)} s`,
      floor: `${install.cpuSeconds.toFixed(1)} s`,
      within: "",
    },
    {
      ...{ what: "API requests an application, both", wished: "" },
      ...{ ours: figures.requestsPerApp.toFixed(2), floor: "4", within: "" },
    },
    late("install", lag.install),
    late("upgrade", lag.upgrade),
    late("idle", lag.idle),
    {
      what: `drift put back, idle, p50 / p99 of ${drift.edits}`,
      wished: "p99 250 ms",
      ours: `${millis(drift.p50Ms)} / ${millis(drift.p99Ms)}`,
      floor: `${millis(bare.p50Ms)} / ${millis(bare.p99Ms)}`,
      within: isWithin(drift.p99Ms <= 250),
    },
    {
      what: `drift put back while ${figures.apps} sync, p50 / p99 of ${driftWhileSyncing.edits}`,
      wished: "p99 500 ms",
      ours: `${millis(driftWhileSyncing.p50Ms)} / ${millis(driftWhileSyncing.p99Ms)}`,
      ...{ floor: "", within: isWithin(driftWhileSyncing.p99Ms <= 500) },
    },
    {
      what: `idle for ${Math.round(idle.seconds)} s`,
      wished: "0.3 % of a core, watches and probes alone",
      ours: `${idle.cpuPercent.toFixed(2)} %; ${countsOf(idle.requests)}`,
      ...{ floor: "0", within: isWithin(idle.cpuPercent <= 0.3) },
    },
    {
      what: "RSS, idle / peak",
      wished: "150 MB",
      ours: `${megabytes(idle.rss)} / ${megabytes(figures.peakRss)}`,
      ...{ floor: "", within: isWithin(idle.rss <= 150e6) },
    },
    {
      what: "started on its store, until it is ready",
      wished: "5 s",
      ours: `${seconds(start.readyMs)}, ${start.cpuSeconds.toFixed(1)} s of CPU`,
      ...{ floor: "", within: isWithin(start.readyMs <= 5_000) },
    },
  ];
}
