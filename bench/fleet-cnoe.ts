/**
 * CNOE's applications: each is one ConfigMap of 2 KB in a namespace of its own, spread over several clusters, all put there
 * at once. The floor is a bare program that looks for the namespaces, makes them, and makes the same dry runs and applies.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { startGitServer } from "../test/lib/git-server.ts";
import type { RawApi } from "../test/lib/raw-api.ts";
import {
  applyEach,
  countsOf,
  isWithin,
  megabytes,
  nameOf,
  placeApplications,
  type Row,
  seconds,
  trackedBy,
  whenAllSeen,
  whenEach,
} from "./fleet-parts.ts";
import { until } from "./rig.ts";
import { startDaemon } from "./running-daemon.ts";
import { appliedAndSettled } from "./settled.ts";
import { type On, type Stand, startStands, wordsOf } from "./stand.ts";

export interface CnoeAsk {
  on: On;
  /** In all clusters together. */
  apps: number;
  clusters: number;
  /** Of the floor, in all clusters together. */
  inFlight: number;
  patienceMs: number;
}

export interface CnoeFigures {
  on: On;
  apps: number;
  clusters: number;
  cores: number;
  floor: { ms: number; cpuSeconds: number; requests: number };
  appliedMs: number;
  settledMs: number;
  cpuSeconds: number;
  requests: Record<string, number>;
  peakRss: number;
  rss: number;
}

const FILLER = "x".repeat(2_000);
const fileOf = (name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "1", filler: ${FILLER} }\n`;
const pathOf = (name: string): string => `/api/v1/namespaces/${name}/configmaps/${name}`;

function of<T>(list: readonly T[], at: number): T {
  const one = list[at % list.length];
  if (one === undefined) throw new Error("there is no cluster");
  return one;
}

async function floorOf(
  { on, clusters, inFlight }: CnoeAsk,
  names: readonly string[],
): Promise<CnoeFigures["floor"]> {
  const stands = await startStands(on, clusters);
  try {
    const cpu = process.cpuUsage();
    const namespaces = names.map((name, at) => ({
      ...{ api: of(stands, at).api, path: `/api/v1/namespaces/${name}` },
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    }));
    const maps = names.map((name, at) => ({
      ...{ api: of(stands, at).api, path: pathOf(name) },
      body: {
        ...{ apiVersion: "v1", kind: "ConfigMap", data: { value: "1", filler: FILLER } },
        metadata: { name, namespace: name, annotations: trackedBy(name, `/ConfigMap:${name}/${name}`) },
      },
    }));
    const asked = performance.now();
    await lookFor(namespaces, inFlight);
    let ms = performance.now() - asked;
    ms += await applyEach(namespaces, inFlight, "for-real");
    ms += await applyEach(maps, inFlight, "dry-run");
    ms += await applyEach(maps, inFlight, "for-real");
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuSeconds: (user + system) / 1e6, requests: 4 * names.length };
  } finally {
    await Promise.all(stands.map((stand) => stand.stop()));
  }
}

/** Whether they are there: whoever makes what is missing asks first. */
async function lookFor(targets: readonly { api: RawApi; path: string }[], inFlight: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let target = targets[next++]; target !== undefined; target = targets[next++])
      await target.api.find(target.path);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/** That each cluster has its own and no other's. @throws {Error} where it does not */
async function hold(stands: readonly Stand[], names: readonly string[]): Promise<void> {
  for (const [nth, { api }] of stands.entries()) {
    const wanted = names.filter((_, at) => at % stands.length === nth);
    const { items } = (await api.must("GET", "/api/v1/configmaps")) as unknown as {
      items: { metadata: { name: string; namespace: string } }[];
    };
    const own = new Set(
      items.flatMap(({ metadata: { name, namespace } }) => (name === namespace ? [name] : [])),
    );
    const lacks = wanted.filter((name) => !own.has(name));
    if (lacks.length > 0 || own.size !== wanted.length)
      throw new Error(
        `cluster ${nth} has ${own.size} of the ConfigMaps, and not its ${wanted.length}: ${lacks[0] ?? "some are another's"}`,
      );
  }
}

export async function measureCnoe(ask: CnoeAsk): Promise<CnoeFigures> {
  const names = Array.from({ length: ask.apps }, (_, at) => nameOf(at));
  const floor = await floorOf(ask, names);
  const [stands, git] = await Promise.all([startStands(ask.on, ask.clusters), startGitServer()]);
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  let daemon: Awaited<ReturnType<typeof startDaemon>> | undefined;
  try {
    const repo = await git.createRepo(
      "estate",
      Object.fromEntries(names.map((name) => [`apps/${name}/one.yaml`, fileOf(name)])),
    );
    mkdirSync(join(dir, "apps"));
    const clusterOf = (at: number): string => `cluster-${at % ask.clusters}`;
    const running = (daemon = await startDaemon(dir, [
      "clusters:",
      ...stands.map(
        ({ kubeconfig }, at) =>
          `- { name: ${clusterOf(at)}, server: "https://${clusterOf(at)}.example.com", kubeconfig: ${kubeconfig} }`,
      ),
      "applications: [./apps]",
    ]));
    await until("it is ready", async () => (await running.probe("/readyz")) === 200);
    const seeing = whenAllSeen(
      await Promise.all(
        stands.map(({ api }, nth) =>
          whenEach(
            api,
            "/api/v1/configmaps?watch=1",
            names.filter((_, at) => at % stands.length === nth).length,
            ({ object: { metadata } }) => (metadata.name === metadata.namespace ? metadata.name : undefined),
          ),
        ),
      ),
    );
    const [cpu, begun] = [running.cpuSeconds(), performance.now()];
    placeApplications(
      dir,
      names.map((name, at) => ({
        ...{ name, repo, destination: { name: clusterOf(at), namespace: name } },
        syncOptions: ["CreateNamespace=true"],
      })),
    );
    const settling = { apps: ask.apps, syncs: ask.apps, patienceMs: ask.patienceMs, everyMs: 1_000 };
    const appliedMs = (await appliedAndSettled(seeing, running, settling)) - begun;
    const settledMs = performance.now() - begun;
    const cpuSeconds = running.cpuSeconds() - cpu;
    seeing.stop();
    await hold(stands, names);
    const requests = await running.requests();
    const peakRss = running.peakRss();
    await Bun.sleep(30_000);
    return {
      ...{ on: ask.on, apps: ask.apps, clusters: ask.clusters, cores: availableParallelism(), floor },
      ...{ appliedMs, settledMs, cpuSeconds, requests, peakRss, rss: running.rss() },
    };
  } finally {
    await daemon?.stop();
    await Promise.all([...stands.map((stand) => stand.stop()), git.close()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

export function cnoeRows(figures: CnoeFigures): Row[] {
  const { on, apps, clusters, cores, floor, appliedMs, settledMs, cpuSeconds, requests } = figures;
  const rate = apps / (settledMs / 1_000);
  return [
    {
      what: `${apps} applications of one ConfigMap in a namespace each, ${wordsOf(on, clusters)}`,
      wished: `1.3 × the floor, ${seconds(floor.ms * 1.3)}`,
      ours: `${seconds(appliedMs)} applied, ${seconds(settledMs)} Healthy (${(appliedMs / floor.ms).toFixed(2)} ×); ${cpuSeconds.toFixed(1)} s of CPU`,
      floor: `${seconds(floor.ms)}, ${floor.cpuSeconds.toFixed(1)} s of CPU, ${floor.requests} requests`,
      within: isWithin(appliedMs <= floor.ms * 1.3),
    },
    {
      ...{ what: "the same: applications a second, and for each core", wished: "", within: "" },
      ours: `${rate.toFixed(1)}, ${(rate / cores).toFixed(1)} of ${cores}, which the clusters take of too`,
      floor: (apps / (floor.ms / 1_000)).toFixed(1),
    },
    {
      ...{ what: "the same: API requests", wished: "", ours: countsOf(requests), within: "" },
      floor: `${floor.requests}`,
    },
    {
      ...{ what: "the same: RSS, 30 s later / peak", wished: "", floor: "", within: "" },
      ours: `${megabytes(figures.rss)} / ${megabytes(figures.peakRss)}`,
    },
  ];
}
