import { describe, expect, test } from "bun:test";
import { crc32, deflateRawSync } from "node:zlib";
import { readZip } from "./read-zip.ts";

/** A zip archive made by the format's description, with a comment at its end. */
function zipOf(files: Record<string, { content: string; method: 0 | 8 }>): Buffer {
  const parts: Buffer[] = [],
    directory: Buffer[] = [];
  let offset = 0;
  for (const [name, { content, method }] of Object.entries(files)) {
    const plain = Buffer.from(content),
      data = method === 8 ? deflateRawSync(plain) : plain;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), common, tail, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(7, 16);
  return Buffer.concat([...parts, ...directory, Buffer.from("PK\x05\x06"), end, Buffer.from("comment")]);
}

describe("readZip()", () => {
  const archive = zipOf({
    "folder/": { content: "", method: 0 },
    "folder/a.txt": { content: "stored", method: 0 },
    "ü.txt": { content: "deflated ".repeat(500), method: 8 },
  });

  test("reads stored and deflated files and leaves folders out", () => {
    const read = readZip(archive).map((entry) => [entry.name, new TextDecoder().decode(entry.read())]);
    expect(read).toEqual([
      ["folder/a.txt", "stored"],
      ["ü.txt", "deflated ".repeat(500)],
    ]);
  });

  test("refuses content that was changed", () => {
    const damaged = Buffer.from(archive);
    damaged.write("STORED", damaged.indexOf("stored"));
    expect(() => readZip(damaged)[0]?.read()).toThrow("the content is damaged");
  });

  test("refuses what is no archive", () => {
    expect(() => readZip(Buffer.from("hello"))).toThrow("no zip archive");
  });
});
