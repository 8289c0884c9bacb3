import { equalJson } from "../../lib/equal-json.ts";
import { forbidden } from "../api-error.ts";
import {
  isObject,
  itemsAt,
  type Json,
  type JsonObject,
  type KubeJson,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
  withAt,
} from "../json.ts";
import { type Kind, kindKey, tableOf } from "../kinds/kind.ts";
import { type ObjectStore, storeKey } from "../storage/store.ts";

/** Chance and addresses, as arguments: a test can make them repeat. */
export interface Sources {
  uid(): string;
  /** `length` letters of the alphabet of generated names. */
  suffix(length: number): string;
}

/** What admission and the kind's own strategy add to an object that is being made. */
export function admitCreate(
  object: KubeJson,
  kind: Kind,
  store: ObjectStore,
  sources: Sources,
  now: string,
): KubeJson {
  switch (kindKey(kind)) {
    case "Pod":
      return admitPod(object, store, sources);
    case "Service":
      return withAddress(object, store);
    case "Namespace":
      return { ...object, spec: { finalizers: ["kubernetes"] } };
    case "PersistentVolumeClaim":
      return withFinalizer(object, "kubernetes.io/pvc-protection");
    case "PersistentVolume":
      return {
        ...withFinalizer(object, "kubernetes.io/pv-protection"),
        status: { ...objectAt(object, "status"), lastPhaseTransitionTime: now },
      };
    case "apps/DaemonSet":
      return withAt(object, ["metadata", "annotations"], {
        ...textMapAt(object, "metadata", "annotations"),
        [templateGeneration]: "1",
      });
    case "batch/Job":
      return admitJob(object);
    case "apiextensions.k8s.io/CustomResourceDefinition": {
      const stored = itemsAt(object, "spec", "versions")
        .filter((version) => version["storage"] === true)
        .flatMap((version) => textAt(version, "name") ?? []);
      return {
        ...object,
        status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: stored },
      };
    }
    default:
      return object;
  }
}

/** The same for an update: what follows from a change. */
export function admitUpdate(object: KubeJson, old: KubeJson, kind: Kind, store: ObjectStore): KubeJson {
  switch (kindKey(kind)) {
    case "Service": {
      const before = objectAt(old, "spec");
      const spec: JsonObject = { ...objectAt(object, "spec") };
      if (spec["type"] !== "ExternalName")
        for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
          if (spec[field] === undefined && before[field] !== undefined) spec[field] = before[field];
      return withAddress({ ...object, spec }, store);
    }
    case "Namespace":
      return { ...object, spec: objectAt(old, "spec") };
    case "PersistentVolumeClaim":
      return withAt(
        object,
        ["spec", "volumeName"],
        objectAt(object, "spec")["volumeName"] ?? objectAt(old, "spec")["volumeName"],
      );
    case "apps/DaemonSet":
      return withAt(object, ["metadata", "annotations"], {
        ...textMapAt(object, "metadata", "annotations"),
        [templateGeneration]: nextTemplateGeneration(object, old),
      });
    default:
      return object;
  }
}

/** What older clients read a DaemonSet's revision from; the server counts it. */
const templateGeneration = "deprecated.daemonset.template.generation";

function nextTemplateGeneration(object: KubeJson, old: KubeJson): string {
  const before = Number(textMapAt(old, "metadata", "annotations")[templateGeneration] ?? "1");
  return String(
    equalJson(objectAt(object, "spec", "template"), objectAt(old, "spec", "template")) ? before : before + 1,
  );
}

function admitJob(object: KubeJson): KubeJson {
  if (objectAt(object, "spec")["manualSelector"] === true) return object;
  const uid = object.metadata.uid ?? "";
  const labels = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": object.metadata.name,
    "controller-uid": uid,
    "job-name": object.metadata.name,
  };
  const template = objectAt(object, "spec", "template");
  const own = textMapAt(template, "metadata", "labels");
  const metadataLabels = textMapAt(object, "metadata", "labels");
  return {
    ...object,
    // A Job without labels of its own gets its template's.
    metadata: {
      ...object.metadata,
      labels: Object.keys(metadataLabels).length === 0 ? { ...own, ...labels } : metadataLabels,
    },
    spec: {
      ...objectAt(object, "spec"),
      selector: { matchLabels: { "batch.kubernetes.io/controller-uid": uid } },
      template: withAt(template, ["metadata", "labels"], { ...own, ...labels }),
    },
  };
}

function withFinalizer(object: KubeJson, finalizer: string): KubeJson {
  const finalizers = textsAt(object, "metadata", "finalizers");
  return finalizers.includes(finalizer)
    ? object
    : withAt(object, ["metadata", "finalizers"], [...finalizers, finalizer]);
}

function admitPod(object: KubeJson, store: ObjectStore, sources: Sources): KubeJson {
  const spec: JsonObject = { ...objectAt(object, "spec") };
  const account = textAt(spec, "serviceAccountName") ?? "default";
  const found = store.get(tableOf("", "serviceaccounts"), storeKey(object.metadata.namespace, account));
  if (found === undefined)
    throw forbidden(
      { group: "", resource: "pods" },
      object.metadata.name,
      `error looking up service account ${object.metadata.namespace ?? ""}/${account}: serviceaccount "${account}" not found`,
    );
  spec["serviceAccountName"] = account;
  spec["serviceAccount"] = account;
  if (spec["imagePullSecrets"] === undefined && found["imagePullSecrets"] !== undefined)
    spec["imagePullSecrets"] = found["imagePullSecrets"];
  const className = textAt(spec, "priorityClassName");
  const priority =
    className === undefined
      ? undefined
      : store.get(tableOf("scheduling.k8s.io", "priorityclasses"), storeKey("", className));
  if (className !== undefined && priority === undefined && !className.startsWith("system-"))
    throw forbidden(
      { group: "", resource: "pods" },
      object.metadata.name,
      `no PriorityClass with name ${className} was found`,
    );
  spec["priority"] ??= priority?.["value"] ?? 0;
  spec["preemptionPolicy"] ??= priority?.["preemptionPolicy"] ?? "PreemptLowerPriority";
  spec["tolerations"] = [
    ...itemsAt(spec, "tolerations"),
    ...["not-ready", "unreachable"]
      .map((what) => `node.kubernetes.io/${what}`)
      .filter(
        (key) =>
          !itemsAt(spec, "tolerations").some(
            (one) => one["key"] === key || (one["key"] === undefined && one["operator"] === "Exists"),
          ),
      )
      .map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 })),
  ];
  const mounts = spec["automountServiceAccountToken"] ?? found["automountServiceAccountToken"];
  return {
    ...object,
    spec: mounts === false ? spec : withToken(spec, sources),
    status: { ...objectAt(object, "status"), qosClass: qosClass(spec) },
  };
}

function withToken(spec: JsonObject, sources: Sources): JsonObject {
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  const name = `kube-api-access-${sources.suffix(5)}`;
  const mounted = (container: JsonObject): JsonObject =>
    itemsAt(container, "volumeMounts").some((mount) => mount["mountPath"] === mountPath)
      ? container
      : {
          ...container,
          volumeMounts: [...itemsAt(container, "volumeMounts"), { name, readOnly: true, mountPath }],
        };
  return {
    ...spec,
    volumes: [
      ...itemsAt(spec, "volumes"),
      {
        name,
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            {
              downwardAPI: {
                items: [
                  { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
                ],
              },
            },
          ],
          defaultMode: 420,
        },
      },
    ],
    containers: itemsAt(spec, "containers").map(mounted),
    ...(spec["initContainers"] === undefined
      ? {}
      : { initContainers: itemsAt(spec, "initContainers").map(mounted) }),
  };
}

function qosClass(spec: JsonObject): string {
  const containers = [...itemsAt(spec, "containers"), ...itemsAt(spec, "initContainers")];
  const resources = containers.map((container) => ({
    limits: objectAt(container, "resources", "limits"),
    requests: objectAt(container, "resources", "requests"),
  }));
  if (
    resources.every(
      ({ limits, requests }) => Object.keys(limits).length === 0 && Object.keys(requests).length === 0,
    )
  )
    return "BestEffort";
  return resources.every(({ limits, requests }) =>
    ["cpu", "memory"].every((name) => limits[name] !== undefined && limits[name] === requests[name]),
  )
    ? "Guaranteed"
    : "Burstable";
}

/** A cluster IP and node ports where the type wants them and none was asked for. */
function withAddress(object: KubeJson, store: ObjectStore): KubeJson {
  const spec: JsonObject = { ...objectAt(object, "spec") };
  const type = textAt(spec, "type");
  const services = store.list(tableOf("", "services"));
  if (type === "ExternalName") {
    for (const field of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) delete spec[field];
    return { ...object, spec };
  }
  if ((textAt(spec, "clusterIP") ?? "") === "")
    spec["clusterIP"] = freeAddress(new Set(services.map((service) => textAt(service, "spec", "clusterIP"))));
  spec["clusterIPs"] ??= [spec["clusterIP"] ?? ""];
  spec["ipFamilies"] ??= ["IPv4"];
  spec["ipFamilyPolicy"] ??= "SingleStack";
  if (type === "NodePort" || (type === "LoadBalancer" && spec["allocateLoadBalancerNodePorts"] !== false)) {
    const taken = new Set<Json | undefined>(
      services.flatMap((service) => itemsAt(service, "spec", "ports").map((port) => port["nodePort"])),
    );
    spec["ports"] = itemsAt(spec, "ports").map((port) => {
      if (port["nodePort"] !== undefined && port["nodePort"] !== 0) return port;
      let free = 30_000;
      while (taken.has(free)) free += 1;
      taken.add(free);
      return { ...port, nodePort: free };
    });
  } else if (type === "ClusterIP") {
    spec["ports"] = itemsAt(spec, "ports").map(({ nodePort: _, ...port }) => port);
    if (itemsAt(spec, "ports").length === 0) delete spec["ports"];
  }
  return { ...object, spec };
}

function freeAddress(taken: ReadonlySet<string | undefined>): string {
  for (let third = 0; third < 256; third++) {
    for (let last = third === 0 ? 10 : 1; last < 255; last++) {
      const address = `10.96.${third}.${last}`;
      if (!taken.has(address)) return address;
    }
  }
  return "10.96.255.255";
}

/** Whether an object is on its way out. */
export function isDeleting(object: KubeJson | undefined): boolean {
  return isObject(object) && object.metadata.deletionTimestamp !== undefined;
}
