import { existsSync, readFileSync } from "node:fs";
import { connectCluster } from "../cluster/cluster.ts";
import { CurrentEntry } from "../cluster/entry-endpoint.ts";
import { unusableCluster } from "../cluster/unusable-cluster.ts";
import type { Config } from "../config/config.ts";
import { type ClusterEntry, whyNotRun } from "../core/model/cluster-entry.ts";
import { Failure } from "../core/model/failure.ts";
import { isLeftAlone, refusedLeftAlone } from "../core/model/paused.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { KnownEntry } from "../core/ports/cluster-desk.ts";
import type { Log } from "../core/ports/log.ts";
import type { WriteFence } from "../core/ports/write-fence.ts";
import { defined } from "../lib/defined.ts";
import { hashText } from "../lib/hash.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { guardWrites, type WritesMay } from "./guard-writes.ts";

/**
 * `made` is of everything that a connection is made from, the kubeconfig's text included, but for what an entry says of
 * credentials and certificates: `now` is asked for these at each request, so that new ones need no new connection.
 */
type Held =
  | { is: "connected"; cluster: Cluster; made: string; now: CurrentEntry }
  /** What would connect it cannot be used. */
  | { is: "unusable"; cluster: Cluster; why: string };

/** What becomes of a cluster of the config that cannot be connected: none of the config holds, or it is held as unreachable. */
export type OfUnusable = "refuse" | "hold";

/** Files beside a kubeconfig (certificates, a service account's) are followed by nobody: they are tried again. */
const TRY_AGAIN_MS = 5_000;

/** What clusters are connected by, as the config says it. */
export type ConnectionLimits = Pick<Config, "limits" | "clusterPrograms">;

/** The clusters of the config, and those that were added to it, connected. */
export class ConnectedClusters {
  readonly #byName = new Map<string, Held>();
  readonly #retiring = new Set<Cluster>();
  #again: Timer | undefined;
  #onUsable: () => void = () => undefined;

  /**
   * @param pod where the API server of the cluster around us is, if we run in a Pod
   * @param environment ours, for the credential plugins of kubeconfigs
   * @param fence of the epoch in which they are written to; absent: no other process writes
   * @param may how the store is: nothing is written to a cluster that could not be remembered; and who pauses all writes
   */
  constructor(
    private readonly log: Log,
    private readonly pod: { host: string; port: string },
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly may: WritesMay,
    private readonly fence?: WriteFence,
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
  async hold(
    entries: readonly KnownEntry[],
    limits: ConnectionLimits,
    released: () => Promise<void>,
    unusable: OfUnusable = "refuse",
  ): Promise<void> {
    const held = new Map<string, Held>(),
      fresh: Cluster[] = [];
    try {
      for (const each of entries) {
        const { name } = each.entry;
        const known = this.#byName.get(name);
        const now = await this.#connectedOrHeld(each, limits, known, unusable);
        if (now !== known) fresh.push(now.cluster);
        held.set(name, now);
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
    this.#tryAgain(entries, limits);
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
    each: KnownEntry,
    limits: ConnectionLimits,
    known: Held | undefined,
    unusable: OfUnusable,
  ): Promise<Held> {
    const { entry, place } = each;
    try {
      refuseProgram(each, limits);
      const made = madeFrom(entry, limits);
      if (known?.is === "connected" && known.made === made) {
        known.now.set(entry);
        return known;
      }
      const now = new CurrentEntry(entry);
      const cluster = await this.#connect(now, limits);
      // Whoever added it looks whether it answers, before an application asks anything of it.
      if (place.in !== "config") void cluster.facts().catch(() => undefined);
      return { is: "connected", made, now, cluster };
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== "config") throw cause;
      if (place.in === "config" && unusable === "refuse" && known?.is !== "unusable") throw cause;
      const why = cause.message;
      if (known?.is === "unusable" && known.why === why && known.cluster.server === entry.server)
        return known;
      this.log.error("the cluster cannot be connected, and is held as unreachable", {
        cluster: entry.name,
        why,
      });
      return { is: "unusable", why, cluster: unusableCluster(entry, cause, Date.now()) };
    }
  }

  /** Nothing is asked of a server: a connection that is made from files only says whether they can be used. */
  #tryAgain(entries: readonly KnownEntry[], limits: ConnectionLimits): void {
    this.#again?.cancel();
    const unusable = entries.filter(({ entry }) => this.#byName.get(entry.name)?.is === "unusable");
    if (unusable.length === 0) return;
    const look = async (): Promise<void> => {
      for (const each of unusable) {
        const tried = await this.#tried(each, limits);
        await tried?.stop();
        if (tried !== undefined) return this.#onUsable();
      }
      this.#tryAgain(entries, limits);
    };
    this.#again = startTimer(TRY_AGAIN_MS, () => void look()).unref();
  }

  async #tried(each: KnownEntry, limits: ConnectionLimits): Promise<Cluster | undefined> {
    try {
      refuseProgram(each, limits);
      return await this.#connect(new CurrentEntry(each.entry), limits);
    } catch (cause) {
      if (cause instanceof Failure) return undefined;
      throw cause;
    }
  }

  async #connect(now: CurrentEntry, { limits }: ConnectionLimits): Promise<Cluster> {
    const { name, server, scope, project, credential } = now.get();
    const cluster = await connectCluster({
      name,
      server,
      scope,
      requestsInFlight: limits.requestsInFlight,
      environment: this.environment,
      log: this.log,
      kubeconfig:
        credential.by === "kubeconfig"
          ? { file: credential.file }
          : credential.by === "service-account"
            ? { serviceAccount: this.pod }
            : { entry: now, pod: this.pod },
      ...defined({
        context: credential.by === "kubeconfig" ? credential.context : undefined,
        project,
        fence: this.fence,
      }),
    });
    return guardWrites(cluster, {
      ...this.may,
      leftAlone: () => (isLeftAlone(now.get().annotations) ? refusedLeftAlone(name) : undefined),
    });
  }
}

/** @throws {Failure} config */
function refuseProgram({ entry, place }: KnownEntry, { clusterPrograms }: ConnectionLimits): void {
  const refused = place.in === "config" ? undefined : whyNotRun(entry.credential, clusterPrograms);
  if (refused !== undefined)
    throw new Failure("config", `cluster ${entry.name}`, "after-edit", {
      cannot: "connect to it",
      ...refused,
    });
}

function madeFrom(
  { name, server, scope, project, credential }: ClusterEntry,
  { limits }: ConnectionLimits,
): string {
  const file = credential.by === "kubeconfig" ? credential : undefined;
  const text = file !== undefined && existsSync(file.file) ? readFileSync(file.file, "utf8") : "";
  const way = file ?? (credential.by === "service-account" ? credential.by : "entry");
  return hashText(JSON.stringify([name, server, scope, project, way, limits.requestsInFlight, text]));
}
