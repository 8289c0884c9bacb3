import type { SQLQueryBindings } from "bun:sqlite";
import { Attempts } from "../core/activity/attempts.ts";
import { entryIn, sealed } from "../core/activity/sealed.ts";
import {
  type ActivityEntry,
  type ActivityHead,
  type ActivityNote,
  type ActivityQuery,
  type ChainRow,
  TRIMMED,
} from "../core/model/activity.ts";

/** What it asks of the connection. */
export interface ActivityTables {
  run(sql: string, ...parameters: SQLQueryBindings[]): void;
  all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[];
  atomically<T>(work: () => T): T;
}

/** What is known around a deed of this actor, beside what is told of it. */
export type Circumstances = (actor: string) => Pick<ActivityNote, "who" | "from" | "reason">;

export interface ActivityOptions {
  /** Entries; a twentieth more until the oldest go together, because each going is an entry itself. */
  kept: number;
  around?: Circumstances;
}

/** Of attempts, while a disk is full. */
const MOST_UNTOLD = 500;

const ROW = "SELECT seq, entry AS text, hash FROM activity";

/** What was done, as a chain: each entry holds the hash of the one before, and none is ever changed. */
export class SqliteActivity {
  readonly #attempts = new Attempts();
  readonly #untold: ActivityNote[] = [];

  constructor(
    private readonly tables: ActivityTables,
    private readonly options: ActivityOptions,
  ) {}

  append(note: ActivityNote): number {
    return this.tables.atomically(() => {
      this.settle(note.at);
      return this.#append(this.#around(note));
    });
  }

  attempt(note: ActivityNote): void {
    this.#tell(this.#attempts.take(this.#around(note)));
  }

  /** What was counted in a time that is over is written down. @param at RFC 3339, of now */
  settle(at: string): void {
    this.#tell(this.#attempts.settle(at));
  }

  end(): void {
    this.#tell(this.#attempts.end());
  }

  /** What cannot be written now waits for the next time. */
  #tell(notes: readonly ActivityNote[]): void {
    this.#untold.push(...notes);
    this.#untold.splice(0, this.#untold.length - MOST_UNTOLD);
    for (let note = this.#untold[0]; note !== undefined; note = this.#untold[0]) {
      this.#append(note);
      this.#untold.shift();
    }
  }

  #around(note: ActivityNote): ActivityNote {
    return { ...this.options.around?.(note.actor), ...note };
  }

  #append(note: ActivityNote): number {
    return this.tables.atomically(() => {
      const { seq } = this.#add(note);
      this.#trim(note.at);
      return seq;
    });
  }

  /** Asked of the table each time: what was rolled back was never the last one. */
  head(): ActivityHead | undefined {
    return this.tables.all<ActivityHead>("SELECT seq, hash FROM activity ORDER BY seq DESC LIMIT 1")[0];
  }

  chain(from: number, limit: number): ChainRow[] {
    return this.tables.all<ChainRow>(`${ROW} WHERE seq >= ? ORDER BY seq LIMIT ?`, from, limit);
  }

  find(query: ActivityQuery): ActivityEntry[] {
    const { since, until, actor, action, app, project, outcome, text, order, beyond, limit } = query;
    const [direction, past] = order === "newest-first" ? ["DESC", "<"] : ["ASC", ">"];
    const conditions: [sql: string, ...values: (string | number)[]][] = [];
    const where = (sql: string, value: string | number | undefined): void => {
      if (value !== undefined) conditions.push([sql, value]);
    };
    where("at >= ?", since);
    where("at < ?", until);
    if (actor !== undefined) conditions.push(["actor IN (?, ?)", actor, `user:${actor}`]);
    where("action = ?", action);
    where("app = ?", app);
    where("project = ?", project);
    // Said twice where it can be read from the index of those.
    where(outcome === "done" ? "outcome = ?" : "outcome <> 'done' AND outcome = ?", outcome);
    where("entry LIKE ? ESCAPE '!'", text === undefined ? undefined : likeness(text));
    where(`seq ${past} ?`, beyond);
    const sql = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
    const values = conditions.flatMap(([, ...values]) => values);
    return this.tables
      .all<ChainRow>(`${ROW}${sql} ORDER BY seq ${direction} LIMIT ?`, ...values, limit)
      .map(entryIn);
  }

  #add(note: ActivityNote): ChainRow {
    const head = this.head();
    const row = sealed(note, (head?.seq ?? 0) + 1, head);
    this.tables.run("INSERT INTO activity (seq, entry, hash) VALUES (?, ?, ?)", row.seq, row.text, row.hash);
    return row;
  }

  /** The oldest go, and an entry takes their place: from it on the rest can be verified as before. */
  #trim(at: string): void {
    const last = this.head()?.seq ?? 0;
    const first = this.chain(0, 1)[0]?.seq ?? 1;
    if (last - first + 1 <= this.options.kept + Math.ceil(this.options.kept / 20)) return;
    // One more, for the entry that says so.
    const through = last - this.options.kept + 1;
    const hash = this.chain(through, 1)[0]?.hash;
    this.#add({
      at,
      actor: "daemon",
      action: TRIMMED,
      details: { through, hash, entries: through - first + 1 },
    });
    this.tables.run("DELETE FROM activity WHERE seq <= ?", through);
  }
}

/** As the text stands in JSON, anywhere. */
function likeness(text: string): string {
  return `%${JSON.stringify(text).slice(1, -1).replace(/[!%_]/g, "!$&")}%`;
}
