/** Pauses between tries and between heals last as long as they do, whatever somebody does to the machine's clock. */
import { describe, expect, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { AUTOMATED, conditions, isSynced, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const DAY = 86_400_000;
/** A value that the API server refuses. */
const refused = (namespace: string): KubeObject => ({
  ...configMap(namespace, "a"),
  data: { key: { no: "text" } as unknown as string },
});
const minute = { backoff: { duration: "1m", factor: 1 } };
const triesOf = (rig: Rig, name: string): number => rig.app(name).status?.operationState?.retryCount ?? 0;
const runsOf = (rig: Rig, name: string): number =>
  rig.store.runs({ app: `argocd/${name}` as never, limit: 50 }).length;

/** One that failed once and waits for its next try. */
async function waiting(rig: Rig, name: string, limit: number): Promise<void> {
  await rig.placeNew(
    name,
    { "a.yaml": refused(name) },
    { spec: { syncPolicy: { ...AUTOMATED, retry: { limit, ...minute } } } },
  );
  await rig.until(name, ({ status }) => status?.operationState?.finishedAt !== undefined);
  await rig.refresh(name);
}

describe("a retry that waits for a minute", () => {
  test.each([
    ["back", -DAY],
    ["ahead", DAY],
  ])("comes after a minute and not before, where the clock is set %s", async (way, by) => {
    const rig = await start(),
      name = `retry-${way}`;
    await waiting(rig, name, 5);
    expect(triesOf(rig, name)).toBe(1);
    rig.clock.set(by);
    rig.clock.advance(20_000);
    await rig.refresh(name);
    expect(triesOf(rig, name)).toBe(1);
    rig.clock.advance(41_000);
    await rig.refresh(name);
    await rig.until(name, () => triesOf(rig, name) === 2);
  });

  test("so does the try that follows when there are no more of its limit", async () => {
    const rig = await start(),
      name = "capped-back";
    await waiting(rig, name, 0);
    expect(conditions(rig.app(name), "SyncError").join()).toContain("It is tried again at");
    const before = runsOf(rig, name);
    rig.clock.set(-DAY);
    rig.clock.advance(20_000);
    await rig.refresh(name);
    expect(runsOf(rig, name)).toBe(before);
    rig.clock.advance(105_000);
    await rig.refresh(name);
    await eventually("it is tried again", () => runsOf(rig, name) > before);
  });

  test("a restart under a clock that was set back does not wait for the day to come again", async () => {
    const store = memoryStore();
    const rig = await start({ store }),
      name = "retry-restart";
    rig.clock.set(DAY);
    await waiting(rig, name, 5);
    const { folder } = rig;
    await rig.stop();
    const again = await start({ store, folder });
    await again.refresh(name);
    expect(triesOf(again, name)).toBe(1);
    again.clock.advance(61_000);
    await again.refresh(name);
    await again.until(name, () => triesOf(again, name) === 2);
  });
});

test("a heal that waits for its pause comes when that is over, where the clock is set back", async () => {
  const rig = await start(),
    name = "heal-back";
  await rig.placeNew(name, { "a.yaml": configMap(name, "a") }, { spec: { syncPolicy: AUTOMATED } });
  await rig.untilSettled(name);
  const keyOf = async (): Promise<unknown> => (await world.find(configMapPath(name, "a")))?.data?.key;
  const take = (): Promise<unknown> =>
    world.must("PATCH", configMapPath(name, "a"), { data: { key: "x" } }, "application/merge-patch+json");
  for (const _ of [1, 2]) {
    await take();
    await eventually("it is put back at once", async () => (await keyOf()) === "value");
  }
  rig.clock.set(-DAY);
  await take();
  await rig.until(name, (now) => !isSynced(now));
  rig.clock.advance(2_000);
  await rig.refresh(name);
  await eventually("it is put back", async () => (await keyOf()) === "value");
});
