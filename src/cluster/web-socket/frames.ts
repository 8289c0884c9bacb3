/** Frames of WebSocket: https://www.rfc-editor.org/rfc/rfc6455#section-5 */

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  opcode: number;
  /** The last one of its message. */
  isLast: boolean;
  payload: Uint8Array;
}

/** Bytes of one frame. A kubelet sends 32 KiB at most; what says more is nothing that we asked for. */
const LARGEST_FRAME = 1 << 20;

/** Frames of a server, however the bytes are cut into pieces. */
export class FrameReader {
  /** What is not read yet, put together once it is enough: a server may send a frame byte by byte. */
  #pieces: Uint8Array[] = [];
  #held = 0;
  #enough = 0;

  /** The frames that are whole with these bytes. @throws {Error} a sentence about what is no frame of a server */
  *read(bytes: Uint8Array): Generator<Frame> {
    this.#pieces.push(bytes);
    this.#held += bytes.length;
    if (this.#held < this.#enough) return;
    let rest = joined(this.#pieces, this.#held);
    for (;;) {
      const head = headOf(rest);
      if (head === undefined || rest.length < head.at + head.size) {
        this.#pieces = [rest];
        this.#held = rest.length;
        this.#enough = head === undefined ? 0 : head.at + head.size;
        return;
      }
      const payload = rest.subarray(head.at, head.at + head.size);
      rest = rest.subarray(head.at + head.size);
      yield { opcode: head.opcode, isLast: head.isLast, payload };
    }
  }
}

function headOf(
  bytes: Uint8Array,
): { opcode: number; isLast: boolean; at: number; size: number } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  if ((first & 0x70) !== 0) throw new Error("a frame uses an extension that was not agreed on");
  if ((second & 0x80) !== 0) throw new Error("a frame of the server is masked");
  const short = second & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < at) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = short === 126 ? view.getUint16(2) : short === 127 ? Number(view.getBigUint64(2)) : short;
  if (size > LARGEST_FRAME) throw new Error(`a frame of ${size} bytes is more than ${LARGEST_FRAME}`);
  return { opcode: first & 0x0f, isLast: (first & 0x80) !== 0, at, size };
}

/** One frame of a client, whole. @param mask four bytes that nobody can know before */
export function frameOf(opcode: number, payload: Uint8Array, mask: Uint8Array): Uint8Array {
  const { length } = payload;
  const at = length < 126 ? 2 : length < 0x10000 ? 4 : 10;
  const frame = new Uint8Array(at + 4 + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (at === 2 ? length : at === 4 ? 126 : 127);
  if (at === 4) view.setUint16(2, length);
  if (at === 10) view.setBigUint64(2, BigInt(length));
  frame.set(mask.subarray(0, 4), at);
  for (let index = 0; index < length; index++)
    frame[at + 4 + index] = (payload[index] as number) ^ (mask[index % 4] as number);
  return frame;
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
