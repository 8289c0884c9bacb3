import { describe, expect, test } from "bun:test";
import type { AppKey } from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { RefKey } from "../core/model/object-ref.ts";
import { type ExtrasSeen, Memory } from "./memory.ts";

const KEY = "argocd/web" as AppKey;
const recordOf = (name: string): ObjectRecord => ({
  key: `/ConfigMap/shop/${name}` as RefKey,
  uid: "",
});

/** @param lost receives what the memory wants to be told where it is lost */
function memoryOn(written: string[][], lost: (() => void)[] = []): Memory {
  return new Memory(KEY, {
    records: () => [],
    putRecords: (_app, records) => void written.push(records.map(({ key }) => key)),
    deleteRecords: () => undefined,
    soon(work, told) {
      if (told !== undefined) lost.push(told);
      return work();
    },
  });
}

describe("what a look taught", () => {
  test("is written again with the next write where it did not come to the disk", () => {
    const written: string[][] = [];
    const lost: (() => void)[] = [];
    const memory = memoryOn(written, lost);
    memory.learnt([recordOf("a"), recordOf("b")]);
    expect([...memory.records.keys()]).toEqual([recordOf("a").key, recordOf("b").key]);
    memory.write();
    expect(written).toEqual([[recordOf("a").key, recordOf("b").key]]);
    // What is known of it by now is on disk, or is another record.
    memory.keep([recordOf("b")]);
    for (const tell of lost) tell();
    memory.write();
    expect(written.slice(2)).toEqual([[recordOf("a").key]]);
  });
});

describe("what is kept soon", () => {
  test("is known at once, and written once", () => {
    const written: string[][] = [];
    const memory = memoryOn(written);
    memory.keepSoon(recordOf("a"));
    memory.keepSoon(recordOf("b"));
    expect([...memory.records.keys()]).toEqual([recordOf("a").key, recordOf("b").key]);
    expect(written).toEqual([]);
    memory.writeIn((put) => put());
    memory.write();
    expect(written).toEqual([[recordOf("a").key, recordOf("b").key]]);
  });

  test("stays to be written where the transaction around it was rolled back", () => {
    const written: string[][] = [];
    const memory = memoryOn(written);
    memory.keepSoon(recordOf("a"));
    expect(() =>
      memory.writeIn((put) => {
        put();
        throw new Error("disk full");
      }),
    ).toThrow("disk full");
    written.length = 0;
    memory.write();
    expect(written).toEqual([[recordOf("a").key]]);
  });

  test("has the rest of a transaction written also where nothing was kept", () => {
    const written: string[][] = [];
    let rest = "not written";
    memoryOn(written).writeIn((put) => {
      put();
      rest = "written";
    });
    expect({ written, rest }).toEqual({ written: [], rest: "written" });
  });
});

describe("since when something is to be pruned", () => {
  const keys = (...names: string[]): ReadonlySet<RefKey> => new Set(names.map((name) => recordOf(name).key));
  const at = (since: string, present = 1): ExtrasSeen => ({ since, present });

  test("is when all of it was seen first, by what Git wants now", () => {
    const memory = memoryOn([]);
    expect(memory.extrasSeen(keys("a"), "one")).toBeUndefined();
    memory.sawExtras(keys("a", "b"), "one", at("10:00"));
    memory.sawExtras(keys("a"), "one", at("10:05"));
    expect(memory.extrasSeen(keys("a"), "one")?.since).toBe("10:00");
  });

  test("what was there then is remembered with it, whatever is made since", () => {
    const memory = memoryOn([]);
    memory.sawExtras(keys("a", "b"), "one", at("10:00", 1));
    memory.sawExtras(keys("a", "b"), "one", at("10:05", 9));
    expect(memory.extrasSeen(keys("b"), "one")?.present).toBe(1);
    memory.sawExtras(keys("a", "b"), "two", at("10:10", 9));
    expect(memory.extrasSeen(keys("b"), "two")?.present).toBe(9);
  });

  test("is another time where something was added, or Git wants something else", () => {
    const memory = memoryOn([]);
    memory.sawExtras(keys("a"), "one", at("10:00"));
    expect(memory.extrasSeen(keys("a", "b"), "one")).toBeUndefined();
    expect(memory.extrasSeen(keys("a"), "two")).toBeUndefined();
    memory.sawExtras(keys("a"), "two", at("10:05"));
    expect(memory.extrasSeen(keys("a"), "two")?.since).toBe("10:05");
    memory.sawExtras(keys("a", "b"), "two", at("10:10"));
    expect(memory.extrasSeen(keys("a"), "two")?.since).toBe("10:10");
  });

  test("is forgotten when nothing is left of it: what comes back is news", () => {
    const memory = memoryOn([]);
    memory.sawExtras(keys("a"), "one", at("10:00"));
    memory.sawExtras(keys(), "one", at("10:05"));
    memory.sawExtras(keys("a"), "one", at("10:10"));
    expect(memory.extrasSeen(keys("a"), "one")?.since).toBe("10:10");
  });
});
