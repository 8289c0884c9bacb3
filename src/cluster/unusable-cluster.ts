import { Failure } from "../core/model/failure.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { ClusterObjects } from "../core/ports/cluster-objects.ts";
import { defined } from "../lib/defined.ts";

const NONE: ReadonlyMap<string, string> = new Map();
const nothing = (): void => undefined;

/**
 * A cluster of the config that there is no way to: what would connect it cannot be used. It holds the name, so that
 * its applications are of a cluster that cannot be reached, and not of one that nobody knows.
 *
 * @param since milliseconds since 1970
 */
export function unusableCluster(
  { name, server }: Pick<Cluster, "name" | "server">,
  { object, cannot, why: reason, fix }: Failure,
  since: number,
): Cluster {
  const why = `${object}: cannot ${cannot}: ${reason}`;
  const unreachable = async (): Promise<{ is: "unreachable"; why: string }> => ({ is: "unreachable", why });
  const refuse = async (): Promise<never> => {
    throw new Failure("cluster-unreachable", `cluster ${name}`, "backoff", {
      cannot: "connect to it",
      why,
      ...defined({ fix }),
    });
  };
  const objects: ClusterObjects = {
    read: unreachable,
    apply: unreachable,
    create: unreachable,
    replace: unreachable,
    patch: unreachable,
    delete: unreachable,
  };
  return {
    name,
    server,
    connection: () => ({ is: "unreachable", since, why, ...defined({ fix }) }),
    onConnectionChange: () => nothing,
    facts: refuse,
    kubeVersion: () => undefined,
    kind: unreachable,
    kindsGeneration: () => 0,
    undiscovered: () => NONE,
    follow: refuse,
    unfollow: nothing,
    ownPod: () => ({ is: "unknown", why }),
    relist: refuse,
    get: () => undefined,
    trackedBy: () => [],
    childrenOf: () => [],
    onChange: () => nothing,
    onKindsChange: () => nothing,
    inhabitants: async () => ({ objects: [], unread: [{ because: "unreachable", why }] }),
    ...objects,
    for: () => objects,
    eventsOf: refuse,
    node: () => ({ is: "unknown", why }),
    learnNodes: async () => undefined,
    podsOn: () => ({ are: "some", pods: [] }),
    exec: refuse,
    logs: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
    watch: () => ({
      state: () => ({ is: "unseen", why }),
      get: () => undefined,
      objects: () => [],
      wrote: nothing,
      stop: nothing,
    }),
    size: () => ({ objects: 0, kinds: 0 }),
    requests: () => ({}),
    places: () => ({ now: 0, most: 0, waiting: 0 }),
    stop: async () => undefined,
  };
}
