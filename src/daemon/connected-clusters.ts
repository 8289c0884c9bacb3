import { existsSync, readFileSync } from "node:fs";
import { connectCluster } from "../cluster/cluster.ts";
import { unusableCluster } from "../cluster/unusable-cluster.ts";
import type { ClusterConfig, Config } from "../config/config.ts";
import type { DaemonPause } from "../core/model/daemon-pause.ts";
import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";
import { hashText } from "../lib/hash.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { guardWrites } from "./guard-writes.ts";

/** `made` is of everything that a connection is made from, the kubeconfig's text included. */
type Held =
  | { is: "connected"; cluster: Cluster; made: string }
  /** What would connect it cannot be used. */
  | { is: "unusable"; cluster: Cluster; why: string };

/** What becomes of a cluster that cannot be connected: none of the config holds, or it is held as unreachable. */
export type OfUnusable = "refuse" | "hold";

/** Files beside a kubeconfig (certificates, a service account's) are followed by nobody: they are tried again. */
const TRY_AGAIN_MS = 5_000;

/** The clusters of the config as it is now, connected. */
export class ConnectedClusters {
  readonly #byName = new Map<string, Held>();
  readonly #retiring = new Set<Cluster>();
  #again: Timer | undefined;
  #onUsable: () => void = () => undefined;

  /**
   * @param pod where the API server of the cluster around us is, if we run in a Pod
   * @param environment ours, for the credential plugins of kubeconfigs
   * @param may how the store is: nothing is written to a cluster that could not be remembered; and who pauses all writes
   */
  constructor(
    private readonly log: Log,
    private readonly pod: { host: string; port: string },
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly may: { condition(): StoreCondition; paused(): DaemonPause | undefined },
  ) {}

  get all(): Cluster[] {
    return [...this.#byName.values()].map(({ cluster }) => cluster);
  }

  /** @param listener called when a cluster that could not be connected can be: the config is to be held again */
  onUsable(listener: () => void): void {
    this.#onUsable = listener;
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
   * connected nothing. What was held as unreachable before stays so until it can be connected.
   * @param released resolves when nothing needs the connections any more that are let go of
   * @throws {Failure} config
   */
  async hold(config: Config, released: () => Promise<void>, unusable: OfUnusable = "refuse"): Promise<void> {
    const held = new Map<string, Held>(),
      fresh: Cluster[] = [];
    try {
      for (const cluster of config.clusters) {
        const known = this.#byName.get(cluster.name);
        const now = await this.#connectedOrHeld(cluster, config, known, unusable);
        if (now !== known) fresh.push(now.cluster);
        held.set(cluster.name, now);
      }
    } catch (cause) {
      await Promise.all(fresh.map((cluster) => cluster.stop()));
      throw cause;
    }
    const left = [...this.#byName].flatMap(([name, { cluster }]) =>
      held.get(name)?.cluster === cluster ? [] : [cluster],
    );
    this.#byName.clear();
    for (const [name, now] of held) this.#byName.set(name, now);
    this.#tryAgain(config);
    for (const cluster of left) {
      this.#retiring.add(cluster);
      void released()
        .then(() => cluster.stop())
        .finally(() => this.#retiring.delete(cluster));
    }
  }

  /** Those that are let go of included. */
  async stop(): Promise<void> {
    this.#again?.cancel();
    await Promise.all([...this.all, ...this.#retiring].map((cluster) => cluster.stop()));
  }

  /** @throws {Failure} config */
  async #connectedOrHeld(
    cluster: ClusterConfig,
    config: Config,
    known: Held | undefined,
    unusable: OfUnusable,
  ): Promise<Held> {
    const made = madeFrom(cluster, config);
    if (known?.is === "connected" && known.made === made) return known;
    try {
      return {
        is: "connected",
        made,
        cluster: await this.#connect(cluster, config.limits.requestsInFlight),
      };
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "config") throw cause;
      if (unusable === "refuse" && known?.is !== "unusable") throw cause;
      const why = cause.message;
      if (known?.is === "unusable" && known.why === why && known.cluster.server === cluster.server)
        return known;
      this.log.error("the cluster cannot be connected, and is held as unreachable", {
        cluster: cluster.name,
        why,
      });
      return { is: "unusable", why, cluster: unusableCluster(cluster, cause, Date.now()) };
    }
  }

  /** Nothing is asked of a server: a connection that is made from files only says whether they can be used. */
  #tryAgain(config: Config): void {
    this.#again?.cancel();
    const unusable = config.clusters.filter(({ name }) => this.#byName.get(name)?.is === "unusable");
    if (unusable.length === 0) return;
    const look = async (): Promise<void> => {
      for (const cluster of unusable) {
        const tried = await this.#connect(cluster, config.limits.requestsInFlight).catch(() => undefined);
        await tried?.stop();
        if (tried !== undefined) return this.#onUsable();
      }
      this.#tryAgain(config);
    };
    this.#again = startTimer(TRY_AGAIN_MS, () => void look()).unref();
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
    return guardWrites(cluster, this.may);
  }
}

function madeFrom(cluster: ClusterConfig, { limits }: Config): string {
  const { kubeconfig } = cluster;
  const text = kubeconfig !== undefined && existsSync(kubeconfig) ? readFileSync(kubeconfig, "utf8") : "";
  return hashText(JSON.stringify([cluster, limits.requestsInFlight, text]));
}
