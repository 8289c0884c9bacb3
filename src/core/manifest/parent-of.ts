import { ANNOTATION, type AppKey, appKey, trackingName } from "../model/application.ts";
import { type SetKey, setKey } from "../model/application-set.ts";
import type { KubeObject, OwnerReference } from "../model/kube-object.ts";
import { refOf } from "../model/object-ref.ts";
import { parseTrackingId, speaksOf } from "./tracking-id.ts";

/** The object that an application lives in. */
type RecordOf = (key: AppKey) => KubeObject | undefined;

/** Who has applied it, by its mark; undefined where nothing says so. */
export function parentOf(object: KubeObject, homeNamespace: string): AppKey | undefined {
  const tracking = parseTrackingId(object.metadata.annotations?.[ANNOTATION.trackingId]);
  if (tracking === undefined || !speaksOf(tracking, refOf(object))) return undefined;
  const [first = "", ...rest] = tracking.app.split("_");
  const key = rest.length === 0 ? appKey(homeNamespace, first) : appKey(first, rest.join("_"));
  return trackingName(key, homeNamespace) === tracking.app ? key : undefined;
}

/** The ApplicationSet that made it, by its controller; undefined where none did. */
export function setOf(object: KubeObject): SetKey | undefined {
  const owner = controllingSet(object);
  return owner === undefined ? undefined : setKey(object.metadata.namespace ?? "", owner.name);
}

/** As `setOf`, as it is written: that set may be gone, and another one have its name. */
export function controllingSet({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    ({ apiVersion, kind, controller }) =>
      kind === "ApplicationSet" && controller === true && apiVersion.startsWith("argoproj.io/"),
  );
}

/** Whether it stands above itself: whoever waits for such a one waits for himself. */
export function isOwnAncestor(own: AppKey, objectOf: RecordOf, homeNamespace: string): boolean {
  return circleOf(own, objectOf, homeNamespace).length > 0;
}

/** Who stands above it, nearest first, as far as that is known; whoever stands above itself, once. */
export function ancestorsOf(own: AppKey, objectOf: RecordOf, homeNamespace: string): AppKey[] {
  const passed: AppKey[] = [];
  for (let at = own; ; ) {
    const object = objectOf(at);
    const above = object === undefined ? undefined : parentOf(object, homeNamespace);
    if (above === undefined || passed.includes(above)) return passed;
    passed.push(above);
    at = above;
  }
}

/**
 * Who renders whom, from an application down to itself, where it stands above itself: each renders the next, the last one
 * the first. Empty where it does not; itself alone where it is among its own manifests.
 */
export function circleOf(own: AppKey, objectOf: RecordOf, homeNamespace: string): AppKey[] {
  const above = ancestorsOf(own, objectOf, homeNamespace);
  return above.includes(own) ? [own, ...above.slice(0, above.indexOf(own)).reverse()] : [];
}

/** `argocd/a renders argocd/b, which renders argocd/a`. */
export function sayCircle([first, ...others]: readonly AppKey[]): string {
  const [second, ...more] = [...others, first];
  return [`${first} renders ${second}`, ...more.map((key) => `which renders ${key}`)].join(", ");
}
