import { describe, expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { Ambient } from "./ambient.ts";
import { KeyQueue } from "./key-queue.ts";

describe("Ambient", () => {
  test("is what the work around it says, across awaits, and for two at once each its own", async () => {
    const ambient = new Ambient<string>();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const one = ambient.during("one", async () => {
      await first.promise;
      second.resolve();
      return ambient.now();
    });
    const two = ambient.during("two", async () => {
      first.resolve();
      await second.promise;
      return ambient.now();
    });
    expect([await one, await two, ambient.now()]).toEqual(["one", "two", undefined]);
  });

  test("ends with the work: what it left behind is told nothing, whether it went well or not", async () => {
    const ambient = new Ambient<string>();
    const goOn = Promise.withResolvers<void>();
    const left: Promise<string | undefined>[] = [];
    const leave = (): void => void left.push(goOn.promise.then(() => ambient.now()));
    await ambient.during("one", leave);
    const failed = ambient.during("two", async () => {
      leave();
      throw new Error("it failed");
    });
    expect(await endingOf(failed)).toThrow("it failed");
    goOn.resolve();
    expect(await Promise.all(left)).toEqual([undefined, undefined]);
  });

  test("does not come along with a key into a queue", async () => {
    const ambient = new Ambient<string>();
    const worked = Promise.withResolvers<string | undefined>();
    const queue = new KeyQueue<string>(async () => worked.resolve(ambient.now()), 1);
    await ambient.during("who added it", async () => {
      queue.add("key");
      expect(await worked.promise).toBeUndefined();
    });
    await queue.stop();
  });
});
