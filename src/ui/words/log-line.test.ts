import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText, jsonLines, levelOf, piecesOf } from "./log-line.ts";

describe("cleanText()", () => {
  test("makes marks of a terminal's colours, and leaves the letters", () => {
    expect(cleanText("\u001b[31;1merror\u001b[0m: \u001b[92mok")).toEqual({
      text: "error: ok",
      marks: [
        { at: 0, style: { color: 1, bold: true } },
        { at: 5, style: {} },
        { at: 7, style: { color: 10 } },
      ],
    });
  });

  test.each([
    [
      "a colour of 256, as far as it is one of sixteen",
      "\u001b[38;5;9mx\u001b[38;5;200my",
      [{ color: 9 }, { color: 9 }],
    ],
    ["the numbers of a colour in full are no codes", "\u001b[38;2;31;1;4mx", [{}]],
    ["a background is none", "\u001b[48;5;1mx", [{}]],
  ])("%s", (_, raw, styles) => expect(cleanText(raw).marks.map(({ style }) => style)).toEqual(styles));

  test.each([
    ["a title that a terminal would take", "\u001b]0;pwned\u0007hi", "hi"],
    ["a link", "\u001b]8;;https://evil.example\u001b\\hi\u001b]8;;\u001b\\", "hi"],
    ["one that never ends", "a\u001b]0;pwned", "a"],
    ["the cursor moved, the screen cleared", "\u001b[2J\u001b[1;1Hhi", "hi"],
    ["a sequence that is cut off", "hi\u001b[", "hi"],
    ["a bell and a carriage return are seen", "a\u0007b\rc", "a\u2407b\u240dc"],
    ["text turned around is told by its number", "\u202egpj.exe", "\\u202egpj.exe"],
    ["a tab is blanks", "a\tb", "a    b"],
    ["HTML is text", "<script>alert(1)</script>", "<script>alert(1)</script>"],
    ["what was no UTF-8", "caf\ufffd", "caf\ufffd"],
  ])("%s", (_, raw, text) => expect(cleanText(raw).text).toBe(text));

  test("holds a bounded number of marks, however many there were", () => {
    const { text, marks } = cleanText("\u001b[31mx".repeat(5_000));
    expect([text.length, marks.length]).toEqual([5_000, 200]);
  });

  test("leaves no control character in sight, whatever came", () => {
    const noise = fc.string({
      unit: fc.constantFrom(
        "\u001b",
        "[",
        "]",
        ";",
        "m",
        "3",
        "1",
        "\u0007",
        "\u009b",
        "\u0000",
        "a",
        "\\",
        "\u202e",
      ),
    });
    fc.assert(
      fc.property(noise, (raw) => {
        const { text, marks } = cleanText(raw);
        expect(text).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202e]/);
        expect(marks.every(({ at }) => at <= text.length)).toBe(true);
      }),
    );
  });
});

test.each([
  ["E1130 12:00:00.000001       1 main.go:1] boom", "E"],
  ['{"level":"warn","msg":"x"}', "W"],
  ["time=… level=debug msg=x", "D"],
  ["2026-11-30 12:00:00 [ERROR] db: no", "E"],
  ["2026-11-30T12:00:00Z INFO starting", "I"],
  ["panic: no config", "E"],
  ["no errors were found", undefined],
  ['{"level":"constructor"}', undefined],
  ["GET /error/page 200", undefined],
  ["", undefined],
] as const)("levelOf(%p) is %p", (text, level) => expect(levelOf(text)).toBe(level));

test.each([
  ['{"a":{"b":1}}', ["{", '  "a": {', '    "b": 1', "  }", "}"]],
  ["{not json}", undefined],
  ['["a"]', undefined],
  [`{"a":"${"x".repeat(200_000)}"}`, undefined],
])("jsonLines() of %#", (text, lines) => expect(jsonLines(text)).toEqual(lines as string[]));

test("piecesOf() cuts a stretch at its marks and at what was found, and loses nothing", () => {
  const line = cleanText("ab\u001b[31mcd\u001b[0mef");
  expect(piecesOf(line, 1, 6, [{ from: 3, to: 5 }])).toEqual([
    { text: "b", style: {}, found: false },
    { text: "c", style: { color: 1 }, found: false },
    { text: "d", style: { color: 1 }, found: true },
    { text: "e", style: {}, found: true },
    { text: "f", style: {}, found: false },
  ]);
});
