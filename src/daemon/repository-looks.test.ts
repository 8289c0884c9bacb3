import { expect, test } from "bun:test";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { ListedRefs } from "../core/ports/git.ts";
import { RepositoryLooks } from "./repository-looks.ts";

const NOTHING: ListedRefs = { head: undefined, branches: [], tags: [] };

/** Servers that answer when they are told to, and a clock that stands until `pass` is called: then nobody waits longer. */
function stand() {
  const asked: string[] = [];
  const ends = new Map<string, () => void>();
  let asker: string | undefined;
  const waits: (() => void)[] = [];
  const looks = new RepositoryLooks(
    {
      git: {
        refs: ({ url }) => {
          asked.push(url);
          const { promise, resolve } = Promise.withResolvers<ListedRefs>();
          ends.set(url, () => resolve(NOTHING));
          return promise;
        },
      },
      artifacts: {
        look: () => {
          throw new Error("no charts here");
        },
      },
      clock: {
        now: () => 0,
        monotonic: () => 0,
        sleep: () => new Promise((resolve) => waits.push(() => resolve())),
      },
      asker: () => asker,
    },
    60_000,
  );
  const pass = async (first = waits.length): Promise<void> => {
    for (const wake of waits.splice(0, first)) wake();
    await turn();
  };
  const prove = (host: string, name: string, by?: string): Promise<string> => {
    asker = by;
    const access: RepositoryAccess = { url: `https://${host}.example.com/${name}` };
    return looks.prove(access).catch(({ message }) => message);
  };
  const end = (host: string, name: string) => ends.get(`https://${host}.example.com/${name}`)?.();
  return { asked, looks, prove, end, pass };
}
/** What was asked is on its way. */
const turn = () => Bun.sleep(0);
const numbers = (count: number) => Array.from({ length: count }, (_, at) => `${at}`);

test("a look that nobody waits for any more gives its place away, and its host is asked no more until some of it ends", async () => {
  const { asked, prove, end, pass } = stand();
  const all = numbers(4).map((name) => prove("drips", name));
  await turn();
  await pass();
  const stuck = await Promise.all(all);
  expect(stuck.filter((why) => why.includes("its answer did not end"))).toHaveLength(4);
  expect(await prove("drips", "next")).toContain("2 questions to its host have not ended");
  expect(asked).toHaveLength(4);
  const others = numbers(8).map((name) => prove(`good-${name}`, "x"));
  await turn();
  for (const name of numbers(8)) end(`good-${name}`, "x");
  expect(await Promise.all(others)).toEqual(others.map(() => "no commit yet, 0 branches, 0 tags"));
  for (const name of numbers(3)) end("drips", name);
  await turn();
  const again = prove("drips", "again");
  await turn();
  end("drips", "again");
  expect(await again).toContain("no commit yet");
});

test("one host has half of the places and no more: others come to their turn past those who wait for it", async () => {
  const { asked, prove, end } = stand();
  const slow = numbers(20).map((name) => prove("drips", name));
  const good = prove("good", "x");
  await turn();
  expect(asked.map((url) => new URL(url).hostname)).toEqual([
    ...numbers(4).map(() => "drips.example.com"),
    "good.example.com",
  ]);
  end("good", "x");
  expect(await good).toContain("no commit yet");
  for (const name of numbers(20)) {
    end("drips", name);
    await turn();
  }
  expect(await Promise.all(slow)).toHaveLength(20);
});

test("a host is one whichever path its repositories have, also where ssh writes it without a scheme", async () => {
  const { asked, looks } = stand();
  const byPath = numbers(6).map((team) => `git@drips.example.com:${team}/x.git`);
  const all = [...byPath, "DRIPS.example.com:team/x.git", "https://good.example.com:8443/x"];
  for (const url of all) void looks.prove({ url }).catch(() => undefined);
  await turn();
  expect(asked).toEqual([...byPath.slice(0, 4), "https://good.example.com:8443/x"]);
});

test("whoever asks many dripping hosts waits for itself, and a list of everybody's repositories is nobody's share", async () => {
  const { asked, looks, prove, end } = stand();
  const all = numbers(10).map((name) => prove(`drips-${name}`, "x", "mallory"));
  await turn();
  expect(asked).toHaveLength(6);
  const ann = prove("good", "x", "ann");
  await turn();
  expect(asked.at(-1)).toBe("https://good.example.com/x");
  end("good", "x");
  expect(await ann).toContain("no commit yet");
  for (const name of numbers(10)) {
    end(`drips-${name}`, "x");
    await turn();
  }
  expect(await Promise.all(all)).toHaveLength(10);

  const late = stand();
  const stuck = numbers(4).map((name) => late.prove(`drips-${name}`, "x", "mallory"));
  await turn();
  await late.pass();
  await Promise.all(stuck);
  expect(await late.prove("another", "x", "mallory")).toContain("4 questions of yours");
  const listed = late.looks.look({ url: "https://listed.example.com/x" }, "known");
  await turn();
  late.end("listed", "x");
  expect(await listed).toMatchObject({ is: "answers" });
  expect(looks).toBeInstanceOf(RepositoryLooks);
});

test("whoever waits in line behind what is late is told so, and not asked", async () => {
  const { asked, looks, prove, pass } = stand();
  const waiting = numbers(8).map((name) => prove("drips", name));
  await turn();
  await pass(4);
  const all = await Promise.all(waiting.toSpliced(4, 1));
  expect(all.slice(4).every((why) => why.includes("2 questions to its host have not ended"))).toBe(true);
  expect(await looks.refs({ url: "https://drips.example.com/6" }).catch(({ why }) => why)).toContain(
    "2 questions to its host",
  );
  // The first that was late gave its place to the fifth.
  expect(asked).toHaveLength(5);
});
