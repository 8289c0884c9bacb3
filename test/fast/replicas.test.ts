/** Several daemons of one home, of which one leads: who follows has what was known, and nobody writes what is not kept. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SEAL_HEADER } from "../../src/api/forward/seal.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { openStore } from "../../src/store/open-store.ts";
import type { ProxiedRequest } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { type Replicas, startReplicas, type TestReplica } from "../lib/replica-pair.ts";

setDefaultTimeout(300_000);

let on: Replicas;
afterEach(() => on?.stop());

const WAIT_MS = 60_000;
const until = <T>(
  what: string,
  is: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> => eventually(what, is, WAIT_MS) as Promise<T>;
const historyOf = async (one: TestReplica, app: string): Promise<any[]> =>
  (await one.get(`/api/v1/applications/${app}`)).body?.status?.history ?? [];
const untilHistory = (one: TestReplica, app: string, length: number): Promise<any[]> =>
  until(`${length} syncs of ${app} are told`, async () => {
    const history = await historyOf(one, app);
    if (history.length !== length) throw new Error(JSON.stringify(history));
    return history;
  });

test("one that is asked to end is followed at once, by one that has its history whole and syncs on", async () => {
  on = await startReplicas(30_000);
  const first = await on.start();
  await on.leads();
  const second = await on.start();
  await until("it stands by", async () => (await second.get("/readyz")).text === "ok: it stands by\n");
  const { commit } = await on.application("shop");
  await until("it is synced", async () => (await on.valueOf("shop")) === "1");
  // What it is asked the leader answers; how it is itself it says itself.
  expect(await untilHistory(second, "shop", 1)).toEqual(await historyOf(first, "shop"));
  expect((await second.get("/metrics")).text).toContain("holdfast_leader 0");
  expect((await first.get("/metrics")).text).toContain("holdfast_build_info");
  await commit("2");
  await until("the commit is there", async () => (await on.valueOf("shop")) === "2");
  const before = await untilHistory(first, "shop", 2);
  await first.replica.stop();
  // The Lease lasts longer than this test may: it was let go of.
  expect(await on.leads(first)).toBe(second);
  expect(await historyOf(second, "shop")).toEqual(before);
  await commit("3");
  await until("it syncs on", async () => (await on.valueOf("shop")) === "3");
  expect((await untilHistory(second, "shop", 3)).slice(0, 2)).toEqual(before);
});

const PASSWORD = "correct horse battery";

test("people sign in, read, follow and write by whichever replica they ask, and are who they are when another one leads", async () => {
  const hash = await Bun.password.hash(PASSWORD, { algorithm: "bcrypt", cost: 4 });
  on = await startReplicas(
    30_000,
    {
      accounts: [{ name: "admin", may: ["login"], enabled: "yes", passwordHash: new Secret(hash) }],
      server: { trustedProxies: ["127.0.0.1"] },
    },
    "https",
  );
  const first = await on.start();
  await on.leads();
  const second = await on.start();
  const third = await on.start();
  for (const one of [second, third])
    await until("it stands by", async () => (await one.get("/readyz")).text === "ok: it stands by\n");
  const json = { "content-type": "application/json" };
  const stranger = await third.get("/api/v1/applications");
  expect(stranger.status).toBe(401);
  const login = await third.fetch("/api/v1/session", {
    method: "POST",
    headers: { ...json, "sec-fetch-site": "same-origin", "x-forwarded-for": "192.0.2.9" },
    body: JSON.stringify({ username: "admin", password: PASSWORD }),
  });
  expect(login.status).toBe(200);
  const cookies = login.headers.getSetCookie();
  expect(cookies.map((each) => each.split("=")[0])).toContain("__Host-holdfast_s");
  const headers = {
    ...{ ...json, "sec-fetch-site": "same-origin" },
    cookie: cookies.map((each) => each.split(";")[0]).join("; "),
  };
  const nameAt = async (one: TestReplica): Promise<string> =>
    ((await (await one.fetch("/api/v1/session/userinfo", { headers })).json()) as { username: string })
      .username;
  for (const one of [first, second, third]) expect(await nameAt(one)).toBe("admin");
  // Who asked is whom the proxy named to the replica, and nobody else is believed.
  const sessions = await (await first.fetch("/api/holdfast/v1/sessions", { headers })).text();
  expect(sessions).toContain("192.0.2.9");
  const forged = await first.fetch("/api/v1/session/userinfo", {
    headers: { ...headers, [SEAL_HEADER]: "e30.AAAA" },
  });
  expect([forged.status, await forged.text()]).toEqual([
    503,
    expect.stringContaining("is not sealed with the key"),
  ]);
  await on.application("shop");
  await until("it is synced", async () => (await on.valueOf("shop")) === "1");
  const page = await third.fetch("/applications", { headers });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<!doctype html>")]);
  // A stream, until nobody leads any more.
  const stream = await third.fetch("/api/v1/stream/applications", { headers });
  const reader = stream.body!.getReader();
  const decoder = new TextDecoder();
  let told = "";
  const read = async (): Promise<"more" | "over"> => {
    const part = await reader.read().catch(() => ({ done: true, value: undefined }));
    told += decoder.decode(part.value);
    return part.done ? "over" : "more";
  };
  while (!told.includes('"shop"')) await read();
  const sync = () => third.fetch("/api/v1/applications/shop/sync", { method: "POST", headers, body: "{}" });
  expect((await sync()).status).toBe(200);
  const stopping = first.replica.stop();
  while ((await read()) === "more");
  await stopping;
  // One of the others leads, and whichever is asked says the same.
  const next = await on.leads(first);
  const by = next === second ? third : second;
  await until("it follows", async () => (await by.get("/readyz")).text === "ok: it stands by\n");
  for (const one of [next, by]) expect(await nameAt(one)).toBe("admin");
  const app = async (one: TestReplica): Promise<any> =>
    (await one.fetch("/api/v1/applications/shop", { headers })).json();
  await until(
    "the sync that was asked for is known",
    async () => (await app(by)).status?.operationState?.phase === "Succeeded",
  );
  const history = (await app(next)).status.history;
  expect(history).toHaveLength(2);
  expect((await app(by)).status.history).toEqual(history);
  const again = await by.fetch("/api/v1/applications/shop/sync", { method: "POST", headers, body: "{}" });
  expect(again.status).toBe(200);
  await until("it is done once", async () => (await app(by)).status.history.length === 3);
  await by.replica.stop();
  await next.replica.stop();
});

test("whoever waits for a leader at one that is stopped is told that nothing was done", async () => {
  on = await startReplicas(30_000);
  const lease = "/apis/coordination.k8s.io/v1/namespaces/argocd/leases";
  await on.world.must("DELETE", `${lease}/holdfast`);
  const one = await on.start();
  one.proxy.inject(({ path }) => path.startsWith(lease), { do: "answer", status: 503, body: {} });
  const waiting = one.post("/api/v1/applications/shop/sync", {});
  await until("it has come", async () => {
    const { status, text } = await one.get("/readyz");
    return status === 503 && text.startsWith("this replica stands by, and ");
  });
  await one.replica.stop();
  const { status, text } = await waiting;
  expect([status, text]).toEqual([503, expect.stringContaining("nothing was done: this replica")]);
});

const isWrite = ({ method }: ProxiedRequest): boolean => method !== "GET";
const isDry = ({ path }: ProxiedRequest): boolean => path.includes("dryRun=All");
/** What it wrote into the namespace of an application: each is of a sync. */
const syncedBy = ({ proxy }: TestReplica, app: string): ProxiedRequest[] =>
  proxy.requests.filter((each) => isWrite(each) && !isDry(each) && each.path.includes(`/namespaces/${app}/`));
const isPush = (request: ProxiedRequest): boolean =>
  isWrite(request) && request.path.includes("/secrets/holdfast-store");

test("one that is cut off ends by itself and is followed, and nothing is done twice", async () => {
  on = await startReplicas(10_000);
  const first = await on.start();
  await on.leads();
  const second = await on.start();
  const { commit } = await on.application("cut");
  await until("it is synced", async () => (await on.valueOf("cut")) === "1");
  const before = await untilHistory(first, "cut", 1);
  // Its status is written when all that was written down before is shared: what follows is nobody's crash.
  await until("it is told in the cluster", async () => {
    const at = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/cut";
    const { status } = (await on.world.find(at)) ?? {};
    return status?.history?.length === 1 && status.operationState?.phase === "Succeeded";
  });
  const heal = first.proxy.inject(() => true, { do: "hang" });
  first.proxy.stallWatches();
  await commit("2");
  expect(await on.leads(first)).toBe(second);
  await until("it knows", () => first.end?.is === "lost");
  await until("it syncs on", async () => (await on.valueOf("cut")) === "2");
  heal();
  const healed = first.proxy.requests.length;
  expect((await untilHistory(second, "cut", 2)).slice(0, 1)).toEqual(before);
  await commit("3");
  await until("it goes on", async () => (await on.valueOf("cut")) === "3");
  await untilHistory(second, "cut", 3);
  expect(first.proxy.requests.slice(healed).filter(isWrite)).toEqual([]);
  // The first object by the one, and each of the two commits by the other.
  expect(syncedBy(second, "cut")).toHaveLength(2);
});

test("while what is shared cannot be written nothing is written to a cluster, and who asks is told", async () => {
  on = await startReplicas(30_000);
  const one = await on.start();
  await on.leads();
  const { commit } = await on.application("away");
  await until("it is synced", async () => (await on.valueOf("away")) === "1");
  await untilHistory(one, "away", 1);
  const heal = one.proxy.inject(isPush, { do: "answer", status: 503, body: {} });
  const before = syncedBy(one, "away").length;
  await commit("2");
  await until("it is not ready", async () => {
    const { status, text } = await one.get("/readyz");
    return status === 503 && text.includes("nothing is written to any cluster");
  });
  const asked = await one.post("/api/v1/applications/away/sync", {});
  expect(asked.status).toBeGreaterThanOrEqual(500);
  expect([syncedBy(one, "away").length, await on.valueOf("away")]).toEqual([before, "1"]);
  heal();
  await until("it syncs on", async () => (await on.valueOf("away")) === "2");
  await until("it is ready", async () => (await one.get("/readyz")).status === 200);
});

test("the first store becomes what is shared, and another one is refused in its place", async () => {
  on = await startReplicas(30_000);
  const folder = mkdtempSync(join(tmpdir(), "holdfast-own-"));
  const kept = (data: string, name: string): string | undefined => {
    const store = openStore(data);
    const value = store.value(name);
    store.close();
    return value;
  };
  try {
    const [own, foreign] = [join(folder, "own"), join(folder, "foreign")];
    for (const [at, value] of [
      [own, "ours"],
      [foreign, "theirs"],
    ] as const) {
      const store = openStore(at);
      store.putValue("mark", value);
      store.close();
    }
    const first = await on.start(own);
    await on.leads();
    await first.replica.stop();
    const other = await on.start(foreign);
    await until("it ends", () => other.end !== undefined);
    const { end } = other;
    if (end?.is !== "failed" || !(end.cause instanceof Failure)) throw new Error(`it ended by ${end?.is}`);
    expect([end.cause.code, end.cause.object, end.cause.why]).toEqual([
      "conflict",
      foreign,
      "this data folder holds a store of its own, and Secret argocd/holdfast-store holds another one",
    ]);
    await other.replica.stop();
    // It is as it was, and it held up nobody.
    expect(kept(foreign, "mark")).toBe("theirs");
    const third = await on.start();
    expect(await on.leads(first, other)).toBe(third);
    await third.replica.stop();
    expect(kept(third.data, "mark")).toBe("ours");
    // What was a copy of it once may follow again.
    const again = await on.start(own);
    expect(await on.leads(first, other, third)).toBe(again);
  } finally {
    await on.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a cluster that would be kept in one data folder alone is refused with what to do instead", async () => {
  on = await startReplicas(30_000);
  const one = await on.start();
  await on.leads();
  const { status, text } = await one.post("/api/v1/clusters?validate=false", {
    name: "edge",
    server: "https://edge.example.com",
    config: { bearerToken: "nothing" },
  });
  expect(status).toBeGreaterThanOrEqual(400);
  expect(text).toContain("unknown to whichever leads next");
  expect(text).toContain("Make it a Secret of the home's namespace");
});
