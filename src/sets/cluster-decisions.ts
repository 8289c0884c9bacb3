import type { ClusterDecisionGenerator } from "../core/model/application-set.ts";
import { Failure } from "../core/model/failure.ts";
import { parseApiVersion } from "../core/model/kube-object.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Decisions } from "../core/ports/generator-facts.ts";
import type { ObjectWatch } from "../core/ports/object-watch.ts";
import { eventWithin } from "../lib/event-within.ts";

export interface ClusterDecisionsParts {
  /** In which the resources are; undefined where there is none. */
  cluster(): Cluster | undefined;
  homeNamespace: string;
  configMap(name: string): Promise<Readonly<Record<string, string>>>;
  /** What a resource says is another thing than it was. */
  changed(): void;
}

interface Watched {
  watch: ObjectWatch;
  of: Cluster;
  /** Those who wait for its first list. */
  waiting: Set<() => void>;
}

/** How long a first list may take. */
const WITHIN_MS = 15_000;

/** Resources that decide about clusters, followed by watches from the first question on. */
export class ClusterDecisions {
  readonly #parts: ClusterDecisionsParts;
  readonly #watched = new Map<string, Watched>();

  constructor(parts: ClusterDecisionsParts) {
    this.#parts = parts;
  }

  /** @throws {Failure} where they could not be learned */
  async ask({ configMapRef }: ClusterDecisionGenerator): Promise<Decisions> {
    const object = `ConfigMap ${this.#parts.homeNamespace}/${configMapRef}`;
    const { apiVersion, kind, statusListKey, matchKey } = await this.#parts.configMap(configMapRef);
    const fails = (why: string, fix: string): Failure =>
      new Failure("invalid-spec", object, "backoff", {
        cannot: "ask for the resources that decide about clusters",
        why,
        fix,
      });
    if (!apiVersion || !kind || !statusListKey || !matchKey)
      throw fails(
        "it has no apiVersion, kind, statusListKey or matchKey",
        "Write all four into its data: kind is the plural of the resource, as in placementdecisions",
      );
    const cluster = this.#parts.cluster();
    if (cluster === undefined)
      throw fails("there is no cluster in which they could be", "Configure in-cluster");
    const found = await this.#kindOf(cluster, apiVersion, kind);
    if (found === undefined)
      throw fails(
        `cluster ${cluster.name} serves no ${kind} of ${apiVersion}`,
        "Correct it, or install its definition",
      );
    const { watch, waiting } = this.#follow(cluster, found);
    if (watch.state().is === "starting") await eventWithin(waiting, WITHIN_MS);
    const state = watch.state();
    if (state.is !== "shown")
      throw fails(
        state.is === "unseen" ? state.why : `the list of ${kind} was not answered`,
        "Look at the cluster, and at what the daemon may list there",
      );
    return { resources: [...watch.objects()], statusListKey, matchKey };
  }

  stop(): void {
    for (const { watch } of this.#watched.values()) watch.stop();
    this.#watched.clear();
  }

  /** The ConfigMap names the plural, and people write the kind, too. */
  async #kindOf(
    cluster: Cluster,
    apiVersion: string,
    named: string,
  ): Promise<{ group: string; version: string; kind: string } | undefined> {
    const { group, version } = parseApiVersion(apiVersion);
    for (const kind of await kindsNamed(cluster, apiVersion, named)) {
      const known = await cluster.kind({ group, version, kind });
      if (known.is === "known") return { group, version, kind };
    }
    return undefined;
  }

  #follow(cluster: Cluster, gvk: { group: string; version: string; kind: string }): Watched {
    const key = `${gvk.group}/${gvk.kind}`;
    const known = this.#watched.get(key);
    if (known?.of === cluster) return known;
    known?.watch.stop();
    const waiting = new Set<() => void>();
    const tell = (): void => {
      for (const resolve of waiting) resolve();
      waiting.clear();
      this.#parts.changed();
    };
    const watch = cluster.watch(
      gvk,
      { namespaces: [this.#parts.homeNamespace] },
      { changed: tell, gone: tell, became: tell },
    );
    const watched = { watch, of: cluster, waiting };
    this.#watched.set(key, watched);
    return watched;
  }
}

/** Kinds of that version whose plural, or name, is this. */
async function kindsNamed(cluster: Cluster, apiVersion: string, named: string): Promise<string[]> {
  const { apiVersions } = await cluster.facts();
  const prefix = `${apiVersion}/`;
  const kinds = apiVersions.flatMap((one) => (one.startsWith(prefix) ? [one.slice(prefix.length)] : []));
  const wanted = named.toLowerCase();
  return kinds.filter((kind) => {
    const lower = kind.toLowerCase();
    return [lower, `${lower}s`, `${lower}es`, lower.replace(/y$/, "ies")].includes(wanted);
  });
}
