import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { codeOf } from "../lib/caught.ts";
import { hashText } from "../lib/hash.ts";

/** Of a folder that a plugin may read; what is beyond is no settings folder. */
const MAX_ENTRIES = 5_000;

/**
 * The state of a file or folder of this machine, everything below it: another one where any of it was changed.
 * @throws {Failure} render where it is not there, or is too much to look at
 */
export function outsideState(path: string): string {
  const lines: string[] = [];
  const look = (at: string): void => {
    const stat = lstatSync(at);
    lines.push(`${at} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.mode}`);
    if (lines.length > MAX_ENTRIES)
      throw cannotRead(path, `it holds more than ${MAX_ENTRIES} files`, "Name a smaller folder in mounts");
    if (stat.isDirectory()) for (const name of readdirSync(at).sort()) look(join(at, name));
  };
  try {
    look(path);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const code = codeOf(cause);
    throw cannotRead(
      path,
      code === "ENOENT" ? "it is not there" : code,
      "Put it back, or correct the plugin's mounts in the config",
    );
  }
  return hashText(lines.join("\n"));
}

function cannotRead(path: string, why: string, fix: string): Failure {
  return new Failure("render", path, "backoff", { cannot: "show it to the plugin", why, fix });
}
