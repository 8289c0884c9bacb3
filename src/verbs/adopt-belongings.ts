import type { TakeableAsk } from "../cli/offline-verbs.ts";
import type { ArgoBelongings } from "../core/model/adoption-report.ts";
import type { ClusterEntry } from "../core/model/cluster-entry.ts";
import { decodedData } from "../core/model/decoded-secret.ts";
import { printClusterSecret } from "../core/model/print-cluster-secret.ts";
import { Secret } from "../core/model/secret.ts";
import { projectsOf, silentLog } from "./adopt.ts";
import { clustersBeside } from "./adopt-config.ts";
import { readEstate } from "./adopt-read.ts";
import { kubeconfigOf } from "./cluster-account.ts";
import type { Surroundings } from "./surroundings.ts";

/** What cannot be read is left out; the look says it. @throws {Failure} as `adopt` */
export async function belongings(
  around: Surroundings,
  { context, namespace, kubeconfig = kubeconfigOf(around.env), signal }: TakeableAsk,
): Promise<ArgoBelongings> {
  const { env: environment } = around;
  const estate = await readEstate({ kubeconfig, context, namespace, environment, log: silentLog(), signal });
  return {
    projects: projectsOf(estate.projects, namespace).projects,
    clusters: clustersBeside(estate, { clusters: [] }).map(({ entry }) => ({
      name: entry.name,
      server: entry.server,
      body: new Secret(bodyOf(entry)),
    })),
  };
}

/** As Argo CD's Secret has it, in the API's form. */
function bodyOf(entry: ClusterEntry): Record<string, unknown> {
  const { metadata, ...secret } = printClusterSecret(entry);
  const { config = "{}", namespaces, clusterResources, ...data } = decodedData(secret, () => undefined);
  return {
    ...data,
    config: JSON.parse(config) as unknown,
    labels: entry.labels,
    annotations: metadata.annotations ?? {},
    ...(namespaces === undefined || namespaces === "" ? {} : { namespaces: namespaces.split(",") }),
    ...(clusterResources === undefined ? {} : { clusterResources: clusterResources === "true" }),
  };
}
