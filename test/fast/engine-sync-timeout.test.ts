/** `sync.timeout`: a try of a sync that takes too long ends by itself, and says what it was waiting for. */
import { expect, test } from "bun:test";
import { conditions, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath } from "../lib/hook-objects.ts";
import { configMap } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((started) => {
  world = started;
});

test("a sync whose hook never ends is ended with its hook, which is not there any more, and is not tried again by itself", async () => {
  const rig = await start({ settings: { syncTimeoutMs: 300 } });
  const name = "endless";
  const files = {
    "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
    "a.yaml": configMap(name, "a"),
  };
  await rig.placeNew(name, files, { spec: { syncPolicy: { retry: { limit: 3 } } } });
  await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
  const { phase, message, retryCount } = await rig.sync(name);
  expect([phase, message, retryCount]).toEqual([
    "Failed",
    expect.stringMatching(
      /^ended after 0\.3s, the config's sync\.timeout, while waiting for completion of hook batch\/Job endless\/pre since /,
    ),
    undefined,
  ]);
  expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Failed"]);
  await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
  expect(await world.hasConfigMap(name, "a")).toBe(false);
});

test("an automated sync that waits for a wave's health too long is decided anew, after a pause", async () => {
  const rig = await start({ settings: { syncTimeoutMs: 300 } });
  const name = "unwell";
  rig.judge("ConfigMap", name, "gate", "Progressing");
  const inWaves = [
    configMap(name, "gate"),
    configMap(name, "last", {}, { "argocd.argoproj.io/sync-wave": "1" }),
  ];
  await rig.placeNew(name, { "all.yaml": inWaves }, { spec: { syncPolicy: { automated: {} } } });
  const app = await rig.until(name, (seen) => conditions(seen, "SyncError").length > 0);
  expect(conditions(app, "SyncError")[0]).toMatch(
    /failed: ended after 0\.3s, .*while waiting for healthy state of ConfigMap unwell\/gate .*It is tried again at /,
  );
  expect(await world.hasConfigMap(name, "last")).toBe(false);
  rig.judge("ConfigMap", name, "gate", "Healthy");
  rig.clock.advance(3_600_000);
  await rig.refresh(name);
  await eventually("the rest is there", () => world.hasConfigMap(name, "last"));
});
