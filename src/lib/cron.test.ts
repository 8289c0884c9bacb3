import { describe, expect, test } from "bun:test";
import { Cron as Croner } from "croner";
import fc from "fast-check";
import { type Cron, lastFiring, nextFiring, parseCron } from "./cron.ts";

const cronOf = (text: string): Cron => {
  const read = parseCron(text);
  if (!read.ok) throw new Error(read.problem);
  return read.cron;
};
const at = (text: string): number => Date.parse(`${text}Z`);
const DAY = 86_400_000;
const shown = (wall: number | undefined): string | undefined =>
  wall === undefined ? undefined : new Date(wall).toISOString().slice(0, 16);

describe("parseCron() refuses", () => {
  test.each([
    ["", "1 of the 5 fields"],
    ["* * * *", "4 of the 5 fields"],
    ["0 0 10 * * *", "6 of the 5 fields"],
    ["@daily", "1 of the 5 fields"],
    ["60 * * * *", "minute"],
    ["* 24 * * *", "hour"],
    ["* * 0 * *", "day of the month"],
    ["* * * 13 *", "month"],
    ["* * * * 7", "day of the week"],
    ["* * * * FRI-SUN", "ends before it begins"],
    ["* * * * MON#1", "is no number"],
    ["* * L * *", "day of the month"],
    ["*/0 * * * *", "steps by 0"],
    ["*-5 * * * *", "range of a star"],
    ["1, * * * *", "minute"],
    ["0 0 31 2 *", "never comes"],
    ["0 0 31 4,6,9,11 ?", "never comes"],
  ])("%p", (text, says) => {
    expect(parseCron(text)).toMatchObject({ ok: false, problem: expect.stringContaining(says) });
  });
});

describe("nextFiring()", () => {
  test.each([
    ["0 10 * * *", "2026-08-19T10:00", "2026-08-20T10:00"],
    ["0 10 * * *", "2026-08-19T09:59", "2026-08-19T10:00"],
    ["5/20 10-11 * * *", "2026-08-19T10:45", "2026-08-19T11:05"],
    ["0 0 29 2 *", "2026-08-19T00:00", "2028-02-29T00:00"],
    ["0 0 29 2 *", "2097-01-01T00:00", "2104-02-29T00:00"],
    ["0 10 1 * MON", "2026-08-18T11:00", "2026-08-24T10:00"],
    ["0 10 31 2 MON", "2026-08-18T11:00", "2027-02-01T10:00"],
    ["0 10 * * mon-fri", "2026-08-21T11:00", "2026-08-24T10:00"],
    ["0 0 1 jan,JUL *", "2026-08-21T11:00", "2027-01-01T00:00"],
  ])("%p after %s is %s", (text, after, want) => {
    expect(shown(nextFiring(cronOf(text), at(after)))).toBe(want);
  });
});

test("lastFiring() is at or before", () => {
  const cron = cronOf("0 10 * * *");
  expect(shown(lastFiring(cron, at("2026-08-19T10:00"), DAY))).toBe("2026-08-19T10:00");
  expect(shown(lastFiring(cron, at("2026-08-19T09:59:59.999"), DAY))).toBe("2026-08-18T10:00");
});

test("lastFiring() looks no further back than it is told, by whole days", () => {
  const cron = cronOf("0 10 1 1 *");
  expect(lastFiring(cron, at("2026-08-19T10:00"), 30 * DAY)).toBeUndefined();
  expect(shown(lastFiring(cron, at("2026-08-19T10:00"), 366 * DAY))).toBe("2026-01-01T10:00");
});

test("a zone in the schedule is told and changes no field", () => {
  expect(cronOf("CRON_TZ=Asia/Tokyo 0 10 * * *")).toMatchObject({ zone: "Asia/Tokyo", minutes: [600] });
  expect(cronOf("0 10 * * *").zone).toBeUndefined();
});

/** What both take is the same to both. */
test("it fires when croner does, forwards and backwards", () => {
  const number = (from: number, to: number) => fc.integer({ min: from, max: to });
  const field = (from: number, to: number): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant("*") },
      number(from, to).map(String),
      number(2, 5).map((step) => `*/${step}`),
      fc.tuple(number(from, to), number(from, to)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.array(number(from, to), { minLength: 2, maxLength: 3 }).map((list) => list.join(",")),
    );
  const pattern = fc
    .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
    .map((fields) => fields.join(" "));
  fc.assert(
    fc.property(pattern, number(0, 4 * 366 * 24 * 60), (text, minutes) => {
      const from = at("2026-01-01T00:00") + minutes * 60_000;
      const cron = cronOf(text);
      const next = new Croner(text, { timezone: "UTC", paused: true }).nextRun(new Date(from))?.getTime();
      expect(shown(nextFiring(cron, from))).toBe(shown(next));
      if (next !== undefined) {
        expect(lastFiring(cron, next, DAY)).toBe(next);
        expect(lastFiring(cron, next - 1, 9 * 366 * DAY) ?? 0).toBeLessThanOrEqual(from);
      }
    }),
    { numRuns: 500 },
  );
});
