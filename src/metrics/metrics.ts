import { Counter, Gauge, Registry } from "prom-client";
import type { Application } from "../core/model/application.ts";
import { AppMetrics, hasOperation, type MoreOfApplications } from "./app-metrics.ts";
import { ArtifactMetrics } from "./artifact-metrics.ts";
import { type ClusterFigures, ClusterMetrics } from "./cluster-metrics.ts";
import { DeliveryMetrics } from "./delivery-metrics.ts";
import { expose, type Format } from "./exposition.ts";
import { Families } from "./families.ts";
import { GitMetrics } from "./git-metrics.ts";
import { HttpMetrics } from "./http-metrics.ts";
import { ImageMetrics } from "./image-metrics.ts";
import type { Into } from "./into.ts";
import { NotificationMetrics } from "./notification-metrics.ts";
import { nothingToTell } from "./of-argocd.ts";
import { eventLoopLag, processMetrics } from "./process-metrics.ts";
import { LeftOut } from "./series-bound.ts";
import { type SetFigures, setMetrics } from "./set-metrics.ts";
import { WebhookMetrics } from "./webhook-metrics.ts";

export type { ClusterFigures } from "./cluster-metrics.ts";

/** Read when somebody scrapes, never before: the steady state costs nothing. */
export interface MetricsSources {
  applications(): readonly Application[];
  clusters(): readonly ClusterFigures[];
  /** The server of a cluster that is known by name. */
  serverOf(cluster: string): string | undefined;
  /** Applications that wait to be looked at, or are. */
  waiting(): number;
  /** Default: none of it. */
  more?(): MoreOfApplications;
  /** Default: there are none. */
  sets?(): readonly SetFigures[];
  /** What is wrong with the daemon itself, or with what it reaches: `store`, `config`, `cluster`, `certificate`. Default: nothing. */
  troubles?(): readonly string[];
  /** When the certificate of the API ends, RFC 3339; undefined while it shows none. */
  certificateEnds?(): string | undefined;
  /** What the whole daemon leaves undone now. */
  paused?(): "deletions" | "writes" | undefined;
}

const NOTHING_MORE: MoreOfApplications = { labels: [], conditions: [] };

export class Metrics {
  readonly apps: AppMetrics;
  readonly clusters: ClusterMetrics;
  readonly git: GitMetrics;
  readonly artifacts: ArtifactMetrics;
  readonly images: ImageMetrics;
  readonly webhooks: WebhookMetrics;
  readonly http: HttpMetrics;
  readonly deliveries: DeliveryMetrics;
  readonly notifications: NotificationMetrics;
  readonly #registry = new Registry();
  readonly #families = new Families();
  readonly #leftOut = new LeftOut();
  readonly #renders: Counter;
  readonly #stopLag: () => void;
  readonly #writing = new Map<Format, Promise<string>>();

  constructor(build: { version: string; commit: string }, sources: MetricsSources) {
    const registers = [this.#registry];
    const families = this.#families;
    const into: Into = { registers, families, leftOut: this.#leftOut };
    this.apps = new AppMetrics(
      into,
      sources.applications,
      sources.serverOf,
      () => sources.more?.() ?? NOTHING_MORE,
    );
    this.clusters = new ClusterMetrics(into, sources.clusters);
    this.git = new GitMetrics(into);
    this.artifacts = new ArtifactMetrics(into);
    this.images = new ImageMetrics(into);
    this.webhooks = new WebhookMetrics(into);
    this.notifications = new NotificationMetrics(into);
    this.http = new HttpMetrics(into);
    this.deliveries = new DeliveryMetrics(into);
    setMetrics(families, () => sources.sets?.() ?? []);
    this.#renders = new Counter({
      name: "holdfast_renders_total",
      help: "Renders asked for, and whether the cache had them.",
      labelNames: ["renderer", "from"],
      registers,
    });
    families.gauge("workqueue_depth", "Keys that wait, and those that are worked on.", () => [
      [{ name: "app_reconciliation_queue" }, sources.waiting()],
      [{ name: "app_operation_processing_queue" }, sources.applications().filter(hasOperation).length],
    ]);
    families.gauge(
      "holdfast_trouble",
      "1 while it lasts: store, it writes to no cluster; config, the file as it is now does not hold; cluster, one is unreachable or does not know some kinds; certificate, that of the API is nearly over, or its files do not hold.",
      () => {
        const now = sources.troubles?.() ?? [];
        return ["store", "config", "cluster", "certificate"].map((what) => [
          { what },
          now.includes(what) ? 1 : 0,
        ]);
      },
    );
    families.gauge(
      "holdfast_tls_certificate_not_after_seconds",
      "When the certificate of the API ends, in seconds since 1970; absent while it shows none.",
      () => {
        const ends = sources.certificateEnds?.();
        return ends === undefined ? [] : [[{}, Date.parse(ends) / 1_000]];
      },
    );
    families.gauge(
      "holdfast_paused",
      "1 while somebody has the whole daemon leave it undone: deletions, or writes, which are all of it.",
      () => {
        const paused = sources.paused?.();
        return ["deletions", "writes"].map((of) => [{ of }, paused === of ? 1 : 0]);
      },
    );
    new Gauge({
      name: "holdfast_build_info",
      help: "Always 1.",
      labelNames: ["version", "commit", "bun"],
      registers,
    }).set({ ...build, bun: Bun.version }, 1);
    families.gauge("argocd_info", "Always 1.", () => [[{ version: build.version }, 1]]);
    nothingToTell(families);
    processMetrics(families);
    this.#stopLag = eventLoopLag(registers);
    // Last: by then each of the others said what it leaves out.
    families.gauge(
      "holdfast_metrics_left_out",
      "What the bound of a metric kept out: observations that count under (others), or series of this scrape. Absent of a metric that has room.",
      () => [...this.#leftOut.all].map(([metric, count]) => [{ metric }, count]),
    );
  }

  rendered(render: { renderer: string; from: "cache" | "renderer" }): void {
    this.#renders.inc(render);
  }

  /** Whoever asks while it is being written gets what is being written. */
  text(format: Format = "text"): Promise<string> {
    const under = this.#writing.get(format);
    if (under !== undefined) return under;
    const what = {
      families: this.#families,
      registries: [this.#registry, this.deliveries.registry],
      leftOut: this.#leftOut,
    };
    const writing = expose(what, format).finally(() => this.#writing.delete(format));
    this.#writing.set(format, writing);
    return writing;
  }

  stop(): void {
    this.#stopLag();
  }
}
