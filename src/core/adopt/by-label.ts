/**
 * Objects that Argo CD knows by a label of theirs, as it did before tracking ids were its default. Source: Argo CD's
 * `application.resourceTrackingMethod: label` and `application.instanceLabelKey`; the label's value is the application's
 * name, cut to what a label can hold.
 */
import { isMapping } from "../../lib/is-mapping.ts";
import { ANNOTATION, type ApplicationStatus, type ResourceStatus } from "../model/application.ts";
import type { FieldDifference } from "../model/comparison.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type ObjectRef, type RefKey, refKey } from "../model/object-ref.ts";

const INSTANCE_LABEL = "app.kubernetes.io/instance";
const LABEL_LENGTH = 63;

/** The label's key, as `argocd-cm` says it. */
export function instanceLabelOf(configMaps: readonly KubeObject[]): string {
  const data = configMaps.find(({ metadata }) => metadata.name === "argocd-cm")?.["data"];
  const said = isMapping(data) ? data["application.instanceLabelKey"] : undefined;
  return typeof said === "string" && said.trim() !== "" ? said.trim() : INSTANCE_LABEL;
}

/** One object of an application. `live`: undefined where it is not there. */
export interface HeldObject {
  ref: ObjectRef;
  live: KubeObject | undefined;
  fields: readonly FieldDifference[];
}

export interface SeenByLabel {
  /** As it is when the ids are written, which is all that a sync writes to these objects. */
  status: ApplicationStatus;
  /** How many objects these are. */
  objects: number;
}

/**
 * What lacks nothing but the tracking id, and bears the label with the application's name, is as Git wants it.
 * @param label the label's key
 * @param name of the application in it, see `trackingName`
 */
export function seenByLabel(
  status: ApplicationStatus,
  held: readonly HeldObject[],
  { label, name }: { label: string; name: string },
): SeenByLabel {
  const byLabel = new Set(held.filter((each) => isByLabel(each, label, name)).map(({ ref }) => refKey(ref)));
  if (byLabel.size === 0) return { status, objects: 0 };
  const resources = (status.resources ?? []).map((each) =>
    byLabel.has(keyOf(each)) && each.status === "OutOfSync" ? { ...each, status: "Synced" as const } : each,
  );
  const isAll = resources.every(({ status: word }) => word !== "OutOfSync" && word !== "Unknown");
  const sync =
    isAll && status.sync.status === "OutOfSync" ? { ...status.sync, status: "Synced" as const } : status.sync;
  return { status: { ...status, resources, sync }, objects: byLabel.size };
}

function isByLabel({ live, fields }: HeldObject, label: string, name: string): boolean {
  const value = live?.metadata.labels?.[label];
  return (
    value === name.slice(0, LABEL_LENGTH) &&
    fields.some(({ path }) => path === TRACKING_PATH) &&
    // The label itself may go with the sync: Git does not have it, and who wrote it lets go of it.
    fields.every(
      ({ path, desired }) =>
        path === TRACKING_PATH || (path === pathOf("labels", label) && desired === undefined),
    )
  );
}

function pathOf(map: "annotations" | "labels", key: string): string {
  return `metadata.${map}["${key}"]`;
}
const TRACKING_PATH = pathOf("annotations", ANNOTATION.trackingId);

function keyOf({ group = "", kind, namespace = "", name }: ResourceStatus): RefKey {
  return refKey({ group, kind, namespace, name });
}
