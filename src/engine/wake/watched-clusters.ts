import type { AppKey } from "../../core/model/application.ts";
import type { Cluster, Connection, LiveChange } from "../../core/ports.ts";

/** What a cluster has to say, once it is watched. */
export interface ClusterListener {
  changed(cluster: Cluster, change: LiveChange): void;
  /** Kinds came, went, or are seen again: those who follow them follow them anew. */
  kindsChanged(owners: readonly AppKey[]): void;
  /** It went away or came back: that concerns all of its applications, once. */
  connectionChanged(cluster: Cluster): void;
}

const CONNECTIONS_EVERY_MS = 2_000;

/** Listens to the clusters of the config as it is now. */
export class WatchedClusters {
  readonly #watched = new Map<Cluster, { stop: () => void; was: string }>();
  #connections: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly clusters: () => readonly Cluster[],
    private readonly listener: ClusterListener,
  ) {}

  [Symbol.iterator](): Iterator<Cluster> {
    return this.#watched.keys();
  }

  /** Takes up clusters that came, and lets go of those that went. */
  follow(): void {
    const clusters = new Set(this.clusters());
    for (const [cluster, { stop }] of this.#watched) {
      if (clusters.has(cluster)) continue;
      stop();
      this.#watched.delete(cluster);
    }
    for (const cluster of clusters) {
      if (this.#watched.has(cluster)) continue;
      const stops = [
        cluster.onChange((change) => this.listener.changed(cluster, change)),
        cluster.onKindsChange((owners) => this.listener.kindsChanged(owners as readonly AppKey[])),
      ];
      const stop = () => {
        for (const end of stops) end();
      };
      this.#watched.set(cluster, { stop, was: nameOf(cluster.connection()) });
    }
    this.#connections ??= setInterval(() => this.#checkConnections(), CONNECTIONS_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#connections);
    for (const { stop } of this.#watched.values()) stop();
  }

  /** No request is made here. */
  #checkConnections(): void {
    for (const [cluster, known] of this.#watched) {
      const is = nameOf(cluster.connection());
      if (is === known.was) continue;
      known.was = is;
      this.listener.connectionChanged(cluster);
    }
  }
}

/** One that was lost and is there again is another one. */
function nameOf(connection: Connection): string {
  return connection.is === "starting" ? connection.is : `${connection.is} since ${connection.since}`;
}
