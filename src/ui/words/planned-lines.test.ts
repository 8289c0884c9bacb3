import { describe, expect, test } from "bun:test";
import type { PlannedObject } from "./deployment-words.ts";
import type { DiffFile } from "./diff-rows.ts";
import { beginsOpen, inWaves, linesIn, settersOf } from "./planned-lines.ts";

const item = (name: string, fields: PlannedObject["fields"] = []): PlannedObject => ({
  ...{ kind: "ConfigMap", namespace: "shop", name, change: "change", fields },
});
const file = (more: Partial<DiffFile> = {}): DiffFile => ({
  ...{ group: "", kind: "ConfigMap", namespace: "shop", name: "a", change: "change", id: "1" },
  ...{ added: 1, removed: 1, total: 2, near: 2, setters: [], left: [], hunks: [], ...more },
});
const entries = (count: number, near: number) =>
  Array.from({ length: count }, (_, at) => ({ item: item(String(at)), file: file({ near }) }));

describe("beginsOpen()", () => {
  test("is so of one object however long, and of more where their lines are eighty at most", () => {
    expect(beginsOpen(entries(1, 500))).toBe(true);
    expect(beginsOpen(entries(2, 40))).toBe(true);
    expect(beginsOpen(entries(10, 8))).toBe(true);
    expect(beginsOpen([...entries(2, 40), ...entries(1, 1)])).toBe(false);
    expect(beginsOpen(entries(3, 500))).toBe(false);
  });
  test("counts fields where the daemon made no lines", () => {
    const of = (fields: number) => ({
      item: item("a", Array(fields).fill({ path: "a" })),
      file: undefined,
    });
    expect(beginsOpen([of(40), of(40)])).toBe(true);
    expect(beginsOpen([of(40), of(41)])).toBe(false);
  });
});

describe("settersOf()", () => {
  test("says once who set what at one time, and nothing of Holdfast itself", () => {
    const kubectl = { manager: "kubectl-edit", operation: "Update", time: "2026-11-23T04:00:00Z" };
    const fields = [
      { path: "data.a", owner: kubectl },
      { path: "data.b", owner: { ...kubectl } },
      { path: "data.c", owner: { ...kubectl, time: "2026-11-24T04:00:00Z" } },
      { path: "data.d", owner: { manager: "holdfast", operation: "Apply" } },
      { path: "data.e" },
    ];
    expect(settersOf({ fields })).toEqual([
      { who: "kubectl-edit (Update)", at: "2026-11-23T04:00:00Z", paths: ["data.a", "data.b"] },
      { who: "kubectl-edit (Update)", at: "2026-11-24T04:00:00Z", paths: ["data.c"] },
    ]);
  });
});

describe("linesIn()", () => {
  test("has no head, no setters at the lines, and fields that are left to others only once they are opened", () => {
    const setter = { manager: "kubectl", operation: "Update", subresource: "", time: "" };
    const one = file({
      setters: [setter],
      left: [{ path: "spec.replicas", live: 3, desired: 5, rules: [] }],
      hunks: [{ at: 0, before: 1, after: 1, lines: ["-a: 1", "+a: 2"], setters: { 0: 0 } }],
    });
    const rows = linesIn(one, "closed");
    expect(rows.map(({ is }) => is)).toEqual(["left", "line", "line"]);
    expect(rows.flatMap((row) => (row.is === "line" ? [row.line.setter] : []))).toEqual([
      undefined,
      undefined,
    ]);
    expect(linesIn(one, "open").map(({ is }) => is)).toEqual(["left", "note", "line", "line"]);
  });
});

describe("inWaves()", () => {
  const at = (name: string, syncWave?: number) => ({
    ...{ kind: "ConfigMap", namespace: "shop", name },
    ...(syncWave === undefined ? {} : { syncWave }),
  });
  test("goes in the order of the waves and names them, what has none is in wave 0", () => {
    const found = inWaves([item("c"), item("a"), item("b")], [at("a"), at("b", -1), at("c", 2)]);
    expect(found.map(({ name, wave }) => [name, wave])).toEqual([
      ["b", -1],
      ["a", 0],
      ["c", 2],
    ]);
  });
  test("says nothing where there is one wave, and of what is not known", () => {
    expect(inWaves([item("b"), item("a")], [at("a"), at("b", 0)])).toEqual([item("b"), item("a")]);
    expect(inWaves([item("x")], [at("a", 1)])).toEqual([item("x")]);
  });
});
