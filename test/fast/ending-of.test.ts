/** How a promise ends is waited for without standing in its way. */
import { expect, test } from "bun:test";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what the turn that asks still has to do is done meanwhile", async () => {
  const first = nextTurn();
  // Of the same turn as the first, and after it.
  const second = nextTurn();
  const failing = second.then(() => {
    throw new Error("it came to that");
  });
  await first;
  expect(await endingOf(failing)).toThrow("it came to that");
  const third = nextTurn();
  const fourth = nextTurn();
  await third;
  expect(await rejectionOf(fourth.then(() => Promise.reject({ code: "refused" })))).toEqual({
    code: "refused",
  });
});

test("a promise that is kept throws nothing, and is no rejection", async () => {
  const kept = Promise.resolve({ is: "kept" });
  expect((await endingOf(kept))()).toEqual({ is: "kept" });
  expect(await endingOf(kept)).not.toThrow();
  const asked = await endingOf(rejectionOf(kept));
  expect(asked).toThrow('it was not rejected, and came to {\n  is: "kept",\n}');
});
