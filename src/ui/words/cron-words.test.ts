import { describe, expect, test } from "bun:test";
import { cronWords, durationWords, timesWords, zoneOf } from "./cron-words.ts";

describe("cronWords()", () => {
  test.each([
    ["0 16 * * 5", "Fridays at 16:00"],
    ["0 22 * * *", "every day at 22:00"],
    ["30 6,18 * * 1-5", "Mondays to Fridays at 06:30 and 18:30"],
    ["0 8 * * mon,wed,sat,SUN", "Mondays, Wednesdays, Saturdays and Sundays at 08:00"],
    ["0 0 1 * *", "on the 1st of the month at 00:00"],
    ["0 3 2,3,11,22 * ?", "on the 2nd, 3rd, 11th and 22nd of the month at 03:00"],
    ["0 0 24-26 dec *", "on the 24th, 25th and 26th of the month at 00:00 in December"],
    ["0 12 * 6-8 *", "every day at 12:00 in June to August"],
    ["0 12 * 1,2,12 6", "Saturdays at 12:00 in January, February and December"],
    ["* * * * *", "every minute"],
    ["*/15 * * * *", "every 15 minutes"],
    ["0 * * * 0", "every hour, Sundays"],
    ["20 * * * *", "every hour at 20 minutes past"],
    ["0 */3 * * *", "every 3 hours"],
    ["CRON_TZ=Asia/Tokyo 0 10 * * *", "every day at 10:00"],
    // Days are joined by "or" unless one of the two has a star: with a whole week every day is one of them.
    ["0 9 1 * 1", "on the 1st of the month and Mondays at 09:00"],
    ["0 9 1 * 0-6", "every day at 09:00"],
    ["0 9 */31 * 1", "on the 1st of the month and Mondays at 09:00"],
  ])("%s is %s", (schedule, words) => {
    expect(cronWords(schedule)).toBe(words);
  });
  test.each([
    ["five hours that follow each other", "0 8-12 * * *"],
    ["minutes that do not fill the hour evenly", "*/7 * * * *"],
    ["an interval that begins somewhere", "5/15 * * * *"],
    ["every other day", "0 9 */2 * *"],
    ["what fires never", "0 0 31 2 *"],
    ["a macro", "@daily"],
    ["six fields", "0 0 0 * * *"],
    ["nothing", ""],
    ["what is written to do harm", "<img src=x> * * * *"],
  ])("%s stands as it is written", (_, schedule) => {
    expect(cronWords(schedule)).toBeUndefined();
    expect(timesWords({ schedule, duration: "1h" })).toBe(`${schedule} for 1 hour`);
  });
});

test.each([
  ["64h", "64 hours"],
  ["1h30m", "1 hour 30 minutes"],
  ["90m0s", "90 minutes"],
  ["0s", "0s"],
  ["1.5h", "1.5h"],
  ["3600", "3600"],
  ["", ""],
])("durationWords() of %p is %p", (text, words) => {
  expect(durationWords(text)).toBe(words);
});

test("zoneOf() is its own, that of its schedule, or UTC", () => {
  const own = { schedule: "0 1 * * *", timeZone: "Europe/Berlin" };
  const inSchedule = { schedule: "CRON_TZ=Asia/Tokyo 0 1 * * *", timeZone: "" };
  expect([own, inSchedule, { schedule: "0 1 * * *" }, { schedule: "@daily" }, {}].map(zoneOf)).toEqual([
    "Europe/Berlin",
    "Asia/Tokyo",
    ...["UTC", "UTC", "UTC"],
  ]);
});
