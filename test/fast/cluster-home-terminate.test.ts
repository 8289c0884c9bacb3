/** `Terminating` in the status of an Application, as `argocd app terminate-op` and kubectl write it, ends what runs. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { PAUSES, RecordsStage, type Shown, settled } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

const TERMINATING = { status: { operationState: { phase: "Terminating" } } };
const WAVE = "argocd.argoproj.io/sync-wave";
const KEY = (name: string) => `argocd/${name}` as never;
let stage: RecordsStage;
beforeAll(async () => {
  stage = await RecordsStage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage?.world.stop());

/** Its second object waits for its first. */
const inWaves = (name: string): Record<string, KubeObject> => {
  const second = configMap(name, "second");
  return {
    "a.yaml": configMap(name, "first"),
    "b.yaml": { ...second, metadata: { ...second.metadata, annotations: { [WAVE]: "1" } } },
  };
};
const phaseOf = ({ status }: Shown): unknown => status?.operationState?.phase;
const asked = { operation: { initiatedBy: { username: "dana" }, sync: { revision: "HEAD" } } };

describe("an operation that runs", () => {
  test("is ended, and the rest of it is not done", async () => {
    const rig = await stage.start();
    const name = "ends";
    await stage.apply(name, inWaves(name), { spec: { syncPolicy: {} } });
    rig.judge("ConfigMap", name, "first", "Progressing");
    await stage.patch(name, asked);
    await stage.until(
      name,
      "waits for its first object",
      (app) => phaseOf(app) === "Running" && /first/.test(app["status"].operationState.message),
    );
    await stage.patch(name, TERMINATING);
    const app = await stage.until(name, "is ended", (now) => phaseOf(now) === "Failed");
    expect(app["status"].operationState).toMatchObject({ terminatedBy: "status field" });
    await rig.untilIdle();
    expect(await stage.world.hasConfigMap(name, "second")).toBe(false);
    expect(rig.store.audits({ limit: 1 })).toMatchObject([{ action: "terminate", actor: "status field" }]);

    // The next one is another, though the status shows the one before for a while.
    rig.judge("ConfigMap", name, "first", "Healthy");
    await stage.patch(name, asked);
    await stage.until(name, "is synced", settled);
    expect(await stage.world.hasConfigMap(name, "second")).toBe(true);
  });

  test("is not ended by what is seen late of the one before, which began in the same second", async () => {
    const rig = await stage.start();
    rig.clock.stop();
    const name = "late";
    await stage.apply(name, inWaves(name), { spec: { syncPolicy: {} } });
    rig.judge("ConfigMap", name, "first", "Progressing");
    await stage.patch(name, asked);
    const first = await stage.until(
      name,
      "runs",
      (app) => phaseOf(app) === "Running" && app["operation"] === undefined,
    );
    await rig.control.terminate(KEY(name), "user:dana");
    await stage.until(name, "is ended", (app) => phaseOf(app) === "Failed");
    await rig.untilIdle();
    await rig.control.sync(KEY(name), { operation: { sync: { revision: "HEAD" } }, actor: "user:dana" });
    const second = await stage.until(name, "runs again", (app) => phaseOf(app) === "Running");
    expect(second["status"].operationState.startedAt).toBe(first["status"].operationState.startedAt);
    await stage.patch(name, TERMINATING);
    await stage.until(name, "is put right", (app) => phaseOf(app) === "Running");
    rig.judge("ConfigMap", name, "first", "Healthy");
    await stage.until(name, "is synced", settled);
  });

  test("is ended also where it waits for its next try", async () => {
    const rig = await stage.start();
    const name = "retries";
    const files = { "a.yaml": { ...configMap(name, "a"), data: { a: 1 } } as unknown as KubeObject };
    await stage.apply(name, files, { spec: { syncPolicy: {} } });
    const retry = { limit: 5, backoff: { duration: "1h" } };
    await stage.patch(name, { operation: { ...asked.operation, retry } });
    await stage.until(
      name,
      "waits for its next try",
      (app) => phaseOf(app) === "Running" && app["status"].operationState.finishedAt !== undefined,
    );
    await stage.patch(name, TERMINATING);
    await stage.until(name, "is ended", (app) => phaseOf(app) === "Failed");
    await rig.untilIdle();
    expect(rig.app(name).status?.operationState?.phase).toBe("Failed");
  });

  test("is not resumed where it was ended while no daemon ran", async () => {
    const store = memoryStore();
    const first = await stage.start({ store });
    const name = "down";
    await stage.apply(name, inWaves(name), { spec: { syncPolicy: {} } });
    first.judge("ConfigMap", name, "first", "Progressing");
    await stage.patch(name, asked);
    await stage.until(name, "runs", (app) => phaseOf(app) === "Running" && app["operation"] === undefined);
    await stage.stopAll();
    await stage.patch(name, TERMINATING);
    const rig = await stage.start({ store });
    const app = await stage.until(name, "is ended", (now) =>
      ["Failed", "Error"].includes(String(phaseOf(now))),
    );
    expect(app["status"].operationState.finishedAt).toBeDefined();
    await rig.untilIdle();
    expect(rig.control.runs({ limit: 10 })).toHaveLength(1);
    expect(await stage.world.hasConfigMap(name, "second")).toBe(false);
  });
});

test("where nothing runs nothing is ended, and the status says again what is", async () => {
  const rig = await stage.start();
  const name = "at-rest";
  await stage.apply(name, { "a.yaml": configMap(name, "a") }, { spec: { syncPolicy: {} } });
  await stage.patch(name, asked);
  await stage.until(name, "is synced", settled);
  await rig.untilIdle();
  await stage.patch(name, TERMINATING);
  await stage.until(name, "says what is", (app) => phaseOf(app) === "Succeeded");
  expect(rig.store.audits({ limit: 10 }).filter(({ action }) => action === "terminate")).toEqual([]);
  // And that is all: nobody writes on and on.
  const version = (await stage.read(name))?.["metadata"].resourceVersion;
  await Bun.sleep(3 * PAUSES.detailsMs);
  expect((await stage.read(name))?.["metadata"].resourceVersion).toBe(version);
  await eventually("it is as it was", () => rig.app(name).status?.operationState?.phase === "Succeeded");
});
