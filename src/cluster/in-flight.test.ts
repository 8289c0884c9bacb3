import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import type { Clock } from "../core/ports/clock.ts";
import { InFlight, type Turn } from "./in-flight.ts";
import { RetryBudget } from "./retry-budget.ts";
import { SpreadBackoff } from "./spread-backoff.ts";

/** Sleeping moves it on. */
function handClock(): Clock & { time: number } {
  return {
    time: 0,
    now() {
      return this.time;
    },
    monotonic() {
      return this.time;
    },
    async sleep(ms) {
      this.time += ms;
    },
  };
}
const never = new AbortController().signal;
const sync = (owner: string): Turn => ({ owner, urgency: "sync" });
const heal = (owner: string): Turn => ({ owner, urgency: "heal" });
const asked = (owner: string): Turn => ({ owner, urgency: "asked" });
const list = (owner: string): Turn => ({ owner, urgency: "list" });

/** Requests that run until they are answered, in the order in which they started. */
function server(limit: number, reserved = 2) {
  const inFlight = new InFlight(limit, handClock(), reserved);
  const open: { name: string; answer: () => void }[] = [];
  const started: string[] = [];
  const settle = () => Bun.sleep(0);
  return {
    started,
    running: () => open.length,
    async ask(turn: Turn, name = turn.owner) {
      void inFlight.run(
        turn,
        () =>
          new Promise<void>((answer) => {
            started.push(name);
            open.push({ name, answer });
          }),
        never,
      );
      await settle();
    },
    /** Answers the first of this name that runs. */
    async answer(name: string) {
      const at = open.findIndex((one) => one.name === name);
      open.splice(at, 1)[0]?.answer();
      await settle();
    },
  };
}

describe("InFlight", () => {
  test("lets no more run at once than its limit, and the others in order", async () => {
    const inFlight = new InFlight(2, handClock());
    const order: number[] = [];
    let running = 0,
      most = 0;
    await Promise.all(
      [1, 2, 3, 4, 5].map((at) =>
        inFlight.run(
          sync(`${at}`),
          async () => {
            order.push(at);
            most = Math.max(most, ++running);
            await Promise.resolve();
            running--;
          },
          never,
        ),
      ),
    );
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  test("a failure frees its place", async () => {
    const inFlight = new InFlight(1, handClock());
    await inFlight.run(sync("a"), async () => Promise.reject(new Error("no")), never).catch(() => undefined);
    expect(await inFlight.run(sync("a"), async () => "next", never)).toBe("next");
  });

  test("nothing starts during a pause that the server asked for", async () => {
    const clock = handClock();
    const inFlight = new InFlight(4, clock);
    inFlight.pause(3_000);
    const started = await Promise.all(
      [1, 2].map(() => inFlight.run(sync("a"), async () => clock.now(), never)),
    );
    expect(Math.min(...started)).toBeGreaterThanOrEqual(3_000);
  });

  test("what is aborted while it waits does not run", async () => {
    const inFlight = new InFlight(1, handClock());
    const ending = new AbortController();
    let ran = "no";
    const first = inFlight.run(sync("a"), async () => ending.abort(new Error("over")), ending.signal);
    const second = inFlight.run(sync("a"), async () => (ran = "yes"), ending.signal);
    await first;
    expect(await endingOf(second)).toThrow("over");
    expect(ran).toBe("no");
  });

  test("after a pause as many begin as have a place, not all that came meanwhile; and a longer pause holds", async () => {
    const clock = { ...handClock(), sleeps: [] as (() => void)[] };
    const held: Clock = {
      now: () => clock.time,
      monotonic: () => clock.time,
      sleep: (ms) =>
        new Promise<void>((done) =>
          clock.sleeps.push(() => {
            clock.time += ms;
            done();
          }),
        ),
    };
    const inFlight = new InFlight(4, held, 0);
    inFlight.pause(1_000);
    let running = 0;
    for (let at = 0; at < 20; at++)
      void inFlight.run(
        sync(`${at}`),
        () => {
          running++;
          return new Promise<void>(() => undefined);
        },
        never,
      );
    inFlight.pause(3_000);
    const wake = async (): Promise<void> => {
      for (const done of clock.sleeps.splice(0)) done();
      await Bun.sleep(0);
    };
    await wake();
    expect([running, clock.sleeps.length, inFlight.places().waiting]).toEqual([0, 1, 20]);
    await wake();
    expect([running, inFlight.places().waiting]).toEqual([4, 16]);
  });

  test("a server that refuses has fewer at once, down to one and one heal; and more again, one by one, as it answers", async () => {
    const clock = handClock();
    const inFlight = new InFlight(8, clock);
    for (const at of [1, 2, 3, 4]) inFlight.ended({ is: "refused" }, (clock.time = at));
    expect(inFlight.limit).toBe(1);
    let [running, most] = [0, 0];
    const once = (turn: Turn): Promise<void> =>
      inFlight.run(
        turn,
        async () => {
          most = Math.max(most, ++running);
          const startedAt = clock.time++;
          await Bun.sleep(0);
          inFlight.ended({ is: "answered", tookMs: 1 }, startedAt);
          running--;
        },
        never,
      );
    const first = [once(sync("a")), once(sync("b")), once(heal("c")), once(heal("d"))];
    expect(running).toBe(0);
    await Promise.resolve();
    expect(running).toBe(2);
    await Promise.all(first);
    await Promise.all(Array.from({ length: 200 }, (_, at) => once(sync(`${at}`))));
    expect([inFlight.limit, most]).toEqual([8, 8]);
  });
});

describe("turns", () => {
  test("owners take turns: one request waits for one of each other owner, not for a sync of 2,000 objects", async () => {
    const api = server(4);
    for (let at = 0; at < 2_000; at++) await api.ask(sync("large"), "large");
    await api.ask(sync("small"), "small");
    await api.ask(sync("other"), "other");
    // The place that one owner never takes was free for it.
    expect(api.started).toEqual(["large", "large", "large", "small"]);
    await api.answer("small");
    expect(api.started.at(-1)).toBe("other");
    await api.answer("large");
    expect(api.started.at(-1)).toBe("large");
  });

  test("a heal goes before everything that waits, and has places of its own where all others hang", async () => {
    const api = server(4, 1);
    for (const owner of ["a", "b", "c", "d"]) await api.ask(sync(owner), "hangs");
    await api.ask(sync("waits"));
    await api.ask(heal("drifted"));
    await api.ask(heal("second"));
    expect(api.started.slice(4)).toEqual(["drifted"]);
    await api.answer("hangs");
    expect(api.started.slice(4)).toEqual(["drifted", "second"]);
    await api.answer("drifted");
    await api.answer("second");
    expect(api.started.slice(4)).toEqual(["drifted", "second", "waits"]);
  });

  test("heals without end let the others go on", async () => {
    const api = server(1, 0);
    await api.ask(sync("first"));
    await api.ask(sync("waits"));
    for (let at = 0; at < 20; at++) await api.ask(heal(`heal-${at % 5}`), "heal");
    await api.answer("first");
    for (let at = 0; at < 3; at++) await api.answer("heal");
    expect(api.started).toEqual(["first", "heal", "heal", "heal", "waits"]);
  });

  test("heals that took every place let the others go on as these end", async () => {
    const api = server(2, 2);
    for (let at = 0; at < 40; at++) await api.ask(heal(`heal-${at}`), "heal");
    expect(api.started.length).toBe(4);
    await api.ask(sync("waits"));
    for (let at = 0; at < 8; at++) await api.answer("heal");
    expect(api.started).toContain("waits");
  });

  test("what a person asked for goes before what comes by itself, and lets that go on", async () => {
    const api = server(1, 0);
    await api.ask(sync("first"));
    for (let at = 0; at < 3; at++) await api.ask(sync(`mass-${at}`), "mass");
    for (let at = 0; at < 5; at++) await api.ask(asked(`ana-${at}`), "asked");
    await api.ask(heal("drifted"));
    await api.answer("first");
    await api.answer("drifted");
    for (const name of ["asked", "asked", "asked", "mass", "asked", "asked"]) await api.answer(name);
    expect(api.started).toEqual([
      ...["first", "drifted", "asked", "asked", "asked", "mass", "asked", "asked", "mass"],
    ]);
  });

  test("lists that hang hold no more than a quarter of the places each, and half in all", async () => {
    const api = server(8);
    for (const kind of ["pods", "secrets", "widgets"])
      for (let at = 0; at < 10; at++) await api.ask(list(kind));
    expect(api.started.toSorted()).toEqual(["pods", "pods", "secrets", "secrets"]);
    await api.ask(sync("app"));
    expect(api.started.at(-1)).toBe("app");
    await api.answer("pods");
    expect(api.started.slice(5)).toEqual(["widgets"]);
  });

  test.each([1, 2, 3, 16])("with %d at once all get their turn", async (limit) => {
    const inFlight = new InFlight(limit, handClock());
    const done: string[] = [];
    const turns = [sync("a"), list("b"), heal("c"), sync("a"), list("b"), heal("c"), list("d")];
    await Promise.all(turns.map((turn) => inFlight.run(turn, async () => void done.push(turn.owner), never)));
    expect(done.toSorted()).toEqual(["a", "a", "b", "b", "c", "c", "d"]);
  });
});

describe("Backoff", () => {
  test("doubles up to its end and begins anew after success", () => {
    const backoff = new SpreadBackoff(800, 30_000, () => 1);
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.nextMs())).toEqual([
      800, 1600, 3200, 6400, 12_800, 25_600, 30_000,
    ]);
    backoff.succeeded();
    expect(backoff.nextMs()).toBe(800);
    expect(new SpreadBackoff(800, 30_000, () => 0).nextMs()).toBe(400);
  });
});

describe("RetryBudget", () => {
  test("permits a burst, then one retry in ten requests", () => {
    const budget = new RetryBudget(2, 0.1);
    expect([budget.mayRetry(), budget.mayRetry(), budget.mayRetry()]).toEqual([true, true, false]);
    for (let at = 0; at < 11; at++) budget.requested();
    expect([budget.mayRetry(), budget.mayRetry()]).toEqual([true, false]);
  });
});
