import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { OfflineVerbs } from "../cli/offline-verbs.ts";
import { ChainReader } from "../core/activity/verify-chain.ts";
import type { ChainRow, Verification } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { messageOf } from "../lib/caught.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { verifyStoredActivity } from "../store/read-activity.ts";
import type { Surroundings } from "./surroundings.ts";

export async function activityVerify(
  { cwd }: Pick<Surroundings, "cwd">,
  { from, noted, signal }: Parameters<OfflineVerbs["activityVerify"]>[0],
): Promise<Verification> {
  if ("data" in from) return verifyStoredActivity(resolve(cwd, from.data), noted, signal);
  const file = resolve(cwd, from.file);
  const reader = new ChainReader(noted);
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      signal.throwIfAborted();
      number += 1;
      if (line !== "" && !reader.read(rowIn(line, `${file}:${number}`))) break;
    }
  } catch (cause) {
    if (cause instanceof Failure || signal.aborted) throw cause;
    throw new Failure("config", file, "after-edit", {
      cannot: "read it",
      why: messageOf(cause),
      fix: "Name a file that activity export wrote",
      cause,
    });
  }
  return reader.end();
}

/** What the hash is of is the entry without it, in the form that it has one text only. */
function rowIn(line: string, place: string): ChainRow {
  try {
    const { hash, ...entry } = JSON.parse(line) as Record<string, unknown>;
    if (typeof hash === "string" && typeof entry["seq"] === "number" && isMapping(entry["details"]))
      return { seq: entry["seq"], text: canonicalJson(entry), hash };
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new Failure("config", place, "after-edit", {
    cannot: "read it",
    why: "the line is no entry of the activity",
    fix: "Export it again: a line that was cut short is one that never came whole",
  });
}
