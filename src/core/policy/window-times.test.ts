import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readTimes, type SyncWindow, type WindowTimes } from "../model/sync-window.ts";
import { isOpen, nextChange } from "./window-times.ts";

const timesOf = (schedule: string, duration: string, timeZone = ""): WindowTimes => {
  const window: SyncWindow = { kind: "deny", schedule, duration, timeZone };
  const read = readTimes(window);
  if (!read.ok) throw new Error(read.problem);
  return read.times;
};
const at = (text: string): number => Date.parse(text);

/** Every change from an instant on, before another one. */
function changes(times: WindowTimes, from: string, to: string): string[] {
  const found: string[] = [];
  for (let now = at(from); ; ) {
    const next = nextChange(times, now);
    if (next === undefined || next > at(to)) return found;
    found.push(`${isOpen(times, next) ? "opens" : "closes"} ${new Date(next).toISOString()}`);
    now = next;
  }
}

describe("a window at its edges", () => {
  const times = timesOf("0 10 * * *", "1h");
  test.each([
    ["09:59:59.999", false],
    ["10:00:00.000", true],
    ["10:59:59.999", true],
    ["11:00:00.000", false],
  ])("at %s: open %p", (time, open) => {
    expect(isOpen(times, at(`2026-08-19T${time}Z`))).toBe(open);
  });

  test("of every minute never lets go, not even for an instant", () => {
    const freeze = timesOf("* * * * *", "1m");
    expect(isOpen(freeze, at("2026-08-19T10:00:00.000Z"))).toBe(true);
    expect(nextChange(freeze, at("2026-08-19T10:00:00.000Z"))).toBeUndefined();
  });

  test("whose firings lie closer than it lasts closes once", () => {
    expect(changes(timesOf("* 10 * * *", "2h"), "2026-08-19T00:00:00Z", "2026-08-20T00:00:00Z")).toEqual([
      "opens 2026-08-19T10:00:00.000Z",
      "closes 2026-08-19T12:59:00.000Z",
    ]);
  });

  test("that lasts over days is open on all of them", () => {
    const weekend = timesOf("0 18 * * 5", "62h");
    expect(changes(weekend, "2026-08-19T00:00:00Z", "2026-08-25T00:00:00Z")).toEqual([
      "opens 2026-08-21T18:00:00.000Z",
      "closes 2026-08-24T08:00:00.000Z",
    ]);
    expect(isOpen(weekend, at("2026-08-23T12:00:00Z"))).toBe(true);
  });
});

/** Clocks are set at 01:00 UTC in Berlin, at 07:00 and 06:00 in New York, by half an hour on Lord Howe. */
describe("on the nights when clocks are set", () => {
  const cases: [
    name: string,
    zone: string,
    schedule: string,
    duration: string,
    from: string,
    to: string,
    want: string[],
  ][] = [
    [
      "a night's freeze until six ends at six, though the night is an hour short",
      "Europe/Berlin",
      "0 22 * * *",
      "8h",
      "2026-03-28T12:00:00Z",
      "2026-03-29T12:00:00Z",
      ["opens 2026-03-28T21:00:00.000Z", "closes 2026-03-29T04:00:00.000Z"],
    ],
    [
      "and where it is an hour longer",
      "Europe/Berlin",
      "0 22 * * *",
      "8h",
      "2026-10-24T12:00:00Z",
      "2026-10-25T12:00:00Z",
      ["opens 2026-10-24T20:00:00.000Z", "closes 2026-10-25T05:00:00.000Z"],
    ],
    [
      "a window of an hour that is left out opens with what there is of it",
      "Europe/Berlin",
      "30 2 * * *",
      "1h",
      "2026-03-28T12:00:00Z",
      "2026-03-29T12:00:00Z",
      ["opens 2026-03-29T01:00:00.000Z", "closes 2026-03-29T01:30:00.000Z"],
    ],
    [
      "one that lies in it whole does not open",
      "America/New_York",
      "0 2 * * *",
      "30m",
      "2026-03-08T00:00:00Z",
      "2026-03-08T23:00:00Z",
      [],
    ],
    [
      "one in the hour that comes twice opens twice",
      "America/New_York",
      "15 1 * * *",
      "30m",
      "2026-11-01T00:00:00Z",
      "2026-11-01T23:00:00Z",
      [
        "opens 2026-11-01T05:15:00.000Z",
        "closes 2026-11-01T05:45:00.000Z",
        "opens 2026-11-01T06:15:00.000Z",
        "closes 2026-11-01T06:45:00.000Z",
      ],
    ],
    [
      "clocks that are set by half an hour",
      "Australia/Lord_Howe",
      "0 9 * * *",
      "1h",
      "2026-10-02T12:00:00Z",
      "2026-10-05T12:00:00Z",
      [
        "opens 2026-10-02T22:30:00.000Z",
        "closes 2026-10-02T23:30:00.000Z",
        "opens 2026-10-03T22:00:00.000Z",
        "closes 2026-10-03T23:00:00.000Z",
        "opens 2026-10-04T22:00:00.000Z",
        "closes 2026-10-04T23:00:00.000Z",
      ],
    ],
    [
      "and back, where half an hour comes twice",
      "Australia/Lord_Howe",
      "40 1 * * *",
      "10m",
      "2026-04-04T00:00:00Z",
      "2026-04-05T00:00:00Z",
      [
        "opens 2026-04-04T14:40:00.000Z",
        "closes 2026-04-04T14:50:00.000Z",
        "opens 2026-04-04T15:10:00.000Z",
        "closes 2026-04-04T15:20:00.000Z",
      ],
    ],
  ];
  test.each(cases)("%s (%s)", (_, zone, schedule, duration, from, to, want) => {
    expect(changes(timesOf(schedule, duration, zone), from, to)).toEqual(want);
  });
});

test("between two changes it is what it was, whatever the zone, the schedule and the season", () => {
  const zones = fc.constantFrom(
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
  );
  const schedules = fc.constantFrom("30 2 * * *", "0 1-3 * * 0", "*/15 1 * * *", "0 22 * * 6", "0 0 1 * *");
  const durations = fc.constantFrom("10m", "1h", "8h", "50h");
  const from = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") });
  fc.assert(
    fc.property(zones, schedules, durations, from, fc.double({ min: 0, max: 1, noNaN: true }), (...given) => {
      const [zone, schedule, duration, now, share] = given;
      const times = timesOf(schedule, duration, zone);
      const next = nextChange(times, now);
      // Firings that lie closer than it lasts: it is open for ever.
      if (next === undefined) return;
      const before = isOpen(times, now);
      expect(isOpen(times, next)).toBe(!before);
      expect(isOpen(times, next - 1)).toBe(before);
      expect(isOpen(times, Math.floor(now + (next - 1 - now) * share))).toBe(before);
    }),
    { numRuns: 400 },
  );
});
