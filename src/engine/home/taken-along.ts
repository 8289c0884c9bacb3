import { type AppKey, appKey, trackingName } from "../../core/model/application.ts";
import type { ObjectMeta } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { cascadeOf } from "../remove/cascade.ts";
import { recordsIn } from "./records-in.ts";

/** What is deleted, and how its objects go. */
type Going = (key: AppKey, going: { metadata: Pick<ObjectMeta, "finalizers"> }) => AppKey[];

/**
 * Tells which applications would go with one that is deleted: what it renders, what these render, and so on, as far down
 * as finalizers say that objects go. Without it. One that leaves its objects behind is the last of its line.
 */
export function takenAlong(
  cluster: Pick<Cluster, "name" | "server" | "trackedBy">,
  ports: Pick<EnginePorts, "records" | "parents" | "settings">,
): Going {
  const isRecord = recordsIn(cluster, ports);
  const { namespace } = ports.settings();
  return (key, { metadata }) => {
    const found = new Set([key]);
    const below = (parent: AppKey, { finalizers }: Pick<ObjectMeta, "finalizers">): void => {
      if (cascadeOf({ metadata: { finalizers } }) === "none") return;
      for (const { ref, object } of cluster.trackedBy(trackingName(parent, namespace))) {
        const child = appKey(ref.namespace, ref.name);
        if (groupKind(ref) !== "argoproj.io/Application" || found.has(child) || !isRecord(child)) continue;
        found.add(child);
        below(child, object.metadata);
      }
    };
    below(key, metadata);
    return [...found].slice(1);
  };
}

/** The same of one as its cluster shows it. */
export function takenAlongLive(...asked: Parameters<typeof takenAlong>): (live: LiveObject) => AppKey[] {
  const along = takenAlong(...asked);
  return ({ ref, object }) => along(appKey(ref.namespace, ref.name), object);
}
