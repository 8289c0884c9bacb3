import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { application, record, state, storeConformance } from "../../../test/conformance/store.ts";
import { rejectionOf } from "../../../test/lib/ending-of.ts";
import { appKey } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Cell, RowChange } from "../../core/ports/shared-store.ts";
import type { Store } from "../../core/ports/store.ts";
import { messageOf } from "../../lib/caught.ts";
import { MIGRATIONS, migrate } from "../migrations.ts";
import { type OpenStore, openStore } from "../open-store.ts";
import { ChangedRows } from "./changed-rows.ts";
import { fillStore } from "./fill-store.ts";

const dir = mkdtempSync(join(tmpdir(), "holdfast-changed-rows-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
const folder = (): string => join(dir, `store-${++folders}`);

const nameOf = ({ table, key }: RowChange): string => JSON.stringify([table, key]);
const byName = (rows: Iterable<RowChange>): [string, RowChange["row"]][] =>
  [...rows]
    .map((one) => [nameOf(one), one.row] as [string, RowChange["row"]])
    .sort(([a], [b]) => (a < b ? -1 : 1));

/** What was noted, put together as another place would have it. */
class Copy {
  readonly rows = new Map<string, RowChange>();
  constructor(private readonly changes: ChangedRows) {}
  look(): void {
    for (const one of this.changes.take()) {
      if (one.row === undefined) this.rows.delete(nameOf(one));
      else this.rows.set(nameOf(one), one);
    }
  }
}

async function* inParts(rows: readonly RowChange[]): AsyncGenerator<readonly RowChange[]> {
  for (let at = 0; at < rows.length; at += 3) yield rows.slice(at, at + 3);
}

/** Every table of a store, as it stands in its file. */
function dump(at: string): Record<string, unknown[]> {
  const database = new Database(join(at, "holdfast.db"), { readonly: true });
  try {
    const names = database
      .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return Object.fromEntries(
      names.map(({ name }) => [name, database.query(`SELECT * FROM "${name}" ORDER BY 1, 2`).all()]),
    );
  } finally {
    database.close();
  }
}

/** Looked at after each call that is not within a transaction, and held against the store when that is closed. */
function copied(store: OpenStore, copy: Copy, changes: ChangedRows): Store {
  let depth = 0;
  return new Proxy<Store>(store, {
    get(target, name) {
      if (name === "close")
        return () => {
          copy.look();
          expect(byName(copy.rows.values())).toEqual(byName(changes.all()));
          store.close();
        };
      const found = Reflect.get(target, name) as unknown;
      if (typeof found !== "function") return found;
      return (...args: unknown[]) => {
        depth += 1;
        try {
          return found.apply(target, args);
        } finally {
          depth -= 1;
          if (depth === 0) copy.look();
        }
      };
    },
  });
}

describe("after everything that a store does", () => {
  storeConformance("whose rows are noted", () => {
    const at = folder();
    const store = openStore(at);
    const changes = store.noteChanges();
    const copy = new Copy(changes);
    for (const one of changes.all()) copy.rows.set(nameOf(one), one);
    return { store: copied(store, copy, changes), remove: () => undefined };
  });
});

test("a row that is put back by a rollback is not noted, and one of a transaction is noted once it is kept", () => {
  const store = openStore(folder());
  const changes = store.noteChanges();
  expect(() =>
    store.atomically(() => {
      store.putApplication(application("argocd", "web"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(changes.any()).toBe(false);
  store.atomically(() => {
    store.putApplication(application("argocd", "web"));
    expect(() => changes.take()).toThrow("a transaction is open");
  });
  expect(changes.any()).toBe(true);
  expect(changes.take().filter(({ table }) => table === "applications")).toHaveLength(1);
  expect(changes.any()).toBe(false);
  expect(changes.take()).toEqual([]);
  store.close();
});

test("a store made of what was noted is the same file to whoever opens it, and numbers are not given twice", async () => {
  const at = folder();
  const store = openStore(at);
  const changes = store.noteChanges();
  const WEB = appKey("argocd", "web");
  store.putApplication(application("argocd", "web"));
  store.putStates([{ key: WEB, uid: "1" }]);
  store.putRecords(WEB, [record("web"), record("api")]);
  store.putValue("seen", "yes");
  const run = store.startRun({ app: WEB, cause: "manual", state: state("Running") });
  store.updateRun(run, state("Succeeded"));
  for (let n = 0; n < 12; n += 1)
    store.audit({ at: `2026-11-30T00:00:${10 + n}Z`, actor: "ann", action: "sync", app: WEB, details: {} });
  const rows = changes.all();
  store.close();
  const other = folder();
  // In an order that no table was written in.
  await fillStore(other, MIGRATIONS.length, inParts([...rows].reverse()), "here");
  expect(dump(other)).toEqual(dump(at));
  const next = openStore(other);
  expect(next.startRun({ app: WEB, cause: "manual", state: state("Running") })).toBe(run + 1);
  const number = next.audit({
    at: "2026-11-30T00:01:00Z",
    actor: "ann",
    action: "sync",
    app: WEB,
    details: {},
  });
  expect(number).toBe(13);
  next.close();
});

test("rows of an older schema are brought up when the store is opened; those of a newer one, and of no table of it, are refused by name", async () => {
  const at = folder();
  mkdirSync(at, { recursive: true });
  const old = new Database(join(at, "holdfast.db"), { create: true });
  migrate(old, join(at, "holdfast.db"), MIGRATIONS.slice(0, 1));
  old.run("INSERT INTO applications VALUES ('argocd/web', '{}')");
  old.run(
    "INSERT INTO audits (at, actor, action, details) VALUES ('2026-11-30T00:00:00Z', 'ann', 'sync', '{}')",
  );
  const rows = ["applications", "audits"].flatMap((table): RowChange[] =>
    old
      .query<Record<string, Cell>, []>(`SELECT * FROM ${table}`)
      .all()
      .map((row) => ({ table, key: [Object.values(row)[0] ?? null], row })),
  );
  old.close();
  const other = folder();
  await fillStore(other, 1, inParts(rows), "here");
  const store = openStore(other);
  expect(store.audits({ limit: 10 }).map(({ actor }) => actor)).toEqual(["ann"]);
  store.close();
  const newer = await rejectionOf(
    fillStore(folder(), MIGRATIONS.length + 1, inParts(rows), "PostgreSQL at db"),
  );
  expect(newer).toBeInstanceOf(Failure);
  expect((newer as Failure).message).toContain("PostgreSQL at db");
  expect((newer as Failure).message).toContain("newer Holdfast");
  const strange = await rejectionOf(fillStore(folder(), MIGRATIONS.length, inParts(rows), "here"));
  expect((strange as Failure).message).toContain("rows of audits");
});

test("what is cut under way leaves the store that is there as it was", async () => {
  const at = folder();
  const store = openStore(at);
  store.putValue("seen", "before");
  store.close();
  const cut = async function* (): AsyncGenerator<readonly RowChange[]> {
    yield [{ table: "facts", key: ["seen"], row: { name: "seen", value: "after" } }];
    throw new Error("cut");
  };
  expect(messageOf(await rejectionOf(fillStore(at, MIGRATIONS.length, cut(), "here")))).toBe("cut");
  const again = openStore(at);
  expect(again.value("seen")).toBe("before");
  again.close();
  // What a process left there that ended in the middle is in nobody's way.
  writeFileSync(join(at, "holdfast.db.shared"), "half");
  await fillStore(
    at,
    MIGRATIONS.length,
    inParts([{ table: "facts", key: ["seen"], row: { name: "seen", value: "after" } }]),
    "here",
  );
  const last = openStore(at);
  expect(last.value("seen")).toBe("after");
  last.close();
});

test("a row that gives way to another one of a name is noted as gone", () => {
  const database = new Database(":memory:");
  database.run("CREATE TABLE tokens (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID");
  database.run("INSERT INTO tokens VALUES ('1', 'ci')");
  const changes = new ChangedRows(database);
  database.run("INSERT OR REPLACE INTO tokens VALUES ('2', 'ci')");
  database.run("UPDATE tokens SET id = '3' WHERE id = '2'");
  expect(byName(changes.take())).toEqual([
    ['["tokens",["1"]]', undefined],
    ['["tokens",["2"]]', undefined],
    ['["tokens",["3"]]', { id: "3", name: "ci" }],
  ]);
  database.close();
});

test("what notes is there for good, also where it is made while somebody writes what nothing waits for", () => {
  const store = openStore(folder());
  store.soon(() => store.putValue("seen", "1"));
  const changes = store.noteChanges();
  store.putValue("seen", "2");
  expect(byName(changes.take())).toEqual([['["facts",["seen"]]', { name: "seen", value: "2" }]]);
  store.close();
});
