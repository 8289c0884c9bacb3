/** A store's file made of rows that were kept elsewhere. */
import { Database } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../core/model/failure.ts";
import type { Cell, RowChange } from "../../core/ports/shared-store.ts";
import { MIGRATIONS, migrate } from "../migrations.ts";

/**
 * Writes `holdfast.db` into the folder, in place of the one that is there; it takes its name when it is whole.
 * @param schema of the rows; what is older is brought up when the store is opened
 * @throws {Failure} store where the rows are of a newer version, or do not fit
 */
export async function fillStore(
  folder: string,
  schema: number,
  rows: AsyncIterable<readonly RowChange[]>,
  at: string,
): Promise<void> {
  const refuse = (why: string, fix: string): Failure =>
    new Failure("store", at, "after-edit", { cannot: "read what the replicas share", why, fix });
  if (schema > MIGRATIONS.length)
    throw refuse(
      `it was written by a newer Holdfast (schema ${schema}, this one knows ${MIGRATIONS.length})`,
      "Run the newer version on every replica",
    );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "holdfast.db");
  const made = `${file}.shared`;
  rmSync(made, { force: true });
  const database = new Database(made, { create: true, strict: true });
  try {
    chmodSync(made, 0o600);
    migrate(database, made, MIGRATIONS.slice(0, schema));
    // They hold for what is written from now on; what was kept is put there in any order.
    const triggers = database
      .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
      .all();
    for (const { name } of triggers) database.run(`DROP TRIGGER "${name}"`);
    const inserts = new Map<string, ReturnType<typeof insertInto>>();
    for await (const part of rows)
      database
        .transaction(() => {
          for (const { table, row } of part) {
            if (row === undefined) continue;
            let insert = inserts.get(table);
            if (insert === undefined) {
              insert = insertInto(database, table);
              if (insert === undefined)
                throw refuse(`it has rows of ${table}, which schema ${schema} does not`, "Restore a backup");
              inserts.set(table, insert);
            }
            insert(row);
          }
        })
        .immediate();
    for (const { sql } of triggers) database.run(sql);
  } catch (cause) {
    database.close();
    rmSync(made, { force: true });
    throw cause;
  }
  database.close();
  for (const suffix of ["-wal", "-shm"]) if (existsSync(`${file}${suffix}`)) rmSync(`${file}${suffix}`);
  renameSync(made, file);
}

type Insert = (row: Readonly<Record<string, Cell>>) => void;

/** @returns undefined: there is no such table */
function insertInto(database: Database, table: string): Insert | undefined {
  const columns = database
    .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?)")
    .all(table)
    .map(({ name }) => name);
  if (columns.length === 0) return undefined;
  // SQLite's own counters have no key, and one is there from the first row on.
  const clear =
    table === "sqlite_sequence"
      ? database.prepare<unknown, [Cell]>("DELETE FROM sqlite_sequence WHERE name = ?")
      : undefined;
  const insert = database.prepare<unknown, Cell[]>(
    `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  return (row) => {
    clear?.run(row["name"] ?? null);
    insert.run(...columns.map((name) => row[name] ?? null));
  };
}
