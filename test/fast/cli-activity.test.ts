/** The verbs of the audit, over HTTP on a real store, and on its folder with no daemon in between. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifying } from "../../src/core/activity/verify-chain.ts";
import type { ActivityEntry } from "../../src/core/model/activity.ts";
import { appKey } from "../../src/core/model/application.ts";
import type { TransitionQuery } from "../../src/core/model/transition.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { inSlices } from "../../src/lib/in-steps.ts";
import { MIGRATIONS, migrate } from "../../src/store/migrations.ts";
import { openStore } from "../../src/store/open-store.ts";
import { activityVerify } from "../../src/verbs/activity-verify.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const MANY = 1_234;
const folder = mkdtempSync(join(tmpdir(), "holdfast-activity-"));
const data = join(folder, "data");
let store: Store;
let api: FakeApi;

beforeAll(() => {
  store = openStore(data);
  store.atomically(() => {
    for (let n = 1; n < MANY; n++)
      store.audit({
        at: "2026-11-23T04:00:00Z",
        actor: n % 2 === 0 ? "daemon" : "user:ana",
        action: "sync",
        app: appKey("shop", `app${n % 10}`),
        details: {},
      });
    store.audit({
      at: "2026-11-24T04:00:00Z",
      actor: "user:ben",
      action: "delete",
      app: appKey("shop", "gone"),
      outcome: { is: "refused", why: "it is not his" },
      reason: "cleaning up\u001b[31m",
      count: 7,
      details: {},
    });
  });
  api = startFakeApi({
    ...fakeControl(),
    activity: (query) => store.activity(query),
    verifyActivity: (noted, signal) =>
      inSlices(
        verifying((from, limit) => store.chain(from, limit), noted),
        { signal },
      ),
  });
});
afterAll(async () => {
  await api.stop();
  store.close();
  rmSync(folder, { recursive: true });
});

const run = (argv: string): ReturnType<typeof cli> =>
  cli(argv.split(" "), {
    server: api.url,
    now: () => Date.UTC(2026, 10, 24, 5),
    verbs: { activityVerify: (ask) => activityVerify({ cwd: folder }, ask) },
  });

describe("activity list", () => {
  test("says who did what, the newest first", async () => {
    const { stdout, code } = await run("activity list --limit 2");
    expect(code).toBe(0);
    expect(stdout).toContain(
      "1234    2026-11-24T04:00:00Z   user:ben   delete (7 times)   application shop/gone   refused     it is not his; cleaning up",
    );
    // It does not claim that the sync went well.
    expect(stdout).toMatch(/1233 +2026-11-23T04:00:00Z +user:ana +sync +application shop\/app3 +asked for\n/);
    expect(stdout).not.toContain("\u001b");
  });

  test("reads as many pages as it takes", async () => {
    const { items } = JSON.parse((await run("activity list --limit 1200 -o json")).stdout);
    expect(items.map(({ seq }: ActivityEntry) => seq)).toEqual(
      Array.from({ length: 1_200 }, (_, i) => MANY - i),
    );
    const all = JSON.parse((await run("activity list --limit 9999 -o json")).stdout);
    expect(all.items.length).toBe(MANY);
  });

  test.each([
    ["--since 2h", 1],
    ["--since 2026-11-23T00:00:00+01:00 --until 2026-11-24", MANY - 1],
    ["--actor ben", 1],
    ["--action delete", 1],
    ["--app shop/gone", 1],
    ["--outcome refused", 1],
    ["--text cleaning", 1],
    ["--project nowhere", 0],
  ])("%s", async (flags, count) => {
    const { stdout } = await run(`activity list --limit 9999 -o json ${flags}`);
    expect(JSON.parse(stdout).items.length).toBe(count);
  });

  test.each(["--since yesterday", "--limit 0", "--outcome maybe"])("refuses %s", async (flags) => {
    expect((await run(`activity list ${flags}`)).code).toBe(2);
  });
});

test("activity show says one entry whole, and does not take the next for one that is not there", async () => {
  expect((await run(`activity show ${MANY}`)).stdout).toContain("why: it is not his");
  expect((await run(`activity show ${MANY + 1}`)).code).toBe(3);
});

test("activity show says where it stands what a sync came to", async () => {
  const { stdout, stderr } = await run(`activity show ${MANY - 1}`);
  expect(stdout).toContain("is: done");
  expect(stderr).toContain("What came of it: holdfast runs --app shop/app3");
  expect((await run(`activity show ${MANY}`)).stderr).toBe("");
});

test("activity export writes all of it, each line with its hash, and the file is verified as the store is", async () => {
  const { stdout, code } = await run("activity export");
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n").length).toBe(MANY);
  const file = join(folder, "export.ndjson");
  const verified = async (text: string) => {
    writeFileSync(file, text);
    return await run("activity verify --file export.ndjson");
  };
  expect(await verified(stdout)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(
      `1234 entries as written, from 1 to 1234.\nHead: 1234:${store.activityHead()?.hash}`,
    ),
  });
  expect(await verified(stdout.replace('"seq":17,', '"seq":17,"x":1,'))).toMatchObject({
    code: 1,
    stdout: "Broken at entry 17: what it says is not what was written. Before that: 16 entries as written.\n",
  });
  expect((await verified(stdout.replace(/^.*"seq":9,.*\n/m, ""))).stdout).toContain(
    "Broken at entry 9: it is missing.",
  );
  expect((await verified(stdout.slice(0, -50))).stderr).toContain("the line is no entry of the activity");
});

test("an export is read as it is taken: nothing is read ahead of who reads slowly", async () => {
  let asked = 0;
  const slow = startFakeApi({
    ...fakeControl(),
    activity: ({ beyond = 0, limit }) => {
      asked += 1;
      const [entry] = store.activity({ order: "newest-first", limit: 1 });
      return Array.from({ length: limit }, (_, i) => ({
        ...entry!,
        seq: beyond + i + 1,
        details: { text: "x".repeat(5_000) },
      }));
    },
  });
  const left = new AbortController();
  const reply = await fetch(`${slow.url}/api/holdfast/v1/activity?format=ndjson`, { signal: left.signal });
  const reader = reply.body!.getReader();
  expect((await reader.read()).value?.length).toBeGreaterThan(0);
  // It has no end: whoever read ahead would read for ever.
  for (let before = -1; before !== asked; ) {
    before = asked;
    await Bun.sleep(100);
  }
  expect(asked).toBeLessThan(40);
  left.abort();
  await reader.cancel().catch(() => undefined);
  await slow.stop();
});

describe("activity transitions", () => {
  const asked: TransitionQuery[] = [];
  let of: FakeApi;
  beforeAll(() => {
    const control = fakeControl();
    control.put(fakeApp("shop", "web"));
    control.setTransitions(
      Array.from({ length: 1_300 }, (_, at) => ({
        ...{ seq: at + 1, kind: "health-degraded" as const, app: appKey("shop", "web"), count: 1 },
        ...{ at: "2026-11-23T04:00:00Z", first: "2026-11-23T04:00:00Z", why: "down\u001b[31m" },
      })),
    );
    const { transitions } = control;
    of = startFakeApi({
      ...control,
      transitions(query) {
        asked.push(query);
        return transitions(query);
      },
    });
  });
  afterAll(() => of.stop());
  const told = (argv: string) =>
    cli(`activity transitions ${argv}`.trim().split(" "), {
      server: of.url,
      now: () => Date.UTC(2026, 10, 24, 5),
    });

  test("reads as many pages as are wanted, the newest first, and steers no terminal", async () => {
    const { items } = JSON.parse((await told("--limit 1200 -o json")).stdout);
    expect([items.length, items[0].seq, items.at(-1).seq]).toEqual([1200, 1300, 101]);
    expect((await told("--limit 1")).stdout).not.toContain("\u001b");
  });

  test("chooses by application, cluster, kind and time", async () => {
    asked.length = 0;
    await told("--app web --kind drift-found,sync-failed --since 24h --until 2026-11-24T04:00:00Z");
    expect(asked[0]).toMatchObject({
      ...{ app: "shop/web", kinds: ["drift-found", "sync-failed"] },
      ...{ since: "2026-11-23T05:00:00Z", until: "2026-11-24T04:00:00Z" },
    });
    expect((await told("--cluster nowhere")).stderr).toContain("Nothing of that kind changed yet.");
  });

  test("refuses a kind that there is not with those that there are", async () => {
    const { code, stderr } = await told("--kind drift");
    expect([code, stderr]).toEqual([2, expect.stringContaining("drift-healed")]);
  });
});

describe("activity verify", () => {
  test("asks the daemon, and compares with a head that was noted", async () => {
    const head = store.activityHead()!;
    expect((await run("activity verify")).stdout).toBe(
      `1234 entries as written, from 1 to 1234.\nHead: 1234:${head.hash}\n`,
    );
    expect((await run(`activity verify --anchor 1234:${head.hash}`)).code).toBe(0);
    expect((await run(`activity verify --anchor ${head.hash}`)).code).toBe(0);
    expect(await run(`activity verify --anchor 1240:${head.hash}`)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Broken at entry 1235: the end was cut off: entry 1240 was noted."),
    });
    expect((await run("activity verify --anchor 12")).code).toBe(2);
  });

  test("reads a folder while a daemon uses it, and names what is broken", async () => {
    expect((await run("activity verify --data data")).stdout).toContain("1234 entries as written");
    const copy = join(folder, "copy");
    const other = openStore(copy);
    for (let n = 0; n < 9; n++) other.audit({ at: "", actor: "daemon", action: "x", details: {} });
    other.close();
    const database = new Database(join(copy, "holdfast.db"));
    database.run("DROP TRIGGER activity_kept");
    database.run("DELETE FROM activity WHERE seq = 5");
    database.close();
    expect(await run("activity verify --data copy")).toMatchObject({
      code: 1,
      stdout: "Broken at entry 5: it is missing. Before that: 4 entries as written.\n",
    });
    // Nothing is left behind that belongs to whoever looked.
    expect(readdirSync(copy).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    const old = join(folder, "old");
    mkdirSync(old);
    const before = new Database(join(old, "holdfast.db"), { create: true });
    migrate(before, "holdfast.db", MIGRATIONS.slice(0, 4));
    before.close();
    expect(await run("activity verify --data old")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("it is of a version that kept no chain"),
    });
    writeFileSync(
      join(old, "holdfast.db"),
      "this is no database, but it is long enough to be one ".repeat(20),
    );
    expect((await run("activity verify --data old")).stderr).toContain("the file is damaged");
    expect((await run("activity verify --data nowhere")).stderr).toContain("there is no such file");
    expect((await run("activity verify --data data --file export.ndjson")).code).toBe(2);
  });
});

describe("--reason", () => {
  const asked: (string | null)[] = [];
  async function writing(argv: string[]): Promise<{ code: number }> {
    asked.length = 0;
    const control = fakeControl();
    control.put(fakeApp("argocd", "web"));
    const listening = startFakeApi(control);
    const server = Bun.serve({
      ...{ hostname: "127.0.0.1", port: 0 },
      fetch(request) {
        const { pathname, search } = new URL(request.url);
        if (request.method !== "GET") asked.push(request.headers.get("holdfast-reason"));
        else expect(request.headers.has("holdfast-reason")).toBe(false);
        const headers = new Headers(request.headers);
        headers.delete("host");
        return fetch(listening.url + pathname + search, {
          method: request.method,
          headers,
          body: request.body,
        });
      },
    });
    const ended = await cli(argv, { server: server.url.origin });
    await server.stop(true);
    await listening.stop();
    return ended;
  }

  test("goes with what writes, whatever letters it has, and before or behind the command", async () => {
    for (const argv of [
      ["app", "terminate", "web", "--reason", "“läuft” zu lang, 50%"],
      ["--reason", "“läuft” zu lang, 50%", "app", "terminate", "web"],
    ]) {
      await writing(argv);
      expect(asked.map((text) => decodeURIComponent(text ?? ""))).toEqual(["“läuft” zu lang, 50%"]);
    }
  });

  test("is no header where there is none", async () => {
    await writing(["app", "terminate", "web"]);
    expect(asked).toEqual([null]);
  });
});
