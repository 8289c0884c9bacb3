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
