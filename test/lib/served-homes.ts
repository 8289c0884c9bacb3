/** Homes of what is kept in a store, and what is made there as parents make it. */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { ServedHome } from "../../src/homes/served/served-home.ts";

/** @param users whether it was told already who is of which project: nobody */
export function homeOn(
  store: Store,
  users: "told" | "untold" = "told",
): { home: ServedHome; cluster: Cluster } {
  const home = new ServedHome({ objects: store, now: () => Date.UTC(2026, 10, 29), homeNamespace: "argocd" });
  if (users === "told") home.noteUsers(new Map());
  const [cluster] = home.over([]);
  return { home, cluster: cluster as Cluster };
}

export async function made(cluster: Cluster, object: KubeObject): Promise<KubeObject> {
  const outcome = await cluster.apply(object, "write");
  if (outcome.is !== "done") throw new Error(JSON.stringify(outcome));
  return outcome.object;
}

export const keysOf = (home: ServedHome): string[] =>
  home.reading().applications.map(({ value }) => `${value.metadata.namespace}/${value.metadata.name}`);
