/**
 * What a scrape of `/metrics` costs: 5,000 applications, each with a sync behind it, twenty clusters, in the process that
 * scrapes. How long it takes, how much CPU, and for how much of that nothing else gets its turn, beside the same by prom-client's
 * own writer, which is the floor of what is no work of ours.
 *
 *     bun bench/scrape.ts [--apps 5000] [--scrapes 20]      prints a table, then one line of JSON
 */
import { parseArgs } from "node:util";
import { Gauge, Registry } from "prom-client";
import type { Application } from "../src/core/model/application.ts";
import { Metrics } from "../src/metrics/metrics.ts";
import { median } from "./rig.ts";

const { values } = parseArgs({
  options: { apps: { type: "string", default: "5000" }, scrapes: { type: "string", default: "20" } },
});
const count = Number(values.apps);
const apps = Array.from(
  { length: count },
  (_, at): Application => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name: `application-${at}` },
    spec: {
      project: `team-${at % 50}`,
      source: { repoURL: `https://git.example.com/platform/repository-${at % 200}.git`, path: `apps/${at}` },
      destination: { server: `https://cluster-${at % 20}.example.com`, namespace: `namespace-${at}` },
      syncPolicy: { automated: {} },
    },
    status: {
      sync: { status: "Synced", comparedTo: { destination: {} } },
      health: { status: "Healthy" },
    },
  }),
);
const metrics = new Metrics(
  { version: "0", commit: "0" },
  { applications: () => apps, clusters: () => [], serverOf: () => undefined, waiting: () => 0 },
);
for (const app of apps) {
  metrics.apps.syncEnded(app, { phase: "Succeeded", mode: "write", tookMs: 1_000 });
  metrics.apps.reconciled(app, 10);
}
const registry = new Registry();
const labelNames = [
  "namespace",
  "name",
  "project",
  "repo",
  "dest_server",
  "dest_namespace",
  "phase",
  "dry_run",
];
for (const name of ["one", "two", "three"])
  new Gauge({
    name,
    help: name,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { metadata, spec } of apps)
        this.set(
          {
            namespace: metadata.namespace,
            name: metadata.name,
            project: spec.project,
            repo: spec.source?.repoURL ?? "",
            dest_server: spec.destination.server ?? "",
            dest_namespace: spec.destination.namespace ?? "",
            phase: "Succeeded",
            dry_run: "false",
          },
          1,
        );
    },
  });

interface Measured {
  wallMs: number;
  cpuMs: number;
  heldUpMs: number;
  bytes: number;
}

async function measure(scrape: () => Promise<string>): Promise<Measured> {
  let heldUpMs = 0;
  let last = process.cpuUsage();
  let isOn = true;
  // By CPU: on a busy machine the clock tells of everybody else's work.
  const turn = (): void => {
    const { user, system } = process.cpuUsage(last);
    heldUpMs = Math.max(heldUpMs, (user + system) / 1_000);
    last = process.cpuUsage();
    if (isOn) setImmediate(turn);
  };
  setImmediate(turn);
  const began = performance.now();
  const cpu = process.cpuUsage();
  const text = await scrape();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  await new Promise((resolve) => setImmediate(resolve));
  isOn = false;
  return { wallMs, cpuMs: (user + system) / 1_000, heldUpMs, bytes: text.length };
}

const table: Record<string, Record<string, number>> = {};
for (const [name, scrape] of [
  ["ours, text", () => metrics.text("text")],
  ["ours, OpenMetrics", () => metrics.text("openmetrics")],
  ["prom-client, three gauges", () => registry.metrics()],
] as const) {
  const all: Measured[] = [];
  for (let at = 0; at < Number(values.scrapes); at++) all.push(await measure(scrape));
  const middle = (of: (one: Measured) => number): number => Number(median(all.map(of)).toFixed(1));
  table[name] = {
    "wall ms": middle(({ wallMs }) => wallMs),
    "CPU ms": middle(({ cpuMs }) => cpuMs),
    "held up, CPU ms": middle(({ heldUpMs }) => heldUpMs),
    "held up, worst, CPU ms": Number(Math.max(...all.map(({ heldUpMs }) => heldUpMs)).toFixed(1)),
    KB: Math.round(middle(({ bytes }) => bytes) / 1_000),
  };
}
metrics.stop();
console.table(table);
console.log(JSON.stringify({ apps: count, ...table }));
