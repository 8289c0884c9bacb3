import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import type { TreeAtCommit } from "../../core/ports/git.ts";
import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";
import { changedPaths } from "../../lib/changed-paths.ts";
import { hashText } from "../../lib/hash.ts";
import { mergedTree } from "./merged-tree.ts";

/** Content by path; `{ link }` is a symbolic link. */
type Files = Record<string, string | { link: string }>;

/** A tree in memory, whose ids are of what is below them. */
function treeOf(name: string, files: Files): TreeAtCommit {
  const below = (path: string) =>
    Object.keys(files).filter((file) => path === "" || file.startsWith(`${path}/`));
  const entryAt = (path: string): TreeEntry | undefined => {
    const content = files[path];
    const last = path.slice(path.lastIndexOf("/") + 1);
    if (content !== undefined)
      return {
        name: last,
        kind: typeof content === "string" ? "file" : "link",
        oid: hashText(JSON.stringify(content)),
      };
    const inside = below(path).map((file) => [file.slice(path.length), files[file]]);
    return inside.length === 0 && path !== ""
      ? undefined
      : { name: last, kind: "folder", oid: hashText(JSON.stringify(inside.sort())) };
  };
  return {
    commit: hashText(name).padEnd(40, "0") as CommitSha,
    oid: async (path) => entryAt(path)?.oid,
    entry: async (path) => entryAt(path),
    async list(path) {
      const start = path === "" ? "" : `${path}/`;
      const names = new Set(below(path).map((file) => file.slice(start.length).split("/")[0] ?? ""));
      return [...names].sort().flatMap((one) => entryAt(start + one) ?? []);
    },
    async read(path) {
      const content = files[path];
      if (typeof content !== "string") throw new Error(`${name} has no file ${path}`);
      return new TextEncoder().encode(content);
    },
    async readLink(path) {
      const content = files[path];
      if (typeof content !== "object") throw new Error(`${name} has no link ${path}`);
      return content.link;
    },
  };
}

/** All that a tree holds, walked as a renderer does. */
async function filesOf(tree: SourceTree, path = ""): Promise<Files> {
  const found: Files = {};
  for (const { name, kind } of await tree.list(path)) {
    const inside = path === "" ? name : `${path}/${name}`;
    if (kind === "folder") Object.assign(found, await filesOf(tree, inside));
    else if (kind === "link") found[inside] = { link: (await tree.readLink?.(inside)) ?? "" };
    else found[inside] = new TextDecoder().decode(await tree.read(inside));
  }
  return found;
}

async function merge(from: Files, base: Files, head: Files) {
  const sides = { from: treeOf("from", from), base: treeOf("base", base), head: treeOf("head", head) };
  return mergedTree(sides, (await changedPaths(sides.from, sides.head)) ?? []);
}

describe("mergedTree()", () => {
  const from = { "a/x": "1", "a/y": "1", "b/z": "1", "c/w": "1" };
  test.each<[string, { base: Files; head: Files; want: Files; conflicts?: string[] }]>([
    [
      "takes each file from the side that changed it",
      {
        base: { ...from, "a/x": "base" },
        head: { ...from, "a/y": "head", "b/z": "head" },
        want: { ...from, "a/x": "base", "a/y": "head", "b/z": "head" },
      },
    ],
    [
      "takes what one side made, and leaves out what one side removed",
      {
        base: { "a/x": "1", "b/z": "1", "c/w": "1", "d/new": "base" },
        head: { "a/x": "1", "a/y": "1", "b/z": "1", "e/new": "head", "a/deep/er": "head" },
        want: { "a/x": "1", "b/z": "1", "d/new": "base", "e/new": "head", "a/deep/er": "head" },
      },
    ],
    [
      "takes what both sides did alike once",
      {
        base: { ...from, "a/x": "both", "n/new": "both" },
        head: { ...from, "a/x": "both", "n/new": "both", "b/z": "head" },
        want: { ...from, "a/x": "both", "n/new": "both", "b/z": "head" },
      },
    ],
    [
      "makes one folder of what both made in it",
      {
        base: { ...from, "n/base": "base" },
        head: { ...from, "n/head": "head" },
        want: { ...from, "n/base": "base", "n/head": "head" },
      },
    ],
    [
      "takes HEAD's where both changed a file, and says so",
      {
        base: { ...from, "a/x": "base", "a/y": "base" },
        head: { ...from, "a/x": "head" },
        want: { ...from, "a/x": "head", "a/y": "base" },
        conflicts: ["a/x"],
      },
    ],
    [
      "says so where one side removes what the other one changes, whichever",
      {
        base: { "a/x": "base", "b/z": "1", "c/w": "1" },
        head: { "a/y": "head", "b/z": "1", "c/w": "1" },
        want: { "a/y": "head", "b/z": "1", "c/w": "1" },
        conflicts: ["a/x", "a/y"],
      },
    ],
    [
      "says so where a folder became a file on one side",
      {
        base: { ...from, "a/x": "base" },
        head: { a: "a file", "b/z": "1", "c/w": "1" },
        want: { a: "a file", "b/z": "1", "c/w": "1" },
        conflicts: ["a"],
      },
    ],
    [
      "keeps links as they are",
      {
        base: { ...from, "a/link": { link: "../b/z" } },
        head: { ...from, "b/link": { link: "z" } },
        want: { ...from, "a/link": { link: "../b/z" }, "b/link": { link: "z" } },
      },
    ],
  ])("%s", async (_, { base, head, want, conflicts = [] }) => {
    const tree = await merge(from, base, head);
    expect(await filesOf(tree)).toEqual(want);
    expect(tree.conflicts).toEqual(conflicts);
  });

  test("a link of one side leads to what the other side changed", async () => {
    const tree = await merge(from, { ...from, "a/link": { link: "../b/z" } }, { ...from, "b/z": "head" });
    expect(new TextDecoder().decode(await tree.read("a/link"))).toBe("head");
  });

  test("random trees: without a conflict it is what applying both changes gives", async () => {
    let seed = 7;
    const random = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % most;
    };
    const paths = ["a", "b/c", "b/d", "e/f/g", "e/f/h", "e/i"];
    const pick = (files: Files): Files => {
      const next = { ...files };
      for (const path of paths) {
        const what = random(6);
        if (what === 0) delete next[path];
        if (what === 1) next[path] = String(random(2));
      }
      return next;
    };
    let merged = 0;
    for (let round = 0; round < 500; round++) {
      const start = pick(Object.fromEntries(paths.map((path) => [path, "start"])));
      const [base, head] = [pick(start), pick(start)];
      const tree = await merge(start, base, head);
      const want: Files = {};
      const clashes: string[] = [];
      for (const path of paths) {
        const [was, now, then] = [start[path], base[path], head[path]];
        const is = then === was ? now : then;
        if (is !== undefined) want[path] = is;
        if (then !== was && now !== was && now !== then) clashes.push(path);
      }
      expect(await filesOf(tree)).toEqual(want);
      expect(tree.conflicts).toEqual(clashes.sort());
      if (clashes.length === 0) merged++;
    }
    expect(merged).toBeGreaterThan(100);
  });

  test("its ids are of no commit and no folder that there is, and follow from its sides", async () => {
    const [base, head] = [
      { ...from, "a/x": "base" },
      { ...from, "a/y": "head" },
    ];
    const [one, again, other] = [
      await merge(from, base, head),
      await merge(from, base, head),
      await merge(from, base, { ...head, "a/y": "other" }),
    ];
    expect(one.commit).toBe(again.commit);
    expect(one.commit).toMatch(/^[0-9a-f]{40}$/);
    expect([treeOf("base", base).commit, treeOf("head", head).commit]).not.toContain(one.commit);
    expect(await one.oid("a")).toBe((await again.oid("a")) as string);
    expect(await one.oid("a")).not.toBe((await other.oid("a")) as string);
    // What one side alone has is what it is there, and needs no look at anything below.
    expect(await one.oid("b")).toBe((await treeOf("base", base).oid("b")) as string);
    expect(await one.oid("a/y")).toBe((await treeOf("head", head).oid("a/y")) as string);
    expect(await one.oid("nowhere/at/all")).toBeUndefined();
  });
});
