import type { AppKey } from "../model/application.ts";
import type { ObjectRecord } from "../model/comparison.ts";
import type { RefKey } from "../model/object-ref.ts";

/**
 * Which objects an application has, and what is known of each: what pruning and the check for drift rest on.
 * Durable, as `Store` says.
 */
export interface Inventory {
  records(app: AppKey): ObjectRecord[];
  putRecords(app: AppKey, records: readonly ObjectRecord[]): void;
  deleteRecords(app: AppKey, keys: readonly RefKey[] | "all"): void;
}
