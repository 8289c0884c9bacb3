import { expect, test } from "bun:test";
import fc from "fast-check";
import { carriedOver, differentPart, NOTHING_MAPPED } from "./carried-over.ts";

const mapped = (text: string) => ({ of: [...text], made: [...text].map((one) => one.toUpperCase()) });

test("of the very same elements what came of them is the very same list", () => {
  const before = mapped("abc");
  for (const list of [before.of, [...before.of]]) {
    const now = carriedOver(before, list);
    expect(now).toEqual({ made: ["A", "B", "C"], fresh: [], moved: [] });
    expect(now.made).toBe(before.made);
  }
});

test.each([
  ["another element", "abcd", "abxd", { fresh: [2], moved: [] }],
  ["two others, far from one another", "abcdef", "xbcdey", { fresh: [0, 5], moved: [] }],
  ["one more", "abc", "abxc", { fresh: [2], moved: [3] }],
  ["one less", "abcd", "acd", { fresh: [], moved: [1, 2] }],
  ["one more at the end", "abc", "abcx", { fresh: [3], moved: [] }],
  ["one less at the end", "abc", "ab", { fresh: [], moved: [] }],
  ["two that changed places", "abcd", "acbd", { fresh: [], moved: [1, 2] }],
  ["all of it", "", "ab", { fresh: [0, 1], moved: [] }],
  ["none of it", "ab", "", { fresh: [], moved: [] }],
])("%s: %s becomes %s", (_, before, after, wanted) => {
  const { made, fresh, moved } = carriedOver(mapped(before), [...after]);
  expect({ fresh: [...fresh], moved: [...moved] }).toEqual(wanted);
  for (const at of fresh) made[at] = (after[at] ?? "").toUpperCase();
  expect(made).toEqual([...after.toUpperCase()]);
});

test("what came of a list before is not written into", () => {
  const before = mapped("abc");
  const { made } = carriedOver(before, [..."axc"]);
  made[1] = "X";
  expect(before.made).toEqual(["A", "B", "C"]);
});

test("of nothing everything is fresh", () => {
  expect(carriedOver<string, string>(NOTHING_MAPPED, ["a"]).fresh).toEqual([0]);
});

test("any list after any other one: each element has what came of it, or is fresh", () => {
  const elements = fc.uniqueArray(fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(elements, elements, (one, other) => {
      const { made, fresh, moved } = carriedOver({ of: one, made: one.map((each) => `of ${each}`) }, other);
      expect(made).toHaveLength(other.length);
      for (const [at, each] of other.entries()) {
        const before = one.indexOf(each);
        expect(fresh.includes(at)).toBe(before < 0);
        expect(moved.includes(at)).toBe(before >= 0 && before !== at);
        if (before >= 0) expect(made[at]).toBe(`of ${each}`);
      }
    }),
    { numRuns: 2_000, seed: 14 },
  );
});

test("the part in which two lists differ does not overlap what they share", () => {
  expect(differentPart([1, 1], [1, 1, 1])).toEqual({ from: 2, before: 2, after: 3 });
  expect(differentPart([1, 2, 3], [1, 3])).toEqual({ from: 1, before: 2, after: 1 });
  expect(differentPart([], [])).toBeUndefined();
});
