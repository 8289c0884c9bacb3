import { circleOf } from "../../core/manifest/parent-of.ts";
import { type AppKey, refOfApp } from "../../core/model/application.ts";
import { refKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { recordsIn } from "./records-in.ts";

/** By whom an application renders itself, as `circleOf` has it; empty where its record is not in this cluster. */
export function renderCircle(key: AppKey, cluster: Cluster, ports: EnginePorts): AppKey[] {
  const { namespace } = ports.settings();
  const circle = circleOf(key, (one) => cluster.get(refKey(refOfApp(one)))?.object, namespace);
  return circle.length > 0 && recordsIn(cluster, ports)(key) ? circle : [];
}
