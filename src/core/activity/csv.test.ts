import { describe, expect, test } from "bun:test";
import { csvLine } from "../../lib/csv.ts";
import type { ActivityEntry } from "../model/activity.ts";
import { CSV_HEAD, csvOf } from "./csv.ts";

describe("csvLine()", () => {
  test.each([
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ["two\nlines", '"two\nlines"'],
    ["=HYPERLINK(1)", '"\'=HYPERLINK(1)"'],
    ["+1", '"\'+1"'],
    ["-1", '"\'-1"'],
    ["@SUM(A1)", '"\'@SUM(A1)"'],
    ["  =1", '"\'  =1"'],
    ["\t=1", '"\'\t=1"'],
    ["\r=1", '"\'\r=1"'],
    ["＝1", '"\'＝1"'],
    ["user:ann", "user:ann"],
    ["", ""],
  ])("%j", (text, want) => {
    expect(csvLine([text, "x"])).toBe(`${want},x\r\n`);
  });
});

test("csvOf() has a cell for each head, what was before and after as JSON", () => {
  const entry: ActivityEntry = {
    ...{ seq: 7, at: "2026-11-23T04:00:00Z", actor: "user:ann", action: "sync", app: "argocd/web" as never },
    ...{ outcome: { is: "refused", why: "=cmd|' /C calc'!A0" }, reason: "said so", details: {} },
    ...{ before: { a: 1 }, after: [2], previous: "0", hash: "ff" },
    object: { kind: "application", namespace: "argocd", name: "web" },
  };
  const line = csvOf(entry);
  expect(line).toBe(
    `7,2026-11-23T04:00:00Z,user:ann,sync,argocd/web,,"application argocd/web",refused,"'=cmd|' /C calc'!A0","said so",,,"{""a"":1}",[2],ff\r\n`,
  );
  expect(CSV_HEAD).toHaveLength(15);
});
