import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import { Failure } from "../core/model/failure.ts";
import type { StoreCondition } from "../core/ports/store.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { storeFailure } from "./store-failure.ts";
import { type StorePresence, unsound } from "./store-presence.ts";

/** As much as an operation of some size writes at once. */
const ROOM = "0".repeat(64 * 1024);

/** How long what is written `soon` may wait for a transaction that is committed for its own sake. */
const SOON_MS = 100;

/** A transaction that stays open for a moment, for what nothing waits for. */
interface Shared {
  timer: Timer;
  /** Told where nothing of it came to the disk. */
  lost: (() => void)[];
}

/** One connection for all that is kept: statements made once, transactions within transactions, errors as sentences. */
export class SqliteConnection {
  readonly #database: Database;
  readonly #file: string;
  readonly #presence: StorePresence;
  readonly #statements = new Map<string, Statement>();
  /** What the last write that failed said, until a probe finds room again. */
  #failing: StoreCondition = { is: "sound" };
  /** Works that are going on, one within the other. */
  #depth = 0;
  #shared: Shared | undefined;

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

  /** What was written `soon` is on disk with it, for one commit in place of two. */
  atomically<T>(work: () => T): T {
    if (this.#depth > 0) return this.#part(work);
    this.#refuseLost();
    if (this.#shared === undefined) return this.#within("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", work);
    const result = this.#part(work);
    this.flush();
    return result;
  }

  /**
   * As `atomically`, but on disk within `SOON_MS`, or as soon as anything else is: many share one commit. Whatever is read
   * by this connection has it at once.
   * @param lost called where it did not come to the disk after all, which `condition` says too; never within this call
   * @throws as `atomically`, and nothing of it is kept then
   */
  soon<T>(work: () => T, lost?: () => void): T {
    if (this.#depth > 0) return this.#part(work);
    this.#refuseLost();
    if (this.#shared === undefined) {
      this.#ask("BEGIN IMMEDIATE", (statement) => statement.run());
      this.#shared = { timer: startTimer(SOON_MS, () => this.#flushLater()), lost: [] };
    }
    const { lost: told } = this.#shared;
    const result = this.#part(work);
    if (lost !== undefined) told.push(lost);
    return result;
  }

  /** What was written `soon` is on disk when it returns. @throws {Failure} store: none of it is, and who wanted to know was told */
  flush(): void {
    const shared = this.#shared;
    if (shared === undefined || this.#depth > 0) return;
    this.#shared = undefined;
    shared.timer.cancel();
    try {
      this.#ask("COMMIT", (statement) => statement.run());
    } catch (cause) {
      if (this.#database.inTransaction) this.#database.run("ROLLBACK");
      for (const lost of shared.lost) lost();
      throw cause;
    }
  }

  /**
   * The same, and on the disk when it returns, a power cut included. Inside a transaction it is as durable as that.
   * @throws as `atomically`
   */
  durably<T>(work: () => T): T {
    if (this.#depth > 0) return this.#part(work);
    this.flush();
    // SQLite acts on this one when it compiles it: a statement that is kept would act once.
    this.#database.run("PRAGMA synchronous = FULL");
    try {
      return this.atomically(work);
    } finally {
      this.#database.run("PRAGMA synchronous = NORMAL");
    }
  }

  close(): void {
    try {
      this.flush();
    } catch (cause) {
      // Whoever wrote it knows that it may be lost: what is open is closed all the same.
      if (!(cause instanceof Failure)) throw cause;
    }
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close();
  }

  run(sql: string, ...parameters: SQLQueryBindings[]): void {
    this.#write(() => this.#ask(sql, (statement) => statement.run(...parameters)));
  }

  all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[] {
    const ask = () => this.#ask(sql, (statement) => statement.all(...parameters)) as Row[];
    return isRead(sql) ? ask() : this.#write(ask);
  }

  get<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row {
    const ask = () => this.#ask(sql, (statement) => statement.get(...parameters)) as Row;
    return isRead(sql) ? ask() : this.#write(ask);
  }

  /** A statement by itself is a transaction by itself; within one it was asked when that began. */
  #write<T>(ask: () => T): T {
    if (this.#depth > 0) {
      this.#refuseRolledBack();
      return ask();
    }
    if (this.#shared !== undefined) return this.atomically(ask);
    this.#refuseLost();
    return ask();
  }

  /** A savepoint inside a transaction, so that a caller may catch what an inner part threw and go on. */
  #part<T>(work: () => T): T {
    this.#refuseRolledBack();
    return this.#within("SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part", work);
  }

  #within<T>(begin: string, end: string, rollBack: string, work: () => T): T {
    this.#ask(begin, (statement) => statement.run());
    this.#depth++;
    try {
      const result = work();
      if (result instanceof Promise)
        throw new TypeError("the work of one transaction must not wait: it would hold the store");
      this.#ask(end, (statement) => statement.run());
      return result;
    } catch (cause) {
      // SQLite has already rolled back by itself where the disk was full or failed: with what had been written before.
      if (this.#database.inTransaction) this.#database.run(rollBack);
      else this.#sharedIsLost();
      throw cause;
    } finally {
      this.#depth--;
    }
  }

  #sharedIsLost(): void {
    const shared = this.#shared;
    this.#shared = undefined;
    shared?.timer.cancel();
    for (const lost of shared?.lost ?? []) lost();
  }

  #flushLater(): void {
    try {
      this.flush();
    } catch (cause) {
      // `condition` says it, and so does the next write.
      if (!(cause instanceof Failure)) throw cause;
    }
  }

  /**
   * Where the disk is full or fails SQLite ends a whole transaction by itself. Whoever caught that in a part of it and goes
   * on would write each row for itself.
   * @throws {Failure} store
   */
  #refuseRolledBack(): void {
    if (this.#database.inTransaction) return;
    throw new Failure("store", this.#file, "backoff", {
      cannot: "write the store",
      why: "what this is a part of could not be written",
      fix: "Check the disk and the data folder",
    });
  }

  /** @throws {Failure} store: what would be written now would be kept nowhere */
  #refuseLost(): void {
    const there = this.#presence.look();
    if (there.is !== "sound") throw unsound(there);
  }

  #ask<T>(sql: string, use: (statement: Statement) => T): T {
    try {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#database.prepare(sql);
        this.#statements.set(sql, statement);
      }
      return use(statement);
    } catch (cause) {
      const failure = storeFailure(cause, this.#file, isRead(sql) ? "read the store" : "write the store");
      if (failure instanceof Failure && !isRead(sql))
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

function isRead(sql: string): boolean {
  return sql.startsWith("SELECT");
}
