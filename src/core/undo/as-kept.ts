import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { indexOfElement } from "../compare/index.ts";
import { stripServerFields } from "../manifest/strip-server-fields.ts";
import { ANNOTATION } from "../model/application.ts";
import { isOurs } from "../model/field-manager.ts";
import type { KeptContent } from "../model/kept-object.ts";
import type { KubeObject, ObjectMeta } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";

/**
 * What is kept of an object that is about to be deleted: what it said, without what the server and its controllers
 * wrote because it was this one.
 *
 * - uid, resourceVersion, managedFields, status and the like: the next object has its own.
 * - Finalizers and owner references: kept in `object`, judged when it is made again (`madeAgain`).
 * - A Service's addresses and node ports, unless Git wrote them: they are allocated anew, because one that is taken by
 *   then would refuse the whole object.
 * - A claim's volume: it is bound to the claim that is gone. Where the volume stays, its data does; a new claim cannot
 *   take it before a person frees it.
 * - A Job's selector and labels, which name its uid; a Pod's node; token Secrets of a ServiceAccount, which went along.
 *
 * @param live as the server has it, with its managedFields where they are known
 */
export function asKept(live: KubeObject): KeptContent {
  const entry = live.metadata.managedFields?.find(isOurs);
  const owned = entry?.apiVersion === live.apiVersion ? entry.fieldsV1 : undefined;
  const { object } = stripServerFields(live);
  const metadata = {
    ...without(object.metadata, ["deletionTimestamp", "deletionGracePeriodSeconds"]),
    ...(object.metadata.annotations === undefined
      ? {}
      : { annotations: without(object.metadata.annotations, CONTROLLERS_ANNOTATIONS) }),
  } as unknown as ObjectMeta;
  const kept = { ...object, metadata };
  const servers = SERVERS_FIELDS[groupKind(live)] ?? [];
  return {
    object: servers.reduce(
      (rest, path) => withoutUnclaimed(rest, path, owned),
      kept as unknown,
    ) as KubeObject,
    ...defined({ owned }),
  };
}

/** Notes of controllers on this one object, and what kubectl remembers of it. */
const CONTROLLERS_ANNOTATIONS: readonly string[] = [
  ANNOTATION.lastApplied,
  "deployment.kubernetes.io/revision",
  "deprecated.daemonset.template.generation",
  "pv.kubernetes.io/bind-completed",
  "pv.kubernetes.io/bound-by-controller",
  "volume.beta.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/storage-provisioner",
  "volume.kubernetes.io/selected-node",
];

const JOB_LABELS = [
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
];

/** Fields by `group/Kind` that are allocated, or say which one it was. `*` stands for every item of a list. */
const SERVERS_FIELDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  Service: [
    ["spec", "clusterIP"],
    ["spec", "clusterIPs"],
    ["spec", "ports", "*", "nodePort"],
    ["spec", "healthCheckNodePort"],
  ],
  PersistentVolumeClaim: [["spec", "volumeName"]],
  PersistentVolume: [
    ["spec", "claimRef", "uid"],
    ["spec", "claimRef", "resourceVersion"],
  ],
  Namespace: [["spec", "finalizers"]],
  Pod: [["spec", "nodeName"]],
  ServiceAccount: [["secrets"]],
  "batch/Job": [
    ["spec", "selector"],
    ...[["metadata"], ["spec", "template", "metadata"]].flatMap((at) =>
      JOB_LABELS.map((label) => [...at, "labels", label]),
    ),
  ],
};

/** Without the field at a place, but where a set of fields claims it; in a list item by item. */
function withoutUnclaimed(value: unknown, [step, ...rest]: readonly string[], fields: unknown): unknown {
  if (step === undefined) return value;
  if (step === "*") {
    if (!Array.isArray(value)) return value;
    const items: unknown[] = value;
    const claims = isMapping(fields) ? Object.entries(fields) : [];
    const claimOf = new Map(claims.map(([element, below]) => [indexOfElement(element, items), below]));
    return items.map((item, at) => withoutUnclaimed(item, rest, claimOf.get(at)));
  }
  if (!isMapping(value) || !Object.hasOwn(value, step)) return value;
  const below = isMapping(fields) ? fields[`f:${step}`] : undefined;
  if (rest.length > 0) return { ...value, [step]: withoutUnclaimed(value[step], rest, below) };
  return below === undefined ? without(value, [step]) : value;
}

function without<T extends object>(fields: T, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
