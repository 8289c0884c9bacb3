/**
 * Durable memory that several replicas reach: a copy of the leader's own store, row by row. It hands out the fencing token
 * itself, so that a leader who was replaced is refused here whatever he believes.
 */

/** What SQLite keeps of a column; a number is an integer below 2^53. */
export type Cell = string | number | null;

/** A row as it is now, by its primary key. */
export interface RowChange {
  table: string;
  key: readonly Cell[];
  /** By column. Undefined: it is gone. */
  row: Readonly<Record<string, Cell>> | undefined;
}

/** All that changed between two moments at which no transaction was open: each row once, as it is at the later one. */
export interface StoreChange {
  /** Of the tables, as the store counts it: what is pushed under an older one is never mixed with it. */
  schema: number;
  rows: readonly RowChange[];
}

/** What one leader may do with it. */
export interface SharedStoreHold {
  /** Rises with each hold that was ever taken: 1 or more. */
  readonly token: number;
  /** Of what is kept; undefined: nothing was ever kept. */
  readonly schema: number | undefined;
  /** All rows, in parts; each row once. @throws {Failure} store */
  rows(): AsyncIterable<readonly RowChange[]>;
  /**
   * Whole or not at all, and there when it resolves. The same change again is harmless, so whoever does not know what became
   * of one pushes it again.
   * @throws {Superseded} another hold was taken since: nothing was written, and nothing ever will be under this one
   * @throws {Failure} store
   */
  push(change: StoreChange): Promise<void>;
  /** In place of all that is kept, whole or not at all. @throws as `push` */
  replace(schema: number, rows: Iterable<RowChange>): Promise<void>;
}

export interface SharedStore {
  /** For messages: where it is, without passwords. */
  readonly at: string;
  /**
   * From when it resolves nobody with an earlier hold writes any more.
   * @param holder whoever takes it, for those who look into the store by hand
   * @throws {Failure} store
   */
  take(holder: string): Promise<SharedStoreHold>;
  close(): Promise<void>;
}

/** Another replica holds it now. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}
