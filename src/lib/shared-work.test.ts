import { expect, test } from "bun:test";
import { SharedWork } from "./shared-work.ts";

test("SharedWork aborts what nobody waits for any more, and nothing else", async () => {
  const shared = new SharedWork<string, string>();
  const signals: AbortSignal[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const work = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return promise;
  };
  const [one, two] = [new AbortController(), new AbortController()];
  const first = shared.run("k", one.signal, work).then(undefined, String),
    second = shared.run("k", two.signal, work);
  one.abort("left");
  expect(await first).toBe("left");
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  resolve("done");
  expect(await second).toBe("done");

  const third = new AbortController();
  const alone = shared
    .run("k", third.signal, (signal) => {
      signals.push(signal);
      return new Promise(() => undefined);
    })
    .then(undefined, String);
  third.abort("left too");
  expect(await alone).toBe("left too");
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(await shared.run("k", undefined, () => Promise.resolve("fresh"))).toBe("fresh");
});
