import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteUse, removeUnused } from "./unused-stores.ts";

const HOUR = 3_600_000;
const now = Date.parse("2026-11-27T12:00:00Z");
const root = mkdtempSync(join(tmpdir(), "holdfast-stores-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true });
});
const nameOf = (digit: string): string => digit.repeat(64);

/** A store that was used so many hours ago. */
function store(digit: string, hours: number, bytes = 100): string {
  const folder = join(root, nameOf(digit));
  mkdirSync(join(folder, "objects", "pack"), { recursive: true });
  writeFileSync(join(folder, "objects", "pack", "x.pack"), Buffer.alloc(bytes));
  noteUse(folder, now - hours * HOUR, 0);
  return folder;
}
const remove = (limits: { maxAgeMs?: number; maxBytes?: number }, inUse: string[] = []): string[] =>
  removeUnused(root, new Set(inUse.map(nameOf)), now, {
    maxAgeMs: limits.maxAgeMs ?? 24 * HOUR,
    maxBytes: limits.maxBytes ?? 1_000_000,
    slackBytes: 0,
  }).map((name) => name.slice(0, 1));

describe("removeUnused()", () => {
  test("removes what is too old, and leaves what is in use or is no store", () => {
    store("a", 30);
    store("b", 30);
    store("c", 2);
    mkdirSync(join(root, "run"));
    utimesSync(join(root, "run"), 0, 0);
    expect(remove({}, ["b"])).toEqual(["a"]);
    expect(readdirSync(root).sort()).toEqual([nameOf("b"), nameOf("c"), "run"].sort());
  });

  test("removes what was used longest ago until the rest fits", () => {
    store("a", 1, 400);
    store("b", 3, 400);
    store("c", 2, 400);
    expect(remove({ maxBytes: 500 })).toEqual(["b", "c"]);
    expect(remove({ maxBytes: 500 })).toEqual([]);
  });

  test("what is in use stays, however large", () => {
    store("a", 100, 4000);
    expect(remove({ maxBytes: 500 }, ["a"])).toEqual([]);
  });

  test("a store without a note of its use has the age of its folder", () => {
    const folder = join(root, nameOf("d"));
    mkdirSync(folder);
    utimesSync(folder, (now - 30 * HOUR) / 1000, (now - 30 * HOUR) / 1000);
    expect(remove({})).toEqual(["d"]);
  });

  test("there may be no store yet", () => {
    rmSync(root, { recursive: true });
    expect(remove({})).toEqual([]);
  });
});

test("noteUse() writes once an hour, and not where there is no store", () => {
  const folder = store("e", 0);
  expect(noteUse(folder, now + 1000, now)).toBe(now);
  expect(noteUse(folder, now + HOUR, now)).toBe(now + HOUR);
  expect(noteUse(join(root, "none"), now, 0)).toBe(0);
  expect(existsSync(join(root, "none"))).toBe(false);
});
