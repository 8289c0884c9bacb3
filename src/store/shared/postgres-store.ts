/** What replicas share, in a PostgreSQL that the operator gives. */
import { SQL } from "bun";
import { Failure } from "../../core/model/failure.ts";
import {
  type RowChange,
  type SharedStore,
  type SharedStoreHold,
  type StoreChange,
  Superseded,
} from "../../core/ports/shared-store.ts";
import { messageOf } from "../../lib/caught.ts";

/** Rows are read in parts of so many. */
const PART = 2_000;
/** And written so: a text of JSON each. */
const WRITTEN = 5_000;

/**
 * `holdfast_holds` has who leads, `holdfast_rows` every row as JSON: as text, because PostgreSQL's own JSON refuses letters
 * that a cluster may well send.
 */
const TABLES = [
  `CREATE TABLE IF NOT EXISTS holdfast_holds (
    store TEXT PRIMARY KEY, token BIGINT NOT NULL, holder TEXT NOT NULL, taken_at TIMESTAMPTZ NOT NULL, schema INTEGER
  )`,
  `CREATE TABLE IF NOT EXISTS holdfast_rows (
    store TEXT NOT NULL, of_table TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL, PRIMARY KEY (store, of_table, key)
  )`,
];

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database?sslmode=verify-full`. */
  url: string;
  /** Several daemons may use one database under names of their own. */
  store: string;
  /** Longest time of one statement, and of a connection, milliseconds. */
  timeoutMs: number;
  /** PEM of whom the server's certificate is to be of. */
  ca?: string | undefined;
}

/** What a transaction may ask. */
interface Statements {
  unsafe(text: string, values?: unknown[]): Promise<unknown>;
}

export class PostgresStore implements SharedStore {
  readonly at: string;
  #sql: SQL;

  constructor(private readonly options: PostgresOptions) {
    this.at = withoutPassword(options.url);
    this.#sql = this.#connect();
  }

  #connect(): SQL {
    const { url, timeoutMs, ca } = this.options;
    return new SQL({
      url,
      // One writes, one reads beside it.
      max: 2,
      idleTimeout: 0,
      connectionTimeout: Math.ceil(timeoutMs / 1000),
      ...(ca === undefined ? {} : { tls: { ca } }),
    });
  }

  async take(holder: string): Promise<SharedStoreHold> {
    const { store } = this.options;
    const [taken] = await this.#within("take over what replicas share", async (sql) => {
      // Two that begin at once would both find the tables missing.
      await sql.unsafe("SELECT pg_advisory_xact_lock(hashtext('holdfast_tables'))");
      for (const table of TABLES) await sql.unsafe(table);
      return (await sql.unsafe(
        `INSERT INTO holdfast_holds AS of_us (store, token, holder, taken_at) VALUES ($1, 1, $2, now())
         ON CONFLICT (store) DO UPDATE SET token = of_us.token + 1, holder = $2, taken_at = now()
         RETURNING token::text, schema`,
        [store, holder],
      )) as { token: string; schema: number | null }[];
    });
    if (taken === undefined) throw this.#failure("take over what replicas share", "it answered nothing");
    const token = Number(taken.token);
    return {
      token,
      schema: taken.schema ?? undefined,
      rows: () => this.#rows(),
      push: (change) => this.#push(token, change),
      replace: (schema, rows) => this.#replace(token, schema, rows),
    };
  }

  async close(): Promise<void> {
    await this.#sql.close({ timeout: 1 });
  }

  async *#rows(): AsyncGenerator<readonly RowChange[]> {
    const { store } = this.options;
    let after = ["", ""];
    for (;;) {
      const part = await this.#within(
        "read what replicas share",
        async (sql) =>
          (await sql.unsafe(
            `SELECT of_table, key, row FROM holdfast_rows WHERE store = $1 AND (of_table, key) > ($2, $3)
             ORDER BY of_table, key LIMIT ${PART}`,
            [store, ...after],
          )) as { of_table: string; key: string; row: string }[],
      );
      const last = part.at(-1);
      if (last === undefined) return;
      yield part.map(({ of_table, key, row }) => ({
        table: of_table,
        key: JSON.parse(key) as RowChange["key"],
        row: JSON.parse(row) as RowChange["row"],
      }));
      after = [last.of_table, last.key];
    }
  }

  async #push(token: number, { schema, rows }: StoreChange): Promise<void> {
    await this.#within("keep what was written for all replicas", async (sql) => {
      await this.#still(sql, token, schema);
      await this.#write(sql, rows);
    });
  }

  async #replace(token: number, schema: number, rows: Iterable<RowChange>): Promise<void> {
    await this.#within("keep all of the store for all replicas", async (sql) => {
      await this.#still(sql, token, schema);
      await sql.unsafe("DELETE FROM holdfast_rows WHERE store = $1", [this.options.store]);
      await this.#write(sql, rows);
    });
  }

  /** The row of the hold stays ours until the end of the transaction: whoever takes it waits for that. */
  async #still(sql: Statements, token: number, schema: number): Promise<void> {
    const mine = (await sql.unsafe(
      "UPDATE holdfast_holds SET schema = $3 WHERE store = $1 AND token = $2::bigint RETURNING token",
      [this.options.store, token, schema],
    )) as unknown[];
    if (mine.length === 0) throw new Superseded();
  }

  async #write(sql: Statements, rows: Iterable<RowChange>): Promise<void> {
    const { store } = this.options;
    let there: [string, string, string][] = [];
    let gone: [string, string][] = [];
    const send = async (): Promise<void> => {
      if (there.length > 0)
        await sql.unsafe(
          `INSERT INTO holdfast_rows (store, of_table, key, row)
           SELECT $1, one->>0, one->>1, one->>2 FROM json_array_elements($2::text::json) AS one
           ON CONFLICT (store, of_table, key) DO UPDATE SET row = excluded.row`,
          [store, JSON.stringify(there)],
        );
      if (gone.length > 0)
        await sql.unsafe(
          `DELETE FROM holdfast_rows USING json_array_elements($2::text::json) AS one
           WHERE store = $1 AND of_table = one->>0 AND key = one->>1`,
          [store, JSON.stringify(gone)],
        );
      [there, gone] = [[], []];
    };
    for (const { table, key, row } of rows) {
      if (row === undefined) gone.push([table, JSON.stringify(key)]);
      else there.push([table, JSON.stringify(key), JSON.stringify(row)]);
      if (there.length + gone.length >= WRITTEN) await send();
    }
    await send();
  }

  /**
   * One transaction, of any number of statements. The server ends one that takes too long; where it says nothing any more we
   * leave, and what it may still do of it ends before anything that comes after, because both need the row of the hold.
   */
  async #within<T>(cannot: string, work: (sql: Statements) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.options;
    const asked = this.#sql;
    const late = Promise.withResolvers<never>();
    const leave = (): void => {
      // Others may have left it before us, and are on another one.
      if (this.#sql === asked) this.#sql = this.#connect();
      late.reject(new Error(`it did not answer within ${timeoutMs * 2} ms`));
      void asked.close({ timeout: 0 }).catch(() => undefined);
    };
    let timer = setTimeout(leave, timeoutMs * 2);
    const done = asked.begin(async (sql) => {
      const unsafe: Statements["unsafe"] = async (text, values) => {
        const answer = await sql.unsafe(text, values);
        clearTimeout(timer);
        timer = setTimeout(leave, timeoutMs * 2);
        return answer;
      };
      await unsafe(`SET LOCAL statement_timeout = ${timeoutMs}`);
      await unsafe(`SET LOCAL lock_timeout = ${timeoutMs}`);
      return work({ unsafe });
    });
    try {
      return await Promise.race([done, late.promise]);
    } catch (cause) {
      if (cause instanceof Superseded || cause instanceof Failure) throw cause;
      throw this.#failure(cannot, messageOf(cause));
    } finally {
      clearTimeout(timer);
      // Whoever left does not hear how it ended.
      done.catch(() => undefined);
    }
  }

  #failure(cannot: string, why: string): Failure {
    return new Failure("store", this.at, "backoff", {
      cannot,
      why,
      fix: "Check that the database is there, and what its user may do",
    });
  }
}

function withoutPassword(url: string): string {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `PostgreSQL at ${hostname}${port === "" ? "" : `:${port}`}${pathname}`;
  } catch {
    return "PostgreSQL";
  }
}
