import { describe, expect, test } from "bun:test";
import { compileGoRegexp } from "./go-regexp.ts";
import { goRegexpSize } from "./go-regexp-size.ts";

describe("goRegexpSize()", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["a|b", 3],
    ["a{40}", 40],
    ["a{2,}", 3],
    ["a{2,5}", 5],
    ["a{0}", 1],
    ["(ab){10}", 40],
    ["((a{10}){10}){10}", 1_220],
    ["[^]a-z[:alpha:]]{7}", 7],
    ["[\\]]{7}", 7],
    ["\\p{Greek}{9}", 9],
    ["\\x{10FFFF}{9}", 9],
    ["\\Qa{1000}\\E{3}", 9],
    ["a{,5}", 5],
    ["a{x", 3],
    // What is no regular expression.
    ["a)))", 7],
    ["(((a{5}", 5],
    ["[a{1000}", 1],
    ["\\", 1],
    ["{5}", 0],
  ])("%s is %i", (expression, size) => {
    expect(goRegexpSize(expression)).toBe(size);
  });
});

describe("compileGoRegexp()", () => {
  test.each([
    "^v?\\d+\\.\\d+\\.\\d+(-[0-9A-Za-z.-]{1,100})?$",
    "^[0-9a-f]{40}$",
    ".{1000}",
    Array.from({ length: 200 }, (_, at) => `repository-${at}`).join("|"),
  ])("takes what people write: %#", (expression) => {
    expect(compileGoRegexp(expression).ok).toBe(true);
  });

  test.each([
    "a{1000}".repeat(6),
    "(a{100}){100}",
    "((a?){70}){80}",
    "(?:x{0,1000}y){6}",
    "a".repeat(6_000),
    `${"(".repeat(6_000)}a`.repeat(1) + "b".repeat(5_001),
  ])("refuses what would hold up whoever makes it: %#", (expression) => {
    expect(compileGoRegexp(expression)).toEqual({
      ok: false,
      problem: "it is too large: what it repeats, it repeats too often",
    });
  });
});
