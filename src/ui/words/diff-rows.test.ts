import { describe, expect, test } from "bun:test";
import { type DiffFile, type DiffHunk, type DiffRow, linesOf, rowsOf, withPart } from "./diff-rows.ts";

const NONE: ReadonlySet<string> = new Set();
const file = (more: Partial<DiffFile>): DiffFile => ({
  ...{ group: "apps", kind: "Deployment", namespace: "shop", name: "web", change: "change", id: "one" },
  ...{ added: 1, removed: 1, total: 100, near: 4, setters: [], left: [], hunks: [] },
  ...more,
});
const hunk = (at: number, ...lines: string[]): DiffHunk => ({ at, before: at + 1, after: at + 1, lines });
const shown = (rows: readonly DiffRow[]): string[] =>
  rows.map((row) =>
    row.is === "line"
      ? `${row.line.before ?? "."} ${row.line.after ?? "."} ${row.line.sign}${row.line.text}`
      : row.is === "pair"
        ? `${row.left?.text ?? "."} | ${row.right?.text ?? "."}`
        : row.is === "gap"
          ? `${row.from}..${row.to}`
          : row.is === "rest"
            ? `rest ${row.from}`
            : row.is,
  );
const TWO = file({ hunks: [hunk(10, " a", "-b", "+B", "+C", " d"), hunk(40, "-x")] });

describe("rowsOf()", () => {
  test("has lines with the numbers of both sides, gaps between, and names where changes begin", () => {
    const { rows, changes, longest } = rowsOf([TWO], NONE, "unified");
    expect(shown(rows)).toEqual([
      ...["file", "0..10", "11 11  a", "12 . -b", ". 12 +B", ". 13 +C", "13 14  d"],
      ...["15..40", "41 . -x", "41..100"],
    ]);
    expect(changes).toEqual([3, 8]);
    expect(longest).toBe(1);
  });

  test("beside each other what goes stands beside what comes", () => {
    const { rows, changes } = rowsOf([TWO], NONE, "split");
    expect(shown(rows)).toEqual([
      "file",
      "0..10",
      "a | a",
      "b | B",
      ". | C",
      "d | d",
      "15..40",
      "x | .",
      "41..100",
    ]);
    expect(changes).toEqual([3, 7]);
  });

  test("an object that is closed is one change, and one without lines says why", () => {
    const large = file({ id: "two", why: "It is too large", total: 0 });
    const { rows, changes } = rowsOf([TWO, large], new Set(["one"]), "unified");
    expect(shown(rows)).toEqual(["file", "file", "note"]);
    expect(changes).toEqual([0, 1]);
  });

  test("what is left to others is folded, and says by which rule", () => {
    const left = [
      { path: "spec.replicas", live: 3, desired: 5, rules: ["spec.ignoreDifferences[0].jsonPointers[0]"] },
      { path: "whatever hpa set", rules: [] },
    ];
    const with2 = file({ left, hunks: [hunk(0, "-x")], total: 1 });
    expect(shown(rowsOf([with2], NONE, "unified").rows)).toEqual(["file", "left", "1 . -x"]);
    const { rows } = rowsOf([with2], NONE, "unified", new Set(["one"]));
    expect(rows.flatMap((row) => (row.is === "note" ? [row.text] : []))).toEqual([
      "spec.replicas: 3 is there, 5 in Git, by spec.ignoreDifferences[0].jsonPointers[0]",
      "whatever hpa set, by what Holdfast knows of its kind",
    ]);
  });

  test("what was not sent is a row of its own, after what is known to be the same", () => {
    const { rows } = rowsOf([file({ hunks: [hunk(10, "-b")], rest: 30 })], NONE, "unified");
    expect(shown(rows)).toEqual(["file", "0..10", "11 . -b", "11..30", "rest 30"]);
    expect(shown(rowsOf([file({ rest: 0 })], NONE, "unified").rows)).toEqual(["file", "rest 0"]);
  });
});

describe("withPart()", () => {
  test("joins what touches, and takes nothing twice, whatever comes late or doubled", () => {
    const more = { hunks: [hunk(15, " e", " f")] };
    const once = withPart(TWO, more, "lines");
    expect(withPart(once, more, "lines")).toEqual(once);
    expect(once.hunks.map(({ at, lines }) => [at, lines.length])).toEqual([
      [10, 7],
      [40, 1],
    ]);
    const over = withPart(once, { hunks: [hunk(16, " f", " g")] }, "lines");
    expect(over.hunks[0]?.lines).toEqual([" a", "-b", "+B", "+C", " d", " e", " f", " g"]);
  });
  test("more changes end where the answer says, lines of a gap change nothing of that", () => {
    const begun = file({ hunks: [], rest: 0 });
    expect(withPart(begun, { hunks: [hunk(0, "+a")], rest: 1 }, "changes").rest).toBe(1);
    expect(withPart(begun, { hunks: [hunk(0, "+a")] }, "changes").rest).toBeUndefined();
    expect(withPart(begun, { hunks: [hunk(0, " a")] }, "lines").rest).toBe(0);
  });
});

describe("linesOf()", () => {
  test("names who set lines at the first of them, and which line takes whose place", () => {
    const setter = { manager: "kubectl", operation: "Update", subresource: "", time: "" };
    const lines = linesOf(
      { setters: [setter] },
      { ...hunk(0, "-a", "-b", "+A", " c", "-d"), setters: { 0: 0, 1: 0, 4: 0 } },
    );
    expect(lines.map((line) => line.setter?.manager)).toEqual([
      "kubectl",
      undefined,
      undefined,
      undefined,
      "kubectl",
    ]);
    expect(lines.map((line) => line.twin)).toEqual(["A", undefined, "a", undefined, undefined]);
  });
});
