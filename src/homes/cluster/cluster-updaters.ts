/** The ImageUpdaters of a cluster: seen by a watch, and never written. */
import {
  type ImageUpdater,
  parseImageUpdater,
  UPDATER_KIND,
  UPDATER_VERSION,
} from "../../core/images/image-updater.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { type Problem, showProblem } from "../../core/model/problem.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Log } from "../../core/ports/log.ts";
import type { ObjectWatch } from "../../core/ports/object-watch.ts";
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";

export interface ClusterUpdatersOptions {
  namespace: string;
  /** Globs of further namespaces whose Applications count. */
  namespaces: readonly string[];
  log: Log;
}

interface Read {
  version: string;
  updater: ImageUpdater | undefined;
}

export class ClusterUpdaters {
  readonly #read = new Map<string, Read>();
  #of: Pick<Cluster, "watch"> | undefined;
  #watch: ObjectWatch | undefined;
  #all: readonly ImageUpdater[] = [];
  #said = "";

  constructor(private readonly options: ClusterUpdatersOptions) {}

  /** What was seen of the one before counts until this one has shown what it has. */
  follow(cluster: Pick<Cluster, "watch"> | undefined): void {
    if (cluster === this.#of) return;
    this.stop();
    this.#of = cluster;
    if (cluster === undefined) return;
    const { namespace, namespaces } = this.options;
    const isWide = namespaces.some((glob) => /[*?[{]/.test(glob));
    const look = (): void => this.#look();
    this.#watch = cluster.watch(
      { ...parseApiVersion(UPDATER_VERSION), kind: UPDATER_KIND },
      { namespaces: isWide ? [] : [...new Set([namespace, ...namespaces])] },
      { changed: look, gone: look, became: look },
    );
  }

  stop(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** The very same list for as long as none of them is another. */
  get all(): readonly ImageUpdater[] {
    return this.#all;
  }

  #look(): void {
    const state = this.#watch?.state();
    // A cluster without the kind has none; one that does not show them has those that were seen last.
    if (state?.is === "absent") {
      this.#read.clear();
      this.#all = [];
      return this.#say([]);
    }
    if (state?.is === "unseen")
      return this.#say([
        {
          severity: "warning",
          object: "ImageUpdaters",
          text: `they are not seen: ${state.why}`,
          fix: "Let the daemon's account list and watch imageupdaters.argocd-image-updater.argoproj.io",
        },
      ]);
    if (state?.is !== "shown") return;
    const problems: Problem[] = [];
    const before = new Map(this.#read);
    this.#read.clear();
    for (const object of this.#watch?.objects() ?? []) this.#take(object, before, problems);
    const all = [...this.#read.values()].flatMap(({ updater }) => updater ?? []);
    const isSame = all.length === this.#all.length && all.every((one) => this.#all.includes(one));
    if (!isSame) this.#all = all;
    this.#say(problems);
  }

  #take(object: KubeObject, before: ReadonlyMap<string, Read>, problems: Problem[]): void {
    const { name, namespace = "", resourceVersion = "", deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined || !this.#isMeant(namespace)) return;
    const key = `${namespace}/${name}`;
    const known = before.get(key);
    if (known !== undefined && known.version === resourceVersion && known.updater !== undefined) {
      this.#read.set(key, known);
      return;
    }
    const read = parseImageUpdater(
      { ...object, apiVersion: UPDATER_VERSION, kind: UPDATER_KIND },
      { homeNamespace: this.options.namespace },
    );
    problems.push(...(read.ok ? read.warnings : read.problems));
    this.#read.set(key, { version: resourceVersion, updater: read.ok ? read.value : undefined });
  }

  #isMeant(namespace: string): boolean {
    const { namespace: home, namespaces } = this.options;
    return namespace === home || namespaces.some((glob) => matchesGlob(glob, namespace, ANYWHERE));
  }

  #say(problems: readonly Problem[]): void {
    const said = problems.map(showProblem);
    const text = said.join("\n");
    if (text !== this.#said && text !== "")
      this.options.log.warn("ImageUpdaters are not all as they can be used", { problems: said });
    this.#said = text;
  }
}
