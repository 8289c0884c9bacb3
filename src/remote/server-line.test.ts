import { expect, test } from "bun:test";
import { Failure } from "../core/model/failure.ts";
import { ServerLine } from "./server-line.ts";

const never = new AbortController().signal;
/** A server that answers while it is well, and of which it is known how often it was asked. */
function stand(most = 2) {
  const at = { ms: 0, asked: 0, is: "well" as "well" | "hanging" | "refusing" };
  const line = new ServerLine({
    ...{ most, patienceMs: 20, restMs: 1_000 },
    silent: () => new Failure("render", "store", "backoff", { cannot: "read", why: "it hangs" }),
    now: () => at.ms,
  });
  const ask = (signal = never): Promise<string> =>
    line
      .ask(async (given) => {
        at.asked++;
        if (at.is === "refusing") throw new Error("refused");
        if (at.is === "hanging")
          await new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
        return "answer";
      }, signal)
      .then(undefined, (cause: unknown) => String(cause));
  return { at, ask };
}
const HANGS = expect.stringContaining("it hangs");

test("a server that hangs is waited for once, and those in line and those who come later hear of it", async () => {
  const { at, ask } = stand();
  at.is = "hanging";
  expect(await Promise.all([1, 2, 3, 4, 5].map(() => ask()))).toEqual(Array(5).fill(HANGS));
  expect([await ask(), at.asked]).toEqual([HANGS, 2]);
});

test("after a rest one asks again, alone, and when it is answered everybody is", async () => {
  const { at, ask } = stand(8);
  at.is = "hanging";
  await ask();
  at.ms = 1_000;
  await Promise.all([ask(), ask(), ask()]);
  expect(at.asked).toBe(2);
  at.ms = 2_000;
  at.is = "well";
  expect(await ask()).toBe("answer");
  expect(await Promise.all([ask(), ask()])).toEqual(["answer", "answer"]);
});

test("one that refuses has answered, and who gives up says nothing of the server", async () => {
  const { at, ask } = stand();
  at.is = "refusing";
  expect(await ask()).toContain("refused");
  at.is = "hanging";
  const leaving = new AbortController();
  const left = ask(leaving.signal);
  leaving.abort(new Error("left"));
  expect(await left).toContain("left");
  at.is = "well";
  expect(await ask()).toBe("answer");
});
