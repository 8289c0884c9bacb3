import { groupKind, type ObjectRef } from "../model/object-ref.ts";

/**
 * Whether and how far an object of this kind can be made again once it is deleted: said before the delete, where
 * people can still think better of it, and after. A sentence without a capital and without a full stop.
 */
export function undoWords(ref: ObjectRef): string {
  if (isSecretRef(ref))
    return "app undo can make it again until the daemon is restarted: a Secret's values are kept in no file";
  const loss = undoLoss(ref);
  return loss === undefined ? "app undo can make it again" : `app undo can make it again, ${loss}`;
}

/** The values of these are kept in memory alone. */
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
