/** Which rows of a store changed, noted by triggers of one connection, in the transaction that changed them. */
import type { Database } from "bun:sqlite";
import type { Cell, RowChange } from "../../core/ports/shared-store.ts";

interface Table {
  name: string;
  /** Of the primary key, in its order. */
  key: readonly string[];
  /** Those that are kept; what SQLite computes is computed anew. */
  columns: readonly string[];
}

/** SQLite's own, of tables whose numbers are never given twice: what it counts must live on as well. */
const COUNTERS = "sqlite_sequence";

export class ChangedRows {
  readonly #tables: ReadonlyMap<string, Table>;

  /**
   * @param database of the newest schema; all writes come by this connection
   * @param flush ends the transaction that is open for what was written `soon`
   */
  constructor(
    private readonly database: Database,
    private readonly flush: () => void = () => undefined,
  ) {
    // What is made in a transaction goes with it, should that not come to the disk.
    flush();
    this.#tables = tablesOf(database);
    // Noted in memory: what is not pushed when the process ends is of no use to the next one, who reads all.
    database.run("PRAGMA temp_store = MEMORY");
    // A row that gives way to another one is gone, and told as such.
    database.run("PRAGMA recursive_triggers = ON");
    database.run(
      "CREATE TEMP TABLE changed_rows (of_table TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (of_table, key)) STRICT, WITHOUT ROWID",
    );
    for (const { name, key } of this.#tables.values()) {
      // No ON CONFLICT: within a trigger the one of the statement that fired it holds.
      const note = (row: "NEW" | "OLD"): string => {
        const named = `json_array(${key.map((column) => `${row}."${column}"`).join(", ")})`;
        return `INSERT INTO changed_rows SELECT '${name}', ${named}
          WHERE NOT EXISTS (SELECT 1 FROM changed_rows WHERE of_table = '${name}' AND key = ${named});`;
      };
      const trigger = (after: string, rows: readonly ("NEW" | "OLD")[]): void =>
        void database.run(
          `CREATE TEMP TRIGGER note_${after.toLowerCase()}_${name} AFTER ${after} ON main."${name}" BEGIN ${rows.map(note).join(" ")} END`,
        );
      trigger("INSERT", ["NEW"]);
      trigger("UPDATE", ["OLD", "NEW"]);
      trigger("DELETE", ["OLD"]);
    }
  }

  /** Whether something is noted. */
  any(): boolean {
    return this.database.query("SELECT 1 FROM changed_rows LIMIT 1").get() !== null;
  }

  /** What is noted, as it is now, and forgotten here. To be called between transactions. */
  take(): RowChange[] {
    this.flush();
    if (this.database.inTransaction) throw new TypeError("a transaction is open: its rows are not kept yet");
    const taken: RowChange[] = [];
    this.database
      .transaction(() => {
        const noted = this.database
          .query<{ of_table: string; key: string }, []>("SELECT of_table, key FROM changed_rows")
          .all();
        if (noted.length === 0) return;
        for (const { of_table: name, key: text } of noted) {
          const table = this.#tables.get(name);
          if (table !== undefined) taken.push(this.#now(table, JSON.parse(text) as Cell[]));
        }
        this.database.run("DELETE FROM changed_rows");
        taken.push(...counters(this.database));
      })
      .deferred();
    return taken;
  }

  /** Every row that there is, all as they are now. */
  all(): RowChange[] {
    const rows = [...this.#tables.values()].flatMap(({ name, key, columns }): RowChange[] =>
      this.database
        .query<Record<string, Cell>, []>(`SELECT ${list(columns)} FROM main."${name}"`)
        .all()
        .map((row) => ({ table: name, key: key.map((column) => row[column] ?? null), row })),
    );
    return [...rows, ...counters(this.database)];
  }

  #now({ name, key, columns }: Table, values: readonly Cell[]): RowChange {
    const where = key.map((column) => `"${column}" IS ?`).join(" AND ");
    const row = this.database
      .query<Record<string, Cell>, Cell[]>(`SELECT ${list(columns)} FROM main."${name}" WHERE ${where}`)
      .get(...values);
    return { table: name, key: values, row: row ?? undefined };
  }
}

/** Few, and small: all of them go with each change. */
function counters(database: Database): RowChange[] {
  const is = database.query("SELECT 1 FROM sqlite_schema WHERE name = ?").get(COUNTERS);
  if (is === null) return [];
  return database
    .query<{ name: string; seq: number }, []>(`SELECT name, seq FROM main.${COUNTERS}`)
    .all()
    .map((row) => ({ table: COUNTERS, key: [row.name], row: { ...row } }));
}

function tablesOf(database: Database): Map<string, Table> {
  const names = database
    .query<{ name: string }, []>(
      "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )
    .all();
  return new Map(
    names.map(({ name }) => {
      const columns = database
        .query<{ name: string; pk: number }, [string]>("SELECT name, pk FROM pragma_table_info(?)")
        .all(name);
      const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
      if (key.length === 0) throw new TypeError(`table ${name} has no primary key: its rows cannot be named`);
      return [name, { name, key: key.map((one) => one.name), columns: columns.map((one) => one.name) }];
    }),
  );
}

function list(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}
