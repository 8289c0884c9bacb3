/** Git's framing: four hex digits of length, then the data. Format: git's Documentation/gitprotocol-common.txt. */
import { BrokenObject } from "./git-object.ts";

export type Packet = { is: "data"; data: Buffer } | { is: "flush" } | { is: "delimiter" } | { is: "end" };

export function packet(text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([Buffer.from((data.byteLength + 4).toString(16).padStart(4, "0")), data]);
}

export const FLUSH: Uint8Array = Buffer.from("0000");
export const DELIMITER: Uint8Array = Buffer.from("0001");

/** @throws {BrokenObject} where the stream is cut or is not of this format */
export async function* packets(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Packet, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    // The rest is below one packet (64 KiB), so that a long answer costs no more than its length.
    rest =
      rest.byteLength === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
        : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.byteLength - at >= 4) {
      const digits = rest.toString("latin1", at, at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new BrokenObject("the answer is not in Git's format");
      const length = Number.parseInt(digits, 16);
      if (length === 3) throw new BrokenObject("the answer is not in Git's format");
      if (length < 4) {
        at += 4;
        yield length === 0 ? { is: "flush" } : length === 1 ? { is: "delimiter" } : { is: "end" };
        continue;
      }
      if (rest.byteLength - at < length) break;
      yield { is: "data", data: rest.subarray(at + 4, at + length) };
      at += length;
    }
    rest = rest.subarray(at);
  }
  if (rest.byteLength > 0) throw new BrokenObject("the answer ends in the middle");
}

/** The packet's text without its line feed. */
export function line(data: Buffer): string {
  const text = data.toString("utf8");
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
