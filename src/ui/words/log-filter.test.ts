import { describe, expect, test } from "bun:test";
import { readFilter } from "./log-filter.ts";

const wants = (typed: string, text: string): boolean | string => {
  const read = readFilter(typed);
  return read.is === "filter" ? read.filter.wants(text) : read.is;
};

describe("readFilter()", () => {
  test.each([
    ["", "x", "all"],
    ["!", "x", "all"],
    ["Error", "an ERROR", true],
    ["a.b", "axb", false],
    ["!probe", "GET /probe", false],
    ["!probe", "GET /cart", true],
    ["/5\\d\\d /", "500 x", true],
    ["/GET/", "get", false],
    ["/GET/i", "get", true],
    ["!/GET .health/", "GET /health", false],
    ["a/b/c", "x a/b/c y", true],
    ["/", "a/b", true],
    ["/(/", "x", "broken"],
  ])("%p of %p", (typed, text, expected) => expect(wants(typed, text)).toBe(expected));

  test("says where it is, for the eye: each place, of what is not turned around", () => {
    const places = (typed: string, text: string) => {
      const read = readFilter(typed);
      return read.is === "filter" ? read.filter.places(text) : [];
    };
    expect(places("a", "abA")).toEqual([
      { from: 0, to: 1 },
      { from: 2, to: 3 },
    ]);
    expect(places("/x*/", "axb")).toEqual([{ from: 1, to: 2 }]);
    expect(places("!a", "ab")).toEqual([]);
    expect(places("a", "a".repeat(1_000))).toHaveLength(50);
  });

  // JavaScript's own would not come back of it: that the test ends is what it shows.
  test("comes back of an expression that a link brings to hold the window up", () => {
    expect(wants("/(a+)+$/", `${"a".repeat(200)}!`)).toBe(false);
    expect(wants("/(?=a)/", "a")).toBe("broken");
    expect(wants("w".repeat(300), "w".repeat(400))).toBe(true);
  });
});
