import { describe, expect, test } from "bun:test";
import { age, ago, took } from "./ago.ts";

const NOW = Date.UTC(2026, 10, 23, 4, 31, 8);

describe("ago() and age()", () => {
  test.each([
    ["2026-11-23T04:31:05Z", "just now", "3s"],
    ["2026-11-23T04:40:00Z", "just now", "0s"],
    ["2026-11-23T04:30:20Z", "48 s ago", "48s"],
    ["2026-11-23T04:27:00Z", "4 min ago", "4m"],
    ["2026-11-22T20:31:08Z", "8 h ago", "8h"],
    ["2026-11-20T04:00:00Z", "3 days ago", "3d"],
    ["yesterday", "", "-"],
  ])("%s is %p, %p", (at, words, short) => {
    expect([ago(at, NOW), age(at, NOW)]).toEqual([words, short]);
  });
  test("took() counts in one unit", () => {
    expect([0, 34_400, 119_000, 121_000, 7_300_000].map(took)).toEqual(["0s", "34s", "119s", "2m", "2h"]);
  });
});
