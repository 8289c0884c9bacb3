import { type AppKey, appKey, trackingName } from "../../core/model/application.ts";
import { setKey } from "../../core/model/application-set.ts";
import type { ObjectMeta } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, refKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { cascadeOf } from "../remove/cascade.ts";
import { recordsIn } from "./records-in.ts";

const APPLICATION = "argoproj.io/Application",
  SET = "argoproj.io/ApplicationSet";

export interface Along {
  /** With an application, by how its objects go. Without it. */
  withApplication(key: AppKey, going: { metadata: Pick<ObjectMeta, "finalizers"> }): AppKey[];
  /** With an Application or an ApplicationSet, as its cluster shows it. Without it. */
  withObject(live: LiveObject): AppKey[];
}

/**
 * Tells which applications would go with what is deleted: what an application renders, what an ApplicationSet made, what
 * these render, and so on, as far down as finalizers say that objects go. One that leaves its objects behind is the last
 * of its line.
 */
export function takenAlong(
  cluster: Pick<Cluster, "name" | "server" | "trackedBy" | "childrenOf" | "get">,
  ports: Pick<EnginePorts, "records" | "parents" | "settings">,
): Along {
  const isRecord = recordsIn(cluster, ports);
  const { namespace } = ports.settings();
  const madeBy = ({ ref, uid }: LiveObject): LiveObject[] => {
    if (ports.parents === undefined) return cluster.childrenOf(uid);
    const key = setKey(ref.namespace, ref.name);
    const made = ports.parents.reading().applications.filter(({ set }) => set === key);
    return made.flatMap((child) => cluster.get(refKey(child.ref)) ?? []);
  };
  const renderedBy = (key: AppKey, { finalizers }: Pick<ObjectMeta, "finalizers">): LiveObject[] =>
    cascadeOf({ metadata: { finalizers } }) === "none" ? [] : cluster.trackedBy(trackingName(key, namespace));
  const takeAll = (all: readonly LiveObject[], found: Set<AppKey>): Set<AppKey> => {
    for (const live of all) {
      const { ref, object } = live;
      if (groupKind(ref) === SET) takeAll(madeBy(live), found);
      const key = groupKind(ref) === APPLICATION ? appKey(ref.namespace, ref.name) : undefined;
      if (key === undefined || found.has(key) || !isRecord(key)) continue;
      found.add(key);
      takeAll(renderedBy(key, object.metadata), found);
    }
    return found;
  };
  const withApplication: Along["withApplication"] = (key, { metadata }) =>
    [...takeAll(renderedBy(key, metadata), new Set([key]))].slice(1);
  return {
    withApplication,
    withObject: (live) =>
      groupKind(live.ref) === SET
        ? [...takeAll(madeBy(live), new Set())]
        : withApplication(appKey(live.ref.namespace, live.ref.name), live.object),
  };
}
