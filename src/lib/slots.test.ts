import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { Slots } from "./slots.ts";

/** Work that ends when the test says so. */
function held(slots: Slots, names: string[], signal?: AbortSignal) {
  const started: string[] = [],
    ends = new Map<string, () => void>();
  const done = names.map((name) =>
    slots.hold(() => {
      started.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }, signal),
  );
  const end = async (name: string) => {
    ends.get(name)?.();
    await Bun.sleep(0);
  };
  return { started, end, done };
}

describe("Slots", () => {
  test("as many run as there are slots; the next one starts when one ends, in order", async () => {
    const { started, end } = held(new Slots(2), ["a", "b", "c", "d"]);
    await Bun.sleep(0);
    expect(started).toEqual(["a", "b"]);
    await end("b");
    expect(started).toEqual(["a", "b", "c"]);
    await end("a");
    expect(started).toEqual(["a", "b", "c", "d"]);
  });

  test("who fails gives its slot back", async () => {
    const slots = new Slots(1);
    expect(await endingOf(slots.hold(() => Promise.reject(new Error("failed"))))).toThrow("failed");
    expect(await slots.hold(async () => "next")).toBe("next");
  });

  test("who waits for the outside world lends its slot, and has one again afterwards", async () => {
    const slots = new Slots(1);
    const answered = Promise.withResolvers<void>(),
      steps: string[] = [];
    const first = slots.hold(async (slot) => {
      await slot.without(() => answered.promise);
      steps.push("first goes on");
    });
    const second = slots.hold(async () => {
      steps.push("second runs");
      answered.resolve();
      await Bun.sleep(5);
      steps.push("second ends");
    });
    await Promise.all([first, second]);
    expect(steps).toEqual(["second runs", "second ends", "first goes on"]);
    // Nothing was given back twice.
    const { started } = held(slots, ["a", "b"]);
    await Bun.sleep(0);
    expect(started).toEqual(["a"]);
  });

  test("several of one piece of work that wait at once lend one slot, and take one again together", async () => {
    const slots = new Slots(1);
    const ends = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const steps: string[] = [];
    const whole = slots.hold(async (slot) => {
      await Promise.all(
        ends.map(async ({ promise }, at) => {
          await slot.without(() => promise);
          steps.push(`part ${at}`);
          await slot.without(() => Bun.sleep(1));
        }),
      );
      steps.push("whole");
    });
    for (const { resolve } of ends) {
      resolve();
      await Bun.sleep(3);
    }
    await whole;
    expect(steps.toSorted()).toEqual(["part 0", "part 1", "part 2", "part 3", "whole"]);
    const { started } = held(slots, ["a", "b"]);
    await Bun.sleep(0);
    expect(started).toEqual(["a"]);
  });

  test("who is stuck loses its slot, and giving it back later makes no second one of it", async () => {
    const slots = new Slots(1, 5);
    const { started, end } = held(slots, ["stuck", "next"]);
    await Bun.sleep(20);
    expect(started).toEqual(["stuck", "next"]);
    await end("stuck");
    await end("next");
    const others = new Slots(1, 5);
    const again = held(others, ["a"]);
    await Bun.sleep(20);
    await again.end("a");
    const { started: after } = held(others, ["b", "c"]);
    await Bun.sleep(0);
    expect(after).toEqual(["b"]);
  });

  test("the wait for a slot can be given up, and the slot goes to the next", async () => {
    const slots = new Slots(1);
    const first = held(slots, ["a"]);
    const ended = new AbortController();
    const second = held(slots, ["b"], ended.signal);
    const third = held(slots, ["c"]);
    ended.abort(new Error("terminated"));
    expect(await endingOf(second.done[0])).toThrow("terminated");
    await first.end("a");
    expect([second.started, third.started]).toEqual([[], ["c"]]);
  });

  test("who goes ahead has slots of its own, and one that is taken again stays one of these", async () => {
    const slots = new Slots(1, undefined, 1);
    const outside = Promise.withResolvers<void>(),
      steps: string[] = [];
    const { started, end } = held(slots, ["mass", "waits"]);
    const heal = (name: string) =>
      slots.hold(
        async (slot) => {
          steps.push(name);
          await slot.without(() => outside.promise);
          steps.push(`${name} goes on`);
        },
        undefined,
        { turn: "ahead", lanes: [] },
      );
    const healed = [heal("first"), heal("second")];
    await Bun.sleep(0);
    expect([started, steps]).toEqual([["mass"], ["first", "second"]]);
    outside.resolve();
    await Promise.all(healed);
    await end("mass");
    expect(started).toEqual(["mass", "waits"]);
  });

  test("who is raised while it waits is next; a place that nobody waits with is nobody's", async () => {
    const slots = new Slots(1);
    const { started, end } = held(slots, ["a", "b", "c"]);
    const place = { turn: "in-line", lanes: ["x"] } as const;
    const last = slots.hold(async () => void started.push("raised"), undefined, place);
    await Bun.sleep(0);
    slots.raise({ ...place }, "soon");
    slots.raise(place, "soon");
    await end("a");
    await last;
    expect(started).toEqual(["a", "raised", "b"]);
    slots.raise(place, "ahead");
    await end("b");
    expect(started).toEqual(["a", "raised", "b", "c"]);
  });
});
