import type { ObjectRef } from "../core/model/object-ref.ts";
import type { TrackingId } from "../core/model/live-object.ts";

/**
 * Reads `<app>:<group>/<kind>:<namespace>/<name>`. Names of RBAC objects may hold colons: everything after the namespace
 * is the name.
 * @returns undefined where the text is no such id
 */
export function parseTrackingId(text: string | undefined): TrackingId | undefined {
  const match = text === undefined ? null : /^([^:]+):([^/:]*)\/([^/:]+):([^/:]*)\/(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, app = "", group = "", kind = "", namespace = "", name = ""] = match;
  return { app, ref: { group, kind, namespace, name } };
}

/**
 * Whether an id speaks of the object that bears it; a copied one does not and claims nothing. Ids of cluster-scoped
 * objects carry their application's destination namespace.
 */
export function speaksOf(tracking: TrackingId, ref: ObjectRef): boolean {
  const said = tracking.ref;
  return said.group === ref.group && said.kind === ref.kind && said.name === ref.name && (ref.namespace === "" || said.namespace === ref.namespace);
}
