import type { Database } from "bun:sqlite";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { MIGRATIONS } from "./migrations.ts";
import { openReadOnly } from "./read-only.ts";
import { damaged, storeFailure } from "./store-failure.ts";

/** Where stores are kept as they were before an upgrade, in the data folder. */
const BEFORE_UPGRADES = "before-upgrade";
/** Of them; one is a few megabytes. */
const KEPT = 3;
const MOST_TRIES = 5;

/**
 * Copies the store as it is at one moment, whoever writes to it meanwhile, and looks through the copy.
 * @param into a file that is not there
 * @returns its schema, and how many of its bytes there are
 * @throws {Failure} config where there is no store; store where it is damaged, or the copy has no room
 */
export function snapshotStore(folder: string, into: string): { schema: number } {
  const file = join(folder, "holdfast.db");
  if (!existsSync(file))
    throw new Failure("config", file, "after-edit", {
      cannot: "back up the store",
      why: "there is no such file",
      fix: "Name the folder that the config calls `data`",
    });
  let copy: Database | undefined;
  try {
    copyAsItIs(file, into, copyTo);
    copy = openReadOnly(into).database;
    const [check] = copy.query<{ integrity_check: string }, []>("PRAGMA integrity_check(1)").all();
    if (check?.integrity_check !== "ok") throw damaged(file, check?.integrity_check ?? "no answer");
    return { schema: numberOf(copy, "user_version") };
  } catch (cause) {
    rmSync(into, { force: true });
    throw storeFailure(cause, file, "back up the store");
  } finally {
    copy?.close();
  }
}

/**
 * A file that nobody used is read without locks: where somebody began to use it meanwhile, the copy is of no one moment, or
 * the file looks damaged, and it is read once more.
 */
export function copyAsItIs(file: string, into: string, copy: typeof copyTo): void {
  for (let tries = 1; ; tries += 1) {
    const before = markOf(file);
    const { database, is } = openReadOnly(file);
    const isOfOneMoment = (): boolean =>
      is === "in-use" || (!existsSync(`${file}-wal`) && markOf(file) === before);
    try {
      copy(database, into);
      if (isOfOneMoment()) return;
      if (tries === MOST_TRIES) throw new Error("somebody begins and ends to use it again and again");
    } catch (cause) {
      if (tries === MOST_TRIES || isOfOneMoment()) throw cause;
    } finally {
      database.close();
    }
    rmSync(into, { force: true });
  }
}

function markOf(file: string): string {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino} ${size} ${mtimeMs}`;
}

/**
 * Keeps a store as it is before a newer version changes its tables, for whoever has to go back to the older one.
 * @param database ours, and not of a newer version
 * @returns the copy; undefined where nothing will change
 * @throws what SQLite says where there is no room: nothing is changed without a copy
 */
export function keepBeforeUpgrade(database: Database, file: string): string | undefined {
  const schema = numberOf(database, "user_version");
  if (schema === 0 || schema >= MIGRATIONS.length) return undefined;
  const folder = join(dirname(file), BEFORE_UPGRADES);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const kept = join(folder, `schema-${schema}.db`);
  // An upgrade that was cut short may have left one, and this one is as good.
  rmSync(`${kept}.new`, { force: true });
  copyTo(database, `${kept}.new`);
  renameSync(`${kept}.new`, kept);
  const others = readdirSync(folder).flatMap((name) => {
    const [, number] = /^schema-(\d+)\.db$/.exec(name) ?? [];
    return number === undefined || Number(number) === schema ? [] : [Number(number)];
  });
  // This one stays, even where whoever went back to an old version has copies of newer ones.
  for (const old of others.sort((a, b) => b - a).slice(KEPT - 1)) rmSync(join(folder, `schema-${old}.db`));
  return kept;
}

function copyTo(database: Database, into: string): void {
  try {
    database.query("VACUUM INTO ?").run(into);
    chmodSync(into, 0o600);
  } catch (cause) {
    rmSync(into, { force: true });
    throw cause;
  }
}

function numberOf(database: Database, pragma: string): number {
  return database.query<Record<string, number>, []>(`PRAGMA ${pragma}`).get()?.[pragma] ?? 0;
}
