import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AskingAs, CredentialOwner } from "../core/model/credential-owner.ts";
import type { StoredSession, StoredToken } from "../core/ports/account-store.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { type OpenStore, openStore } from "./open-store.ts";
import { SqliteAccounts } from "./sqlite-accounts.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { StorePresence } from "./store-presence.ts";

const ANN: AskingAs = { kind: "account", name: "ann" };
const BOB: AskingAs = { kind: "account", name: "bob" };

let folder: string;
let store: OpenStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-accounts-"));
  store = openStore(folder);
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function reopened(): OpenStore {
  store.close();
  store = openStore(folder);
  return store;
}

function session(id: string, more: Partial<StoredSession> = {}): StoredSession {
  return {
    id,
    owner: ANN,
    carried: "cookie",
    secret: `secret of ${id}`,
    createdAt: 1_000,
    rotatedAt: 1_000,
    usedAt: 1_000,
    source: "192.0.2.1",
    agent: "a browser",
    ...more,
  };
}

function token(id: string, more: Partial<StoredToken> = {}): StoredToken {
  return {
    id,
    owner: { kind: "account", name: "ci" },
    name: id,
    secret: `secret of ${id}`,
    hint: "hf_token_abcd",
    scopes: "all",
    createdAt: 1,
    createdBy: "ann",
    expiresAt: 9_000,
    ...more,
  };
}

describe("SqliteAccounts", () => {
  test("keeps everything over a restart as it was put", () => {
    const pending = session("s", {
      next: { secret: "n", salt: "x" },
      previous: { secret: "p", until: 5 },
    });
    const scoped = token("t", { scopes: [{ resource: "applications", action: "sync", object: "*/*" }] });
    store.accounts.putPassword({ account: "ann", hash: "$argon2id$", changedAt: 7, madeFrom: "f" });
    store.accounts.putSession(pending);
    store.accounts.addToken(scoped);
    store.accounts.putDevice({ secret: "d", account: "ann", seenAt: 3 }, 5);
    store.accounts.putTryCounts([{ key: "k", count: 2, since: 4 }]);
    const { accounts } = reopened();
    expect(accounts.password("ann")).toEqual({
      account: "ann",
      hash: "$argon2id$",
      changedAt: 7,
      madeFrom: "f",
    });
    expect(accounts.sessions()).toEqual([pending]);
    expect(accounts.tokens()).toEqual([scoped]);
    expect(accounts.device("d")).toEqual({ secret: "d", account: "ann", seenAt: 3 });
    expect(accounts.tryCounts(["k", "none"])).toEqual([{ key: "k", count: 2, since: 4 }]);
  });

  test("putFirstPassword() leaves one that is there", () => {
    const { accounts } = store;
    expect(accounts.putFirstPassword({ account: "admin", hash: "first", changedAt: 1 })).toBe(true);
    expect(accounts.putFirstPassword({ account: "admin", hash: "second", changedAt: 2 })).toBe(false);
    expect(accounts.passwords()).toEqual([{ account: "admin", hash: "first", changedAt: 1 }]);
  });

  test("finds a session by its current, its next and its previous secret, and by none that it had before", () => {
    const { accounts } = store;
    accounts.putSession(session("s", { next: { secret: "n", salt: "" } }));
    accounts.putSession(session("s", { secret: "n", previous: { secret: "secret of s", until: 1 } }));
    accounts.putSession(session("s", { secret: "m", previous: { secret: "n", until: 1 } }));
    expect(["m", "n", "secret of s"].map((secret) => accounts.sessionOfSecret(secret)?.id)).toEqual([
      "s",
      "s",
      undefined,
    ]);
  });

  test("ends the sessions of one owner, but for one of them, and leaves no secret behind", () => {
    const { accounts } = store;
    for (const id of ["a", "b", "c"]) accounts.putSession(session(id));
    accounts.putSession(session("d", { owner: BOB }));
    expect(accounts.deleteSessionsOf(ANN, "b")).toBe(2);
    expect(accounts.sessions().map(({ id }) => id)).toEqual(["b", "d"]);
    expect([accounts.deleteSession("b"), accounts.deleteSession("b")]).toEqual([true, false]);
    // A secret that stayed would refuse the next session that has it.
    accounts.putSession(session("e", { secret: "secret of a" }));
    expect(accounts.sessionOfSecret("secret of a")?.id).toBe("e");
  });

  test("keeps an account apart from a provider's user of the same name, and one provider's from another's", () => {
    const { accounts } = store;
    const sso = (issuer: string): AskingAs => ({
      kind: "sso",
      issuer,
      subject: "ann",
      name: "ann",
      groups: [],
    });
    accounts.putSession(session("local"));
    accounts.putSession(session("one", { owner: sso("https://one.example.com") }));
    accounts.putSession(session("two", { owner: sso("https://two.example.com") }));
    expect(
      accounts.deleteSessionsOf({ ...sso("https://one.example.com"), groups: ["changed"] } as AskingAs),
    ).toBe(1);
    expect(
      accounts
        .sessions()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["local", "two"]);
  });

  test("drops sessions by either limit and expired tokens", () => {
    const { accounts } = store;
    accounts.putSession(session("old", { createdAt: 10, usedAt: 500 }));
    accounts.putSession(session("idle", { createdAt: 300, usedAt: 301 }));
    accounts.putSession(session("live", { createdAt: 300, usedAt: 500 }));
    accounts.putSession(session("handed", { createdAt: 300, provenAt: 10, usedAt: 500 }));
    accounts.putSession(session("handed-live", { createdAt: 300, provenAt: 200, usedAt: 500 }));
    expect(accounts.deleteSessionsBefore({ provenAt: 100, usedAt: 400 })).toBe(3);
    accounts.addToken(token("gone", { expiresAt: 5 }));
    accounts.addToken(token("good"));
    expect(accounts.deleteTokensExpiredBefore(6)).toBe(1);
    expect([accounts.sessions(), accounts.tokens()].map((list) => list.map(({ id }) => id))).toEqual([
      ["handed-live", "live"],
      ["good"],
    ]);
  });

  test("a name is one token's of an owner, and another owner may have it too", () => {
    const { accounts } = store;
    const role: CredentialOwner = { kind: "project-role", project: "p", role: "r" };
    expect([
      accounts.addToken(token("1", { name: "deploy" })),
      accounts.addToken(token("2", { name: "deploy" })),
      accounts.addToken(token("3", { name: "deploy", owner: role })),
    ]).toEqual([true, false, true]);
    expect(accounts.tokenOfSecret("secret of 2")).toBeUndefined();
    expect(accounts.deleteTokensOf(role)).toBe(1);
    expect([accounts.deleteToken("1"), accounts.deleteToken("1")]).toEqual([true, false]);
  });

  test("noteUse() changes the time alone", () => {
    const { accounts } = store;
    accounts.putSession(session("s"));
    accounts.addToken(token("t"));
    accounts.noteUse("session", "s", 77);
    accounts.noteUse("token", "t", 78);
    accounts.noteUse("token", "gone", 78);
    expect(accounts.session("s")).toEqual(session("s", { usedAt: 77 }));
    expect(accounts.tokens()).toEqual([token("t", { usedAt: 78 })]);
  });

  test("keeps the devices of an account that were seen last", () => {
    const { accounts } = store;
    for (const at of [1, 2, 3]) accounts.putDevice({ secret: `d${at}`, account: "ann", seenAt: at }, 3);
    accounts.putDevice({ secret: "d1", account: "ann", seenAt: 4 }, 3);
    accounts.putDevice({ secret: "other", account: "bob", seenAt: 0 }, 3);
    accounts.putDevice({ secret: "d5", account: "ann", seenAt: 5 }, 3);
    expect(["d1", "d2", "d3", "d5", "other"].map((one) => accounts.device(one)?.seenAt)).toEqual([
      4,
      undefined,
      3,
      5,
      0,
    ]);
    expect(accounts.deleteDevicesOf("ann")).toBe(3);
  });

  test("counts are forgotten by age and by key", () => {
    const { accounts } = store;
    accounts.putTryCounts([
      { key: "a", count: 1, since: 10 },
      { key: "b", count: 1, since: 20 },
      { key: "c", count: 1, since: 30 },
    ]);
    accounts.putTryCounts([{ key: "a", count: 4, since: 40 }]);
    expect(accounts.deleteTryCountsBefore(25)).toBe(1);
    accounts.deleteTryCounts(["c", "never"]);
    expect(accounts.tryCounts(["a", "b", "c"])).toEqual([{ key: "a", count: 4, since: 40 }]);
  });

  test("a transaction that throws leaves nothing of it", () => {
    const { accounts } = store;
    accounts.putSession(session("s"));
    expect(() =>
      accounts.atomically(() => {
        accounts.deleteSessionsOf(ANN);
        accounts.putPassword({ account: "ann", hash: "new", changedAt: 2 });
        throw new Error("cut");
      }),
    ).toThrow("cut");
    expect([accounts.sessions().length, accounts.password("ann")]).toEqual([1, undefined]);
  });

  test("what takes a right away waits for the disk each time, and what is noted does not", () => {
    const database = new Database(join(folder, "apart.db"), { create: true, strict: true });
    migrate(database, "apart.db");
    const asked: string[] = [];
    const run = database.run.bind(database);
    const level = () => database.query<{ synchronous: number }, []>("PRAGMA synchronous").get()?.synchronous;
    database.run = (sql: string, ...rest: never[]) => {
      const result = run(sql, ...rest);
      if (sql.startsWith("PRAGMA synchronous")) asked.push(`${sql.split(" ").at(-1)} ${level()}`);
      return result;
    };
    const accounts = new SqliteAccounts(
      new SqliteConnection(database, "apart.db", new StorePresence(folder, [])),
    );
    accounts.putSession(session("s"));
    accounts.deleteSession("s");
    expect(asked).toEqual(["FULL 2", "NORMAL 1", "FULL 2", "NORMAL 1"]);
    accounts.putTryCounts([{ key: "k", count: 1, since: 1 }]);
    accounts.noteUse("session", "s", 2);
    expect(asked.length).toBe(4);
    expect(() =>
      accounts.atomically(() => {
        throw new Error("cut");
      }),
    ).toThrow("cut");
    expect([asked.length, level()]).toEqual([6, 1]);
    database.close();
  });

  test("a store of the step before is brought up with what it held", () => {
    store.putValue("kept", "yes");
    store.close();
    const database = new Database(join(folder, "old.db"), { create: true, strict: true });
    migrate(database, "old.db", MIGRATIONS.slice(0, 4));
    database.run("INSERT INTO facts VALUES ('kept', 'yes')");
    migrate(database, "old.db");
    expect(database.query<{ value: string }, []>("SELECT value FROM facts").get()?.value).toBe("yes");
    expect(database.query<{ n: number }, []>("SELECT count(*) AS n FROM login_tries").get()?.n).toBe(0);
    database.close();
    store = openStore(folder);
    expect(store.value("kept")).toBe("yes");
  });

  test.each(["putSession", "deleteSession", "addToken"] as const)(
    "%s that was answered is there after kill -9",
    (last) => {
      store.close();
      const script = `
        const { openStore } = await import(${JSON.stringify(import.meta.resolve("./open-store.ts"))});
        const { accounts } = openStore(${JSON.stringify(folder)});
        accounts.putSession(${JSON.stringify(session("s"))});
        if (${JSON.stringify(last)} === "deleteSession") accounts.deleteSession("s");
        if (${JSON.stringify(last)} === "addToken") accounts.addToken(${JSON.stringify(token("t"))});
        process.kill(process.pid, "SIGKILL");`;
      expect(Bun.spawnSync([process.execPath, "-e", script]).signalCode).toBe("SIGKILL");
      store = openStore(folder);
      expect([store.accounts.sessions().length, store.accounts.tokens().length]).toEqual(
        { putSession: [1, 0], deleteSession: [0, 0], addToken: [1, 1] }[last],
      );
    },
  );
});
