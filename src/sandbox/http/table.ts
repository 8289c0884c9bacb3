import {
  at,
  itemsAt,
  type Json,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textAt,
  textsAt,
} from "../json.ts";
import { type Kind, kindKey } from "../kinds/kind.ts";

interface Column {
  name: string;
  type?: "string" | "integer" | "date";
  /** Shown with `-o wide` only. */
  wide?: true;
  cell(object: KubeJson, nowMs: number): Json;
}

const text = (name: string, ...path: string[]): Column => ({
  name,
  cell: (object) => textAt(object, ...path) ?? "<none>",
});
const count = (name: string, ...path: string[]): Column => ({
  name,
  type: "integer",
  cell: (object) => numberAt(object, ...path) ?? 0,
});
const ratio = (
  name: string,
  part: (object: KubeJson) => number,
  whole: (object: KubeJson) => number,
): Column => ({ name, cell: (object) => `${part(object)}/${whole(object)}` });
const status = (field: string) => (object: KubeJson) => numberAt(object, "status", field) ?? 0;
const wanted = (object: KubeJson) => numberAt(object, "spec", "replicas") ?? 0;
const images: Column = {
  name: "Images",
  wide: true,
  cell: (object) =>
    itemsAt(object, "spec", "template", "spec", "containers")
      .map((container) => textAt(container, "image") ?? "")
      .join(","),
};
const dataCount: Column = {
  name: "Data",
  type: "integer",
  cell: (object) => Object.keys(objectAt(object, "data")).length,
};

/** What `kubectl get` shows of each kind, beside name and age. */
const columns: Readonly<Record<string, readonly Column[]>> = {
  Namespace: [text("Status", "status", "phase")],
  ConfigMap: [dataCount],
  Secret: [text("Type", "type"), dataCount],
  Pod: [
    ratio(
      "Ready",
      (pod) => itemsAt(pod, "status", "containerStatuses").filter((one) => one["ready"] === true).length,
      (pod) => itemsAt(pod, "spec", "containers").length,
    ),
    { name: "Status", cell: podReason },
    {
      name: "Restarts",
      cell: (pod) =>
        String(
          itemsAt(pod, "status", "containerStatuses").reduce(
            (sum, one) => sum + (numberAt(one, "restartCount") ?? 0),
            0,
          ),
        ),
    },
    { name: "Node", wide: true, cell: (pod) => textAt(pod, "spec", "nodeName") ?? "<none>" },
  ],
  Service: [
    text("Type", "spec", "type"),
    text("Cluster-IP", "spec", "clusterIP"),
    {
      name: "External-IP",
      cell: (service) =>
        itemsAt(service, "status", "loadBalancer", "ingress")
          .map((one) => textAt(one, "ip") ?? textAt(one, "hostname") ?? "")
          .join(",") ||
        (textAt(service, "spec", "externalName") ?? "<none>"),
    },
    {
      name: "Port(s)",
      cell: (service) =>
        itemsAt(service, "spec", "ports")
          .map(
            (port) =>
              `${numberAt(port, "port") ?? 0}${port["nodePort"] === undefined ? "" : `:${String(port["nodePort"])}`}/${textAt(port, "protocol") ?? "TCP"}`,
          )
          .join(",") || "<none>",
    },
  ],
  Node: [
    {
      name: "Status",
      cell: (node) =>
        itemsAt(node, "status", "conditions").some(
          (one) => one["type"] === "Ready" && one["status"] === "True",
        )
          ? "Ready"
          : "NotReady",
    },
    text("Version", "status", "nodeInfo", "kubeletVersion"),
  ],
  PersistentVolumeClaim: [
    text("Status", "status", "phase"),
    text("Volume", "spec", "volumeName"),
    text("Capacity", "status", "capacity", "storage"),
    { name: "Access Modes", cell: (claim) => textsAt(claim, "status", "accessModes").join(",") },
    text("StorageClass", "spec", "storageClassName"),
  ],
  Event: [
    text("Type", "type"),
    text("Reason", "reason"),
    {
      name: "Object",
      cell: (event) =>
        `${(textAt(event, "involvedObject", "kind") ?? "").toLowerCase()}/${textAt(event, "involvedObject", "name") ?? ""}`,
    },
    text("Message", "message"),
  ],
  "apps/Deployment": [
    ratio("Ready", status("readyReplicas"), wanted),
    count("Up-to-date", "status", "updatedReplicas"),
    count("Available", "status", "availableReplicas"),
    images,
  ],
  "apps/ReplicaSet": [
    count("Desired", "spec", "replicas"),
    count("Current", "status", "replicas"),
    count("Ready", "status", "readyReplicas"),
    images,
  ],
  "apps/StatefulSet": [ratio("Ready", status("readyReplicas"), wanted), images],
  "apps/DaemonSet": [
    count("Desired", "status", "desiredNumberScheduled"),
    count("Current", "status", "currentNumberScheduled"),
    count("Ready", "status", "numberReady"),
    count("Up-to-date", "status", "updatedNumberScheduled"),
    count("Available", "status", "numberAvailable"),
    images,
  ],
  "batch/Job": [
    {
      name: "Status",
      cell: (job) =>
        itemsAt(job, "status", "conditions")
          .filter((one) => one["status"] === "True")
          .map((one) => textAt(one, "type") ?? "")
          .at(-1) ?? "Running",
    },
    ratio("Completions", status("succeeded"), (job) => numberAt(job, "spec", "completions") ?? 1),
  ],
  "batch/CronJob": [
    text("Schedule", "spec", "schedule"),
    { name: "Suspend", cell: (cron) => String(objectAt(cron, "spec")["suspend"] === true) },
  ],
  "networking.k8s.io/Ingress": [
    text("Class", "spec", "ingressClassName"),
    {
      name: "Hosts",
      cell: (ingress) =>
        itemsAt(ingress, "spec", "rules")
          .map((rule) => textAt(rule, "host") ?? "*")
          .join(",") || "*",
    },
    {
      name: "Address",
      cell: (ingress) =>
        itemsAt(ingress, "status", "loadBalancer", "ingress")
          .map((one) => textAt(one, "ip") ?? textAt(one, "hostname") ?? "")
          .join(","),
    },
    { name: "Ports", cell: (ingress) => (itemsAt(ingress, "spec", "tls").length > 0 ? "80, 443" : "80") },
  ],
  "autoscaling/HorizontalPodAutoscaler": [
    {
      name: "Reference",
      cell: (scaler) =>
        `${textAt(scaler, "spec", "scaleTargetRef", "kind") ?? ""}/${textAt(scaler, "spec", "scaleTargetRef", "name") ?? ""}`,
    },
    count("MinPods", "spec", "minReplicas"),
    count("MaxPods", "spec", "maxReplicas"),
    count("Replicas", "status", "currentReplicas"),
  ],
  "apiextensions.k8s.io/CustomResourceDefinition": [
    { name: "Created At", cell: (definition) => definition.metadata.creationTimestamp ?? "" },
  ],
};

/** A list, or one object, as a `Table`: what kubectl asks for. */
export function tableOfObjects(
  kind: Kind,
  items: readonly KubeJson[],
  metadata: JsonObject,
  include: string | null,
  nowMs: number,
): JsonObject {
  const own: readonly Column[] =
    kind.custom === undefined ? (columns[kindKey(kind)] ?? []) : kind.custom.columns.map(customColumn);
  const hasAge = own.some((column) => column.name === "Age" || column.name === "Created At");
  const all: Column[] = [
    { name: "Name", cell: (object) => object.metadata.name },
    ...own,
    ...(hasAge
      ? []
      : [{ name: "Age", cell: (object: KubeJson) => ago(object.metadata.creationTimestamp, nowMs) }]),
  ];
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: all.map(({ name, type, wide }) => ({
      name,
      type: type ?? "string",
      format: name === "Name" ? "name" : "",
      description: "",
      priority: wide === true ? 1 : 0,
    })),
    rows: items.map((object) => ({
      cells: all.map((column) => column.cell(object, nowMs)),
      object:
        include === "Object"
          ? object
          : include === "None"
            ? null
            : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
    })),
  };
}

/** Only plain paths: `.spec.size`, `.status.conditions[?(@.type=="Ready")].status`. */
function customColumn(column: JsonObject): Column {
  const path = textAt(column, "jsonPath") ?? "";
  const isDate = textAt(column, "type") === "date";
  return {
    name: textAt(column, "name") ?? "",
    ...((numberAt(column, "priority") ?? 0) > 0 ? { wide: true as const } : {}),
    cell: (object, nowMs) => {
      const found = byPath(object, path);
      if (found === undefined || found === null) return "";
      return isDate && typeof found === "string"
        ? ago(found, nowMs)
        : typeof found === "object"
          ? JSON.stringify(found)
          : found;
    },
  };
}

function byPath(object: Json, path: string): Json | undefined {
  let current: Json | undefined = object;
  for (const [, field, key, value] of path.matchAll(
    /\.([A-Za-z0-9_-]+)|\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]/g,
  )) {
    current =
      field !== undefined
        ? at(current, field)
        : Array.isArray(current)
          ? current.find((item) => textAt(item, key ?? "") === value)
          : undefined;
  }
  return current;
}

function podReason(pod: KubeJson): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  for (const container of itemsAt(pod, "status", "containerStatuses")) {
    const reason =
      textAt(container, "state", "waiting", "reason") ?? textAt(container, "state", "terminated", "reason");
    if (reason !== undefined) return reason;
  }
  return textAt(pod, "status", "reason") ?? textAt(pod, "status", "phase") ?? "Unknown";
}

/** `42s`, `3m`, `5h`, `12d`. */
function ago(time: string | undefined, nowMs: number): string {
  if (time === undefined) return "<unknown>";
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(time)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** Whether the client asks for a table before plain JSON. */
export function wantsTable(accept: string): boolean {
  return /as=Table/.test(accept) && /g=meta\.k8s\.io/.test(accept);
}
