import { expect, test } from "bun:test";
import { dayWord } from "./day-word.ts";

const UTC = { timeZone: "UTC" };
const BERLIN = { timeZone: "Europe/Berlin" };

test.each([
  ["now", "2026-11-30T17:00:00Z", "2026-11-30T17:00:00Z", UTC, "Today"],
  ["since midnight", "2026-11-30T00:00:00Z", "2026-11-30T23:59:59Z", UTC, "Today"],
  ["before midnight", "2026-11-29T23:59:59Z", "2026-11-30T00:00:00Z", UTC, "Yesterday"],
  ["the year before", "2025-12-31T12:00:00Z", "2026-01-01T12:00:00Z", UTC, "Yesterday"],
  // Midnight is where the reader is.
  ["of another zone", "2026-11-29T23:30:00Z", "2026-11-30T08:00:00Z", BERLIN, "Today"],
  ["of the same hour in UTC", "2026-11-29T23:30:00Z", "2026-11-30T08:00:00Z", UTC, "Yesterday"],
  // The day of 25 hours is one day.
  ["the day clocks went back", "2026-10-24T22:30:00Z", "2026-10-26T08:00:00Z", BERLIN, "Yesterday"],
  ["the day clocks went forward", "2026-03-29T00:30:00Z", "2026-03-30T08:00:00Z", BERLIN, "Yesterday"],
] as const)("dayWord() of %s", (_, at, now, zone, want) => {
  expect(dayWord(at, new Date(now), zone)).toBe(want);
});

test("dayWord() of what is older is its date, with its year where that is another", () => {
  const of = (at: string): string => dayWord(at, new Date("2026-11-30T12:00:00Z"), UTC);
  expect(of("2026-11-28T12:00:00Z")).toMatch(/Saturday/);
  expect(of("2026-11-28T12:00:00Z")).not.toMatch(/2026/);
  expect(of("2025-11-28T12:00:00Z")).toMatch(/2025/);
  // A daemon whose clock is ahead.
  expect(of("2026-12-01T00:00:00Z")).toMatch(/Tuesday/);
});
