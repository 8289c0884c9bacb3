import type { DesiredObject } from "./desired-object.ts";
import type { KubeObject } from "./kube-object.ts";
import type { LiveObject, OwnEntry } from "./live-object.ts";
import type { RefKey } from "./object-ref.ts";
import type { Problem } from "./problem.ts";
import type { SetByOthers } from "./set-by-others.ts";

/**
 * What we remember of one object of one application; durable. It is the inventory (only uids recorded here may be
 * pruned), the ownership baseline and the verdict cache in one.
 */
export interface ObjectRecord {
  key: RefKey;
  /** uid of the object that we applied or adopted; "" while only intended. */
  uid: string;
  /** From the response to our last apply of `desiredHash`. */
  applied?: {
    desiredHash: string;
    /** `DesiredObject.hash` of it; absent where `desiredHash` is that, because nothing of it is left to others. */
    objectHash?: string;
    own: OwnEntry;
    resourceVersion: string;
    generation: number;
    /** As in the response. While it is the live one, nothing but status changed since. */
    contentHash?: string;
    /** The object was seen unchanged in a later second than `own.time`: from then on our entry alone decides. */
    settled?: true;
    /**
     * Paths of what Git wants and the first answer to `desiredHash` did not have word for word (a quantity spelled
     * otherwise, a value that an admission changed). Whatever else is not there any more, does not take.
     */
    other?: string[];
  };
  /** The server's answer to a dry run, valid for exactly this pair. `reown`: no difference, but our entry does not own what we want. */
  verdict?: {
    desiredHash: string;
    uid: string;
    contentHash: string;
    answer: "same" | "changed";
    reown?: "needed";
    /** Why it is `changed` though an apply changes nothing, one sentence without a full stop. */
    because?: string;
    /** What of the difference others set; absent: nothing, or nobody knows. */
    others?: SetByOthers;
  };
  /**
   * A deletion to make the object anew. `under-way`: it is on disk before the delete, with what was there (but for
   * Secrets), so that whoever finds the object gone and the new one refused can put the old one back. `failed`: that
   * happened, and is not tried again for this same desired object.
   */
  recreation?: { desiredHash: string } & (
    | { is: "under-way"; before?: KubeObject }
    | { is: "failed"; why: string }
  );
  /** What had to be changed so that the server took `desiredHash`, and by which schema of its kind (`KindInfo.schema`). */
  repairs?: { desiredHash: string; list: Repair[]; schema?: string };
  /** Takeover of foreign managers happened (it happens once per object). */
  tookOver?: boolean;
  /** The file that Git wanted it in last, and the index of its source. Absent: nobody noted it. */
  from?: { source: number; file: string };
}

/** A change to a manifest that client-side apply would have let pass, and server-side apply does not. */
export interface Repair {
  do: "drop-unknown-field" | "keep-last-duplicate";
  /** As the server names it: `.spec.template.spec.containers[name="web"].imagePullPolcy`. */
  path: string;
  /** For people, with the nearest known name where there is one. */
  text: string;
}

/** What is known about one object without asking the server. */
export type Judgement =
  | { is: "same"; reown?: "needed" }
  | { is: "changed"; because?: string }
  /** Only a server-side dry run can tell. `because` says why, for logs and tests. */
  | { is: "ask"; because: string };

export type Difference =
  | { is: "same"; key: RefKey; desired: DesiredObject; live: LiveObject }
  | { is: "missing"; key: RefKey; desired: DesiredObject }
  | { is: "changed"; key: RefKey; desired: DesiredObject; live: LiveObject }
  /**
   * Live, tracked by this application, not desired. `recorded`: its uid is in the inventory. `from`: as in its record.
   * `unseen`: why its kind cannot be seen now, a sentence without a full stop; what is known of it is from before.
   */
  | {
      is: "extra";
      key: RefKey;
      live: LiveObject;
      recorded: boolean;
      from?: NonNullable<ObjectRecord["from"]>;
      unseen?: string;
    }
  /** The live object belongs to another application or installation: never written, never pruned. */
  | { is: "foreign"; key: RefKey; desired: DesiredObject; live: LiveObject; owner: string }
  /** Nothing can be said. `no-such-kind`: it cannot be there; `unseen`: no permission, or the cluster did not answer. */
  | { is: "unknown"; because: "no-such-kind" | "unseen"; key: RefKey; desired: DesiredObject; why: string };

export interface Comparison {
  differences: Difference[];
  problems: Problem[];
}

/** One field that differs, for people. Secret values are masked before this type is made. */
export interface FieldDifference {
  /** `spec.template.spec.containers[name=web].image`. */
  path: string;
  live: unknown;
  desired: unknown;
  /** Who last set the live value. */
  owner?: FieldSetter;
}

/** One field that differs and is left to others, for people; masked. */
export interface LeftField {
  path: string;
  live: unknown;
  desired: unknown;
  /** Where the rules stand: `spec.ignoreDifferences[0].jsonPointers[0]`; empty where the program itself says so. */
  rules: string[];
}

/** Who set a field, as managedFields tell. */
export interface FieldSetter {
  manager: string;
  operation: string;
  /** RFC 3339; "" where the server notes none. */
  time: string;
  subresource: string;
}

/** One field that is not as Git wants it, to be told and kept: values that could be secret are not in it. */
export interface ToldChange {
  path: string;
  /** What Git wants, and what is there. */
  from?: string;
  to?: string;
  by?: Pick<FieldSetter, "manager" | "operation" | "subresource">;
}

/** In what a live object differs from what Git wants. */
export interface ObjectDrift {
  /** Paths as in `FieldDifference`; empty where they are not known. */
  fields: readonly string[];
  /** Who set them, each entry of managedFields once; empty where that was not asked. */
  setters: readonly FieldSetter[];
  /** A few of the fields, for people. */
  told: readonly ToldChange[];
  /** What of it others set; absent: nothing, or nobody knows. */
  others?: SetByOthers;
  /** `no`: an apply is accepted and changes nothing, because the API server keeps another value. */
  applyHelps: "yes" | "no";
}

export interface ObjectDifference {
  key: RefKey;
  /** Masked. */
  live: KubeObject | undefined;
  /** Masked; what the object would be after a sync, undefined where it would be pruned. */
  predicted: KubeObject | undefined;
  fields: FieldDifference[];
}
