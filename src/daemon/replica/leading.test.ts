import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rejectionOf } from "../../../test/lib/ending-of.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { SharedRows } from "../../../test/lib/shared-rows.ts";
import { Failure } from "../../core/model/failure.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { WritesUnderWay } from "../../replicas/writes-under-way.ts";
import { type FolderLock, lockFolder } from "../../store/folder-lock.ts";
import { type Leading, leadingWith } from "./leading.ts";

let folder: string, lock: FolderLock, shared: SharedRows, leading: Leading;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-leading-"));
  lock = lockFolder(folder);
  shared = new SharedRows();
  leading = leadingWith({
    ...{ folder, lock, hold: await shared.take(), at: shared.at, clock: systemClock, log: recordingLog() },
    fence: { mayWrite: () => undefined, signal: new AbortController().signal },
    peers: { arrivalOf: (inner) => inner, guard: (api) => api },
    writes: new WritesUnderWay(systemClock),
    superseded: () => undefined,
    giveUpAddress: () => undefined,
  });
});
afterEach(() => {
  lock.release();
  rmSync(folder, { recursive: true, force: true });
});

const factsShared = (): unknown[] =>
  [...shared.kept.values()].flatMap(({ table, row }) => (table === "facts" ? [row?.["value"]] : [])).sort();
const refusalOf = (open: () => unknown): Failure => {
  try {
    open();
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error("it was opened");
};
const outage = {
  throws: new Failure("store", "rows in memory", "backoff", { cannot: "keep", why: "it is away" }),
};

test("a store that was closed whole is opened again, and what is written to it is kept as before", async () => {
  const first = leading.openStore({});
  first.putValue("a", "1");
  await leading.closing();
  first.close();
  const second = leading.openStore({});
  expect(second.value("a")).toBe("1");
  second.putValue("b", "2");
  await leading.kept();
  expect([factsShared(), second.condition()]).toEqual([["1", "2"], { is: "sound" }]);
  await leading.closing();
  second.close();
});

test("one that is still open is not opened beside itself", async () => {
  const store = leading.openStore({});
  expect(refusalOf(() => leading.openStore({})).cannot).toBe("open the store once more");
  await leading.closing();
  expect(refusalOf(() => leading.openStore({})).code).toBe("store");
  store.close();
});

test("one that holds what is not kept is not opened again: nobody would carry that, and what is shared would be another", async () => {
  const first = leading.openStore({});
  first.putValue("a", "1");
  await leading.kept();
  shared.trouble = () => ({ ...outage, when: "before" });
  first.putValue("a", "2");
  await leading.closing();
  first.close();
  shared.trouble = undefined;
  const refused = refusalOf(() => leading.openStore({}));
  expect([refused.code, refused.why]).toEqual([
    "store",
    "what was written there last is not known to be in rows in memory",
  ]);
  expect(await rejectionOf(leading.kept())).toBeInstanceOf(Failure);
  expect(factsShared()).toEqual(["1"]);
});

test("what is written after the last push counts as not kept", async () => {
  const first = leading.openStore({});
  await leading.closing();
  first.putValue("late", "1");
  first.close();
  expect(refusalOf(() => leading.openStore({})).code).toBe("store");
});

test("what is counted in memory until it is closed is carried too, and is written down but once", async () => {
  const first = leading.openStore({});
  const at = new Date().toISOString();
  const refused = {
    at,
    actor: "anonymous",
    action: "sign-in",
    details: {},
    outcome: { is: "refused" },
  } as const;
  const tell = (): void => first.attempt({ ...refused, outcome: { is: "refused", why: "no" } } as never);
  for (let times = 0; times < 3; times += 1) tell();
  await leading.closing();
  first.close();
  const second = leading.openStore({});
  const entries = second.activity({ order: "oldest-first", limit: 10 });
  expect(entries.map(({ count = 1 }) => count)).toEqual([1, 2]);
  const shown = [...shared.kept.values()].filter(({ table }) => table === "activity");
  expect(shown).toHaveLength(2);
  await leading.closing();
  second.close();
});
