/** Hooks on the real control plane and the compiled binary: a migration that fails, is tried again, and is killed in the middle. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, job } from "../lib/manifests.ts";
import { MERGE, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const AUTOMATED_ONLY = { automated: {} };
const jobPath = (namespace: string, name: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

function hook(
  namespace: string,
  name: string,
  type: string,
  {
    image = "migrate:1",
    suspend = false,
    policy,
  }: { image?: string; suspend?: boolean; policy?: string } = {},
): KubeObject {
  const made = job({ namespace, name, image });
  const annotations = {
    "argocd.argoproj.io/hook": type,
    ...(policy === undefined ? {} : { "argocd.argoproj.io/hook-delete-policy": policy }),
  };
  return {
    ...made,
    metadata: { ...made.metadata, annotations },
    spec: { ...(made["spec"] as object), suspend },
  };
}

const stateOf = (app: Shown): Shown | undefined => app.status?.operationState;
const hooksOf = (app: Shown): string[] =>
  (stateOf(app)?.syncResult?.resources ?? []).flatMap(({ name, hookType, hookPhase }: Shown) =>
    hookType === undefined ? [] : [`${hookType} ${name} ${hookPhase}`],
  );
const waitsFor =
  (name: string) =>
  (app: Shown): boolean =>
    new RegExp(`waiting for completion of hook batch/Job \\S+/${name} since \\d{4}-`).test(
      stateOf(app)?.message ?? "",
    );

test("a migration that fails is tried again, and each try runs it anew; SyncFail follows each", async () => {
  const name = "migrate-retried";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hook(name, "migrate", "PreSync", { image: "x:broken" })),
      "alarm.yaml": yaml(hook(name, "alarm", "SyncFail", { policy: "HookFailed" })),
    },
    spec: { syncPolicy: { ...AUTOMATED_ONLY, retry: { limit: 1, backoff: { duration: "1s" } } } },
  });
  const seen = await app.until((now) => stateOf(now)?.phase === "Failed", 60_000);
  expect(stateOf(seen)).toMatchObject({
    retryCount: 1,
    message: expect.stringContaining(`the hook batch/Job ${name}/migrate failed`),
  });
  expect(hooksOf(seen)).toEqual(["PreSync migrate Failed", "SyncFail alarm Succeeded"]);
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
  const made = stage
    .writes(name)
    .filter(({ verb, resource }) => verb === "patch" && resource === "jobs.batch");
  expect(made.map(({ name: job }) => job)).toEqual(["migrate", "alarm", "migrate", "alarm"]);
  await eventually(
    "HookFailed takes it",
    async () => (await stage.find(jobPath(name, "alarm"))) === undefined,
  );
});

test("kill -9 in the middle of a migration: the next daemon waits for the same Job, and runs none twice", async () => {
  const name = "migrate-killed";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "first.yaml": yaml(hook(name, "first", "PreSync", { policy: "HookFailed" })),
      "pre.yaml": yaml(hook(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  await app.until((now) => waitsFor("migrate")(now) && hooksOf(now).includes("PreSync first Succeeded"));
  const { uid } = (await stage.must("GET", jobPath(name, "migrate"))).metadata;
  await stage.daemon.kill("SIGKILL");
  // Succeeded, and gone while nobody looks.
  await stage.must("DELETE", `${jobPath(name, "first")}?propagationPolicy=Background`);
  await stage.daemon.restart();
  await app.until(waitsFor("migrate"));
  expect((await stage.must("GET", jobPath(name, "migrate"))).metadata.uid).toBe(uid as string);
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
  await stage.must("PATCH", jobPath(name, "migrate"), { spec: { suspend: false } }, MERGE);
  const seen = await app.untilSettled();
  expect((await stage.must("GET", jobPath(name, "migrate"))).metadata.uid).toBe(uid as string);
  expect(await stage.find(jobPath(name, "first"))).toBeUndefined();
  expect(hooksOf(seen).sort()).toEqual(["PreSync first Succeeded", "PreSync migrate Succeeded"]);
});

test("a Job that is deleted by hand while it runs fails the sync, and terminate takes one that runs along", async () => {
  const name = "migrate-ended";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hook(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const deleted = app.sync();
  await app.until(waitsFor("migrate"));
  await stage.must("DELETE", `${jobPath(name, "migrate")}?propagationPolicy=Background`);
  expect(await deleted).toMatchObject({
    phase: "Failed",
    message: expect.stringContaining("was deleted before its end was seen"),
  });
  const terminated = app.sync();
  await app.until(waitsFor("migrate"));
  expect(
    (await stage.daemon.api(`/api/v1/applications/${name}/operation`, { method: "DELETE", body: "{}" }))
      .status,
  ).toBe(200);
  expect(await terminated).toMatchObject({ phase: "Failed", message: expect.stringContaining("terminated") });
  await eventually("the Job is gone", async () => (await stage.find(jobPath(name, "migrate"))) === undefined);
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
});

test("HookSucceeded is deleted when the sync has succeeded", async () => {
  const name = "migrate-tidied";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hook(name, "migrate", "PreSync", { policy: "HookSucceeded" })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  const seen = await app.untilSettled();
  expect(hooksOf(seen)).toEqual(["PreSync migrate Succeeded"]);
  await eventually("the Job is gone", async () => (await stage.find(jobPath(name, "migrate"))) === undefined);
});
