import type { Clock, Cluster, Log } from "../core/ports.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access } from "./access.ts";
import { ApiClient, type ClusterRequest } from "./api-client.ts";
import { Discovery } from "./discovery.ts";
import { eventsOf } from "./events-of.ts";
import type { KubeconfigSource, KubeconfigTrust } from "./kubeconfig.ts";
import { LiveCache } from "./live-cache.ts";
import { LiveIndex } from "./live-index.ts";
import { TIMINGS, type Timings } from "./timings.ts";
import { Writes } from "./writes.ts";

export type { ClusterRequest } from "./api-client.ts";
export type { KubeconfigSource, KubeconfigTrust } from "./kubeconfig.ts";

export interface ClusterOptions {
  name: string;
  /** As manifests name it; the address is the kubeconfig's. */
  server: string;
  kubeconfig: KubeconfigSource;
  /** In place of the kubeconfig's current context. */
  context?: string;
  /** Default `operator`: it may name files and programs of this machine. */
  trust?: KubeconfigTrust;
  /** Namespaced kinds are watched in these alone; absent or empty is everywhere. */
  namespaces?: readonly string[];
  /** Requests at once, watches not counted. Default 16. */
  requestsInFlight?: number;
  log: Log;
  clock?: Clock;
  random?: () => number;
  /** Every request when it has its answer, a watch when it is open. */
  onRequest?: (request: ClusterRequest) => void;
  timings?: Partial<Timings>;
}

/**
 * Reads the kubeconfig and returns at once: a cluster that does not answer says so in `connection()`, and is asked again
 * by whatever needs it.
 *
 * @throws {Failure} config
 */
export async function connectCluster(options: ClusterOptions): Promise<Cluster> {
  const {
    name,
    server,
    kubeconfig,
    context,
    trust = "operator",
    namespaces = [],
    requestsInFlight = 16,
    random = Math.random,
    onRequest = () => undefined,
  } = options;
  const clock = options.clock ?? systemClock;
  const log = options.log.with({ cluster: name });
  const access = new Access(kubeconfig, context, trust, clock);
  const client = new ApiClient(
    access,
    clock,
    random,
    log,
    { ...TIMINGS, ...options.timings },
    requestsInFlight,
    onRequest,
  );
  const discovery = new Discovery(client, name, clock, log);
  const index = new LiveIndex();
  const cache = new LiveCache(client, discovery, index, namespaces);
  const writes = new Writes(client, discovery, cache);
  return {
    name,
    server,
    connection: () => client.connection(),
    facts: () => discovery.facts(),
    kubeVersion: () => discovery.kubeVersion,
    kind: (gvk) => discovery.kind(gvk),
    follow: (owner, kinds, within) => cache.follow(owner, kinds, within),
    unfollow: (owner) => cache.unfollow(owner),
    get: (key) => index.get(key),
    trackedBy: (app) => index.trackedBy(app),
    childrenOf: (uid) => index.childrenOf(uid),
    onChange: (listener) => index.onChange(listener),
    onKindsChange: (listener) => cache.onKindsChange(listener),
    kindsGeneration: () => discovery.generation(),
    read: (ref, apiVersion) => writes.read(ref, apiVersion),
    apply: (object, mode) => writes.apply(object, mode),
    create: (object, mode) => writes.create(object, mode),
    replace: (object, mode) => writes.replace(object, mode),
    patch: (ref, apiVersion, patch) => writes.patch(ref, apiVersion, patch),
    delete: (ref, apiVersion, how, mode) => writes.delete(ref, apiVersion, how, mode),
    eventsOf: (ref, uid) => eventsOf(client, ref, uid),
    size: () => index.size(),
    requests: () => client.counts(),
    async stop() {
      cache.stop();
      discovery.stop();
      client.stop();
    },
  };
}
