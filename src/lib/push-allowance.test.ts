import { describe, expect, test } from "bun:test";
import { PushAllowance } from "./push-allowance.ts";

const A = "git.example.com/a",
  B = "git.example.com/b";

/** Time that goes on when the test says so. */
function allowance() {
  let now = 0;
  const sleepers: { at: number; wake: () => void; fail: (cause: unknown) => void }[] = [];
  const looked: string[] = [];
  let askedWhom = 0;
  const clock = {
    monotonic: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((wake, fail) => {
        sleepers.push({ at: now + ms, wake, fail });
        signal?.addEventListener("abort", () => fail(signal.reason));
      }),
  };
  const it = new PushAllowance(
    clock,
    (places) => {
      askedWhom++;
      return [A, B].filter((url) => places.has(url));
    },
    (url) => void looked.push(`${url} at ${now}`),
  );
  return {
    it,
    looked,
    askedWhom: () => askedWhom,
    async pass(ms: number) {
      const end = now + ms;
      for (;;) {
        sleepers.sort((a, b) => a.at - b.at);
        const [next] = sleepers;
        if (next === undefined || next.at > end) break;
        now = next.at;
        sleepers.shift();
        next.wake();
        await Bun.sleep(0);
      }
      now = end;
    },
  };
}

describe("pushes that anybody may announce", () => {
  test("2,000 of them in a second ask the repository three times, and then once in ten seconds", async () => {
    const { it, looked, askedWhom, pass } = allowance();
    for (let second = 0; second < 1_000; second += 10) {
      for (let hook = 0; hook < 20; hook++) it.announce([A, `nobody.example.com/${hook}`]);
      await pass(10);
    }
    expect(looked).toEqual([`${A} at 0`, `${A} at 100`, `${A} at 200`]);
    expect(askedWhom()).toBeLessThanOrEqual(11);
    await pass(60_000);
    // The last one is looked after, and nobody asks after that.
    expect(looked).toHaveLength(4);
    expect(looked.at(-1)).toStartWith(`${A} at 1000`);
  });

  test("for hours ask it once in ten seconds", async () => {
    const { it, looked, pass } = allowance();
    for (let second = 0; second < 600; second++) {
      it.announce([A]);
      await pass(1_000);
    }
    expect(looked.length).toBeGreaterThanOrEqual(60);
    expect(looked.length).toBeLessThanOrEqual(63);
  });

  test("of one repository take nothing from those of another", async () => {
    const { it, looked, pass } = allowance();
    for (let hook = 0; hook < 100; hook++) {
      it.announce([A]);
      await pass(100);
    }
    const before = looked.length;
    it.announce([B]);
    expect(looked.slice(before)).toEqual([`${B} at 10000`]);
  });

  test("are looked after at once again after some quiet", async () => {
    const { it, looked, pass } = allowance();
    for (let hook = 0; hook < 5; hook++) {
      it.announce([A]);
      await pass(100);
    }
    await pass(60_000);
    looked.length = 0;
    it.announce([A]);
    expect(looked).toHaveLength(1);
  });

  test("ask nobody after the stop", async () => {
    const { it, looked, pass } = allowance();
    for (let hook = 0; hook < 5; hook++) {
      it.announce([A]);
      await pass(100);
    }
    it.stop();
    await pass(60_000);
    expect(looked).toHaveLength(3);
  });
});
