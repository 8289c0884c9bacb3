import { describe, expect, test } from "bun:test";
import { FairLine } from "./fair-line.ts";
import { SharedMemory } from "./shared-memory.ts";

/** A line of jobs that end when the test says so, in a time that the test moves. */
function line() {
  let now = 0;
  const running: { name: string; lane: string; end: (failure?: Error) => void }[] = [],
    order: string[] = [];
  const fair = new FairLine({ budgetMs: 2_000, perMs: 60_000, mostMs: 1_500, ticks: () => now });
  return {
    order,
    ask(owner: string, name: string): Promise<void> {
      return fair.run(owner, (lane) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        order.push(`${lane} ${name}`);
        running.push({
          name,
          lane,
          end: (failure) => (failure === undefined ? resolve() : reject(failure)),
        });
        return promise;
      });
    },
    /** The job has taken so long, and the next ones have their turns. */
    async end(name: string, tookMs: number, failure?: Error): Promise<void> {
      now += tookMs;
      const at = running.findIndex((job) => job.name === name);
      running.splice(at, 1)[0]?.end(failure);
      await Bun.sleep(0);
    },
    pass: (ms: number) => (now += ms),
  };
}

describe("FairLine", () => {
  test("whoever used least is next, however many another one has asked before", async () => {
    const { ask, end, order } = line();
    for (const name of ["g1", "g2", "g3"]) void ask("greedy", name);
    await end("g1", 500);
    void ask("small", "s1");
    void ask("other", "o1");
    await end("g2", 500);
    await end("s1", 10);
    await end("o1", 10);
    expect(order).toEqual(["quick g1", "quick g2", "quick s1", "quick o1", "quick g3"]);
  });

  test("of those who used as much each has a turn", async () => {
    const { ask, end, order } = line();
    for (const name of ["a1", "b1", "a2", "b2"]) void ask(name.slice(0, 1), name);
    for (const name of ["a1", "b1", "a2"]) await end(name, 0);
    expect(order).toEqual(["quick a1", "quick b1", "quick a2", "quick b2"]);
  });

  test("whoever used up its budget runs beside the others, one at a time, until it has rested", async () => {
    const { ask, end, order, pass } = line();
    for (const name of ["g1", "g2", "g3", "g4"]) void ask("greedy", name);
    await end("g1", 1_100);
    await end("g2", 1_100);
    void ask("small", "s1");
    void ask("small", "s2");
    expect(order).toEqual(["quick g1", "quick g2", "slow g3", "quick s1"]);
    await end("s1", 10);
    expect(order.at(-1)).toBe("quick s2");
    await end("g3", 1_000);
    expect(order.at(-1)).toBe("slow g4");
    await end("g4", 1_000);
    await end("s2", 10);
    pass(60_000);
    void ask("greedy", "g5");
    expect(order.at(-1)).toBe("slow g5");
    await end("g5", 0);
    pass(10_000);
    void ask("greedy", "g6");
    expect(order.at(-1)).toBe("quick g6");
  });

  test("one job counts for no more than it may take, and one that fails fails for who asked alone", async () => {
    const { ask, end, order } = line();
    const first = ask("late", "l1");
    const failed = first.catch((cause: Error) => cause.message);
    await end("l1", 60_000, new Error("it fell over"));
    expect(await failed).toBe("it fell over");
    void ask("late", "l2");
    expect(order).toEqual(["quick l1", "quick l2"]);
  });
});

describe("SharedMemory", () => {
  const memory = (): SharedMemory<number> => new SharedMemory<number>(10, (value) => value);

  test("whoever fills it forgets its own", () => {
    const shared = memory();
    shared.set("small", "a", 2);
    for (const key of ["a", "b", "c", "d"]) shared.set("greedy", key, 4);
    expect(shared.get("small", "a")).toBe(2);
    expect(["a", "b", "c", "d"].map((key) => shared.get("greedy", key))).toEqual([
      undefined,
      undefined,
      4,
      4,
    ]);
  });

  test("each has its own under the same key, and what is too large for all is not kept", () => {
    const shared = memory();
    shared.set("a", "key", 1);
    shared.set("b", "key", 2);
    shared.set("b", "huge", 11);
    expect([shared.get("a", "key"), shared.get("b", "key"), shared.get("b", "huge")]).toEqual([
      1,
      undefined,
      undefined,
    ]);
    shared.set("a", "key", 3);
    expect(shared.get("a", "key")).toBe(3);
  });
});
