import { constants, Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { verifying } from "../core/activity/verify-chain.ts";
import type { ChainRow, Verification } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { inSlices } from "../lib/in-steps.ts";
import { storeFailure } from "./store-failure.ts";

/**
 * Verifies the activity of a data folder that a daemon may be using: nothing is locked, and nothing is written.
 * @throws {Failure} config where there is none; store where it cannot be read
 */
export async function verifyStoredActivity(
  folder: string,
  noted: { seq?: number; hash: string } | undefined,
  signal: AbortSignal,
): Promise<Verification> {
  const file = join(folder, "holdfast.db");
  if (!existsSync(file))
    throw refused(file, "there is no such file", "Name the folder that the config calls `data`");
  for (;;) {
    // As long as somebody uses it there is a WAL. Where there is none, a read by the usual road would leave one behind.
    const isStill = !existsSync(`${file}-wal`);
    const verification = await verifyFile(file, isStill ? "still" : "in-use", noted, signal);
    // A daemon began to write while it was read.
    if (!(isStill && existsSync(`${file}-wal`))) return verification;
  }
}

async function verifyFile(
  file: string,
  is: "still" | "in-use",
  noted: { seq?: number; hash: string } | undefined,
  signal: AbortSignal,
): Promise<Verification> {
  let database: Database | undefined;
  try {
    database =
      is === "in-use"
        ? new Database(file, { readonly: true, strict: true })
        : new Database(
            `${pathToFileURL(file).href}?immutable=1`,
            constants.SQLITE_OPEN_READONLY | constants.SQLITE_OPEN_URI,
          );
    database.run("PRAGMA trusted_schema = OFF");
    // What holds it for a moment is a daemon that writes.
    database.run("PRAGMA busy_timeout = 5000");
    const table = database
      .query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'activity'")
      .get();
    if (table === null)
      throw refused(
        file,
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

function refused(file: string, why: string, fix: string): Failure {
  return new Failure("config", file, "after-edit", { cannot: "read the activity", why, fix });
}
