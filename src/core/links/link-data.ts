import { defined, filled } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import type { Application } from "../model/application.ts";
import type { ClusterEntry } from "../model/cluster-entry.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { Project } from "../model/project.ts";

/** What templates are told of a cluster: where and what it is, and nothing that opens it. */
export type LinkedCluster = Pick<ClusterEntry, "name" | "server"> &
  Partial<Pick<ClusterEntry, "scope" | "project" | "labels" | "annotations">>;

export interface LinkSubject {
  app?: Application | undefined;
  resource?: KubeObject | undefined;
  cluster?: LinkedCluster | undefined;
  project?: Project | undefined;
}

/** Names that templates and conditions know, as Argo CD gives them. */
export function linkData({ app, resource, cluster, project }: LinkSubject): Record<string, unknown> {
  return defined({
    resource: resource && withoutSecrets(resource),
    application: app,
    app,
    cluster: cluster && clusterData(cluster),
    project,
  });
}

function clusterData({
  name,
  server,
  scope,
  project,
  labels,
  annotations,
}: LinkedCluster): Record<string, unknown> {
  return {
    name,
    server,
    ...filled({ namespaces: scope?.is === "namespaces" ? scope.namespaces : [], project }),
    ...defined({ labels, annotations }),
  };
}

/** What is in a Secret is masked where it is read; here it is not even that long. */
function withoutSecrets(object: KubeObject): KubeObject {
  if (object.kind !== "Secret" || object.apiVersion !== "v1") return object;
  const redacted = (values: unknown): unknown =>
    isMapping(values) ? Object.fromEntries(Object.keys(values).map((key) => [key, "++++++++"])) : undefined;
  return {
    ...object,
    ...defined({ data: redacted(object["data"]), stringData: redacted(object["stringData"]) }),
  };
}
