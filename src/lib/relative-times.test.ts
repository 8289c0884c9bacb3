import { describe, expect, test } from "bun:test";
import { relativeTimes, withRelativeTimes } from "./relative-times.ts";

const NOW = Date.parse("2026-11-23T04:30:00Z");

describe("relativeTimes()", () => {
  test.each<[text: string, want: string]>([
    ["waiting for a Pod since 2026-11-23T04:05:00Z and 2 more", "waiting for a Pod for 25 min and 2 more"],
    ["held (since 2026-11-23T04:29:55Z)", "held (since just now)"],
    ["It is tried again at 2026-11-23T04:30:03Z, or later.", "It is tried again in 3 s, or later."],
    ["It was to be tried at 2026-11-23T04:29:00Z.", "It was to be tried 1 min ago."],
    ["allowed until 2026-11-23T06:30:00Z", "allowed for another 2 h"],
    ["allowed until 2026-11-23T04:00:00Z", "allowed until 30 min ago"],
    ["As of 2026-11-23T04:29:00.123Z: 3", "As of 59 s ago: 3"],
    ["since 2026-11-01T04:30:00Z and at 2026-11-23T04:31:00Z", "for 22 days and in 1 min"],
    ["2026-13-99T04:30:00Z is none", "2026-13-99T04:30:00Z is none"],
    ["since 2026-13-99T04:30:00Z", "since 2026-13-99T04:30:00Z"],
    ["chat 2026-11-23T04:29:00Z", "chat 1 min ago"],
    ["no time", "no time"],
    ["", ""],
  ])("%s", (text, want) => expect(withRelativeTimes(text, NOW)).toBe(want));

  test("which time each part stands for", () => {
    expect(relativeTimes("a since 2026-11-23T04:05:00Z", NOW)).toEqual([
      { text: "a " },
      { text: "for 25 min", at: "2026-11-23T04:05:00Z" },
    ]);
  });
});
