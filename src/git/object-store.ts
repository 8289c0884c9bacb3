/** Objects by id from a Git folder: packs, loose objects, alternates. Reads only; safe beside a running git. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { inflateSync } from "node:zlib";
import {
  BrokenObject,
  type GitObject,
  MAX_OBJECT_BYTES,
  type ObjectFormat,
  type ObjectType,
  objectId,
} from "./git-object.ts";
import { PackFile } from "./pack-file.ts";

const MAX_ALTERNATE_DEPTH = 5;

export class ObjectStore {
  #packs = new Map<string, PackFile>();
  readonly #alternates: ObjectStore[];

  /** @param folder the `objects` folder */
  constructor(
    readonly folder: string,
    readonly format: ObjectFormat,
    depth = 0,
  ) {
    this.#alternates =
      depth >= MAX_ALTERNATE_DEPTH
        ? []
        : alternatesOf(folder).map((each) => new ObjectStore(each, format, depth + 1));
  }

  /** Undefined where the object is not there. @throws {BrokenObject} where it is there and damaged */
  read(id: string): GitObject | undefined {
    const object = this.#find(id);
    if (object !== undefined && objectId(this.format, object) !== id)
      throw new BrokenObject(`object ${id} is damaged on disk`);
    return object;
  }

  has(id: string): boolean {
    const packed = (): boolean => this.#inPacks((pack) => (pack.has(id) ? true : undefined)) ?? false;
    if (packed() || existsSync(this.#loosePath(id)) || this.#alternates.some((each) => each.has(id)))
      return true;
    this.rescan();
    return packed();
  }

  /** Ids of all objects that begin with `prefix` (4 hex digits or more), without repetitions. */
  startingWith(prefix: string): string[] {
    this.rescan();
    const found = [...this.#packs.values()].flatMap((pack) => pack.startingWith(prefix));
    const folder = join(this.folder, prefix.slice(0, 2));
    const loose = existsSync(folder)
      ? readdirSync(folder)
          .map((name) => prefix.slice(0, 2) + name)
          .filter((id) => id.startsWith(prefix))
      : [];
    return [
      ...new Set([...found, ...loose, ...this.#alternates.flatMap((each) => each.startingWith(prefix))]),
    ];
  }

  packs(): PackFile[] {
    this.rescan();
    return [...this.#packs.values()];
  }

  /** Looks for packs that came or went since the last look. */
  rescan(): void {
    const folder = join(this.folder, "pack");
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const all = new Set(names);
    const present = new Set(
      names.filter((name) => name.endsWith(".pack") && all.has(name.replace(/\.pack$/, ".idx"))),
    );
    for (const [name, pack] of this.#packs) {
      if (present.has(name)) continue;
      pack.close();
      this.#packs.delete(name);
    }
    for (const name of present) {
      if (!this.#packs.has(name)) this.#packs.set(name, new PackFile(join(folder, name), this.format));
    }
  }

  close(): void {
    for (const pack of this.#packs.values()) pack.close();
    this.#packs.clear();
    for (const each of this.#alternates) each.close();
  }

  #find(id: string): GitObject | undefined {
    const packed = (): GitObject | undefined => this.#inPacks((pack) => pack.read(id));
    const found = packed() ?? this.#readLoose(id) ?? first(this.#alternates, (each) => each.#find(id));
    if (found !== undefined) return found;
    // A fetch or a repack may have put it into a pack that we do not know yet.
    this.rescan();
    return packed();
  }

  #inPacks<T>(look: (pack: PackFile) => T | undefined): T | undefined {
    for (const [name, pack] of this.#packs) {
      let found: T | undefined;
      try {
        found = look(pack);
      } catch (cause) {
        if (!isMissing(cause)) throw cause;
        // The pack went away before it was opened; the rescan finds where its objects are now.
        this.#packs.delete(name);
        continue;
      }
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #loosePath(id: string): string {
    return join(this.folder, id.slice(0, 2), id.slice(2));
  }

  #readLoose(id: string): GitObject | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#loosePath(id));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cause;
    }
    let inflated: Buffer;
    try {
      inflated = inflateSync(bytes, { maxOutputLength: MAX_OBJECT_BYTES });
    } catch (cause) {
      throw new BrokenObject(
        `object ${id} is damaged on disk: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    }
    const end = inflated.indexOf(0);
    const type = inflated.subarray(0, end).toString("latin1").split(" ")[0];
    if (end < 0 || !isType(type)) throw new BrokenObject(`object ${id} has no proper head`);
    return { type, data: inflated.subarray(end + 1) };
  }
}

function isType(text: string | undefined): text is ObjectType {
  return text === "commit" || text === "tree" || text === "blob" || text === "tag";
}

function first<T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function alternatesOf(folder: string): string[] {
  const file = join(folder, "info", "alternates");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  return lines
    .map((line) => (isAbsolute(line) ? line : join(folder, line)))
    .filter((each) => existsSync(each));
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}
