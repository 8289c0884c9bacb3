/** Makes the index of a pack that came over the wire, and proves the pack while doing so. */
import { closeSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";
import { Lru } from "../lib/lru.ts";
import { BrokenObject, type GitObject, idBytes, type ObjectFormat, objectId } from "./git-object.ts";
import {
  applyDelta,
  deflatedBound,
  type EntryHead,
  inflateEntry,
  readEntryHead,
  writeEntryHead,
} from "./pack-entry.ts";

const CACHE_BYTES = 8 * 1024 * 1024;
/** Other work gets its turn after this much time. */
const SLICE_MS = 8;

interface Indexed {
  id: string;
  crc: number;
  offset: number;
}

/**
 * Reads a whole pack, checks its checksum and every object, and writes the index beside it.
 * @param bases where a thin pack's missing bases are; they are added to the pack, so that it stands alone
 * @throws {BrokenObject} where one byte is not as it should be; no index is written then
 */
export async function indexPack(
  path: string,
  format: ObjectFormat,
  signal: AbortSignal,
  bases: (id: string) => GitObject | undefined = () => undefined,
): Promise<void> {
  const pack = Bun.mmap(path);
  const idLength = idBytes(format);
  const count = checkFrame(pack, idLength);
  if (
    new Bun.CryptoHasher(format).update(pack.subarray(0, -idLength)).digest("hex") !==
    hex(pack.subarray(-idLength))
  ) {
    throw new BrokenObject("the pack's checksum is wrong");
  }
  const pause = turns(signal);
  const resolved = new Lru<number, GitObject>(CACHE_BYTES, (object) => object.data.byteLength);
  const offsetOfId = new Map<string, number>();
  const heads = new Map<number, EntryHead>();
  const indexed: Indexed[] = [];
  const waiting: { offset: number; crc: number }[] = [];
  const borrowed = new Map<string, GitObject>();

  /** Undefined while the base of a delta is not known yet. */
  const objectAt = (offset: number): GitObject | undefined => {
    const known = resolved.get(offset);
    if (known !== undefined) return known;
    const head = heads.get(offset);
    if (head === undefined) throw new BrokenObject("a delta's base is no entry of the pack");
    const { data } = inflateEntry(
      pack.subarray(offset + head.headBytes, offset + head.headBytes + deflatedBound(head.size)),
      head.size,
    );
    const object = fromEntry(head, offset, data);
    if (object !== undefined) resolved.set(offset, object);
    return object;
  };
  const fromEntry = (head: EntryHead, offset: number, data: Buffer): GitObject | undefined => {
    if (head.is === "object") return { type: head.type, data };
    const base = head.is === "offset-delta" ? objectAt(offset - head.distance) : baseById(head.baseId);
    return base === undefined ? undefined : { type: base.type, data: applyDelta(base.data, data) };
  };
  const baseById = (id: string): GitObject | undefined => {
    const at = offsetOfId.get(id);
    return at === undefined ? borrowed.get(id) : objectAt(at);
  };
  const note = (offset: number, crc: number, object: GitObject): void => {
    const id = objectId(format, object);
    resolved.set(offset, object);
    offsetOfId.set(id, offset);
    indexed.push({ id, crc, offset });
  };

  let offset = 12;
  for (let entry = 0; entry < count; entry++) {
    const head = readEntryHead(pack.subarray(offset, offset + 64), idLength);
    const dataAt = offset + head.headBytes;
    const { data, deflatedBytes } = inflateEntry(
      pack.subarray(dataAt, dataAt + deflatedBound(head.size)),
      head.size,
    );
    const end = dataAt + deflatedBytes;
    if (end > pack.byteLength - idLength) throw new BrokenObject("the pack is cut short");
    const crc = crc32(pack.subarray(offset, end));
    heads.set(offset, head);
    const object = fromEntry(head, offset, data);
    if (object === undefined) waiting.push({ offset, crc });
    else note(offset, crc, object);
    offset = end;
    await pause();
  }
  if (offset !== pack.byteLength - idLength)
    throw new BrokenObject("the pack has bytes that belong to no object");

  // Deltas by id may stand before their base: go round until a whole round finds nothing.
  for (let left = waiting; left.length > 0; ) {
    const still: typeof left = [];
    for (const entry of left) {
      const object = objectAt(entry.offset);
      if (object === undefined) still.push(entry);
      else note(entry.offset, entry.crc, object);
      await pause();
    }
    // Only what stays without a base in the pack is borrowed.
    if (still.length === left.length && borrow(still) === 0)
      throw new BrokenObject(`${still.length} deltas of the pack have no base in it`);
    left = still;
  }
  const checksum = borrowed.size === 0 ? pack.subarray(-idLength) : complete();
  const indexPath = path.replace(/\.pack$/, ".idx");
  writeFileSync(`${indexPath}.new`, indexBytes(indexed, format, checksum));
  renameSync(`${indexPath}.new`, indexPath);

  function borrow(entries: readonly { offset: number }[]): number {
    const before = borrowed.size;
    for (const { offset } of entries) {
      const head = heads.get(offset);
      if (head?.is !== "id-delta" || offsetOfId.has(head.baseId) || borrowed.has(head.baseId)) continue;
      const base = bases(head.baseId);
      if (base !== undefined) borrowed.set(head.baseId, base);
    }
    return borrowed.size - before;
  }

  /** Adds what was borrowed to the pack and returns its new checksum. */
  function complete(): Uint8Array {
    const head = Buffer.from(pack.subarray(0, 12));
    head.writeUInt32BE(count + borrowed.size, 8);
    const added: Buffer[] = [];
    let end = pack.byteLength - idLength;
    for (const [id, object] of borrowed) {
      const entry = Buffer.concat([writeEntryHead(object), deflateSync(object.data)]);
      indexed.push({ id, crc: crc32(entry), offset: end });
      added.push(entry);
      end += entry.byteLength;
    }
    const tail = Buffer.concat(added);
    const checksum = new Bun.CryptoHasher(format)
      .update(head)
      .update(pack.subarray(12, -idLength))
      .update(tail)
      .digest();
    const fd = openSync(path, "r+");
    try {
      writeAll(fd, Buffer.concat([tail, checksum]), pack.byteLength - idLength);
      writeAll(fd, head, 0);
    } finally {
      closeSync(fd);
    }
    return checksum;
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.byteLength; )
    at += writeSync(fd, bytes, at, bytes.byteLength - at, position + at);
}

function checkFrame(pack: Uint8Array, idLength: number): number {
  if (pack.byteLength < 12 + idLength) throw new BrokenObject("the pack is cut short");
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  if (view.getUint32(0) !== 0x5041434b || (view.getUint32(4) !== 2 && view.getUint32(4) !== 3))
    throw new BrokenObject("this is no pack");
  return view.getUint32(8);
}

function indexBytes(indexed: Indexed[], format: ObjectFormat, packChecksum: Uint8Array): Buffer {
  indexed.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const idLength = idBytes(format);
  const far = indexed.filter((each) => each.offset >= 0x80000000);
  const bytes = Buffer.alloc(8 + 1024 + indexed.length * (idLength + 8) + far.length * 8 + 2 * idLength);
  bytes.writeUInt32BE(0xff744f63, 0);
  bytes.writeUInt32BE(2, 4);
  const idsAt = 8 + 1024,
    crcsAt = idsAt + indexed.length * idLength,
    offsetsAt = crcsAt + indexed.length * 4;
  const farAt = offsetsAt + indexed.length * 4;
  const upTo = new Uint32Array(256);
  let farCount = 0;
  for (const [position, { id, crc, offset }] of indexed.entries()) {
    bytes.write(id, idsAt + position * idLength, "hex");
    bytes.writeUInt32BE(crc, crcsAt + position * 4);
    if (offset < 0x80000000) bytes.writeUInt32BE(offset, offsetsAt + position * 4);
    else {
      bytes.writeUInt32BE(0x80000000 + farCount, offsetsAt + position * 4);
      bytes.writeBigUInt64BE(BigInt(offset), farAt + farCount++ * 8);
    }
    const first = Number.parseInt(id.slice(0, 2), 16);
    upTo[first] = (upTo[first] ?? 0) + 1;
  }
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    sum += upTo[byte] ?? 0;
    bytes.writeUInt32BE(sum, 8 + byte * 4);
  }
  bytes.set(packChecksum, bytes.byteLength - 2 * idLength);
  bytes.write(
    new Bun.CryptoHasher(format).update(bytes.subarray(0, -idLength)).digest("hex"),
    bytes.byteLength - idLength,
    "hex",
  );
  return bytes;
}

/** Gives way to other work once a slice of time is used up, and ends with the signal. */
export function turns(signal: AbortSignal): () => Promise<void> | undefined {
  let until = performance.now() + SLICE_MS;
  return () => {
    if (performance.now() < until) return undefined;
    return new Promise((resolve, reject) =>
      setImmediate(() => {
        until = performance.now() + SLICE_MS;
        if (signal.aborted) reject(signal.reason);
        else resolve();
      }),
    );
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
