/** Requests to a Kubernetes API, read from outside: what is asked, and of which object. */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ObjectRef } from "../../src/core/model/object-ref.ts";
import { ORB } from "./reference-model.ts";
import type { Passage } from "./script.ts";

/** Plural -> kind, of all that scripts write. */
const KINDS: Readonly<Record<string, string>> = {
  configmaps: "ConfigMap",
  deployments: "Deployment",
  jobs: "Job",
  clusterroles: "ClusterRole",
  [ORB.plural]: ORB.kind,
};

/** The name is "" where a collection is meant. */
export function refOfPath(path: string): ObjectRef {
  const [, group = "", namespace = "", resource = "", name = ""] =
    /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  return { group, kind: KINDS[resource] ?? resource, namespace, name };
}

export function pathOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): string {
  const [resource = ""] = Object.entries(KINDS).find(([, one]) => one === kind) ?? [];
  const group = apiVersion.includes("/") ? "apis" : "api";
  return `/${group}/${apiVersion}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${resource}/${name}`;
}

export function passageOf(method: string, url: URL, body: RequestInit["body"]): Passage | "get" {
  if (method === "GET") {
    if (url.searchParams.has("watch")) return "watch";
    return url.searchParams.has("limit") ? "list" : "get";
  }
  const isDry =
    url.searchParams.has("dryRun") || (typeof body === "string" && body.includes('"dryRun":["All"]'));
  if (isDry) return "dry-run";
  return method === "DELETE" ? "delete" : "apply";
}
