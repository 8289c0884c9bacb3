import { defined } from "../../lib/defined.ts";
import type { KubeObject } from "./kube-object.ts";
import type { PodLoad } from "./node-room.ts";
import type { ObjectRef, RefKey } from "./object-ref.ts";

/** What the server says is ours: the reduced managedFields entry of field manager `holdfast`, operation Apply, no subresource. */
export interface OwnEntry {
  apiVersion: string;
  /** RFC 3339, one second resolution. */
  time: string;
  /** Hash of fieldsV1 as the server wrote it: it sorts what it writes. */
  fieldsHash: string;
  /** Hash of the values of those fields; absent where the object is shown at another version than the entry's. */
  valuesHash?: string;
}

/** Who else claims fields of the object. */
export interface ForeignManager {
  manager: string;
  operation: "Apply" | "Update";
  subresource: string;
  time: string;
}

/** One object as the cluster has it. Of one that is not held whole parts are made when they are asked for: none is spread, see `withObject`. */
export interface LiveObject {
  ref: ObjectRef;
  key: RefKey;
  uid: string;
  /** As watched; another served version shows the same object. */
  apiVersion: string;
  resourceVersion: string;
  /** 0 where the kind has none. */
  generation: number;
  /**
   * What the cache holds of it: `full` for tracked objects, `slim` (metadata without most annotations) for others,
   * `descendant` (what tree and health need) for objects that others own. Absent means full. Of a slim one that is
   * wanted whole, ask `Cluster.read`.
   */
  detail?: "full" | "slim" | "descendant";
  /** Complete for tracked objects except for managedFields and the last-applied annotation; see `detail`. */
  object: KubeObject;
  own: OwnEntry | undefined;
  managers: readonly ForeignManager[];
  tracking: TrackingId | undefined;
  installationId: string | undefined;
  /** uids of the owners. */
  owners: readonly string[];
  /** Of Pods that are on a node and have not ended. */
  load?: PodLoad;
  /** Hash of the object without managedFields, resourceVersion, generation, status and the last-applied annotation; "" for descendants. */
  contentHash: string;
}

/** `<app>:<group>/<kind>:<namespace>/<name>` from the tracking annotation. */
export interface TrackingId {
  /** Tracking name of the application, see `trackingName`. */
  app: string;
  /** The object that the id speaks of. An id that speaks of another object was copied and claims nothing. */
  ref: ObjectRef;
}

/** The same one with other content. */
export function withObject(live: LiveObject, object: KubeObject): LiveObject {
  const { ref, key, uid, apiVersion, resourceVersion, generation, detail, load } = live;
  const { own, managers, tracking, installationId, owners, contentHash } = live;
  return {
    ...{ ref, key, uid, apiVersion, resourceVersion, generation, ...defined({ detail, load }) },
    ...{ object, own, managers, tracking, installationId, owners, contentHash },
  };
}
