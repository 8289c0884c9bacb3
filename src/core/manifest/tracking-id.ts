import type { TrackingId } from "../model/live-object.ts";
import type { ObjectRef } from "../model/object-ref.ts";

/**
 * Value of the tracking annotation: `<app>:<group>/<kind>:<namespace>/<name>`. Source: Argo CD.
 *
 * @param app tracking name, see `trackingName`
 * @param destinationNamespace stands in for the namespace that cluster-scoped objects do not have
 */
export function trackingId(app: string, ref: ObjectRef, destinationNamespace: string): string {
  return `${app}:${ref.group}/${ref.kind}:${ref.namespace === "" ? destinationNamespace : ref.namespace}/${ref.name}`;
}

/** @returns undefined for anything that is no tracking id. Names may hold colons (`system:reader`). */
export function parseTrackingId(annotation: string | undefined): TrackingId | undefined {
  const match = /^([^:]+):([^/:]*)\/([^:/]+):([^/]*)\/(.+)$/s.exec(annotation ?? "");
  if (match === null) return undefined;
  const [, app = "", group = "", kind = "", namespace = "", name = ""] = match;
  return { app, ref: { group, kind, namespace, name } };
}

/** Whether an id speaks of this object. One that does not was copied together with a manifest, and claims nothing. */
export function speaksOf(id: TrackingId, ref: ObjectRef): boolean {
  const sameNamespace = ref.namespace === "" || id.ref.namespace === ref.namespace;
  return sameNamespace && id.ref.group === ref.group && id.ref.kind === ref.kind && id.ref.name === ref.name;
}
