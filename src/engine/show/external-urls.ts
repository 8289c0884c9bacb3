/** Addresses under which people reach what an application delivers. Source: Argo CD. */
import type { KubeObject } from "../../core/model/kube-object.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Compared } from "../compare/compared.ts";

/** Of one object, and of one application. */
const MOST_OF_ONE = 100;
const MOST = 200;
const LONGEST = 2_048;
const LINK = "link.argocd.argoproj.io/";
const IGNORED = "argocd.argoproj.io/ignore-default-links";
/** A name or an address that a browser can go to: no wildcard, nothing that would be another part of the URL. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])$/i;

/** Of all its objects that are there, in order. */
export function externalUrls({ comparison, snapshot: { cluster } }: Compared): string[] {
  const found = new Set<string>();
  for (const { is, key } of comparison.differences) {
    const live = is === "foreign" ? undefined : cluster.get(key);
    if (live !== undefined) for (const url of urlsOf(live.object)) found.add(url);
    if (found.size >= MOST) break;
  }
  return [...found].sort().slice(0, MOST);
}

/**
 * Of one object: the rules of an Ingress, unless an annotation wants them ignored, and what its annotations name, as
 * `url` or `title|url`. None but those of http and https.
 */
export function urlsOf(object: KubeObject): string[] {
  const { annotations = {} } = object.metadata;
  const named = Object.entries(annotations).flatMap(([name, value]) =>
    name.startsWith(LINK) ? [value.slice(value.indexOf("|") + 1).trim()] : [],
  );
  const isIngress =
    object.kind === "Ingress" && /^(?:networking\.k8s\.io|extensions)\//.test(object.apiVersion);
  const ruled = isIngress && annotations[IGNORED] !== "true" ? urlsOfIngress(object) : [];
  return [...new Set([...ruled, ...named].filter(isOfTheWeb))].slice(0, MOST_OF_ONE);
}

function urlsOfIngress({ spec, status }: KubeObject): string[] {
  const given = listIn(inPath(status, "loadBalancer", "ingress"));
  const [other] = given.flatMap((one) => textOf(inPath(one, "hostname")) || textOf(inPath(one, "ip")) || []);
  const tls = listIn(inPath(spec, "tls"));
  return listIn(inPath(spec, "rules")).flatMap((rule) => {
    const host = bracketed(textOf(inPath(rule, "host")) || other || "");
    if (!HOST.test(host)) return [];
    const isSecure = tls.some((one) => {
      const hosts = listIn(inPath(one, "hosts"));
      return hosts.includes(host) || (hosts.length === 0 && textOf(inPath(one, "secretName")) !== "");
    });
    return listIn(inPath(rule, "http", "paths")).map((path) => {
      // What begins a pattern ends the path.
      const within = textOf(inPath(path, "path")).replace(/[*()[\]\\^$|?#\s].*$/s, "");
      return `${isSecure ? "https" : "http"}://${host}${within}`;
    });
  });
}

function bracketed(host: string): string {
  return /^[0-9a-f.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
}

function isOfTheWeb(text: string): boolean {
  const url = text.length > LONGEST ? null : URL.parse(text);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function inPath(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const step of path) at = isMapping(at) ? at[step] : undefined;
  return at;
}

function listIn(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
