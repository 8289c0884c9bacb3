import type { Application } from "../../src/core/model/application.ts";
import { Metrics } from "../../src/metrics/metrics.ts";
import { MOST_NAMES } from "../../src/metrics/series-bound.ts";

const SERVER = "https://kubernetes.default.svc";
const APP: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: "web", labels: { team: "shop" } },
  spec: {
    project: "shop",
    source: { repoURL: "https://git.example.com/shop.git", path: "web" },
    destination: { server: SERVER, namespace: "shop" },
    syncPolicy: { automated: {} },
  },
  status: {
    sync: { status: "Synced", comparedTo: { destination: {} } },
    health: { status: "Healthy" },
    conditions: (
      ["SyncError", "ContestedFieldWarning", "PruneBlocked", "ComparisonError", "DeletionError"] as const
    ).map((type) => ({ type, message: "" })),
    hold: {
      at: { revision: "abc" },
      deployment: 1,
      by: "user:ann",
      since: "",
      extras: "kept",
      until: "lifted",
    },
    terminated: { revisions: [], by: "user:ann", at: "" },
  },
};

/** Metrics that have at least one series of each, of applications in each state that dashboards count. `stop` them. */
export function everySeries(): Metrics {
  const metrics = new Metrics(
    { version: "0.1.0", commit: "abc" },
    {
      applications: () => [
        APP,
        inState("broken", "OutOfSync", "Degraded"),
        inState("new", "OutOfSync", "Missing"),
      ],
      clusters: () => [
        {
          name: "in-cluster",
          server: SERVER,
          kubeVersion: "v1.36.2",
          connection: "connected",
          objects: 1,
          kinds: 1,
          requests: { list: 1 },
          places: { now: 16, most: 16, waiting: 0 },
        },
      ],
      serverOf: () => SERVER,
      waiting: () => 0,
      more: () => ({ labels: ["team"], conditions: ["SyncError"] }),
      sets: () => [
        {
          ...{ namespace: "argocd", name: "shops", applications: 1, waiting: 1 },
          status: { conditions: [{ type: "ErrorOccurred", status: "True", reason: "", message: "" }] },
        },
      ],
      certificateEnds: () => "2027-01-01T00:00:00Z",
    },
  );
  countAll(metrics);
  // One more than there is room for.
  for (let at = 0; at <= MOST_NAMES; at++) metrics.webhooks.requested(`https://git.example.com/${at}`);
  return metrics;
}

function inState(name: string, sync: "OutOfSync", health: "Degraded" | "Missing"): Application {
  return {
    ...APP,
    metadata: { ...APP.metadata, name },
    status: { sync: { status: sync, comparedTo: { destination: {} } }, health: { status: health } },
  };
}

/** Counts each thing once more. */
export function countAll(metrics: Metrics): void {
  metrics.apps.syncEnded(APP, { phase: "Succeeded", mode: "write", tookMs: 1 });
  metrics.apps.reconciled(APP, 1);
  metrics.apps.fought(APP);
  metrics.notifications.delivered("on-deployed", "slack", "succeeded");
  metrics.notifications.evaluated("on-deployed", "triggered");
  metrics.clusters.clusterEvent(SERVER, { group: "apps", kind: "Deployment" });
  for (const type of ["fetch", "ls-remote"] as const)
    metrics.git.gitRequest({ url: "https://git.example.com/shop.git", type, tookMs: 1, failed: true });
  metrics.artifacts.request({ url: "https://charts.example.com", type: "index", tookMs: 1, failed: false });
  metrics.webhooks.requested("https://git.example.com/shop.git");
  metrics.http.answered({ operation: "signIn", path: "/api/v1/session", status: 200, tookMs: 1 });
  metrics.images.looked("done");
  metrics.images.wrote("git", "done");
  metrics.rendered({ renderer: "helm", from: "renderer" });
  metrics.deliveries.reached({ reached: "synced", tookMs: 1 });
  metrics.deliveries.spans("sent", 1);
}

export interface ToldMetric {
  name: string;
  type: string;
  help: string;
  labels: string[];
}

/** What Prometheus' text says there is, by name. */
export function toldIn(text: string): ToldMetric[] {
  const told = new Map<string, ToldMetric>();
  for (const line of text.split("\n")) {
    const [, name = "", help = ""] = /^# HELP (\S+) (.*)$/.exec(line) ?? [];
    if (name !== "") told.set(name, { name, help, type: "", labels: [] });
    const [, typed = "", type = ""] = /^# TYPE (\S+) (.*)$/.exec(line) ?? [];
    const metric = told.get(typed);
    if (metric !== undefined) metric.type = type;
    const [, series = "", labels = ""] = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const of = told.get(series) ?? told.get(series.replace(/_(bucket|sum|count)$/, ""));
    if (of === undefined) continue;
    const names = [...labels.matchAll(/(?:^|,)([a-z0-9_]+)="/g)].map(([, label]) => label ?? "");
    of.labels = [...new Set([...of.labels, ...names.filter((label) => label !== "le")])];
  }
  return [...told.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
