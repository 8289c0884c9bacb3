/** Small manifests for suites that run against an API server. Each test names what matters to it, the rest is here. */

import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";

/** Of the API server. */
export const configMapPath = (namespace: string, name: string): string =>
  `/api/v1/namespaces/${namespace}/configmaps/${name}`;

export function configMap(
  namespace: string,
  name: string,
  data: Record<string, string> = { key: "value" },
  annotations?: Record<string, string>,
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace, ...defined({ annotations }) },
    data,
  };
}

export function tracked(app: string, object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = object;
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const id = `${app}:${group}/${kind}:${metadata.namespace ?? "default"}/${metadata.name}`;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, "argocd.argoproj.io/tracking-id": id } },
  };
}

export interface Workload {
  namespace: string;
  name: string;
  image?: string;
  replicas?: number;
  /** More fields of the only container. */
  container?: Record<string, unknown>;
  /** More fields of the Pod's spec. */
  pod?: Record<string, unknown>;
}

const podTemplate = ({ name, image = "registry.example.com/web:1", container = {}, pod = {} }: Workload) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name: "web", image, ...container }], ...pod },
});

export function deployment(workload: Workload): KubeObject {
  const { namespace, name, replicas = 1 } = workload;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(workload) },
  };
}

export function job(workload: Workload): KubeObject {
  const { namespace, name } = workload;
  const template = podTemplate(workload);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace },
    spec: { backoffLimit: 0, template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
  };
}

export function service(
  namespace: string,
  name: string,
  ports: Record<string, unknown>[] = [{ port: 80 }],
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports },
  };
}

export function crd({
  group,
  kind,
  plural,
  versions = ["v1"],
  scope = "Namespaced",
  fields = "some",
}: {
  group: string;
  kind: string;
  plural: string;
  versions?: string[];
  scope?: "Namespaced" | "Cluster";
  /** `some`: `spec.size`, 3 where it is not said, `spec.note` and a status with its own endpoint. */
  fields?: "some" | "any";
}): KubeObject {
  const some = {
    openAPIV3Schema: {
      type: "object",
      properties: {
        spec: {
          type: "object",
          properties: { size: { type: "integer", default: 3 }, note: { type: "string" } },
        },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  };
  const any = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: versions.map((name, at) => ({
        name,
        served: true,
        storage: at === 0,
        ...(fields === "some" ? { schema: some, subresources: { status: {} } } : { schema: any }),
      })),
    },
  };
}

/** An API group whose server is down: nobody answers at its service. */
export function deadApiService(group: string): KubeObject {
  return {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: `v1.${group}` },
    spec: {
      group,
      version: "v1",
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name: "nobody", namespace: "default" },
    },
  };
}
