import type { DesiredObject, Role } from "./desired-object.ts";
import type { LiveObject } from "./live-object.ts";
import type { ObjectRef, RefKey } from "./object-ref.ts";
import type { SyncPhase } from "./operation.ts";

/** One thing to do to one object. */
export type Step =
  | {
      do: "create-namespace";
      namespace: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
      update: "if-missing" | "always";
    }
  | {
      do: "apply";
      desired: DesiredObject;
      live: LiveObject | undefined;
      how: ApplyMethod;
      /** What an absent kind means to the pre-flight; `ask-later`: it may come with an object of this sync. */
      missingKind: "refuse" | "ask-later";
    }
  | HookStep
  | { do: "prune"; ref: ObjectRef; key: RefKey; uid: string; propagation: Propagation };

/** One run of a hook in one phase; an object of several phases has a step in each. */
export interface HookStep {
  do: "hook";
  desired: DesiredObject;
  type: SyncPhase;
  deletePolicies: (Role & { is: "hook" })["deletePolicies"];
  /** What stands under its name; undefined where nothing does, and where its name is made when it runs. */
  live: LiveObject | undefined;
  /** `anew`: what is there goes first. `over`: it is applied over what is there, which may have completed already. */
  run: "anew" | "over";
}

/** `server-side`: the rule. `replace`: PUT, create where missing. `recreate`: delete and create where the server refuses. */
export type ApplyMethod = "server-side" | "server-side-or-recreate" | "replace" | "replace-or-recreate";
export type Propagation = "Foreground" | "Background" | "Orphan";

/** What must be so before anything of the next wave is written. */
export type GateEntry =
  | { until: "healthy"; ref: ObjectRef; key: RefKey; apiVersion: string }
  | { until: "completed"; ref: ObjectRef; key: RefKey }
  | { until: "gone"; ref: ObjectRef; key: RefKey; uid: string };

/** Steps that may run together, and the gate to the next wave: everything that Git wants of this one, whoever wrote it when. */
export interface Wave {
  phase: SyncPhase;
  wave: number;
  /** Empty where all of the wave is as it should be: it still has a gate. */
  steps: Step[];
  gate: GateEntry[];
}

export type Guard =
  | "empty"
  | "namespaces"
  | "budget"
  | "confirm"
  | "contents"
  | "unrecorded"
  | "disabled"
  | "prune-off"
  | "paused"
  | "left-out"
  | "unproven"
  | "unseen";

/** A prune that will not happen, and why. */
export interface Refusal {
  key: RefKey;
  ref: ObjectRef;
  guard: Guard;
  /** A whole sentence for people. */
  text: string;
}

/**
 * An object that cannot be written (unknown kind, not permitted, shared and forbidden to be): it stops the sync before
 * its first write.
 */
export interface Impossible {
  key: RefKey;
  ref: ObjectRef;
  /** Is said beside the object, and does not name it. */
  text: string;
  /** The sync changes the definition of its kind, which may mend it: that is written, and nothing else. */
  until?: "definition-changes";
}

export interface Plan {
  waves: Wave[];
  /** SyncFail hooks: carried out when the waves above failed, and only then. */
  onFailure: Wave[];
  refusals: Refusal[];
  /** Every key that the application wants: the intended inventory, stored before the first write. */
  intended: RefKey[];
  impossible?: Impossible[];
}

export type StepOutcome =
  | { outcome: "applied"; message: string }
  | { outcome: "unchanged"; message: string }
  | { outcome: "pruned"; message: string }
  /** Its deletion was accepted, and it was not seen gone. */
  | { outcome: "going"; message: string }
  /** Of a rehearsal: nothing answers for it yet. */
  | { outcome: "not-asked"; hook?: SyncPhase; message: string }
  | { outcome: "prune-skipped"; message: string }
  /** A hook that was started, and what became of it. */
  | { outcome: "hook-running" | "hook-succeeded" | "hook-failed"; hook: SyncPhase; message: string }
  | { outcome: "failed"; hook?: SyncPhase; message: string };

export type StepResult = { ref: ObjectRef; version: string; phase: SyncPhase; wave: number } & StepOutcome;
