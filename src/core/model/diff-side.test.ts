import { describe, expect, test } from "bun:test";
import { DIFF_SIDE, revisionFault } from "./diff-side.ts";

describe("revisionFault() and DIFF_SIDE", () => {
  test.each([
    "main",
    "release/1.2",
    "v1.0+build",
    "",
    "main~1",
    "v2^",
    "renovate/@types/node",
    "fix#12",
    "1.*",
  ])("take %p", (text) => {
    expect(revisionFault(text)).toBeUndefined();
    expect(DIFF_SIDE.test(`git@${text}`)).toBe(true);
    expect(DIFF_SIDE.test(`git@main,${text}`)).toBe(true);
  });

  test.each(["a b", "x'; rm", "<b>", "$(id)", "a\nb", "a\u202eb", "a".repeat(201)])("refuse %p", (text) => {
    expect(revisionFault(text)).toBeString();
    expect(DIFF_SIDE.test(`git@${text}`)).toBe(false);
  });

  test("a comma is between the revisions of two sources, in none of them", () => {
    expect(revisionFault("a,b")).toBeString();
    expect(DIFF_SIDE.test(`git@${"a,".repeat(31)}a`)).toBe(true);
    expect(DIFF_SIDE.test(`git@${"a,".repeat(32)}a`)).toBe(false);
  });
});
