/** What runs: one Pod on one volume, and how it is reached. */
import { defined } from "../../lib/defined.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type InstallPlan, NAME, SERVER } from "./install-plan.ts";

const SELECTS = { "app.kubernetes.io/name": SERVER };
/** As the image has it. */
const USER = 65532;
const PORT = 8080;
/** Of its one container. */
export const RESOURCES = { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } };
const PROBE = { httpGet: { path: "/healthz", port: "https", scheme: "HTTPS" }, timeoutSeconds: 5 };

export function claimOf({ namespace, storage }: InstallPlan): KubeObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: NAME, namespace },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...defined({ storageClassName: storage.class }),
      resources: { requests: { storage: storage.size } },
    },
  };
}

/** Page and API are what others come for; where it may go itself depends on where Git and the clusters are. */
export function networkPolicyOf({ namespace }: InstallPlan): KubeObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: NAME, namespace },
    spec: {
      podSelector: { matchLabels: SELECTS },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ port: "https", protocol: "TCP" }] }],
    },
  };
}

export function serviceOf({ namespace }: InstallPlan): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: SERVER, namespace, labels: SELECTS },
    spec: { selector: SELECTS, ports: [{ name: "https", port: 443, targetPort: "https", protocol: "TCP" }] },
  };
}

export function deploymentOf({ namespace, image }: InstallPlan): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: SERVER, namespace, labels: SELECTS },
    spec: {
      replicas: 1,
      // One daemon on one store: the old one ends before the new one starts.
      strategy: { type: "Recreate" },
      selector: { matchLabels: SELECTS },
      template: {
        metadata: { labels: SELECTS },
        spec: {
          serviceAccountName: NAME,
          terminationGracePeriodSeconds: 45,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            fsGroup: USER,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [container(image)],
          volumes: [
            { name: "data", persistentVolumeClaim: { claimName: NAME } },
            { name: "config", configMap: { name: NAME } },
            { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
          ],
        },
      },
    },
  };
}

function container(image: string): Record<string, unknown> {
  return {
    name: NAME,
    image,
    args: ["serve", "--config", "/etc/holdfast/holdfast.yaml"],
    ports: [{ name: "https", containerPort: PORT, protocol: "TCP" }],
    // A new version may have a store to migrate, and a backup of it to write, before it answers.
    startupProbe: { ...PROBE, periodSeconds: 2, failureThreshold: 150 },
    readinessProbe: { ...PROBE, httpGet: { ...PROBE.httpGet, path: "/readyz" }, periodSeconds: 5 },
    livenessProbe: { ...PROBE, periodSeconds: 10, failureThreshold: 6 },
    resources: RESOURCES,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/holdfast" },
      { name: "config", mountPath: "/etc/holdfast", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}
