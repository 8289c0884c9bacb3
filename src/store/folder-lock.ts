import { Database, SQLiteError } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { codeOf } from "../lib/caught.ts";
import { guardPath } from "./path-guard.ts";

export interface FolderLock {
  /** Whose presence is the lock. */
  file: string;
  release(): void;
}

/**
 * Takes the data folder for this process. The lock is the operating system's (SQLite holds it on an empty file),
 * so that it ends with the process however the process ends; the file `pid` is only there to name the holder. The folder's
 * path is taken too, for the case that somebody removes the folder, and the lock with it, under a daemon that runs.
 * @throws {Failure} conflict where another process has the folder
 * @throws what the system or SQLite says where the lock cannot be made
 */
export function lockFolder(folder: string): FolderLock {
  const pidFile = join(folder, "pid"),
    file = join(folder, "lock");
  const guard = guardPath(folder);
  if (guard === undefined) throw inUse(folder, pidFile, undefined);
  let database: Database | undefined;
  try {
    database = new Database(file, { create: true });
    // Nothing is ever written inside this transaction: it is the lock, open until release.
    database.run("BEGIN EXCLUSIVE");
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (cause) {
    database?.close();
    guard.release();
    throw isBusy(cause) ? inUse(folder, pidFile, cause) : cause;
  }
  const held = database;
  return {
    file,
    release() {
      // In a folder that was put in its place it is somebody else's.
      if (holder(pidFile) === ` (pid ${process.pid})`) rmSync(pidFile, { force: true });
      held.run("ROLLBACK");
      held.close();
      guard.release();
    },
  };
}

function isBusy(cause: unknown): boolean {
  return cause instanceof SQLiteError && /^SQLITE_(BUSY|LOCKED)/.test(cause.code ?? "");
}

function inUse(folder: string, pidFile: string, cause: unknown): Failure {
  return new Failure("conflict", folder, "after-edit", {
    cannot: "open the data folder",
    why: `another Holdfast uses it${holder(pidFile)}`,
    fix: "Stop that process first, or give this one another `data` folder",
    cause,
  });
}

/** ` (pid 4711)`, or nothing where the holder has not written its number yet, or its folder was removed. */
function holder(pidFile: string): string {
  try {
    return ` (pid ${readFileSync(pidFile, "utf8").trim()})`;
  } catch (cause) {
    // The holder may have released between our try and this read; the refusal stands without the number.
    if (codeOf(cause) === "ENOENT") return "";
    throw cause;
  }
}
