/** One of several daemons of one home: stands by, leads when the Lease is its own, and ends when it is not any more. */
import { X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { arrivalsBehind } from "../../api/arrival.ts";
import { createForward, type Forward } from "../../api/forward/create-forward.ts";
import { fromPeers } from "../../api/forward/from-peers.ts";
import type { Leader } from "../../api/forward/leader.ts";
import { standbyProbes } from "../../api/forward/standby-probes.ts";
import { connectCluster } from "../../cluster/cluster.ts";
import type { KubeconfigSource } from "../../cluster/kubeconfig.ts";
import type { Config } from "../../config/config.ts";
import { homeClusterIn } from "../../config/home-cluster.ts";
import type { ReplicaSettings } from "../../config/replica-settings.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Log } from "../../core/ports/log.ts";
import { type SharedStore, Superseded } from "../../core/ports/shared-store.ts";
import type { Standing } from "../../core/replicas/election.ts";
import { electionOf } from "../../core/replicas/election-settings.ts";
import type { HolderReach } from "../../core/replicas/lease.ts";
import { PeersSecret } from "../../homes/cluster/peers-secret.ts";
import { SharedSecrets } from "../../homes/cluster/shared-secrets.ts";
import { defined } from "../../lib/defined.ts";
import { endedWithin } from "../../lib/ended-within.ts";
import type { Watchdog } from "../../replicas/leader-election.ts";
import { WritesUnderWay } from "../../replicas/writes-under-way.ts";
import { type FolderLock, lockFolder } from "../../store/folder-lock.ts";
import { PostgresStore } from "../../store/shared/postgres-store.ts";
import { uiAssets } from "../../ui/assets.ts";
import type { Daemon } from "../daemon.ts";
import { Listeners } from "../listeners.ts";
import { type StoodFor, standForElection } from "../stand-for-election.ts";
import { type Leading, leadingWith } from "./leading.ts";
import { bringTogether } from "./shared-copy.ts";

export interface ReplicaOptions {
  /** As it stands by; what is led by may be read anew then. */
  config: Config & { replicas: ReplicaSettings };
  build: { version: string; commit: string };
  environment: Readonly<Record<string, string | undefined>>;
  /** Where the API server of the cluster around us is, if we run in a Pod. */
  pod: { host: string; port: string };
  /** Default: the kernel. */
  watchdog?: Watchdog;
  clock: Clock;
  log: Log;
  /** Starts the daemon that leads. @throws {Failure} where it cannot */
  lead(leading: Leading): Promise<Daemon>;
}

/** How it ended other than by being asked to. */
export type ReplicaEnd =
  /** Another one leads, or will. */
  | { is: "lost"; why: string }
  /** It could not lead. */
  | { is: "failed"; cause: unknown };

/** Tries to take what is shared, while the Lease is ours: another replica may reach it where we do not. */
const MOST_TRIES = 5;
const TRY_AGAIN_MS = 1_000;
/** Nothing of it writes any more: what does not end by then goes with the process. */
const LOST_WITHIN_MS = 3_000;

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #lock: FolderLock;
  readonly #shared: SharedStore;
  readonly #home: Cluster;
  readonly #stood: StoodFor;
  readonly #listeners: Listeners;
  readonly #peersKey: PeersSecret;
  readonly #forward: Forward;
  readonly #writes: WritesUnderWay;
  readonly #ended = Promise.withResolvers<ReplicaEnd>();
  #standing: "by" | "leading" | "ending" = "by";
  #leading: Promise<void> = Promise.resolve();
  #daemon: Daemon | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws {Failure} where it cannot stand by; nothing is left open */
  static async start(options: ReplicaOptions): Promise<Replica> {
    const { config, log, environment, pod, clock } = options;
    mkdirSync(config.data, { recursive: true, mode: 0o700 });
    const lock = lockFolder(config.data);
    try {
      const reach = reachOf(config, pod);
      // Of its own, and unguarded: what is written there is held together by its token.
      const home = await connectCluster({
        ...{ name: config.homeCluster.name, server: reach.server, kubeconfig: reach.source },
        ...{ environment, log, clock },
        ...defined({ context: reach.context }),
      });
      return new Replica(
        options,
        lock,
        reach,
        sharedStoreOf(config.replicas, () => home),
        home,
      );
    } catch (cause) {
      lock.release();
      throw cause;
    }
  }

  private constructor(
    options: ReplicaOptions,
    lock: FolderLock,
    { source, context }: Reach,
    shared: SharedStore,
    home: Cluster,
  ) {
    const { config, environment, watchdog, clock, log } = options;
    const settings = electionOf(config.replicas.leaseMs);
    this.#options = options;
    this.#lock = lock;
    this.#shared = shared;
    this.#home = home;
    this.#writes = new WritesUnderWay(clock);
    this.#listeners = new Listeners(
      {
        api: () => ({ fetch: (request, server) => this.#forward.fetch(request, server), routes: [] }),
        metrics: standbyMetrics,
        dataFolder: config.data,
        log,
        now: () => clock.now(),
      },
      config,
    );
    try {
      this.#stood = standForElection({
        ...{ source, environment, place: config.replicas.lease, settings, clock, log },
        ...defined({ context, watchdog }),
        reach: () => this.#reach(),
        became: (standing) => this.#became(standing),
      });
    } catch (cause) {
      void this.#listeners.stop();
      throw cause;
    }
    const { namespace, name } = config.replicas.lease;
    this.#peersKey = new PeersSecret({
      ...{ objects: home, place: { namespace, name: `${name}-peers` }, clock, log },
    });
    // In the turn in which the listeners began: nobody asked yet.
    this.#forward = createForward({
      ...{ identity: this.#stood.identity, key: this.#peersKey, version: this.#version, clock, log },
      ...{ assets: uiAssets, basePath: config.server.basePath },
      leader: () => this.#leader(),
      arrivalOf: arrivalsBehind(config.server.trustedProxies),
      own: standbyProbes({ whyNotReady: () => this.#whyNotReady(), metrics: standbyMetrics, log }),
    });
    log.info("holdfast stands by", {
      url: this.#listeners.url,
      lease: `${config.replicas.lease.namespace}/${config.replicas.lease.name}`,
      identity: this.#stood.identity,
      shares: shared.at,
    });
  }

  /** Where it answers, whoever leads. */
  get url(): string {
    return this.#daemon?.url ?? this.#listeners.url;
  }

  /** The daemon, where it leads and has begun. */
  get daemon(): Daemon | undefined {
    return this.#daemon;
  }

  get identity(): string {
    return this.#stood.identity;
  }

  /** It ended by itself. Whoever hears of it stops it, and ends the process. */
  get ended(): Promise<ReplicaEnd> {
    return this.#ended.promise;
  }

  /** What stands by reads its config when it leads. */
  async reload(): Promise<void> {
    await this.#daemon?.reload();
  }

  /** What it does is ended, what it wrote is carried, and the Lease is let go of, so that another one leads at once. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const wasLost = this.#stood.election.standing.is === "lost";
    this.#standing = "ending";
    const over = (async () => {
      await this.#leading;
      await this.#daemon?.stop();
      await this.#stopAnswering();
    })();
    if (wasLost) await endedWithin(over, LOST_WITHIN_MS);
    else await over;
    const left = this.#writes.left();
    const known = left === undefined ? Promise.resolve() : Promise.reject(new Error(left));
    known.catch(() => undefined);
    await this.#stood.stop(known);
    await this.#shared.close();
    this.#peersKey.stop();
    await this.#home.stop();
    this.#lock.release();
  }

  #end(end: ReplicaEnd): void {
    if (this.#standing === "ending") return;
    this.#ended.resolve(end);
  }

  #became(standing: Standing): void {
    if (standing.is === "lost") this.#end({ is: "lost", why: standing.why });
    if (standing.is !== "leader" || this.#standing !== "by") return;
    this.#standing = "leading";
    this.#leading = this.#lead().catch((cause: unknown) => {
      this.#end(
        cause instanceof Superseded ? { is: "lost", why: "another replica leads" } : { is: "failed", cause },
      );
    });
  }

  async #lead(): Promise<void> {
    const { config, clock, log, lead } = this.#options;
    const fence = this.#stood.election.fence();
    // It was lost in the meantime, and that is told.
    if (fence === undefined) return;
    const began = clock.monotonic();
    const needs = { folder: config.data, lock: this.#lock, at: this.#shared.at };
    for (let tries = 1; ; tries += 1) {
      try {
        const hold = await this.#shared.take(this.#stood.identity);
        const came = await bringTogether({ ...needs, hold });
        log.info("the store is what the replicas share", { came, shares: needs.at, token: hold.token });
        const leading = leadingWith({
          ...{ ...needs, fence, hold, clock, log, writes: this.#writes },
          peers: fromPeers({
            ...{ key: this.#peersKey, identity: this.#stood.identity, version: this.#version, log },
          }),
          superseded: () => this.#end({ is: "lost", why: "another replica keeps what all of them share" }),
          giveUpAddress: () => void this.#stopAnswering(),
        });
        this.#daemon = await this.#begun(() => lead(leading));
        break;
      } catch (cause) {
        const { retry, message } = asFailure(cause, needs.at, "lead");
        const isOver = this.#standing !== "leading" || fence.signal.aborted || cause instanceof Superseded;
        if (isOver || this.#isBegun || retry !== "backoff" || tries === MOST_TRIES) throw cause;
        log.warn("it leads, and cannot begin yet", { why: message, tries });
        await clock.sleep(TRY_AGAIN_MS);
      }
    }
    log.info("it leads", { epoch: fence.epoch, tookMs: Math.round(clock.monotonic() - began) });
  }

  #isBegun = false;
  /** The store is opened once: what fails from here on ends the process. */
  async #begun(lead: () => Promise<Daemon>): Promise<Daemon> {
    if (this.#standing !== "leading")
      throw new Failure("not-ready", "this replica", "backoff", { cannot: "lead", why: "it is stopping" });
    this.#isBegun = true;
    return lead();
  }

  /** What was handed on, or waits to be, is told first: a listener that ends says nothing to anybody. */
  #stopAnswering(): Promise<void> {
    this.#forward.close();
    return this.#listeners.stop();
  }

  /** Of two that say the same, the pages are the same. */
  get #version(): string {
    const { version, commit } = this.#options.build;
    return `${version} ${commit}`;
  }

  #reach(): HolderReach {
    const { config, environment } = this.#options;
    const address = addressOf(config, environment);
    const shown = (this.#daemon ?? this.#listeners).shown;
    // An https address may be that of somebody who speaks TLS in our place.
    const isOurs = address?.startsWith("https:") === true && shown !== undefined;
    return { address, certificate: isOurs ? new X509Certificate(shown).toString() : undefined };
  }

  #leader(): Leader {
    if (this.#standing === "leading")
      return { is: "none", why: "this replica leads from now on, and is starting" };
    if (this.#standing === "ending") return { is: "none", why: "this replica is stopping" };
    const { leaseMs, lease } = this.#options.config.replicas;
    const holder = this.#stood.election.holder();
    const at = `the Lease ${lease.namespace}/${lease.name}`;
    if (holder === undefined) return { is: "none", why: `nobody leads by ${at} yet` };
    const { identity, renewedMsAgo, certificate } = holder;
    if (renewedMsAgo > leaseMs * 2)
      return { is: "none", why: `${at} was not seen renewed for ${Math.round(renewedMsAgo / 1_000)} s` };
    const url = URL.parse(holder.address ?? "");
    if (url === null || !/^https?:$/.test(url.protocol))
      return {
        is: "none",
        why: `${identity} leads and ${at} does not say where it is reached. Set replicas.address or POD_IP there`,
      };
    return { is: "known", identity, address: url.origin, ...defined({ certificate }) };
  }

  #whyNotReady(): string | undefined {
    const leader = this.#leader();
    if (leader.is === "none") return leader.why;
    const key = this.#peersKey.now();
    return key.is === "unknown" ? key.why : undefined;
  }
}

async function standbyMetrics(): Promise<string> {
  return "# HELP holdfast_leader Whether this replica leads.\n# TYPE holdfast_leader gauge\nholdfast_leader 0\n";
}

interface Reach {
  server: string;
  source: KubeconfigSource;
  context: string | undefined;
}

/** @throws {Failure} config */
function reachOf(config: Config, pod: ReplicaOptions["pod"]): Reach {
  const { name } = config.homeCluster;
  const home = homeClusterIn(config.clusters, name);
  if (home === undefined)
    throw new Failure("config", `cluster ${name}`, "after-edit", {
      cannot: "elect a leader in it",
      why: "it is not among the clusters of the config",
      fix: "Name it there",
    });
  const { server, kubeconfig, context } = home;
  return {
    server,
    context,
    source: kubeconfig === undefined ? { serviceAccount: pod } : { file: kubeconfig },
  };
}

function sharedStoreOf(
  { store, lease }: ReplicaSettings,
  home: ConstructorParameters<typeof SharedSecrets>[0],
): SharedStore {
  if (store.in === "secrets") return new SharedSecrets(home, { ...lease, name: `${lease.name}-store` });
  const { url, name, timeoutMs, ca } = store;
  return new PostgresStore({ url: url.reveal(), store: name, timeoutMs, ...defined({ ca }) });
}

/** @returns undefined: nobody can be told */
function addressOf(
  { replicas, server }: ReplicaOptions["config"],
  environment: ReplicaOptions["environment"],
): string | undefined {
  if (replicas.address !== undefined) return replicas.address;
  const ip = environment["POD_IP"] ?? "";
  if (ip === "") return undefined;
  const scheme = server.tls.certificate.by === "nothing" ? "http" : "https";
  return `${scheme}://${ip.includes(":") ? `[${ip}]` : ip}:${server.listen.port}`;
}

/** What whoever started it is told of its end. */
export function endOf(end: ReplicaEnd, { namespace, name }: ReplicaSettings["lease"]): unknown {
  if (end.is === "failed") return end.cause;
  return new Failure("not-ready", `Lease ${namespace}/${name}`, "backoff", {
    cannot: "go on leading",
    why: end.why,
    fix: "Nothing is to be done where somebody starts it again: it stands by then",
  });
}
