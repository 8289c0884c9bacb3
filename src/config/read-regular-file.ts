import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { reasonOf } from "./read-settings.ts";

export type FileRead =
  /** `stamp` tells one state of the file from another: which file it is, its size and its times. */
  { is: "read"; bytes: Uint8Array; stamp: string } | { is: "unreadable"; why: string };

/** How often a file is read that changes while it is being read. */
const TRIES = 3;

/**
 * Reads a file, through links, whole: what changed meanwhile is read again. What is no regular file is refused before it
 * is opened: opening a FIFO would wait for a writer, and a device may do anything.
 */
export function readRegularFile(path: string): FileRead {
  try {
    for (let tries = 1; ; tries++) {
      const refused = refuseSpecial(statSync(path));
      if (refused !== undefined) return refused;
      const read = readOnce(path);
      if (read.is !== "changing") return read;
      if (tries === TRIES) return { is: "unreadable", why: "it changes while it is being read" };
    }
  } catch (cause) {
    return { is: "unreadable", why: reasonOf(cause) };
  }
}

function readOnce(path: string): FileRead | { is: "changing" } {
  // Not blocking: something else may have taken the file's place since it was looked at.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const before = fstatSync(file);
    const refused = refuseSpecial(before);
    if (refused !== undefined) return refused;
    const bytes = readFileSync(file);
    const stamp = stampOf(before);
    return stamp === stampOf(fstatSync(file)) && stamp === stampOf(statSync(path))
      ? { is: "read", bytes, stamp }
      : { is: "changing" };
  } finally {
    closeSync(file);
  }
}

function refuseSpecial(stats: Stats): Extract<FileRead, { is: "unreadable" }> | undefined {
  if (stats.isFile()) return undefined;
  const kinds: [is: boolean, name: string][] = [
    [stats.isFIFO(), "a FIFO"],
    [stats.isSocket(), "a socket"],
    [stats.isBlockDevice() || stats.isCharacterDevice(), "a device"],
    [stats.isDirectory(), "a folder"],
  ];
  const name = kinds.find(([is]) => is)?.[1] ?? "something else";
  return { is: "unreadable", why: `it is ${name}, not a file` };
}

export function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
