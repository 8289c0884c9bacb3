/** What the list needs once some of it are selected. */
export { BulkBar } from "./bulk-bar.tsx";
