import { expect, test } from "bun:test";
import { logLines } from "./log-lines.ts";

const T = "2026-11-29T12:00:00.000000001Z";
async function* chunks(...texts: (string | Uint8Array)[]) {
  for (const text of texts) yield typeof text === "string" ? new TextEncoder().encode(text) : text;
}
const read = async (longest: number, ...texts: (string | Uint8Array)[]) => {
  const lines: string[][] = [];
  for await (const { time, text } of logLines(chunks(...texts), longest)) lines.push([time, text]);
  return lines;
};

test("lines are put together from chunks, with the time before them; an empty one is one", async () => {
  const [e, acute] = [new TextEncoder().encode(`${T} caf`), new TextEncoder().encode("é")];
  expect(await read(100, e, acute.slice(0, 1), acute.slice(1), `\r\n${T} \n${T}\nno time`)).toEqual([
    [T, "café"],
    [T, ""],
    [T, ""],
    ["", "no time"],
  ]);
});

test("a line without end comes in pieces that cut no character, all of its time; the next line has its own", async () => {
  const lines = await read(40, `${T} ${"é".repeat(30)}`, `${"x".repeat(50)}\n${T} next\n`);
  expect(
    lines
      .map(([, text]) => text)
      .join("|")
      .replaceAll("|", ""),
  ).toBe(`${"é".repeat(30)}${"x".repeat(50)}next`);
  expect(lines.every(([time, text]) => time === T && !text?.includes("\ufffd"))).toBe(true);
  expect(lines.length).toBeGreaterThan(3);
});

test("nothing is read before it is asked for", async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given++;
      yield new TextEncoder().encode(`${T} a\n${T} b\n`);
    }
  }
  const lines = logLines(endless());
  await lines.next();
  await lines.next();
  expect(given).toBe(1);
  await lines.return(undefined);
});
