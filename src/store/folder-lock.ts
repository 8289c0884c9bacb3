import { Database } from "bun:sqlite";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { codeOf } from "../lib/caught.ts";

export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process. The lock is the operating system's (SQLite holds it on an empty file),
 * so that it ends with the process however the process ends; the file `pid` is only there to name the holder.
 * @throws {Failure} store where another process has the folder
 */
export function lockFolder(folder: string): FolderLock {
  const pidFile = join(folder, "pid");
  const database = new Database(join(folder, "lock"), { create: true });
  try {
    // Nothing is ever written inside this transaction: it is the lock, open until release.
    database.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    throw new Failure("conflict", folder, "after-edit", {
      cannot: "open the data folder",
      why: `another Holdfast uses it${holder(pidFile)}`,
      fix: "Stop that process first, or give this one another `data` folder",
      cause,
    });
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    release() {
      rmSync(pidFile, { force: true });
      database.run("ROLLBACK");
      database.close();
    },
  };
}

/** ` (pid 4711)`, or nothing where the holder has not written its number yet. */
function holder(pidFile: string): string {
  try {
    return ` (pid ${readFileSync(pidFile, "utf8").trim()})`;
  } catch (cause) {
    // The holder may have released between our try and this read; the refusal stands without the number.
    if (codeOf(cause) === "ENOENT") return "";
    throw cause;
  }
}
