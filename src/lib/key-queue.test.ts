import { describe, expect, test } from "bun:test";
import { KeyQueue } from "./key-queue.ts";

/** A queue whose work ends when the test says so. */
function held(slots: number, patienceMs = 60_000) {
  const started: string[] = [];
  const release: (() => void)[] = [];
  const queue = new KeyQueue<string>(
    (key) => {
      started.push(key);
      return new Promise((resolve) => release.push(resolve));
    },
    slots,
    patienceMs,
  );
  const end = async () => {
    release.shift()?.();
    await Bun.sleep(0);
  };
  return { queue, started, end };
}

describe("KeyQueue", () => {
  test("equal keys merge while they wait", async () => {
    const { queue, started, end } = held(1);
    for (const key of ["a", "b", "b", "b"]) queue.add(key);
    await end();
    await end();
    expect(started).toEqual(["a", "b"]);
  });

  test("a key added while it runs comes once more, and never beside itself", async () => {
    const { queue, started, end } = held(8);
    queue.add("a");
    queue.add("a");
    queue.add("a");
    expect(started).toEqual(["a"]);
    await end();
    expect(started).toEqual(["a", "a"]);
    await end();
    expect(started).toEqual(["a", "a"]);
  });

  test("a busy key holds no slot that another needs", async () => {
    const { queue, started } = held(2);
    queue.add("slow");
    queue.add("slow");
    queue.add("b");
    expect(started).toEqual(["slow", "b"]);
  });

  test("what goes ahead has its turn before a line that was there first, a key of that line too", async () => {
    const { queue, started, end } = held(1);
    for (const key of ["a", "b", "c", "d"]) queue.add(key);
    queue.add("drift", "ahead");
    queue.add("d", "ahead");
    queue.add("d");
    for (let ends = 0; ends < 6; ends++) await end();
    expect(started).toEqual(["a", "drift", "d", "b", "c"]);
    expect(queue.depth).toBe(0);
  });

  test("one that is to go ahead while it is worked on goes ahead of the line afterwards", async () => {
    const { queue, started, end } = held(1);
    for (const key of ["a", "b"]) queue.add(key);
    queue.add("a", "ahead");
    queue.add("a");
    await end();
    await end();
    expect(started).toEqual(["a", "a", "b"]);
  });

  test("the line moves on however much goes ahead", async () => {
    const { queue, started, end } = held(1);
    for (const key of ["first", "in line"]) queue.add(key);
    for (let at = 0; at < 20; at++) queue.add(`ahead-${at}`, "ahead");
    for (let ends = 0; ends < 10; ends++) await end();
    expect(started).toContain("in line");
    expect(started.indexOf("in line")).toBeGreaterThan(1);
  });

  test("drift has slots of its own, and keys share the others by their lanes", async () => {
    const started: string[] = [];
    const queue = new KeyQueue<string>(
      (key) => {
        started.push(key);
        return Promise.withResolvers<void>().promise;
      },
      2,
      60_000,
      { reserved: 1, placeOf: (key, turn) => ({ turn, lanes: [key.charAt(0)] }) },
    );
    for (const key of ["a1", "a2", "a3", "b1"]) queue.add(key);
    expect(started).toEqual(["a1", "a2"]);
    queue.add("a3", "ahead");
    queue.add("b1", "ahead");
    expect(started).toEqual(["a1", "a2", "a3"]);
  });

  test("who is forgotten, or waits when all stops, goes ahead no more", async () => {
    const { queue, started, end } = held(1);
    queue.add("a");
    queue.add("gone", "ahead");
    queue.add("later", "ahead");
    queue.addAfter("later", 60_000);
    queue.forget("gone");
    await end();
    expect(started).toEqual(["a", "later"]);
    queue.add("never", "ahead");
    const stopped = queue.stop();
    await end();
    await stopped;
    expect(started).toEqual(["a", "later"]);
  });

  test("keys that are stuck lose their slots, and are still not worked on twice at once", async () => {
    const { queue, started, end } = held(2, 5);
    for (const key of ["stuck", "stuck too", "c"]) queue.add(key);
    queue.add("stuck");
    expect(started).toEqual(["stuck", "stuck too"]);
    await Bun.sleep(20);
    expect(started).toEqual(["stuck", "stuck too", "c"]);
    await end();
    expect(started).toEqual(["stuck", "stuck too", "c", "stuck"]);
  });

  test("the earlier of two times stands", async () => {
    const started: string[] = [];
    const queue = new KeyQueue<string>(async (key) => void started.push(key), 1);
    queue.addAfter("a", 1);
    queue.addAfter("a", 60_000);
    await Bun.sleep(20);
    expect(started).toEqual(["a"]);
    await queue.stop();
  });

  test("stop() waits for what runs and starts nothing more", async () => {
    const { queue, started, end } = held(1);
    queue.add("a");
    queue.add("b");
    const stopped = queue.stop();
    await end();
    await stopped;
    expect(started).toEqual(["a"]);
  });
});
