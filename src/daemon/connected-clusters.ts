import { existsSync, readFileSync } from "node:fs";
import { connectCluster } from "../cluster/cluster.ts";
import type { ClusterConfig, Config } from "../config/config.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";
import { hashText } from "../lib/hash.ts";
import { guardWrites } from "./guard-writes.ts";

interface Connected {
  cluster: Cluster;
  /** Of everything that a connection is made from, the kubeconfig's text included. */
  made: string;
}

/** The clusters of the config as it is now, connected. */
export class ConnectedClusters {
  readonly #byName = new Map<string, Connected>();
  readonly #retiring = new Set<Cluster>();

  /**
   * @param pod where the API server of the cluster around us is, if we run in a Pod
   * @param environment ours, for the credential plugins of kubeconfigs
   * @param store how the store is: nothing is written to a cluster that could not be remembered
   */
  constructor(
    private readonly log: Log,
    private readonly pod: { host: string; port: string },
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly store: () => StoreCondition,
  ) {}

  get all(): Cluster[] {
    return [...this.#byName.values()].map(({ cluster }) => cluster);
  }

  named(name: string): Cluster | undefined {
    return this.#byName.get(name)?.cluster;
  }

  /** Kubeconfig files: when one changes, the config is to be held again. */
  static files(config: Config): string[] {
    return config.clusters.flatMap(({ kubeconfig }) => kubeconfig ?? []);
  }

  /**
   * Connects what is new or changed, and lets go of what is not there any more: all of it, or where something cannot be
   * connected nothing.
   * @param released resolves when nothing needs the connections any more that are let go of
   * @throws {Failure} config
   */
  async hold(config: Config, released: () => Promise<void>): Promise<void> {
    const held = new Map<string, Connected>(),
      fresh: Cluster[] = [];
    try {
      for (const cluster of config.clusters) {
        const made = madeFrom(cluster, config),
          known = this.#byName.get(cluster.name);
        const connected =
          known?.made === made
            ? known
            : { made, cluster: await this.#connect(cluster, config.limits.requestsInFlight) };
        if (connected !== known) fresh.push(connected.cluster);
        held.set(cluster.name, connected);
      }
    } catch (cause) {
      await Promise.all(fresh.map((cluster) => cluster.stop()));
      throw cause;
    }
    const left = [...this.#byName].flatMap(([name, { cluster }]) =>
      held.get(name)?.cluster === cluster ? [] : [cluster],
    );
    this.#byName.clear();
    for (const [name, connected] of held) this.#byName.set(name, connected);
    for (const cluster of left) {
      this.#retiring.add(cluster);
      void released()
        .then(() => cluster.stop())
        .finally(() => this.#retiring.delete(cluster));
    }
  }

  /** Those that are let go of included. */
  async stop(): Promise<void> {
    await Promise.all([...this.all, ...this.#retiring].map((cluster) => cluster.stop()));
  }

  async #connect(
    { name, server, kubeconfig, context, namespaces }: ClusterConfig,
    requestsInFlight: number,
  ): Promise<Cluster> {
    const cluster = await connectCluster({
      name,
      server,
      namespaces,
      requestsInFlight,
      environment: this.environment,
      log: this.log,
      kubeconfig: kubeconfig === undefined ? { serviceAccount: this.pod } : { file: kubeconfig },
      ...defined({ context }),
    });
    return guardWrites(cluster, this.store);
  }
}

function madeFrom(cluster: ClusterConfig, { limits }: Config): string {
  const { kubeconfig } = cluster;
  const text = kubeconfig !== undefined && existsSync(kubeconfig) ? readFileSync(kubeconfig, "utf8") : "";
  return hashText(JSON.stringify([cluster, limits.requestsInFlight, text]));
}
