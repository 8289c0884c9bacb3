import type { SQLQueryBindings } from "bun:sqlite";
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
import type {
  Settled,
  Transition,
  TransitionNote,
  TransitionQuery,
  TransitionSubject,
} from "../core/model/transition.ts";
import type { AppState } from "../core/ports/home.ts";
import type { AuditEntry, Journal, SyncRun } from "../core/ports/journal.ts";
import type { Store, StoreCondition } from "../core/ports/store.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { type Circumstances, SqliteActivity } from "./sqlite-activity.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";
import { type KeptTransitions, SqliteTransitions } from "./sqlite-transitions.ts";

export interface Retention {
  /** Finished runs kept of one application, newest first. */
  runsPerApp: number;
  /** Runs kept of all applications together. */
  runs: number;
  audits: number;
  /** Deleted objects that are kept: of one application, and of all together. */
  keptPerApp: Room;
  kept: Room;
  transitions: KeptTransitions;
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

/** The port on one SQLite connection. Rows hold JSON: the engine reads whole things and searches by key only. */
export class SqliteStore implements Store {
  readonly #connection: SqliteConnection;
  readonly #retention: Retention;
  readonly #onClose: () => void;
  readonly #activity: SqliteActivity;
  readonly #transitions: SqliteTransitions;

  constructor(
    connection: SqliteConnection,
    retention: Retention,
    onClose: () => void,
    around?: Circumstances,
  ) {
    this.#connection = connection;
    this.#retention = retention;
    this.#onClose = onClose;
    this.#activity = new SqliteActivity(connection, { kept: retention.audits, ...defined({ around }) });
    this.#transitions = new SqliteTransitions(connection, retention.transitions);
  }

  condition(): StoreCondition {
    return this.#connection.condition();
  }

  probe(): StoreCondition {
    return this.#connection.probe((text) => {
      this.#activity.settle(timestamp(Date.now()));
      this.putValue("probe", text);
    });
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

  runs({ app, id, limit, unfinished }: Parameters<Journal["runs"]>[0]): SyncRun[] {
    const conditions = [
      ...(app === undefined ? [] : ["app = ?"]),
      ...(id === undefined ? [] : ["id = ?"]),
      ...(unfinished === undefined ? [] : ["finished = 0"]),
    ];
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const parameters = [...(app === undefined ? [] : [app]), ...(id === undefined ? [] : [id]), limit];
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

  settled(of: TransitionSubject): Settled | undefined {
    return this.#transitions.settled(of);
  }

  settle(
    of: TransitionSubject,
    settled: Settled | undefined,
    notes: readonly TransitionNote[],
  ): Transition[] {
    return this.#transitions.settle(of, settled, notes);
  }

  transitions(query: TransitionQuery): Transition[] {
    return this.#transitions.find(query);
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

  valueNames(beginning: string): string[] {
    return this.#all<{ name: string }>(
      "SELECT name FROM facts WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
      beginning,
    ).map(({ name }) => name);
  }

  atomically<T>(work: () => T): T {
    return this.#connection.atomically(work);
  }

  soon<T>(work: () => T, lost?: () => void): T {
    return this.#connection.soon(work, lost);
  }

  flush(): void {
    this.#connection.flush();
  }

  endCounts(): void {
    try {
      this.#activity.end();
    } catch (cause) {
      // Counts of a minute: a store that is lost is closed all the same.
      if (!(cause instanceof Failure)) throw cause;
    }
  }

  close(): void {
    this.endCounts();
    this.#connection.close();
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
    this.#connection.run(sql, ...parameters);
  }

  #all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[] {
    return this.#connection.all(sql, ...parameters);
  }

  #get<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row {
    return this.#connection.get(sql, ...parameters);
  }
}

function keptIn({ id, json }: KeptRow): KeptObject {
  return { ...(JSON.parse(json) as Omit<KeptObject, "id">), id };
}

function ended(state: OperationState): 0 | 1 {
  return ENDED.has(state.phase) ? 1 : 0;
}
