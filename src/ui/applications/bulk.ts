/** What the list needs once some of it are selected. */
export { SyncReview } from "../application/sync-review.tsx";
export { BulkBar } from "./bulk-bar.tsx";
