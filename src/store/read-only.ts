import { constants, Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

/**
 * Opens the store's file for reading, whoever uses it meanwhile: nothing is locked, and nothing is left behind. As long as
 * somebody uses it there is a WAL; where there is none, a read by the usual road would leave one.
 */
export function openReadOnly(file: string): { database: Database; is: "still" | "in-use" } {
  const is = existsSync(`${file}-wal`) ? "in-use" : "still";
  const database =
    is === "in-use"
      ? new Database(file, { readonly: true, strict: true })
      : new Database(
          `${pathToFileURL(file).href}?immutable=1`,
          constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI,
        );
  database.run("PRAGMA trusted_schema = OFF");
  // What holds it for a moment is a daemon that writes.
  database.run("PRAGMA busy_timeout = 5000");
  return { database, is };
}
