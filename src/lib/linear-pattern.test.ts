import { describe, expect, test } from "bun:test";
import { linearPattern } from "./linear-pattern.ts";

const TEXTS = [
  ..."ab|aab|b|xaay|foo bar|GET /health 200|5 xx 503 |a.b|[x]|Ünï|caf-e_9|\t tab|a\nb|aaaaaaaa".split("|"),
  "",
];
const EXPRESSIONS = [
  ...[
    "a",
    "ab|b",
    "a*b",
    "a+?b",
    "^a",
    "b$",
    "^$",
    "a.b",
    "a\\.b",
    "[a-c]+",
    "[^a-z ]+",
    "5\\d\\d ",
    "\\bfoo\\b",
  ],
  ...[
    "(a|ab)(c|b|)",
    "(?:x|y)?a{2}",
    "a{1,3}",
    "a{2,}",
    "\\w+",
    "\\W",
    "\\s\\S",
    "[\\d.]+",
    "(a*)*",
    "(a*)+b",
    "()",
  ],
  ...[
    "\\Boo",
    "[\\]x]",
    "[a-]",
    "x*",
    "(?<name>a)b",
    "\\x61",
    "\\u0061b",
    "a||b",
    "(^a|b$)",
    "\\tt",
    "GET .*200",
  ],
  ...["(a+)+$", "a?a?a?aaa", "[^]", "", "-", "{", "a{,2}", "}", "]"],
];

describe("linearPattern()", () => {
  test.each(EXPRESSIONS)("finds as JavaScript does: %p", (expression) => {
    for (const [letters, flags] of [
      ["as-written", "g"],
      ["either", "gi"],
    ] as const) {
      const read = linearPattern(expression, letters);
      if (read.is === "fault") throw new Error(read.why);
      for (const text of TEXTS) {
        const want = [...text.matchAll(new RegExp(expression, flags))].flatMap(({ index, 0: found }) =>
          found === "" ? [] : [{ from: index, to: index + found.length }],
        );
        expect([text, read.pattern.places(text, 50)]).toEqual([text, want]);
        expect([text, read.pattern.test(text)]).toEqual([text, new RegExp(expression, flags).test(text)]);
      }
    }
  });

  test.each([
    ...["(a", "a)", "[a", "*a", "a\\", "(?=a)", "(?<!a)b", "(a)\\1", "\\p{L}", "[z-a]", "a{3,2}"],
    ...["a{4000}", "(a{9}){99}", "((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))"],
  ])("refuses %p, and says why", (expression) => {
    const read = linearPattern(expression, "either");
    expect(read.is === "fault" && read.why).toBeString();
  });

  // JavaScript's own would not come back of these in the life of anybody: that the test ends is what it shows.
  test.each(["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*)*x", "(a*)*b", "a*a*a*a*a*a*a*a*b", "(\\w+\\s?)+$"])(
    "comes back of %p",
    (expression) => {
      const read = linearPattern(expression, "either");
      if (read.is === "fault") throw new Error(read.why);
      expect(read.pattern.test(`${"a".repeat(2_000)}!`)).toBe(false);
      expect(read.pattern.places(`${"a".repeat(500)}!`, 50)).toEqual([]);
    },
  );
});
