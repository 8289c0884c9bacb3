import { sayCircle } from "../../core/manifest/parent-of.ts";
import { appKey, keyOfApp, refOfApp } from "../../core/model/application.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, type RefKey, refKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { recordsIn } from "../home/records-in.ts";
import { renderCircle } from "../home/render-circle.ts";
import type { Deleting } from "./cascade.ts";

const APPLICATION = "argoproj.io/Application";

/**
 * Records of applications that a deletion does not wait for, because they wait for it: its own, where it renders itself,
 * and, of applications that render each other in a circle, the one whose deletion began first. So each of them is asked to
 * go by the one above it, and the circle is open in one place, where that is known already.
 *
 * @returns by record, what is said of it: nothing of its own
 */
export function circularRecords(
  { app, since }: Deleting,
  tracked: readonly LiveObject[],
  cluster: Cluster,
  ports: EnginePorts,
): Map<RefKey, string[]> {
  const own = keyOfApp(app);
  const circle = renderCircle(own, cluster, ports);
  const [first] = circle
    .flatMap((key) => {
      // As the record has it, which all of them see alike.
      const { deletionTimestamp } = cluster.get(refKey(refOfApp(key)))?.object.metadata ?? {};
      const at = deletionTimestamp ?? (key === own ? since : undefined);
      return at === undefined ? [] : [{ key, at }];
    })
    .sort((a, b) => (`${a.at} ${a.key}` < `${b.at} ${b.key}` ? -1 : 1));
  const isRecord = recordsIn(cluster, ports);
  return new Map(
    tracked.flatMap(({ key, ref }): [RefKey, string[]][] => {
      const child = groupKind(ref) === APPLICATION ? appKey(ref.namespace, ref.name) : undefined;
      if (child === undefined || (child !== own && child !== first?.key)) return [];
      if (!isRecord(child)) return [];
      const said = `Application ${child} is not waited for: ${sayCircle(circle)}, so that each would wait for the other`;
      return [[key, child === own ? [] : [said]]];
    }),
  );
}
