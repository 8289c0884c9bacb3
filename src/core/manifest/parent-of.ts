import { ANNOTATION, type AppKey, appKey, trackingName } from "../model/application.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { refOf } from "../model/object-ref.ts";
import { parseTrackingId, speaksOf } from "./tracking-id.ts";

/** Who has applied it, by its mark; undefined where nothing says so. */
export function parentOf(object: KubeObject, homeNamespace: string): AppKey | undefined {
  const tracking = parseTrackingId(object.metadata.annotations?.[ANNOTATION.trackingId]);
  if (tracking === undefined || !speaksOf(tracking, refOf(object))) return undefined;
  const [first = "", ...rest] = tracking.app.split("_");
  const key = rest.length === 0 ? appKey(homeNamespace, first) : appKey(first, rest.join("_"));
  return trackingName(key, homeNamespace) === tracking.app ? key : undefined;
}

/** Whether it stands above itself: whoever waits for such a one waits for himself. */
export function isOwnAncestor(
  own: AppKey,
  objectOf: (key: AppKey) => KubeObject | undefined,
  homeNamespace: string,
): boolean {
  const passed = new Set<AppKey>();
  for (let above: AppKey | undefined = own; above !== undefined && !passed.has(above); ) {
    passed.add(above);
    const object = objectOf(above);
    above = object === undefined ? undefined : parentOf(object, homeNamespace);
    if (above === own) return true;
  }
  return false;
}
