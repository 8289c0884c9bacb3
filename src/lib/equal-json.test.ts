import { describe, expect, test } from "bun:test";
import { equalJson } from "./equal-json.ts";

describe("equalJson()", () => {
  test.each<[a: unknown, b: unknown, equal: boolean]>([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: undefined }, { a: 1 }, false],
    [{ a: null }, {}, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    ["1", 1, false],
    // What every mapping inherits is no entry of it.
    [{}, { constructor: "x" }, false],
    [{ toString: "x" }, {}, false],
    [{}, JSON.parse('{"__proto__":{"a":1}}'), false],
  ])("%j and %j: %p", (a, b, equal) => {
    expect([equalJson(a, b), equalJson(b, a)]).toEqual([equal, equal]);
  });
});
