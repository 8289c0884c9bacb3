import { describe, expect, test } from "bun:test";
import { paired } from "../../../test/lib/core-objects.ts";
import { type Heal, healBackoffMs, recentHeals } from "./heal-backoff.ts";

const changed = paired("changed", { name: "a" });
const drift = { key: changed.key, fields: "" };

describe("healBackoffMs()", () => {
  const heals = (...seconds: number[]): Heal[] => seconds.map((second) => ({ ...drift, at: second * 1_000 }));
  const cases: { name: string; heals: Heal[]; now: number; want: number }[] = [
    { name: "the first heal is at once", heals: [], now: 0, want: 0 },
    { name: "so is the second: it may be a person", heals: heals(0), now: 1, want: 0 },
    { name: "from the third on it waits, from the last heal", heals: heals(0, 10), now: 11, want: 1_000 },
    { name: "three times as long each time", heals: heals(0, 10, 20, 30), now: 30, want: 18_000 },
    {
      name: "at most five minutes",
      heals: heals(...Array.from({ length: 20 }, (_, at) => at * 10)),
      now: 190,
      want: 300_000,
    },
    { name: "time that passed is taken off", heals: heals(0, 10, 20, 30), now: 60, want: 0 },
    {
      name: "a heal that held for five minutes is forgotten",
      heals: heals(0, 10, 20, 30),
      now: 331,
      want: 0,
    },
    { name: "and so is all before one that held", heals: heals(0, 10, 20, 30, 400), now: 401, want: 0 },
    {
      name: "other fields of the object do not count",
      heals: heals(0, 10, 20).map((heal) => ({ ...heal, fields: "spec.other" })),
      now: 20,
      want: 0,
    },
  ];
  test.each(cases)("$name", ({ heals, now, want }) =>
    expect(healBackoffMs(heals, drift, now * 1_000)).toBe(want),
  );
  test("old heals are dropped once they cannot matter", () =>
    expect(recentHeals(heals(0, 2_000, 3_000), 6_000_000)).toHaveLength(2));

  test("a fight that goes on at the longest pause keeps that pause", () => {
    const fight: Heal[] = [];
    let now = 1_000_000;
    const pauses: number[] = [];
    for (let round = 0; round < 12; round++) {
      const pause = healBackoffMs(recentHeals(fight, now), drift, now);
      pauses.push(pause / 1_000);
      now += pause;
      fight.push({ ...drift, at: now });
      now += 1_000;
    }
    expect(pauses).toEqual([0, 0, 1, 5, 17, 53, 161, 299, 299, 299, 299, 299]);
  });
});
