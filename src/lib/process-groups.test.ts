import { expect, test } from "bun:test";
import { ProcessGroups } from "./process-groups.ts";

/** The leader of a group of its own, with as many others as it starts. */
function group(others: number): { pid: number; end(): void } {
  const script = `for i in $(/usr/bin/seq ${others}); do /bin/sleep 60 & done; wait`;
  const { pid } = Bun.spawn(["/bin/sh", "-c", script], { detached: true });
  return { pid, end: () => process.kill(-pid, "SIGKILL") };
}

test.if(process.platform === "linux")(
  "a group that is too large is told of, whenever it became so, and no other",
  async () => {
    const groups = new ProcessGroups();
    const [small, large] = [group(3), group(8)];
    const told: string[] = [];
    const next = (): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = groups.watch(large.pid, 5, () => {
        told.push("large");
        end();
        resolve();
      });
      return promise;
    };
    const endSmall = groups.watch(small.pid, 5, () => told.push("small"));
    try {
      await next();
      const before = told.length;
      // One that was there at an earlier look counts in a later one.
      await next();
      expect(told).toEqual(["large", "large"]);
      expect(before).toBe(1);
    } finally {
      endSmall();
      small.end();
      large.end();
    }
  },
);

test.if(process.platform === "linux")("what has ended is not counted on", async () => {
  const groups = new ProcessGroups();
  const first = group(1);
  const told: number[] = [];
  const end = groups.watch(first.pid, 1, () => told.push(first.pid));
  while (told.length === 0) await Bun.sleep(5);
  end();
  first.end();
  const after = told.length;
  const second = group(1);
  const seen = Promise.withResolvers<void>();
  const endSecond = groups.watch(second.pid, 1, () => seen.resolve());
  await seen.promise;
  endSecond();
  second.end();
  expect(told).toHaveLength(after);
});
