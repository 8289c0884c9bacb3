/** Several daemons of one home, of which one leads: who follows has what was known, and nobody writes what is not kept. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { type Replicas, startReplicas, type TestReplica } from "../lib/replica-pair.ts";

setDefaultTimeout(300_000);

let on: Replicas;
afterEach(() => on?.stop());

const WAIT_MS = 120_000;
const until = <T>(
  what: string,
  is: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> => eventually(what, is, WAIT_MS) as Promise<T>;
const historyOf = async (one: TestReplica, app: string): Promise<any[]> =>
  (await one.get(`/api/v1/applications/${app}`)).body?.status?.history ?? [];
const untilHistory = (one: TestReplica, app: string, length: number): Promise<any[]> =>
  until(`${length} syncs of ${app} are told`, async () => {
    const history = await historyOf(one, app);
    return history.length === length ? history : undefined;
  });

test("one that is asked to end is followed at once, by one that has its history whole and syncs on", async () => {
  on = await startReplicas(30_000);
  const first = await on.start();
  await on.leads();
  const second = await on.start();
  await until("it stands by", async () => (await second.get("/readyz")).text === "ok: it stands by\n");
  // What it is asked it does not answer itself.
  const { status, text } = await second.get("/api/v1/applications");
  expect([status, text]).toEqual([503, expect.stringContaining(`${first.replica.identity} leads`)]);
  const { commit } = await on.application("shop");
  await until("it is synced", async () => (await on.valueOf("shop")) === "1");
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
