import { describe, expect, test } from "bun:test";
import { FrameReader, frameOf, OPCODE } from "./frames.ts";

/** As a server sends it: not masked. */
function ofServer(opcode: number, payload: Uint8Array, last: "last" | "more" = "last"): Uint8Array {
  const masked = frameOf(opcode, payload, new Uint8Array(4));
  const head = masked.length - payload.length - 4;
  const frame = Buffer.concat([masked.subarray(0, head), payload]);
  frame[0] = (last === "last" ? 0x80 : 0) | opcode;
  frame[1] = (frame[1] as number) & 0x7f;
  return frame;
}

describe("FrameReader", () => {
  test.each([0, 1, 125, 126, 65_535, 65_536, 200_000])("reads %i bytes, whole and in pieces", (size) => {
    const payload = Uint8Array.from({ length: size }, (_, index) => index % 251);
    const bytes = Buffer.concat([ofServer(OPCODE.binary, payload), ofServer(OPCODE.ping, Buffer.from("x"))]);
    for (const piece of [bytes.length, 7_919, 3].filter((one) => one > 100 || size < 1_000)) {
      const reader = new FrameReader();
      const frames = [];
      for (let at = 0; at < bytes.length; at += piece)
        frames.push(...reader.read(bytes.subarray(at, at + piece)));
      expect(frames.map(({ opcode }) => opcode)).toEqual([OPCODE.binary, OPCODE.ping]);
      expect(Buffer.compare(frames[0]?.payload ?? Buffer.of(1), payload)).toBe(0);
    }
  });

  // Put together anew with each of them it would take minutes.
  test("reads a large frame that comes in very small pieces", () => {
    const bytes = ofServer(OPCODE.binary, new Uint8Array(1 << 20));
    const reader = new FrameReader();
    const sizes: number[] = [];
    for (let at = 0; at < bytes.length; at += 4)
      for (const { payload } of reader.read(bytes.subarray(at, at + 4))) sizes.push(payload.length);
    expect(sizes).toEqual([1 << 20]);
  });

  test("tells the last frame of a message from the others", () => {
    const reader = new FrameReader();
    const [first] = reader.read(ofServer(OPCODE.text, Buffer.from("a"), "more"));
    expect(first?.isLast).toBe(false);
  });

  test.each([
    ["masked", Buffer.of(0x82, 0x81, 0, 0, 0, 0, 1), "masked"],
    ["of an extension", Buffer.of(0xc2, 0x01, 1), "extension"],
    ["larger than anything that was asked for", Buffer.of(0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0), "more than"],
  ])("refuses a frame that is %s", (_, bytes, why) => {
    expect(() => [...new FrameReader().read(bytes)]).toThrow(why);
  });
});

test("frameOf() masks what is sent with what nobody knows", () => {
  // https://www.rfc-editor.org/rfc/rfc6455#section-5.7
  const hello = frameOf(OPCODE.text, Buffer.from("Hello"), Buffer.of(0x37, 0xfa, 0x21, 0x3d));
  expect([...hello]).toEqual([0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]);
});
