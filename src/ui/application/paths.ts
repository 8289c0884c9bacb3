import type { ListedApplication } from "../../core/model/listed-application.ts";

type Named = Pick<ListedApplication, "metadata">;

/** Of the page. */
export function pageOf({ metadata: { namespace, name } }: Named): string {
  return `/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** @param key `namespace/name` */
export function pageAt(key: string): string {
  return `/applications/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Of Argo CD's API. */
export function argoPathOf({ metadata: { namespace, name } }: Named, verb: string): string {
  return `/api/v1/applications/${encodeURIComponent(name)}/${verb}?appNamespace=${encodeURIComponent(namespace)}`;
}

/** Of ours. */
export function ourPathOf({ metadata: { namespace, name } }: Named, rest: string): string {
  return `/api/holdfast/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}/${rest}`;
}
