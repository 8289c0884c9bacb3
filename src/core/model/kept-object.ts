import type { AppKey } from "./application.ts";
import type { FieldsV1, KubeObject } from "./kube-object.ts";
import type { ObjectRef } from "./object-ref.ts";

/** An object that was deleted and that Git does not have, as much of it as makes it again. */
export interface KeptObject {
  /** Assigned by the store, rising. */
  id: number;
  app: AppKey;
  /** Which application of that name it was, as `AppState.uid`. */
  appUid: string;
  /** The run that deleted it. */
  run: number;
  /** When it was kept, just before it was deleted. RFC 3339. */
  at: string;
  /** Address of its cluster: it is made again nowhere else. */
  server: string;
  ref: ObjectRef;
  uid: string;
  /** A secret store gave something of it: its values may be in no file, as those of a Secret. */
  holds?: "secrets";
  /** Absent where its values may be in no file: then memory has it, until the daemon ends. */
  content?: KeptContent;
}

/** That it is kept, without what it held. */
export type KeptNote = Omit<KeptObject, "content">;

export interface KeptContent {
  /** As the server had it, without what the server alone writes and what held only for this one object. */
  object: KubeObject;
  /** The fields that were ours by server-side apply; absent where it is not known, or was written otherwise. */
  owned?: FieldsV1;
}
