import { defined, filled } from "../../lib/defined.ts";
import {
  itemsAt,
  type Json,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textAt,
  withAt,
} from "../json.ts";

/** Where v1 keeps what it has no fields for. */
const keptMetrics = "autoscaling.alpha.kubernetes.io/metrics";
const keptBehavior = "autoscaling.alpha.kubernetes.io/behavior";

/** The same autoscaler at another version: v1 knows one number of CPU, v2 a list of metrics. */
export function convertAutoscaler(object: KubeJson, apiVersion: string): KubeJson {
  if (object.apiVersion === apiVersion) return object;
  return apiVersion === "autoscaling/v1" ? toFirst(object) : toSecond(object);
}

function isCpuShare(metric: JsonObject): boolean {
  return (
    metric["type"] === "Resource" &&
    textAt(metric, "resource", "name") === "cpu" &&
    textAt(metric, "resource", "target", "type") === "Utilization"
  );
}

function toFirst(object: KubeJson): KubeJson {
  const { metrics: _, behavior, ...spec } = objectAt(object, "spec");
  const metrics = itemsAt(object, "spec", "metrics");
  const cpu = metrics.find(isCpuShare);
  const others = metrics.filter((metric) => metric !== cpu);
  const annotations: JsonObject = { ...objectAt(object, "metadata", "annotations") };
  if (others.length > 0) annotations[keptMetrics] = JSON.stringify(others);
  if (behavior !== undefined) annotations[keptBehavior] = JSON.stringify(behavior);
  const share = numberAt(cpu, "resource", "target", "averageUtilization");
  const { conditions: _conditions, currentMetrics: _current, ...status } = objectAt(object, "status");
  return {
    ...annotated(object, annotations),
    apiVersion: "autoscaling/v1",
    ...(object["spec"] === undefined
      ? {}
      : { spec: { ...spec, ...defined({ targetCPUUtilizationPercentage: share }) } }),
    ...(object["status"] === undefined ? {} : { status: { currentReplicas: 0, ...status } }),
  };
}

function toSecond(object: KubeJson): KubeJson {
  const { targetCPUUtilizationPercentage: share, ...spec } = objectAt(object, "spec");
  const {
    [keptMetrics]: others,
    [keptBehavior]: behavior,
    ...annotations
  } = objectAt(object, "metadata", "annotations");
  const metrics: Json[] = typeof others === "string" ? (JSON.parse(others) as Json[]) : [];
  if (share !== undefined)
    metrics.unshift({
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: share } },
    });
  const { currentCPUUtilizationPercentage: _, currentReplicas, ...status } = objectAt(object, "status");
  return {
    ...annotated(object, annotations),
    apiVersion: "autoscaling/v2",
    ...(object["spec"] === undefined
      ? {}
      : {
          spec: {
            ...spec,
            ...filled({ metrics }),
            ...(typeof behavior === "string" ? { behavior: JSON.parse(behavior) as Json } : {}),
          },
        }),
    ...(object["status"] === undefined
      ? {}
      : {
          status: {
            ...(currentReplicas === 0 || currentReplicas === undefined ? {} : { currentReplicas }),
            desiredReplicas: 0,
            currentMetrics: null,
            ...status,
          },
        }),
  };
}

function annotated(object: KubeJson, annotations: JsonObject): KubeJson {
  return withAt(
    object,
    ["metadata", "annotations"],
    Object.keys(annotations).length === 0 ? undefined : annotations,
  );
}
