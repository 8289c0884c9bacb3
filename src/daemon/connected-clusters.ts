import { existsSync, readFileSync } from "node:fs";
import { connectCluster } from "../cluster/cluster.ts";
import type { ClusterConfig, Config } from "../config/config.ts";
import type { Cluster, Log } from "../core/ports.ts";
import { hashText } from "../lib/hash.ts";

interface Connected {
  cluster: Cluster;
  /** Of everything that a connection is made from, the kubeconfig's text included. */
  made: string;
}

/** The clusters of the config as it is now, connected. */
export class ConnectedClusters {
  readonly #byName = new Map<string, Connected>();

  /** @param pod where the API server of the cluster around us is, if we run in a Pod */
  constructor(private readonly log: Log, private readonly pod: { host: string; port: string }) {}

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
   * Connects what is new or changed, and lets go of what is not there any more.
   * @param retire ends a connection when nothing needs it any more
   * @throws {Failure} config
   */
  async hold(config: Config, retire: (cluster: Cluster) => Promise<void>): Promise<void> {
    const wanted = new Map(config.clusters.map((cluster) => [cluster.name, { cluster, made: madeFrom(cluster, config) }]));
    for (const [name, { cluster, made }] of this.#byName) {
      if (wanted.get(name)?.made === made) continue;
      this.#byName.delete(name);
      void retire(cluster);
    }
    for (const [name, { cluster, made }] of wanted) {
      if (!this.#byName.has(name)) this.#byName.set(name, { made, cluster: await this.#connect(cluster, config.limits.requestsInFlight) });
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map((cluster) => cluster.stop()));
  }

  #connect({ name, server, kubeconfig, context, namespaces }: ClusterConfig, requestsInFlight: number): Promise<Cluster> {
    return connectCluster({
      name, server, namespaces, requestsInFlight, log: this.log,
      kubeconfig: kubeconfig === undefined ? { serviceAccount: this.pod } : { file: kubeconfig },
      ...(context === undefined ? {} : { context }),
    });
  }
}

function madeFrom(cluster: ClusterConfig, { limits }: Config): string {
  const { kubeconfig } = cluster;
  const text = kubeconfig !== undefined && existsSync(kubeconfig) ? readFileSync(kubeconfig, "utf8") : "";
  return hashText(JSON.stringify([cluster, limits.requestsInFlight, text]));
}
