import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SizeMark, tidyDue } from "./tidy-due.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-tidy-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let marks = 0;
const markOf = (text?: string): SizeMark => {
  const path = join(folder, `mark-${++marks}`);
  if (text !== undefined) writeFileSync(path, text);
  return new SizeMark(path);
};
const packs = (...sizes: number[]): { bytes: number }[] => sizes.map((bytes) => ({ bytes }));

describe("tidyDue()", () => {
  test("notes the size that a store has at first, and does nothing", () => {
    const mark = markOf();
    expect(tidyDue(packs(500), mark, 100)).toBe("nothing");
    expect(mark.read()).toBe(500);
  });
  test.each([
    ["a store that wastes less than it may", packs(500, 600), "nothing"],
    ["a store that has outgrown itself", packs(500, 601), "all"],
    ["many small packs", packs(500, ...Array.from({ length: 24 }, () => 1)), "join"],
    ["as many packs as are fine", packs(500, ...Array.from({ length: 23 }, () => 1)), "nothing"],
    ["an empty store", packs(), "nothing"],
  ] as const)("%s", (_, given, due) => {
    expect(tidyDue(given, markOf("500"), 100)).toBe(due);
  });
  test("a mark that is damaged is made anew", () => {
    const mark = markOf("five");
    expect(tidyDue(packs(10_000), mark, 100)).toBe("nothing");
    expect(mark.read()).toBe(10_000);
  });
});
