import { Histogram } from "prom-client";
import {
  type AppKey,
  type Application,
  type ConditionType,
  isAutomated,
  keyOfApp,
  sourcesOf,
} from "../core/model/application.ts";
import { revisionsIn } from "../core/model/hold.ts";
import type { OperationPhase } from "../core/model/operation.ts";
import { withoutUserinfo } from "../lib/url-userinfo.ts";
import type { LabelValues } from "./families.ts";
import type { Into } from "./into.ts";
import { BoundedCounter, MOST_SERIES } from "./series-bound.ts";

export interface SyncEnd {
  phase: OperationPhase;
  mode: "write" | "dry-run";
  tookMs: number;
}

const APP = ["namespace", "name", "project"] as const;

/** What of applications is told of only where somebody asks for it: each is a series an application more. */
export interface MoreOfApplications {
  /** Labels of theirs, by the name of each in metadata. */
  labels: readonly string[];
  conditions: readonly ConditionType[];
}

/** What a metric of ours says of those applications that a condition of theirs tells of. */
const TOLD_BY_CONDITIONS: readonly { name: string; help: string; conditions: readonly ConditionType[] }[] = [
  {
    name: "holdfast_app_contested",
    help: "One series an application of which somebody else sets again what is healed, always 1.",
    conditions: ["ContestedFieldWarning"],
  },
  {
    name: "holdfast_app_prune_blocked",
    help: "One series an application of which a guard keeps objects that Git does not want, until a person says so, always 1.",
    conditions: ["PruneBlocked"],
  },
  {
    name: "holdfast_app_unseen",
    help: "One series an application that cannot be compared: its spec, its source, its render or its cluster is in the way, always 1.",
    conditions: ["InvalidSpecError", "ComparisonError", "UnknownError", "RenderCircleWarning"],
  },
  {
    name: "holdfast_app_deletion_failed",
    help: "One series an application whose deletion cannot go on, always 1.",
    conditions: ["DeletionError"],
  },
];

/** Argo CD's metrics of applications, by its names and labels, so that its dashboards and alerts work as they are. */
export class AppMetrics {
  readonly #serverOf: (cluster: string) => string | undefined;
  readonly #syncs: BoundedCounter;
  readonly #seconds: BoundedCounter;
  readonly #fights: BoundedCounter;
  readonly #reconciles: Histogram;
  readonly #fineReconciles: Histogram;

  /** @param serverOf the server of a cluster that is known by name */
  constructor(
    into: Into,
    applications: () => readonly Application[],
    serverOf: (cluster: string) => string | undefined,
    more: () => MoreOfApplications,
  ) {
    this.#serverOf = serverOf;
    const { families, registers, leftOut } = into;
    const infoOf = (app: Application) => infoLabels(app, this.#destination(app));
    const gauge = (
      name: string,
      help: string,
      of: (app: Application) => LabelValues | undefined,
      value: (app: Application) => number = () => 1,
    ): void =>
      families.gauge(name, help, function* () {
        for (const app of applications()) {
          const labels = of(app);
          if (labels !== undefined) yield [labels, value(app)];
        }
      });
    gauge("argocd_app_info", "One series an application, always 1: what it is and how it stands.", infoOf);
    gauge(
      "argocd_app_labels",
      "One series an application, always 1, with the labels that metrics.applicationLabels names.",
      (app) => {
        const { labels } = more();
        return labels.length === 0 ? undefined : { ...names(app), ...labelsOf(app, labels) };
      },
    );
    families.gauge(
      "argocd_app_condition",
      "Conditions of applications, those that metrics.applicationConditions names: how many of each.",
      function* () {
        const told = new Set<string>(more().conditions);
        if (told.size === 0) return;
        for (const app of applications())
          for (const [condition, count] of countOf(app.status?.conditions ?? [], told))
            yield [{ ...names(app), condition }, count];
      },
    );
    gauge(
      "holdfast_app_held",
      "One series an application that a person holds at a revision, always 1.",
      (app) => {
        const hold = app.status?.hold;
        if (hold === undefined) return undefined;
        return { ...names(app), revision: revisionsIn(hold.at).join(","), until: hold.until };
      },
    );
    gauge(
      "holdfast_app_terminated",
      "One series an application whose sync a person terminated and that goes on by a commit or a person, always 1.",
      (app) => (app.status?.terminated === undefined ? undefined : names(app)),
    );
    for (const { name, help, conditions } of TOLD_BY_CONDITIONS)
      gauge(name, help, (app) =>
        app.status?.conditions?.some(({ type }) => conditions.includes(type)) === true
          ? names(app)
          : undefined,
      );
    const counter = (name: string, help: string, more: readonly string[] = []): BoundedCounter =>
      new BoundedCounter({
        ...{ name, help, registers, leftOut },
        labelNames: [...APP, ...more],
        most: MOST_SERIES,
      });
    this.#fights = counter(
      "holdfast_app_fights_total",
      "Objects that are healed no more, because somebody else set the same fields again each time.",
    );
    this.#syncs = counter("argocd_app_sync_total", "Syncs that ended, by how.", [
      "dest_server",
      "phase",
      "dry_run",
    ]);
    this.#seconds = counter("argocd_app_sync_duration_seconds_total", "Time that syncs took, in all.", [
      "dest_server",
    ]);
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
    const key = keyOfApp(app);
    this.#syncs.inc({ ...base, phase, dry_run: String(mode === "dry-run") }, 1, key);
    this.#seconds.inc(base, tookMs / 1000, key);
  }

  reconciled(app: Application, tookMs: number): void {
    const labels = { namespace: app.metadata.namespace, dest_server: this.#destination(app) };
    this.#reconciles.observe(labels, tookMs / 1000);
    this.#fineReconciles.observe(tookMs / 1000);
  }

  fought(app: Application): void {
    this.#fights.inc(names(app), 1, keyOfApp(app));
  }

  /** Drops the series of an application that is gone. */
  forget(key: AppKey): void {
    for (const counter of [this.#fights, this.#syncs, this.#seconds]) counter.forget(key);
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

/** Whether something is asked of it that has not ended. */
export function hasOperation(app: Application): boolean {
  return operationOf(app) === "sync";
}

/** As Argo CD names them: `label_`, and what no label of Prometheus may hold as `_`. An application without one has "". */
function labelsOf({ metadata }: Application, wanted: readonly string[]): LabelValues {
  return Object.fromEntries(
    wanted.map((label) => [`label_${label.replace(/[^A-Za-z0-9_]/g, "_")}`, metadata.labels?.[label] ?? ""]),
  );
}

function countOf(conditions: readonly { type: string }[], told: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of conditions) if (told.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}
