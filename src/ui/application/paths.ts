import type { Application } from "../../core/model/application.ts";

/** Of the page. */
export function pageOf({ metadata: { namespace, name } }: Application): string {
  return `/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** @param key `namespace/name` */
export function pageAt(key: string): string {
  return `/applications/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Of Argo CD's API. */
export function argoPathOf({ metadata: { namespace, name } }: Application, verb: string): string {
  return `/api/v1/applications/${encodeURIComponent(name)}/${verb}?appNamespace=${encodeURIComponent(namespace)}`;
}

/** Of ours. */
export function ourPathOf({ metadata: { namespace, name } }: Application, rest: string): string {
  return `/api/holdfast/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/${rest}`;
}
