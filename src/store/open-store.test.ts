import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kept } from "../../test/conformance/store.ts";
import { appKey } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { refKey } from "../core/model/object-ref.ts";
import type { OperationState } from "../core/model/operation.ts";
import type { Store } from "../core/ports/store.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { openStore, RETENTION, type StoreOptions } from "./open-store.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { StorePresence } from "./store-presence.ts";

const WEB = appKey("argocd", "web");
const run = (phase: OperationState["phase"]) => ({
  app: WEB,
  cause: "manual",
  state: { operation: {}, phase, message: "", startedAt: "" },
});

let folder: string;
let open: Store[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-store-"));
  open = [];
});
afterEach(() => {
  for (const store of open) store.close();
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

function opened(options?: StoreOptions): Store {
  const store = openStore(folder, options);
  open.push(store);
  return store;
}

function reopened(options?: StoreOptions): Store {
  open.pop()?.close();
  return opened(options);
}

/** The Failure that opening the folder ends with. */
function refusal(): Failure {
  try {
    opened();
  } catch (failure) {
    if (failure instanceof Failure) return failure;
    throw failure;
  }
  throw new Error("it opened");
}

describe("openStore()", () => {
  test("makes the folder, readable by its owner alone, and keeps everything over a restart", () => {
    folder = join(folder, "deep", "data");
    const store = opened();
    store.putValue("a", "1");
    store.startRun(run("Running"));
    expect([statSync(folder).mode & 0o777, statSync(join(folder, "holdfast.db")).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    const again = reopened();
    expect([again.value("a"), again.runs({ limit: 5 }).length]).toEqual(["1", 1]);
    folder = join(folder, "..", "..");
  });

  test("refuses a folder that this or another process holds, by the holder's pid, and opens it once that one closed", () => {
    const store = opened();
    const child = Bun.spawnSync([
      process.execPath,
      "-e",
      `
      const { openStore } = await import(${JSON.stringify(import.meta.resolve("./open-store.ts"))});
      try { openStore(${JSON.stringify(folder)}); console.log("opened") } catch (failure) { console.log(failure.code, failure.message) }`,
    ]);
    const sentence = `conflict ${folder}: cannot open the data folder: another Holdfast uses it (pid ${process.pid}). Stop that process first, or give this one another \`data\` folder`;
    expect(child.stdout.toString().trim()).toBe(sentence);
    expect(`conflict ${refusal().message}`).toBe(sentence);
    store.putValue("still", "mine");
    open = [];
    store.close();
    expect(opened().value("still")).toBe("mine");
  });

  test("refuses a store of a newer version and leaves it as it was", () => {
    reopened();
    open.pop()?.close();
    const file = join(folder, "holdfast.db");
    const database = new Database(file);
    database.run(`PRAGMA user_version = ${MIGRATIONS.length + 3}`);
    database.close();
    const before = readFileSync(file);
    expect(refusal().message).toBe(
      `${file}: cannot open the store: it was written by a newer Holdfast (schema ${MIGRATIONS.length + 3}, this one knows ${MIGRATIONS.length}). ` +
        `Start the newer version again; or go back to the copy that it kept: holdfast restore ${join(folder, "before-upgrade", `schema-${MIGRATIONS.length}.db`)}`,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("refuses another program's database", () => {
    const database = new Database(join(folder, "holdfast.db"), { create: true });
    database.run("CREATE TABLE photos (id INTEGER)");
    database.close();
    expect(refusal()).toMatchObject({ code: "store", why: "this SQLite file was made by another program" });
  });

  test.each([
    [
      "a trigger",
      "CREATE TRIGGER planted AFTER INSERT ON activity BEGIN DELETE FROM records; END",
      "the trigger planted",
    ],
    ["a view", "CREATE VIEW planted AS SELECT 1", "the view planted"],
  ])("refuses a store into which somebody put %s, and runs nothing of it", (_, statement, named) => {
    openStore(folder).close();
    const other = new Database(join(folder, "holdfast.db"));
    other.run(statement);
    other.close();
    expect(refusal()).toMatchObject({ code: "store", why: expect.stringContaining(named) });
  });

  test("refuses a link in the place of its file, and leaves what it leads to as it was", () => {
    openStore(folder).close();
    const elsewhere = join(folder, "elsewhere.db");
    renameSync(join(folder, "holdfast.db"), elsewhere);
    symlinkSync(elsewhere, join(folder, "holdfast.db"));
    const before = readFileSync(elsewhere);
    expect(refusal()).toMatchObject({ code: "store", why: "it is a link to another file" });
    expect(readFileSync(elsewhere).equals(before)).toBe(true);
  });

  test("says that a damaged file is damaged and what is lost without it", () => {
    writeFileSync(
      join(folder, "holdfast.db"),
      "this is no database, but it is long enough to be read as one ".repeat(20),
    );
    expect(refusal()).toMatchObject({
      code: "store",
      retry: "after-edit",
      why: expect.stringContaining("the file is damaged"),
      fix: expect.stringContaining("Restore it from a copy"),
    });
  });

  test("finds a damaged page at the start, not in the middle of a sync", () => {
    const store = opened();
    store.putRecords(
      WEB,
      Array.from({ length: 2_000 }, (_, i) => ({
        key: refKey({ group: "", kind: "ConfigMap", namespace: "a", name: `n${i}` }),
        uid: `${i}`,
      })),
    );
    open.pop()?.close();
    const file = join(folder, "holdfast.db");
    const bytes = readFileSync(file);
    bytes.fill(0xff, 4096 * 8, 4096 * 9);
    writeFileSync(file, bytes);
    expect(refusal()).toMatchObject({ code: "store", why: expect.stringContaining("the file is damaged") });
  });

  test("says so where the folder cannot be one", () => {
    writeFileSync(join(folder, "taken"), "");
    folder = join(folder, "taken");
    const failure = refusal();
    folder = join(folder, "..");
    expect(failure).toMatchObject({
      code: "store",
      retry: "after-edit",
      fix: "Check the owner and the mode of the data folder",
    });
  });

  test("keeps the newest finished runs of an application, every unfinished one, and never gives a number twice", () => {
    const store = opened({ retention: { runsPerApp: 2 } });
    store.startRun(run("Running"));
    for (let i = 0; i < 4; i++) store.startRun(run("Succeeded"));
    expect(store.runs({ limit: 10 }).map(({ id }) => id)).toEqual([5, 4, 1]);
    const again = reopened({ retention: { runsPerApp: 1, runs: 1 } });
    expect(again.startRun(run("Failed"))).toBe(6);
    expect(again.runs({ limit: 10 }).map(({ id }) => id)).toEqual([6, 1]);
  });
});

describe("a store whose files went away under it", () => {
  const lost: { what: string; lose: () => void; why: RegExp }[] = [
    {
      what: "its folder was removed",
      lose: () => rmSync(folder, { recursive: true }),
      why: /holdfast\.db was removed under the running daemon/,
    },
    {
      what: "its folder was renamed",
      lose: () => renameSync(folder, `${folder}.away`),
      why: /holdfast\.db was removed under the running daemon/,
    },
    {
      what: "its file was replaced by a copy",
      lose: () => {
        copyFileSync(join(folder, "holdfast.db"), join(folder, "copy"));
        renameSync(join(folder, "copy"), join(folder, "holdfast.db"));
      },
      why: /holdfast\.db is another file than the one that was opened/,
    },
    {
      what: "its WAL was removed",
      lose: () => rmSync(join(folder, "holdfast.db-wal")),
      why: /holdfast\.db-wal was removed/,
    },
    { what: "its lock was removed", lose: () => rmSync(join(folder, "lock")), why: /lock was removed/ },
  ];
  afterEach(() => {
    mkdirSync(folder, { recursive: true });
    rmSync(`${folder}.away`, { recursive: true, force: true });
  });

  test.each(lost)("because $what takes no write any more, and says why and what to do", ({ lose, why }) => {
    const store = opened();
    store.putValue("before", "1");
    lose();
    expect(store.condition()).toMatchObject({ is: "lost", why: expect.stringMatching(why) });
    const refused = (work: () => void) => {
      try {
        work();
      } catch (failure) {
        return failure;
      }
      return undefined;
    };
    for (const work of [
      () => store.putValue("after", "1"),
      () => void store.startRun(run("Running")),
      () => store.putStates([]),
      () => store.deleteState(WEB),
      () => void store.audit({ at: "", actor: "daemon", action: "a", details: {} }),
    ])
      expect(refused(work)).toMatchObject({
        code: "store",
        fix: expect.stringContaining("put the data folder back"),
      });
    expect(store.probe()).toMatchObject({ is: "lost" });
  });

  test("goes on when they are back", () => {
    const store = opened();
    renameSync(folder, `${folder}.away`);
    expect(store.condition().is).toBe("lost");
    renameSync(`${folder}.away`, folder);
    expect(store.condition()).toEqual({ is: "sound" });
    store.putValue("after", "1");
    expect(reopened().value("after")).toBe("1");
  });

  test("keeps others from the path all the same", () => {
    opened();
    rmSync(folder, { recursive: true });
    const child = Bun.spawnSync([
      process.execPath,
      "-e",
      `
      const { openStore } = await import(${JSON.stringify(import.meta.resolve("./open-store.ts"))});
      try { openStore(${JSON.stringify(folder)}); console.log("opened") } catch (failure) { console.log(failure.code, failure.message) }`,
    ]);
    expect(child.stdout.toString()).toContain("another Holdfast uses it");
    open.pop()?.close();
    expect(opened().condition()).toEqual({ is: "sound" });
  });
});

describe("a full disk", () => {
  /** A limit of pages is SQLite's own way to a full disk: same code, same rollback. */
  function withPages(): { database: Database; store: SqliteStore } {
    const database = new Database(join(folder, "holdfast.db"), { create: true, strict: true });
    migrate(database, "holdfast.db");
    const presence = new StorePresence(folder, [join(folder, "holdfast.db")]);
    const store = new SqliteStore(
      new SqliteConnection(database, "holdfast.db", presence),
      RETENTION,
      () => {},
    );
    open.push(store);
    return { database, store };
  }

  test("is a Failure with the reason; nothing of the transaction stays and the store goes on once there is room", () => {
    const { database, store } = withPages();
    database.run("PRAGMA max_page_count = 64");
    store.putValue("before", "1");
    expect(() =>
      store.atomically(() => {
        store.putValue("half", "1");
        store.putValue("big", "x".repeat(2_000_000));
      }),
    ).toThrow(
      "holdfast.db: cannot write the store: the disk is full. Free space there; nothing of this change was kept",
    );
    expect([store.value("half"), store.value("before")]).toEqual([undefined, "1"]);
    expect(store.condition()).toMatchObject({ is: "failing", why: "the disk is full" });
    database.run("PRAGMA max_page_count = 100000");
    expect(store.probe()).toEqual({ is: "sound" });
    store.putValue("big", "x".repeat(2_000_000));
    expect(store.value("big")?.length).toBe(2_000_000);
  });

  test("is not over because a small write fits by chance, and a probe asks for room", () => {
    const { database, store } = withPages();
    const pages = (database.query("PRAGMA page_count").get() as { page_count: number }).page_count;
    database.run(`PRAGMA max_page_count = ${pages + 3}`);
    expect(() => store.putValue("big", "x".repeat(200_000))).toThrow("the disk is full");
    store.putValue("small", "1");
    expect([store.value("small"), store.condition().is, store.probe().is]).toEqual([
      "1",
      "failing",
      "failing",
    ]);
    database.run("PRAGMA max_page_count = 100000");
    expect([store.probe(), store.condition()]).toEqual([{ is: "sound" }, { is: "sound" }]);
  });
});

describe("what is written soon", () => {
  /** What another process would find after this one was killed. */
  function onDisk(name: string): string | undefined {
    const database = new Database(join(folder, "holdfast.db"), { readonly: true });
    const row = database
      .query<{ value: string }, [string]>("SELECT value FROM facts WHERE name = ?")
      .get(name);
    database.close();
    return row?.value;
  }

  test("is on disk with the next write that is durable, be it a transaction or one statement", () => {
    const store = opened();
    store.soon(() => store.putValue("a", "1"));
    expect([store.value("a"), onDisk("a")]).toEqual(["1", undefined]);
    store.atomically(() => store.putValue("b", "1"));
    expect([onDisk("a"), onDisk("b")]).toEqual(["1", "1"]);
    store.soon(() => store.putValue("a", "2"));
    store.putValue("b", "2");
    expect([onDisk("a"), onDisk("b")]).toEqual(["2", "2"]);
    store.soon(() => store.putValue("a", "3"));
    expect(store.startRun(run("Running"))).toBe(1);
    expect(onDisk("a")).toBe("3");
  });

  test("is there by itself a moment later, and where the store is closed", async () => {
    const store = opened();
    store.soon(() => store.putValue("a", "1"));
    store.soon(() => store.putValue("b", "1"));
    while (onDisk("a") === undefined) await Bun.sleep(10);
    expect(onDisk("b")).toBe("1");
    store.soon(() => store.putValue("a", "2"));
    expect(reopened().value("a")).toBe("2");
  });

  test("stays where a durable write beside it fails", () => {
    const store = opened();
    store.soon(() => store.putValue("a", "1"));
    expect(() =>
      store.atomically(() => {
        store.putValue("b", "1");
        throw new Error("no");
      }),
    ).toThrow("no");
    store.flush();
    expect([onDisk("a"), onDisk("b")]).toEqual(["1", undefined]);
  });

  test("is not taken while the files are gone", () => {
    const store = opened();
    store.soon(() => store.putValue("a", "1"));
    renameSync(join(folder, "holdfast.db"), join(folder, "aside.db"));
    expect(() => store.soon(() => store.putValue("b", "1"))).toThrow("was removed under the running daemon");
    expect(() => store.putValue("b", "1")).toThrow("was removed under the running daemon");
    expect(() => store.atomically(() => store.putValue("b", "1"))).toThrow("was removed");
    expect(store.value("b")).toBeUndefined();
    renameSync(join(folder, "aside.db"), join(folder, "holdfast.db"));
  });

  test("is told as lost where the disk is full, and the store goes on once there is room", () => {
    const database = new Database(join(folder, "holdfast.db"), { create: true, strict: true });
    migrate(database, "holdfast.db");
    const presence = new StorePresence(folder, [join(folder, "holdfast.db")]);
    const connection = new SqliteConnection(database, "holdfast.db", presence);
    const store = new SqliteStore(connection, RETENTION, () => {});
    open.push(store);
    const lost: string[] = [];
    const pages = (database.query("PRAGMA page_count").get() as { page_count: number }).page_count;
    database.run(`PRAGMA max_page_count = ${pages + 3}`);
    store.soon(
      () => store.putValue("a", "1"),
      () => lost.push("a"),
    );
    expect(() => store.putValue("big", "x".repeat(200_000))).toThrow("the disk is full");
    // SQLite undoes a statement alone, or all that is open: what is told is what is so.
    expect(lost).toEqual(store.value("a") === undefined ? ["a"] : []);
    expect(database.inTransaction).toBe(store.value("a") !== undefined);
    database.run("PRAGMA max_page_count = 100000");
    expect(store.probe()).toEqual({ is: "sound" });
    store.soon(() => store.putValue("a", "2"));
    store.flush();
    expect([database.inTransaction, onDisk("a")]).toEqual([false, "2"]);
  });

  test("is told as lost where its commit fails", () => {
    const database = new Database(join(folder, "holdfast.db"), { create: true, strict: true });
    migrate(database, "holdfast.db");
    // Checked at the commit alone.
    database.run("PRAGMA foreign_keys = ON");
    database.run("CREATE TABLE tail (of TEXT REFERENCES facts (name) DEFERRABLE INITIALLY DEFERRED)");
    const presence = new StorePresence(folder, [join(folder, "holdfast.db")]);
    const connection = new SqliteConnection(database, "holdfast.db", presence);
    const store = new SqliteStore(connection, RETENTION, () => {});
    open.push(store);
    const lost: string[] = [];
    for (const end of [() => store.flush(), () => store.putValue("b", "1")]) {
      store.soon(
        () => connection.run("INSERT INTO tail VALUES ('nobody')"),
        () => lost.push("tail"),
      );
      expect(end).toThrow("FOREIGN KEY constraint failed");
      expect([database.inTransaction, store.value("b")]).toEqual([false, undefined]);
    }
    expect(lost).toEqual(["tail", "tail"]);
    store.putValue("b", "2");
    expect(onDisk("b")).toBe("2");
  });
});

describe("keepObject()", () => {
  const names = (store: Store, app = WEB) => store.keptObjects(app).map(({ ref: { name } }) => name);
  const small = { count: 100, bytes: 1_000_000 };

  test("drops the oldest of an application where it has more than there is room for, and says which", () => {
    const store = opened({ retention: { keptPerApp: { ...small, count: 2 } } });
    store.keepObject(kept("other", appKey("argocd", "other")));
    for (const name of ["a", "b"]) expect(store.keepObject(kept(name)).fallen).toEqual([]);
    expect(store.keepObject(kept("c")).fallen).toMatchObject([{ id: 2, ref: { name: "a" } }]);
    expect(names(store)).toEqual(["c", "b"]);
    expect(names(store, appKey("argocd", "other"))).toEqual(["other"]);
  });

  test("counts bytes, so that one that is larger than all of the room falls itself", () => {
    const store = opened({ retention: { keptPerApp: { ...small, bytes: 2_000 } } });
    store.keepObject(kept("a"));
    const large = kept("large");
    large.content = { object: { ...large.content!.object, data: { text: "x".repeat(3_000) } } };
    expect(store.keepObject(large).fallen.map(({ ref }) => ref.name)).toEqual(["a", "large"]);
    expect(names(store)).toEqual([]);
  });

  test("has room for so many of all applications together", () => {
    const store = opened({ retention: { kept: { ...small, count: 2 } } });
    for (const name of ["a", "b", "c"]) store.keepObject(kept(name, appKey("argocd", name)));
    expect(["a", "b", "c"].flatMap((name) => names(store, appKey("argocd", name)))).toEqual(["b", "c"]);
  });

  test("is there after a restart, and of a store that had none before", () => {
    const store = opened();
    store.keepObject(kept("a"));
    expect(names(reopened())).toEqual(["a"]);
  });
});
