import { isMapping } from "../../lib/is-mapping.ts";
import { type KubeObject, parseApiVersion } from "../model/kube-object.ts";
import { isSecret, secretData } from "../model/secret-data.ts";

/**
 * Fields that the API server takes and keeps under another name are written under that name. Applied as they are, they
 * would be ours to its eyes while the name that counts is anybody's: an edit of it would go unseen, and stay.
 *
 * A Secret's `stringData` goes over its `data`; a pod's deprecated `serviceAccount` is `serviceAccountName`, which wins
 * where both are written; annotations that the server computes, as exported manifests have them, are left out like a
 * status.
 */
export function asStored(object: KubeObject): KubeObject {
  if (isSecret(object)) return withoutStringData(object);
  const name = `${parseApiVersion(object.apiVersion).group}/${object.kind}`;
  const at = POD_SPECS[name];
  const stored = at === undefined ? object : (withoutServiceAccount(object, at) as KubeObject);
  const computed = COMPUTED[name];
  return computed === undefined ? stored : withoutAnnotations(stored, computed);
}

/** By `group/Kind`. */
const COMPUTED: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["deprecated.daemonset.template.generation"],
  // The status of an older version.
  "autoscaling/HorizontalPodAutoscaler": [
    "autoscaling.alpha.kubernetes.io/conditions",
    "autoscaling.alpha.kubernetes.io/current-metrics",
  ],
};

function withoutAnnotations(object: KubeObject, names: readonly string[]): KubeObject {
  const { annotations } = object.metadata;
  if (annotations === undefined || !names.some((name) => name in annotations)) return object;
  const left = Object.fromEntries(Object.entries(annotations).filter(([name]) => !names.includes(name)));
  return { ...object, metadata: { ...object.metadata, annotations: left } };
}

function withoutStringData(secret: KubeObject): KubeObject {
  const { stringData, data, ...others } = secret;
  if (stringData === undefined) return secret;
  // Of wrong types the server says it better.
  if (!isTexts(stringData) || !isTexts(data)) return secret;
  const all = secretData(secret);
  return Object.keys(all).length === 0 ? (others as KubeObject) : ({ ...others, data: all } as KubeObject);
}

function isTexts(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isMapping(value) && Object.values(value).every((text) => typeof text === "string");
}

const TEMPLATE = ["spec", "template", "spec"];

/** Where a kind has its pod spec, by `group/Kind`. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  "/Pod": ["spec"],
  "/PodTemplate": ["template", "spec"],
  "/ReplicationController": TEMPLATE,
  "apps/DaemonSet": TEMPLATE,
  "apps/Deployment": TEMPLATE,
  "apps/ReplicaSet": TEMPLATE,
  "apps/StatefulSet": TEMPLATE,
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
  "batch/Job": TEMPLATE,
};

function withoutServiceAccount(value: unknown, [step, ...rest]: readonly string[]): unknown {
  if (!isMapping(value)) return value;
  if (step !== undefined) {
    const below = withoutServiceAccount(value[step], rest);
    return below === value[step] ? value : { ...value, [step]: below };
  }
  const { serviceAccount, ...others } = value;
  if (serviceAccount === undefined || (serviceAccount !== null && typeof serviceAccount !== "string"))
    return value;
  if (others["serviceAccountName"] || !serviceAccount) return others;
  return { ...others, serviceAccountName: serviceAccount };
}
