import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ReadPaths } from "./read-paths.ts";

function reading(of: Record<string, string[]>): ReadPaths<string> {
  const read = new ReadPaths<string>();
  for (const [reader, paths] of Object.entries(of)) read.note(reader, paths, (list) => [...list]);
  return read;
}

describe("ReadPaths", () => {
  test.each<[string, string[], string[]]>([
    ["a file that one read", ["apps/a/x.yaml"], ["a", "all", "folders"]],
    ["a file in a folder that was read", ["apps/a/new.yaml"], ["all", "folders"]],
    ["a file that nobody read", ["docs/readme.md"], ["all"]],
    ["a folder that came or went: whoever read something in it", ["apps/b"], ["all", "b", "folders"]],
    ["a name that begins alike is another", ["apps/a/x.yaml.bak", "apps/aa/x.yaml"], ["all", "folders"]],
    ["several", ["apps/a/x.yaml", "base/y.yaml"], ["a", "all", "b", "folders"]],
    ["the whole tree", [""], ["a", "all", "b", "folders"]],
    ["nothing", [], []],
  ])("%s", (_, changed, touched) => {
    const read = reading({
      a: ["apps/a/x.yaml"],
      b: ["apps/b/x.yaml", "base/y.yaml"],
      folders: ["apps"],
      all: [""],
      none: [],
    });
    expect([...read.touchedBy(changed)].sort()).toEqual(touched);
  });

  test("what is noted anew takes the place of what was, and the same list is not read again", () => {
    const read = reading({ a: ["x"] });
    const list = ["y"];
    let asked = 0;
    const pathsOf = (paths: readonly string[]): string[] => {
      asked++;
      return [...paths];
    };
    read.note("a", list, pathsOf);
    read.note("a", list, pathsOf);
    expect(asked).toBe(1);
    expect([...read.touchedBy(["x"])]).toEqual([]);
    expect([...read.touchedBy(["y"])]).toEqual(["a"]);
  });

  test("what nobody reads any more is not kept, and what lies beside it is", () => {
    const read = reading({ a: ["apps"], b: ["apps/kept/x"] });
    const maps = (): number => {
      Bun.gc(true);
      return heapStats().objectTypeCounts["Map"] ?? 0;
    };
    const before = maps();
    for (let commit = 0; commit < 5_000; commit++)
      read.note("c", [`apps/c/${commit}/file`, `apps/kept/${commit}`], (list) => [...list]);
    expect(maps() - before).toBeLessThan(100);
    expect([...read.touchedBy(["apps/kept"])].sort()).toEqual(["a", "b", "c"]);
    expect([...read.touchedBy(["apps/c/4999/file"])].sort()).toEqual(["a", "c"]);
    expect([...read.touchedBy(["apps/c/4998/file"])].sort()).toEqual(["a"]);
  });

  test("is what asking every reader says", () => {
    const path = fc
      .array(fc.constantFrom("a", "b", "ab", "c"), { maxLength: 4 })
      .map((steps) => steps.join("/"));
    const within = (inner: string, outer: string): boolean =>
      outer === "" || inner === outer || inner.startsWith(`${outer}/`);
    fc.assert(
      fc.property(
        fc.array(fc.array(path, { maxLength: 4 }), { maxLength: 8 }),
        fc.array(path, { maxLength: 4 }),
        (readers, changed) => {
          const read = reading(Object.fromEntries(readers.map((paths, at) => [String(at), paths])));
          const expected = readers.flatMap((paths, at) =>
            paths.some((one) => changed.some((other) => within(one, other) || within(other, one)))
              ? [String(at)]
              : [],
          );
          expect([...read.touchedBy(changed)].sort()).toEqual(expected.sort());
        },
      ),
    );
  });
});
