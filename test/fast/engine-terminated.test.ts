/** A sync that a person ends: it stays ended, whatever else is asked for, until Git or a person wants something again. */
import { describe, expect, test } from "bun:test";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { SyncRequest } from "../../src/core/model/operation.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Files,
  isQuiet,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, waitsForHook } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { inWave } from "../lib/syncs.ts";

let world: World;
const start = sharedWorld((started) => {
  world = started;
});

const keyOf = (name: string): AppKey => `argocd/${name}` as AppKey;
const ADA = "user:ada";

/** Terminates what the application does, and waits until that has ended. */
async function terminate(rig: Rig, name: string): Promise<void> {
  expect(await rig.control.terminate(keyOf(name), ADA)).toMatchObject({ is: "written" });
  await rig.until(name, isQuiet);
  await rig.untilIdle();
}

const runsOf = (rig: Rig, name: string): string[] =>
  rig.store
    .runs({ app: keyOf(name), limit: 50 })
    .filter(({ cause }) => cause !== "manual")
    .map(({ cause }) => cause);

/** Whatever would begin a sync by itself comes, and none begins; the application says why. */
async function staysEnded(rig: Rig, name: string): Promise<void> {
  const before = runsOf(rig, name);
  rig.clock.advance(3_600_000);
  await rig.refresh(name, "hard");
  await rig.untilIdle();
  expect(runsOf(rig, name)).toEqual(before);
  expect(rig.app(name).status?.terminated).toMatchObject({
    by: ADA,
    at: expect.stringMatching(/^\d{4}-.*Z$/),
  });
  expect(conditions(rig.app(name), "TerminatedWarning")).toEqual([
    expect.stringMatching(
      new RegExp(
        `^terminated by user:ada at \\S+Z: the sync to [0-9a-f]{7}\\. Nothing is synced .* by: holdfast app sync argocd/${name}$`,
      ),
    ),
  ]);
}

/** By any other request than that of a whole sync. */
async function staysEndedBesides(rig: Rig, name: string): Promise<void> {
  await staysEnded(rig, name);
  await rig.sync(name, { dryRun: true });
  await staysEnded(rig, name);
  await rig.sync(name, { resources: [{ kind: "ConfigMap", name: "part", namespace: name }] });
  expect(await world.hasConfigMap(name, "part")).toBe(true);
  await world.must("DELETE", configMapPath(name, "part"));
  await staysEnded(rig, name);
  void rig.control.sync(keyOf(name), { operation: { sync: { dryRun: true } }, actor: ADA });
  await terminate(rig, name);
  await staysEnded(rig, name);
}

async function restarted(rig: Rig): Promise<Rig> {
  await rig.stop();
  return start({ store: rig.store, folder: rig.folder });
}

/** Git wants the rest of it in another way: the sync of that goes through. */
async function goesAtTheNextCommit(
  rig: Rig,
  name: string,
  repository: Repository,
  files: Files,
): Promise<void> {
  rig.judge("ConfigMap", name, "gate", "Healthy");
  const sha = await repository.commit({ "last.yaml": configMap(name, "last", { next: "1" }), ...files });
  await rig.refresh(name);
  const app = await rig.until(
    name,
    ({ status }) => status?.sync.revision === sha && status.operationState?.phase === "Succeeded",
  );
  expect([app.status?.terminated, conditions(app, "TerminatedWarning")]).toEqual([undefined, []]);
  expect(await world.hasConfigMap(name, "last")).toBe(true);
  expect(await world.hasConfigMap(name, "part")).toBe(true);
}

interface Stage {
  files?: (name: string) => Files;
  until?: (app: Application) => unknown;
}
const asksForever = (name: string): Files => ({
  "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
});
const refused = (name: string): Files => ({
  "refused.yaml": `{apiVersion: v1, kind: ConfigMap, metadata: {name: refused, namespace: ${name}}, data: {key: 5}}`,
});
const STAGES: Record<string, Stage> = {
  "in-presync": { files: asksForever, until: waitsForHook("pre") },
  "in-a-wave": {
    files: (name) => ({ "gate.yaml": inWave(-1, configMap(name, "gate")) }),
    until: ({ status }) => /waiting for healthy state/.test(status?.operationState?.message ?? ""),
  },
  "before-its-next-try": {
    files: refused,
    until: ({ status }) =>
      status?.operationState?.phase === "Running" && status.operationState.finishedAt !== undefined,
  },
};

describe("a sync that a person ends stays ended, after a restart too", () => {
  test.each(Object.entries(STAGES))("%s", async (name, { files, until }) => {
    let rig = await start();
    rig.judge("ConfigMap", name, "gate", "Progressing");
    const all = {
      "part.yaml": configMap(name, "part"),
      "last.yaml": configMap(name, "last"),
      ...files?.(name),
    };
    const spec = { syncPolicy: { ...AUTOMATED, retry: { limit: 5, backoff: { duration: "1m" } } } };
    const repository = await rig.placeNew(name, all, { spec });
    await rig.until(name, (app) => until?.(app));
    await terminate(rig, name);
    await staysEnded(rig, name);
    rig = await restarted(rig);
    rig.judge("ConfigMap", name, "gate", "Progressing");
    if (name !== "before-its-next-try") await staysEndedBesides(rig, name);
    else await staysEnded(rig, name);
    const gone = Object.fromEntries(Object.keys(files?.(name) ?? {}).map((path) => [path, null]));
    await goesAtTheNextCommit(rig, name, repository, gone);
  });

  test("before it began, since a restart cut it off", async () => {
    const name = "cut-off";
    let rig = await start();
    const all = {
      ...asksForever(name),
      "part.yaml": configMap(name, "part"),
      "last.yaml": configMap(name, "last"),
    };
    const repository = await rig.placeNew(name, all);
    await rig.until(name, waitsForHook("pre"));
    rig = await restarted(rig);
    // Before the first pass: nothing of what Git wants is known.
    expect(rig.app(name).operation).toBeDefined();
    await terminate(rig, name);
    await staysEndedBesides(rig, name);
    await goesAtTheNextCommit(rig, name, repository, { "pre.yaml": null });
  });

  test("before it began, as a person asked for it; and it goes when one asks again", async () => {
    const name = "asked";
    const rig = await start();
    const files = { "part.yaml": configMap(name, "part"), "last.yaml": configMap(name, "last") };
    await rig.placeNew(name, files);
    await rig.untilSettled(name);
    await rig.untilIdle();
    void rig.control.sync(keyOf(name), { operation: { sync: {} }, actor: ADA });
    await terminate(rig, name);
    await world.must("DELETE", configMapPath(name, "last"));
    await staysEndedBesides(rig, name);
    await rig.sync(name);
    expect(rig.app(name).status?.terminated).toBeUndefined();
    await world.must("DELETE", configMapPath(name, "last"));
    await eventually("it is healed again", () => world.hasConfigMap(name, "last"));
  });

  test("a heal", async () => {
    const name = "healing";
    const rig = await start();
    const all = { "gate.yaml": configMap(name, "gate"), "last.yaml": inWave(1, configMap(name, "last")) };
    const repository = await rig.placeNew(name, all, { spec: { syncPolicy: { automated: {} } } });
    await rig.untilSettled(name);
    await rig.untilIdle();
    rig.judge("ConfigMap", name, "gate", "Progressing");
    for (const one of ["gate", "last"]) await world.must("DELETE", configMapPath(name, one));
    const isMissing = ({ health }: { health?: { status: string } }): boolean => health?.status === "Missing";
    await rig.until(name, ({ status }) => status?.resources?.every(isMissing));
    rig.place(appOf({ name, repository }));
    await rig.until(name, ({ status }) => /waiting for healthy/.test(status?.operationState?.message ?? ""));
    expect(rig.app(name).status?.operationState?.operation.sync?.resources).toBeDefined();
    await terminate(rig, name);
    await staysEnded(rig, name);
    expect(await world.hasConfigMap(name, "last")).toBe(false);
  });
});

describe("what a person ends that is no whole sync stops nothing", () => {
  const parts: Record<string, SyncRequest> = {
    "a-dry-run": { dryRun: true },
    "a-part": { resources: [{ kind: "ConfigMap", name: "part" }] },
  };
  test.each(Object.entries(parts))("%s", async (name, sync) => {
    const rig = await start();
    await rig.placeNew(name, { "part.yaml": configMap(name, "part"), "last.yaml": configMap(name, "last") });
    await rig.untilSettled(name);
    await rig.untilIdle();
    void rig.control.sync(keyOf(name), { operation: { sync }, actor: ADA });
    await terminate(rig, name);
    await world.must("DELETE", configMapPath(name, "last"));
    await eventually("it is healed", () => world.hasConfigMap(name, "last"));
    expect(rig.app(name).status?.terminated).toBeUndefined();
  });
});
