import { describe, expect, test } from "bun:test";
import { type DiffItem, fileDiff, rowCount, rowsOf } from "./diff-rows.ts";

const config = (lines: readonly string[]): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", resourceVersion: "7", managedFields: [] },
  data: { file: lines.join("\n") },
  status: { seen: true },
});
const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);
const item = (more: Partial<DiffItem>): DiffItem => ({
  ...{ group: "", kind: "ConfigMap", namespace: "shop", name: "a", change: "change", fields: [] },
  ...more,
});
const NONE: ReadonlySet<string> = new Set();

describe("rowsOf()", () => {
  const lines = numbered(100);
  const changed = fileDiff(
    item({
      live: config(lines),
      predicted: config(lines.with(10, "ten").with(80, "eighty")),
      fields: [
        {
          path: "data.file",
          owner: { manager: "kubectl", operation: "Update", time: "2026-11-23T04:00:00Z" },
        },
      ],
    }),
  );

  test("folds what is the same, three lines around what is not, and names where changes begin", () => {
    const { rows, changes } = rowsOf([changed], NONE, NONE);
    expect([changed.added, changed.removed, changed.name]).toEqual([2, 2, "ConfigMap shop/a"]);
    expect(
      rows.map((row) => (row.is === "line" ? row.line.is : row.is === "left-out" ? row.lines : row.is)),
    ).toEqual([
      ...["file", "owner", 13],
      ...["same", "same", "same", "gone", "new", "same", "same", "same", 63],
      ...["same", "same", "same", "gone", "new", "same", "same", "same", 16],
    ] as never);
    expect(changes.map((at) => rows[at])).toMatchObject([
      { line: { text: "    line 10" } },
      { line: { text: "    line 80" } },
    ]);
    expect(rowCount(changed)).toBe(rows.length - 2);
    expect(JSON.stringify(rows)).not.toContain("resourceVersion");
  });

  test("opens a fold by its key, and closes an object, which is a change of its own then", () => {
    const { rows } = rowsOf([changed], NONE, NONE);
    const fold = rows.find((row) => row.is === "left-out" && row.lines === 63);
    const open = rowsOf([changed], NONE, new Set([fold?.key ?? ""]));
    expect(open.rows.length).toBe(rows.length + 62);
    expect(rowsOf([changed, changed], new Set([changed.name]), NONE)).toMatchObject({
      rows: [
        { is: "file", state: "closed" },
        { is: "file", state: "closed" },
      ],
      changes: [0, 1],
    });
  });

  test("what comes is new as a whole, what goes is gone, and what cannot be compared has no lines", () => {
    const all = (more: Partial<DiffItem>) => new Set(fileDiff(item(more)).lines.map(({ is }) => is));
    expect(all({ change: "create", predicted: config(["a"]) })).toEqual(new Set(["new"]));
    expect(all({ change: "prune", live: config(["a"]), predicted: config(["a"]) })).toEqual(
      new Set(["gone"]),
    );
    expect(all({ change: "unknown" })).toEqual(new Set());
    expect(rowsOf([], NONE, NONE)).toEqual({ rows: [], changes: [], longest: 0 });
  });
});
