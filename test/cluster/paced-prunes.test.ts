/** A wrong merge takes 200 objects out, and a revert comes while they go two in a second: what is left stays. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { configMap } from "../lib/manifests.ts";
import { isQuiet, isSynced, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const COUNT = 200;
/** Whose turns had come when the revert was heard of. */
const ON_THEIR_WAY = 2;
let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ config: "prune: { perSecond: 2, budgetPercent: 100 }\n" });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const mapsOf = (name: string): KubeObject[] =>
  Array.from({ length: COUNT }, (_, at) => configMap(name, `m${at}`));
const deleted = (name: string): string[] =>
  stage
    .writes(name)
    .filter(({ verb }) => verb === "delete")
    .map(({ name: of }) => of);
async function uids(name: string): Promise<Map<string, string>> {
  const { items } = await stage.must("GET", `/api/v1/namespaces/${name}/configmaps`);
  return new Map(
    items
      .filter(({ metadata }: KubeObject) => /^m\d+$/.test(metadata.name))
      .map(({ metadata }: KubeObject) => [metadata.name, metadata.uid]),
  );
}

/** With all of them there, and a commit that leaves out all but one. */
async function inTheMiddle(name: string, spec: Shown) {
  const all = yaml(configMap(name, "stays"), ...mapsOf(name));
  const app = await stage.place({ name, files: { "all.yaml": all }, spec });
  await app.until(({ status }) => status?.sync !== undefined);
  if (spec["syncPolicy"].automated === undefined) await app.sync();
  await app.untilSettled();
  const before = await uids(name);
  await app.commit({ "all.yaml": yaml(configMap(name, "stays")) });
  const isPruning = ({ status }: Shown): boolean =>
    /^waiting since \S+ to delete \d+ more, 2 in a second/.test(status?.operationState?.message ?? "");
  return {
    app,
    before,
    /** @returns the revert, and how many had been deleted when it was heard of */
    async revert() {
      await app.until(isPruning);
      const back = await app.commit({ "all.yaml": all });
      return { back, heard: deleted(name).length };
    },
  };
}

/** @param before uids by name @param heard how many had been deleted when the revert was heard of */
async function onlyThoseWent(
  name: string,
  before: ReadonlyMap<string, string>,
  heard: number,
): Promise<void> {
  const gone = deleted(name);
  expect(gone.length).toBeGreaterThan(0);
  expect(gone.length).toBeLessThanOrEqual(heard + ON_THEIR_WAY);
  expect(gone.length).toBeLessThan(COUNT / 2);
  const now = await uids(name);
  expect(now.size).toBe(COUNT);
  // What was not deleted is the same object still, and the rest was made again.
  for (const [one, uid] of before) expect([one, now.get(one) === uid]).toEqual([one, !gone.includes(one)]);
}

test("in a sync that a person asked for", async () => {
  const name = "paced-person";
  const { app, before, revert } = await inTheMiddle(name, { syncPolicy: {} });
  const pruning = app.sync({ prune: true, confirmPrune: COUNT });
  const { back, heard } = await revert();
  const { syncResult, phase, message } = await pruning;
  expect(phase).toBe("Succeeded");
  const said = syncResult.resources
    .filter(({ status }: Shown) => status === "PruneSkipped")
    .map((one: Shown) => one["message"]);
  expect(new Set(said)).toEqual(new Set([`stays: ${back} wants it again`]));
  expect(said).toHaveLength(COUNT - deleted(name).length);
  expect(message).toContain(`${said.length} not pruned`);
  await app.sync();
  await app.untilSettled();
  await onlyThoseWent(name, before, heard);
});

test("in an automated one", async () => {
  const name = "paced-automated";
  const { app, before, revert } = await inTheMiddle(name, { syncPolicy: { automated: { prune: true } } });
  const { back, heard } = await revert();
  await app.until((seen) => isQuiet(seen) && isSynced(seen) && seen["status"].sync.revision === back);
  await onlyThoseWent(name, before, heard);
});
