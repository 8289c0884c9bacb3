import type { OperationState, SyncRequest } from "../../core/model/operation.ts";
import type { Pace } from "../../lib/pace.ts";
import type { Slots } from "../../lib/slots.ts";
import type { CompareRooms } from "../compare/compare-now.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Tips } from "../target/tips.ts";
import type { DeletedObjects } from "../undo/deleted-objects.ts";
import type { OthersLooked } from "../wake/others-looked.ts";

/** What an operation asks of the engine around it. */
export interface OperationHost extends CompareRooms {
  ports: EnginePorts;
  slots: Slots;
  deleted: DeletedObjects;
  /** The daemon ends: what waits is cut off. */
  stopping: AbortSignal;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
  /** With the sources that a request names in place of the application's own. @throws {Failure} invalid-spec */
  snapshotFor(managed: ManagedApplication, request: SyncRequest): Snapshot;
  tips: Tips;
  /** See `OthersLooked`. */
  othersLooked: OthersLooked["before"];
  undecided: OthersLooked["undecided"];
  /** How fast an application's objects are deleted, operation after operation. */
  paceOf(managed: ManagedApplication): Pace;
  /** Has a pass show what came of the operation so far. */
  lookBeside(managed: ManagedApplication): void;
  /** A newer commit was found than its passes know of: the next one looks, so that nothing goes back behind it. */
  foundNewer(managed: ManagedApplication): void;
  /** Shows and stores the operation's state. `durable`: on disk before anything else happens. */
  show(managed: ManagedApplication, state: OperationState, how: "soon" | "durable"): void;
}
