import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { hunksOf } from "./hunks.ts";
import { sequenceDiff } from "./line-diff.ts";

describe("sequenceDiff()", () => {
  test("leads from one to the other, of few lines and of many, whatever is moved, doubled or gone", () => {
    const many = Array.from({ length: 1_500 }, (_, at) => (at % 7 === 0 ? "again" : `line ${at}`));
    const edit = fc.record({
      at: fc.nat(1_499),
      take: fc.nat(20),
      give: fc.array(fc.constantFrom("again", "x", "line 700")),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
        const after = [...many];
        for (const { at, take, give } of edits) after.splice(at, take, ...give);
        // A block that stands elsewhere: what is in both once does not stand in the same order any more.
        const [moved, to] = [after.splice(300, 30), edits[0]?.at ?? 0];
        after.splice(to, 0, ...moved);
        const lines = sequenceDiff(many, after);
        expect(lines.flatMap(({ is, text }) => (is === "new" ? [] : [text]))).toEqual(many);
        expect(lines.flatMap(({ is, text }) => (is === "gone" ? [] : [text]))).toEqual(after);
        const shown = hunksOf(lines).flatMap(({ from, to }) => lines.slice(from, to));
        expect(shown.filter(({ is }) => is !== "same")).toEqual(lines.filter(({ is }) => is !== "same"));
      }),
      { numRuns: 50 },
    );
  });
  test("a line that is other in the midst of many is that line alone", () => {
    const many = Array.from({ length: 3_000 }, (_, at) => `line ${at}`);
    const lines = sequenceDiff(many, many.with(1_500, "other"));
    expect(lines.filter(({ is }) => is !== "same")).toEqual([
      { is: "gone", text: "line 1500" },
      { is: "new", text: "other" },
    ]);
  });
});

describe("sequenceDiff(), in few lines", () => {
  test.each<[before: string, after: string, want: string]>([
    ["a b c", "a B c", " a -b +B  c"],
    ["a", "a", " a"],
    ["a c", "a b c", " a +b  c"],
    ["a b c", "c", "-a -b  c"],
    ["a", "b", "-a +b"],
  ])("%s to %s", (before, after, want) =>
    expect(
      sequenceDiff(before.split(" "), after.split(" "))
        .map(({ is, text }) => ({ same: " ", gone: "-", new: "+" })[is] + text)
        .join(" "),
    ).toBe(want),
  );
  test("texts of which next to nothing is the same are told as they are", () => {
    const many = (word: string): string[] => Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`);
    expect(sequenceDiff(["x", ...many("a"), "y"], ["x", ...many("b"), "y"])).toHaveLength(40_002);
  });
});

describe("sequenceDiff(), of texts made to take long", () => {
  /** Parts between lines that are in both once, each of which alone is just within what is looked for. */
  const parts = (mark: string): string[] =>
    Array.from({ length: 60 }, (_, part) => [
      `begin ${part}`,
      ...Array.from({ length: 450 }, (_, at) => `${(at * 7 + part) % 3 === 0 ? "" : mark}${at % 5}`),
    ]).flat();
  const [before, after] = [parts("a"), parts("b")];
  const lines = sequenceDiff(before, after);
  const side = (not: "gone" | "new"): string[] =>
    lines.filter(({ is }) => is !== not).map(({ text }) => text);
  const sameOf = (part: number): number => {
    const from = lines.findIndex(({ text }) => text === `begin ${part}`);
    return lines.slice(from + 1, from + 451).filter(({ is }) => is === "same").length;
  };

  test("leads from the one to the other all the same", () => {
    expect(side("new")).toEqual(before);
    expect(side("gone")).toEqual(after);
  });
  test("looks closely for as long as it may, and then tells parts as they are", () => {
    expect(sameOf(0)).toBeGreaterThan(50);
    expect(sameOf(58)).toBe(0);
  });
});

describe("hunksOf()", () => {
  test("counts the lines of both sides", () => {
    const lines = sequenceDiff([..."abcdefghijklmno"], [..."abcdXefghijklmn"]);
    expect(hunksOf(lines)).toEqual([
      { from: 1, to: 8, before: 2, after: 2 },
      { from: 12, to: 16, before: 12, after: 13 },
    ]);
  });
});
