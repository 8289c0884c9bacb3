import { Counter, Gauge, Registry } from "prom-client";
import type { Application } from "../core/model/application.ts";
import { AppMetrics } from "./app-metrics.ts";
import { ArtifactMetrics } from "./artifact-metrics.ts";
import { type ClusterFigures, ClusterMetrics } from "./cluster-metrics.ts";
import { GitMetrics } from "./git-metrics.ts";
import { eventLoopLag, processMetrics } from "./process-metrics.ts";
import { type SetFigures, setMetrics } from "./set-metrics.ts";
import { WebhookMetrics } from "./webhook-metrics.ts";

export type { ClusterFigures } from "./cluster-metrics.ts";

/** Read when somebody scrapes, never before: the steady state costs nothing. */
export interface MetricsSources {
  applications(): readonly Application[];
  clusters(): readonly ClusterFigures[];
  /** The server of a cluster that is known by name. */
  serverOf(cluster: string): string | undefined;
  /** Waiting keys by queue, by Argo CD's names: `app_reconciliation_queue`, `app_operation_processing_queue`. */
  queues(): Record<string, number>;
  /** Default: there are none. */
  sets?(): readonly SetFigures[];
  /** What is wrong with the daemon itself, or with what it reaches: `store`, `config`, `cluster`, `certificate`. Default: nothing. */
  troubles?(): readonly string[];
  /** When the certificate of the API ends, RFC 3339; undefined while it shows none. */
  certificateEnds?(): string | undefined;
  /** What the whole daemon leaves undone now. */
  paused?(): "deletions" | "writes" | undefined;
}

export class Metrics {
  readonly apps: AppMetrics;
  readonly clusters: ClusterMetrics;
  readonly git: GitMetrics;
  readonly artifacts: ArtifactMetrics;
  readonly webhooks: WebhookMetrics;
  readonly #registry = new Registry();
  readonly #renders: Counter;
  readonly #stopLag: () => void;

  constructor(build: { version: string; commit: string }, sources: MetricsSources) {
    const registers = [this.#registry];
    this.apps = new AppMetrics(registers, sources.applications, sources.serverOf);
    this.clusters = new ClusterMetrics(registers, sources.clusters);
    this.git = new GitMetrics(registers);
    this.artifacts = new ArtifactMetrics(registers);
    this.webhooks = new WebhookMetrics(registers);
    setMetrics(registers, () => sources.sets?.() ?? []);
    this.#renders = new Counter({
      name: "holdfast_renders_total",
      help: "Renders asked for, and whether the cache had them.",
      labelNames: ["renderer", "from"],
      registers,
    });
    new Gauge({
      name: "workqueue_depth",
      help: "Keys that wait.",
      labelNames: ["name"],
      registers,
      collect() {
        this.reset();
        for (const [name, depth] of Object.entries(sources.queues())) this.set({ name }, depth);
      },
    });
    new Gauge({
      name: "holdfast_trouble",
      help: "1 while it lasts: store, it writes to no cluster; config, the file as it is now does not hold; cluster, one is unreachable or does not know some kinds; certificate, that of the API is nearly over, or its files do not hold.",
      labelNames: ["what"],
      registers,
      collect() {
        const now = sources.troubles?.() ?? [];
        for (const what of ["store", "config", "cluster", "certificate"])
          this.set({ what }, now.includes(what) ? 1 : 0);
      },
    });
    new Gauge({
      name: "holdfast_tls_certificate_not_after_seconds",
      help: "When the certificate of the API ends, in seconds since 1970; absent while it shows none.",
      registers,
      collect() {
        const ends = sources.certificateEnds?.();
        // Without labels it would stand at 0, which is a certificate that ended long ago.
        if (ends === undefined) this.remove();
        else this.set(Date.parse(ends) / 1_000);
      },
    });
    new Gauge({
      name: "holdfast_paused",
      help: "1 while somebody has the whole daemon leave it undone: deletions, or writes, which are all of it.",
      labelNames: ["of"],
      registers,
      collect() {
        const paused = sources.paused?.();
        for (const of of ["deletions", "writes"]) this.set({ of }, paused === of ? 1 : 0);
      },
    });
    new Gauge({
      name: "holdfast_build_info",
      help: "Always 1.",
      labelNames: ["version", "commit", "bun"],
      registers,
    }).set({ ...build, bun: Bun.version }, 1);
    new Gauge({ name: "argocd_info", help: "Always 1.", labelNames: ["version"], registers }).set(
      { version: build.version },
      1,
    );
    processMetrics(registers);
    this.#stopLag = eventLoopLag(registers);
  }

  rendered(render: { renderer: string; from: "cache" | "renderer" }): void {
    this.#renders.inc(render);
  }

  /** The Prometheus text format, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  stop(): void {
    this.#stopLag();
  }
}
