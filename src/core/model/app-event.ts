import type { Condition, RevisionHistory, SyncStatusCode } from "./application.ts";
import type { Health, HealthStatus } from "./health.ts";
import type { OperationState } from "./operation.ts";

/** One thing that happened to an application, told from two of its states: what notifications, metrics and the event stream speak of. */
export type AppEvent =
  | { is: "created" }
  | { is: "sync-changed"; from: SyncStatusCode; to: SyncStatusCode }
  | { is: "health-changed"; from: HealthStatus; to: HealthStatus; message: Health["message"] }
  | { is: "operation-started"; state: OperationState }
  /** `retrying`: the operation goes on with another try. */
  | { is: "operation-ended"; state: OperationState; how: "succeeded" | "failed" | "retrying" }
  | { is: "deployed"; entry: RevisionHistory }
  | { is: "condition-appeared"; condition: Condition }
  | { is: "condition-gone"; condition: Condition };
