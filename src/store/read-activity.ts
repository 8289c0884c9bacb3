import type { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { verifying } from "../core/activity/verify-chain.ts";
import type { ChainRow, Verification } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { inSlices } from "../lib/in-steps.ts";
import { openReadOnly } from "./read-only.ts";
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
    const { verification, was } = await verifyFile(file, noted, signal);
    // A daemon began to write while it was read.
    if (!(was === "still" && existsSync(`${file}-wal`))) return verification;
  }
}

async function verifyFile(
  file: string,
  noted: { seq?: number; hash: string } | undefined,
  signal: AbortSignal,
): Promise<{ verification: Verification; was: "still" | "in-use" }> {
  let database: Database | undefined;
  try {
    const opened = openReadOnly(file);
    ({ database } = opened);
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
    const verification = await inSlices(
      verifying((from, limit) => rows.all(from, limit), noted),
      { signal },
    );
    return { verification, was: opened.is };
  } catch (cause) {
    throw storeFailure(cause, file, "read the activity");
  } finally {
    database?.close();
  }
}

function refused(file: string, why: string, fix: string): Failure {
  return new Failure("config", file, "after-edit", { cannot: "read the activity", why, fix });
}
