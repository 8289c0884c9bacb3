/** CreateNamespace: what is written for it, and what is not where it is there already. */
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type ObjectRef, refKey } from "../../core/model/object-ref.ts";
import type { Step, StepOutcome } from "../../core/model/plan.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import type { Carrying } from "./carrying.ts";
import { messageOf } from "./step-words.ts";

/** The destination's Namespace, where it is missing or is to have other metadata. */
export async function writeNamespace(
  step: Extract<Step, { do: "create-namespace" }>,
  {
    cluster,
    objects,
    permits,
    madeNamespace,
  }: Pick<Carrying, "cluster" | "objects" | "permits" | "madeNamespace">,
): Promise<StepOutcome> {
  const ref: ObjectRef = { group: "", kind: "Namespace", namespace: "", name: step.namespace };
  const isThere = step.update === "if-missing" ? await lookForIt(ref, cluster, objects) : "to-be-written";
  const asIfThere = (message: string): StepOutcome => {
    madeNamespace({});
    return { outcome: "unchanged", message };
  };
  // Where it is missing, the server refuses whatever is applied into it, and says that it is.
  const untold = (why: string): StepOutcome =>
    asIfThere(`it may neither be read nor made, so it is taken to be there: ${why}`);
  if (isThere === "yes") return asIfThere("the namespace exists");
  const forbidden = permits(ref);
  if (forbidden !== undefined)
    return isThere === "not-told" ? untold(forbidden) : { outcome: "failed", message: forbidden };
  const metadata: KubeObject["metadata"] = { name: step.namespace };
  if (Object.keys(step.labels).length > 0) metadata.labels = step.labels;
  if (Object.keys(step.annotations).length > 0) metadata.annotations = step.annotations;
  const outcome = await objects.apply({ apiVersion: "v1", kind: "Namespace", metadata }, "write");
  if (outcome.is !== "done") {
    if (isThere === "not-told" && outcome.is === "refused" && outcome.status === 403)
      return untold(messageOf(outcome));
    const what = step.update === "always" ? "write the metadata of" : "create";
    return { outcome: "failed", message: `cannot ${what} the namespace: ${messageOf(outcome)}` };
  }
  const { labels, annotations } = metadata;
  madeNamespace(defined({ labels, annotations }));
  return { outcome: "applied", message: "the namespace is there" };
}

/**
 * Whoever has the rights of one namespace only may neither list Namespaces nor patch one, but often read it.
 * @returns `not-told`: it may not even be read
 */
async function lookForIt(
  ref: ObjectRef,
  cluster: Cluster,
  objects: ClusterObjects,
): Promise<"yes" | "no" | "not-told"> {
  if (cluster.get(refKey(ref)) !== undefined) return "yes";
  const { is } = await objects.read(ref, "v1");
  return is === "found" ? "yes" : is === "forbidden" ? "not-told" : "no";
}
