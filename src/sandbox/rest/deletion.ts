import { filled } from "../../lib/defined.ts";
import { type KubeJson, objectAt, textAt, textsAt } from "../json.ts";
import { generationOf } from "../kinds/generation.ts";
import { type Kind, kindKey } from "../kinds/kind.ts";
import type { DeleteOptions } from "./options.ts";

const keepsPods =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

/** The finalizers that an object waits for once its deletion is asked for. */
export function deletionFinalizers(
  kind: Kind,
  object: KubeJson,
  { propagation, warnings }: DeleteOptions,
): string[] {
  const own = textsAt(object, "metadata", "finalizers").filter(
    (one) => propagation === undefined || (one !== "orphan" && one !== "foregroundDeletion"),
  );
  const key = kindKey(kind);
  // These two leave their Pods behind unless they are told otherwise.
  const orphans = propagation === undefined && (key === "batch/Job" || key === "ReplicationController");
  if (orphans && key === "batch/Job") warnings.push(keepsPods);
  if (propagation === "Orphan" || orphans) return [...own, "orphan"];
  return propagation === "Foreground" ? [...own, "foregroundDeletion"] : own;
}

/** Seconds that a Pod gets to end; 0 for what goes at once. A Namespace waits until it is empty. */
export function graceSecondsOf(kind: Kind, object: KubeJson, { gracePeriodSeconds }: DeleteOptions): number {
  if (kindKey(kind) === "Namespace") return 1;
  if (kindKey(kind) !== "Pod" || (textAt(object, "spec", "nodeName") ?? "") === "") return 0;
  const phase = textAt(object, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed") return 0;
  const own = objectAt(object, "spec")["terminationGracePeriodSeconds"];
  return gracePeriodSeconds ?? (typeof own === "number" ? own : 30);
}

/** The object as one that is on its way out. */
export function markDeleted(
  kind: Kind,
  object: KubeJson,
  { finalizers, graceSeconds, nowMs }: { finalizers: readonly string[]; graceSeconds: number; nowMs: number },
): KubeJson {
  const isNamespace = kindKey(kind) === "Namespace";
  // Namespaces and definitions are marked by code of their own.
  const isPlain = !isNamespace && kindKey(kind) !== "apiextensions.k8s.io/CustomResourceDefinition";
  const at = new Date(nowMs + (isNamespace ? 0 : graceSeconds * 1000)).toISOString().slice(0, 19);
  const metadata: KubeJson["metadata"] = {
    ...object.metadata,
    deletionTimestamp: object.metadata.deletionTimestamp ?? `${at}Z`,
    ...(isPlain ? { deletionGracePeriodSeconds: graceSeconds } : {}),
    ...filled({ finalizers: [...finalizers] }),
  };
  const marked: KubeJson = {
    ...object,
    metadata,
    ...(isNamespace ? { status: { ...objectAt(object, "status"), phase: "Terminating" } } : {}),
  };
  const generation = isPlain ? generationOf(kind, marked, object) : undefined;
  return generation === undefined ? marked : { ...marked, metadata: { ...metadata, generation } };
}
