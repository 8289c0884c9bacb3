import { type KubeObject, parseApiVersion } from "./kube-object.ts";

/** Which object, without the version: the API server shows one object at every version it serves. */
export interface ObjectRef {
  /** "" for the core group. */
  group: string;
  kind: string;
  /** "" for cluster-scoped objects. */
  namespace: string;
  name: string;
}

declare const refKeyBrand: unique symbol;
/** `group/Kind/namespace/name`, usable as a map key. */
export type RefKey = string & { readonly [refKeyBrand]: true };

export function refKey(ref: ObjectRef): RefKey {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}` as RefKey;
}

export function parseRefKey(key: RefKey): ObjectRef {
  const [group = "", kind = "", namespace = "", ...name] = key.split("/");
  return { group, kind, namespace, name: name.join("/") };
}

export function refOf(object: KubeObject): ObjectRef {
  const { group } = parseApiVersion(object.apiVersion);
  return { group, kind: object.kind, namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}

/** For people: `apps/Deployment shop/cart`, `ConfigMap shop/settings`, `Namespace shop`. */
export function show(ref: ObjectRef): string {
  const kind = ref.group === "" ? ref.kind : `${ref.group}/${ref.kind}`;
  return ref.namespace === "" ? `${kind} ${ref.name}` : `${kind} ${ref.namespace}/${ref.name}`;
}

/** `group/Kind`, or `Kind` alone in the core group: the key of every table by kind. */
export function groupKind(of: { group: string; kind: string } | KubeObject): string {
  const group = "apiVersion" in of ? parseApiVersion(of.apiVersion as string).group : (of as ObjectRef).group;
  return group === "" ? of.kind : `${group}/${of.kind}`;
}
