import { expect, test } from "bun:test";
import type { ListedRefs } from "../core/ports/git.ts";
import { RepositoryLooks } from "./repository-looks.ts";

const NOTHING: ListedRefs = { head: undefined, branches: [], tags: [] };

test("a look that nobody waits for any more has its place until it ends, and who waits in line is told", async () => {
  const asked: string[] = [];
  const ends: (() => void)[] = [];
  const looks = new RepositoryLooks(
    {
      git: {
        refs: ({ url }) => {
          asked.push(url);
          const { promise, resolve } = Promise.withResolvers<ListedRefs>();
          ends.push(() => resolve(NOTHING));
          return promise;
        },
      },
      artifacts: {
        look: () => {
          throw new Error("no charts here");
        },
      },
      clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
    },
    5,
  );
  const prove = (name: string): Promise<string> =>
    looks.prove({ url: `https://git.example.com/${name}` }).catch((cause) => cause.message);
  const stuck = await Promise.all(Array.from({ length: 8 }, (_, at) => prove(`${at}`)));
  expect(stuck.filter((why) => why.includes("its answer did not end"))).toHaveLength(8);
  expect(await prove("ninth")).toContain("8 others are asked");
  expect(await looks.refs({ url: "https://git.example.com/tenth" }).catch(({ why }) => why)).toContain(
    "8 others are asked",
  );
  expect(asked).toHaveLength(8);
  ends[0]?.();
  await prove("next");
  expect(asked.at(-1)).toBe("https://git.example.com/next");
});
