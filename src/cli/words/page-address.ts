import type { Application } from "../../core/model/application.ts";

/** An object as the page calls it. */
export interface PageObject {
  group: string;
  kind: string;
  namespace: string;
  name: string;
}

/**
 * Where the daemon's page shows an application, or one object of it.
 * @param url of the daemon, without a last slash
 */
export function pageOf(url: string, app: Application, object?: PageObject): string {
  const { metadata } = app;
  const page = `${url}/applications/${encodeURIComponent(metadata.namespace)}/${encodeURIComponent(metadata.name)}`;
  if (object === undefined) return page;
  const { group, kind, namespace, name } = object;
  return `${page}?${new URLSearchParams({ node: `${group}/${kind}/${namespace}/${name}` })}`;
}
