import type { SQLQueryBindings } from "bun:sqlite";
import type {
  Settled,
  Transition,
  TransitionNote,
  TransitionQuery,
  TransitionSubject,
} from "../core/model/transition.ts";
import { joined } from "../core/transitions/joined.ts";

/** What it asks of the connection. */
interface TransitionTables {
  run(sql: string, ...parameters: SQLQueryBindings[]): void;
  all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[];
  atomically<T>(work: () => T): T;
}

/** How many are kept: of one application or cluster, and of all together. */
export interface KeptTransitions {
  each: number;
  all: number;
}

/** All of them are counted at so many new ones: there may be that many more. */
const ALL_EVERY = 100;

type Row = { seq: number; json: string };

/**
 * What became of applications and clusters. A row that comes again gets a new number, so that whoever reads on from a number
 * hears of it again.
 */
export class SqliteTransitions {
  constructor(
    private readonly tables: TransitionTables,
    private readonly kept: KeptTransitions,
  ) {}

  settled({ is, name }: TransitionSubject): Settled | undefined {
    const [row] = this.tables.all<{ json: string }>(
      "SELECT json FROM settled WHERE subject = ? AND name = ?",
      is,
      name,
    );
    return row && (JSON.parse(row.json) as Settled);
  }

  settle(
    of: TransitionSubject,
    settled: Settled | undefined,
    notes: readonly TransitionNote[],
  ): Transition[] {
    return this.tables.atomically(() => {
      if (settled === undefined)
        this.tables.run("DELETE FROM settled WHERE subject = ? AND name = ?", of.is, of.name);
      else
        this.tables.run(
          "INSERT INTO settled VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
          of.is,
          of.name,
          JSON.stringify(settled),
        );
      const told = notes.map((note) => this.#add(of, note));
      if (told.length > 0) this.#drop(of, told);
      return told;
    });
  }

  find({ app, cluster, kinds, since, until, order, beyond, limit }: TransitionQuery): Transition[] {
    const [direction, past] = order === "newest-first" ? ["DESC", "<"] : ["ASC", ">"];
    const conditions: [sql: string, ...values: (string | number)[]][] = [];
    if (app !== undefined) conditions.push(["subject = 'application' AND name = ?", app]);
    if (cluster !== undefined) conditions.push(["subject = 'cluster' AND name = ?", cluster]);
    if (kinds !== undefined)
      conditions.push([`kind IN (${kinds.map(() => "?").join(", ") || "NULL"})`, ...kinds]);
    if (since !== undefined) conditions.push(["at >= ?", since]);
    if (until !== undefined) conditions.push(["at < ?", until]);
    if (beyond !== undefined) conditions.push([`seq ${past} ?`, beyond]);
    const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(([sql]) => sql).join(" AND ")}`;
    return this.tables
      .all<Row>(
        `SELECT seq, json FROM transitions${where} ORDER BY seq ${direction} LIMIT ?`,
        ...conditions.flatMap(([, ...values]) => values),
        limit,
      )
      .map(transitionIn);
  }

  #add({ is, name }: TransitionSubject, note: TransitionNote): Transition {
    const [row] = this.tables.all<Row>(
      "SELECT seq, json FROM transitions WHERE subject = ? AND name = ? AND kind = ? ORDER BY seq DESC LIMIT 1",
      is,
      name,
      note.kind,
    );
    const last = row && transitionIn(row);
    const together = joined(last, note);
    if (last !== undefined && together !== undefined)
      this.tables.run("DELETE FROM transitions WHERE seq = ?", last.seq);
    const kept: Omit<Transition, "seq"> = { ...note, ...(together ?? { count: 1, first: note.at }) };
    const [{ seq }] = this.tables.all<{ seq: number }>(
      "INSERT INTO transitions (subject, name, kind, at, json) VALUES (?, ?, ?, ?, ?) RETURNING seq",
      is,
      name,
      note.kind,
      note.at,
      JSON.stringify(kept),
    ) as [{ seq: number }];
    return { ...kept, seq };
  }

  #drop({ is, name }: TransitionSubject, told: readonly Transition[]): void {
    this.tables.run(
      `DELETE FROM transitions WHERE subject = ?1 AND name = ?2 AND seq <= (
         SELECT seq FROM transitions WHERE subject = ?1 AND name = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)`,
      is,
      name,
      this.kept.each,
    );
    if (told.every(({ seq }) => seq % ALL_EVERY !== 0)) return;
    // Counted, and not by their numbers: one that flaps uses up many of those.
    this.tables.run(
      "DELETE FROM transitions WHERE seq <= (SELECT seq FROM transitions ORDER BY seq DESC LIMIT 1 OFFSET ?)",
      this.kept.all,
    );
  }
}

function transitionIn({ seq, json }: Row): Transition {
  return { ...(JSON.parse(json) as Omit<Transition, "seq">), seq };
}
