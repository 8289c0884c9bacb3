import { describe, expect, test } from "bun:test";
import { bothTimes, nextChange, standsWords, type Windows, windowSentences } from "./window-words.ts";

const at = (text: string): number => Date.parse(text);
const BERLIN = "Europe/Berlin";

describe("bothTimes()", () => {
  const cases = [
    {
      name: "is one time where the reader is in UTC",
      ...{ zone: "UTC", now: "2026-11-30T03:00:00Z", time: "2026-11-30T06:00:00Z", want: "06:00 UTC" },
    },
    {
      name: "has the reader's time first",
      ...{ zone: BERLIN, now: "2026-11-30T03:00:00Z", time: "2026-11-30T05:00:00Z" },
      want: "06:00 (05:00 UTC)",
    },
    {
      name: "names the day where it is another one",
      ...{ zone: BERLIN, now: "2026-11-30T12:00:00Z", time: "2026-12-01T05:00:00Z" },
      want: "Tue 1 Dec 2026 06:00 (05:00 UTC)",
    },
    {
      name: "names both days where it is not the same day in UTC",
      ...{ zone: BERLIN, now: "2026-11-30T12:00:00Z", time: "2026-12-01T23:30:00Z" },
      want: "Wed 2 Dec 2026 00:30 (Tue 1 Dec 2026 23:30 UTC)",
    },
    {
      name: "is an hour of summer before clocks are set back",
      ...{ zone: BERLIN, now: "2026-10-25T00:00:00Z", time: "2026-10-25T00:30:00Z" },
      want: "02:30 (00:30 UTC)",
    },
    {
      name: "and one of winter an hour later, told apart by UTC",
      ...{ zone: BERLIN, now: "2026-10-25T00:00:00Z", time: "2026-10-25T01:30:00Z" },
      want: "02:30 (01:30 UTC)",
    },
    {
      name: "passes over the hour that is not there in spring",
      ...{ zone: "America/New_York", now: "2026-03-08T05:00:00Z", time: "2026-03-08T07:00:00Z" },
      want: "03:00 (07:00 UTC)",
    },
    {
      name: "knows zones that are half an hour off",
      ...{ zone: "Asia/Kolkata", now: "2026-11-30T03:00:00Z", time: "2026-11-30T05:00:00Z" },
      want: "10:30 (05:00 UTC)",
    },
  ];
  test.each(cases)("$name", ({ zone, now, time, want }) => {
    expect(bothTimes(time, { zone, now: at(now) })).toBe(want);
  });
});

describe("windowSentences()", () => {
  const reader = { zone: "UTC", now: at("2026-11-30T03:00:00Z") };
  const until = "2026-11-30T06:00:00Z";
  const cases: { name: string; windows: Windows; want: string[] }[] = [
    {
      name: "says it once where it is the same for people",
      windows: { windows: [], manual: { may: "sync", until }, automated: { may: "sync", until } },
      want: ["Sync is allowed now, until 06:00 UTC"],
    },
    {
      name: "says both where a person may and the application may not",
      windows: { windows: [], manual: { may: "sync" }, automated: { may: "not", why: "closed", until } },
      want: [
        "Automated sync is not allowed now; the next window opens at 06:00 UTC",
        "Manual sync is allowed now",
      ],
    },
    {
      name: "promises nothing where no end is to be seen",
      windows: {
        ...{ windows: [], manual: { may: "not", why: "closed" }, automated: { may: "not", why: "closed" } },
      },
      want: ["Sync is not allowed now, and no window opens in the time that is looked at"],
    },
  ];
  test.each(cases)("$name", ({ windows, want }) => {
    expect(windowSentences(windows, reader, "automated")).toEqual(want);
  });
  test("says nothing of automated sync where there is none", () => {
    const windows: Windows = {
      ...{ windows: [], manual: { may: "sync" }, automated: { may: "sync", until } },
    };
    expect(windowSentences(windows, reader, "by-hand")).toEqual(["Sync by hand is allowed now"]);
  });
});

describe("nextChange()", () => {
  const window = { kind: "deny", schedule: "0 22 * * *", duration: "8h" };

  test("is the first instant at which anything is another one, also of a window that decides nothing now", () => {
    expect(
      nextChange({
        windows: [{ window, is: "closed", changesAt: "2026-11-30T04:00:00Z" }],
        manual: { may: "sync", until: "2026-11-30T06:00:00Z" },
        automated: { may: "sync" },
      }),
    ).toBe(at("2026-11-30T04:00:00Z"));
    expect(nextChange({ windows: [], manual: { may: "sync" }, automated: { may: "sync" } })).toBeUndefined();
  });

  test("of one that never changes is not told", () => {
    const reader = { zone: "UTC", now: 0 };
    const deny = { ...window, kind: "deny" };
    const later = { window: deny, changesAt: "1970-01-01T04:00:00Z" } as const;
    expect(standsWords({ ...later, is: "closed" }, reader)).toBe("denies nothing now, denies from 04:00 UTC");
    expect(standsWords({ ...later, is: "open" }, reader)).toBe("denies now, until 04:00 UTC");
    const allow = { ...window, kind: "allow" };
    expect(standsWords({ window: allow, is: "open" }, reader)).toBe("open");
    expect(standsWords({ window: allow, is: "closed", changesAt: "1970-01-01T04:00:00Z" }, reader)).toBe(
      "closed, opens 04:00 UTC",
    );
  });
});
