import type { SQLQueryBindings } from "bun:sqlite";
import type {
  DestinationName,
  NotificationMessage,
  OutboxItem,
  OutboxState,
} from "../core/model/notification.ts";
import type { Outbox, OutboxNote } from "../core/ports/outbox.ts";
import { defined } from "../lib/defined.ts";

/** What it asks of the connection. */
interface OutboxTables {
  run(sql: string, ...parameters: SQLQueryBindings[]): void;
  all<Row>(sql: string, ...parameters: SQLQueryBindings[]): Row[];
  atomically<T>(work: () => T): T;
}

/** How many that have ended are kept: they are what is not sent a second time. Of more that wait the oldest are given up. */
export interface KeptNotifications {
  ended: number;
  dead: number;
  waiting: number;
}

const ENDED_EVERY = 50;

interface Row {
  id: number;
  service: string;
  recipient: string;
  trigger: string;
  state: OutboxState;
  tries: number;
  at: string;
  due: number;
  why: string | null;
  ended: string | null;
  json: string;
}
const COLUMNS = 'id, service, recipient, "trigger", state, tries, at, due, why, ended, json';

export class SqliteOutbox implements Outbox {
  constructor(
    private readonly tables: OutboxTables,
    private readonly kept: KeptNotifications,
  ) {}

  post(notes: readonly OutboxNote[], at: string, dueMs: number): number {
    return this.tables.atomically(() => {
      let added = 0;
      for (const note of notes) added += this.#add(note, at, dueMs) === undefined ? 0 : 1;
      return added;
    });
  }

  destinations(): { to: DestinationName; due: number; waiting: number }[] {
    // Of several rows SQLite takes the bare column from the one with the least id.
    return this.tables
      .all<{ service: string; recipient: string; due: number; waiting: number }>(
        `SELECT service, recipient, due, min(id) AS first, count(*) AS waiting FROM notifications
         WHERE state = 'waiting' GROUP BY service, recipient ORDER BY first`,
      )
      .map(({ service, recipient, due, waiting }) => ({ to: { service, recipient }, due, waiting }));
  }

  waitingFor({ service, recipient }: DestinationName, limit: number): OutboxItem[] {
    return this.tables
      .all<Row>(
        `SELECT ${COLUMNS} FROM notifications WHERE state = 'waiting' AND service = ? AND recipient = ? ORDER BY id LIMIT ?`,
        service,
        recipient,
        limit,
      )
      .map(itemIn);
  }

  delivered(id: number, at: string): void {
    this.#end(id, "delivered", at, null);
  }

  later(id: number, dueMs: number, why: string): void {
    this.tables.run(
      "UPDATE notifications SET tries = tries + 1, due = ?, why = ? WHERE id = ? AND state = 'waiting'",
      Math.ceil(dueMs),
      why,
      id,
    );
  }

  dead(id: number, at: string, why: string): void {
    this.tables.atomically(() => {
      this.tables.run("UPDATE notifications SET tries = tries + 1 WHERE id = ?", id);
      this.#end(id, "dead", at, why);
    });
  }

  join(ids: readonly number[], note: OutboxNote, at: string, dueMs: number): OutboxItem {
    return this.tables.atomically(() => {
      for (const id of ids) this.#end(id, "joined", at, null);
      // Behind those only that came while it was made: these wait for the next one.
      const id = this.#add(note, at, dueMs);
      const made = id === undefined ? undefined : this.item(id);
      if (made === undefined) throw new Error("what was told together is told together once more");
      return made;
    });
  }

  resend(ids: readonly number[] | undefined, dueMs: number): number {
    return this.tables.atomically(() => {
      const dead = this.tables.all<{ id: number }>("SELECT id FROM notifications WHERE state = 'dead'");
      const meant = dead.filter(({ id }) => ids === undefined || ids.includes(id));
      for (const { id } of meant)
        this.tables.run(
          "UPDATE notifications SET state = 'waiting', tries = 0, due = ?, at = ?, ended = NULL WHERE id = ?",
          Math.ceil(dueMs),
          // Counted from now: its time to be given up begins again.
          new Date(dueMs).toISOString(),
          id,
        );
      return meant.length;
    });
  }

  hurry(dueMs: number): void {
    const due = Math.ceil(dueMs);
    this.tables.run("UPDATE notifications SET due = ? WHERE state = 'waiting' AND due > ?", due, due);
  }

  items(states: readonly OutboxState[], limit: number): OutboxItem[] {
    return this.tables
      .all<Row>(
        `SELECT ${COLUMNS} FROM notifications WHERE state IN (${states.map(() => "?").join(", ")}) ORDER BY id DESC LIMIT ?`,
        ...states,
        limit,
      )
      .map(itemIn);
  }

  item(id: number): OutboxItem | undefined {
    return this.tables.all<Row>(`SELECT ${COLUMNS} FROM notifications WHERE id = ?`, id).map(itemIn)[0];
  }

  counts(): Readonly<Record<OutboxState, number>> {
    const counts = { waiting: 0, delivered: 0, joined: 0, dead: 0 };
    for (const { state, count } of this.tables.all<{ state: OutboxState; count: number }>(
      "SELECT state, count(*) AS count FROM notifications GROUP BY state",
    ))
      counts[state] = count;
    return counts;
  }

  #add({ key, to, trigger, message }: OutboxNote, at: string, dueMs: number): number | undefined {
    const [row] = this.tables.all<{ id: number }>(
      `INSERT INTO notifications (key, service, recipient, "trigger", state, tries, at, due, json)
       VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?, ?) ON CONFLICT (key) DO NOTHING RETURNING id`,
      key,
      to.service,
      to.recipient,
      trigger,
      at,
      Math.ceil(dueMs),
      JSON.stringify(message),
    );
    if (row !== undefined && row.id % ENDED_EVERY === 0) this.#drop(at);
    return row?.id;
  }

  #end(id: number, state: OutboxState, at: string, why: string | null): void {
    this.tables.run(
      "UPDATE notifications SET state = ?, ended = ?, why = ? WHERE id = ? AND state = 'waiting'",
      state,
      at,
      why,
      id,
    );
  }

  /** What waits never falls: of too many, some are given up, where they are seen and can be sent again. */
  #drop(at: string): void {
    if (this.counts().waiting > this.kept.waiting) this.#giveUp(at);
    this.tables.run(
      `DELETE FROM notifications WHERE state IN ('delivered', 'joined') AND id <= (
         SELECT id FROM notifications WHERE state IN ('delivered', 'joined') ORDER BY id DESC LIMIT 1 OFFSET ?)`,
      this.kept.ended,
    );
    if (this.counts().dead > this.kept.dead) this.#dropDead();
  }

  /**
   * The oldest of the project that has most wait, and a twentieth more than needed, because this goes through all of them.
   * The first of each destination stays: it may be on its way.
   */
  #giveUp(at: string): void {
    const most = this.kept.waiting;
    this.tables.run(
      `UPDATE notifications SET state = 'dead', ended = ?, why = ? WHERE id IN (SELECT id FROM (
         SELECT id, row_number() OVER (PARTITION BY json_extract(json, '$.project') ORDER BY id DESC) AS place
         FROM notifications WHERE state = 'waiting') WHERE place > ?)
       AND id NOT IN (SELECT min(id) FROM notifications WHERE state = 'waiting' GROUP BY service, recipient)`,
      at,
      `more than ${most} messages waited for receivers that took none`,
      evenShare(this.#byProject("waiting"), Math.floor(most * 0.95)),
    );
  }

  #byProject(state: OutboxState): number[] {
    return this.tables
      .all<{ count: number }>(
        "SELECT count(*) AS count FROM notifications WHERE state = ? GROUP BY json_extract(json, '$.project')",
        state,
      )
      .map(({ count }) => count);
  }

  /** Who subscribes where nothing arrives makes them without end: those of the project that has most fall first. */
  #dropDead(): void {
    const counts = this.#byProject("dead");
    this.tables.run(
      `DELETE FROM notifications WHERE id IN (SELECT id FROM (
         SELECT id, row_number() OVER (PARTITION BY json_extract(json, '$.project') ORDER BY id DESC) AS place
         FROM notifications WHERE state = 'dead') WHERE place > ?)`,
      evenShare(counts, this.kept.dead),
    );
  }
}

/** How many each may have so that all of them fit: who has fewer leaves its room to the others. */
function evenShare(counts: readonly number[], most: number): number {
  let [left, share] = [most, 0];
  for (const [at, count] of counts.toSorted((a, b) => a - b).entries()) {
    share = Math.floor(left / (counts.length - at));
    if (count > share) break;
    left -= count;
  }
  return share;
}

function itemIn({
  id,
  service,
  recipient,
  trigger,
  state,
  tries,
  at,
  due,
  why,
  ended,
  json,
}: Row): OutboxItem {
  return {
    ...{ id, to: { service, recipient }, trigger, state, tries, at, due },
    ...defined({ why: why ?? undefined, ended: ended ?? undefined }),
    message: JSON.parse(json) as NotificationMessage,
  };
}
