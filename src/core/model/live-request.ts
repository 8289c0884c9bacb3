import type { FieldDifference } from "./comparison.ts";
import type { JsonPatchOp } from "./json-patch.ts";
import type { KubeObject } from "./kube-object.ts";
import type { ObjectRef } from "./object-ref.ts";
import type { Propagation } from "./plan.ts";

/** What a person would change of one object on a cluster. */
export interface ObjectPatch {
  ref: ObjectRef;
  /** `merge`: RFC 7386. `json`: RFC 6902. */
  how: "merge" | "json";
  patch: unknown;
  actor: string;
}

/** One object on a cluster as a person would have it, written out in full. */
export interface ObjectEdit {
  ref: ObjectRef;
  /** As it was shown, masked: where one of the changed fields is another one by now, nothing is changed. */
  from: KubeObject;
  /** The same with what the person changed. */
  edited: KubeObject;
  mode: "dry-run" | "write";
  actor: string;
}

/** What an edit does, or did. */
export interface EditedObject {
  /** As it is then, masked. */
  object: KubeObject;
  /** Masked, each with who set what was there. */
  fields: FieldDifference[];
  /** What is sent; absent where the object holds secrets, or nothing changes. */
  patch?: JsonPatchOp[];
  /** Fields that Git sets too: the next sync puts them back. */
  undoneBySync: string[];
}

/** One object on a cluster that a person would have gone. */
export interface ObjectDeletion {
  ref: ObjectRef;
  propagation: Propagation;
  /** `none`: without the time that its processes have to end in. Default: as it says itself. */
  grace?: "none";
  /** That the person saw: where it is another one or another version by now, nothing is deleted. */
  uid?: string;
  resourceVersion?: string;
  actor: string;
}
