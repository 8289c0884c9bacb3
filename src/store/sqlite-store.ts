import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";
import type {
  ActivityEntry,
  ActivityHead,
  ActivityNote,
  ActivityQuery,
  ChainRow,
} from "../core/model/activity.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import { Failure } from "../core/model/failure.ts";
import type { KeptNote, KeptObject } from "../core/model/kept-object.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import type { OperationPhase, OperationState } from "../core/model/operation.ts";
import type { Project } from "../core/model/project.ts";
import type { AppState } from "../core/ports/home.ts";
import type { AuditEntry, SyncRun } from "../core/ports/journal.ts";
import type { Store, StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { type Circumstances, SqliteActivity } from "./sqlite-activity.ts";
import { storeFailure } from "./store-failure.ts";
import { type StorePresence, unsound } from "./store-presence.ts";

export interface Retention {
  /** Finished runs kept of one application, newest first. */
  runsPerApp: number;
  /** Runs kept of all applications together. */
  runs: number;
  audits: number;
  /** Deleted objects that are kept: of one application, and of all together. */
  keptPerApp: Room;
  kept: Room;
}

export interface Room {
  count: number;
  bytes: number;
}

const ENDED: ReadonlySet<OperationPhase> = new Set(["Succeeded", "Failed", "Error"]);

type RunRow = { id: number; app: AppKey; cause: string; json: string };
type KeptRow = { id: number; json: string };
/** A kept object without what it held, which may be megabytes. */
const NOTE = "json_remove(json, '$.content') AS json";
/** As much as an operation of some size writes at once. */
const ROOM = "0".repeat(64 * 1024);

/** The port on one SQLite connection. Rows hold JSON: the engine reads whole things and searches by key only. */
export class SqliteStore implements Store {
  readonly #database: Database;
  readonly #file: string;
  readonly #retention: Retention;
  readonly #onClose: () => void;
  readonly #statements = new Map<string, Statement>();
  readonly #activity: SqliteActivity;

  readonly #presence: StorePresence;
  /** What the last write that failed said, until a probe finds room again. */
  #failing: StoreCondition = { is: "sound" };

  constructor(
    database: Database,
    file: string,
    retention: Retention,
    presence: StorePresence,
    onClose: () => void,
    around?: Circumstances,
  ) {
    this.#database = database;
    this.#file = file;
    this.#retention = retention;
    this.#presence = presence;
    this.#onClose = onClose;
    this.#activity = new SqliteActivity(
      {
        run: (sql, ...parameters) => this.#run(sql, ...parameters),
        all: (sql, ...parameters) => this.#all(sql, ...parameters),
        atomically: (work) => this.atomically(work),
      },
      { kept: retention.audits, ...defined({ around }) },
    );
  }

  condition(): StoreCondition {
    const there = this.#presence.look();
    return there.is === "sound" ? this.#failing : there;
  }

  probe(): StoreCondition {
    try {
      this.#activity.settle(timestamp(Date.now()));
      // Where it failed, a small write that fits by chance proves nothing: the next larger one would fail again.
      if (this.#failing.is !== "sound") this.putValue("probe", ROOM);
      this.putValue("probe", String(process.pid));
      this.#failing = { is: "sound" };
    } catch (cause) {
      // What it says is in the condition.
      if (!(cause instanceof Failure)) throw cause;
    }
    return this.condition();
  }

  applications(): Application[] {
    return this.#all<{ json: string }>("SELECT json FROM applications ORDER BY key").map(
      ({ json }) => JSON.parse(json) as Application,
    );
  }

  putApplication(app: Application): void {
    this.#run(
      "INSERT INTO applications VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
      keyOfApp(app),
      JSON.stringify(app),
    );
  }

  deleteApplication(key: AppKey): void {
    this.#run("DELETE FROM applications WHERE key = ?", key);
  }

  projects(): Project[] {
    return this.#all<{ json: string }>("SELECT json FROM projects ORDER BY name").map(
      ({ json }) => JSON.parse(json) as Project,
    );
  }

  putProject(project: Project): void {
    this.#run(
      "INSERT INTO projects VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
      project.metadata.name,
      JSON.stringify(project),
    );
  }

  deleteProject(name: string): void {
    this.#run("DELETE FROM projects WHERE name = ?", name);
  }

  states(): AppState[] {
    return this.#all<{ json: string }>("SELECT json FROM states ORDER BY key").map(
      ({ json }) => JSON.parse(json) as AppState,
    );
  }

  putStates(states: readonly AppState[]): void {
    this.atomically(() => {
      for (const state of states) {
        this.#run(
          "INSERT INTO states VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
          state.key,
          JSON.stringify(state),
        );
      }
    });
  }

  deleteState(key: AppKey): void {
    this.#run("DELETE FROM states WHERE key = ?", key);
  }

  records(app: AppKey): ObjectRecord[] {
    return this.#all<{ json: string }>("SELECT json FROM records WHERE app = ? ORDER BY key", app).map(
      ({ json }) => JSON.parse(json) as ObjectRecord,
    );
  }

  putRecords(app: AppKey, records: readonly ObjectRecord[]): void {
    this.atomically(() => {
      for (const record of records) {
        this.#run(
          "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
          app,
          record.key,
          JSON.stringify(record),
        );
      }
    });
  }

  deleteRecords(app: AppKey, keys: readonly RefKey[] | "all"): void {
    if (keys === "all") return this.#run("DELETE FROM records WHERE app = ?", app);
    this.atomically(() => {
      for (const key of keys) this.#run("DELETE FROM records WHERE app = ? AND key = ?", app, key);
    });
  }

  startRun({ app, cause, state }: Omit<SyncRun, "id">): number {
    return this.atomically(() => {
      const row = this.#get<{ id: number }>(
        "INSERT INTO runs (app, cause, finished, json) VALUES (?, ?, ?, ?) RETURNING id",
        app,
        cause,
        ended(state),
        JSON.stringify(state),
      );
      this.#dropOldRuns(app);
      return row.id;
    });
  }

  updateRun(id: number, state: OperationState): void {
    this.#run("UPDATE runs SET finished = ?, json = ? WHERE id = ?", ended(state), JSON.stringify(state), id);
  }

  runs({ app, limit, unfinished }: { app?: AppKey; limit: number; unfinished?: true }): SyncRun[] {
    const conditions = [
      ...(app === undefined ? [] : ["app = ?"]),
      ...(unfinished === undefined ? [] : ["finished = 0"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const parameters = [...(app === undefined ? [] : [app]), limit];
    return this.#all<RunRow>(
      `SELECT id, app, cause, json FROM runs ${where} ORDER BY id DESC LIMIT ?`,
      ...parameters,
    ).map(({ id, app, cause, json }) => ({ id, app, cause, state: JSON.parse(json) as OperationState }));
  }

  audit(entry: AuditEntry): number {
    return this.#activity.append(entry);
  }

  attempt(note: ActivityNote): void {
    this.#activity.attempt(note);
  }

  audits({ app, limit }: { app?: AppKey; limit: number }): ActivityEntry[] {
    return this.activity({ ...defined({ app }), limit, order: "newest-first" });
  }

  activity(query: ActivityQuery): ActivityEntry[] {
    return this.#activity.find(query);
  }

  chain(from: number, limit: number): ChainRow[] {
    return this.#activity.chain(from, limit);
  }

  activityHead(): ActivityHead | undefined {
    return this.#activity.head();
  }

  keepObject(object: Omit<KeptObject, "id">, insteadOf?: number): { id: number; fallen: KeptNote[] } {
    const json = JSON.stringify(object);
    return this.atomically(() => {
      if (insteadOf !== undefined) this.#run("DELETE FROM kept WHERE id = ?", insteadOf);
      const { id } = this.#get<{ id: number }>(
        "INSERT INTO kept (app, at, bytes, json) VALUES (?, ?, ?, ?) RETURNING id",
        object.app,
        object.at,
        Buffer.byteLength(json),
        json,
      );
      const fallen = [
        ...this.#dropKept("WHERE app = ?", [object.app], this.#retention.keptPerApp),
        ...this.#dropKept("", [], this.#retention.kept),
      ];
      return { id, fallen };
    });
  }

  keptObjects(app: AppKey): KeptObject[] {
    return this.#all<KeptRow>("SELECT id, json FROM kept WHERE app = ? ORDER BY id DESC", app).map(keptIn);
  }

  keptNotes(app: AppKey): KeptNote[] {
    return this.#all<KeptRow>(`SELECT id, ${NOTE} FROM kept WHERE app = ? ORDER BY id DESC`, app).map(keptIn);
  }

  oldestKept(): string | undefined {
    return this.#all<{ at: string }>("SELECT at FROM kept ORDER BY id LIMIT 1")[0]?.at;
  }

  dropKeptBefore(at: string): KeptNote[] {
    return this.atomically(() =>
      this.#all<KeptRow>(`DELETE FROM kept WHERE at < ? RETURNING id, ${NOTE}`, at).map(keptIn),
    );
  }

  servedObjects(): KubeObject[] {
    return this.#all<{ json: string }>("SELECT json FROM served ORDER BY key").map(
      ({ json }) => JSON.parse(json) as KubeObject,
    );
  }

  putServedObject(key: RefKey, object: KubeObject): void {
    this.#run(
      "INSERT INTO served VALUES (?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
      key,
      JSON.stringify(object),
    );
  }

  deleteServedObject(key: RefKey): void {
    this.#run("DELETE FROM served WHERE key = ?", key);
  }

  value(name: string): string | undefined {
    return this.#all<{ value: string }>("SELECT value FROM facts WHERE name = ?", name)[0]?.value;
  }

  putValue(name: string, value: string | undefined): void {
    if (value === undefined) return this.#run("DELETE FROM facts WHERE name = ?", name);
    this.#run(
      "INSERT INTO facts VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      name,
      value,
    );
  }

  atomically<T>(work: () => T): T {
    // A savepoint inside a transaction, so that a caller may catch what an inner part threw and go on.
    const [begin, commit, rollBack] = this.#database.inTransaction
      ? ["SAVEPOINT part", "RELEASE part", "ROLLBACK TO part; RELEASE part"]
      : ["BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"];
    this.#run(begin);
    try {
      const result = work();
      if (result instanceof Promise)
        throw new TypeError("the work of one transaction must not wait: it would hold the store");
      this.#run(commit);
      return result;
    } catch (cause) {
      // SQLite has already rolled back by itself where the disk was full or failed.
      if (this.#database.inTransaction) this.#database.run(rollBack);
      throw cause;
    }
  }

  close(): void {
    try {
      this.#activity.end();
    } catch (cause) {
      // Counts of a minute: a store that is lost is closed all the same.
      if (!(cause instanceof Failure)) throw cause;
    }
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#database.close();
    this.#onClose();
  }

  /** The oldest of these fall until the others have room. */
  #dropKept(where: string, of: string[], { count, bytes }: Room): KeptNote[] {
    const sums = this.#all<{ count: number; bytes: number }>(
      `SELECT count(*) AS count, total(bytes) AS bytes FROM kept ${where}`,
      ...of,
    )[0] ?? { count: 0, bytes: 0 };
    const fallen: KeptNote[] = [];
    while (sums.count > count || sums.bytes > bytes) {
      const [row] = this.#all<KeptRow & { bytes: number }>(
        `SELECT id, ${NOTE}, bytes FROM kept ${where} ORDER BY id LIMIT 1`,
        ...of,
      );
      if (row === undefined) break;
      this.#run("DELETE FROM kept WHERE id = ?", row.id);
      fallen.push(keptIn(row));
      sums.count -= 1;
      sums.bytes -= row.bytes;
    }
    return fallen;
  }

  #dropOldRuns(app: AppKey): void {
    this.#run(
      `DELETE FROM runs WHERE app = ?1 AND finished = 1 AND id <= (
         SELECT id FROM runs WHERE app = ?1 AND finished = 1 ORDER BY id DESC LIMIT 1 OFFSET ?2)`,
      app,
      this.#retention.runsPerApp,
    );
    this.#run(
      "DELETE FROM runs WHERE finished = 1 AND id <= (SELECT max(id) FROM runs) - ?",
      this.#retention.runs,
    );
  }

  #run(sql: string, ...parameters: SQLQueryBindings[]): void {
    // Inside a transaction it was asked when that began.
    if (!this.#database.inTransaction) this.#refuseLost();
    this.#ask(sql, (statement) => statement.run(...parameters));
  }

  #all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[] {
    return this.#ask(sql, (statement) => statement.all(...parameters)) as Row[];
  }

  #get<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row {
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

function keptIn({ id, json }: KeptRow): KeptObject {
  return { ...(JSON.parse(json) as Omit<KeptObject, "id">), id };
}

function ended(state: OperationState): 0 | 1 {
  return ENDED.has(state.phase) ? 1 : 0;
}
