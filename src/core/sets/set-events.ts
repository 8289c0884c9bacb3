import { defined } from "../../lib/defined.ts";
import type { ApplicationSet } from "../model/application-set.ts";
import type { SetCondition } from "../model/application-set-status.ts";
import type { KubeObject } from "../model/kube-object.ts";

/**
 * What the conditions of a set say, as Kubernetes Events, newest first: for one that stands in no API server, which would
 * keep some of it. A condition is one event, of the time since when it is what it is.
 */
export function eventsOfConditions(
  { apiVersion, kind, metadata: { namespace, name } }: ApplicationSet,
  uid: string,
  conditions: readonly SetCondition[],
): KubeObject[] {
  return [...conditions]
    .sort((a, b) => (b.lastTransitionTime ?? "").localeCompare(a.lastTransitionTime ?? ""))
    .map((condition) => {
      const { type, reason, message, lastTransitionTime: at } = condition;
      return {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: `${name}.${type.toLowerCase()}`, namespace, ...defined({ creationTimestamp: at }) },
        involvedObject: { apiVersion, kind, namespace, name, uid },
        type: isTrouble(condition) ? "Warning" : "Normal",
        reason,
        message,
        ...defined({ firstTimestamp: at, lastTimestamp: at }),
        count: 1,
        source: { component: "holdfast" },
      };
    });
}

function isTrouble({ type, status }: SetCondition): boolean {
  const isOfTroubles = type === "ErrorOccurred" || type === "InvalidRolloutConfig";
  const isOfSuccess = type === "ParametersGenerated" || type === "ResourcesUpToDate";
  return (isOfTroubles && status === "True") || (isOfSuccess && status === "False");
}
