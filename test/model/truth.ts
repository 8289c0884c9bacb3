/** What really is and was, whatever the daemon knows of it: specs, limits, commits, kinds, and the clusters' objects. */
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type RefKey, refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import { History } from "./history.ts";
import { type Tree, type Wants, wantedOf } from "./reference-model.ts";
import type { AppName, ClusterName, Limits, OrbScope, RepositoryName, Script, Spec } from "./script.ts";

export interface Commit {
  index: number;
  sha: string;
  tree: Tree;
}

/** As the API shows it. */
export interface OperationSeen {
  /** When this daemon began its present try: one that a restart cut off begins anew, and delivers what is wanted then. */
  began: number;
  state: OperationState;
}

const KINDS: ReadonlySet<string> = new Set(["ConfigMap", "Deployment", "Job", "ClusterRole", "Orb"]);

export class Truth {
  /** When each moment was, milliseconds since 1970. */
  readonly #times: number[] = [0];
  readonly specs: Record<AppName, History<Spec | undefined>>;
  readonly limits: History<Limits>;
  readonly commits: Record<RepositoryName, History<Commit>>;
  readonly orbs: Record<ClusterName, History<OrbScope | undefined>>;
  readonly judged = new Map<string, History<HealthStatus | undefined>>();
  readonly objects: Record<ClusterName, Map<RefKey, History<KubeObject | undefined>>> = {
    home: new Map(),
    east: new Map(),
  };
  /** By application: the commit that was rendered for it last. */
  readonly rendered: Record<AppName, History<{ repository: RepositoryName; index: number } | undefined>>;
  readonly operations = new Map<AppName, OperationSeen>();
  /** Applications whose objects people or lost kinds changed. */
  readonly touched = new Set<AppName>();
  /** Those of them whose objects people edited or deleted by hand. */
  readonly handled = new Set<AppName>();
  /** Objects that a write of ours made: uid -> when. */
  readonly made = new Map<string, number>();

  constructor(
    script: Script,
    readonly nowMs: () => number,
  ) {
    const commit = (repository: RepositoryName): History<Commit> =>
      new History({ index: 0, sha: shaOf(repository, 0), tree: script.files[repository] });
    this.specs = {
      red: new History<Spec | undefined>(script.specs.red),
      blue: new History<Spec | undefined>(script.specs.blue),
    };
    this.limits = new History<Limits>({ repositories: "all", namespaces: "all", clusterKinds: "all" });
    this.commits = { alpha: commit("alpha"), beta: commit("beta") };
    this.orbs = {
      home: new History<OrbScope | undefined>(undefined),
      east: new History<OrbScope | undefined>(undefined),
    };
    this.rendered = {
      red: new History<{ repository: RepositoryName; index: number } | undefined>(undefined),
      blue: new History<{ repository: RepositoryName; index: number } | undefined>(undefined),
    };
  }

  /** The next moment. */
  next(): number {
    return this.#times.push(this.nowMs()) - 1;
  }

  /** The last moment that was not later. */
  momentAt(atMs: number): number {
    return Math.max(
      0,
      this.#times.findLastIndex((time) => time <= atMs),
    );
  }

  /** When it was, milliseconds since 1970. */
  timeOf(moment: number): number {
    return this.#times[moment] ?? 0;
  }

  note<T>(history: History<T>, value: T): void {
    history.set(this.next(), value);
  }

  /** Of an application that was removed by then: what it was. */
  lastSpec(app: AppName, moment = Number.POSITIVE_INFINITY): Spec | undefined {
    return this.specs[app].until(moment).findLast((spec) => spec !== undefined);
  }

  changed(cluster: ClusterName, object: KubeObject, is: "there" | "gone"): void {
    if (!KINDS.has(object.kind)) return;
    const key = refKey(refOf(object));
    const known = this.objects[cluster].get(key) ?? new History<KubeObject | undefined>(undefined);
    this.objects[cluster].set(key, known);
    this.note(known, is === "there" ? object : undefined);
  }

  live(cluster: ClusterName, key: RefKey): KubeObject | undefined {
    return this.objects[cluster].get(key)?.now;
  }

  /** Live objects that bear the application's tracking id. */
  trackedBy(app: string, cluster: ClusterName): { key: RefKey; object: KubeObject }[] {
    return [...this.objects[cluster]].flatMap(([key, { now }]) =>
      now !== undefined && trackingApp(now) === app ? [{ key, object: now }] : [],
    );
  }

  /** What the application wants now, by its present spec and the newest commit. */
  wants(app: AppName): Wants | undefined {
    const spec = this.specs[app].now;
    if (spec === undefined) return undefined;
    return wantedOf(spec, this.commits[spec.repository].now.tree, this.orbs[spec.cluster].now);
  }
}

export function shaOf(repository: RepositoryName, index: number): string {
  return `${repository === "alpha" ? "a" : "b"}${String(index).padStart(39, "0")}`;
}

/** By its tracking id. */
export function trackingApp(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[ANNOTATION.trackingId]?.split(":")[0];
}
