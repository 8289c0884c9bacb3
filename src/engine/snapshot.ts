/**
 * What one pass works under, taken once and never changed. What was rendered and what was seen carry its generation:
 * nothing is used, decided or written under another one.
 */

import type { Aim } from "../core/model/aim.ts";
import type { Application } from "../core/model/application.ts";
import { keyOfApp } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { Project } from "../core/model/project.ts";
import { checkApplication } from "../core/policy/check-application.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { keptOn } from "../lib/kept-on.ts";
import { clusterFor, keptFrom } from "./destinations.ts";
import { nameOfProject, projectOf } from "./limits.ts";
import { type Settings, settingsFor } from "./settings.ts";

export interface Snapshot {
  /** Rises with each change of the spec, the project, the cluster, the settings or the cluster's kinds. */
  readonly generation: number;
  /** With the sources that it is held at, where it is. */
  readonly app: Application;
  /** By source, where a person holds it there: in place of what the sources' revisions lead to. */
  readonly commits?: readonly string[];
  /** What it takes from elsewhere as a deployment took it, where it goes back to one. */
  readonly taken?: Aim["taken"];
  readonly project: Project;
  readonly cluster: Cluster;
  readonly settings: Settings;
  /** `Cluster.kindsGeneration` as it was. */
  readonly kinds: number;
}

/** The generation of what one request alone works under: nothing that was found under it is ever used again. */
export const OF_A_REQUEST = 0;

/** Where snapshots are taken from. What did not change is the very same map and settings at each call. */
export interface SnapshotSources {
  projects(): ReadonlyMap<string, Project>;
  /** Why a project holds for nobody, where that is so. */
  withheld?(name: string): string | undefined;
  clusters(): readonly Cluster[];
  settings(): Settings;
}

/** What a snapshot was taken from last: the very map of projects, and the very clusters. */
interface TakenFrom {
  projects: ReadonlyMap<string, Project>;
  clusters: readonly Cluster[];
}

/** Takes snapshots, and knows of each what it was taken from last. */
export class Snapshots {
  readonly #takenFrom = keptOn<Snapshot, TakenFrom>();

  constructor(private readonly sources: SnapshotSources) {}

  /**
   * The world of one application as it is now: the last snapshot where nothing of it changed.
   * @throws {Failure} invalid-spec where the project or the config does not permit the application, with all reasons
   */
  take({ app, commits, taken }: Aim, last: Snapshot | undefined): Snapshot {
    const settings = settingsFor(this.sources.settings(), nameOfProject(app));
    const from = { projects: this.sources.projects(), clusters: this.sources.clusters() };
    // Asked before each write: where nothing was even made anew, there is nothing to compare.
    if (
      last?.app === app &&
      last.commits === commits &&
      last.taken === taken &&
      last.settings === settings &&
      this.#isTakenFrom(last, from)
    )
      return last;
    const now = takeAnew({ app, ...defined({ commits, taken }) }, last, {
      settings,
      ...from,
      withheld: this.sources.withheld?.(nameOfProject(app)),
    });
    this.#takenFrom.set(now, { ...from, clusters: [...from.clusters] });
    return now;
  }

  #isTakenFrom(last: Snapshot, { projects, clusters }: TakenFrom): boolean {
    const known = this.#takenFrom.get(last);
    return (
      known !== undefined &&
      known.projects === projects &&
      known.clusters.length === clusters.length &&
      clusters.every((cluster, at) => cluster === known.clusters[at]) &&
      last.kinds === last.cluster.kindsGeneration()
    );
  }
}

function takeAnew(
  { app, commits, taken }: Aim,
  last: Snapshot | undefined,
  {
    settings,
    clusters,
    projects,
    withheld,
  }: TakenFrom & { settings: Settings; withheld: string | undefined },
): Snapshot {
  const project = projectOf(app, projects);
  const reached = clusterFor(app.spec.destination, clusters);
  const cluster = reached.is === "found" ? reached.cluster : undefined;
  const conditions = checkApplication(app, {
    project,
    withheld,
    cluster,
    clusters: clusters.filter((one) => one.is !== "a-stand-in" && keptFrom(app, one) === undefined),
    homeNamespace: settings.namespace,
  });
  const kept = cluster === undefined ? undefined : keptFrom(app, cluster);
  if (kept !== undefined) conditions.push({ type: "InvalidSpecError", message: kept });
  if (conditions.length > 0 || project === undefined || cluster === undefined) {
    throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
      cannot: "use its spec",
      why: conditions.map(({ message }) => message).join("; "),
    });
  }
  const kinds = cluster.kindsGeneration();
  const now = { app, ...defined({ commits, taken }), project, cluster, settings, kinds };
  if (last === undefined) return { ...now, generation: 1 };
  if (!isSameWorld(last, now)) return { ...now, generation: last.generation + 1 };
  return last.app === app && last.commits === commits && last.taken === taken
    ? last
    : { ...now, generation: last.generation };
}

function isSameWorld(last: Snapshot, now: Omit<Snapshot, "generation">): boolean {
  return (
    last.kinds === now.kinds &&
    last.cluster === now.cluster &&
    last.settings === now.settings &&
    isSameProject(last, now) &&
    isSameAim(last, now)
  );
}

function isSameProject(a: Pick<Snapshot, "project">, b: Pick<Snapshot, "project">): boolean {
  return a.project === b.project || equalJson(a.project, b.project);
}

/**
 * Whether an operation that began under the one still means the other: the same spec, for the cluster of the same name.
 * A cluster that is connected anew meanwhile is the same one; the operation ends on the connection that it began with.
 */
export function isSameAim(a: Aimed, b: Aimed): boolean {
  const isSameCluster = a.cluster.name === b.cluster.name && a.cluster.server === b.cluster.server;
  return (
    isSameCluster &&
    equalJson(a.commits, b.commits) &&
    equalJson(a.taken, b.taken) &&
    (a.app.spec === b.app.spec || equalJson(a.app.spec, b.app.spec))
  );
}

interface Aimed {
  readonly app: Pick<Application, "spec">;
  readonly commits?: readonly string[];
  readonly taken?: Aim["taken"];
  readonly cluster: Pick<Cluster, "name" | "server">;
}
