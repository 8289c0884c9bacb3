/** A cluster as Argo CD's API says it: in with its secrets, out without. */
import { defined, filled } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type ClusterEntry, programOf } from "./cluster-entry.ts";
import { parseClusterSecret, SECRET_TYPE_LABEL } from "./parse-cluster-secret.ts";
import type { Parsed, Problem } from "./problem.ts";

/** The fields of a request's body that make an entry; others (what is known of the connection) are passed over. */
export function parseClusterBody(body: unknown): Parsed<ClusterEntry> {
  const problems: Problem[] = [];
  const wrong = (path: string, text: string): void => {
    problems.push({ severity: "error", object: "cluster", path, text });
  };
  if (!isMapping(body))
    return {
      ok: false,
      problems: [{ severity: "error", object: "cluster", text: "the body must be a mapping" }],
    };
  const { name, server, config, namespaces, clusterResources, project, shard, labels, annotations } = body;
  const list = namespaces ?? [];
  if (!Array.isArray(list) || !list.every((each) => typeof each === "string" && !each.includes(",")))
    wrong("namespaces", "must be a list of names");
  if (!isMapping(config ?? {})) wrong("config", "must be a mapping");
  if (typeof (clusterResources ?? false) !== "boolean") wrong("clusterResources", "must be true or false");
  if (!isMapping(labels ?? {})) wrong("labels", "must be a mapping");
  const text = (value: unknown): unknown => (value === null || value === "" ? undefined : value);
  const parsed = parseClusterSecret({
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      labels: { ...(isMapping(labels) ? labels : {}), [SECRET_TYPE_LABEL]: "cluster" },
      annotations: annotations ?? {},
    },
    stringData: {
      ...defined({ name: text(name), server: text(server), project: text(project) }),
      config: JSON.stringify(config ?? {}),
      ...(Array.isArray(list) && list.length > 0
        ? { namespaces: list.join(","), clusterResources: String(clusterResources ?? false) }
        : {}),
      ...(typeof shard === "number" ? { shard: String(shard) } : {}),
    },
  });
  const [first, ...others] = [...problems, ...(parsed.ok ? [] : parsed.problems)];
  return first === undefined ? parsed : { ok: false, problems: [first, ...others] };
}

/** Built field by field, so that no secret can be in it: not arguments and variables of programs either. */
export function showClusterEntry(entry: ClusterEntry): Record<string, unknown> {
  const { name, server, credential, tls, scope, project, labels, annotations, proxyUrl } = entry;
  const program = credential.by === "exec" ? programOf(credential) : undefined;
  const { by: _, ...aws } = credential.by === "aws" ? credential : { by: "" };
  return {
    name,
    server,
    config: {
      tlsClientConfig: { insecure: tls.check === "nothing", ...defined({ serverName: tls.serverName }) },
      ...(credential.by === "aws" ? { awsAuthConfig: aws } : {}),
      ...(program === undefined
        ? {}
        : {
            execProviderConfig: { command: program.command, ...defined({ apiVersion: program.apiVersion }) },
          }),
      ...defined({ proxyUrl }),
    },
    ...(scope.is === "whole"
      ? {}
      : {
          namespaces: [...scope.namespaces],
          ...(scope.clusterResources === "included" ? { clusterResources: true } : {}),
        }),
    ...filled({ project }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
