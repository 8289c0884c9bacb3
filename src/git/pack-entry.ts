/** One entry of a pack file. Format: git's Documentation/gitformat-pack.txt. */
import { inflateSync } from "node:zlib";
import { BrokenObject, type GitObject, MAX_OBJECT_BYTES, type ObjectType } from "./git-object.ts";

export type EntryHead = {
  /** Inflated size in bytes, of the object or of the delta. */
  size: number;
  /** Bytes before the deflated data. */
  headBytes: number;
} & (
  | { is: "object"; type: ObjectType }
  | { is: "offset-delta"; distance: number }
  | { is: "id-delta"; baseId: string }
);

const TYPE_BITS: Record<ObjectType, number> = { commit: 1, tree: 2, blob: 3, tag: 4 };
const TYPES: Record<number, ObjectType> = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" };

/** @param bytes starts at the entry; 64 bytes are enough */
export function readEntryHead(bytes: Uint8Array, idLength: number): EntryHead {
  let at = 0;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new BrokenObject("pack entry is cut short");
    return byte;
  };
  let byte = next();
  const kind = (byte >> 4) & 7;
  let size = byte & 15;
  // Multiplication and not a shift: sizes may pass 32 bits.
  for (let factor = 16; byte & 0x80; factor *= 128) {
    byte = next();
    size += (byte & 0x7f) * factor;
  }
  if (size > MAX_OBJECT_BYTES)
    throw new BrokenObject(`an object of ${size} bytes is larger than ${MAX_OBJECT_BYTES}`);
  const type = TYPES[kind];
  if (type !== undefined) return { is: "object", type, size, headBytes: at };
  if (kind === 6) {
    byte = next();
    let distance = byte & 0x7f;
    while (byte & 0x80) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
    }
    return { is: "offset-delta", distance, size, headBytes: at };
  }
  if (kind === 7) {
    const baseId = Buffer.from(bytes.subarray(at, at + idLength)).toString("hex");
    return { is: "id-delta", baseId, size, headBytes: at + idLength };
  }
  throw new BrokenObject(`pack entry of unknown type ${kind}`);
}

/** For an object that is stored whole. */
export function writeEntryHead({ type, data }: GitObject): Buffer {
  const bytes: number[] = [];
  let byte = (TYPE_BITS[type] << 4) | (data.byteLength & 15);
  for (let left = Math.floor(data.byteLength / 16); left > 0; left = Math.floor(left / 128)) {
    bytes.push(byte | 0x80);
    byte = left & 0x7f;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

/** The most that zlib can need for `size` bytes, whatever the level. */
export function deflatedBound(size: number): number {
  return size + (size >> 3) + (size >> 6) + 64;
}

/** Inflates the stream that `deflated` starts with; what follows it is left alone. */
export function inflateEntry(deflated: Uint8Array, size: number): { data: Buffer; deflatedBytes: number } {
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // With `info`, Node's types still promise a Buffer; the answer has the number of bytes read beside it.
    // The chunk is what the answer keeps alive: at its default, a file of ten bytes would hold 16 KiB.
    inflated = inflateSync(deflated, {
      info: true,
      maxOutputLength: Math.max(size, 1),
      chunkSize: Math.max(size + 1, 64),
    }) as unknown as typeof inflated;
  } catch (cause) {
    throw new BrokenObject(
      `deflated data is broken: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  if (inflated.buffer.byteLength !== size)
    throw new BrokenObject(`an entry of ${size} bytes inflates to ${inflated.buffer.byteLength}`);
  return { data: inflated.buffer, deflatedBytes: inflated.engine.bytesWritten };
}

/**
 * The same without counting what was read: four times as fast, and without the garbage of Node's streams.
 * It has no limit of its own; the caller gives no more input than `deflatedBound` allows.
 */
export function inflateKnown(deflated: Uint8Array<ArrayBuffer>, size: number): Buffer {
  let data: Uint8Array;
  try {
    data = Bun.inflateSync(deflated, { windowBits: 15 });
  } catch (cause) {
    throw new BrokenObject(
      `deflated data is broken: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
  if (data.byteLength !== size)
    throw new BrokenObject(`an entry of ${size} bytes inflates to ${data.byteLength}`);
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

export function applyDelta(base: Uint8Array, delta: Uint8Array): Buffer {
  let at = 0;
  const next = (): number => {
    const byte = delta[at++];
    if (byte === undefined) throw new BrokenObject("delta is cut short");
    return byte;
  };
  const size = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = next();
      value += (byte & 0x7f) * factor;
      if ((byte & 0x80) === 0) return value;
    }
  };
  if (size() !== base.byteLength) throw new BrokenObject("delta does not fit its base");
  const targetBytes = size();
  if (targetBytes > MAX_OBJECT_BYTES)
    throw new BrokenObject(`an object of ${targetBytes} bytes is larger than ${MAX_OBJECT_BYTES}`);
  const target = Buffer.alloc(targetBytes);
  let written = 0;
  while (at < delta.byteLength) {
    const op = next();
    let from = base,
      start = 0,
      length = 0;
    if (op & 0x80) {
      for (let bit = 0, factor = 1; bit < 4; bit++, factor *= 256)
        if (op & (1 << bit)) start += next() * factor;
      for (let bit = 4, factor = 1; bit < 7; bit++, factor *= 256)
        if (op & (1 << bit)) length += next() * factor;
      if (length === 0) length = 0x10000;
    } else {
      if (op === 0) throw new BrokenObject("delta has an unknown instruction");
      from = delta;
      start = at;
      length = op;
      at += op;
    }
    if (start + length > from.byteLength || written + length > targetBytes)
      throw new BrokenObject("delta copies outside its base");
    target.set(from.subarray(start, start + length), written);
    written += length;
  }
  if (written !== targetBytes) throw new BrokenObject("delta makes an object of another size than it says");
  return target;
}
