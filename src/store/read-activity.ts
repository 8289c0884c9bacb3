import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { verifying } from "../core/activity/verify-chain.ts";
import type { ChainRow, Verification } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { inSlices } from "../lib/in-steps.ts";
import { storeFailure } from "./store-failure.ts";

/**
 * Verifies the activity of a data folder that a daemon may be using: nothing is locked, and nothing is written.
 * @throws {Failure} store where there is none, or it cannot be read
 */
export async function verifyStoredActivity(
  folder: string,
  noted: { seq?: number; hash: string } | undefined,
  signal: AbortSignal,
): Promise<Verification> {
  const file = join(folder, "holdfast.db");
  const refused = (why: string, fix: string): Failure =>
    new Failure("store", file, "after-edit", { cannot: "read the activity", why, fix });
  if (!existsSync(file))
    throw refused("there is no such file", "Name the folder that the config calls `data`");
  let database: Database | undefined;
  try {
    database = new Database(file, { readonly: true, strict: true });
    database.run("PRAGMA trusted_schema = OFF");
    // What holds it for a moment is a daemon that writes.
    database.run("PRAGMA busy_timeout = 5000");
    const table = database
      .query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'activity'")
      .get();
    if (table === null)
      throw refused(
        "it is of a version that kept no chain of it, or it is another program's",
        "Start this version of the daemon once on it: what there is is chained then",
      );
    const rows = database.query<ChainRow, [number, number]>(
      "SELECT seq, entry AS text, hash FROM activity WHERE seq >= ? ORDER BY seq LIMIT ?",
    );
    return await inSlices(
      verifying((from, limit) => rows.all(from, limit), noted),
      { signal },
    );
  } catch (cause) {
    throw storeFailure(cause, file, "read the activity");
  } finally {
    database?.close();
  }
}
