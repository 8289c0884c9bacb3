import { holdsSecrets } from "../model/filled-in.ts";
import type { KeptNote } from "../model/kept-object.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { groupKind, type ObjectRef } from "../model/object-ref.ts";

/**
 * Whether and how far an object of this kind can be made again once it is deleted: said before the delete, where
 * people can still think better of it, and after. A sentence without a capital and without a full stop.
 * @param live absent where it is not known any more
 */
export function undoWords(ref: ObjectRef, live?: KubeObject): string {
  if (isSecretRef(ref))
    return "app undo can make it again until the daemon is restarted: a Secret's values are kept in no file";
  if (live !== undefined && holdsSecrets(live))
    return "app undo can make it again until the daemon is restarted: what a secret store gave is kept in no file";
  const loss = undoLoss(ref);
  return loss === undefined ? "app undo can make it again" : `app undo can make it again, ${loss}`;
}

/** Whether its values are kept in memory alone. */
export function isInMemory({ ref, holds }: Pick<KeptNote, "ref" | "holds">): boolean {
  return isSecretRef(ref) || holds === "secrets";
}

export function isSecretRef(ref: ObjectRef): boolean {
  return groupKind(ref) === "Secret";
}

/** What an undo does not bring back of an object of this kind, or brings with it; a part of a sentence. */
export function undoLoss(ref: ObjectRef): string | undefined {
  return LOSSES[groupKind(ref)];
}

const LOSSES: Readonly<Record<string, string>> = {
  Namespace: "without what was in it",
  "apiextensions.k8s.io/CustomResourceDefinition": "without the objects of its kind",
  PersistentVolumeClaim: "with a new volume, without the data of the old one",
  Service: "with other addresses and node ports where Git does not say them",
  Pod: "and it runs anew",
  "batch/Job": "and it runs anew",
};
