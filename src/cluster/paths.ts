import type { KindInfo } from "../core/ports/cluster.ts";

/** Path of a kind's objects, in one namespace or ("") everywhere. */
export function collectionPath({ group, version, resource, scope }: KindInfo, namespace: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return scope === "cluster" || namespace === ""
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

export function objectPath(info: KindInfo, namespace: string, name: string): string {
  return `${collectionPath(info, namespace)}/${encodeURIComponent(name)}`;
}

/** `?a=1&b=2`, undefined values left out, "" where nothing is left. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const set = Object.entries(parameters).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return set.length === 0
    ? ""
    : `?${set.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}
