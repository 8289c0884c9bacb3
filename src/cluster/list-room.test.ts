import { expect, test } from "bun:test";
import { endingOf } from "../../test/lib/ending-of.ts";
import { ListRoom } from "./list-room.ts";

/** Counts who is inside, and how many there were at most. */
function gauge() {
  let [now, most] = [0, 0];
  return {
    most: () => most,
    async during<T>(work: () => Promise<T>): Promise<T> {
      most = Math.max(most, ++now);
      try {
        return await work();
      } finally {
        now--;
      }
    },
  };
}

test("of many pages some are asked for at once, and fewer are taken in; all of them come to their end", async () => {
  const room = new ListRoom({ asked: 4, patienceMs: 60_000, takenIn: 2 });
  const [asked, takenIn] = [gauge(), gauge()];
  const pages = Array.from({ length: 20 }, (_, at) =>
    room.page(
      () => asked.during(() => Bun.sleep(1).then(() => at)),
      (page) => takenIn.during(() => Bun.sleep(2).then(() => page)),
    ),
  );
  expect(await Promise.all(pages)).toEqual(Array.from({ length: 20 }, (_, at) => at));
  expect([asked.most(), takenIn.most()]).toEqual([4, 2]);
});

test("pages of a cluster that never answers keep those of the others from nothing", async () => {
  const room = new ListRoom({ asked: 2, patienceMs: 5, takenIn: 1 });
  const never = new Promise<never>(() => undefined);
  for (let at = 0; at < 5; at++)
    void room.page(
      () => never,
      async () => undefined,
    );
  const page = room.page(
    async () => "said",
    async (answer) => answer,
  );
  expect(await page).toBe("said");
});

test("a page that cannot be asked for, or taken in, leaves its place to the next", async () => {
  const room = new ListRoom({ asked: 1, patienceMs: 60_000, takenIn: 1 });
  const failing = (): Promise<never> => Promise.reject(new Error("cut"));
  const page = (ask: () => Promise<string>, takeIn: (answer: string) => Promise<string>) =>
    endingOf(room.page(ask, takeIn));
  const said = async (): Promise<string> => "said";
  expect(await page(failing, said)).toThrow("cut");
  expect(await page(said, failing)).toThrow("cut");
  expect(await room.page(said, async (answer) => answer)).toBe("said");
});
