import type { AppKey } from "../../core/model/application.ts";
import type { Cluster, LiveChange } from "../../core/ports/cluster.ts";

/** What a cluster has to say, once it is watched. */
export interface ClusterListener {
  changed(cluster: Cluster, change: LiveChange): void;
  /** Kinds came, went, or are seen again: those who follow them follow them anew. */
  kindsChanged(owners: readonly AppKey[]): void;
  /** It is listened to from now on. */
  followed(cluster: Cluster): void;
  /** It went away or came back: that concerns all of its applications, once. */
  connectionChanged(cluster: Cluster): void;
}

/** Listens to the clusters of the config as it is now. */
export class WatchedClusters {
  /** With what ends the listening. */
  readonly #watched = new Map<Cluster, () => void>();

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
    for (const [cluster, stop] of this.#watched) {
      if (clusters.has(cluster)) continue;
      stop();
      this.#watched.delete(cluster);
    }
    for (const cluster of clusters) {
      if (this.#watched.has(cluster)) continue;
      const stops = [
        cluster.onChange((change) => this.listener.changed(cluster, change)),
        cluster.onConnectionChange(() => this.listener.connectionChanged(cluster)),
        cluster.onKindsChange((owners) => this.listener.kindsChanged(owners as readonly AppKey[])),
      ];
      this.#watched.set(cluster, () => {
        for (const end of stops) end();
      });
      this.listener.followed(cluster);
    }
  }

  stop(): void {
    for (const stop of this.#watched.values()) stop();
  }
}
