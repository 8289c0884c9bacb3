import { describe, expect, test } from "bun:test";
import type { ActivityNote } from "../model/activity.ts";
import { ATTEMPT_LIMITS, Attempts } from "./attempts.ts";

function note(more: Partial<ActivityNote> & { address?: string } = {}): ActivityNote {
  const { address = "192.0.2.1", ...others } = more;
  return {
    at: "2026-11-23T04:00:00Z",
    actor: "anonymous",
    action: "sign-in-refused",
    outcome: { is: "refused", why: "name or password" },
    from: { address },
    details: {},
    ...others,
  };
}

const sum = (notes: readonly ActivityNote[]): number =>
  notes.reduce((total, { count = 1 }) => total + count, 0);

describe("Attempts", () => {
  test("tells the first of a kind at once, and the others of its minute as one with their count and the last time", () => {
    const attempts = new Attempts();
    expect(attempts.take(note())).toEqual([note()]);
    expect(attempts.take(note({ at: "2026-11-23T04:00:20Z" }))).toEqual([]);
    expect(attempts.take(note({ at: "2026-11-23T04:00:59Z" }))).toEqual([]);
    const next = note({ at: "2026-11-23T04:01:00Z" });
    expect(attempts.take(next)).toEqual([note({ at: "2026-11-23T04:00:59Z", count: 2 }), next]);
    expect(attempts.settle("2026-11-23T04:02:00Z")).toEqual([]);
  });

  test.each<[string, Parameters<typeof note>[0], "same" | "another"]>([
    ["another address of the network", { address: "192.0.2.254" }, "same"],
    ["the address as IPv6 has it", { address: "::ffff:192.0.2.9" }, "same"],
    ["another network", { address: "192.0.3.1" }, "another"],
    ["another agent", { from: { address: "192.0.2.1", agent: "x" } }, "same"],
    ["another path of somebody without login", { details: { path: "/x" } }, "same"],
    ["another account", { details: { account: "ana" } }, "another"],
    ["another actor", { actor: "user:ana" }, "another"],
    ["another action", { action: "request" }, "another"],
    ["another end", { outcome: { is: "done" } }, "another"],
    ["another object", { object: { kind: "account", name: "ana" } }, "another"],
  ])("%s is %s kind", (_, more, is) => {
    const attempts = new Attempts();
    attempts.take(note());
    expect(attempts.take(note(more)).length).toBe(is === "same" ? 0 : 1);
  });

  test("of IPv6 a network is 64 bits, however they are written", () => {
    const attempts = new Attempts();
    attempts.take(note({ address: "2001:db8:0:1::5" }));
    expect(attempts.take(note({ address: "2001:0DB8:0000:0001:ffff:1:2:3" }))).toEqual([]);
    expect(attempts.take(note({ address: "2001:db8:0:2::5" })).length).toBe(1);
    expect(attempts.take(note({ address: "2001:db8::5" })).length).toBe(1);
    expect(attempts.take(note({ address: "2001:db8:0:0:9::" }))).toEqual([]);
  });

  test("a flood of kinds is told as a few, and counted to the last one", () => {
    const attempts = new Attempts();
    const start = Date.UTC(2026, 10, 23, 4);
    const told: ActivityNote[] = [];
    // Two hours long, from names and addresses that never come twice.
    for (let n = 0; n < 50_000; n++) {
      const at = `${new Date(start + n * 144).toISOString().slice(0, 19)}Z`;
      const address = `10.${n >> 8}.${n & 255}.1`;
      told.push(...attempts.take(note({ at, address, details: { account: `name${n}` } })));
    }
    told.push(...attempts.end());
    expect(told.length).toBeLessThanOrEqual(2 * (ATTEMPT_LIMITS.perHour + 1));
    expect(sum(told)).toBe(50_000);
    expect(told.at(-1)).toMatchObject({
      action: "sign-in-refused",
      outcome: { is: "refused" },
      details: { of: "more kinds than are told one by one" },
    });
  });

  test("a flood hides nobody who signs in, and one of one name is two lines a minute", () => {
    const attempts = new Attempts();
    for (let n = 0; n < 1_000; n++) attempts.take(note({ details: { account: `name${n}` } }));
    const signedIn = note({ actor: "user:ana", action: "signed-in", outcome: { is: "done" } });
    expect(attempts.take(signedIn)).toEqual([signedIn]);
    const again = new Attempts();
    const told = Array.from({ length: 50_000 }, () => again.take(note())).flat();
    expect([...told, ...again.end()]).toEqual([note(), note({ count: 49_999 })]);
  });

  test("many actions that nobody foresaw are counted together", () => {
    const attempts = new Attempts({ perMinute: 0, perHour: 0 });
    for (let n = 0; n < 1_000; n++) attempts.take(note({ action: `action ${n}` }));
    const told = attempts.end();
    expect(told.length).toBeLessThanOrEqual(17);
    expect(sum(told)).toBe(1_000);
  });

  test("a clock that is set back loses no count", () => {
    const attempts = new Attempts();
    const told = ["04:00:00", "04:00:01", "03:00:00", "03:00:01", "04:00:02"].flatMap((time) =>
      attempts.take(note({ at: `2026-11-23T${time}Z` })),
    );
    expect(sum([...told, ...attempts.end()])).toBe(5);
  });
});
