import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type DiffLine, lineDiff } from "./line-diff.ts";

const shown = (lines: readonly DiffLine[]): string[] =>
  lines.map((line) =>
    line.is === "left-out" ? `… ${line.lines}` : `${{ same: " ", gone: "-", new: "+" }[line.is]}${line.text}`,
  );

describe("lineDiff()", () => {
  test.each<{ what: string; before: string; after: string; lines: string[] }>([
    { what: "one line", before: "a\nb\nc", after: "a\nB\nc", lines: [" a", "-b", "+B", " c"] },
    { what: "nothing", before: "a", after: "a", lines: ["… 1"] },
    { what: "something new", before: "a\nc", after: "a\nb\nc", lines: [" a", "+b", " c"] },
    { what: "something that goes", before: "a\nb\nc", after: "c", lines: ["-a", "-b", " c"] },
    { what: "all of it", before: "a", after: "b", lines: ["-a", "+b"] },
    {
      what: "two places far from each other",
      before: "1\n2\n3\n4\n5\n6\n7\n8\n9",
      after: "one\n2\n3\n4\n5\n6\n7\n8\nnine",
      lines: ["-1", "+one", " 2", " 3", " 4", "… 1", " 6", " 7", " 8", "-9", "+nine"],
    },
  ])("$what", ({ before, after, lines }) => expect(shown(lineDiff(before, after))).toEqual(lines));

  test("leads from one to the other, whatever they are", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { minLength: 1, maxLength: 14 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before.join("\n"), after.join("\n"));
        const of = (not: string) => lines.filter(({ is }) => is !== not && is !== "left-out");
        const leftOut = lines.reduce((sum, line) => sum + (line.is === "left-out" ? line.lines : 0), 0);
        expect(of("new").length + leftOut).toBe(before.length);
        expect(of("gone").length + leftOut).toBe(after.length);
        if (leftOut > 0) return;
        expect(of("new").map((line) => ("text" in line ? line.text : ""))).toEqual(before);
        expect(of("gone").map((line) => ("text" in line ? line.text : ""))).toEqual(after);
      }),
      { numRuns: 500 },
    );
  });

  test("texts of which next to nothing is the same are told as they are, in time", () => {
    const many = (word: string): string =>
      Array.from({ length: 20_000 }, (_, at) => `${word} ${at}`).join("\n");
    expect(lineDiff(`x\n${many("a")}\ny`, `x\n${many("b")}\ny`)).toHaveLength(40_002);
  });
});
