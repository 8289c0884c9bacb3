/** What replicas share as Secrets, on a cluster that is there. */
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { SharedSecrets } from "../../src/homes/cluster/shared-secrets.ts";
import type { SharedStoreStand } from "../conformance/shared-store.ts";
import { rawApi } from "./raw-api.ts";
import { recordingLog } from "./recording-log.ts";

export const NAMESPACE = "shared";

export interface SecretsStand extends SharedStoreStand {
  cluster: Cluster;
  /** Names of all that is there for that store. */
  secretsOf(store: string): Promise<string[]>;
}

export async function secretsStand(kubeconfig: string, stop: () => Promise<void>): Promise<SecretsStand> {
  const raw = await rawApi(kubeconfig);
  await raw.must("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  const cluster = await connectCluster({
    name: "home",
    server: "https://kubernetes.default.svc",
    kubeconfig: { file: kubeconfig },
    log: recordingLog(),
  });
  return {
    cluster,
    open: (name) => new SharedSecrets(() => cluster, { namespace: NAMESPACE, name }),
    async secretsOf(store) {
      const { items } = await raw.must("GET", `/api/v1/namespaces/${NAMESPACE}/secrets`);
      return (items as { metadata: { name: string } }[])
        .map(({ metadata }) => metadata.name)
        .filter((name) => name === store || new RegExp(`^${store}-\\d+-\\d+$`).test(name))
        .sort();
    },
    async stop() {
      await cluster.stop();
      await stop();
    },
  };
}
