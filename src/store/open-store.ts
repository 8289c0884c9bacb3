import { Database } from "bun:sqlite";
import { chmodSync, existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { asFailure, Failure } from "../core/model/failure.ts";
import type { AccountStore } from "../core/ports/account-store.ts";
import type { Outbox } from "../core/ports/outbox.ts";
import type { Store } from "../core/ports/store.ts";
import { ACTIVITY_TRIGGERS } from "./activity-step.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { migrate, refuseForeign } from "./migrations.ts";
import { refuseHalfRestored } from "./restoring.ts";
import { ChangedRows } from "./shared/changed-rows.ts";
import { keepBeforeUpgrade } from "./snapshot.ts";
import { SqliteAccounts } from "./sqlite-accounts.ts";
import type { Circumstances } from "./sqlite-activity.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { type KeptNotifications, SqliteOutbox } from "./sqlite-outbox.ts";
import { type Retention, SqliteStore } from "./sqlite-store.ts";
import { damaged, storeFailure } from "./store-failure.ts";
import { StorePresence } from "./store-presence.ts";

export interface StoreOptions {
  retention?: Partial<Retention>;
  outbox?: Partial<KeptNotifications>;
  /** Asked for each entry of the activity. */
  around?: Circumstances;
  /** Of the folder, by who has it already and releases it himself. Absent: it is taken, and released when the store is closed. */
  lock?: FolderLock;
}

/** All that is kept in the one file. */
export interface OpenStore extends Store {
  readonly accounts: AccountStore;
  readonly outbox: Outbox;
  /** From then on each row that changes is noted, for whoever keeps a copy elsewhere. To be called once. */
  noteChanges(): ChangedRows;
  /** What is counted in memory is written down: before it is carried for the last time. Closing does so, too. */
  endCounts(): void;
}

/** What is kept. Unfinished runs are always kept. */
export const RETENTION: Retention = {
  runsPerApp: 50,
  runs: 50_000,
  audits: 100_000,
  keptPerApp: { count: 1_000, bytes: 16 * 1024 * 1024 },
  kept: { count: 20_000, bytes: 256 * 1024 * 1024 },
  transitions: { each: 200, all: 50_000 },
};

/**
 * Opens (and where needed makes) the durable memory in `folder`: `holdfast.db` with its WAL, and a lock that
 * refuses a second daemon on the same folder. Only the owner may read the files: they hold manifests and history.
 *
 * `synchronous = NORMAL` with a WAL: a call that returned survives kill -9. A power cut may take the last moments, never
 * more and never half a transaction, and what it takes errs on the safe side: an object without a record is not pruned,
 * and one that Git wants is recorded anew. An fsync for every object of a first sync would cost more than its applies.
 *
 * @throws {Failure} store: folder in use, not writable, damaged, another program's, or of a newer version
 */
export function openStore(folder: string, options: StoreOptions = {}): OpenStore {
  const file = join(folder, "holdfast.db");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = options.lock ?? lockFolder(folder);
    const release = options.lock === undefined ? () => lock.release() : () => undefined;
    try {
      refuseHalfRestored(folder);
      const database = openDatabase(file);
      // What was written last is in the WAL, which is there from the first read on.
      const presence = new StorePresence(folder, [file, `${file}-wal`, lock.file].filter(existsSync));
      const connection = new SqliteConnection(database, file, presence);
      const retention = { ...RETENTION, ...options.retention };
      const store = new SqliteStore(connection, retention, release, options.around);
      return Object.assign(store, {
        accounts: new SqliteAccounts(connection),
        outbox: new SqliteOutbox(connection, {
          ...{ ended: 5_000, dead: 5_000, waiting: 100_000 },
          ...options.outbox,
        }),
        noteChanges: () => new ChangedRows(database, () => connection.flush()),
      });
    } catch (cause) {
      release();
      throw cause;
    }
  } catch (cause) {
    throw asFailure(storeFailure(cause, file, "open the store"), folder, "open the store");
  }
}

function openDatabase(file: string): Database {
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    throw notOurs(file, "it is a link to another file");
  const database = new Database(file, { create: true, strict: true });
  try {
    // A backup that looks through what a crash left holds it for a moment.
    database.run("PRAGMA busy_timeout = 5000");
    // What stands in a file that somebody else wrote runs no function, and a page that does not fit is seen.
    database.run("PRAGMA trusted_schema = OFF");
    database.run("PRAGMA cell_size_check = ON");
    chmodSync(file, 0o600);
    // A page that is damaged should stop the start with a sentence, not a sync in its middle.
    const [check] = database.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").all();
    if (check?.quick_check !== "ok") throw damaged(file, check?.quick_check ?? "no answer");
    const planted = database
      .query<{ type: string; name: string; sql: string }, []>(
        "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'view')",
      )
      .all()
      .find(({ name, sql }) => ACTIVITY_TRIGGERS[name] !== sql);
    if (planted !== undefined)
      throw notOurs(file, `it holds the ${planted.type} ${planted.name}, which Holdfast does not make`);
    refuseForeign(database, file);
    keepBeforeUpgrade(database, file);
    migrate(database, file);
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA synchronous = NORMAL");
    database.run("PRAGMA journal_size_limit = 67108864");
    database.query("SELECT count(*) FROM facts").get();
    // From here on nobody else may hold it, and whoever waits holds up everything.
    database.run("PRAGMA busy_timeout = 0");
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

function notOurs(file: string, why: string): Failure {
  return new Failure("store", file, "after-edit", {
    cannot: "open the store",
    why,
    fix: "Move it away: it is made anew at the next start. What is recorded of applications' objects is learnt again, and nothing is pruned that is not recorded",
  });
}
