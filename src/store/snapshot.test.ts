import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appKey } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import { NONCE, READ_UP_TO, RESTORED } from "../core/notify/kept-names.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { type OpenStore, openStore } from "./open-store.ts";
import { restoreFolder } from "./restore-folder.ts";
import { copyAsItIs, snapshotStore } from "./snapshot.ts";

let folder: string;
let open: OpenStore[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-snapshot-"));
  open = [];
});
afterEach(() => {
  for (const store of open) store.close();
  rmSync(folder, { recursive: true });
});
const file = () => join(folder, "holdfast.db");
const copy = () => join(folder, "copy.db");
const NOW = "2026-11-30T12:00:00Z";
const ask = (files: Record<string, Uint8Array | string>) => ({
  files: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])),
  ...{ made: "2026-11-29T12:00:00Z", by: "host:ann", now: NOW },
});
function opened(at = folder): OpenStore {
  const store = openStore(at);
  open.push(store);
  return store;
}
function close(): void {
  for (const store of open) store.close();
  open = [];
}
function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}
const run = {
  app: appKey("argocd", "web"),
  cause: "manual",
  state: { operation: {}, phase: "Succeeded" as const, message: "", startedAt: "" },
};
/** A store as a version of so many entries left it. */
function ofSchema(schema: number): void {
  const database = new Database(file(), { create: true, strict: true });
  migrate(database, file(), MIGRATIONS.slice(0, schema));
  database.run("INSERT INTO facts VALUES ('kept', 'yes')");
  database.close();
}

describe("snapshotStore()", () => {
  test("has all that was written before it began, from under whoever writes on, and only its owner reads it", () => {
    const store = opened();
    store.putValue("a", "1");
    store.startRun(run);
    expect(snapshotStore(folder, copy())).toEqual({ schema: MIGRATIONS.length });
    store.putValue("a", "2");
    expect(statSync(copy()).mode & 0o777).toBe(0o600);
    const database = new Database(copy(), { readonly: true });
    expect(database.query("SELECT value FROM facts WHERE name = 'a'").get()).toEqual({ value: "1" });
    expect(database.query("SELECT count(*) AS runs FROM runs").get()).toEqual({ runs: 1 });
    database.close();
  });

  test("is of one moment where a daemon begins to use it while it is read", () => {
    opened().putValue("a", "1");
    close();
    const tries: string[] = [];
    copyAsItIs(file(), copy(), (database, into) => {
      tries.push(
        database.query<{ value: string }, []>("SELECT value FROM facts WHERE name = 'a'").get()?.value ?? "",
      );
      if (tries.length === 1) opened().putValue("a", "2");
      database.query("VACUUM INTO ?").run(into);
    });
    expect(tries).toEqual(["1", "2"]);
    const database = new Database(copy(), { readonly: true });
    expect(database.query("SELECT value FROM facts WHERE name = 'a'").get()).toEqual({ value: "2" });
    database.close();
  });

  test("is of one moment where a daemon began, wrote and ended while it was read", () => {
    opened().putValue("a", "1");
    close();
    let tries = 0;
    copyAsItIs(file(), copy(), (database, into) => {
      tries += 1;
      if (tries === 1) {
        opened().putValue("a", "2".repeat(20_000));
        close();
      }
      database.query("VACUUM INTO ?").run(into);
    });
    expect(tries).toBe(2);
  });

  test("ends where somebody begins to use it at every try", () => {
    opened().putValue("a", "1");
    close();
    let tries = 0;
    const change = () =>
      copyAsItIs(file(), copy(), (database, into) => {
        tries += 1;
        opened().putValue("a", "2".repeat(20_000 * tries));
        close();
        database.query("VACUUM INTO ?").run(into);
      });
    expect(change).toThrow();
    expect(tries).toBe(5);
  });

  test("leaves nothing behind where the store is damaged, and says so", () => {
    const store = opened();
    for (let i = 0; i < 2_000; i++) store.putValue(`n${i}`, "x".repeat(100));
    close();
    const bytes = readFileSync(file());
    bytes.fill(0xff, 4096 * 8, 4096 * 12);
    writeFileSync(file(), bytes);
    expect(failureOf(() => snapshotStore(folder, copy()))).toMatchObject({
      code: "store",
      why: expect.stringContaining("the file is damaged"),
    });
    expect(existsSync(copy())).toBe(false);
  });

  test("says where there is no store, and makes none", () => {
    expect(failureOf(() => snapshotStore(folder, copy())).code).toBe("config");
    expect(readdirSync(folder)).toEqual([]);
  });
});

test("a daemon that begins while a backup reads the store waits for it, in place of ending", async () => {
  opened();
  close();
  const holds = `
    const { Database } = require("bun:sqlite");
    const database = new Database(process.env.FILE);
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
    console.log("held");
    setTimeout(() => { database.run("COMMIT"); database.close(); }, 700);`;
  const child = Bun.spawn([process.execPath, "-e", holds], {
    env: { ...process.env, FILE: file() },
    stdout: "pipe",
  });
  await child.stdout.getReader().read();
  expect(opened().value("none")).toBeUndefined();
  expect(await child.exited).toBe(0);
});

describe("an upgrade", () => {
  test("keeps the store as it was, once for each schema, and the older version opens that copy", () => {
    ofSchema(MIGRATIONS.length - 1);
    opened();
    close();
    const kept = join(folder, "before-upgrade", `schema-${MIGRATIONS.length - 1}.db`);
    const database = new Database(kept, { strict: true });
    expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: MIGRATIONS.length - 1 });
    expect(database.query("SELECT value FROM facts WHERE name = 'kept'").get()).toEqual({ value: "yes" });
    migrate(database, kept, MIGRATIONS.slice(0, MIGRATIONS.length - 1));
    database.close();
    const before = statSync(kept).mtimeMs;
    opened();
    expect([statSync(kept).mtimeMs, readdirSync(join(folder, "before-upgrade")).length]).toEqual([before, 1]);
  });

  test("does not happen where its copy cannot be written", () => {
    ofSchema(MIGRATIONS.length - 1);
    writeFileSync(join(folder, "before-upgrade"), "in the way");
    expect(failureOf(() => opened()).code).toBe("store");
    const database = new Database(file(), { readonly: true });
    expect(database.query("PRAGMA user_version").get()).toEqual({ user_version: MIGRATIONS.length - 1 });
    database.close();
  });

  test("keeps the newest three", () => {
    mkdirSync(join(folder, "before-upgrade"));
    for (const old of [1, 2, 3]) writeFileSync(join(folder, "before-upgrade", `schema-${old}.db`), "");
    ofSchema(MIGRATIONS.length - 1);
    opened();
    expect(readdirSync(join(folder, "before-upgrade")).sort()).toEqual([
      "schema-2.db",
      "schema-3.db",
      `schema-${MIGRATIONS.length - 1}.db`,
    ]);
  });

  test("keeps the copy that it makes, where copies of newer ones are left from before somebody went back", () => {
    mkdirSync(join(folder, "before-upgrade"));
    const newer = [0, 1, 2].map((more) => `schema-${MIGRATIONS.length + more}.db`);
    for (const name of newer) writeFileSync(join(folder, "before-upgrade", name), "");
    ofSchema(MIGRATIONS.length - 1);
    opened();
    const there = readdirSync(join(folder, "before-upgrade"));
    expect(there.sort()).toEqual([`schema-${MIGRATIONS.length - 1}.db`, ...newer.slice(1)].sort());
  });
});

describe("restoreFolder()", () => {
  function backedUp(): Buffer {
    const store = opened();
    store.putValue("a", "then");
    snapshotStore(folder, copy());
    store.putValue("a", "now");
    close();
    const bytes = readFileSync(copy());
    rmSync(copy());
    return bytes;
  }

  test("puts it back, keeps what was there, pauses deletions and notes who did it", () => {
    const bytes = backedUp();
    mkdirSync(join(folder, "clusters"));
    writeFileSync(join(folder, "clusters", "added-since.json"), "{}");
    const before = restoreFolder(folder, ask({ "holdfast.db": bytes, "clusters/prod.json": "{}" }));
    const store = opened();
    expect(store.value("a")).toBe("then");
    expect(JSON.parse(store.value("pause") ?? "")).toMatchObject({ of: "deletions", by: "host:ann" });
    expect(readdirSync(join(folder, "clusters"))).toEqual(["prod.json"]);
    expect(existsSync(join(before ?? "", "clusters", "added-since.json"))).toBe(true);
    const old = new Database(join(before ?? "", "holdfast.db"), { readonly: true });
    expect(old.query("SELECT value FROM facts WHERE name = 'a'").get()).toEqual({ value: "now" });
    old.close();
    expect(existsSync(join(folder, "restore.new")) || existsSync(join(folder, "restoring"))).toBe(false);
  });

  test.each([
    [
      "a store of a newer version",
      (bytes: Buffer) => {
        writeFileSync(copy(), bytes);
        const database = new Database(copy());
        database.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
        database.close();
        return readFileSync(copy());
      },
      "newer Holdfast",
    ],
    ["a torn store", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2), "damaged"],
    ["no store", () => Buffer.from("x".repeat(5000)), "damaged"],
  ])("refuses %s and leaves everything as it was", (_, spoil, why) => {
    const bytes = spoil(backedUp());
    const before = readFileSync(file());
    const failure = failureOf(() => restoreFolder(folder, ask({ "holdfast.db": bytes })));
    expect(failure).toMatchObject({ code: "store", why: expect.stringContaining(why) });
    expect(readFileSync(file()).equals(before)).toBe(true);
    expect(existsSync(join(folder, "restore.new"))).toBe(false);
    expect(opened().value("a")).toBe("now");
  });

  test("refuses a folder that a daemon uses", () => {
    const bytes = backedUp();
    const store = opened();
    expect(failureOf(() => restoreFolder(folder, ask({ "holdfast.db": bytes }))).code).toBe("conflict");
    expect(store.value("a")).toBe("now");
  });

  test("one that was cut short is opened by nobody until it is done again", () => {
    const bytes = backedUp();
    writeFileSync(join(folder, "restoring"), "");
    expect(failureOf(() => opened()).why).toBe("a restore of it was cut short");
    restoreFolder(folder, ask({ "holdfast.db": bytes }));
    expect(opened().value("a")).toBe("then");
  });

  test("ends the sessions of the backup", () => {
    const store = opened();
    store.accounts.putSession({
      id: "s",
      secret: "hash",
      owner: { is: "account", account: "ann" },
      createdAt: 1,
      usedAt: 1,
    } as unknown as Parameters<typeof store.accounts.putSession>[0]);
    snapshotStore(folder, copy());
    close();
    const bytes = readFileSync(copy());
    restoreFolder(folder, ask({ "holdfast.db": bytes }));
    expect(opened().accounts.sessions()).toEqual([]);
  });

  test("tells nothing of the backup as news: what waited is given up with the reason, and is there to be resent", () => {
    const store = opened();
    store.putValue(READ_UP_TO, "7");
    store.putValue(NONCE, "n");
    const message = { id: "1", kind: "deployed", tone: "good", title: "web", at: NOW, facts: [] } as const;
    const to = { service: "chat", recipient: "ops" };
    store.outbox.post([{ key: "1", to, trigger: "on-deployed", message }], NOW, 0);
    snapshotStore(folder, copy());
    close();
    const bytes = readFileSync(copy());
    restoreFolder(folder, ask({ "holdfast.db": bytes }));
    const now = opened();
    expect(now.outbox.counts()).toMatchObject({ waiting: 0, dead: 1 });
    expect(now.outbox.items(["dead"], 1)[0]?.why).toContain("a backup of 2026-11-29T12:00:00Z");
    expect([now.value(READ_UP_TO), now.value(NONCE), now.value(RESTORED)]).toEqual([undefined, "n", NOW]);
    expect(now.outbox.resend(undefined, 0)).toBe(1);
  });
});
