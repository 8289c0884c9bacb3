import { describe, expect, test } from "bun:test";
import { lineDiff } from "./line-diff.ts";

describe("lineDiff()", () => {
  const lines = (text: string) => text.split("");
  const cases: [sentence: string, before: string, after: string, want: string][] = [
    [
      "tells one changed line with its neighbours",
      "abcdefghij",
      "abcdXfghij",
      " …| b| c| d|-e|+X| f| g| h| …",
    ],
    ["keeps what is common in the middle", "abc", "xbz", "-a|+x| b|-c|+z"],
    ["appends", "ab", "abc", " a| b|+c"],
    ["says nothing where nothing differs", "abc", "abc", ""],
    ["joins changes that are near", "a1234b", "A1234B", "-a|+A| 1| 2| 3| 4|-b|+B"],
  ];
  test.each(cases)("%s", (_, before, after, want) => {
    expect(
      lineDiff(lines(before), lines(after))
        .map(({ sign, text }) => sign + text)
        .join("|"),
    ).toBe(want);
  });
  test("shows a very large change as one block in bounded time", () => {
    const before = Array.from({ length: 3_000 }, (_, at) => `old ${at}`),
      after = Array.from({ length: 3_000 }, (_, at) => `new ${at}`);
    expect(lineDiff(before, after)).toHaveLength(6_000);
  });
});
