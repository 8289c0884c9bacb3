/** The AppProjects of a cluster, in the home namespace alone: seen by a watch, written for people who come by the API. */
import { type AppKey, appKey } from "../../core/model/application.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { refOf } from "../../core/model/object-ref.ts";
import { parseProject } from "../../core/model/parse-project.ts";
import { type Problem, showProblem } from "../../core/model/problem.ts";
import type { Project } from "../../core/model/project.ts";
import { refuseNamespace } from "../../core/policy/refuse-namespace.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import type { RecordAnswer } from "../../core/ports/custom-resources.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ObjectWatch } from "../../core/ports/object-watch.ts";
import type { Backoff } from "../../lib/backoff.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { manifestOf } from "./application-record.ts";
import { deleteWhole, putRecord } from "./edit-records.ts";
import { isOurFinalizer } from "./finalizers.ts";
import { Releases } from "./releases.ts";
import { whyBlind } from "./why-blind.ts";
import { releasePatch } from "./write-back.ts";

const VERSION = "argoproj.io/v1alpha1";

export interface ClusterProjectsParts {
  cluster: string;
  namespace: string;
  /** @throws {Error} where there is no cluster */
  objects(owner: string): ClusterObjects;
  changed(): void;
  became(): void;
  log: Log;
  again: Backoff;
}

export class ClusterProjects {
  readonly #parts: ClusterProjectsParts;
  readonly #projects = new Map<string, Project>();
  readonly #problems = new Map<string, readonly Problem[]>();
  readonly #releases: Releases<AppKey>;
  #watch: ObjectWatch | undefined;

  constructor(parts: ClusterProjectsParts) {
    this.#parts = parts;
    const { log, again } = parts;
    this.#releases = new Releases({
      trouble: "a project is deleted, and its finalizer cannot be taken away",
      steps: releasePatch,
      known: (key) => this.#watch?.get(parts.namespace, key.slice(key.indexOf("/") + 1)),
      patch: async (object, steps) => {
        const objects = parts.objects(`project ${object.metadata.name}`);
        const answer = await objects.patch(refOf(object), VERSION, steps);
        if (answer.is === "done") this.#watch?.wrote(answer.object);
        return answer;
      },
      log,
      again,
    });
  }

  follow(cluster: Cluster): void {
    const { namespace, changed, became } = this.#parts;
    this.#watch = cluster.watch(
      { ...parseApiVersion(VERSION), kind: "AppProject" },
      { namespaces: [namespace] },
      { changed: (object) => this.#seen(object), gone: changed, became },
    );
  }

  endWatch(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  stop(): void {
    this.#releases.stop();
    this.endWatch();
  }

  /** Why one that is missing may be there all the same. */
  get incomplete(): string | undefined {
    return whyBlind(this.#watch?.state(), "appprojects", this.#parts.cluster);
  }

  get all(): Project[] {
    return [...this.#projects.values()];
  }

  get problems(): Problem[] {
    return [...this.#problems.values()].flat();
  }

  /** There, and never to be read, by name: what is wrong. */
  get unreadable(): ReadonlyMap<string, string> {
    const never = [...this.#problems].filter(([name]) => !this.#projects.has(name));
    return new Map(
      never.map(([name, problems]) => {
        const errors = problems.filter(({ severity }) => severity === "error");
        const said = errors.map(({ object: _, ...problem }) => showProblem(problem)).join("; ");
        return [name, `AppProject ${name} cannot be read, so nothing is permitted in it: ${said}`];
      }),
    );
  }

  /** What the watch shows whole is all there is: what it does not show is gone. */
  letGo(): void {
    const { namespace } = this.#parts;
    for (const name of [...this.#projects.keys(), ...this.#problems.keys()]) {
      if (this.#watch?.get(namespace, name) !== undefined) continue;
      this.#projects.delete(name);
      this.#problems.delete(name);
      this.#releases.forget(appKey(namespace, name));
    }
  }

  /**
   * A project that was deleted and has Argo CD's finalizer stays, and holds, until no application is of it.
   * @param applications all there are
   */
  release(applications: Iterable<KubeObject>): void {
    if (this.#watch === undefined) return;
    const used = new Set([...applications].flatMap((object) => this.#heldBy(object)));
    for (const { metadata } of this.#watch.objects()) {
      const { name, namespace = "", uid = "", deletionTimestamp, finalizers = [] } = metadata;
      if (deletionTimestamp === undefined || !finalizers.some(isOurFinalizer) || used.has(name)) continue;
      const key: AppKey = appKey(namespace, name);
      if (!this.#releases.has(key, uid)) this.#releases.begin(key, uid);
    }
  }

  async put(project: Project): Promise<RecordAnswer> {
    const { namespace, objects } = this.#parts;
    const { name } = project.metadata;
    return putRecord(
      { ...project, metadata: { ...project.metadata, namespace } },
      this.#watch?.get(namespace, name),
      objects(`project ${name}`),
      (object) => this.#watch?.wrote(object),
    );
  }

  async delete(name: string): Promise<RecordAnswer> {
    const object = this.#watch?.get(this.#parts.namespace, name);
    if (object === undefined) return { is: "absent" };
    return deleteWhole(object, this.#parts.objects(`project ${name}`));
  }

  /** Whom it does not permit holds it for nobody. */
  #heldBy(object: KubeObject): unknown[] {
    const name = projectOf(object);
    const project = this.#projects.get(String(name));
    const isPermitted =
      project === undefined ||
      refuseNamespace(project, object.metadata.namespace ?? "", this.#parts.namespace) === undefined;
    return isPermitted ? [name] : [];
  }

  #seen(object: KubeObject): void {
    const { namespace, changed } = this.#parts;
    const { name } = object.metadata;
    const read = parseProject(manifestOf(object), { homeNamespace: namespace });
    // One that cannot be read any more stays what it was: half of it would be no limit.
    if (read.ok) this.#projects.set(name, withTokens(read.value, object));
    // Without one, `default` permits everything: whoever wrote limits that cannot be read did not mean that.
    else if (name === "default" && !this.#projects.has(name))
      this.#projects.set(name, permitsNothing(name, namespace));
    const problems = read.ok ? read.warnings : read.problems;
    if (problems.length > 0) this.#problems.set(name, problems);
    else this.#problems.delete(name);
    changed();
  }
}

/** Of its status the tokens alone: what Argo CD issued is listed there. */
function withTokens(project: Project, { status }: KubeObject): Project {
  const jwtTokensByRole = isMapping(status) ? status["jwtTokensByRole"] : undefined;
  return jwtTokensByRole === undefined ? project : { ...project, status: { jwtTokensByRole } };
}

function permitsNothing(name: string, namespace: string): Project {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace },
    spec: { sourceRepos: [], destinations: [] },
  };
}

/** As it is written: also of one that cannot be read. */
function projectOf(object: KubeObject): unknown {
  const { spec } = object;
  const project = isMapping(spec) ? spec["project"] : undefined;
  return project === undefined || project === "" ? "default" : project;
}
