/** One gzip stream of parts that were packed apart: where one of many changes, only that one is packed anew. */
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

export interface GzipPart {
  /** Deflated, and no end: another part may follow. */
  readonly packed: Uint8Array;
  readonly crc: number;
  /** Bytes before they were packed. */
  readonly size: number;
}

/** Beside the loop, on another thread. */
export async function gzipPart(text: string): Promise<GzipPart> {
  const bytes = Buffer.from(text);
  // A full flush: what follows refers to nothing of it, whatever that will be.
  const packed = await promisify(deflateRaw)(bytes, { level: 6, finishFlush: constants.Z_FULL_FLUSH });
  return { packed, crc: crc32(bytes), size: bytes.length };
}

/** RFC 1952: no name, no time, of no system. */
const HEAD = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
/** RFC 1951: a last block with nothing in it. */
const END = new Uint8Array([3, 0]);

/** One member, as everybody reads it: some stop at the end of a first one. */
export function joinParts(parts: readonly GzipPart[]): Uint8Array<ArrayBuffer> {
  const bytes = parts.reduce((sum, { packed }) => sum + packed.length, 0);
  const joined = new Uint8Array(HEAD.length + bytes + END.length + 8);
  joined.set(HEAD);
  let [at, crc, size] = [HEAD.length, 0, 0];
  for (const part of parts) {
    joined.set(part.packed, at);
    at += part.packed.length;
    crc = crcOfBoth(crc, part);
    size += part.size;
  }
  joined.set(END, at);
  const foot = new DataView(joined.buffer, at + END.length);
  foot.setUint32(0, crc, true);
  foot.setUint32(4, size >>> 0, true);
  return joined;
}

/** Of CRC-32, the bits turned round. */
const POLYNOMIAL = 0xedb88320;
/** x to the power of 0 and 1, by the same order of bits. */
const [ONE, X] = [0x80000000, 0x40000000];

/** Of what came before with that part after it: the first is moved by as many zero bytes, as zlib's `crc32_combine` does. */
function crcOfBoth(before: number, { crc, size }: GzipPart): number {
  let [moved, square] = [ONE, X];
  for (let bits = size * 8; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) moved = product(square, moved);
    square = product(square, square);
  }
  return (product(moved, before) ^ crc) >>> 0;
}

/** Of two polynomials modulo that one. */
function product(one: number, other: number): number {
  let [sum, factor] = [0, other];
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((one & bit) !== 0) sum ^= factor;
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
  return sum >>> 0;
}
