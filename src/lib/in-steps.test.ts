import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { atOnce, inSlices, pauses } from "./in-steps.ts";
import { parseYamlInSteps } from "./yaml.ts";

function* counting(to: number, done: number[] = []): Generator<undefined, number> {
  for (let at = 0; at < to; at++) {
    done.push(at);
    yield;
  }
  return to;
}

test("atOnce() ends with what the computation returns, or throws", () => {
  expect(atOnce(counting(5))).toBe(5);
  const failing = function* (): Generator<undefined, never> {
    yield;
    throw new Error("broken");
  };
  expect(() => atOnce(failing())).toThrow("broken");
});

describe("inSlices()", () => {
  test("lets what waits go first after every slice", async () => {
    const done: number[] = [];
    const seen: number[] = [];
    let goesOn = true;
    const look = (): void => {
      seen.push(done.length);
      if (goesOn) setImmediate(look);
    };
    setImmediate(look);
    expect(await inSlices(counting(200, done), { sliceMs: 0 })).toBe(200);
    goesOn = false;
    expect(seen.some((count) => count > 0 && count < 200)).toBe(true);
  });

  test("ends where the signal is aborted", async () => {
    const done: number[] = [];
    const stop = new AbortController();
    const work = inSlices(counting(1_000_000, done), { sliceMs: 0, signal: stop.signal });
    stop.abort(new Error("not wanted any more"));
    expect(await endingOf(work)).toThrow("not wanted any more");
    expect(done.length).toBeLessThan(1_000_000);
  });
});

test("of many that work in slices at once, one goes on in a turn of the event loop, and each of them comes to its end", async () => {
  let [inATurn, most, over] = [0, 0, 0];
  const work = async (): Promise<void> => {
    const pause = pauses(0);
    for (let at = 0; at < 5; at++) {
      await pause();
      inATurn++;
      most = Math.max(most, inATurn);
    }
    over++;
  };
  const all = Promise.all(Array.from({ length: 20 }, work));
  // What else waits has a turn between any two of them.
  while (over < 20) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    inATurn = 0;
  }
  await all;
  expect(most).toBeLessThanOrEqual(2);
});

describe("long texts are read in steps that are short, on both roads", () => {
  const keys = (first: string, length: number) =>
    `a: ${first}\n${Array.from({ length }, (_, key) => `  k${key}: {x: [1, "b"]}`).join("\n")}\n`;
  test.each<{ name: string; text: string; least: number }>([
    { name: "the fast road", text: keys("", 30_000), least: 60 },
    { name: "the slow road", text: keys("&a", 2_000), least: 10 },
    { name: "one line", text: `a: [${"{x: 1}, ".repeat(30_000)}]\n`, least: 60 },
    { name: "many documents", text: "a: 1\n---\n".repeat(5_000), least: 5_000 },
    { name: "nothing but separators", text: "---\n".repeat(100_000), least: 10_000 },
  ])("$name", ({ text, least }) => {
    let steps = 0;
    const reading = parseYamlInSteps(text);
    for (let step = reading.next(); step.done !== true; step = reading.next()) steps++;
    expect(steps).toBeGreaterThan(least);
  });
});
