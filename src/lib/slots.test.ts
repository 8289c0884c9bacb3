import { describe, expect, test } from "bun:test";
import { Slots } from "./slots.ts";

describe("Slots", () => {
  test("lets no more than its count work at once, and everybody in the end", async () => {
    const slots = new Slots(2);
    let working = 0, most = 0;
    await Promise.all(Array.from({ length: 9 }, () => slots.hold(async () => {
      most = Math.max(most, ++working);
      await Promise.resolve();
      working--;
    })));
    expect([most, working]).toEqual([2, 0]);
  });

  test("who gives up waiting leaves the line, and a failed one its slot", async () => {
    const slots = new Slots(1), controller = new AbortController();
    const first = Promise.withResolvers<void>();
    const running = slots.hold(() => first.promise);
    const waiting = slots.hold(async () => "never", controller.signal);
    controller.abort(new Error("not wanted"));
    await expect(waiting).rejects.toThrow("not wanted");
    first.reject(new Error("failed"));
    await expect(running).rejects.toThrow("failed");
    expect(await slots.hold(async () => "free again")).toBe("free again");
  });

  test("who waits for the outside world lends its slot meanwhile", async () => {
    const slots = new Slots(1), done: string[] = [];
    const outside = Promise.withResolvers<void>();
    const first = slots.hold(async () => {
      await slots.without(() => outside.promise);
      done.push("first");
    });
    await slots.hold(async () => void done.push("second"));
    outside.resolve();
    await first;
    expect(done).toEqual(["second", "first"]);
  });
});
