import { expect, test } from "bun:test";
import { forEach } from "./several.ts";

test("few are asked at once, one that fails stops no other, and what was not begun is not begun after an end", async () => {
  const leave = new AbortController();
  const begun: number[] = [];
  let [running, most] = [0, 0];
  await forEach(
    Array.from({ length: 20 }, (_, at) => at),
    async (at) => {
      begun.push(at);
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      if (at === 3) throw new Error("no");
      if (at === 11) leave.abort();
    },
    leave.signal,
  );
  expect(most).toBe(4);
  expect(begun.length).toBeGreaterThanOrEqual(12);
  expect(begun.length).toBeLessThan(20);
  expect(begun).toEqual(begun.toSorted((a, b) => a - b));
});
