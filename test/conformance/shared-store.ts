/** What each store that replicas share promises. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import {
  type RowChange,
  type SharedStore,
  type SharedStoreHold,
  Superseded,
} from "../../src/core/ports/shared-store.ts";
import { rejectionOf } from "../lib/ending-of.ts";

export interface SharedStoreStand {
  /** Another way to one store, as another process has it. @param name several are kept apart */
  open(name: string): SharedStore;
  stop(): Promise<void>;
}

const row = (key: string, json: unknown): RowChange => ({
  table: "states",
  key: [key],
  row: { key, json: JSON.stringify(json) },
});
const gone = (key: string): RowChange => ({ table: "states", key: [key], row: undefined });

async function rowsOf(hold: SharedStoreHold): Promise<RowChange[]> {
  const all: RowChange[] = [];
  for await (const part of hold.rows()) all.push(...part);
  return all.sort((a, b) => (JSON.stringify([a.table, a.key]) < JSON.stringify([b.table, b.key]) ? -1 : 1));
}

export function sharedStoreSuite(what: string, start: () => Promise<SharedStoreStand>): void {
  describe(what, () => {
    let stand: SharedStoreStand;
    let names = 0;
    const open: SharedStore[] = [];
    beforeAll(async () => {
      stand = await start();
    }, 120_000);
    afterAll(async () => {
      for (const one of open) await one.close();
      await stand?.stop();
    }, 60_000);
    const fresh = (): string => `store-${++names}`;
    const at = (name: string): SharedStore => {
      const one = stand.open(name);
      open.push(one);
      return one;
    };

    test("an empty one has no schema and no rows, and its first hold is its first token", async () => {
      const hold = await at(fresh()).take("a");
      expect({ ...hold, token: hold.token, rows: await rowsOf(hold) }).toMatchObject({ token: 1, rows: [] });
      expect(hold.schema).toBeUndefined();
    });

    test("what is pushed is there for the next one, the newest of each row, and what is gone is gone", async () => {
      const name = fresh();
      const first = await at(name).take("a");
      await first.push({ schema: 3, rows: [row("web", 1), row("api", 1), row("old", 1)] });
      await first.push({ schema: 3, rows: [row("web", 2), gone("old"), gone("never")] });
      const second = await at(name).take("b");
      expect(second.schema).toBe(3);
      expect(second.token).toBeGreaterThan(first.token);
      expect(await rowsOf(second)).toEqual([row("api", 1), row("web", 2)]);
    });

    test("the same change twice is once", async () => {
      const name = fresh();
      const hold = await at(name).take("a");
      const change = { schema: 1, rows: [row("web", 1), gone("x")] };
      await hold.push(change);
      await hold.push(change);
      expect(await rowsOf(await at(name).take("b"))).toEqual([row("web", 1)]);
    });

    test("whoever was replaced writes nothing any more, neither rows nor all of them", async () => {
      const name = fresh();
      const old = await at(name).take("a");
      await old.push({ schema: 1, rows: [row("web", "of the old")] });
      const now = await at(name).take("b");
      expect(await rejectionOf(old.push({ schema: 1, rows: [row("web", "late")] }))).toBeInstanceOf(
        Superseded,
      );
      expect(await rejectionOf(old.replace(1, [row("web", "late")]))).toBeInstanceOf(Superseded);
      await now.push({ schema: 1, rows: [row("api", "of the new")] });
      expect(await rejectionOf(old.push({ schema: 1, rows: [gone("api")] }))).toBeInstanceOf(Superseded);
      expect(await rowsOf(await at(name).take("c"))).toEqual([
        row("api", "of the new"),
        row("web", "of the old"),
      ]);
    });

    test("of many that take it at once each has a token of its own, and the last alone writes", async () => {
      const name = fresh();
      const holds = await Promise.all(["a", "b", "c", "d", "e"].map((holder) => at(name).take(holder)));
      const tokens = holds.map(({ token }) => token);
      expect(new Set(tokens).size).toBe(5);
      const wrote = await Promise.all(
        holds.map((hold) =>
          hold.push({ schema: 1, rows: [row(`of-${hold.token}`, 1)] }).then(
            () => hold.token,
            (cause) => {
              expect(cause).toBeInstanceOf(Superseded);
              return undefined;
            },
          ),
        ),
      );
      expect(wrote.filter((token) => token !== undefined)).toEqual([Math.max(...tokens)]);
    });

    test("all of it is replaced, and a larger schema is told", async () => {
      const name = fresh();
      const hold = await at(name).take("a");
      await hold.push({ schema: 1, rows: [row("web", 1), row("old", 1)] });
      await hold.replace(2, [row("web", 2)]);
      const next = await at(name).take("b");
      expect(next.schema).toBe(2);
      expect(await rowsOf(next)).toEqual([row("web", 2)]);
    });

    test("letters of every kind and rows of a megabyte come back as they were", async () => {
      const name = fresh();
      const hold = await at(name).take("a");
      const awkward = [
        "\u0000",
        "\ud800",
        "'; DROP TABLE x; --",
        "\\u0000",
        "é漢🙂",
        '"',
        "\n",
        "%s $1 ${x}",
      ].map((text, at) => row(`${at}${text}`, text));
      const large = row("large", "x".repeat(1 << 20));
      const numbers: RowChange = {
        table: "runs",
        key: [9_007_199_254_740_991],
        row: { id: 9_007_199_254_740_991, app: "a", none: null, json: "" },
      };
      await hold.push({ schema: 1, rows: [...awkward, large, numbers] });
      const next = await at(name).take("b");
      const found = new Map((await rowsOf(next)).map((one) => [JSON.stringify(one.key), one]));
      for (const one of [...awkward, large, numbers]) expect(found.get(JSON.stringify(one.key))).toEqual(one);
      expect(found.size).toBe(awkward.length + 2);
      await next.push({ schema: 1, rows: awkward.map(({ table, key }) => ({ table, key, row: undefined })) });
      expect((await rowsOf(await at(name).take("c"))).length).toBe(2);
    });

    test("thousands of rows come once each", async () => {
      const name = fresh();
      const hold = await at(name).take("a");
      const many = Array.from({ length: 12_345 }, (_, at) => row(`app-${at}`, { at }));
      await hold.push({ schema: 1, rows: many });
      const seen = await rowsOf(await at(name).take("b"));
      expect(seen.length).toBe(many.length);
      expect(new Set(seen.map(({ key }) => key[0])).size).toBe(many.length);
    });

    test("stores of two names do not meet", async () => {
      const [one, other] = [fresh(), fresh()];
      const mine = await at(one).take("a");
      await mine.push({ schema: 1, rows: [row("web", "mine")] });
      const theirs = await at(other).take("b");
      await theirs.replace(1, [row("web", "theirs")]);
      expect(theirs.token).toBe(1);
      await mine.push({ schema: 1, rows: [] });
      expect(await rowsOf(await at(one).take("c"))).toEqual([row("web", "mine")]);
    });

    test("a failure names where it is, and no password", async () => {
      const store = at(fresh());
      await store.take("a");
      expect(store.at).not.toContain("not-asked");
      await store.close();
      const failed = await rejectionOf(store.take("a"));
      expect(failed).toBeInstanceOf(Failure);
      expect(String((failed as Failure).message)).toContain(store.at);
      expect(String((failed as Failure).message)).not.toContain("not-asked");
    });
  });
}
