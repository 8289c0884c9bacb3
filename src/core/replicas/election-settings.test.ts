import { describe, expect, test } from "bun:test";
import { checkElection, ELECTION, type ElectionSettings } from "./election-settings.ts";

describe("checkElection()", () => {
  test("permits what is the default", () => {
    expect(checkElection(ELECTION)).toEqual(ELECTION);
  });

  const wrong: { name: string; change: Partial<ElectionSettings>; why: string }[] = [
    {
      name: "a deadline so late that writes arrive under the next",
      change: { renewDeadlineMs: 3_500 },
      why: "0.8 s more",
    },
    {
      name: "a deadline after the Lease",
      change: { renewDeadlineMs: 5_000 },
      why: "another may lead after 4 s",
    },
    { name: "a longer slack than there is", change: { slackMs: 1_000 }, why: "1 s more" },
    { name: "no second try", change: { renewEveryMs: 2_000 }, why: "no time for another" },
    { name: "a part of a second", change: { durationMs: 4_500 }, why: "whole seconds" },
    {
      name: "a Lease that others do not honour",
      change: { durationMs: 120_000 },
      why: "is honoured for 60 s alone",
    },
    { name: "nothing", change: { renewEveryMs: 0 }, why: "more than 0" },
    { name: "no number", change: { slackMs: Number.NaN }, why: "more than 0" },
  ];
  test.each(wrong)("refuses $name", ({ change, why }) => {
    expect(() => checkElection({ ...ELECTION, ...change })).toThrow(why);
  });
});
