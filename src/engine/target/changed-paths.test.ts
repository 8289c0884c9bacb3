import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";
import { ChangedPaths, changedPaths } from "./changed-paths.ts";

/** A tree of texts; `reads` counts the folders that were listed. */
function treeOf(files: Record<string, string>): SourceTree & { reads: string[] } {
  const oidOf = (path: string): string =>
    path in files
      ? `file ${files[path]}`
      : `folder ${Object.entries(files)
          .filter(([file]) => path === "" || file.startsWith(`${path}/`))
          .join()}`;
  const tree = {
    reads: [] as string[],
    commit: "1".repeat(40) as CommitSha,
    oid: async (path: string) => oidOf(path),
    entry: async () => undefined,
    read: async () => new Uint8Array(),
    async list(path: string): Promise<TreeEntry[]> {
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
    const changed = await changedPaths(before, after);
    expect(before.reads).toEqual(["", "a"]);
    expect(["a/x.yaml", "a", ""].map((path) => changed?.touches(path))).toEqual([true, true, true]);
    expect(["a/y.yaml", "b", "b/z.yaml", "c"].map((path) => changed?.touches(path))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test("a folder that came, went, or became a file touches all that is or was in it", async () => {
    const before = treeOf({ "gone/x": "1", "turned/into/x": "1", stays: "1" });
    const after = treeOf({ "come/x": "1", turned: "1", stays: "1" });
    const changed = await changedPaths(before, after);
    expect(
      ["gone/x", "gone", "come/x", "come/else", "turned", "turned/into/x"].every((path) =>
        changed?.touches(path),
      ),
    ).toBe(true);
    expect(["stays", "turned-not", "gone2/x"].some((path) => changed?.touches(path))).toBe(false);
  });

  test("nothing differs between equal trees", async () => {
    const changed = await changedPaths(treeOf({ a: "1" }), treeOf({ a: "1" }));
    expect([changed?.size, changed?.touches("")]).toEqual([0, false]);
  });

  test("gives up where the trees have little in common", async () => {
    const many = (text: string) =>
      treeOf(Object.fromEntries(Array.from({ length: 2_100 }, (_, at) => [`f${at}/x`, text])));
    expect(await changedPaths(many("1"), many("2"))).toBeUndefined();
  });
});

test("a path is not touched by one that only begins like it", () => {
  const changed = new ChangedPaths(["apps/shop"]);
  expect(["apps/shop/x", "apps", ""].every((path) => changed.touches(path))).toBe(true);
  expect(["apps/shop2", "apps/sho", "app"].some((path) => changed.touches(path))).toBe(false);
});
