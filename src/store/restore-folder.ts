/** Puts what a backup held in the place of a data folder's own, whole or not at all. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { asFailure, Failure } from "../core/model/failure.ts";
import { READ_UP_TO, RESTORED } from "../core/notify/kept-names.ts";
import { lockFolder } from "./folder-lock.ts";
import { type OpenStore, openStore } from "./open-store.ts";
import { RESTORING } from "./restoring.ts";
import { storeFailure } from "./store-failure.ts";

/** What is kept of a data folder; all else is made again from Git, the clusters and the network. */
export const KEPT_FOLDERS = ["clusters", "repositories", "certificates", "tls"] as const;
const STORE_FILES = ["holdfast.db", "holdfast.db-wal", "holdfast.db-shm"];

export interface RestoreAsk {
  /** By path below the data folder: `holdfast.db`, `clusters/a.json`. */
  files: ReadonlyMap<string, Uint8Array>;
  /** RFC 3339, when the backup was made; "" where that is not known. */
  made: string;
  /** Who restores, as the activity tells it. */
  by: string;
  /** RFC 3339. */
  now: string;
}

/**
 * Nobody may run on the folder. Sessions of the backup end, since some of them were ended after it; deletions are paused, since
 * what it remembers may be long over: both hold for whoever starts the daemon next. For the same reason no message of the backup
 * is sent by itself.
 *
 * @returns where what was there before is now; undefined where there was nothing
 * @throws {Failure} conflict where a daemon runs on it; store where the backup's store cannot be one of this version, or there
 * is no room: then everything is as it was
 */
export function restoreFolder(data: string, ask: RestoreAsk): string | undefined {
  const fresh = join(data, "restore.new");
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const lock = lockFolder(data);
    try {
      rmSync(fresh, { recursive: true, force: true });
      for (const [path, content] of ask.files) {
        mkdirSync(dirname(join(fresh, path)), { recursive: true, mode: 0o700 });
        writeFileSync(join(fresh, path), content, { mode: 0o600, flush: true });
      }
      makeReady(fresh, ask);
      return swap(data, fresh, ask.now);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
      lock.release();
    }
  } catch (cause) {
    throw asFailure(storeFailure(cause, data, "restore it"), data, "restore it");
  }
}

/** Opens it as a daemon would, which refuses what is damaged, newer or somebody else's, and brings it to this version. */
function makeReady(folder: string, { made, by, now }: RestoreAsk): void {
  const store = openStore(folder);
  try {
    const from = made === "" ? "a backup" : `a backup of ${made}`;
    const why = `restored from ${from}: look at what would be deleted before it goes on`;
    store.accounts.atomically(() => {
      for (const { id } of store.accounts.sessions()) store.accounts.deleteSession(id);
    });
    store.atomically(() => {
      store.putValue("pause", JSON.stringify({ of: "deletions", from: "api", by, since: now, why }));
      leaveUntold(store, from, now);
      store.audit({ at: now, actor: by, action: "restore", details: { from, paused: "deletions" } });
    });
  } finally {
    store.close();
  }
}

/** What waited may have arrived since, or be over: a person has it sent, and what happens from now on is told. */
function leaveUntold(store: OpenStore, from: string, now: string): void {
  const why = `it waited in ${from}, and may have been sent since`;
  for (const { id } of store.outbox.items(["waiting"], Number.MAX_SAFE_INTEGER))
    store.outbox.dead(id, now, why);
  store.putValue(READ_UP_TO, undefined);
  store.putValue(RESTORED, now);
}

function swap(data: string, fresh: string, now: string): string | undefined {
  const all = [...STORE_FILES, ...KEPT_FOLDERS];
  const there = all.filter((name) => existsSync(join(data, name)));
  const before = join(data, `before-restore-${now.replaceAll(":", "-")}`);
  // Whoever finds this knows that what stands beside it is of two stores.
  writeFileSync(join(data, RESTORING), `${before}\n`, { mode: 0o600, flush: true });
  if (there.length > 0) mkdirSync(before, { recursive: true, mode: 0o700 });
  for (const name of there) renameSync(join(data, name), join(before, name));
  for (const name of readdirSync(fresh))
    if (all.includes(name)) renameSync(join(fresh, name), join(data, name));
  rmSync(join(data, RESTORING));
  return there.length > 0 ? before : undefined;
}

/** @throws {Failure} config where a path is none that a backup has */
export function checkKeptPath(path: string, object: string): void {
  const [folder = "", name = "", ...more] = path.split("/");
  const isKept =
    path === "holdfast.db" ||
    ((KEPT_FOLDERS as readonly string[]).includes(folder) &&
      /^[^\\\0]+$/.test(name) &&
      name !== "." &&
      name !== ".." &&
      more.length === 0);
  if (!isKept)
    throw new Failure("config", object, "after-edit", {
      cannot: "restore it",
      why: `it holds ${JSON.stringify(path)}, which no backup does`,
      fix: "Name a file that holdfast backup wrote",
    });
}
