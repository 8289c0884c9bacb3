import { ancestorsOf, sayCircle } from "../../core/manifest/parent-of.ts";
import { type AppKey, type Application, appKey, keyOfApp, refOfApp } from "../../core/model/application.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { recordsIn } from "../home/records-in.ts";
import { renderCircle } from "../home/render-circle.ts";
import { nameOfProject } from "../limits.ts";
import type { Deleting } from "./cascade.ts";

const APPLICATION = "argoproj.io/Application",
  PROJECT = "argoproj.io/AppProject";

/**
 * Objects that a deletion does not wait for, because they wait for it: its own record, where it renders itself; of
 * applications that render each other in a circle, the one whose deletion began first; and a project that was asked to go
 * and holds until this application, or one above it, is gone. So each of them is asked to go all the same, and the circle
 * is open in one place, where that is known already.
 *
 * @returns by object, what is said of it: nothing of its own record
 */
export function waitsForItself(
  deleting: Deleting,
  tracked: readonly LiveObject[],
  cluster: Cluster,
  ports: EnginePorts,
): Map<RefKey, string[]> {
  const own = keyOfApp(deleting.app);
  const isRecord = recordsIn(cluster, ports);
  const { circle, first } = circleAround(own, deleting, cluster, ports);
  return new Map(
    tracked.flatMap((live): [RefKey, string[]][] => {
      const { key, ref } = live;
      if (groupKind(ref) === PROJECT) {
        const user = userAbove(live, deleting.app, cluster, ports);
        if (user === undefined) return [];
        const said = `${show(ref)} is not waited for: it goes when no application is of it any more, and ${user}, which waits for it, is one`;
        return [[key, [said]]];
      }
      const child = groupKind(ref) === APPLICATION ? appKey(ref.namespace, ref.name) : undefined;
      if (child === undefined || (child !== own && child !== first) || !isRecord(child)) return [];
      const said = `Application ${child} is not waited for: ${sayCircle(circle)}, so that each would wait for the other`;
      return [[key, child === own ? [] : [said]]];
    }),
  );
}

/** @returns who renders whom, and whose deletion began first */
function circleAround(
  own: AppKey,
  { since }: Deleting,
  cluster: Cluster,
  ports: EnginePorts,
): { circle: AppKey[]; first: AppKey | undefined } {
  const circle = renderCircle(own, cluster, ports);
  const [first] = circle
    .flatMap((key) => {
      // As the record has it, which all of them see alike.
      const { deletionTimestamp } = recordOf(key, cluster)?.metadata ?? {};
      const at = deletionTimestamp ?? (key === own ? since : undefined);
      return at === undefined ? [] : [{ key, at }];
    })
    .sort((a, b) => (`${a.at} ${a.key}` < `${b.at} ${b.key}` ? -1 : 1));
  return { circle, first: first?.key };
}

/** Who of this application, and those above it, holds a project that was asked to go. */
function userAbove(
  { ref, object }: LiveObject,
  app: Application,
  cluster: Cluster,
  ports: EnginePorts,
): AppKey | undefined {
  const { namespace } = ports.settings();
  if (object.metadata.deletionTimestamp === undefined || ref.namespace !== namespace) return undefined;
  const own = keyOfApp(app);
  if (nameOfProject(app) === ref.name) return own;
  const above = ancestorsOf(own, (key) => recordOf(key, cluster), namespace);
  const users = new Set(ports.parents?.usersOf(ref.name));
  return above.find(
    (key) => users.has(key) || (ports.records !== undefined && projectOf(key, cluster) === ref.name),
  );
}

function projectOf(key: AppKey, cluster: Cluster): unknown {
  const spec = recordOf(key, cluster)?.["spec"] as { project?: unknown } | undefined;
  return spec?.project || "default";
}

function recordOf(key: AppKey, cluster: Cluster) {
  return cluster.get(refKey(refOfApp(key)))?.object;
}
