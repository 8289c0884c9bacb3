import { describe, expect, test } from "bun:test";
import type { StoredSession, TryCount } from "../ports/account-store.ts";
import { type Counted, forgiven, judgeTry, keysOf, LOGIN_LIMITS } from "./login-limits.ts";
import { judgeSession, promoted, type SessionVerdict } from "./session-rules.ts";
import { scopesPermit } from "./token-scopes.ts";

const LIMITS = { idle: 1_000_000, absolute: 3_000_000, rotateAfter: 500_000, overlap: 60_000 };

function session(more: Partial<StoredSession> = {}): StoredSession {
  return {
    id: "s",
    owner: { kind: "account", name: "ann" },
    carried: "cookie",
    secret: "now",
    createdAt: 0,
    rotatedAt: 0,
    usedAt: 0,
    source: "",
    agent: "",
    ...more,
  };
}

describe("judgeSession()", () => {
  const later = { usedAt: 2_900_000, rotatedAt: 2_900_000 };
  const cases: {
    name: string;
    of?: Partial<StoredSession>;
    shown?: string;
    now: number;
    want: SessionVerdict;
  }[] = [
    { name: "is good while it is used", now: 499_999, want: { is: "good", then: "nothing" } },
    { name: "a new secret is due by age", now: 500_000, want: { is: "good", then: "hand-out" } },
    {
      name: "a bearer's secret stays",
      of: { carried: "bearer" },
      now: 900_000,
      want: { is: "good", then: "nothing" },
    },
    { name: "is over when nobody used it", now: 1_000_000, want: { is: "over", why: "idle" } },
    { name: "is good to its last moment", of: later, now: 2_999_999, want: { is: "good", then: "nothing" } },
    {
      name: "is over by age however it is used",
      of: later,
      now: 3_000_000,
      want: { is: "over", why: "too-old" },
    },
    {
      name: "the secret that was handed out is taken",
      of: { next: { secret: "new", salt: "" } },
      shown: "new",
      now: 1,
      want: { is: "good", then: "promote" },
    },
    {
      name: "the old one is taken for as long as nobody showed the new one",
      of: { next: { secret: "new", salt: "" } },
      now: 999_999,
      want: { is: "good", then: "hand-out" },
    },
    {
      name: "a straggler is let through",
      of: { previous: { secret: "old", until: 10 } },
      shown: "old",
      now: 9,
      want: { is: "good", then: "nothing" },
    },
    {
      name: "whoever comes with the old one later has stolen it, or was stolen from",
      of: { previous: { secret: "old", until: 10 } },
      shown: "old",
      now: 10,
      want: { is: "over", why: "replayed" },
    },
    {
      name: "a clock set back a little changes nothing",
      now: -300_000,
      want: { is: "good", then: "nothing" },
    },
    { name: "what was done in the future has no age", now: -300_001, want: { is: "over", why: "clock" } },
    { name: "also what was used there", of: { usedAt: 700_000 }, now: 0, want: { is: "over", why: "clock" } },
  ];
  test.each(cases)("$name", ({ of, shown = "now", now, want }) => {
    expect(judgeSession(session(of), shown, now, LIMITS)).toEqual(want);
  });

  test("a clock that is set back does not lengthen the time for stragglers", () => {
    const once = promoted(session({ next: { secret: "new", salt: "" }, usedAt: 400_000 }), 400_000, LIMITS);
    expect(once).toEqual(
      session({
        secret: "new",
        previous: { secret: "now", until: 460_000 },
        rotatedAt: 400_000,
        usedAt: 400_000,
      }),
    );
    expect(judgeSession(once, "now", 0, LIMITS)).toEqual({ is: "over", why: "clock" });
  });
});

describe("judgeTry()", () => {
  const from = (address: string, name = "admin"): Counted => ({
    from: "address",
    addressAndName: `${address} ${name}`,
    address,
    name,
  });
  /** Tries as they come, each a failure unless it says so; what each is told. */
  function told(tries: readonly { by: Counted; at?: number; good?: true }[]): (number | "ok")[] {
    const kept = new Map<string, TryCount>();
    return tries.map(({ by, at = 0, good }) => {
      const known = () => keysOf(by).flatMap((key) => kept.get(key) ?? []);
      const verdict = judgeTry(by, known(), at, LOGIN_LIMITS);
      if (verdict.is === "limited") return verdict.retryAfterMs;
      for (const count of verdict.counts) kept.set(count.key, count);
      if (good) {
        const { drop, put } = forgiven(by, known());
        for (const key of drop) kept.delete(key);
        for (const count of put) kept.set(count.key, count);
      }
      return "ok";
    });
  }
  const times = <T>(count: number, one: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => one(index));
  const last = (list: (number | "ok")[]): number | "ok" | undefined => list.at(-1);

  test("an address has five tries at a name in a window, and the next window has five more", () => {
    const bad = { by: from("a") };
    expect(told([...times(5, () => bad), { ...bad, at: 1_000 }, { ...bad, at: 300_000 }])).toEqual([
      ...times(5, () => "ok" as const),
      299_000,
      "ok",
    ]);
  });

  test("an address has twenty tries over all names", () => {
    const told20 = told(times(21, (index) => ({ by: from("a", `name-${index}`) })));
    expect([told20.slice(0, 20).every((one) => one === "ok"), last(told20)]).toEqual([true, 300_000]);
  });

  test("nobody is locked out by others: under attack each further address still has one try, and not two", () => {
    const attack = times(500, (index) => ({ by: from(`bot-${index}`) }));
    expect(last(told([...attack, { by: from("home") }]))).toBe("ok");
    expect(last(told([...attack, { by: from("home") }, { by: from("home") }]))).toBe(300_000);
  });

  test("under attack a device has its own tries, also at an address that has none left", () => {
    const attack = times(500, (index) => ({ by: from(`bot-${index % 3}`) }));
    const device: Counted = { from: "device", device: "laptop" };
    expect(told([...attack, ...times(11, () => ({ by: device }))]).slice(500)).toEqual([
      ...times(10, () => "ok" as const),
      300_000,
    ]);
  });

  test("a success gives its own name's tries back, and not those at others' names", () => {
    const own = { by: from("a", "mallory"), good: true as const };
    const tries = times(20, (index) => [{ by: from("a", `victim-${index}`) }, own]).flat();
    expect(last(told([...tries, { by: from("a", "victim-99") }]))).toBe(300_000);
    const mistyped = { by: from("b") };
    expect(
      last(told([mistyped, mistyped, mistyped, { ...mistyped, good: true }, ...times(5, () => mistyped)])),
    ).toBe("ok");
  });

  test("a clock that is set back makes nobody wait longer than a window, one set ahead ends a window", () => {
    const bad = { by: from("a"), at: 1_000_000_000 };
    const five = times(5, () => bad);
    expect(last(told([...five, { ...bad, at: 0 }]))).toBe(300_000);
    expect(last(told([...five, { ...bad, at: 2_000_000_000 }]))).toBe("ok");
  });
});

describe("scopesPermit()", () => {
  const sync = { resource: "applications", action: "sync", object: "team/web" };
  test.each([
    ["all", true],
    [[{ ...sync, object: "team/*" }], true],
    [[{ ...sync, action: "get" }], false],
    [[{ ...sync, object: "tea" }], false],
    [[{ ...sync, object: "[" }], false],
    [
      [
        { ...sync, resource: "" },
        { resource: "*", action: "*", object: "*" },
      ],
      true,
    ],
  ] as const)("%j: %p", (scopes, is) => expect(scopesPermit(scopes as "all", sync)).toBe(is));

  test("no list that got empty on its way is everything", () => {
    expect(scopesPermit([] as unknown as "all", sync)).toBe(false);
  });
});
