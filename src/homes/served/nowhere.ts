import { observe } from "../../cluster/observe.ts";
import { unusableCluster } from "../../cluster/unusable-cluster.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects, Lookup } from "../../core/ports/cluster-objects.ts";
import { isServed } from "./served-api.ts";

const WHY = `there is no cluster with the server ${IN_CLUSTER}, so that Applications and AppProjects alone can be there`;
const FIX = "Add it to clusters in the config file, or name another destination";

/**
 * What stands for the cluster around Argo CD where the config has none: parents name it as their children's destination.
 * Nothing else can be there, and whoever asks is told so.
 *
 * @param since milliseconds since 1970
 */
export function nowhere(since: number): Cluster {
  const failure = new Failure("cluster-unreachable", `cluster ${IN_CLUSTER_NAME}`, "backoff", {
    cannot: "connect to it",
    why: WHY,
    fix: FIX,
  });
  const closed = unusableCluster({ name: IN_CLUSTER_NAME, server: IN_CLUSTER }, failure, since);
  const unreachable = async (): Promise<{ is: "unreachable"; why: string }> => ({
    is: "unreachable",
    why: WHY,
  });
  const objects: ClusterObjects = {
    // Applications may live in any namespace, so that each is there: a parent that has its destination's made needs no other.
    read: async (ref): Promise<Lookup> => (isNamespace(ref) ? namespaceNamed(ref.name) : unreachable()),
    apply: unreachable,
    create: unreachable,
    replace: unreachable,
    patch: unreachable,
    delete: unreachable,
  };
  return {
    ...closed,
    ...objects,
    for: () => objects,
    is: "a-stand-in",
    connection: () => ({ is: "connected", since }),
    facts: async () => ({ kubeVersion: "v1.36.0", apiVersions: [] }),
    kind: async (gvk) => (isServed(gvk) ? { is: "absent" } : unreachable()),
    kindsGeneration: () => 1,
    // Whoever wants, or has, anything else is of a cluster that is not there: nothing of it is taken for gone.
    follow: async (_owner, kinds) => {
      if (kinds.every(isNamespace)) return { failed: new Map() };
      throw failure;
    },
    ownPod: () => ({ is: "elsewhere" }),
    relist: async () => ({ failed: new Map() }),
    inhabitants: async () => ({ objects: [], unread: [] }),
    eventsOf: async (): Promise<KubeObject[]> => [],
    watch: (...asked) => ({ ...closed.watch(...asked), state: () => ({ is: "absent" }) }),
  };
}

function isNamespace({ group, kind }: { group: string; kind: string }): boolean {
  return group === "" && kind === "Namespace";
}

function namespaceNamed(name: string): Lookup {
  const object: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
  return {
    is: "found",
    object,
    live: observe(object, { group: "", version: "v1", kind: "Namespace" }, "whole"),
  };
}
