import { badRequest, invalid, required } from "../api-error.ts";
import {
  at,
  type Json,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textMapAt,
  withAt,
} from "../json.ts";
import type { Kind } from "../kinds/kind.ts";

/** The scale subresource of an object. */
export function scaleOf(kind: Kind, object: KubeJson): KubeJson {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const [specPath, statusPath] = pathsOf(kind);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...only({ namespace, uid, resourceVersion, creationTimestamp }) },
    // Zero is left out, as the type has it.
    spec: only({ replicas: numberAt(object, ...specPath) || undefined }),
    status: {
      replicas: numberAt(object, ...statusPath) ?? 0,
      ...only({ selector: selectorText(kind, object) }),
    },
  };
}

/**
 * The object with the replicas that a Scale asks for.
 *
 * @throws {ApiError} 400 on another kind, 422 on a number below zero
 */
export function withScale(kind: Kind, object: KubeJson, scale: Json): JsonObject {
  const given = at(scale, "kind");
  if (given !== undefined && given !== "Scale")
    throw badRequest(`expected input object type to be Scale, but ${String(given)} given`);
  const replicas = at(scale, "spec", "replicas") ?? 0;
  if (typeof replicas !== "number" || !Number.isInteger(replicas))
    throw badRequest("json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of type int32");
  if (replicas < 0)
    throw invalid({ group: "autoscaling", kind: "Scale" }, object.metadata.name, [
      {
        ...required("spec.replicas"),
        reason: "FieldValueInvalid",
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
      },
    ]);
  const [[first = "spec", ...rest]] = pathsOf(kind);
  const wanted = at(scale, "metadata", "resourceVersion");
  const changed = withAt(object, [first, ...rest], replicas);
  return wanted === undefined ? changed : withAt(changed, ["metadata", "resourceVersion"], wanted);
}

function pathsOf(kind: Kind): [string[], string[]] {
  const split = (path: string) => path.split(".").filter((step) => step !== "");
  const custom = kind.custom?.scale;
  return custom === undefined
    ? [
        ["spec", "replicas"],
        ["status", "replicas"],
      ]
    : [split(custom.specPath), split(custom.statusPath)];
}

function selectorText(kind: Kind, object: KubeJson): string | undefined {
  const custom = kind.custom?.scale?.selectorPath;
  if (custom !== undefined)
    return String(at(object, ...custom.split(".").filter((step) => step !== "")) ?? "");
  if (kind.custom !== undefined) return undefined;
  const labels =
    kind.kind === "ReplicationController"
      ? textMapAt(object, "spec", "selector")
      : textMapAt(objectAt(object, "spec", "selector"), "matchLabels");
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function only(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
