import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject, ObjectMeta } from "../../model/kube-object.ts";
import { gvkOf } from "../../model/kube-object.ts";
import { groupKind } from "../../model/object-ref.ts";

/** Labels that a Job's controller writes into its template, with the uid of the one that was. */
const JOB_LABELS: readonly string[] = [
  "controller-uid",
  "job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-name",
];

/**
 * A live object as it can be made once more after it was deleted: its content, its labels, annotations (our tracking id
 * among them), finalizers and owners, without what the server alone writes and what only the old one could have.
 */
export function asPutBack(live: KubeObject): KubeObject {
  const { status: _, metadata, ...content } = structuredClone(live);
  const {
    uid: _uid,
    resourceVersion: _version,
    generation: _generation,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    managedFields: _fields,
    ...kept
  } = metadata;
  const {
    deletionGracePeriodSeconds: _grace,
    selfLink: _link,
    ...meta
  } = kept as ObjectMeta & Record<string, unknown>;
  // Foreground deletion waits by this one; it is no finalizer that anybody asked for.
  const finalizers = meta.finalizers?.filter((name) => name !== "foregroundDeletion" && name !== "orphan");
  if (finalizers !== undefined && finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;
  const object = { ...content, metadata: meta } as KubeObject;
  const spec = object["spec"];
  if (groupKind(gvkOf(object)) === "batch/Job" && isMapping(spec) && spec["manualSelector"] !== true)
    forgetController(spec);
  return object;
}

function forgetController(spec: Record<string, unknown>): void {
  delete spec["selector"];
  const template = spec["template"];
  const metadata = isMapping(template) ? template["metadata"] : undefined;
  const labels = isMapping(metadata) ? metadata["labels"] : undefined;
  if (isMapping(labels)) for (const name of JOB_LABELS) delete labels[name];
}
