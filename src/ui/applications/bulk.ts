/** What is done to applications from the list: it comes when one is selected, or reviewed. */
export { SyncReview } from "../application/sync-review.tsx";
export { BulkBar } from "./bulk-bar.tsx";
