import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { gzipPart, joinParts } from "./gzip-parts.ts";

describe("joinParts()", () => {
  const unpacked = async (texts: readonly string[]): Promise<string> =>
    gunzipSync(joinParts(await Promise.all(texts.map(gzipPart)))).toString();

  test("unpacks to the texts one after the other, and its checksum holds", async () => {
    // gunzip refuses what has another checksum or another length than it says.
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" })), async (texts) => {
        const written = texts.map((text) => Buffer.from(text).toString());
        expect(await unpacked(written)).toBe(written.join(""));
      }),
    );
  });

  test("of nothing is nothing, and of long ones all", async () => {
    const long = Array.from({ length: 5 }, (_, at) => `${at}`.repeat(200_000));
    expect([await unpacked([]), await unpacked(["", ""]), (await unpacked(long)) === long.join("")]).toEqual([
      "",
      "",
      true,
    ]);
  });

  test("a part is the same bytes wherever it stands", async () => {
    const [part, other] = [await gzipPart("the same"), await gzipPart("another")];
    const bytes = Buffer.from(part.packed).toString("latin1");
    for (const parts of [[part], [other, part], [part, other]])
      expect(Buffer.from(joinParts(parts)).toString("latin1")).toContain(bytes);
  });

  test("is read by what decompresses in browsers", async () => {
    const bytes = joinParts([await gzipPart("one "), await gzipPart("two")]);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    expect(await new Response(stream).text()).toBe("one two");
  });
});
