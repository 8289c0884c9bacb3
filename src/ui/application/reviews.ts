/** What is asked before something is done to an application: loaded once nothing else is to be done. */
export { ApproveReview } from "./approve-review.tsx";
export { AutomationReview } from "./automation-review.tsx";
export { DeleteReview } from "./delete-review.tsx";
export { RollbackReview } from "./rollback-review.tsx";
export { SyncReview } from "./sync-review.tsx";
export { TerminateReview } from "./terminate-review.tsx";
export { UndoReview } from "./undo-review.tsx";
export { UnholdReview } from "./unhold-review.tsx";
