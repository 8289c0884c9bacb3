import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { visibleParts } from "./visible-text.ts";
import { wordParts } from "./word-diff.ts";

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
