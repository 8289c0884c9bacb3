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
