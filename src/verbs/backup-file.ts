/** The form of a backup: a tar archive whose first file says what the others are. */
import { createHash } from "node:crypto";
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { OddTar, readTar } from "../lib/tar.ts";
import { checkKeptPath } from "../store/restore-folder.ts";

export const CONTENTS = "contents.json";
/** Of the form; another one is another number. */
const FORM = 1;
const SQLITE = "SQLite format 3\0";

export interface BackupEntry {
  path: string;
  size: number;
  /** Hexadecimal. */
  sha256: string;
}

/** Of a whole backup, as `contents.json` says it. */
export interface BackupContents {
  form: typeof FORM;
  /** RFC 3339. */
  made: string;
  /** Of the Holdfast that made it. */
  version: string;
  schema: number;
  files: readonly BackupEntry[];
}

export interface ReadBackup {
  made: string;
  version: string;
  files: ReadonlyMap<string, Uint8Array>;
}

export function contentsText(contents: Omit<BackupContents, "form">): string {
  return `${JSON.stringify({ form: FORM, ...contents }, undefined, 2)}\n`;
}

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * Every byte is held against what the first file says. A bare store, as an upgrade keeps it, is a backup of that alone.
 * @param file as failures name it
 * @throws {Failure} config where it is cut short, changed, of another form or holds what no backup does
 */
export function readBackup(bytes: Uint8Array, file: string): ReadBackup {
  if (Buffer.from(bytes.subarray(0, SQLITE.length)).toString("latin1") === SQLITE)
    return { made: "", version: "", files: new Map([["holdfast.db", bytes]]) };
  const refused = (why: string): Failure =>
    new Failure("config", file, "after-edit", {
      cannot: "restore it",
      why,
      fix: "Name a file that holdfast backup wrote, and all of it",
    });
  const files = new Map<string, Uint8Array>();
  for (const entry of entriesOf(bytes, refused)) {
    if (entry.is !== "file" || files.has(entry.name))
      throw refused(`it holds ${JSON.stringify(entry.name)} twice, or as no file`);
    files.set(entry.name, entry.content);
  }
  const contents = contentsOf(files.get(CONTENTS), refused);
  files.delete(CONTENTS);
  for (const { path, size, sha256: hash } of contents.files) {
    const content = files.get(path);
    if (content === undefined) throw refused(`${JSON.stringify(path)} is missing in it, so it was cut short`);
    if (content.length !== size || sha256(content) !== hash)
      throw refused(`${JSON.stringify(path)} in it is not what was written`);
    checkKeptPath(path, file);
  }
  const known = new Set(contents.files.map(({ path }) => path));
  const more = [...files.keys()].find((path) => !known.has(path));
  if (more !== undefined) throw refused(`${JSON.stringify(more)} was put into it`);
  if (!known.has("holdfast.db")) throw refused("there is no store in it");
  return { made: contents.made, version: contents.version, files };
}

function entriesOf(bytes: Uint8Array, refused: (why: string) => Failure): ReturnType<typeof readTar> {
  try {
    // It is written whole, with its end: one that lacks it was cut where a file ends.
    if (bytes.length % 512 !== 0 || !bytes.subarray(-1024).every((byte) => byte === 0))
      throw new OddTar("is cut off");
    return readTar(bytes);
  } catch (cause) {
    if (cause instanceof OddTar) throw refused(`the archive ${messageOf(cause)}`);
    throw cause;
  }
}

function contentsOf(content: Uint8Array | undefined, refused: (why: string) => Failure): BackupContents {
  let said: unknown;
  try {
    said = JSON.parse(Buffer.from(content ?? []).toString());
  } catch {
    throw refused(`it holds no ${CONTENTS}`);
  }
  if (!isMapping(said) || said["form"] !== FORM)
    throw refused("it is of another form, as a newer Holdfast may write it");
  const { made, version, files } = said;
  const isRight =
    typeof made === "string" &&
    typeof version === "string" &&
    Array.isArray(files) &&
    files.every(
      (each) =>
        isMapping(each) &&
        typeof each["path"] === "string" &&
        typeof each["size"] === "number" &&
        typeof each["sha256"] === "string",
    );
  if (!isRight) throw refused(`its ${CONTENTS} cannot be read`);
  return said as unknown as BackupContents;
}
