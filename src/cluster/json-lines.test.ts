import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { eachLine } from "./json-lines.ts";

async function linesOf(chunks: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await eachLine(body, (line) => lines.push(line));
  return lines;
}

describe("eachLine()", () => {
  const text = '{"a":"é"}\n{"b":"x"}\n\n{"c":1}\n{"cut';
  test("finds the same lines however the bytes are cut, inside of characters too, and leaves out an unfinished one", async () => {
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size <= bytes.length; size++) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.slice(at * size, (at + 1) * size),
      );
      expect(await linesOf(chunks)).toEqual(['{"a":"é"}', '{"b":"x"}', "", '{"c":1}']);
    }
  });

  test("what the reader throws ends the reading", async () => {
    const lines = new Response("one\ntwo\n").body as ReadableStream<Uint8Array>;
    expect(
      await endingOf(
        eachLine(lines, () => {
          throw new Error("no");
        }),
      ),
    ).toThrow("no");
  });
});
