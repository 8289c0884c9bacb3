import { describe, expect, test } from "bun:test";
import { defined, filled } from "./defined.ts";

interface Row {
  text: string;
  fix?: string;
  line?: number;
}

describe("defined()", () => {
  test("leaves out what is undefined, and nothing else", () =>
    expect(Object.entries(defined({ a: undefined, b: null, c: "", d: 0, e: false, f: [] }))).toEqual([
      ["b", null],
      ["c", ""],
      ["d", 0],
      ["e", false],
      ["f", []],
    ]));

  test("fits types whose optional fields may not be undefined", () => {
    const row = (fix: string | undefined, line: number): Row => ({ text: "t", ...defined({ fix, line }) });
    expect(row(undefined, 1)).toStrictEqual({ text: "t", line: 1 });
    expect(row("f", 1)).toStrictEqual({ text: "t", fix: "f", line: 1 });
  });

  test("an absent field leaves what stands before it", () =>
    expect({ a: 1, ...defined({ a: undefined as number | undefined }) }).toEqual({ a: 1 }));
});

describe("filled()", () => {
  test("leaves out what is undefined or empty, and nothing else", () =>
    expect(
      Object.entries(filled({ a: undefined, b: null, c: "", d: 0, e: false, f: [], g: {}, h: [""] })),
    ).toEqual([
      ["b", null],
      ["d", 0],
      ["e", false],
      ["g", {}],
      ["h", [""]],
    ]));

  test("fits types whose optional fields may not be undefined", () => {
    const row = (fix: string | undefined): Row => ({ text: "t", ...filled({ fix }) });
    expect(row("")).toStrictEqual({ text: "t" });
    expect(row("f")).toStrictEqual({ text: "t", fix: "f" });
  });
});
