import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import { Failure } from "../core/model/failure.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { storeFailure } from "./store-failure.ts";
import { type StorePresence, unsound } from "./store-presence.ts";

/** As much as an operation of some size writes at once. */
const ROOM = "0".repeat(64 * 1024);

/** One connection for all that is kept: statements made once, transactions within transactions, errors as sentences. */
export class SqliteConnection {
  readonly #database: Database;
  readonly #file: string;
  readonly #presence: StorePresence;
  readonly #statements = new Map<string, Statement>();
  /** What the last write that failed said, until a probe finds room again. */
  #failing: StoreCondition = { is: "sound" };

  constructor(database: Database, file: string, presence: StorePresence) {
    this.#database = database;
    this.#file = file;
    this.#presence = presence;
  }

  condition(): StoreCondition {
    const there = this.#presence.look();
    return there.is === "sound" ? this.#failing : there;
  }

  /** @param write keeps a text somewhere */
  probe(write: (text: string) => void): StoreCondition {
    try {
      // Where it failed, a small write that fits by chance proves nothing: the next larger one would fail again.
      if (this.#failing.is !== "sound") write(ROOM);
      write(String(process.pid));
      this.#failing = { is: "sound" };
    } catch (cause) {
      // What it says is in the condition.
      if (!(cause instanceof Failure)) throw cause;
    }
    return this.condition();
  }

  atomically<T>(work: () => T): T {
    // A savepoint inside a transaction, so that a caller may catch what an inner part threw and go on.
    const [begin, commit, rollBack] = this.#database.inTransaction
      ? ["SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"]
      : ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"];
    this.run(begin);
    try {
      const result = work();
      if (result instanceof Promise)
        throw new TypeError("the work of one transaction must not wait: it would hold the store");
      this.run(commit);
      return result;
    } catch (cause) {
      // SQLite has already rolled back by itself where the disk was full or failed.
      if (this.#database.inTransaction) this.#database.run(rollBack);
      throw cause;
    }
  }

  /**
   * The same, and on the disk when it returns, a power cut included. Inside a transaction it is as durable as that.
   * @throws as `atomically`
   */
  durably<T>(work: () => T): T {
    if (this.#database.inTransaction) return this.atomically(work);
    // SQLite acts on this one when it compiles it: a statement that is kept would act once.
    this.#database.run("PRAGMA synchronous = FULL");
    try {
      return this.atomically(work);
    } finally {
      this.#database.run("PRAGMA synchronous = NORMAL");
    }
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close();
  }

  run(sql: string, ...parameters: SQLQueryBindings[]): void {
    // Inside a transaction it was asked when that began.
    if (!this.#database.inTransaction) this.#refuseLost();
    this.#ask(sql, (statement) => statement.run(...parameters));
  }

  all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[] {
    return this.#ask(sql, (statement) => statement.all(...parameters)) as Row[];
  }

  get<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row {
    return this.#ask(sql, (statement) => statement.get(...parameters)) as Row;
  }

  /** @throws {Failure} store: what would be written now would be kept nowhere */
  #refuseLost(): void {
    const there = this.#presence.look();
    if (there.is !== "sound") throw unsound(there);
  }

  #ask<T>(sql: string, use: (statement: Statement) => T): T {
    const isRead = sql.startsWith("SELECT");
    try {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#database.prepare(sql);
        this.#statements.set(sql, statement);
      }
      return use(statement);
    } catch (cause) {
      const failure = storeFailure(cause, this.#file, isRead ? "read the store" : "write the store");
      if (failure instanceof Failure && !isRead)
        this.#failing = {
          is: "failing",
          object: this.#file,
          why: failure.why,
          fix: failure.fix ?? "Check the disk and the data folder",
        };
      throw failure;
    }
  }
}
