import { type AppKey, IN_CLUSTER, IN_CLUSTER_NAME, keyOfApp } from "../../core/model/application.ts";
import { serverKey } from "../../core/model/cluster-entry.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";

/** Tells of an application whether it lives now in an object of this cluster, which may have others' Applications as well. */
export function recordsIn(
  { name, server }: Pick<Cluster, "name" | "server">,
  { records, parents }: Pick<EnginePorts, "records" | "parents">,
): (key: AppKey) => boolean {
  if (records !== undefined) return () => name === records.cluster;
  if (parents === undefined || (serverKey(server) !== IN_CLUSTER && name !== IN_CLUSTER_NAME))
    return () => false;
  let known: ReadonlySet<AppKey> | undefined;
  const read = (): ReadonlySet<AppKey> => {
    const { applications, unreadable } = parents.reading();
    return new Set([...applications.map(({ value }) => keyOfApp(value)), ...unreadable.keys()]);
  };
  return (key) => {
    known ??= read();
    return known.has(key);
  };
}
