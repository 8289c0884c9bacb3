import { describe, expect, test } from "bun:test";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { readHistory } from "./read-history.ts";
import type { GitResult } from "./run-git.ts";

const id = (of: number): CommitSha => of.toString(16).padStart(40, "0") as CommitSha;
const treeOf = (of: number): string => id(1_000 + of);
const record = (of: number, parents: number[], message = `of ${of}`): string =>
  [
    id(of),
    `tree ${treeOf(of)}`,
    ...parents.map((parent) => `parent ${id(parent)}`),
    `author Ana <ana@example.com> 1764500000 +0000`,
    `committer Bo <bo@example.com> 1764500000 +0000`,
    "",
    ...message.split("\n").map((line) => `    ${line}`),
    "\0",
  ].join("\n");
const pair = (before: number, after: number, ...paths: string[]): string =>
  `${treeOf(before)} ${treeOf(after)}\n${paths.map((path) => `M\0${path}\0`).join("")}`;
const EMPTY = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

function readOf(records: string, pairs: string, { most = 10, code = 0, cutAt = [] as CommitSha[] } = {}) {
  const said: (string | undefined)[] = [];
  const run = async (argv: readonly string[], { stdin }: { stdin?: string }): Promise<GitResult> => {
    said.push(stdin);
    return argv[0] === "rev-list"
      ? { code: 0, stdout: records, stderr: "" }
      : { code, stdout: pairs, stderr: "" };
  };
  return {
    said,
    commits: readHistory({ commit: id(3), most, cutAt: new Set(cutAt) }, run),
  };
}

describe("readHistory()", () => {
  test("asks what each commit changed against each of its parents, and against nothing where it has none", async () => {
    const { commits, said } = readOf(
      record(3, [2, 1], "a merge\n\nwith a body") + record(2, [1]) + record(1, []),
      `${pair(2, 3)}${pair(1, 3, "a")}${pair(1, 2, "b", "c")}${EMPTY} ${treeOf(1)}\nA\0a\0`,
    );
    expect(await commits).toMatchObject([
      { commit: id(3), subject: "a merge", author: "Ana <ana@example.com>", changed: [[], ["a"]] },
      { commit: id(2), parents: [id(1)], changed: [["b", "c"]] },
      { commit: id(1), parents: [], changed: [["a"]] },
    ]);
    expect(said[1]?.trim().split("\n")).toEqual([
      `${treeOf(2)} ${treeOf(3)}`,
      `${treeOf(1)} ${treeOf(3)}`,
      `${treeOf(1)} ${treeOf(2)}`,
      `${EMPTY} ${treeOf(1)}`,
    ]);
  });

  test("a path is any text, one that looks like the next pair of folders too", async () => {
    const path = `${treeOf(1)} ${treeOf(2)}\nM`;
    const { commits } = readOf(
      record(3, [2]) + record(2, [1]) + record(1, []),
      `${pair(2, 3, path, "x")}${pair(1, 2, "b")}${EMPTY} ${treeOf(1)}\n`,
    );
    expect((await commits)?.map(({ changed }) => changed)).toEqual([[[path, "x"]], [["b"]], [[]]]);
  });

  test("a commit whose parents are elsewhere is not taken for one that made everything", async () => {
    const { commits, said } = readOf(
      record(3, [2]) + record(2, [1]) + record(1, []),
      pair(2, 3, "a") + pair(1, 2, "b"),
      {
        cutAt: [id(1)],
      },
    );
    expect((await commits)?.map(({ commit }) => commit)).toEqual([id(3), id(2)]);
    expect(said[1]).not.toContain(EMPTY);
  });

  test("the last of as many as are read is left out where what is before it is not known", async () => {
    const { commits } = readOf(record(3, [2]) + record(2, [1]), pair(2, 3, "a"));
    expect((await commits)?.map(({ commit }) => commit)).toEqual([id(3)]);
  });

  test("of a commit that changed very many files it is told that it did", async () => {
    const paths = Array.from({ length: 20_001 }, (_, at) => `f${at}`);
    const { commits } = readOf(
      record(3, [2]) + record(2, [1]) + record(1, []),
      `${pair(2, 3, ...paths)}${pair(1, 2, "b")}${EMPTY} ${treeOf(1)}\n`,
    );
    expect((await commits)?.map(({ changed }) => changed)).toEqual([["too many"], [["b"]], [[]]]);
  });

  test("what was cut is told as far as it is whole, and what failed not at all", async () => {
    const records = record(3, [2]) + record(2, [1]) + record(1, []);
    const long = "x".repeat(8 * 1024 * 1024);
    const cut = await readOf(records, `${pair(2, 3, "a")}${pair(1, 2, long)}`, { code: 137 }).commits;
    expect(cut?.map(({ commit }) => commit)).toEqual([id(3)]);
    expect(await readOf(records, pair(2, 3, "a"), { code: 128 }).commits).toBeUndefined();
    // A folder that is missing ends the list of pairs, whatever the program says of it.
    expect(await readOf(records, pair(2, 3, "a")).commits).toBeUndefined();
  });
});
