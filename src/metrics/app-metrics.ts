import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import {
  type AppKey,
  type Application,
  isAutomated,
  keyOfApp,
  sourcesOf,
} from "../core/model/application.ts";
import { revisionsIn } from "../core/model/hold.ts";
import type { OperationPhase } from "../core/model/operation.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";

export interface SyncEnd {
  phase: OperationPhase;
  mode: "write" | "dry-run";
  tookMs: number;
}

const APP = ["namespace", "name", "project"] as const;

/** Argo CD's metrics of applications, by its names and labels, so that its dashboards and alerts work as they are. */
export class AppMetrics {
  readonly #serverOf: (cluster: string) => string | undefined;
  readonly #syncs: Counter;
  readonly #seconds: Counter;
  readonly #fights: Counter;
  readonly #reconciles: Histogram;
  readonly #fineReconciles: Histogram;
  /** What was counted for each application, so that it can be dropped with it. */
  readonly #countedByApp = new Map<
    AppKey,
    { syncs: Map<string, Record<string, string>>; seconds: Map<string, Record<string, string>> }
  >();

  readonly #foughtByApp = new Map<AppKey, ReturnType<typeof names>>();

  /** @param serverOf the server of a cluster that is known by name */
  constructor(
    registers: Registry[],
    applications: () => readonly Application[],
    serverOf: (cluster: string) => string | undefined,
  ) {
    this.#serverOf = serverOf;
    const infoOf = (app: Application) => infoLabels(app, this.#destination(app));
    new Gauge({
      name: "argocd_app_info",
      help: "One series an application, always 1: what it is and how it stands.",
      labelNames: [
        ...APP,
        "autosync_enabled",
        "repo",
        "dest_server",
        "dest_namespace",
        "sync_status",
        "health_status",
        "operation",
      ],
      registers,
      // Made when somebody asks: a change of status costs nothing here.
      collect() {
        this.reset();
        for (const app of applications()) this.set(infoOf(app), 1);
      },
    });
    new Gauge({
      name: "holdfast_app_held",
      help: "One series an application that a person holds at a revision, always 1.",
      labelNames: [...APP, "revision", "until"],
      registers,
      collect() {
        this.reset();
        for (const app of applications()) {
          const hold = app.status?.hold;
          if (hold === undefined) continue;
          this.set({ ...names(app), revision: revisionsIn(hold.at).join(","), until: hold.until }, 1);
        }
      },
    });
    new Gauge({
      name: "holdfast_app_terminated",
      help: "One series an application whose sync a person terminated and that goes on by a commit or a person, always 1.",
      labelNames: APP,
      registers,
      collect() {
        this.reset();
        for (const app of applications()) if (app.status?.terminated !== undefined) this.set(names(app), 1);
      },
    });
    new Gauge({
      name: "holdfast_app_contested",
      help: "One series an application of which somebody else sets again what is healed, always 1.",
      labelNames: APP,
      registers,
      collect() {
        this.reset();
        for (const app of applications())
          if (app.status?.conditions?.some(({ type }) => type === "ContestedFieldWarning") === true)
            this.set(names(app), 1);
      },
    });
    this.#fights = new Counter({
      name: "holdfast_app_fights_total",
      help: "Objects that are healed no more, because somebody else set the same fields again each time.",
      labelNames: APP,
      registers,
    });
    this.#syncs = new Counter({
      name: "argocd_app_sync_total",
      help: "Syncs that ended, by how.",
      labelNames: [...APP, "dest_server", "phase", "dry_run"],
      registers,
    });
    this.#seconds = new Counter({
      name: "argocd_app_sync_duration_seconds_total",
      help: "Time that syncs took, in all.",
      labelNames: [...APP, "dest_server"],
      registers,
    });
    this.#reconciles = new Histogram({
      name: "argocd_app_reconcile",
      help: "Seconds that looking at an application took.",
      labelNames: ["namespace", "dest_server"],
      buckets: [0.25, 0.5, 1, 2, 4, 8, 16],
      registers,
    });
    this.#fineReconciles = new Histogram({
      name: "holdfast_app_reconcile_seconds",
      help: "Seconds that looking at an application took, in steps fine enough to see the usual case.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
  }

  syncEnded(app: Application, { phase, mode, tookMs }: SyncEnd): void {
    const base = { ...names(app), dest_server: this.#destination(app) };
    const labels = { ...base, phase, dry_run: String(mode === "dry-run") };
    this.#syncs.inc(labels);
    this.#seconds.inc(base, tookMs / 1000);
    const key = keyOfApp(app);
    const counted = this.#countedByApp.get(key) ?? { syncs: new Map(), seconds: new Map() };
    this.#countedByApp.set(key, counted);
    counted.syncs.set(JSON.stringify(labels), labels);
    counted.seconds.set(JSON.stringify(base), base);
  }

  reconciled(app: Application, tookMs: number): void {
    const labels = { namespace: app.metadata.namespace, dest_server: this.#destination(app) };
    this.#reconciles.observe(labels, tookMs / 1000);
    this.#fineReconciles.observe(tookMs / 1000);
  }

  fought(app: Application): void {
    this.#fights.inc(names(app));
    this.#foughtByApp.set(keyOfApp(app), names(app));
  }

  /** Drops the series of an application that is gone. */
  forget(key: AppKey): void {
    const fought = this.#foughtByApp.get(key);
    if (fought !== undefined) this.#fights.remove(fought);
    this.#foughtByApp.delete(key);
    const counted = this.#countedByApp.get(key);
    for (const labels of counted?.syncs.values() ?? []) this.#syncs.remove(labels);
    for (const labels of counted?.seconds.values() ?? []) this.#seconds.remove(labels);
    this.#countedByApp.delete(key);
  }

  #destination({ spec: { destination } }: Application): string {
    const { server, name = "" } = destination;
    return server ?? this.#serverOf(name) ?? name;
  }
}

function infoLabels(app: Application, server: string): Record<string, string> {
  return {
    ...names(app),
    autosync_enabled: String(isAutomated(app.spec)),
    repo: withoutUserinfo(sourcesOf(app.spec)[0]?.repoURL ?? ""),
    dest_server: server,
    dest_namespace: app.spec.destination?.namespace ?? "",
    sync_status: app.status?.sync.status ?? "Unknown",
    health_status: app.status?.health.status ?? "Unknown",
    operation: operationOf(app),
  };
}

function names(app: Application): Record<(typeof APP)[number], string> {
  return {
    namespace: app.metadata.namespace,
    name: app.metadata.name,
    project: app.spec.project ?? "default",
  };
}

/** Argo CD's words for what is asked or under way. */
function operationOf(app: Application): string {
  if (app.metadata.deletionTimestamp !== undefined) return "delete";
  const { operationState } = app.status ?? {};
  const running =
    operationState !== undefined &&
    (operationState.phase === "Running" || operationState.phase === "Terminating");
  return app.operation?.sync !== undefined || running ? "sync" : "";
}
