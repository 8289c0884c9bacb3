import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { applyJsonPatch } from "./json-patch.ts";

describe("applyJsonPatch()", () => {
  const cases: { does: string; from: unknown; patch: unknown[]; want: unknown }[] = [
    {
      does: "adds a field",
      from: { a: 1 },
      patch: [{ op: "add", path: "/b", value: 2 }],
      want: { a: 1, b: 2 },
    },
    {
      does: "inserts into a list",
      from: [1, 3],
      patch: [{ op: "add", path: "/1", value: 2 }],
      want: [1, 2, 3],
    },
    { does: "appends to a list", from: [1], patch: [{ op: "add", path: "/-", value: 2 }], want: [1, 2] },
    { does: "removes", from: { a: [1, 2] }, patch: [{ op: "remove", path: "/a/0" }], want: { a: [2] } },
    {
      does: "replaces",
      from: { a: [1, 2] },
      patch: [{ op: "replace", path: "/a/1", value: 9 }],
      want: { a: [1, 9] },
    },
    {
      does: "replaces everything",
      from: { a: 1 },
      patch: [{ op: "replace", path: "", value: [] }],
      want: [],
    },
    { does: "moves", from: { a: 1 }, patch: [{ op: "move", from: "/a", path: "/b" }], want: { b: 1 } },
    {
      does: "copies",
      from: { a: { b: 1 } },
      patch: [
        { op: "copy", from: "/a", path: "/c" },
        { op: "replace", path: "/c/b", value: 2 },
      ],
      want: { a: { b: 1 }, c: { b: 2 } },
    },
    {
      does: "reads escaped names",
      from: { "a/b": { "m~n": 1 } },
      patch: [
        { op: "test", path: "/a~1b/m~0n", value: 1 },
        { op: "remove", path: "/a~1b/m~0n" },
      ],
      want: { "a/b": {} },
    },
  ];
  test("a test for null passes where nothing is", () =>
    expect(applyJsonPatch({ a: 1 }, [{ op: "test", path: "/b/c", value: null }])).toEqual({ a: 1 }));

  test.each(cases)("$does", ({ from, patch, want }) => expect(applyJsonPatch(from, patch)).toEqual(want));

  const refusals: { does: string; patch: unknown; why: string }[] = [
    { does: "what is no list", patch: { op: "add" }, why: "is a list of operations" },
    { does: "a step without a path", patch: [{ op: "add" }], why: "operation 0 of the patch: has no path" },
    { does: "an unknown step", patch: [{ op: "increment", path: "/a" }], why: 'there is no "increment"' },
    {
      does: "a field that is not there",
      patch: [
        { op: "add", path: "/a", value: 2 },
        { op: "remove", path: "/b" },
      ],
      why: "operation 1 of the patch: there is nothing at /b",
    },
    {
      does: "an inherited field",
      patch: [{ op: "remove", path: "/toString" }],
      why: "there is nothing at /toString",
    },
    {
      does: "a prototype",
      patch: [{ op: "add", path: "/__proto__/x", value: 1 }],
      why: "`__proto__` is no field",
    },
    {
      does: "a place beyond a list",
      patch: [{ op: "add", path: "/list/5", value: 1 }],
      why: "is no place in that list",
    },
    {
      does: "a path without a slash",
      patch: [{ op: "add", path: "a", value: 1 }],
      why: "is no JSON pointer",
    },
    { does: "an addition of nothing", patch: [{ op: "add", path: "/b" }], why: "has no value" },
    { does: "a failed test", patch: [{ op: "test", path: "/a", value: 2 }], why: "test of /a failed" },
    {
      does: "copies of copies, a few hundred characters that would make gigabytes",
      patch: [
        { op: "add", path: "/b", value: "x".repeat(1_000) },
        ...Array.from({ length: 30 }, (_, at) => ({ op: "copy", from: "", path: `/c${at}` })),
      ],
      why: "operation 13 of the patch: what it and those before it copy is too much",
    },
    {
      does: "copies that nest without end",
      patch: Array.from({ length: 30 }, (_, at) => ({
        op: "copy",
        from: "",
        path: `/n${"/n".repeat(2 ** at - 1)}`,
      })),
      why: "nests deeper than 500 levels",
    },
    {
      does: "insertions that move a long list again and again",
      patch: [
        { op: "add", path: "/l", value: Array(10_000).fill(0) },
        ...Array.from({ length: 1_000 }, () => ({ op: "add", path: "/l/0", value: 0 })),
      ],
      why: "copy is too much",
    },
    {
      does: "removals that do",
      patch: [
        { op: "add", path: "/l", value: Array(10_000).fill(0) },
        ...Array.from({ length: 1_000 }, () => ({ op: "remove", path: "/l/0" })),
      ],
      why: "copy is too much",
    },
    {
      does: "operations without end",
      patch: Array(10_001).fill({ op: "test", path: "/a", value: 1 }),
      why: "the patch has 10001 operations, more than 10000",
    },
  ];
  test.each(refusals)("refuses $does", ({ patch, why }) =>
    expect(() => applyJsonPatch({ a: 1, list: [1] }, patch)).toThrow(why),
  );

  test("never changes what it was given, and replacing a value by itself changes nothing", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z~/]{1,4}$/), fc.jsonValue(), { minKeys: 1 }),
        (document) => {
          const before = structuredClone(document);
          const [key, value] = Object.entries(document)[0]!;
          const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
          expect(applyJsonPatch(document, [{ op: "replace", path, value }])).toEqual(before);
          applyJsonPatch(document, [{ op: "remove", path }]);
          expect(document).toEqual(before);
        },
      ),
    );
  });
});
