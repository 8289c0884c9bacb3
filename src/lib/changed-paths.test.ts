import { describe, expect, test } from "bun:test";
import { type ComparedTree, changedPaths } from "./changed-paths.ts";

/** A tree of texts; `reads` counts the folders that were listed. */
function treeOf(files: Record<string, string>): ComparedTree & { reads: string[] } {
  const oidOf = (path: string): string =>
    path in files
      ? `file ${files[path]}`
      : `folder ${Object.entries(files)
          .filter(([file]) => path === "" || file.startsWith(`${path}/`))
          .join()}`;
  const tree = {
    reads: [] as string[],
    async list(path: string): Promise<{ name: string; kind: string; oid: string }[]> {
      tree.reads.push(path);
      const start = path === "" ? "" : `${path}/`;
      const names = Object.keys(files)
        .filter((file) => file.startsWith(start))
        .map((file) => file.slice(start.length));
      return [...new Set(names.map((name) => name.split("/")[0] ?? ""))].map((name) => ({
        name,
        kind: `${start}${name}` in files ? "file" : "folder",
        oid: oidOf(`${start}${name}`),
      }));
    },
  };
  return tree;
}

describe("changedPaths()", () => {
  test("reads the folders that differ, and no other", async () => {
    const before = treeOf({ "a/x.yaml": "1", "a/y.yaml": "1", "b/z.yaml": "1", "c/deep/er.yaml": "1" });
    const after = treeOf({ "a/x.yaml": "2", "a/y.yaml": "1", "b/z.yaml": "1", "c/deep/er.yaml": "1" });
    expect(await changedPaths(before, after)).toEqual(["a/x.yaml"]);
    expect(before.reads).toEqual(["", "a"]);
  });

  test("a folder that came, went, or became a file is one path", async () => {
    const before = treeOf({ "gone/x": "1", "gone/y": "1", "turned/into/x": "1", stays: "1" });
    const after = treeOf({ "come/x": "1", turned: "1", stays: "1" });
    expect((await changedPaths(before, after))?.sort()).toEqual(["come", "gone", "turned"]);
  });

  test("nothing differs between equal trees", async () => {
    expect(await changedPaths(treeOf({ a: "1" }), treeOf({ a: "1" }))).toEqual([]);
  });

  test("gives up where the trees have little in common", async () => {
    const many = (text: string) =>
      treeOf(Object.fromEntries(Array.from({ length: 2_100 }, (_, at) => [`f${at}/x`, text])));
    expect(await changedPaths(many("1"), many("2"))).toBeUndefined();
  });
});
