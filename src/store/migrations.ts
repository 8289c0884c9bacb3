import type { Database } from "bun:sqlite";
import { dirname, join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { chainAudits } from "./activity-step.ts";

/** SQL, or what cannot be said in it. */
export type Migration = string | ((database: Database) => void);

/**
 * The schema, one entry a version; `PRAGMA user_version` counts those that ran.
 * An entry that has been released is never edited: a later one changes what it made.
 */
export const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE applications (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE states       (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE records      (app TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (app, key)) STRICT, WITHOUT ROWID;
  CREATE TABLE facts        (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  -- AUTOINCREMENT: a number is never given twice, not even after its row fell to retention.
  CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, cause TEXT NOT NULL,
    finished INTEGER NOT NULL CHECK (finished IN (0, 1)), json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX runs_of_app ON runs (app, id);
  CREATE INDEX runs_unfinished ON runs (id) WHERE finished = 0;
  CREATE TABLE audits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
    action TEXT NOT NULL, app TEXT, details TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audits_of_app ON audits (app, seq) WHERE app IS NOT NULL;
  `,
  `
  CREATE TABLE kept (
    id INTEGER PRIMARY KEY AUTOINCREMENT, app TEXT NOT NULL, at TEXT NOT NULL, bytes INTEGER NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  -- The sums that bound it are read from these alone.
  CREATE INDEX kept_of_app ON kept (app, id, bytes);
  CREATE INDEX kept_sizes ON kept (id, bytes);
  `,
  `
  CREATE TABLE served (key TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE projects (name TEXT PRIMARY KEY, json TEXT NOT NULL) STRICT, WITHOUT ROWID;
  `,
  chainAudits,
  `
  CREATE TABLE passwords (account TEXT PRIMARY KEY, hash TEXT NOT NULL, changed_at INTEGER NOT NULL, made_from TEXT) STRICT, WITHOUT ROWID;
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER NOT NULL, json TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_of_owner ON sessions (owner);
  -- All secrets of one session that are looked for: the current one, the next and the one before.
  CREATE TABLE session_secrets (
    secret TEXT PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX session_secrets_of ON session_secrets (session);
  CREATE TABLE tokens (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, secret TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL, used_at INTEGER, json TEXT NOT NULL, UNIQUE (owner, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE devices (secret TEXT PRIMARY KEY, account TEXT NOT NULL, seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX devices_of ON devices (account, seen_at);
  CREATE TABLE login_tries (key TEXT PRIMARY KEY, count INTEGER NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX login_tries_since ON login_tries (since);
  `,
  `
  CREATE TABLE absent_accounts (account TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE settled (
    subject TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL, PRIMARY KEY (subject, name)
  ) STRICT, WITHOUT ROWID;
  -- Of those that are there nothing is known, so that none of them is taken for a new one.
  INSERT INTO settled SELECT 'application', key, '{}' FROM states;
  -- AUTOINCREMENT: whoever reads on from a number must not meet it again.
  CREATE TABLE transitions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    at TEXT NOT NULL, json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX transitions_of ON transitions (subject, name, seq);
  CREATE INDEX transitions_at ON transitions (at);
  `,
  `
  -- AUTOINCREMENT: the order in which they are sent, whatever was deleted meanwhile.
  CREATE TABLE notifications (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, service TEXT NOT NULL, recipient TEXT NOT NULL,
    "trigger" TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'joined', 'dead')),
    tries INTEGER NOT NULL, at TEXT NOT NULL, due INTEGER NOT NULL, why TEXT, ended TEXT, json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notifications_waiting ON notifications (service, recipient, id) WHERE state = 'waiting';
  CREATE INDEX notifications_in ON notifications (state, id);
  `,
];

/** "Hold" in ASCII: marks the file as ours (`PRAGMA application_id`). */
const APPLICATION_ID = 0x486f6c64;

/** @throws {Failure} store where the file belongs to another program or to a newer Holdfast */
export function refuseForeign(
  database: Database,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  const version = pragma(database, "user_version");
  const owner = pragma(database, "application_id");
  const tables =
    database.query<{ count: number }, []>("SELECT count(*) AS count FROM sqlite_schema").get()?.count ?? 0;
  if (owner !== APPLICATION_ID && (owner !== 0 || tables > 0)) {
    throw new Failure("store", file, "after-edit", {
      cannot: "open the store",
      why: "this SQLite file was made by another program",
      fix: "Point `data` in the config at a folder of its own",
    });
  }
  if (version > migrations.length) {
    throw new Failure("store", file, "after-edit", {
      cannot: "open the store",
      why: `it was written by a newer Holdfast (schema ${version}, this one knows ${migrations.length})`,
      fix: `Start the newer version again; or go back to the copy that it kept: holdfast restore ${join(dirname(file), "before-upgrade", `schema-${migrations.length}.db`)}`,
    });
  }
}

/**
 * Brings the database to the newest schema, each step whole or not at all.
 * @throws {Failure} store where the file belongs to another program or to a newer Holdfast
 */
export function migrate(
  database: Database,
  file: string,
  migrations: readonly Migration[] = MIGRATIONS,
): void {
  refuseForeign(database, file, migrations);
  const version = pragma(database, "user_version");
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    database
      .transaction(() => {
        if (typeof step === "string") database.run(step);
        else step(database);
        database.run(`PRAGMA application_id = ${APPLICATION_ID}`);
        database.run(`PRAGMA user_version = ${index + 1}`);
      })
      .immediate();
  }
}

function pragma(database: Database, name: string): number {
  const row = database.query<Record<string, number>, []>(`PRAGMA ${name}`).get();
  return row?.[name] ?? 0;
}
