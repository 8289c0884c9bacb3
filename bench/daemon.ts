/**
 * The daemon on a real control plane, beside the floor of the same run: first sync, one-app commit, drift, idle.
 *
 *     bun bench/daemon.ts [--apps 300] [--runs 3] [--drifts 20] [--idle 600] [--only first-sync] [--json FILE]
 *
 * Prints a table and JSON. The floor is bench/floor.ts: a bare program that makes the same requests. A fresh control plane
 * for every run; the controller-manager's request limit is lifted.
 */
import { parseArgs } from "node:util";
import { addedRequests } from "../test/lib/request-counts.ts";
import { driftFloor } from "./drift-floor.ts";
import { type Floor, floors } from "./floor.ts";
import { appFiles, median, nameOf, percentile, type Rig, startRig, until } from "./rig.ts";
import { difference } from "./running-daemon.ts";

interface FirstSync {
  appliedMs: number;
  syncedMs: number;
  requestsPerApp: number;
  requestsByVerb: Record<string, number>;
  serverRequestsPerApp: number;
  cpuSeconds: number;
  peakRssMb: number;
  renders: number;
}

interface OneCommit {
  appliedMs: number;
  renders: number;
  requests: Record<string, number>;
  cpuSeconds: number;
}

interface Drift {
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
  edits: number;
}

interface Idle {
  seconds: number;
  cpuPercent: number;
  requests: Record<string, number>;
  rssMb: number;
}

interface Run {
  firstSync: FirstSync;
  oneCommit?: OneCommit;
  drift?: Drift;
  idle?: Idle;
}

const { values } = parseArgs({
  options: {
    apps: { type: "string", default: "300" },
    runs: { type: "string", default: "3" },
    drifts: { type: "string", default: "20" },
    idle: { type: "string", default: "600" },
    only: { type: "string", default: "" },
    json: { type: "string", default: "" },
    "in-flight": { type: "string", default: "8,16,32,64" },
  },
});
const apps = Number(values.apps),
  runs = Number(values.runs);

async function firstSync(
  apps: number,
  started: number,
  rig: Rig,
  applied: Promise<number>,
): Promise<FirstSync> {
  const appliedMs = (await applied) - started;
  await until(
    "all applications synced",
    async () => (await rig.daemon.metric("argocd_app_sync_total")) >= apps,
    { everyMs: 100 },
  );
  const syncedMs = performance.now() - started;
  const cpuSeconds = rig.daemon.cpuSeconds(),
    peakRssMb = rig.daemon.peakRss() / 1e6;
  const requests = await rig.daemon.requests();
  const all = Object.values(requests).reduce((sum, count) => sum + count, 0);
  return {
    appliedMs,
    syncedMs,
    requestsPerApp: all / apps,
    requestsByVerb: requests,
    serverRequestsPerApp: 0,
    cpuSeconds,
    peakRssMb,
    renders: await rig.daemon.metric("holdfast_renders_total"),
  };
}

/** Resolves with the moment at which `count` objects of the last kind are there. One watch of our own; nothing is polled. */
async function whenThere(
  rig: Pick<Rig, "plane">,
  count: number,
): Promise<{ at: Promise<number>; stop(): void }> {
  const abort = new AbortController();
  const response = await rig.plane.api.open(
    "/apis/networking.k8s.io/v1/namespaces/bench/ingresses?watch=1",
    abort.signal,
  );
  const at = (async () => {
    let seen = 0;
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      seen += decoder.decode(chunk, { stream: true }).split('{"type":"ADDED"').length - 1;
      if (seen >= count) return performance.now();
    }
    throw new Error("the watch ended");
  })();
  return { at, stop: () => abort.abort() };
}

async function oneCommit(rig: Rig): Promise<OneCommit> {
  const name = nameOf(Math.floor(apps / 2));
  const before = await rig.daemon.requests();
  const renders = await rig.daemon.metric("holdfast_renders_total");
  // Innermost: each scrape of the metrics costs CPU in proportion to all applications.
  const cpu = rig.daemon.cpuSeconds();
  await rig.git.commit(
    "monorepo",
    {
      [`apps/${name}/deployment.yaml`]: appFiles(name, "registry.example.com/web:2")["deployment.yaml"] ?? "",
    },
    "one app",
  );
  const started = performance.now();
  const refreshed = rig.daemon.api(`/api/v1/applications/${name}?refresh=normal`);
  await until(
    "the commit is applied",
    async () => {
      const { body } = await rig.plane.api.request(
        "GET",
        `/apis/apps/v1/namespaces/bench/deployments/${name}`,
      );
      return JSON.stringify(body).includes("web:2");
    },
    { everyMs: 5 },
  );
  const appliedMs = performance.now() - started;
  await refreshed;
  // Every other application takes note of the new commit too; that is part of what the commit costs.
  await Bun.sleep(3_000);
  const cpuSeconds = rig.daemon.cpuSeconds() - cpu;
  return {
    appliedMs,
    renders: (await rig.daemon.metric("holdfast_renders_total")) - renders,
    requests: difference(before, await rig.daemon.requests()),
    cpuSeconds,
  };
}

/** From the edit's answer to the watch event that shows the old value again. */
async function drift(rig: Rig, edits: number): Promise<Drift> {
  const times: number[] = [];
  for (let at = 0; at < edits; at++) {
    const path = `/apis/apps/v1/namespaces/bench/deployments/${nameOf(at % apps)}`;
    const abort = new AbortController();
    const { body } = await rig.plane.api.request("GET", path);
    const version = (body.metadata as { resourceVersion: string }).resourceVersion;
    const response = await rig.plane.api.open(
      `/apis/apps/v1/namespaces/bench/deployments?watch=1&resourceVersion=${version}&fieldSelector=metadata.name=${nameOf(at % apps)}`,
      abort.signal,
    );
    const healed = (async () => {
      let text = "",
        edited = false;
      const decoder = new TextDecoder();
      for await (const chunk of response.body as ReadableStream<Uint8Array>) {
        text += decoder.decode(chunk, { stream: true });
        for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
          const event = JSON.parse(text.slice(0, end)) as {
            object: { spec: { revisionHistoryLimit: number }; metadata: { labels?: Record<string, string> } };
          };
          text = text.slice(end + 1);
          const changed = event.object.metadata.labels?.["app"] === "edited";
          if (changed) edited = true;
          else if (edited) return performance.now();
        }
      }
      throw new Error("the watch ended");
    })();
    const started = performance.now();
    await rig.plane.api.request(
      "PATCH",
      path,
      { metadata: { labels: { app: "edited" } } },
      "application/merge-patch+json",
    );
    times.push((await healed) - started);
    abort.abort();
    await Bun.sleep(300);
  }
  times.sort((a, b) => a - b);
  return { p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95), maxMs: times.at(-1) ?? 0, edits };
}

async function idle(rig: Rig, seconds: number): Promise<Idle> {
  await Bun.sleep(5_000);
  const before = await rig.daemon.requests(),
    cpu = rig.daemon.cpuSeconds(),
    started = performance.now();
  await Bun.sleep(seconds * 1_000);
  const took = (performance.now() - started) / 1_000;
  const used = rig.daemon.cpuSeconds() - cpu;
  return {
    seconds: took,
    cpuPercent: (used / took) * 100,
    requests: difference(before, await rig.daemon.requests()),
    rssMb: rig.daemon.rss() / 1e6,
  };
}

/** @param idling it is long and does not vary, so one run of several is enough */
async function run(idling: "measured" | "left-out"): Promise<Run> {
  const wants = (part: string) => values.only === "" || values.only.split(",").includes(part);
  let started = 0;
  const rig = await startRig(apps, async (ready) => {
    const there = await whenThere(ready, apps);
    const before = await ready.plane.apiRequests();
    started = performance.now();
    return { there, before };
  });
  try {
    const { there, before } = rig.prepared;
    const first = await firstSync(apps, started, rig, there.at);
    there.stop();
    const added = addedRequests(before, await rig.plane.apiRequests());
    // Only our writes are server-side applies; the controllers of the control plane make none.
    const applies = Object.entries(added)
      .filter(([key]) => key.startsWith("APPLY "))
      .reduce((sum, [, count]) => sum + count, 0);
    const result: Run = { firstSync: { ...first, serverRequestsPerApp: applies / apps } };
    if (wants("one-commit")) result.oneCommit = await oneCommit(rig);
    if (wants("drift")) result.drift = await drift(rig, Number(values.drifts));
    if (wants("idle") && idling === "measured") result.idle = await idle(rig, Number(values.idle));
    return result;
  } finally {
    await rig.stop();
  }
}

const floorRuns: Floor[] = await floors(apps, values["in-flight"].split(",").map(Number));
const best = floorRuns.reduce((a, b) => (b.totalMs < a.totalMs ? b : a));
const results: Run[] = [];
for (let at = 0; at < runs; at++) results.push(await run(at === runs - 1 ? "measured" : "left-out"));
const bareDrift =
  values.only === "" || values.only.includes("drift") ? await driftFloor(Number(values.drifts)) : undefined;

const of = (pick: (run: Run) => number | undefined): number =>
  median(results.map(pick).filter((value) => value !== undefined));
const requestsOf = (counts: Record<string, number>): string =>
  Object.keys(counts).length === 0
    ? "no request"
    : Object.entries(counts)
        .map(([verb, count]) => `${count} ${verb}`)
        .join(", ");
const row = (what: string, ours: string, floor: string, target: string): string =>
  `| ${what} | ${ours} | ${floor} | ${target} |`;
const ms = (value: number): string => `${Math.round(value)} ms`;
const table = [
  `${apps} applications of ${nameOf(0)}'s four objects from a ${1_000}-app monorepo, median of ${runs}, ${navigator.hardwareConcurrency} cores, controller-manager limit lifted`,
  "",
  "| what | Holdfast | floor of the same run | to reach |",
  "|---|---|---|---|",
  row(
    "first sync, all applied",
    ms(of((r) => r.firstSync.appliedMs)),
    `${ms(best.totalMs)} (${ms(best.dryRunMs)} + ${ms(best.applyMs)}, ${best.inFlight} in flight)`,
    `≤ ${ms(best.totalMs * 1.3)}`,
  ),
  row("API requests of our own per app", of((r) => r.firstSync.requestsPerApp).toFixed(2), "8", "≤ 8.1"),
  row(
    "of these applies and dry runs, as the server counted",
    of((r) => r.firstSync.serverRequestsPerApp).toFixed(2),
    "8",
    "",
  ),
  row(
    "CPU seconds",
    of((r) => r.firstSync.cpuSeconds).toFixed(1),
    (best.cpuMs / 1000).toFixed(1),
    `≤ ${((0.3 * best.totalMs) / 1000).toFixed(1)}`,
  ),
  row(
    "peak RSS, all processes",
    `${Math.round(of((r) => r.firstSync.peakRssMb))} MB`,
    "",
    apps > 300 ? "≤ 150 MB" : "≤ 120 MB",
  ),
  ...(results[0]?.oneCommit === undefined
    ? []
    : [
        row("one-app commit, refresh to applied", ms(of((r) => r.oneCommit?.appliedMs)), "", "≤ 150 ms"),
        row("its CPU seconds", of((r) => r.oneCommit?.cpuSeconds).toFixed(2), "", "≤ 0.1"),
        row("its renders", String(of((r) => r.oneCommit?.renders)), "1", "1"),
      ]),
  ...(results[0]?.drift === undefined
    ? []
    : [
        row(
          "drift reverted, p50 / p95",
          `${ms(of((r) => r.drift?.p50Ms))} / ${ms(of((r) => r.drift?.p95Ms))}`,
          bareDrift === undefined ? "" : `${ms(bareDrift.p50Ms)} / ${ms(bareDrift.p95Ms)}`,
          bareDrift === undefined ? "" : `p50 ≤ ${ms(bareDrift.p50Ms * 2)}`,
        ),
      ]),
  ...results.flatMap(({ idle }) =>
    idle === undefined
      ? []
      : [
          row(
            `idle, ${Math.round(idle.seconds)} s`,
            `${idle.cpuPercent.toFixed(2)} % of a core; ${requestsOf(idle.requests)}; ${Math.round(idle.rssMb)} MB`,
            "0",
            "≤ 0.3 %, watches only",
          ),
        ],
  ),
].join("\n");
console.log(table);
const json = JSON.stringify({ apps, runs: results, floors: floorRuns, driftFloor: bareDrift }, null, 2);
if (values.json === "") console.log(json);
else await Bun.write(values.json, json);
