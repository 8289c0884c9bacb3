import type { KubeObject } from "../../model/kube-object.ts";
import { type Condition, conditionsAt, conditionsOf, tell } from "../conditions.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const broken: Readonly<Record<string, ReadonlySet<string>>> = {
  AbleToScale: new Set(["FailedGetScale", "FailedUpdateScale"]),
  ScalingActive: new Set([
    "FailedGetResourceMetric",
    "FailedGetContainerResourceMetric",
    "FailedGetObjectMetric",
    "FailedGetPodsMetric",
    "FailedGetExternalMetric",
    "FailedComputeMetricsReplicas",
    "InvalidSelector",
  ]),
};

/** autoscaling/v1 keeps its conditions as JSON in an annotation. */
function scalerConditions(object: KubeObject): Condition[] {
  const text = object.metadata.annotations?.["autoscaling.alpha.kubernetes.io/conditions"];
  if (text === undefined) return conditionsOf(object);
  try {
    return conditionsAt({ list: JSON.parse(text) as unknown }, "list");
  } catch {
    return conditionsOf(object);
  }
}

const autoscalerHealth: HealthRule = (object) => {
  const conditions = scalerConditions(object);
  const failing = conditions.find((condition) => broken[condition.type]?.has(condition.reason));
  if (failing !== undefined)
    return degraded(`condition ${failing.type} has reason ${failing.reason}`, tell(failing));
  const working = conditions.find(
    ({ type, status }) => status === "True" && (type === "AbleToScale" || type === "ScalingLimited"),
  );
  if (working !== undefined) return healthy(`condition ${working.type} is True`, tell(working));
  return progressing("no condition says that it can scale", "Waiting for the autoscaler's first look");
};

export const autoscaling: RuleTable = { "autoscaling/HorizontalPodAutoscaler": autoscalerHealth };
