import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { visibleParts } from "./visible-text.ts";
import { cutLine, indented, type WordPart, wordParts } from "./word-diff.ts";

const marked = (text: string, twin: string | undefined): string =>
  wordParts(text, twin)
    .map((part) => (part.is === "other" ? `[${part.text}]` : part.text))
    .join("");

describe("wordParts()", () => {
  test.each([
    ["image: web:1.5", "image: web:1.4", "image: web:1.[5]"],
    ["replicas: 3", "replicas: 3 ", "replicas: 3"],
    ["replicas: 3 ", "replicas: 3", "replicas: 3[ ]"],
    ["name: öl", "name: al", "name: [öl]"],
    ["a whole other thing", "xyz", "a whole other thing"],
    ["same", "same", "same"],
    ["alone", undefined, "alone"],
  ])("%j beside %j", (text, twin, want) => expect(marked(text, twin)).toBe(want));

  test("loses nothing of a text, and a line of a million characters takes no time", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, twin) => {
        expect(
          wordParts(text, twin)
            .map((part) => part.text)
            .join(""),
        ).toBe(text);
      }),
    );
    const long = "a, ".repeat(330_000);
    expect(marked(`${long}x`, `${long}y`).endsWith("[x]")).toBe(true);
  });
});

const visibleText = (text: string): string =>
  visibleParts(text)
    .map((part) => (part.is === "text" ? part.text : part.sign))
    .join("");

describe("visibleParts()", () => {
  test.each([
    ["a\r", "a␍"],
    ["a\u202eb", "aU+202Eb"],
    ["a\u200bb", "aU+200Bb"],
    ["\u0007\u001b[31m", "␇␛[31m"],
    ["a\tb é 日本語 👍️", "a\tb é 日本語 👍️"],
    ["<b>x</b>", "<b>x</b>"],
    ["\u{e0041}", "U+E0041"],
    ["a\u00a0b", "aU+00A0b"],
  ])("%j", (text, want) => expect(visibleText(text)).toBe(want));

  test("a sign has its name", () => {
    expect(visibleParts("\u202e")).toEqual([
      { is: "sign", sign: "U+202E", name: "right-to-left override, U+202E" },
    ]);
  });
});

describe("cutLine()", () => {
  test("keeps what differs, with what stands before it", () => {
    const before = "      - image: registry.example.com/payments-worker:4.1.0";
    const cut = cutLine(wordParts(before, before.replace("4.1.0", "4.2.0")));
    expect(`${cut?.head}${cut?.rest.map(({ text }) => text).join("")}`).toBe(before);
    expect(cut?.rest.map(({ is, text }) => `${is} ${text}`)).toEqual([
      "same ents-worker:4.",
      "other 1",
      "same .0",
    ]);
    expect(cut?.needs).toBe(15);
  });

  test.each<[why: string, parts: WordPart[]]>([
    ["nothing differs", [{ is: "same", text: "x".repeat(100) }]],
    ["it begins with what differs", [{ is: "other", text: "x".repeat(100) }]],
    [
      "that stands near its beginning",
      [
        { is: "same", text: "x".repeat(28) },
        { is: "other", text: "y" },
      ],
    ],
    ["it is empty", []],
  ])("leaves a line as it is where %s", (_, parts) => expect(cutLine(parts)).toBeUndefined());

  test("asks for no more room than a line has, however much differs", () => {
    const cut = cutLine([
      { is: "same", text: "a".repeat(40) },
      { is: "other", text: "b".repeat(500) },
    ]);
    expect(cut?.needs).toBe(60);
  });
});

describe("indented()", () => {
  const same = (text: string): WordPart => ({ is: "same", text });
  const other = (text: string): WordPart => ({ is: "other", text });
  test.each<[of: string, parts: WordPart[], indent: WordPart[], text: WordPart[]]>([
    ["a line", [same("    a: 1")], [same("    ")], [same("a: 1")]],
    ["one that is not indented", [same("a: "), other("1")], [], [same("a: "), other("1")]],
    ["one whose indent differs", [same("  "), other("  a")], [same("  "), other("  ")], [other("a")]],
    ["white space alone", [same("  "), other(" ")], [same("  "), other(" ")], []],
    ["nothing", [], [], []],
  ])("parts %s where its text begins", (_, parts, indent, text) =>
    expect(indented(parts)).toEqual({ indent, text }),
  );
  test("loses nothing of a line, whatever it is", () => {
    const part = fc.record({ is: fc.constantFrom("same" as const, "other" as const), text: fc.string() });
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { indent, text } = indented(parts);
        const whole = (all: readonly WordPart[]): string => all.map((one) => one.text).join("");
        expect(whole(indent) + whole(text)).toBe(whole(parts));
        expect(whole(indent).trim()).toBe("");
      }),
    );
  });
});
