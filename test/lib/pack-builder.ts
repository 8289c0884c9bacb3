/**
 * Git packs made by hand, right ones and ones that no honest tool would write. Format: git's
 * Documentation/gitformat-pack.txt.
 */
import { constants, deflateRawSync, deflateSync } from "node:zlib";

export type ObjectType = "commit" | "tree" | "blob" | "tag";

export interface RawObject {
  type: ObjectType;
  data: Uint8Array;
}

/** One entry. `claims`: the size that its head names, where that is not the truth. `deflated`: in place of its data. */
export type PackEntry =
  | (RawObject & { claims?: number; deflated?: Uint8Array })
  /** A delta against an object by its id, or against the entry so many bytes before this one. */
  | { base: string | number; delta: Uint8Array; claims?: number }
  /** Any bytes. */
  | { raw: Uint8Array };

export interface PackLies {
  /** Entries that the head claims. */
  count?: number;
  version?: number;
  /** In place of the hash at the end. */
  trailer?: Uint8Array;
}

const TYPES: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };

export function buildPack(entries: readonly PackEntry[], lies: PackLies = {}): Buffer {
  const head = Buffer.from("PACK\0\0\0\0\0\0\0\0", "latin1");
  head.writeUInt32BE(lies.version ?? 2, 4);
  head.writeUInt32BE(lies.count ?? entries.length, 8);
  const body = Buffer.concat([head, ...entries.map(entryBytes)]);
  return Buffer.concat([body, lies.trailer ?? new Bun.CryptoHasher("sha1").update(body).digest()]);
}

/** Length of an entry in the pack, for those that name another one by its distance. */
export function entryBytes(entry: PackEntry): Buffer {
  if ("raw" in entry) return Buffer.from(entry.raw);
  if ("delta" in entry) {
    const isById = typeof entry.base === "string";
    const base = typeof entry.base === "string" ? Buffer.from(entry.base, "hex") : distance(entry.base);
    return Buffer.concat([
      entryHead(isById ? 7 : 6, entry.claims ?? entry.delta.byteLength),
      base,
      deflateSync(entry.delta),
    ]);
  }
  return Buffer.concat([
    entryHead(TYPES[entry.type], entry.claims ?? entry.data.byteLength),
    entry.deflated ?? deflateSync(entry.data),
  ]);
}

/** Type and size, four bits and then seven a byte. Any type number may be given. */
export function entryHead(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  bytes.push((type << 4) | (size % 16) | (rest > 0 ? 0x80 : 0));
  while (rest > 0) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(low | (rest > 0 ? 0x80 : 0));
  }
  return Buffer.from(bytes);
}

function distance(value: number): Buffer {
  const bytes = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) bytes.unshift(0x80 | (--rest & 0x7f));
  return Buffer.from(bytes);
}

/** A delta that copies the first `bytes` of its base `times` times over. */
export function copyingDelta(baseBytes: number, bytes: number, times: number): Buffer {
  // Copy from offset 0, three bytes of size.
  const copy = Buffer.from([0xf0, bytes & 0xff, (bytes >> 8) & 0xff, (bytes >> 16) & 0xff]);
  const copies = Buffer.alloc(copy.byteLength * times);
  for (let i = 0; i < times; i++) copy.copy(copies, i * copy.byteLength);
  return Buffer.concat([varint(baseBytes), varint(bytes * times), copies]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(low | (rest > 0 ? 0x80 : 0));
    if (rest === 0) return Buffer.from(bytes);
  }
}

/** A zlib stream of about `mebibytes` MiB of zeros, without its checksum; a thousandth of that on the wire. */
export function zerosDeflated(mebibytes: number): Buffer {
  // A full flush ends each piece at a byte, so that pieces can be laid in a row.
  const piece = deflateRawSync(Buffer.alloc(1 << 20), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
  return Buffer.concat([
    Buffer.from([0x78, 0x9c]),
    ...Array.from({ length: mebibytes }, () => piece),
    Buffer.from([0x03, 0x00, 0, 0, 0, 0]),
  ]);
}

export function idOf({ type, data }: RawObject): string {
  return new Bun.CryptoHasher("sha1").update(`${type} ${data.byteLength}\0`).update(data).digest("hex");
}

export function blob(text: string | Uint8Array): RawObject {
  return { type: "blob", data: Buffer.from(text) };
}

export function tree(entries: readonly (readonly [mode: string, name: string, id: string])[]): RawObject {
  return {
    type: "tree",
    data: Buffer.concat(
      entries.map(([mode, name, id]) =>
        Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]),
      ),
    ),
  };
}

export function commit(treeId: string, message = "made by hand"): RawObject {
  const who = "Tester <tester@example.com> 1700000000 +0000";
  return {
    type: "commit",
    data: Buffer.from(`tree ${treeId}\nauthor ${who}\ncommitter ${who}\n\n${message}\n`),
  };
}

/** A commit with one file, and all that belongs to it. */
export function honestCommit(text = "read me\n"): { id: string; objects: RawObject[] } {
  const file = blob(text);
  const root = tree([["100644", "README.md", idOf(file)]]);
  const top = commit(idOf(root));
  return { id: idOf(top), objects: [top, root, file] };
}
