import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { codeOf } from "../lib/caught.ts";
import { hashText } from "../lib/hash.ts";

/** Of a folder that a plugin may read; what is beyond is no settings folder. */
const MAX_ENTRIES = 5_000;
const MOST_TRIES = 3;

/**
 * The state of a file or folder of this machine, everything below it: another one where any of it was changed. Links count
 * as what they lead to, as in a mounted ConfigMap, where every file leads by `..data` to a folder that is exchanged whole.
 * @throws {Failure} render where it is not there, or is too much to look at
 */
export function outsideState(path: string): string {
  for (let tries = 1; ; tries++)
    try {
      return hashText(stateLines(path).join("\n"));
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      const code = codeOf(cause);
      // Exchanged while it was looked at.
      if (code === "ENOENT" && tries < MOST_TRIES) continue;
      throw cannotRead(
        path,
        code === "ENOENT" ? "it is not there" : code,
        "Put it back, or correct the plugin's mounts in the config",
      );
    }
}

function stateLines(path: string): string[] {
  const lines: string[] = [];
  let entries = 0;
  const look = (at: string): void => {
    const stat = lstatSync(at);
    lines.push(stateOf(at, stat));
    if (++entries > MAX_ENTRIES)
      throw cannotRead(path, `it holds more than ${MAX_ENTRIES} files`, "Name a smaller folder in mounts");
    if (stat.isSymbolicLink()) {
      // What it leads to stands below too, or is not for the plugin to see: its own state is enough.
      const target = targetOf(at);
      lines.push(readlinkSync(at), target === undefined ? "" : stateOf(at, target));
    }
    if (stat.isDirectory()) for (const name of readdirSync(at).sort()) look(join(at, name));
  };
  look(realpathSync(path));
  return lines;
}

function stateOf(at: string, { ino, size, mtimeMs, mode }: Stats): string {
  return `${at} ${ino} ${size} ${mtimeMs} ${mode}`;
}

/** undefined where it leads nowhere, or in a circle. */
function targetOf(link: string): Stats | undefined {
  try {
    return statSync(link);
  } catch {
    return undefined;
  }
}

function cannotRead(path: string, why: string, fix: string): Failure {
  return new Failure("render", path, "backoff", { cannot: "show it to the plugin", why, fix });
}
