import { describe, expect, test } from "bun:test";
import { Failure } from "../../core/model/failure.ts";
import type { Applications } from "../applications.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, Seen } from "../managed-application.ts";
import { OthersLooked } from "./others-looked.ts";

const FAILED = {
  is: "failed",
  before: undefined,
  failure: new Failure("git-unreachable", "a server", "backoff", { cannot: "ask it", why: "it is down" }),
  times: 9,
} as unknown as Seen;

/** Two applications of which the second is looked at without end, and a clock that counts who sleeps. */
function stage(seen: Seen, sleep: "late" | "never-late" = "late") {
  const looks = Promise.withResolvers<void>();
  const one = { inbox: { isLooking: false }, seen, spec: {} } as unknown as ManagedApplication;
  const hangs = {
    key: "argocd/hangs",
    inbox: { isLooking: true, isAskedAnew: false, looked: () => looks.promise },
    seen,
    spec: { app: {} },
  } as unknown as ManagedApplication & { seen: Seen };
  let slept = 0;
  const said: string[] = [];
  const clock = {
    ticks: 0,
    now: () => 0,
    monotonic: () => clock.ticks,
    async sleep(ms: number) {
      if (ms > 1_000) {
        slept++;
        clock.ticks += ms;
      }
      if (sleep === "never-late") await new Promise(() => undefined);
    },
  };
  const others = new OthersLooked(
    [one, hangs] as unknown as Applications,
    clock as unknown as EnginePorts["clock"],
  );
  const before = (who = one): Promise<void> =>
    others.before(who, new AbortController().signal, (message) => said.push(message));
  const waits = async (who = one): Promise<number> => {
    const sleptBefore = slept;
    await before(who);
    return slept - sleptBefore;
  };
  return { one, hangs, others, waits, before, said, clock };
}

test("however often another could not look, it is waited for once: what comes back comes back for all at a time", async () => {
  const { waits } = stage(FAILED);
  expect(await waits()).toBe(1);
  expect(await waits()).toBe(0);
});

test("who waited in vain waits again for one that could look meanwhile", async () => {
  const { hangs, waits } = stage(FAILED);
  await waits();
  Object.assign(hangs, { seen: { is: "compared" } });
  expect(await waits()).toBe(1);
  Object.assign(hangs, { seen: FAILED });
  expect(await waits()).toBe(1);
  expect(await waits()).toBe(0);
});

describe("that one waited in vain", () => {
  const another = () =>
    ({ inbox: { isLooking: false }, seen: FAILED, spec: {} }) as unknown as ManagedApplication;

  test("is known to others for some minutes: many deletions at once wait once", async () => {
    const { waits, clock } = stage(FAILED);
    expect(await waits()).toBe(1);
    const took = clock.ticks;
    for (let each = 0; each < 200; each++) expect(await waits(another())).toBe(0);
    clock.ticks += 299_000;
    expect(await waits(another())).toBe(0);
    clock.ticks += 2_000;
    expect(await waits(another())).toBe(1);
    expect(took).toBe(30_000);
  });

  test("takes those who come meanwhile no longer than the first", async () => {
    const { waits, clock, before } = stage(FAILED, "never-late");
    void before();
    clock.ticks = 20_000;
    void before(another());
    expect(clock.ticks).toBe(30_000);
    expect(await waits(another())).toBe(0);
  });

  test("is forgotten where it could look, is written otherwise, or is asked anew", async () => {
    for (const is of [
      { seen: { is: "compared" } },
      { spec: { app: {} } },
      { inbox: { isLooking: true, isAskedAnew: true, looked: () => new Promise<void>(() => undefined) } },
    ]) {
      const { waits, hangs } = stage(FAILED);
      await waits();
      Object.assign(hangs, is);
      expect(await waits(another())).toBe(1);
    }
  });
});

test("what is waited for is said, with since when, once", async () => {
  const { waits, said } = stage(FAILED);
  await waits();
  await waits();
  expect(said).toEqual([
    "waiting for the look at what argocd/hangs may want of what is to be deleted since 1970-01-01T00:00:00Z, 30 s at most",
  ]);
});

describe("one whose last look failed", () => {
  const KNOWN = { target: { generation: 1 }, snapshot: { generation: 1 } };
  const AFTER_EDIT = {
    ...FAILED,
    failure: new Failure("invalid-spec", "it", "after-edit", { cannot: "use its spec", why: "so" }),
  } as unknown as Seen;
  const ANEW = { isLooking: true, isAskedAnew: true, looked: () => new Promise<void>(() => undefined) };
  const cases: { name: string; is: object; waits: 0 | 1 }[] = [
    { name: "is not waited for where what it wants is known", is: KNOWN, waits: 0 },
    { name: "is where somebody asked since", is: { ...KNOWN, inbox: ANEW }, waits: 1 },
    {
      name: "is where what is known is of a spec before",
      is: { ...KNOWN, snapshot: { generation: 2 } },
      waits: 1,
    },
    { name: "is not where only an edit mends it", is: { seen: AFTER_EDIT }, waits: 0 },
    { name: "is once that edit has come", is: { seen: AFTER_EDIT, inbox: ANEW }, waits: 1 },
    { name: "is not where it goes", is: { spec: { deleting: {} }, inbox: ANEW }, waits: 0 },
  ];
  test.each(cases)("$name", async ({ is, waits: times }) => {
    const { hangs, waits } = stage(FAILED);
    Object.assign(hangs, is);
    expect(await waits()).toBe(times);
  });

  test("is waited for again, though it was in vain, once it is written otherwise", async () => {
    const { hangs, waits } = stage(FAILED);
    expect([await waits(), await waits()]).toEqual([1, 0]);
    Object.assign(hangs, { spec: { app: {} } });
    expect([await waits(), await waits()]).toEqual([1, 0]);
  });

  test("is waited for until a further try knows, not until its next try has failed too", async () => {
    const tries = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const asked: number[] = [];
    const inbox = {
      isLooking: true,
      isAskedAnew: false,
      looked: () => (tries[asked.push(0) - 1] as (typeof tries)[0]).promise,
    };
    const { hangs, before } = stage(FAILED, "never-late");
    Object.assign(hangs, { inbox });
    let is = "waiting";
    const over = before().then(() => {
      is = "over";
    });
    tries[0]?.resolve();
    await Bun.sleep(0);
    expect([is, asked.length]).toEqual(["waiting", 2]);
    Object.assign(hangs, { seen: { is: "compared" } });
    tries[1]?.resolve();
    await over;
    expect(is).toBe("over");
  });
});

describe("undecided", () => {
  const APP = {};
  const EDITED = {};
  const looked = {
    aim: { app: APP },
    spec: { app: APP },
    target: { generation: 1 },
    snapshot: { generation: 1, app: APP },
  };
  const edited = { aim: { app: EDITED }, spec: { app: EDITED } };
  const NEVER = { is: "never" } as Seen;

  test("is who was edited, or came, and was not looked at by that; not who looks for a commit", () => {
    const { one, hangs, others } = stage(NEVER);
    Object.assign(hangs, looked);
    expect(others.undecided(one)).toBeUndefined();
    Object.assign(hangs, edited);
    expect(others.undecided(one)).toBe(hangs);
    expect(others.undecided(hangs)).toBeUndefined();
    // The pass has begun, and does not know yet.
    Object.assign(hangs, { snapshot: { generation: 2, app: EDITED } });
    expect(others.undecided(one)).toBe(hangs);
    Object.assign(hangs, { target: { generation: 2 } });
    expect(others.undecided(one)).toBeUndefined();
    Object.assign(hangs, { target: undefined });
    expect(others.undecided(one)).toBe(hangs);
    Object.assign(hangs, { spec: { app: EDITED, deleting: {} } });
    expect(others.undecided(one)).toBeUndefined();
  });

  test("is nobody who was waited for in vain, until he is edited again", async () => {
    const { one, hangs, others, waits } = stage(NEVER);
    Object.assign(hangs, looked, edited);
    expect(others.undecided(one)).toBe(hangs);
    expect(await waits()).toBe(1);
    expect(others.undecided(one)).toBeUndefined();
    const again = {};
    Object.assign(hangs, { aim: { app: again }, spec: { app: again } });
    expect(others.undecided(one)).toBe(hangs);
  });
});
