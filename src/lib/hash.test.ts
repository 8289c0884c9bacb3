import { describe, expect, test } from "bun:test";
import { canonicalJson } from "./canonical-json.ts";
import { hashValue } from "./hash.ts";

describe("canonicalJson()", () => {
  test("sorts keys at every depth and leaves out undefined entries", () => {
    expect(canonicalJson({ b: [{ d: 1, c: "x\n" }], a: undefined, B: null })).toBe(
      '{"B":null,"b":[{"c":"x\\n","d":1}]}',
    );
  });
  test("keeps every digit of a big integer", () => {
    expect(canonicalJson({ id: 9007199254740993n })).toBe('{"id":9007199254740993}');
  });
  test("prints what a toJSON says", () => {
    expect(canonicalJson({ at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
  });
  test.each([[Number.NaN], [Infinity], [() => 1], [Symbol("x")]])("refuses %p", (value) => {
    expect(() => canonicalJson([value])).toThrow(TypeError);
  });
});

describe("hashValue()", () => {
  test("is the same for one value written in two orders", () => {
    expect(hashValue({ a: 1, b: { c: 2, d: 3 } })).toBe(hashValue({ b: { d: 3, c: 2 }, a: 1 }));
  });
  test("differs where a list's order differs", () => {
    expect(hashValue([1, 2])).not.toBe(hashValue([2, 1]));
  });
  test("tells a number from its text", () => {
    expect(hashValue({ a: 1 })).not.toBe(hashValue({ a: "1" }));
  });
});
