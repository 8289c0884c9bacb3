import type { Application } from "../core/model/application.ts";
import type { Query } from "./http/client.ts";

/** Argo CD's path of an application, with its namespace as a query. */
export function appPath({ metadata }: Application, below = ""): { path: string; query: Query } {
  return {
    path: `/api/v1/applications/${encodeURIComponent(metadata.name)}${below}`,
    query: { appNamespace: metadata.namespace },
  };
}

/** Our own path of an application. */
export function ownPath({ metadata }: Application, below = ""): string {
  return `/api/holdfast/v1/applications/${encodeURIComponent(metadata.namespace)}/${encodeURIComponent(metadata.name)}${below}`;
}
