/** What a sync is carried out with: its cluster, its plan, and what it asks and tells on the way. */
import type { IgnoredFields, Migration } from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { NamespaceMetadata } from "../../core/model/namespace-metadata.ts";
import type { ObjectRef, RefKey } from "../../core/model/object-ref.ts";
import type { GateEntry, Plan, Step, StepResult, Wave } from "../../core/model/plan.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import type { Send } from "../send/send.ts";
import type { Kept } from "../undo/deleted-objects.ts";
import type { HookRuns } from "./hooks.ts";

export interface Carrying {
  cluster: Cluster;
  /** The same cluster's objects, asked for on this operation's errand. */
  objects: ClusterObjects;
  clock: Clock;
  plan: Plan;
  hooks: HookRuns;
  /** `dry-run`: ends after the pre-flight. */
  mode: "dry-run" | "write";
  migration: Migration;
  faultsOf(desired: DesiredObject): "repair" | "refuse";
  /** Why nothing may be deleted now, a sentence without a full stop; undefined where it may. */
  mustStay(): string | undefined;
  ignoredOf(desired: DesiredObject): IgnoredFields;
  recordOf(key: RefKey): ObjectRecord | undefined;
  /** Remembers; on disk before a wave is waited for, and when the sync ends. */
  keep(record: ObjectRecord): void;
  /** Called as a wave begins and as it is through or has failed. */
  mark(wave: Wave, is: "begun" | "ended"): void;
  /** Called for each step as it ends, and again where more is known of it. */
  report(result: StepResult): void;
  /** The destination's Namespace bears this now. */
  madeNamespace(metadata: NamespaceMetadata): void;
  /** One sentence on what is being waited for. */
  progress(message: string): void;
  /**
   * Asked right before each write and each delete: why it is not permitted, undefined where it is.
   * @throws where the operation is not meant any more
   */
  permits(ref: ObjectRef): string | undefined;
  /** Asked right before each apply: who has the object, for people, where it is another's by now. */
  holder(live: LiveObject): Promise<string | undefined>;
  /** Waited for before deletions: whoever takes over what would go must have had the time to say so. */
  othersLooked(): Promise<void>;
  /** Asked right before each delete: somebody was edited since then, and has to be waited for once more. */
  someUndecided(): boolean;
  /**
   * Asked right before each delete: why it stays, whatever it is like by now. The daemon holds still, the object is
   * another's, or a commit came that wants it again. Undefined where none of that is so.
   */
  stays(live: LiveObject): string | undefined;
  /** Asked right before each delete: why the object, as it is by now, stays; undefined where it goes. */
  objection(live: LiveObject): Promise<string | undefined>;
  /** Waited for before each delete that is to be: there are not many in a second. @param left how many come after it */
  pruneTurn(step: PruneStep, left: number): Promise<void>;
  /**
   * Asked right before each delete: keeps the object as it is now, so that an undo can make it again.
   * @throws {Failure} store
   */
  keepDeleted(live: LiveObject): Promise<Kept>;
  /** How far an undo could make an object of this kind again; undefined where nothing is kept. */
  undoWords(ref: ObjectRef): string | undefined;
  /** Waits until the gate is open; resolves with a sentence where it stays shut. */
  untilOpen(gate: readonly GateEntry[]): Promise<string | undefined>;
  /** Waits until the hooks of the wave have ended; resolves with a sentence where one failed. */
  untilCompleted(wave: Wave): Promise<string | undefined>;
  /** Waits a moment for what was asked to go, as long as it can go by itself. */
  untilGone(steps: readonly PruneStep[]): Promise<void>;
  signal: AbortSignal;
  /** The daemon ends. */
  stopping: AbortSignal;
  /** On disk when it returns. */
  remember(record: ObjectRecord): void;
  /** What the pre-flight has to say of a step that passed. */
  notes: Map<Step, string>;
  /** Steps that no dry run answers for yet, and why, a sentence without a full stop. */
  unasked: Map<Step, string>;
}

export type PruneStep = Extract<Step, { do: "prune" }>;
export type ApplyStep = Extract<Step, { do: "apply" }>;

export function sendOf(
  { desired, live, how }: ApplyStep,
  carrying: Pick<Carrying, "objects" | "migration" | "faultsOf" | "mustStay" | "ignoredOf" | "recordOf">,
): Send {
  const { objects, migration, faultsOf, mustStay, ignoredOf, recordOf } = carrying;
  return {
    cluster: objects,
    desired,
    ignored: ignoredOf(desired),
    live,
    how,
    record: recordOf(desired.key),
    migration,
    faults: faultsOf(desired),
    mustStay,
  };
}
