import { describe, expect, test } from "bun:test";
import type { FieldDifference } from "../core/model/comparison.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { ManagedResource } from "../engine/control.ts";
import { FileDiffs } from "./file-diffs.ts";

const config = (name: string, data: Record<string, string>): KubeObject =>
  ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", resourceVersion: "7" } },
    ...{ data, status: { seen: true } },
  }) as unknown as KubeObject;

const resource = (
  name: string,
  live: Record<string, string> | undefined,
  after: Record<string, string> | undefined,
  fields: FieldDifference[] = [],
): ManagedResource => {
  const [was, becomes] = [live && config(name, live), after && config(name, after)];
  return {
    ref: { group: "", kind: "ConfigMap", namespace: "shop", name },
    ...{ version: "v1", live: was, target: becomes, predicted: becomes },
    ...{ modified: true, hook: false, resourceVersion: "7", fields },
  };
};
const numbered = (count: number, word: string, every = 40): string =>
  Array.from({ length: count }, (_, at) => `line ${at}${at % every === 0 ? ` ${word}` : ""}`).join("\n");

describe("FileDiffs", () => {
  test("sends hunks with three lines around, numbers of both sides and who set what goes", async () => {
    const owner = { manager: "kubectl", operation: "Update", time: "2026-11-28T04:00:00Z", subresource: "" };
    const [file] = await new FileDiffs().of("argocd/web", [
      resource("a", { a: "1", b: "2" }, { a: "1", b: "3", c: "4" }, [
        { path: "data.b", live: "2", desired: "3", owner },
      ]),
    ]);
    expect(file).toMatchObject({ change: "change", added: 2, removed: 1, total: 10, setters: [owner] });
    expect(file?.hunks).toEqual([
      {
        ...{ at: 4, before: 5, after: 5 },
        lines: ["   namespace: shop", " data:", '   a: "1"', '-  b: "2"', '+  b: "3"', '+  c: "4"'],
        setters: { 3: 0 },
      },
    ]);
    expect(JSON.stringify(file)).not.toMatch(/resourceVersion|seen/);
  });

  test("what goes stands first, then what changes most; what cannot be compared has no lines", async () => {
    const unknown = { ...resource("unknown", undefined, { a: "1" }), predicted: undefined };
    const files = await new FileDiffs().of("argocd/web", [
      resource("small", { a: "1" }, { a: "2" }),
      unknown,
      resource("large", { a: "1", b: "1" }, { a: "2", b: "2" }),
      { ...resource("gone", { a: "1" }, undefined), modified: false },
      resource("new", undefined, { a: "1" }),
    ]);
    expect(files.map(({ name, change, removed }) => `${name} ${change} ${removed}`)).toEqual([
      "gone prune 7",
      "new create 0",
      "large change 2",
      "small change 1",
      "unknown unknown 0",
    ]);
  });

  test("of a long text a part is sent, the rest and what is the same when it is asked for", async () => {
    const diffs = new FileDiffs();
    const long = resource("long", { file: numbered(20_000, "old") }, { file: numbered(20_000, "new") });
    const [file] = await diffs.of("argocd/web", [long]);
    const count = (hunks: readonly { lines: string[] }[]) =>
      hunks.reduce((sum, { lines }) => sum + lines.length, 0);
    expect(file).toMatchObject({ added: 500, removed: 500, total: 20_507 });
    expect(count(file?.hunks ?? [])).toBe(1_000);
    let all = [...(file?.hunks ?? [])];
    for (let rest = file?.rest; rest !== undefined; ) {
      const more = diffs.changes("argocd/web", file?.id ?? "", rest);
      all = [...all, ...(more?.hunks ?? [])];
      rest = more?.rest;
    }
    expect(count(all)).toBe(file?.near ?? 0);
    expect(all.flatMap(({ lines }) => lines.filter((line) => line.startsWith("+")))).toHaveLength(500);
    const gap = diffs.lines("argocd/web", file?.id ?? "", 20, 23);
    expect(gap?.hunks).toEqual([{ at: 20, before: 20, after: 20, lines: expect.any(Array) as string[] }]);
    expect(gap?.hunks[0]?.lines).toEqual(["     line 12", "     line 13", "     line 14"]);
    // Beside another it begins folded, and nothing of it is sent.
    const [first] = await diffs.of("argocd/web", [long, resource("b", { a: "1" }, { a: "2" })]);
    expect(first).toMatchObject({ name: "long", hunks: [], rest: 4 });
  });

  test("nothing is told by the id of another application's differences", async () => {
    const diffs = new FileDiffs();
    const [file] = await diffs.of("argocd/web", [resource("a", { a: "1" }, { a: "2" })]);
    expect(diffs.changes("argocd/other", file?.id ?? "", 0)).toBeUndefined();
    expect(diffs.lines("argocd/web", "no such", 0, 3)).toBeUndefined();
    expect(diffs.lines("argocd/web", file?.id ?? "", 1_000_000, 2_000_000)).toEqual({ hunks: [] });
  });

  test("a line of a million characters is cut to where it differs, and a hundred million are not compared", async () => {
    const long = "x".repeat(500_000);
    const [file] = await new FileDiffs().of("argocd/web", [
      resource("a", { a: `${long}old${long}` }, { a: `${long}new${long}` }),
    ]);
    const lines = file?.hunks.flatMap((hunk) => hunk.lines) ?? [];
    expect(lines.filter((line) => /^\+⋯ \d+ characters ⋯ x+new/.test(line))).toHaveLength(1);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(2_100);
    const huge = "y".repeat(100_000_000);
    const [large] = await new FileDiffs().of("argocd/web", [resource("a", { a: huge }, { a: `${huge}!` })]);
    expect(large).toMatchObject({ total: 0, hunks: [], why: expect.stringContaining("too large") as string });
  });

  test("line ends, and what turns the direction of a text, are told line by line", async () => {
    const [file] = await new FileDiffs().of("argocd/web", [
      resource("a", { file: "a\r\nb\r\nc" }, { file: "a\nb\r\nc\u202e" }),
    ]);
    expect(file?.hunks.flatMap(({ lines }) => lines.slice(-5))).toEqual([
      "-    a\r",
      "+    a",
      "     b\r",
      "-    c",
      "+    c\u202e",
    ]);
  });

  test("as a patch it is what `patch` takes", async () => {
    const patch = await new FileDiffs().patch([
      resource("a", { a: "1", b: "2" }, { a: "1", b: "3" }),
      resource("new", undefined, { a: "1" }),
      { ...resource("same", { a: "1" }, { a: "1" }), modified: false },
    ]);
    expect(patch).toStartWith(
      '--- before/ConfigMap/shop/a\n+++ after/ConfigMap/shop/a\n@@ -5,4 +5,4 @@\n   namespace: shop\n data:\n   a: "1"\n-  b: "2"\n+  b: "3"\n',
    );
    expect(patch).toContain("@@ -0,0 +1,7 @@\n+apiVersion: v1\n");
    expect(patch).not.toContain("same");
  });
});
