import { describe, expect, test } from "bun:test";
import { askedAtOnce, type Chunk, joined, needed } from "./join.ts";

const part = (name: string, imports: string[], loads: string[] = []): Chunk => ({
  ...{ name: `${name}.js`, entry: name, modules: [name], size: 1_000 },
  ...{ imports: ["first.js", ...imports], loads },
});
const shared = (name: string, size: number, imports: string[] = []): Chunk => ({
  ...{ name, entry: undefined, modules: [`module of ${name}`], size, imports, loads: [] },
});
const first = (loads: string[]): Chunk => ({
  ...{ name: "first.js", entry: "first", modules: ["first"], size: 30_000, imports: ["eager.js"], loads },
});
const filesOf = (chunks: readonly Chunk[], entry: string, early?: string): string[] =>
  (joined(chunks, "first.js", early).get(entry) ?? [])
    .map((name) => name.replace("module of ", ""))
    .toSorted();

describe("joined()", () => {
  const names = ["a", "b", "c", "d", "e"];
  const five = names.map((name) => shared(name, 1_000));

  test("of five that two parts share the two have all, in fewer files", () => {
    const chunks = [
      first(["x.js", "y.js"]),
      shared("eager.js", 1),
      ...five,
      part("x", names),
      part("y", ["a"]),
    ];
    // x needs five files, and may need three: what y lacks is smallest where what it has stays by itself.
    expect(filesOf(chunks, "x")).toEqual(names);
    expect(filesOf(chunks, "y")).toEqual(["a"]);
  });

  test("what the page begins with is in no part's way", () => {
    const chunks = [first(["x.js"]), shared("eager.js", 1), part("x", ["eager.js"])];
    expect(filesOf(chunks, "x")).toEqual([]);
  });

  test("what a part has because of the one that alone asks for it costs nothing", () => {
    // Either of two joinings is enough for x: `within` is asked for by x alone, and so has all that x has; `other` has not.
    const chunks = [
      ...[first(["x.js", "other.js"]), shared("eager.js", 1)],
      ...[shared("a", 2_000), shared("b", 2_000), shared("c", 3_000), shared("d", 3_000)],
      part("x", ["a", "b", "c", "d"], ["within.js"]),
      ...[part("within", ["a"]), part("other", ["c"])],
    ];
    expect(filesOf(chunks, "within").length).toBe(2);
    expect(filesOf(chunks, "other")).toEqual(["c"]);
  });

  test("whoever has more because of that has also what it imports, so that nothing is parted anew", () => {
    const chunks = [
      ...[first(["x.js", "y.js"]), shared("eager.js", 1)],
      ...[shared("a", 9_000), shared("b", 100, ["d"]), shared("c", 100), shared("d", 9_000)],
      ...[part("x", ["a", "b", "c", "d"]), part("y", ["c"])],
    ];
    expect(filesOf(chunks, "x")).toEqual(["a", "b", "c", "d"]);
    // The least is a with d, which y needs neither of.
    expect(filesOf(chunks, "y")).toEqual(["c"]);
    // a and d would be too large.
    const forced = [
      ...[first(["x.js", "y.js"]), shared("eager.js", 1)],
      ...[shared("a", 21_950), shared("b", 100, ["d"]), shared("c", 100), shared("d", 21_950)],
      ...[part("x", ["a", "b", "c", "d"]), part("y", ["c"])],
    ];
    expect(filesOf(forced, "y")).toEqual(["b", "c", "d"]);
  });

  test("what people begin with as well loads the least that it does not need", () => {
    // x has one file too many. That `early` has b for nothing is less than that two others have it, until its bytes weigh more.
    const chunks = [
      ...[first(["x.js", "early.js", "1.js", "2.js", "3.js", "4.js"]), shared("eager.js", 1)],
      ...[shared("a", 2_000), shared("b", 1_000), shared("c", 1_500), shared("d", 9_000)],
      ...[part("x", ["a", "b", "c", "d"]), part("early", ["a"])],
      ...[part("1", ["c"]), part("2", ["c"]), part("3", ["d"]), part("4", ["d"])],
    ];
    expect(filesOf(chunks, "early")).toEqual(["a", "b"]);
    expect(filesOf(chunks, "early", "early")).toEqual(["a"]);
  });

  test("nothing is joined to what nobody would wait for, and it ends", () => {
    const large = names.map((name) => shared(name, 20_000));
    const chunks = [
      first(["x.js", "y.js"]),
      shared("eager.js", 1),
      ...large,
      part("x", names),
      part("y", ["a"]),
    ];
    expect(filesOf(chunks, "y")).toEqual(["a"]);
    expect(filesOf(chunks, "x")).toEqual(names);
  });
});

test("needed() are all that it cannot begin without, also by way of others, and those that import each other", () => {
  const chunks = [shared("a", 1, ["b"]), shared("b", 1, ["c", "a"]), shared("c", 1), shared("d", 1)];
  expect([...needed("a", new Map(chunks.map((one) => [one.name, one] as const)))]).toEqual(["a", "b", "c"]);
});

test("askedAtOnce() has all of a part asked for together, and gives what the part is", () => {
  const others = (part: string): string[] => (part === "x-1.js" ? ["a-2.js", "b-3.js"] : []);
  expect(askedAtOnce('f(()=>import("./x-1.js"));import{q}from"./x-1.js";import("./y-1.js")', others)).toBe(
    'f(()=>Promise.all([import("./x-1.js"),import("./a-2.js"),import("./b-3.js")]).then((all)=>all[0]));import{q}from"./x-1.js";import("./y-1.js")',
  );
});
