import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { LastHeard } from "./last-heard.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-heard-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const heard = (commit: string, heardAt: number) => ({
  commit: commit.repeat(40) as CommitSha,
  ref: "refs/heads/main",
  heardAt,
});

test("a later run has what was noted last, of a commit that stays at least each minute", () => {
  const one = new LastHeard(folder);
  one.note("main", heard("a", 1_000));
  one.note("main", heard("a", 2_000));
  expect(new LastHeard(folder).of("main")).toEqual(heard("a", 1_000));
  one.note("main", heard("a", 61_000));
  expect(new LastHeard(folder).of("main")).toEqual(heard("a", 61_000));
  one.note("main", heard("b", 61_001));
  expect(new LastHeard(folder).of("main")).toEqual(heard("b", 61_001));
});

test("of many revisions those stay that were heard last", () => {
  const one = new LastHeard(folder);
  for (let at = 0; at < 300; at++) one.note(`r${at}`, heard("a", at));
  expect([44, 43].map((at) => new LastHeard(folder).of(`r${at}`)?.heardAt)).toEqual([44, undefined]);
});

test("a folder that is not there stays away", () => {
  expect(() => new LastHeard(join(folder, "gone")).note("main", heard("a", 1))).not.toThrow();
});

test.each([
  ["", "nothing"],
  ['{"main":', "a half one"],
  ['["main"]', "a list"],
  ['{"main":{"commit":"../../x","ref":"","heardAt":1}}', "a commit that is none"],
  [`{"main":{"commit":"${"a".repeat(40)}","ref":"","heardAt":"now"}}`, "a time that is none"],
])("a file with %p, %s, is no note", (text) => {
  writeFileSync(join(folder, "heard.json"), text);
  const one = new LastHeard(folder);
  expect(one.of("main")).toBeUndefined();
  one.note("main", heard("a", 1));
  expect(new LastHeard(folder).of("main")).toEqual(heard("a", 1));
});
