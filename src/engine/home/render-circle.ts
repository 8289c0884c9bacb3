import { circleOf } from "../../core/manifest/parent-of.ts";
import {
  type AppKey,
  IN_CLUSTER,
  IN_CLUSTER_NAME,
  keyOfApp,
  refOfApp,
} from "../../core/model/application.ts";
import { serverKey } from "../../core/model/cluster-entry.ts";
import { refKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";

/** By whom an application renders itself, as `circleOf` has it; empty where its record is not in this cluster. */
export function renderCircle(key: AppKey, cluster: Cluster, ports: EnginePorts): AppKey[] {
  const { namespace } = ports.settings();
  const circle = circleOf(key, (one) => cluster.get(refKey(refOfApp(one)))?.object, namespace);
  return circle.length > 0 && hasRecord(cluster, key, ports) ? circle : [];
}

/** Whether an application of the engine lives in an object of this cluster, which may have others' Applications as well. */
export function hasRecord(
  { name, server }: Cluster,
  key: AppKey,
  { records, parents }: EnginePorts,
): boolean {
  if (records !== undefined) return name === records.cluster;
  if (parents === undefined || (serverKey(server) !== IN_CLUSTER && name !== IN_CLUSTER_NAME)) return false;
  const { applications, unreadable } = parents.reading();
  return unreadable.has(key) || applications.some(({ value }) => keyOfApp(value) === key);
}
