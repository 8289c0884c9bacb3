/** The list of applications as the daemon tells it: once whole, then by what changes. Nothing of it is taken on trust. */
import { type ListedApplication, listedFrom } from "../../core/model/listed-application.ts";

/** `GET /api/holdfast/v1/list`, with its header. */
export interface WholeList {
  at: number;
  columns: string[];
  rows: unknown[][];
}

/** A line of `/api/holdfast/v1/stream/list`. */
export interface Frame {
  from: number;
  to: number;
  put?: unknown[][];
  set?: Record<string, Record<string, unknown>>;
  gone?: string[];
}

interface Row {
  /** Another one whenever anything of the application is, shown or not. */
  version: number;
  columns: Readonly<Record<string, unknown>>;
  app: ListedApplication;
}

export type Taken =
  | { is: "taken"; changed: readonly string[] }
  /** It was told before: nothing becomes of it. */
  | { is: "known" }
  /** What was told does not follow on what is known: all is to be asked for anew. */
  | { is: "gap"; why: string };

export class ListState {
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, Row>();
  #at: number;

  /** @throws {TypeError} where it is no list */
  constructor({ at, columns, rows }: WholeList) {
    if (!Number.isSafeInteger(at) || !Array.isArray(columns) || !Array.isArray(rows))
      throw new TypeError("the daemon's list is none");
    this.#at = at;
    this.#columns = columns;
    for (const row of rows) this.#put(row);
  }

  /** Of which everything is known until then. */
  get at(): number {
    return this.#at;
  }

  /** By `namespace/name`. */
  applications(): Map<string, ListedApplication> {
    const apps = new Map<string, ListedApplication>();
    for (const [key, { app }] of this.#rows) apps.set(key, app);
    return apps;
  }

  app(key: string): ListedApplication | undefined {
    return this.#rows.get(key)?.app;
  }

  /** Undefined where there is none. */
  version(key: string): number | undefined {
    return this.#rows.get(key)?.version;
  }

  /** @param frame as it came: whatever it is, nothing is thrown, and half of it is never taken */
  take(frame: unknown): Taken {
    const read = frameOf(frame);
    if (read === undefined) return { is: "gap", why: "a line that is none" };
    const { from, to, put, set, gone } = read;
    if (to <= this.#at) return { is: "known" };
    if (from > this.#at) return { is: "gap", why: `what was told from ${this.#at} to ${from} is missing` };
    // All of it is read before any of it counts.
    const next = new Map<string, Row>();
    try {
      for (const row of put) {
        const made = this.#rowOf(row);
        next.set(made.key, made.row);
      }
      for (const [key, { version, ...changes }] of Object.entries(set)) {
        const before = next.get(key) ?? this.#rows.get(key);
        if (before === undefined) return { is: "gap", why: `${key} changed, and nobody told of it` };
        next.set(key, rowOf(before, versionOf(version), changes));
      }
    } catch (cause) {
      return { is: "gap", why: cause instanceof Error ? cause.message : String(cause) };
    }
    for (const [key, row] of next) this.#rows.set(key, row);
    for (const key of gone) this.#rows.delete(key);
    this.#at = to;
    return { is: "taken", changed: [...next.keys(), ...gone] };
  }

  #put(row: unknown): void {
    const made = this.#rowOf(row);
    this.#rows.set(made.key, made.row);
  }

  #rowOf(row: unknown): { key: string; row: Row } {
    if (!Array.isArray(row)) throw new TypeError("a row that is none");
    const [version] = row as unknown[];
    // Thousands at once, before anything is seen: all of one shape, and nothing made beside them.
    const columns: Record<string, unknown> = {};
    for (let at = 0; at < this.#columns.length; at += 1) columns[this.#columns[at] ?? ""] = row[at + 1];
    const app = listedFrom(columns);
    return {
      key: `${app.metadata.namespace}/${app.metadata.name}`,
      row: { version: versionOf(version), columns, app },
    };
  }
}

/** The same application object stands for it as long as nothing of it is shown otherwise. */
function rowOf(before: Row, version: number, changes: Record<string, unknown>): Row {
  if (Object.keys(changes).length === 0) return { ...before, version };
  const columns = { ...before.columns, ...changes };
  return { version, columns, app: listedFrom(columns) };
}

function versionOf(value: unknown): number {
  if (typeof value !== "number") throw new TypeError("a row without a version");
  return value;
}

function frameOf(value: unknown): Required<Frame> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { from, to, put = [], set = {}, gone = [] } = value as Partial<Frame>;
  const isFrame =
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) &&
    Number(from) < Number(to) &&
    Array.isArray(put) &&
    Array.isArray(gone) &&
    typeof set === "object" &&
    set !== null &&
    Object.values(set).every((one) => typeof one === "object" && one !== null);
  return isFrame ? { from: Number(from), to: Number(to), put, set, gone } : undefined;
}
