import { describe, expect, test } from "bun:test";
import { Inbox } from "./inbox.ts";
import type { Look } from "./target/target.ts";

const isDone = async (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), Bun.sleep(0).then(() => false)]);

describe("need()", () => {
  const looks: Look[] = ["nothing", "known", "latest", "hard"];
  test.each(
    looks.flatMap((had) =>
      looks.map((asked) => ({
        had,
        asked,
        then: looks[Math.max(looks.indexOf(had), looks.indexOf(asked))] as Look,
      })),
    ),
  )("after $had, $asked asks for $then", ({ had, asked, then }) => {
    const it = new Inbox();
    it.take();
    it.need(had, 0);
    it.need(asked, 0);
    expect(it.look).toBe(then);
  });

  test("the latest asking counts, and looks that ask Git nothing do not", () => {
    const it = new Inbox();
    it.need("latest", 5);
    it.need("known", 9);
    it.need("hard", 3);
    expect(it.take().since).toBe(5);
    it.need("hard", 7);
    expect(it.take().since).toBe(7);
  });
});

describe("nextPass()", () => {
  test("is over when a pass has ended that began after the asking", async () => {
    const it = new Inbox();
    const endEarlier = it.take().answer;
    const asked = it.nextPass();
    endEarlier();
    expect(await isDone(asked)).toBe(false);
    const end = it.take().answer;
    expect(await isDone(asked)).toBe(false);
    end();
    expect(await isDone(asked)).toBe(true);
  });

  test("everybody who asked is answered, once", async () => {
    const it = new Inbox();
    const asked = [it.nextPass(), it.nextPass()];
    it.take().answer();
    expect(await isDone(Promise.all(asked))).toBe(true);
    expect(await isDone(it.nextPass())).toBe(false);
  });
});

describe("isAskedAnew", () => {
  test("is for a look that somebody asked for, until it has ended", () => {
    const it = new Inbox();
    expect(it.isAskedAnew).toBe(true);
    const first = it.take();
    expect(it.isAskedAnew).toBe(true);
    first.answer();
    expect(it.isAskedAnew).toBe(false);
  });

  test("is not for what a look did not get done, unless somebody asks for anything meanwhile", () => {
    const it = new Inbox();
    const first = it.take();
    it.stillNeed(first.look, first.since);
    first.answer();
    expect([it.look, it.isLooking, it.isAskedAnew]).toEqual(["latest", true, false]);
    const second = it.take();
    expect(it.isAskedAnew).toBe(false);
    it.stillNeed(second.look, second.since);
    second.answer();
    it.need("nothing", 0);
    expect([it.look, it.isAskedAnew]).toEqual(["latest", true]);
  });

  test("is not where no look is due", () => {
    const it = new Inbox();
    it.take().answer();
    it.need("nothing", 0);
    expect([it.isLooking, it.isAskedAnew]).toEqual([false, false]);
  });
});
