import { describe, expect, test } from "bun:test";
import { LogBook, MOST_LINES, type Row, type Said } from "./log-book.ts";
import { readFilter } from "./log-filter.ts";

const said = (content: string, more: Partial<Said> = {}): Said => ({
  pod: "web-1",
  time: "",
  content,
  ...more,
});
const shown = (rows: readonly Row[]): string[] =>
  rows.map(({ entry, json, from, to }) => json ?? entry.text.slice(from, to));
const filter = (typed: string) => {
  const read = readFilter(typed);
  return read.is === "filter" ? read.filter : undefined;
};

describe("LogBook", () => {
  test("is rows of one height: a line is one, or as many as it needs", () => {
    const book = new LogBook();
    book.add(["abcdefgh", "", "xy"].map((text) => said(text)));
    expect([book.rows, shown(book.between(0, 9))]).toEqual([3, ["abcdefgh", "", "xy"]]);
    book.wrap(3);
    expect([book.rows, shown(book.between(0, 9))]).toEqual([5, ["abc", "def", "gh", "", "xy"]]);
    expect(shown(book.between(2, 4))).toEqual(["gh", ""]);
    expect(shown(book.between(1, 2))).toEqual(["def"]);
    expect(shown(book.between(7, 9))).toEqual([]);
  });

  test("cuts no character of two halves, and loses none", () => {
    const book = new LogBook();
    book.wrap(3);
    book.add([said("ab😀cd😀")]);
    const rows = shown(book.between(0, 9));
    expect(rows.join("")).toBe("ab😀cd😀");
    for (const row of rows) expect(row.isWellFormed()).toBe(true);
  });

  test("shows what is wanted, and what the daemon says of it always", () => {
    const book = new LogBook();
    const errors = filter("error");
    book.want(errors);
    book.add([said("error 1"), said("fine"), said("it is gone", { is: "trouble" })]);
    book.add([said("error 2")]);
    expect(shown(book.between(0, 9))).toEqual(["error 1", "it is gone", "error 2"]);
    book.want(undefined);
    expect([book.rows, book.size]).toEqual([4, 4]);
  });

  test("opens the JSON of a line below it, and folds it", () => {
    const book = new LogBook();
    book.add([said('{"a":1}'), said("next")]);
    const [first, next] = book.shown;
    book.toggle(first!);
    expect(shown(book.between(0, 9))).toEqual(['{"a":1}', "{", '  "a": 1', "}", "next"]);
    expect(book.topOf(next!)).toBe(4);
    book.toggle(next!);
    expect([book.isOpen(next!), book.rows]).toEqual([false, 5]);
    book.toggle(first!);
    expect(book.rows).toBe(2);
  });

  test("keeps the last lines, says how many rows went, and the lines keep who they are", () => {
    const book = new LogBook();
    const some = Array.from({ length: 10_000 }, (_, at) => said(String(at)));
    let gone = 0;
    for (let times = 0; times < 6; times++) gone += book.add(some);
    expect([book.size, gone, book.rows]).toEqual([MOST_LINES, 10_000, MOST_LINES]);
    expect(book.shown[0]?.id).toBe(10_001);
    expect(book.shown.at(-1)?.id).toBe(60_000);
  });

  test("keeps no more characters than it may, be there ever so few lines, and the last line always", () => {
    const book = new LogBook();
    const long = "x".repeat(1_000_000);
    for (let times = 0; times < 120; times++) book.add([said(long)]);
    expect(book.size).toBeLessThan(50);
    expect(book.size).toBeGreaterThan(20);
    expect(book.shown.at(-1)?.id).toBe(120);
  });

  test("is empty after it is cleared, and counts on", () => {
    const book = new LogBook();
    book.add([said("a")]);
    book.clear();
    expect([book.size, book.rows, book.between(0, 5)]).toEqual([0, 0, []]);
    book.add([said("b")]);
    expect(book.shown[0]?.id).toBe(2);
  });
});
