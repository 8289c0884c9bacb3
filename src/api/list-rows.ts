import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import {
  type ChangesToList,
  LISTED_COLUMNS,
  listedTexts,
  NO_CHANGES,
} from "../core/model/listed-application.ts";
import { isToldOtherwise } from "./authorised/veil.ts";

/** An application's row, with when each part of it became what it is. */
export interface ListRow {
  readonly key: AppKey;
  readonly app: Application;
  readonly changes: ChangesToList;
  /** Another one whenever anything of the application is, shown in a list or not. */
  readonly version: number;
  /** A JSON array: the version, then each column of `LISTED_COLUMNS`. */
  readonly text: string;
  readonly columns: readonly { text: string; since: number }[];
}

/** More rows than this beyond those that were asked for are of applications that are gone. */
const SPARE = 1_000;

/**
 * The rows that were asked for, so that they are made once for everybody. What is forgotten is made anew, and then counts as
 * changed: that costs bytes and nothing else.
 */
export class ListRows {
  readonly #rows = new Map<AppKey, ListRow>();
  readonly #toSome = new WeakMap<Application, ListRow>();
  readonly #now: () => number;
  #last = 0;
  /** That were asked for at once, ever: whoever may see few has nobody else's made anew. */
  #most = 0;

  /** @param now milliseconds since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * A point in time after all before it. It is of the clock, and never a count: that would tell how much goes on of what one
   * may not see.
   */
  tick(): number {
    this.#last = Math.max(this.#last + 1, this.#now() * 1_000);
    return this.#last;
  }

  of(app: Application, changes = NO_CHANGES): ListRow {
    const key = keyOfApp(app);
    if (isToldOtherwise(app)) return this.#ofSome(key, app, changes);
    const before = this.#rows.get(key);
    if (before?.app === app && areSame(before.changes, changes)) return before;
    const now = this.tick();
    const columns = listedTexts(app, changes).map((text, at) => {
      const old = before?.columns[at];
      return old?.text === text ? old : { text, since: now };
    });
    const text = `[${[now, ...columns.map((column) => column.text)].join(",")}]`;
    const row = { key, app, changes, version: now, text, columns };
    this.#rows.set(key, row);
    return row;
  }

  /** For those alone who are told it so. All of it counts as changed, for them and for who was told otherwise before. */
  #ofSome(key: AppKey, app: Application, changes: ChangesToList): ListRow {
    const known = this.#toSome.get(app);
    if (known !== undefined && areSame(known.changes, changes)) return known;
    this.#rows.delete(key);
    const now = this.tick();
    const columns = listedTexts(app, changes).map((text) => ({ text, since: now }));
    const text = `[${[now, ...columns.map((column) => column.text)].join(",")}]`;
    const row = { key, app, changes, version: now, text, columns };
    this.#toSome.set(app, row);
    return row;
  }

  /** Of all that somebody sees. */
  ofAll(
    apps: readonly Application[],
    changesOf: (app: Application) => ChangesToList = () => NO_CHANGES,
  ): ListRow[] {
    this.#most = Math.max(this.#most, apps.length);
    if (this.#rows.size > this.#most + SPARE) this.#rows.clear();
    return apps.map((app) => this.of(app, changesOf(app)));
  }

  gone(key: AppKey): void {
    this.#rows.delete(key);
  }
}

/** What of a row changed after a time, by column. */
export function changedSince({ version, columns }: ListRow, time: number): Record<string, unknown> {
  const changed: Record<string, unknown> = { version };
  for (const [at, { text, since }] of columns.entries())
    if (since > time) changed[LISTED_COLUMNS[at] ?? ""] = JSON.parse(text);
  return changed;
}

function areSame(one: ChangesToList, other: ChangesToList): boolean {
  return one.changed === other.changed && one.newest === other.newest;
}
