/** Reading one pack through its index, entry by entry from disk: a pack is never held in memory. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { Lru } from "../lib/lru.ts";
import { BrokenObject, type GitObject, idBytes, type ObjectFormat } from "./git-object.ts";
import { applyDelta, deflatedBound, inflateKnown, readEntryHead } from "./pack-entry.ts";

/** Indexes above this size are mapped: looking up an id touches a few of their pages only. */
const MAPPED_ABOVE_BYTES = 256 * 1024;
/** One read serves the head and all of a small object. */
const FIRST_READ_BYTES = 4096;
const MAX_DELTA_DEPTH = 4096;
const FANOUT_AT = 8,
  IDS_AT = 8 + 256 * 4;

export class PackFile {
  readonly #index: DataView;
  readonly #count: number;
  readonly #idLength: number;
  /** Bases of deltas, by offset. */
  readonly #bases = new Lru<number, GitObject>(2 * 1024 * 1024, (object) => object.data.byteLength);
  /** For small reads, one after the other: what is read is inflated before the next one. */
  readonly #scratch = Buffer.allocUnsafeSlow(FIRST_READ_BYTES);
  #fd: number | undefined;
  #bytes = 0;

  /** @param path of the `.pack`; the index lies beside it */
  constructor(
    readonly path: string,
    format: ObjectFormat,
  ) {
    const indexPath = path.replace(/\.pack$/, ".idx");
    const bytes =
      statSync(indexPath).size > MAPPED_ABOVE_BYTES ? Bun.mmap(indexPath) : readFileSync(indexPath);
    this.#index = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#idLength = idBytes(format);
    if (
      bytes.byteLength < IDS_AT ||
      this.#index.getUint32(0) !== 0xff744f63 ||
      this.#index.getUint32(4) !== 2
    ) {
      throw new BrokenObject(`${indexPath} is no pack index of version 2`);
    }
    this.#count = this.#index.getUint32(FANOUT_AT + 255 * 4);
    if (bytes.byteLength < IDS_AT + this.#count * (this.#idLength + 8) + 2 * this.#idLength)
      throw new BrokenObject(`${indexPath} is cut short`);
  }

  get count(): number {
    return this.#count;
  }

  /** Size of the pack on disk. */
  get packBytes(): number {
    this.#open();
    return this.#bytes;
  }

  has(id: string): boolean {
    return this.#position(id) !== undefined;
  }

  read(id: string): GitObject | undefined {
    const position = this.#position(id);
    return position === undefined ? undefined : this.#readAt(this.#offset(position), 0);
  }

  /** Ids that begin with `prefix` (4 hex digits or more). */
  startingWith(prefix: string): string[] {
    const [from, to] = this.#bucket(Number.parseInt(prefix.slice(0, 2), 16));
    const found: string[] = [];
    for (let position = from; position < to; position++) {
      const id = this.idAt(position);
      if (id.startsWith(prefix)) found.push(id);
    }
    return found;
  }

  /** @param position 0 to count - 1, in the order of ids */
  idAt(position: number): string {
    const at = IDS_AT + position * this.#idLength;
    return Buffer.from(this.#index.buffer, this.#index.byteOffset + at, this.#idLength).toString("hex");
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#bases.clear();
  }

  #bucket(first: number): [number, number] {
    const upTo = (byte: number): number => (byte < 0 ? 0 : this.#index.getUint32(FANOUT_AT + byte * 4));
    return [upTo(first - 1), Math.min(upTo(first), this.#count)];
  }

  #position(id: string): number | undefined {
    if (id.length !== this.#idLength * 2) return undefined;
    const wanted = Buffer.from(id, "hex");
    let [low, high] = this.#bucket(wanted[0] ?? 0);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#index.byteOffset + IDS_AT + middle * this.#idLength;
      const order = Buffer.from(this.#index.buffer, at, this.#idLength).compare(wanted);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #offset(position: number): number {
    const offsetsAt = IDS_AT + this.#count * (this.#idLength + 4);
    const offset = this.#index.getUint32(offsetsAt + position * 4);
    if (offset < 0x80000000) return offset;
    return Number(this.#index.getBigUint64(offsetsAt + this.#count * 4 + (offset - 0x80000000) * 8));
  }

  #open(): number {
    if (this.#fd === undefined) {
      this.#fd = openSync(this.path, "r");
      this.#bytes = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }

  #bytesAt(offset: number, length: number): Buffer<ArrayBuffer> {
    const fd = this.#open();
    const wanted = Math.max(0, Math.min(length, this.#bytes - offset));
    const bytes = wanted <= FIRST_READ_BYTES ? this.#scratch : Buffer.allocUnsafe(wanted);
    return bytes.subarray(0, readSync(fd, bytes, 0, wanted, offset));
  }

  #readAt(offset: number, depth: number): GitObject {
    if (depth > MAX_DELTA_DEPTH) throw new BrokenObject("a chain of deltas without end");
    const known = depth > 0 ? this.#bases.get(offset) : undefined;
    if (known !== undefined) return known;
    let bytes = this.#bytesAt(offset, FIRST_READ_BYTES);
    const head = readEntryHead(bytes, this.#idLength);
    const needed = head.headBytes + deflatedBound(head.size);
    if (needed > bytes.byteLength) bytes = this.#bytesAt(offset, needed);
    const data = inflateKnown(bytes.subarray(head.headBytes, needed), head.size);
    const object =
      head.is === "object"
        ? { type: head.type, data }
        : this.#patched(this.#baseOf(head, offset, depth), data);
    if (depth > 0) this.#bases.set(offset, object);
    return object;
  }

  #baseOf(
    head: { is: "offset-delta"; distance: number } | { is: "id-delta"; baseId: string },
    offset: number,
    depth: number,
  ): GitObject {
    if (head.is === "offset-delta") {
      if (head.distance <= 0 || head.distance > offset)
        throw new BrokenObject("a delta's base lies outside the pack");
      return this.#readAt(offset - head.distance, depth + 1);
    }
    const position = this.#position(head.baseId);
    if (position === undefined)
      throw new BrokenObject(`the base ${head.baseId} of a delta is not in its pack`);
    return this.#readAt(this.#offset(position), depth + 1);
  }

  #patched(base: GitObject, delta: Buffer): GitObject {
    return { type: base.type, data: applyDelta(base.data, delta) };
  }
}
