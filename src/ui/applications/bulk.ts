/** What the list needs once it is drawn: what arranges it, and what is done to those that are selected. */
export { SyncReview } from "../application/sync-review.tsx";
export { BulkBar } from "./bulk-bar.tsx";
export { ListTools } from "./display-menu.tsx";
