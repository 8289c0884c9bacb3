import type { ClusterScope } from "../core/model/cluster-entry.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { Log } from "../core/ports/log.ts";
import type { WriteFence } from "../core/ports/write-fence.ts";
import { defined } from "../lib/defined.ts";
import { systemClock } from "../lib/system-clock.ts";
import { Access, type AccessSource } from "./access.ts";
import { ApiClient, type ClusterRequest } from "./api-client.ts";
import { Discovery } from "./discovery.ts";
import { eventsOf } from "./events-of.ts";
import { inhabitants } from "./inhabitants.ts";
import { ACCOUNT_FOLDER, type KubeconfigTrust } from "./kubeconfig.ts";
import { LiveCache } from "./live-cache.ts";
import { LiveIndex } from "./live-index.ts";
import { Nodes } from "./nodes.ts";
import { Objects } from "./objects.ts";
import { OwnPodFinder } from "./own-pod.ts";
import { podExec } from "./pod-exec.ts";
import { podLogs } from "./pod-logs.ts";
import { TIMINGS, type Timings } from "./timings.ts";
import { WatchedObjects } from "./watched-objects.ts";

export type { ClusterRequest } from "./api-client.ts";
export type { KubeconfigTrust } from "./kubeconfig.ts";

export interface ClusterOptions {
  name: string;
  /** As manifests name it; the address is the kubeconfig's. */
  server: string;
  kubeconfig: AccessSource;
  /** Where the daemon's own account lies, if it runs in a Pod. Default Kubernetes' folder. */
  account?: string;
  /** In place of the kubeconfig's current context. */
  context?: string;
  /** Default `operator`: it may name files and programs of this machine. */
  trust?: KubeconfigTrust;
  /** What is looked at; absent is all of it. */
  scope?: ClusterScope;
  /** Whose applications may use it; absent: everybody's. */
  project?: string;
  /** Of the daemon, for credential plugins of an operator's kubeconfig. Absent: none. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Requests at once, watches and a few places for heals not counted. Default 16. */
  requestsInFlight?: number;
  /** Of the epoch in which it is written to. Absent: no other process writes. */
  fence?: WriteFence;
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
  const { name, server, clock = systemClock, random = Math.random } = options;
  const log = options.log.with({ cluster: name });
  const timings = { ...TIMINGS, ...options.timings };
  const access = new Access({
    source: options.kubeconfig,
    context: options.context,
    trust: options.trust ?? "operator",
    environment: options.environment ?? {},
    pluginMs: timings.pluginMs,
    clock,
  });
  const client = new ApiClient(
    access,
    clock,
    random,
    log,
    timings,
    options.requestsInFlight ?? 16,
    options.onRequest ?? (() => undefined),
  );
  const discovery = new Discovery(client, name, clock, log);
  const index = new LiveIndex();
  const cache = new LiveCache(client, discovery, index, options.scope ?? { is: "whole" });
  const objects = new Objects(client, discovery, cache, options.fence);
  const nodes = new Nodes(client, options.scope ?? { is: "whole" });
  cache.onAnother(() => nodes.forget());
  const byAccount = "serviceAccount" in options.kubeconfig ? options.kubeconfig.serviceAccount : undefined;
  const ownPod = new OwnPodFinder({
    client,
    discovery,
    objects,
    clock,
    folder: byAccount?.folder ?? options.account ?? ACCOUNT_FOLDER,
    reached: byAccount === undefined ? "otherwise" : "by-account",
  });
  if ("entry" in options.kubeconfig)
    options.kubeconfig.entry.onChange(() => {
      void client.liveness.suspect();
      cache.retryNow();
    });
  return {
    name,
    server,
    ...defined({ project: options.project }),
    connection: () => client.liveness.connection(),
    onConnectionChange: (listener) => client.liveness.onChange(listener),
    facts: () => discovery.facts(),
    kubeVersion: () => discovery.kubeVersion,
    kind: async (gvk) => {
      const lookup = await discovery.kind(gvk);
      const schema = lookup.is === "known" ? cache.schemaOf(lookup.info) : undefined;
      return lookup.is === "known" && schema !== undefined
        ? { is: "known", info: { ...lookup.info, schema } }
        : lookup;
    },
    kindsGeneration: () => discovery.generation,
    undiscovered: () => discovery.undiscovered,
    follow: async (owner, kinds, within) => {
      // A connection that is closed meanwhile answers nobody: what came of the kinds is told all the same.
      const looked = ownPod.refresh().catch((cause) => {
        if (!client.ending.aborted) throw cause;
      });
      const [followed] = await Promise.all([cache.follow(owner, kinds, within), looked]);
      return followed;
    },
    unfollow: (owner) => cache.unfollow(owner),
    ownPod: () => ownPod.lookup,
    relist: (owner) => cache.relist(owner),
    get: (key) => index.get(key),
    trackedBy: (app) => index.trackedBy(app),
    childrenOf: (uid) => index.childrenOf(uid),
    onChange: (listener) => index.onChange(listener),
    onKindsChange: (listener) => cache.onKindsChange(listener),
    inhabitants: (home, passedOver, age) => inhabitants(home, passedOver, age, { client, discovery, cache }),
    for: (errand) => objects.for(errand),
    read: (ref, apiVersion) => objects.read(ref, apiVersion),
    apply: (object, mode) => objects.apply(object, mode),
    create: (object, mode) => objects.create(object, mode),
    replace: (object, mode) => objects.replace(object, mode),
    patch: (...asked) => objects.patch(...asked),
    delete: (ref, apiVersion, how, mode) => objects.delete(ref, apiVersion, how, mode),
    eventsOf: (ref, uid) => eventsOf(client, ref, uid),
    node: (name) => nodes.get(name),
    learnNodes: (names) => nodes.learn(names),
    podsOn: (node) => ({
      are: cache.shows({ group: "", kind: "Pod" }, "") ? "all" : "some",
      pods: index.podsOn(node),
    }),
    logs: (pod, ask, signal) => podLogs(client, pod, ask, signal),
    exec: (pod, ask, signal) => podExec(client, pod, ask, signal),
    watch: (gvk, where, listener) => {
      cache.followDefinitions();
      return new WatchedObjects({
        client,
        discovery,
        onAnother: (listen) => cache.onAnother(listen),
        gvk,
        ...where,
        listener,
      });
    },
    size: () => index.size(),
    requests: () => client.counts(),
    places: () => client.inFlight.places(),
    async stop() {
      cache.stop();
      client.stop();
    },
  };
}
