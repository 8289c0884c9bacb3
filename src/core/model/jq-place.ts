import type { FieldPath } from "../../lib/field-path.ts";

/** Keys and indices, as jq's `path(…)` gives them; an index below 0 counts from the end, `start` and `end` are a slice. */
export type JqPlace = readonly (FieldPath[number] | { start: number | null; end: number | null })[];
