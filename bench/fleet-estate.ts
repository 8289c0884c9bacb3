/**
 * Second stage: applications of four objects each over many clusters, with ten Pods for each of them and as many that are
 * nobody's. The clusters are sandboxes of one other process, over HTTPS: stand-ins, which take of the same cores.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitServer } from "../test/lib/git-server.ts";
import { type RawApi, rawApi } from "../test/lib/raw-api.ts";
import {
  countsOf,
  editedUntilHealed,
  isWithin,
  megabytes,
  millis,
  nameOf,
  placeApplications,
  type Row,
  seconds,
  type Times,
  timesOf,
} from "./fleet-parts.ts";
import { type Lag, lagBetween, sumOf } from "./metrics-text.ts";
import { until } from "./rig.ts";
import { difference, type RunningDaemon, startDaemon } from "./running-daemon.ts";

interface EstateAsk {
  apps: number;
  clusters: number;
  /** In all clusters together; half of them belong to applications. */
  pods: number;
  drifts: number;
  idleSeconds: number;
}

export interface EstateFigures {
  apps: number;
  clusters: number;
  pods: number;
  /** What the daemon's caches hold. */
  cached: number;
  installMs: number;
  installCpuSeconds: number;
  installPeakRss: number;
  idle: { seconds: number; cpuPercent: number; requests: Record<string, number>; rss: number };
  drift: Times;
  /** All that the daemon lists at a start, listed and parsed by a bare program that keeps nothing. */
  listFloor: { ms: number; cpuSeconds: number; bytes: number };
  start: { readyMs: number; listedMs: number; cpuSeconds: number; peakRss: number; rss: number };
  lag: { install: Lag; idle: Lag; start: Lag };
}

const NAMESPACE = "bench";

/** ServiceAccount, Service, Deployment, ConfigMap. */
function filesOf(name: string, replicas: number): Record<string, string> {
  const meta = `metadata: { name: ${name}, labels: { app: ${name} } }`;
  return {
    [`apps/${name}/all.yaml`]: [
      `apiVersion: v1\nkind: ServiceAccount\n${meta}\n`,
      `apiVersion: v1\nkind: Service\n${meta}\nspec:\n  selector: { app: ${name} }\n  ports: [{ port: 80, targetPort: 8080 }]\n`,
      `apiVersion: apps/v1\nkind: Deployment\n${meta}\nspec:\n  replicas: ${replicas}\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec:\n      serviceAccountName: ${name}\n      containers:\n      - name: web\n        image: registry.example.com/web:1\n        ports: [{ containerPort: 8080 }]\n`,
      `apiVersion: v1\nkind: ConfigMap\n${meta}\ndata: { value: "1" }\n`,
    ].join("---\n"),
  };
}

interface StandIns {
  names: string[];
  kubeconfigOf(name: string): string;
  pods(): number;
  stop(): Promise<void>;
}

async function startStandIns(dir: string, clusters: number, podsEach: number): Promise<StandIns> {
  mkdirSync(dir);
  const child = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "fleet-clusters.ts"),
      ...[String(clusters), String(podsEach), dir],
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  let pods = -1;
  void (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true });
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        pods = (JSON.parse(text.slice(0, end)) as { pods: number }).pods;
        text = text.slice(end + 1);
      }
    }
  })();
  const ended = child.exited.then((code) => {
    throw new Error(`the stand-ins ended with ${code}`);
  });
  await Promise.race([ended, until("the stand-ins are there", async () => pods >= 0, { everyMs: 200 })]);
  ended.catch(() => undefined);
  return {
    names: readdirSync(dir).sort(),
    kubeconfigOf: (name) => join(dir, name),
    pods: () => pods,
    async stop() {
      child.kill();
      await child.exited;
    },
  };
}

/** Every kind that the daemon lists for such applications. */
const LISTED = [
  ...["/api/v1/serviceaccounts", "/api/v1/services", "/api/v1/configmaps", "/api/v1/pods"],
  ...["/apis/apps/v1/deployments", "/apis/apps/v1/replicasets", "/apis/discovery.k8s.io/v1/endpointslices"],
];

async function listAll(apis: readonly RawApi[]): Promise<EstateFigures["listFloor"]> {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  let bytes = 0;
  await Promise.all(
    apis.map(async (api) => {
      for (const path of LISTED)
        for (let next: string | undefined = ""; next !== undefined; ) {
          const text = await api.text("GET", `${path}?limit=500${next === "" ? "" : `&continue=${next}`}`);
          bytes += text.length;
          next = (JSON.parse(text) as { metadata: { continue?: string } }).metadata.continue;
        }
    }),
  );
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - begun, cpuSeconds: (user + system) / 1e6, bytes };
}

const cachedBy = async (daemon: RunningDaemon): Promise<number> =>
  sumOf(await daemon.scrape(), "argocd_cluster_api_resource_objects");

export async function measureEstate(ask: EstateAsk): Promise<EstateFigures> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  const replicas = Math.round(ask.pods / 2 / ask.apps);
  const foreign = Math.round(ask.pods / 2 / ask.clusters);
  const standIns = await startStandIns(join(dir, "clusters"), ask.clusters, foreign);
  const git = await startGitServer();
  const started: RunningDaemon[] = [];
  try {
    const names = Array.from({ length: ask.apps }, (_, at) => nameOf(at));
    const repo = await git.createRepo(
      "estate",
      Object.assign({}, ...names.map((name) => filesOf(name, replicas))) as Record<string, string>,
    );
    const config = [
      "clusters:",
      ...standIns.names.map(
        (name) =>
          `- { name: ${name}, server: "https://${name}.example.com", kubeconfig: ${standIns.kubeconfigOf(name)} }`,
      ),
      "applications: [./apps]",
    ];
    const clusterOf = (at: number): string => standIns.names[at % standIns.names.length] ?? "";
    mkdirSync(join(dir, "apps"));
    let daemon = await startDaemon(dir, config);
    started.push(daemon);
    await until("it is ready", async () => (await daemon.probe("/readyz")) === 200);
    const atFirst = await daemon.scrape();
    const begun = performance.now();
    const placed = names.map((name, at) => ({
      ...{ name, repo },
      destination: { name: clusterOf(at), namespace: NAMESPACE },
    }));
    placeApplications(dir, placed);
    await until(
      "all applications synced",
      async () => sumOf(await daemon.scrape(), "argocd_app_sync_total") >= ask.apps,
      { everyMs: 1_000, limitMs: 1_800_000 },
    );
    const installMs = performance.now() - begun;
    const installCpuSeconds = daemon.cpuSeconds();
    const all = foreign * ask.clusters + replicas * ask.apps;
    await until("all Pods are there", async () => standIns.pods() >= all, {
      ...{ everyMs: 500, limitMs: 600_000 },
    });
    await Bun.sleep(20_000);
    const installed = await daemon.scrape();
    const installPeakRss = daemon.peakRss();
    const cached = await cachedBy(daemon);

    await Bun.sleep(20_000);
    const quiet = await daemon.scrape();
    const before = await daemon.requests();
    const [cpu, idleBegun] = [daemon.cpuSeconds(), performance.now()];
    await Bun.sleep(ask.idleSeconds * 1_000);
    const took = (performance.now() - idleBegun) / 1_000;
    const used = daemon.cpuSeconds() - cpu;
    const idle = {
      ...{ seconds: took, cpuPercent: (used / took) * 100, rss: daemon.rss() },
      requests: difference(before, await daemon.requests()),
    };
    const idleEnd = await daemon.scrape();

    const apis = await Promise.all(standIns.names.map((name) => rawApi(standIns.kubeconfigOf(name))));
    const drifts: number[] = [];
    for (let edit = 0; edit < ask.drifts; edit++) {
      const at = (edit * 37) % ask.apps;
      const api = apis[at % apis.length];
      if (api === undefined) throw new Error("there is no cluster");
      drifts.push(
        await editedUntilHealed(api, `/api/v1/namespaces/${NAMESPACE}/configmaps`, nameOf(at), "1"),
      );
      await Bun.sleep(200);
    }
    await daemon.stop();
    const listFloor = await listAll(apis);

    const restarted = performance.now();
    daemon = await startDaemon(dir, config);
    started.push(daemon);
    const readyMs = await until("it is ready again", async () => (await daemon.probe("/readyz")) === 200);
    await until("all is listed again", async () => (await cachedBy(daemon)) >= cached, { everyMs: 500 });
    const listedMs = performance.now() - restarted;
    await Bun.sleep(5_000);
    const start = { readyMs, listedMs, cpuSeconds: daemon.cpuSeconds(), peakRss: daemon.peakRss() };
    const startedText = await daemon.scrape();
    await Bun.sleep(30_000);
    return {
      ...{ apps: ask.apps, clusters: ask.clusters, pods: all, cached },
      ...{ installMs, installCpuSeconds, installPeakRss, idle, drift: timesOf(drifts), listFloor },
      start: { ...start, rss: daemon.rss() },
      lag: {
        install: lagBetween(atFirst, installed),
        idle: lagBetween(quiet, idleEnd),
        // It has counted nothing before its start.
        start: lagBetween("", startedText),
      },
    };
  } finally {
    for (const daemon of started) await daemon.stop();
    await Promise.all([standIns.stop(), git.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

export function estateRows(figures: EstateFigures): Row[] {
  const { apps, clusters, pods, idle, drift, start, lag, listFloor } = figures;
  const on = `${apps} applications, ${clusters} sandboxes, ${pods} Pods`;
  const late = (what: string, { p99Ms, samples }: Lag): Row => ({
    what: `event loop lag p99, ${what} (${samples} samples)`,
    ...{ wished: "50 ms", ours: `≤ ${millis(p99Ms)}`, floor: "", within: isWithin(p99Ms <= 50) },
  });
  return [
    {
      ...{ what: `${on}: first sync`, wished: "", floor: "", within: "" },
      ours: `${seconds(figures.installMs)}, ${figures.installCpuSeconds.toFixed(0)} s of CPU`,
    },
    {
      what: "RSS idle, and started on its store 30 s later",
      wished: "400 MB",
      ours: `${megabytes(idle.rss)}, ${megabytes(start.rss)}`,
      ...{ floor: "", within: isWithin(Math.max(idle.rss, start.rss) <= 400e6) },
    },
    {
      ...{ what: "RSS at its peak, first sync and start", wished: "", floor: "", within: "" },
      ours: `${megabytes(figures.installPeakRss)}, ${megabytes(start.peakRss)}`,
    },
    {
      ...{ what: "objects in its caches", wished: "", floor: "", within: "" },
      ours: `${figures.cached}, ${((idle.rss - 100e6) / figures.cached).toFixed(0)} bytes each beyond 100 MB`,
    },
    {
      what: `idle for ${Math.round(idle.seconds)} s`,
      wished: "watches and probes alone",
      ours: `${idle.cpuPercent.toFixed(2)} %; ${countsOf(idle.requests)}`,
      ...{ floor: "0", within: "" },
    },
    {
      what: `drift put back, p50 / p99 of ${drift.edits}`,
      wished: "p99 250 ms",
      ours: `${millis(drift.p50Ms)} / ${millis(drift.p99Ms)}`,
      ...{ floor: "", within: isWithin(drift.p99Ms <= 250) },
    },
    {
      what: "started on its store: ready, all listed",
      wished: "seconds",
      ours: `${seconds(start.readyMs)}, ${seconds(start.listedMs)}; ${start.cpuSeconds.toFixed(1)} s of CPU`,
      floor: `${seconds(listFloor.ms)}, ${listFloor.cpuSeconds.toFixed(1)} s of CPU, ${megabytes(listFloor.bytes)}`,
      within: "",
    },
    late("first sync", lag.install),
    late("idle", lag.idle),
    late("start", lag.start),
  ];
}
