import type { Home } from "./home.ts";
import type { Inventory } from "./inventory.ts";
import type { Journal } from "./journal.ts";
import type { KeptObjects } from "./kept-objects.ts";
import type { ServedObjects } from "./served-objects.ts";

/** Whether what is stored stays stored. */
export type StoreCondition =
  | { is: "sound" }
  /**
   * `lost`: its files are gone or others are in their place. `failing`: it cannot be written now, as on a
   * full disk.
   */
  | { is: "lost" | "failing"; object: string; why: string; fix: string };

/**
 * Durable memory: five ports, kept in one place. Every call but `soon` is atomic and on disk when it returns;
 * a full disk throws {Failure} store.
 */
export interface Store extends Home, Inventory, Journal, KeptObjects, ServedObjects {
  /**
   * Cheap, from a look at its files and from the last write. A store that is not sound refuses every write,
   * and whoever would change a cluster without writing anything down first asks here.
   */
  condition(): StoreCondition;
  /** Tries a small write; `condition` says what came of it. Never throws. */
  probe(): StoreCondition;

  /** Runs `work`, calls of any of the five, as one transaction; throws through, rolled back. */
  atomically<T>(work: () => T): T;
  /**
   * As `atomically`, for what nothing waits for: on disk a moment later, or with the next transaction that is, and read
   * here at once. A crash in between may take it, whole. Within `atomically` it is a part of that.
   * @param lost called where it did not come to the disk after all, and `condition` says why
   */
  soon<T>(work: () => T, lost?: () => void): T;
  /** What was written `soon` is on disk when it returns. @throws {Failure} store: none of it is */
  flush(): void;
  close(): void;
}
