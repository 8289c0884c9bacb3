import type { JsonPatchOp } from "../model/json-patch.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { ObjectRef } from "../model/object-ref.ts";
import type { Propagation } from "../model/plan.ts";

export type Lookup =
  | { is: "found"; live: LiveObject; object: KubeObject }
  | { is: "absent" }
  | { is: "unreachable"; why: string }
  | { is: "forbidden"; why: string };

export type WriteMode = "dry-run" | "write";

/** What the server said to one write. */
export type WriteOutcome =
  | { is: "done"; live: LiveObject; object: KubeObject; warnings: string[] }
  /**
   * The server judged it: the user's problem unless `status` is 409 or 429. `message` never holds a Secret's
   * values.
   */
  | {
      is: "refused";
      status: number;
      reason: string;
      message: string;
      causes: { field: string; reason: string; message: string }[];
    }
  | { is: "unreachable"; why: string; retryAfterMs?: number };

export type DeleteOutcome = { is: "deleted" } | { is: "absent" } | Exclude<WriteOutcome, { is: "done" }>;

/** How a patch is sent; default as ours, to the object itself. */
export interface PatchAs {
  fieldManager: string;
  /** `status`: refused with 404 where the kind has no such subresource. */
  to: "object" | "status";
  /** Default: written. */
  mode?: WriteMode;
}

/** One object at a time. */
export interface ClusterObjects {
  /**
   * One GET at `apiVersion`, managedFields included in `object`. Also the answer to whether a Namespace
   * exists, for who may get it: `forbidden` says neither yes nor no.
   */
  read(ref: ObjectRef, apiVersion: string): Promise<Lookup>;
  /** Server-side apply by force. A write updates the cache before it resolves. */
  apply(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** POST. */
  create(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** PUT; `object.metadata.resourceVersion` is the precondition where set. */
  replace(object: KubeObject, mode: WriteMode): Promise<WriteOutcome>;
  /** JSON patch. A failed `test` is refused with 422 or 409. */
  patch(
    ref: ObjectRef,
    apiVersion: string,
    patch: readonly JsonPatchOp[],
    as?: PatchAs,
  ): Promise<WriteOutcome>;
  /**
   * DELETE with the uid as precondition, and the version where one is named: what was changed since it was judged is
   * refused with `Conflict`. @param options `grace`: `none` gives what runs no time to end
   */
  delete(
    ref: ObjectRef,
    apiVersion: string,
    options: { uid: string; resourceVersion?: string; propagation: Propagation; grace?: "none" },
    mode: WriteMode,
  ): Promise<DeleteOutcome>;
}
