import { itemsAt, type Json, type JsonObject, type KubeJson, objectAt, textAt, textMapAt } from "../json.ts";
import { defaultPodRequests, defaultPodSpec } from "./pod-defaults.ts";
import { child, existing, preset } from "./preset.ts";

type Defaulting = (object: KubeJson) => void;

/** By `group/Kind`. Each fills absent fields of a freshly decoded object, at the kind's one version (or storage version). */
export const defaultsByKind: Readonly<Record<string, Defaulting>> = {
  Namespace(object) {
    const metadata = object.metadata as JsonObject;
    metadata["labels"] = {
      ...textMapAt(object, "metadata", "labels"),
      "kubernetes.io/metadata.name": object.metadata.name,
    };
    child(object, "status")["phase"] ??= "Active";
  },
  Pod(object) {
    const spec = child(object, "spec");
    defaultPodSpec(spec);
    defaultPodRequests(spec);
    preset(spec, { enableServiceLinks: true });
    child(object, "status")["phase"] ??= "Pending";
  },
  Secret(object) {
    preset(object, { type: "Opaque" });
    // Texts are written into data and kept nowhere else.
    const texts = textMapAt(object, "stringData");
    if (Object.keys(texts).length > 0)
      object["data"] = {
        ...objectAt(object, "data"),
        ...Object.fromEntries(
          Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]),
        ),
      };
    delete object["stringData"];
  },
  Service(object) {
    const spec = child(object, "spec");
    preset(spec, { sessionAffinity: "None", type: "ClusterIP" });
    if (spec["sessionAffinity"] === "ClientIP")
      preset(child(child(spec, "sessionAffinityConfig"), "clientIP"), { timeoutSeconds: 10800 });
    for (const port of itemsAt(spec, "ports")) {
      preset(port, { protocol: "TCP" });
      // Zero and empty are both "not given" here.
      if (port["targetPort"] === undefined || port["targetPort"] === 0 || port["targetPort"] === "")
        port["targetPort"] = port["port"];
    }
    const type = textAt(spec, "type");
    if (type === "NodePort" || type === "LoadBalancer") preset(spec, { externalTrafficPolicy: "Cluster" });
    if (type !== "ExternalName") preset(spec, { internalTrafficPolicy: "Cluster" });
    if (type === "LoadBalancer") preset(spec, { allocateLoadBalancerNodePorts: true });
  },
  Endpoints(object) {
    for (const subset of itemsAt(object, "subsets"))
      for (const port of itemsAt(subset, "ports")) preset(port, { protocol: "TCP" });
  },
  PersistentVolumeClaim(object) {
    preset(child(object, "spec"), { volumeMode: "Filesystem" });
    child(object, "status")["phase"] ??= "Pending";
  },
  PersistentVolume(object) {
    const spec = child(object, "spec");
    preset(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
    const path = existing(spec, "hostPath");
    if (path !== undefined && path["type"] === undefined) path["type"] = "";
    child(object, "status")["phase"] ??= "Pending";
  },
  Node(object) {
    child(object, "spec");
  },
  LimitRange(object) {
    for (const limit of itemsAt(object, "spec", "limits")) {
      if (limit["type"] !== "Container") continue;
      const filled = { ...objectAt(limit, "max"), ...objectAt(limit, "default") };
      if (Object.keys(filled).length > 0) limit["default"] = filled;
      const requests = { ...objectAt(limit, "min"), ...filled, ...objectAt(limit, "defaultRequest") };
      if (Object.keys(requests).length > 0) limit["defaultRequest"] = requests;
    }
  },
  ReplicationController(object) {
    const spec = child(object, "spec");
    preset(spec, { replicas: 1 });
    const labels = textMapAt(spec, "template", "metadata", "labels");
    if (spec["selector"] === undefined) spec["selector"] = labels;
    defaultTemplate(spec);
  },
  "apps/Deployment"(object) {
    const spec = child(object, "spec");
    preset(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    const strategy = child(spec, "strategy");
    preset(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate")
      preset(child(strategy, "rollingUpdate"), { maxUnavailable: "25%", maxSurge: "25%" });
    defaultTemplate(spec);
  },
  "apps/ReplicaSet"(object) {
    const spec = child(object, "spec");
    preset(spec, { replicas: 1 });
    defaultTemplate(spec);
  },
  "apps/StatefulSet"(object) {
    const spec = child(object, "spec");
    preset(spec, { replicas: 1, revisionHistoryLimit: 10, podManagementPolicy: "OrderedReady" });
    const strategy = child(spec, "updateStrategy");
    preset(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate") preset(child(strategy, "rollingUpdate"), { partition: 0 });
    preset(child(spec, "persistentVolumeClaimRetentionPolicy"), {
      whenDeleted: "Retain",
      whenScaled: "Retain",
    });
    for (const claim of itemsAt(spec, "volumeClaimTemplates")) {
      preset(claim, { kind: "PersistentVolumeClaim", apiVersion: "v1" });
      preset(child(claim, "spec"), { volumeMode: "Filesystem" });
      preset(child(claim, "status"), { phase: "Pending" });
    }
    defaultTemplate(spec);
    const status = child(object, "status");
    status["replicas"] ??= 0;
    status["availableReplicas"] ??= 0;
  },
  "apps/DaemonSet"(object) {
    // Read from a field that v1 no longer has; the server then counts it itself.
    const metadata = object.metadata as JsonObject;
    metadata["annotations"] = {
      "deprecated.daemonset.template.generation": "0",
      ...textMapAt(object, "metadata", "annotations"),
    };
    const spec = child(object, "spec");
    preset(spec, { revisionHistoryLimit: 10 });
    const strategy = child(spec, "updateStrategy");
    preset(strategy, { type: "RollingUpdate" });
    if (strategy["type"] === "RollingUpdate")
      preset(child(strategy, "rollingUpdate"), { maxUnavailable: 1, maxSurge: 0 });
    defaultTemplate(spec);
  },
  "batch/Job"(object) {
    defaultJob(child(object, "spec"));
  },
  "batch/CronJob"(object) {
    const spec = child(object, "spec");
    preset(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    // Only the template's Pod gets defaults: the Job gets its own when it is made.
    defaultTemplate(child(child(spec, "jobTemplate"), "spec"));
  },
  "autoscaling/HorizontalPodAutoscaler"(object) {
    const spec = child(object, "spec");
    preset(spec, { minReplicas: 1 });
    if (itemsAt(spec, "metrics").length === 0)
      spec["metrics"] = [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
        },
      ];
    const behavior = existing(spec, "behavior");
    if (behavior === undefined) return;
    preset(child(behavior, "scaleUp"), {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    });
    preset(child(behavior, "scaleDown"), {
      selectPolicy: "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    });
  },
  "networking.k8s.io/IngressClass"(object) {
    const parameters = existing(child(object, "spec"), "parameters");
    if (parameters !== undefined) preset(parameters, { scope: "Cluster" });
  },
  "networking.k8s.io/NetworkPolicy"(object) {
    const spec = child(object, "spec");
    for (const rule of [...itemsAt(spec, "ingress"), ...itemsAt(spec, "egress")])
      for (const port of itemsAt(rule, "ports")) preset(port, { protocol: "TCP" });
    if (spec["policyTypes"] === undefined)
      spec["policyTypes"] = itemsAt(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  },
  "rbac.authorization.k8s.io/RoleBinding": defaultBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": defaultBinding,
  "storage.k8s.io/StorageClass"(object) {
    preset(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" });
  },
  "scheduling.k8s.io/PriorityClass"(object) {
    preset(object, { preemptionPolicy: "PreemptLowerPriority" });
  },
  "discovery.k8s.io/EndpointSlice"(object) {
    for (const port of itemsAt(object, "ports")) {
      port["name"] ??= "";
      preset(port, { protocol: "TCP" });
    }
  },
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration"(object) {
    for (const webhook of itemsAt(object, "webhooks")) defaultWebhook(webhook);
  },
  "admissionregistration.k8s.io/MutatingWebhookConfiguration"(object) {
    for (const webhook of itemsAt(object, "webhooks")) {
      defaultWebhook(webhook);
      preset(webhook, { reinvocationPolicy: "Never" });
    }
  },
  "apiextensions.k8s.io/CustomResourceDefinition"(object) {
    const spec = child(object, "spec");
    const names = child(spec, "names");
    const kind = textAt(names, "kind") ?? "";
    preset(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
    const conversion = child(spec, "conversion");
    preset(conversion, { strategy: "None" });
    const service = existing(objectAt(conversion, "webhook", "clientConfig"), "service");
    if (service !== undefined) preset(service, { port: 443 });
  },
  "apiregistration.k8s.io/APIService"(object) {
    const service = existing(child(object, "spec"), "service");
    if (service !== undefined) preset(service, { port: 443 });
  },
};

function defaultTemplate(spec: JsonObject): void {
  defaultPodSpec(child(child(spec, "template"), "spec"));
}

function defaultJob(spec: JsonObject): void {
  if (spec["completions"] === undefined && spec["parallelism"] === undefined) spec["completions"] = 1;
  preset(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    manualSelector: false,
  });
  preset(spec, {
    podReplacementPolicy:
      objectAt(spec, "podFailurePolicy")["rules"] === undefined ? "TerminatingOrFailed" : "Failed",
  });
  for (const rule of itemsAt(spec, "podFailurePolicy", "rules"))
    for (const pattern of itemsAt(rule, "onPodConditions")) preset(pattern, { status: "True" });
  defaultTemplate(spec);
}

function defaultBinding(object: KubeJson): void {
  const group = "rbac.authorization.k8s.io";
  preset(child(object, "roleRef"), { apiGroup: group });
  for (const subject of itemsAt(object, "subjects"))
    if (subject["kind"] === "User" || subject["kind"] === "Group") preset(subject, { apiGroup: group });
}

function defaultWebhook(webhook: JsonObject): void {
  const everything: Record<string, Json> = {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    timeoutSeconds: 10,
  };
  preset(webhook, everything);
  webhook["namespaceSelector"] ??= {};
  webhook["objectSelector"] ??= {};
  for (const rule of itemsAt(webhook, "rules")) preset(rule, { scope: "*" });
  const service = existing(objectAt(webhook, "clientConfig"), "service");
  if (service !== undefined) preset(service, { port: 443 });
}
