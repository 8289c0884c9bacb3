import type { ListedApplication } from "../../core/model/listed-application.ts";
import type { Maker } from "../words/maker.ts";

type Named = Pick<ListedApplication, "metadata">;

/** Of the page. */
export function pageOf({ metadata: { namespace, name } }: Named): string {
  return `/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

/** @param key `namespace/name` */
export function pageAt(key: string): string {
  return `/applications/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Of the page of an ApplicationSet. @param key `namespace/name` */
export function setPageAt(key: string): string {
  return `/applicationsets/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Of the page of a cluster. @param cluster its name; an address has no page of its own, and leads to all of them */
export function clusterPage(cluster: string): string {
  return cluster === "" || cluster.includes("://") ? "/clusters" : `/clusters/${encodeURIComponent(cluster)}`;
}

export function pageOfMaker({ kind, key }: Maker): string {
  return kind === "ApplicationSet" ? setPageAt(key) : pageAt(key);
}

/** Of Argo CD's API. @param verb absent: of the application itself */
export function argoPathOf({ metadata: { namespace, name } }: Named, verb?: string): string {
  const path = `/api/v1/applications/${encodeURIComponent(name)}${verb === undefined ? "" : `/${verb}`}`;
  return `${path}?appNamespace=${encodeURIComponent(namespace)}`;
}

/** Of ours. @param rest absent: of the application itself */
export function ourPathOf({ metadata: { namespace, name } }: Named, rest?: string): string {
  const path = `/api/holdfast/v1/applications/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  return rest === undefined ? path : `${path}/${rest}`;
}
