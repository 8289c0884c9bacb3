/** Cuts objects down to what is worth holding in memory for as long as they live. */

import { ANNOTATION } from "../core/model/application.ts";
import type { KubeObject, ObjectMeta } from "../core/model/kube-object.ts";
import { isMapping } from "../lib/is-mapping.ts";

type Fields = Record<string, unknown>;

function pick(value: unknown, names: readonly string[]): Fields {
  const picked: Fields = {};
  if (isMapping(value)) for (const name of names) if (value[name] !== undefined) picked[name] = value[name];
  return picked;
}

const pickEach = (value: unknown, names: readonly string[]): Fields[] =>
  Array.isArray(value) ? value.map((item) => pick(item, names)) : [];

/** Copies: deleting from the parsed object would cost JSC more memory than the field. */
function without(annotations: Record<string, string> | undefined): Pick<ObjectMeta, "annotations"> {
  if (annotations === undefined) return {};
  if (annotations[ANNOTATION.lastApplied] === undefined) return { annotations };
  const { [ANNOTATION.lastApplied]: _lastApplied, ...others } = annotations;
  return { annotations: others };
}

/** Everything but managedFields and the last-applied annotation. */
export function whole(object: KubeObject, apiVersion: string, kind: string): KubeObject {
  const { managedFields: _managed, annotations, ...meta } = object.metadata;
  return { ...object, apiVersion, kind, metadata: { ...meta, ...without(annotations) } };
}

/** Annotations that health, tree or tracking read on objects that are not held whole. */
const keptAnnotation = (name: string): boolean =>
  name.startsWith("argocd.argoproj.io/") ||
  name.startsWith("helm.sh/") ||
  name === "deployment.kubernetes.io/revision" ||
  name === "kubernetes.io/service-account.uid";

function slimMeta(meta: ObjectMeta): ObjectMeta {
  const slim = pick(meta, [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
    "finalizers",
    "ownerReferences",
  ]) as unknown as ObjectMeta;
  const annotations = Object.entries(meta.annotations ?? {}).filter(([name]) => keptAnnotation(name));
  if (annotations.length > 0) slim.annotations = Object.fromEntries(annotations);
  return slim;
}

/** Which object it is, and whose. */
export function slim(object: KubeObject, apiVersion: string, kind: string): KubeObject {
  return { apiVersion, kind, metadata: slimMeta(object.metadata) };
}

const container = ["name", "image"];
const containerStatus = ["name", "image", "ready", "started", "restartCount", "state", "lastState"];

/** `group/Kind` -> the fields beside metadata that tree and health read. Kinds that are not here keep their status. */
const kept: Readonly<Record<string, (object: KubeObject) => Fields>> = {
  "/Pod": ({ spec, status }) => {
    const { containers, initContainers } = pick(spec, ["containers", "initContainers"]);
    const { containerStatuses, initContainerStatuses } = pick(status, [
      "containerStatuses",
      "initContainerStatuses",
    ]);
    return {
      spec: {
        ...pick(spec, ["nodeName", "restartPolicy"]),
        containers: pickEach(containers, container),
        ...(initContainers === undefined ? {} : { initContainers: pickEach(initContainers, container) }),
      },
      status: {
        ...pick(status, ["phase", "reason", "message"]),
        conditions: pickEach(pick(status, ["conditions"]).conditions, [
          "type",
          "status",
          "reason",
          "message",
        ]),
        ...(containerStatuses === undefined
          ? {}
          : { containerStatuses: pickEach(containerStatuses, containerStatus) }),
        ...(initContainerStatuses === undefined
          ? {}
          : { initContainerStatuses: pickEach(initContainerStatuses, containerStatus) }),
      },
    };
  },
  "/Service": ({ spec, status }) => ({
    spec: pick(spec, ["selector", "type"]),
    ...(status === undefined ? {} : { status }),
  }),
  "apps/ReplicaSet": ({ spec, status }) => ({
    spec: pick(spec, ["replicas"]),
    ...(status === undefined ? {} : { status }),
  }),
  "batch/Job": ({ spec, status }) => ({
    spec: pick(spec, ["completions", "parallelism", "backoffLimit", "suspend"]),
    ...(status === undefined ? {} : { status }),
  }),
  "apps/ControllerRevision": ({ revision }) => ({ revision }),
};

/** What the tree shows of an object that another one owns, and what its health is judged by. */
export function descendant(object: KubeObject, apiVersion: string, kind: string, group: string): KubeObject {
  const fields =
    kept[`${group}/${kind}`]?.(object) ?? (object.status === undefined ? {} : { status: object.status });
  return { apiVersion, kind, metadata: slimMeta(object.metadata), ...fields };
}
