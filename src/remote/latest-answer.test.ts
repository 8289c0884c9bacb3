import { describe, expect, test } from "bun:test";
import { Failure } from "../core/model/failure.ts";
import type { Clock } from "../core/ports/clock.ts";
import { defined } from "../lib/defined.ts";
import { LatestAnswer } from "./latest-answer.ts";

function fixture() {
  let now = 1000;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const pending: { resolve: (value: string) => void; reject: (cause: unknown) => void }[] = [];
  const answers = new LatestAnswer<string>(
    clock,
    () => new Promise((resolve, reject) => pending.push({ resolve, reject })),
    "x",
  );
  const sent = async (count: number): Promise<void> => {
    while (pending.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { answers, pending, sent, at: (ms: number) => void (now = ms) };
}
const failure = (retryAfterMs?: number): Failure =>
  new Failure("git-unreachable", "x", "backoff", {
    cannot: "ask",
    why: "no",
    ...defined({ retryAfterMs }),
  });

describe("LatestAnswer", () => {
  test("who asks while a request is under way gets the next one: its answer may be older than the push", async () => {
    const { answers, pending, sent, at } = fixture();
    const early = answers.latest();
    await sent(1);
    at(1500);
    const late = [answers.latest(), answers.latest()];
    pending[0]?.resolve("old");
    expect(await early).toBe("old");
    await sent(2);
    pending[1]?.resolve("new");
    expect(await Promise.all(late)).toEqual(["new", "new"]);
    expect(pending.length).toBe(2);
  });

  test("asOf joins a request that was sent late enough, and takes an answer that is new enough", async () => {
    const { answers, pending, sent, at } = fixture();
    const first = answers.latest();
    await sent(1);
    at(1500);
    const joined = answers.latest(1000);
    pending[0]?.resolve("one");
    expect(await Promise.all([first, joined, answers.latest(900)])).toEqual(["one", "one", "one"]);
    expect(pending.length).toBe(1);
  });

  test("a failure is shared until its pause is over, and then asked again", async () => {
    const { answers, pending, sent, at } = fixture();
    const first = answers.latest().then(undefined, (cause: unknown) => cause);
    await sent(1);
    pending[0]?.reject(failure());
    expect(await first).toMatchObject({ retryAfterMs: 1000 });
    at(1999);
    expect(await answers.latest().then(undefined, (cause: unknown) => cause)).toMatchObject({
      retryAfterMs: 1000,
    });
    at(2000);
    const second = answers.latest().then(undefined, (cause: unknown) => cause);
    await sent(2);
    pending[1]?.reject(failure(60_000));
    expect(await second).toMatchObject({ retryAfterMs: 60_000 });
    at(61_000);
    expect(await answers.latest().then(undefined, (cause: unknown) => cause)).toMatchObject({
      retryAfterMs: 60_000,
    });
    at(62_000);
    const third = answers.latest();
    await sent(3);
    pending[2]?.resolve("well again");
    expect(await third).toBe("well again");
  });

  test("what was known stays known through failures", async () => {
    const { answers, pending, sent, at } = fixture();
    const first = answers.latest();
    await sent(1);
    pending[0]?.resolve("good");
    await first;
    at(5000);
    const second = answers.latest().then(undefined, (cause: unknown) => cause);
    await sent(2);
    pending[1]?.reject(failure());
    await second;
    expect(answers.known()).toBe("good");
  });
});
