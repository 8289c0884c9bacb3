/** Manifests as users write them, one or more for each kind the sandbox serves. Namespaced ones go to `namespace`. */
import type { JsonObject } from "../../src/sandbox/json.ts";

const container = (more: JsonObject = {}): JsonObject => ({ name: "web", image: "nginx:1.27", ...more });
const template = (app: string, more: JsonObject = {}, spec: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app } },
  spec: { containers: [container(more)], ...spec },
});
const workload = (kind: string, name: string, spec: JsonObject): JsonObject => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name, labels: { app: name } },
  spec: { selector: { matchLabels: { app: name } }, ...spec },
});

export interface Fixture {
  name: string;
  manifest: JsonObject;
}

export function fixtures(namespace: string): Fixture[] {
  const all: [string, JsonObject][] = [
    [
      "a ConfigMap",
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1", b: "" } },
    ],
    ["a ConfigMap without data", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "bare" } }],
    [
      "a ConfigMap with empty maps",
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "hollow", labels: {}, annotations: {} },
        data: {},
      },
    ],
    [
      "a Secret with stringData",
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "texts" },
        stringData: { user: "admin" },
        data: { token: "YWJj" },
      },
    ],
    [
      "a typed Secret",
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "typed" },
        type: "kubernetes.io/basic-auth",
        data: { username: "YQ==", password: "Yg==" },
      },
    ],
    [
      "a ServiceAccount",
      {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "robot" },
        imagePullSecrets: [{ name: "registry" }],
        automountServiceAccountToken: false,
      },
    ],
    [
      "a Service with one port",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "one" },
        spec: { selector: { app: "one" }, ports: [{ port: 80 }] },
      },
    ],
    [
      "a Service with ports equal by number",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "dns" },
        spec: {
          selector: { app: "dns" },
          ports: [
            { name: "udp", port: 53, protocol: "UDP" },
            { name: "tcp", port: 53, protocol: "TCP", targetPort: "dns" },
          ],
        },
      },
    ],
    [
      "a headless Service",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "headless" },
        spec: { clusterIP: "None", selector: { app: "x" }, ports: [{ port: 80, targetPort: 8080 }] },
      },
    ],
    [
      "a NodePort Service",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "node" },
        spec: { type: "NodePort", selector: { app: "x" }, ports: [{ port: 80, nodePort: 30080 }] },
      },
    ],
    [
      "a LoadBalancer Service",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "balancer" },
        spec: {
          type: "LoadBalancer",
          selector: { app: "x" },
          ports: [{ port: 443, nodePort: 30443, name: "https" }],
          sessionAffinity: "ClientIP",
        },
      },
    ],
    [
      "an ExternalName Service",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "external" },
        spec: { type: "ExternalName", externalName: "example.com" },
      },
    ],
    [
      "a Pod",
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "bare" },
        spec: {
          containers: [
            container({ resources: { requests: { cpu: "1000m" }, limits: { cpu: 2, memory: "1024Mi" } } }),
          ],
        },
      },
    ],
    [
      "a claim",
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
      },
    ],
    [
      "a volume",
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: `${namespace}-volume` },
        spec: {
          capacity: { storage: "10Gi" },
          accessModes: ["ReadWriteOnce"],
          hostPath: { path: "/data" },
          storageClassName: "manual",
        },
      },
    ],
    [
      "Endpoints",
      {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { name: "outside" },
        subsets: [{ addresses: [{ ip: "192.0.2.10" }], ports: [{ port: 443 }] }],
      },
    ],
    [
      "a LimitRange",
      {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "limits" },
        spec: {
          limits: [
            { type: "PersistentVolumeClaim", max: { storage: "2048Gi" } },
            { type: "Pod", max: { memory: "8Ti" } },
          ],
        },
      },
    ],
    [
      "a ResourceQuota",
      {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "quota" },
        spec: { hard: { "requests.storage": "1000Gi", "count/widgets.example.com": 10 } },
      },
    ],
    ["a Deployment", workload("Deployment", "plain", { replicas: 0, template: template("plain") })],
    [
      "a Deployment with much in it",
      workload("Deployment", "rich", {
        replicas: 0,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } },
        template: {
          metadata: { labels: { app: "rich" }, annotations: { note: "x" } },
          spec: {
            initContainers: [{ name: "init", image: "busybox", command: ["true"] }],
            containers: [
              container({
                ports: [
                  { containerPort: 8080, name: "http" },
                  { containerPort: 8080, name: "quic", protocol: "UDP" },
                ],
                env: [
                  { name: "A", value: "" },
                  { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                  { name: "S", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
                ],
                envFrom: [{ configMapRef: { name: "settings" } }],
                readinessProbe: { httpGet: { path: "/", port: "http" } },
                livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
                lifecycle: { preStop: { exec: { command: ["sleep", "1"] } } },
                volumeMounts: [
                  { name: "data", mountPath: "/data" },
                  { name: "settings", mountPath: "/etc/settings", readOnly: true },
                ],
                resources: { limits: { cpu: "0.5", memory: "1.5Gi" }, requests: { cpu: 0.1 } },
                securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
              }),
              { name: "side", image: "busybox:latest", args: [] },
            ],
            volumes: [
              { name: "data", emptyDir: {} },
              { name: "settings", configMap: { name: "settings" } },
              { name: "secret", secret: { secretName: "s" } },
              { name: "host", hostPath: { path: "/x" } },
              { name: "tmp", emptyDir: { sizeLimit: "1024Mi" } },
              {
                name: "mix",
                projected: {
                  sources: [
                    { serviceAccountToken: { path: "token" } },
                    { downwardAPI: { items: [{ path: "name", fieldRef: { fieldPath: "metadata.name" } }] } },
                  ],
                },
              },
            ],
            serviceAccountName: "robot",
            nodeSelector: { os: "linux" },
            tolerations: [{ key: "a", operator: "Exists" }],
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 1,
                    podAffinityTerm: {
                      topologyKey: "kubernetes.io/hostname",
                      labelSelector: { matchLabels: { app: "rich" } },
                    },
                  },
                ],
              },
            },
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "zone",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: { app: "rich" } },
              },
            ],
            imagePullSecrets: [{ name: "registry" }],
          },
        },
      }),
    ],
    [
      "a Recreate Deployment",
      workload("Deployment", "recreate", {
        replicas: 0,
        strategy: { type: "Recreate" },
        template: template("recreate", {
          image: "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        }),
      }),
    ],
    ["a ReplicaSet", workload("ReplicaSet", "set", { replicas: 0, template: template("set") })],
    [
      "a StatefulSet",
      workload("StatefulSet", "db", {
        replicas: 0,
        serviceName: "db",
        template: template("db"),
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      }),
    ],
    [
      "a DaemonSet",
      workload("DaemonSet", "agent", {
        template: template("agent", {}, { nodeSelector: { nowhere: "true" } }),
      }),
    ],
    [
      "a Job",
      {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "once" },
        spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [container()] } } },
      },
    ],
    [
      "a CronJob",
      {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "nightly" },
        spec: {
          suspend: true,
          schedule: "0 3 * * *",
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "OnFailure", containers: [container()] } } },
          },
        },
      },
    ],
    [
      "an autoscaler v2",
      {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "two" },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" },
          maxReplicas: 3,
          metrics: [
            {
              type: "Resource",
              resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } },
            },
          ],
          behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } },
        },
      },
    ],
    [
      "an autoscaler v1",
      {
        apiVersion: "autoscaling/v1",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "one" },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "absent" },
          maxReplicas: 3,
          targetCPUUtilizationPercentage: 70,
        },
      },
    ],
    [
      "an Ingress",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "front" },
        spec: {
          ingressClassName: "nginx",
          tls: [{ hosts: ["a.example.com"], secretName: "tls" }],
          rules: [
            {
              host: "a.example.com",
              http: {
                paths: [
                  {
                    path: "/",
                    pathType: "Prefix",
                    backend: { service: { name: "one", port: { number: 80 } } },
                  },
                ],
              },
            },
          ],
        },
      },
    ],
    [
      "an IngressClass",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "IngressClass",
        metadata: { name: `${namespace}-class` },
        spec: {
          controller: "example.com/ingress",
          parameters: { kind: "Parameters", name: "x", apiGroup: "example.com" },
        },
      },
    ],
    [
      "a NetworkPolicy",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "deny" },
        spec: {
          podSelector: {},
          ingress: [{ from: [{ podSelector: { matchLabels: { a: "b" } } }], ports: [{ port: 80 }] }],
          egress: [{}],
        },
      },
    ],
    [
      "an empty NetworkPolicy",
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "none" },
        spec: { podSelector: {} },
      },
    ],
    [
      "a budget",
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "budget" },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "x" } } },
      },
    ],
    [
      "a Role",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "reader" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      },
    ],
    [
      "a RoleBinding",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "reader" },
        roleRef: { kind: "Role", name: "reader", apiGroup: "rbac.authorization.k8s.io" },
        subjects: [
          { kind: "ServiceAccount", name: "robot", namespace },
          { kind: "User", name: "ann" },
        ],
      },
    ],
    [
      "a ClusterRole without rules",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: `${namespace}-empty` },
        rules: [],
      },
    ],
    [
      "an aggregated ClusterRole",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: `${namespace}-sum` },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${namespace}-none`]: "true" } }] },
        rules: [],
      },
    ],
    [
      "a ClusterRoleBinding",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: `${namespace}-bind` },
        roleRef: { kind: "ClusterRole", name: "view", apiGroup: "rbac.authorization.k8s.io" },
        subjects: [{ kind: "Group", name: "devs", apiGroup: "rbac.authorization.k8s.io" }],
      },
    ],
    [
      "a StorageClass",
      {
        apiVersion: "storage.k8s.io/v1",
        kind: "StorageClass",
        metadata: { name: `${namespace}-fast` },
        provisioner: "example.com/disk",
      },
    ],
    [
      "a PriorityClass",
      {
        apiVersion: "scheduling.k8s.io/v1",
        kind: "PriorityClass",
        metadata: { name: `${namespace}-high` },
        value: 1000,
      },
    ],
    [
      "a Lease",
      {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "lock" },
        spec: { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
      },
    ],
    [
      "an EndpointSlice",
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "slice" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["192.0.2.1"] }],
        ports: [{ port: 80 }],
      },
    ],
    [
      "a validating webhook",
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: `${namespace}-validate` },
        webhooks: [
          {
            name: "v.example.com",
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
            clientConfig: { service: { name: "hook", namespace } },
            rules: [
              {
                apiGroups: ["example.com"],
                apiVersions: ["v1"],
                operations: ["CREATE"],
                resources: ["things"],
              },
            ],
          },
        ],
      },
    ],
    [
      "a mutating webhook",
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "MutatingWebhookConfiguration",
        metadata: { name: `${namespace}-mutate` },
        webhooks: [
          {
            name: "m.example.com",
            sideEffects: "None",
            failurePolicy: "Ignore",
            admissionReviewVersions: ["v1"],
            clientConfig: { url: "https://hook.example.com/x" },
            rules: [
              { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["*"], resources: ["things"] },
            ],
          },
        ],
      },
    ],
    ["a definition", widgetDefinition(`${namespace}.example.com`)],
    [
      "a ControllerRevision",
      {
        apiVersion: "apps/v1",
        kind: "ControllerRevision",
        metadata: { name: "rev" },
        revision: 1,
        data: { spec: { a: [] } },
      },
    ],
  ];
  const clusterWide = new Set([
    "PersistentVolume",
    "IngressClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "StorageClass",
    "PriorityClass",
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "CustomResourceDefinition",
  ]);
  return all.map(([name, manifest]) => ({
    name,
    manifest: clusterWide.has(String(manifest["kind"]))
      ? manifest
      : { ...manifest, metadata: { ...(manifest["metadata"] as JsonObject), namespace } },
  }));
}

/** A definition with defaults, keyed lists, an int-or-string, an open part, status and scale. */
export function widgetDefinition(group: string): JsonObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget", shortNames: ["wd"] },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" },
          },
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: {
                spec: {
                  type: "object",
                  required: ["size"],
                  properties: {
                    size: { type: "integer", minimum: 1, maximum: 10 },
                    replicas: { type: "integer", default: 1 },
                    mode: { type: "string", enum: ["fast", "safe"], default: "safe" },
                    port: { "x-kubernetes-int-or-string": true },
                    parts: {
                      type: "array",
                      "x-kubernetes-list-type": "map",
                      "x-kubernetes-list-map-keys": ["name"],
                      items: {
                        type: "object",
                        required: ["name"],
                        properties: { name: { type: "string" }, count: { type: "integer", default: 1 } },
                      },
                    },
                    tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
                    rows: {
                      type: "array",
                      items: {
                        type: "object",
                        properties: { key: { type: "string" }, on: { type: "boolean", default: true } },
                      },
                    },
                    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                    labels: { type: "object", additionalProperties: { type: "string" } },
                  },
                },
                status: {
                  type: "object",
                  properties: { replicas: { type: "integer" }, phase: { type: "string" } },
                },
              },
            },
          },
        },
      ],
    },
  };
}
