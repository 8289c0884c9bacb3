import { describe, expect, test } from "bun:test";
import { type Announced, PushAllowance } from "./push-allowance.ts";

const A = "git.example.com/a",
  B = "git.example.com/b";

/** Time that goes on when the test says so. */
function allowance() {
  let now = 0;
  const sleepers: { at: number; wake: () => void; fail: (cause: unknown) => void }[] = [];
  const looked: string[] = [];
  const meant: Announced[] = [];
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
      return [A, B].flatMap((url) => {
        const announced = places.get(url);
        if (announced === undefined) return [];
        meant.push(announced);
        return [[url, announced.by] as const];
      });
    },
    (url) => void looked.push(`${url} at ${now}`),
  );
  return {
    it,
    looked,
    meant,
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

  test("by whom nobody knows ask it once in ten seconds, and take nothing from who is known", async () => {
    const { it, looked, pass } = allowance();
    for (let hook = 0; hook < 10_000; hook++) {
      it.announce([A], "anybody");
      await pass(1);
    }
    expect(looked).toEqual([`${A} at 0`, `${A} at 10000`]);
    looked.length = 0;
    await pass(100);
    it.announce([A], "known");
    expect(looked).toEqual([`${A} at 10100`]);
  });

  test("say which refs were pushed, until there are too many, or one says none", async () => {
    const { it, meant, pass } = allowance();
    const ref = (name: string) => ({ name, head: "is not" }) as const;
    it.announce([A], "known", ref("a"));
    it.announce([A], "anybody", ref("b"));
    it.announce([A], "known", ref("c"));
    await pass(100);
    it.announce([A], "anybody", ref("d"));
    it.announce([A], "anybody");
    await pass(100);
    for (let at = 0; at < 100; at++) it.announce([A], "anybody", ref(`x${at}`));
    await pass(100);
    expect(meant).toEqual([
      { refs: [ref("a")], by: "known" },
      { refs: [ref("b"), ref("c")], by: "known" },
      { refs: "any", by: "anybody" },
      { refs: "any", by: "anybody" },
    ]);
  });

  test("of a thousand places by whom nobody knows leave room for one that is known", async () => {
    const { it, looked, pass } = allowance();
    it.announce(["x"], "anybody");
    for (let at = 0; at < 5_000; at++) it.announce([`nobody.example.com/${at}`], "anybody");
    it.announce([A], "anybody");
    it.announce([B], "known");
    await pass(100);
    expect(looked).toEqual([`${B} at 100`]);
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
