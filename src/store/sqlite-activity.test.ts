import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifying } from "../core/activity/verify-chain.ts";
import type { ActivityNote, ChainRow, Verification } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import type { Store } from "../core/ports/store.ts";
import { atOnce } from "../lib/in-steps.ts";
import { MIGRATIONS, migrate } from "./migrations.ts";
import { openStore } from "./open-store.ts";
import { SqliteActivity } from "./sqlite-activity.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-activity-"));
  file = join(folder, "holdfast.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function told(store: Pick<Store, "audit">, count: number, at = "2026-11-23T04:00:00Z"): void {
  for (let n = 1; n <= count; n++)
    store.audit({ at, actor: "user:ana", action: `a${n}`, details: { n, text: "some" } });
}

function verified(store: Pick<Store, "chain">, noted?: { seq?: number; hash: string }): Verification {
  return atOnce(verifying((from, limit) => store.chain(from, limit), noted));
}

function withStore<T>(work: (store: Store) => T, audits?: number): T {
  const store = openStore(folder, audits === undefined ? {} : { retention: { audits } });
  try {
    return work(store);
  } finally {
    store.close();
  }
}

/** As whoever owns the file can: without what keeps slips out. */
function tamper(...statements: string[]): void {
  const database = new Database(file);
  const triggers = database
    .query<{ name: string; sql: string }, []>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.run(`DROP TRIGGER ${name}`);
  for (const statement of statements) database.run(statement);
  for (const { sql } of triggers) database.run(sql);
  database.close();
}

describe("a chain that somebody changed", () => {
  const RESEAL = `UPDATE activity SET entry = replace(entry, '"n":3', '"n":9') WHERE seq = 3`;
  test.each<[what: string, statements: string[], seq: number, verified: number, why: RegExp]>([
    [
      "one letter of an entry",
      [`UPDATE activity SET entry = replace(entry, 'some', 'same') WHERE seq = 3`],
      3,
      2,
      /not what was written/,
    ],
    [
      "who did it",
      [`UPDATE activity SET entry = replace(entry, 'user:ana', 'user:ben') WHERE seq = 1`],
      1,
      0,
      /not what was written/,
    ],
    [
      "its hash alone",
      [`UPDATE activity SET hash = replace(hash, substr(hash, 1, 1), 'z') WHERE seq = 4`],
      4,
      3,
      /not what was written/,
    ],
    ["a row in the middle", ["DELETE FROM activity WHERE seq = 3"], 3, 2, /^it is missing$/],
    ["several rows", ["DELETE FROM activity WHERE seq IN (3, 4)"], 3, 2, /all up to 4/],
    ["the first row", ["DELETE FROM activity WHERE seq = 1"], 1, 4, /no entry says/],
    [
      "the order of two",
      [
        "UPDATE activity SET seq = 99 WHERE seq = 2",
        "UPDATE activity SET seq = 2 WHERE seq = 3",
        "UPDATE activity SET seq = 3 WHERE seq = 99",
      ],
      2,
      1,
      /was written as entry 3/,
    ],
    [
      "a row more, with a hash that fits it",
      [
        "UPDATE activity SET seq = 6 WHERE seq = 5",
        `INSERT INTO activity (seq, entry, hash) SELECT 5, entry, hash FROM activity WHERE seq = 2`,
      ],
      5,
      4,
      /was written as entry 2/,
    ],
    ["a row that stands twice", [RESEAL, "DELETE FROM activity WHERE seq > 3"], 3, 2, /not what was written/],
  ])("is broken where %s is another", (_, statements, seq, count, why) => {
    withStore((store) => told(store, 5));
    tamper(...statements);
    withStore((store) => {
      expect(verified(store)).toEqual({
        is: "broken",
        seq,
        verified: count,
        why: expect.stringMatching(why),
      });
    });
  });

  test("is broken where one byte of the file is another", () => {
    withStore((store) => told(store, 5));
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"n":4');
    expect(at).toBeGreaterThan(0);
    bytes[at + 4] = "5".charCodeAt(0);
    writeFileSync(file, bytes);
    withStore((store) => expect(verified(store)).toMatchObject({ is: "broken", seq: 4, verified: 3 }));
  });

  test("is broken where an entry was written anew with a hash of its own, at the one behind it", () => {
    withStore((store) => told(store, 5));
    const other = join(folder, "other");
    const forged = ((): ChainRow => {
      const store = openStore(other);
      told(store, 2);
      store.audit({ at: "", actor: "user:ben", action: "a3", details: {} });
      const [row] = store.chain(3, 1);
      store.close();
      return row!;
    })();
    tamper(`UPDATE activity SET entry = '${forged.text}', hash = '${forged.hash}' WHERE seq = 3`);
    withStore((store) =>
      expect(verified(store)).toMatchObject({
        is: "broken",
        seq: 4,
        verified: 3,
        why: expect.stringMatching(/behind entry 3/),
      }),
    );
  });

  test("whose end was cut off is whole by itself, and broken beside a head that was noted", () => {
    const head = withStore((store) => {
      told(store, 5);
      return store.activityHead()!;
    });
    tamper("DELETE FROM activity WHERE seq > 3");
    withStore((store) => {
      expect(verified(store)).toMatchObject({ is: "whole", verified: 3 });
      expect(verified(store, head)).toMatchObject({
        is: "broken",
        seq: 4,
        why: expect.stringMatching(/cut off: entry 5 was noted/),
      });
      expect(verified(store, { hash: head.hash })).toMatchObject({
        is: "broken",
        seq: 4,
        why: expect.stringMatching(/no entry has the hash/),
      });
      const first = store.chain(1, 1)[0]!;
      expect(verified(store, { seq: 1, hash: first.hash })).toMatchObject({ is: "whole" });
      expect(verified(store, { seq: 2, hash: first.hash })).toMatchObject({ is: "broken", seq: 2 });
      told(store, 2);
      expect(verified(store, head)).toMatchObject({
        is: "broken",
        seq: 5,
        why: expect.stringMatching(/written anew/),
      });
    });
  });

  test("of which everything is gone is broken beside a head that was noted", () => {
    const head = withStore((store) => {
      told(store, 2);
      return store.activityHead()!;
    });
    tamper("DELETE FROM activity");
    withStore((store) => expect(verified(store, head)).toMatchObject({ is: "broken", seq: 1 }));
  });
});

describe("the table", () => {
  test.each([
    ["is never changed", "UPDATE activity SET entry = '{}' WHERE seq = 2", /never changed/],
    ["loses nothing", "DELETE FROM activity WHERE seq = 1", /go only where a later one says so/],
    [
      "takes nothing between",
      "INSERT INTO activity (seq, entry, hash) VALUES (9, '{}', '')",
      /behind the last one/,
    ],
    [
      "takes nothing over",
      "INSERT OR REPLACE INTO activity (seq, entry, hash) VALUES (2, '{}', '')",
      /behind the last one/,
    ],
  ])("%s", (_, statement, why) => {
    withStore((store) => told(store, 3));
    const database = new Database(file);
    expect(() => database.run(statement)).toThrow(why);
    database.close();
    withStore((store) => expect(verified(store)).toMatchObject({ is: "whole", verified: 3 }));
  });

  test("a trigger of one of its names that does something else is refused", () => {
    withStore((store) => told(store, 1));
    const database = new Database(file);
    database.run("DROP TRIGGER activity_unchanged");
    database.run("CREATE TRIGGER activity_unchanged AFTER INSERT ON activity BEGIN DELETE FROM records; END");
    database.close();
    expect(() => openStore(folder)).toThrow(/the trigger activity_unchanged, which Holdfast does not make/);
  });
});

describe("retention", () => {
  test("drops the oldest together, and an entry says what went: the rest is verified from there", () => {
    withStore((store) => {
      told(store, 60);
      expect(verified(store)).toMatchObject({ is: "whole" });
      const entries = store.audits({ limit: 100 });
      expect(entries.length).toBeGreaterThanOrEqual(20);
      expect(entries.length).toBeLessThanOrEqual(21);
      const [trimmed] = store.activity({ order: "newest-first", limit: 1, action: "activity-trimmed" });
      const first = entries.at(-1)!;
      expect(trimmed).toMatchObject({
        actor: "daemon",
        details: { through: first.seq - 1, hash: first.previous },
      });
      const noted = { seq: 3, hash: "0".repeat(64) };
      expect(verified(store, noted)).toMatchObject({
        is: "broken",
        seq: 3,
        why: expect.stringMatching(/too old to be kept/),
      });
    }, 20);
  });

  test("what goes beside it is seen", () => {
    const first = withStore((store) => {
      told(store, 30);
      return store.chain(0, 1)[0]!.seq;
    }, 20);
    tamper(`DELETE FROM activity WHERE seq <= ${first + 1}`);
    withStore(
      (store) =>
        expect(verified(store)).toMatchObject({
          is: "broken",
          seq: first,
          why: expect.stringMatching(/no entry says/),
        }),
      20,
    );
  });

  test("that drops the oldest while they are verified is no break", () => {
    withStore((store) => {
      told(store, 700);
      const steps = verifying((from, limit) => store.chain(from, limit));
      steps.next();
      told(store, 700);
      expect(atOnce(steps)).toMatchObject({ is: "whole" });
    }, 700);
  });
});

test("what is rolled back was never in the chain", () => {
  withStore((store) => {
    told(store, 1);
    const stop = new Error("stop");
    expect(() =>
      store.atomically(() => {
        told(store, 3);
        throw stop;
      }),
    ).toThrow(stop);
    told(store, 1);
    expect(verified(store)).toMatchObject({ is: "whole", verified: 2 });
  });
});

test("two writers make one chain", () => {
  const [a, b] = [1, 2].map(() => {
    const database = new Database(file, { create: true, strict: true });
    database.run("PRAGMA journal_mode = WAL");
    database.run("PRAGMA busy_timeout = 5000");
    migrate(database, file);
    const tables = {
      run: (sql: string, ...values: (string | number)[]) => void database.query(sql).run(...values),
      all: <Row>(sql: string, ...values: (string | number)[]) => database.query(sql).all(...values) as Row[],
      atomically: <T>(work: () => T): T => database.transaction(work).immediate(),
    };
    return { activity: new SqliteActivity(tables as never, { kept: 1_000 }), close: () => database.close() };
  }) as [{ activity: SqliteActivity; close: () => void }, { activity: SqliteActivity; close: () => void }];
  for (let n = 0; n < 50; n++) {
    const { activity } = n % 3 === 0 ? a : b;
    activity.append({ at: "", actor: "daemon", action: `n${n}`, details: {} });
  }
  expect(verified(a.activity)).toMatchObject({ is: "whole", verified: 50 });
  a.close();
  b.close();
});

test("a clock that was set back changes neither order nor chain", () => {
  withStore((store) => {
    told(store, 2, "2026-11-23T04:00:00Z");
    told(store, 2, "2016-01-01T00:00:00Z");
    expect(store.audits({ limit: 9 }).map(({ seq }) => seq)).toEqual([4, 3, 2, 1]);
    expect(store.activity({ order: "newest-first", limit: 9, until: "2020-01-01T00:00:00Z" }).length).toBe(2);
    expect(verified(store)).toMatchObject({ is: "whole", verified: 4 });
  });
});

test("100,000 entries are verified", () => {
  withStore((store) => {
    store.atomically(() => told(store, 100_000));
    expect(verified(store)).toMatchObject({ is: "whole", verified: 100_000, first: 1 });
  });
}, 120_000);

describe("attempts", () => {
  const refused = (n: number): ActivityNote => ({
    at: `2026-11-23T04:${String(Math.floor(n / 1_000)).padStart(2, "0")}:00Z`,
    actor: "anonymous",
    action: "sign-in-refused",
    from: { address: `10.${n % 250}.${n % 7}.1` },
    outcome: { is: "refused", why: "name or password" },
    details: { account: `name${n}` },
  });

  test("50,000 logins that fail leave some lines, all of them counted, and room for everything else", () => {
    withStore((store) => {
      told(store, 1);
      for (let n = 0; n < 50_000; n++) store.attempt(refused(n));
      store.audit({ at: "2026-11-23T06:00:00Z", actor: "user:ana", action: "sync", details: {} });
      const entries = store.activity({ order: "newest-first", limit: 1_000, action: "sign-in-refused" });
      expect(entries.length).toBeLessThan(150);
      expect(entries.reduce((sum, { count = 1 }) => sum + count, 0)).toBe(50_000);
      expect(verified(store)).toMatchObject({ is: "whole", verified: entries.length + 2 });
    });
  });

  test("the first is written at once, counts at the end; a daemon that is killed keeps the first", () => {
    const at = (store: Store): (number | undefined)[] => store.audits({ limit: 9 }).map(({ count }) => count);
    withStore((store) => {
      for (let n = 0; n < 5; n++) store.attempt({ ...refused(0), details: {} });
      expect(at(store)).toEqual([undefined]);
    });
    withStore((store) => expect(at(store)).toEqual([4, undefined]));
  });

  test("what a full disk refused is written when there is room again, and the oldest fall first", () => {
    const rows: ChainRow[] = [];
    let isFull = true;
    const activity = new SqliteActivity(
      {
        run(_sql, ...values) {
          if (isFull)
            throw new Failure("store", file, "backoff", { cannot: "write", why: "full", fix: "room" });
          const [seq, text, hash] = values as [number, string, string];
          rows.push({ seq, text, hash });
        },
        all: <Row>(sql: string) => (sql.includes("DESC") ? rows.slice(-1) : rows.slice(0, 1)) as Row[],
        atomically: (work) => work(),
      },
      { kept: 10_000 },
    );
    const done = (n: number): ActivityNote => ({ ...refused(n), outcome: { is: "done" }, action: `a${n}` });
    for (let n = 0; n < 600; n++) expect(() => activity.attempt(done(n))).toThrow("full");
    isFull = false;
    activity.attempt(done(600));
    expect(rows.map(({ text }) => JSON.parse(text).action)).toEqual(
      Array.from({ length: 500 }, (_, at) => `a${101 + at}`),
    );
  });

  test("a probe writes down what a flood left that has ended", () => {
    withStore((store) => {
      for (let n = 0; n < 5; n++) store.attempt(refused(0));
      store.probe();
      expect(store.audits({ limit: 9 }).map(({ count }) => count)).toEqual([4, undefined]);
    });
  });
});

test("what is known around a deed stands beside it, and what was told of it counts", () => {
  const store = openStore(folder, {
    around: (actor) => (actor === "user:ana" ? { from: { address: "192.0.2.1" }, reason: "because" } : {}),
  });
  told(store, 1);
  store.audit({ at: "", actor: "daemon", action: "x", details: {} });
  store.audit({ at: "", actor: "user:ana", action: "x", reason: "otherwise", details: {} });
  store.attempt({ at: "", actor: "user:ana", action: "y", details: {} });
  expect(store.audits({ limit: 9 }).map(({ from, reason }) => [from?.address, reason])).toEqual([
    ["192.0.2.1", "because"],
    ["192.0.2.1", "otherwise"],
    [undefined, undefined],
    ["192.0.2.1", "because"],
  ]);
  store.close();
});

describe("what was kept before there was a chain", () => {
  function before(rows: [seq: number, app: string | null, details: object][]): void {
    const database = new Database(file, { create: true, strict: true });
    migrate(database, file, MIGRATIONS.slice(0, 4));
    for (const [seq, app, details] of rows)
      database
        .query("INSERT INTO audits (seq, at, actor, action, app, details) VALUES (?, ?, ?, ?, ?, ?)")
        .run(seq, "2026-11-01T00:00:00Z", "user:token", "update", app, JSON.stringify(details));
    database.close();
  }

  test("is chained with its numbers, and secrets of it are masked", () => {
    before([
      [1, "argocd/web", { spec: { project: "shop" }, left: "https://a:c4n4ry@x/" }],
      [2, null, { project: "shop" }],
    ]);
    withStore((store) => {
      told(store, 1);
      expect(verified(store)).toMatchObject({ is: "whole", verified: 3 });
      expect(store.audits({ limit: 9 })).toMatchObject([
        { seq: 3 },
        { seq: 2, object: { kind: "project", name: "shop" } },
        { seq: 1, app: "argocd/web", actor: "user:token", details: { left: "https://x/" } },
      ]);
    });
    expect(readFileSync(file).includes("argocd/web")).toBe(true);
  });

  test("and begins behind what retention had dropped already", () => {
    before([
      [41, null, {}],
      [42, null, {}],
    ]);
    withStore((store) => {
      expect(verified(store)).toMatchObject({ is: "whole", verified: 3, first: 41 });
      told(store, 1);
      expect(store.activityHead()).toMatchObject({ seq: 44 });
    });
  });

  test("and nothing is nothing", () => {
    before([]);
    withStore((store) => {
      expect(verified(store)).toEqual({ is: "whole", verified: 0, first: undefined, head: undefined });
      told(store, 1);
      expect(store.activityHead()).toMatchObject({ seq: 1 });
    });
  });
});
