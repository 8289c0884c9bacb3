/** Hooks on the real control plane and the compiled binary: a migration that fails, is tried again, and is killed in the middle. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, unnamed, waitsForHook } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { MERGE, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

/** The same API server, by a road on which a test stands. */
const EDGE = "https://edge.example.com";
let stage: Stage, edge: ApiProxy;
beforeAll(async () => {
  stage = await startStage({
    clusters: async ({ kubeconfig }) => {
      edge = await startApiProxy(kubeconfig);
      return [{ name: "edge", server: EDGE, kubeconfig: edge.kubeconfig }];
    },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await edge?.stop();
}, 60_000);

const AUTOMATED_ONLY = { automated: {} };
const stateOf = (app: Shown): Shown | undefined => app.status?.operationState;
const goOn = (namespace: string, name: string) =>
  stage.must("PATCH", jobPath(namespace, name), { spec: { suspend: false } }, MERGE);
const uidOf = async (namespace: string, name: string): Promise<string> =>
  (await stage.must("GET", jobPath(namespace, name))).metadata.uid as string;
/** Names of the Jobs that daemons made, in order. */
const jobsMade = (namespace: string): string[] =>
  stage
    .writes(namespace)
    .filter(({ verb, resource }) => verb === "patch" && resource === "jobs.batch")
    .map(({ name }) => name);

test("a migration that fails is tried again, and each try runs it anew; SyncFail follows each", async () => {
  const name = "migrate-retried";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { image: "x:broken" })),
      "alarm.yaml": yaml(hookJob(name, "alarm", "SyncFail", { policy: "HookFailed" })),
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
  expect(jobsMade(name)).toEqual(["migrate", "alarm", "migrate", "alarm"]);
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
      "first.yaml": yaml(hookJob(name, "first", "PreSync", { policy: "HookFailed" })),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  await app.until((now) => waitsForHook("migrate")(now) && hooksOf(now).includes("PreSync first Succeeded"));
  const { uid } = (await stage.must("GET", jobPath(name, "migrate"))).metadata;
  await stage.daemon.kill("SIGKILL");
  // Succeeded, and gone while nobody looks.
  await stage.must("DELETE", `${jobPath(name, "first")}?propagationPolicy=Background`);
  await stage.daemon.restart();
  await app.until(waitsForHook("migrate"));
  expect((await stage.must("GET", jobPath(name, "migrate"))).metadata.uid).toBe(uid as string);
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
  await goOn(name, "migrate");
  const seen = await app.untilSettled();
  expect((await stage.must("GET", jobPath(name, "migrate"))).metadata.uid).toBe(uid as string);
  expect(await stage.find(jobPath(name, "first"))).toBeUndefined();
  expect(hooksOf(seen).sort()).toEqual(["PreSync first Succeeded", "PreSync migrate Succeeded"]);
});

test("a hook whose name is made is the same one after kill -9, and another one in the next sync", async () => {
  const name = "migrate-named-anew";
  const pre = unnamed(hookJob(name, "x", "PreSync", { suspend: true, policy: "HookFailed" }), "migrate-");
  const app = await stage.place({
    name,
    files: { "a.yaml": yaml(configMap(name, "a")), "pre.yaml": yaml(pre) },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  const jobs = async (): Promise<Shown[]> =>
    ((await stage.must("GET", `/apis/batch/v1/namespaces/${name}/jobs`))["items"] as Shown[]) ?? [];
  await app.until(waitsForHook("migrate-\\S+"));
  const [first] = await jobs();
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until(waitsForHook("migrate-\\S+"));
  expect((await jobs()).map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid]);
  await goOn(name, first?.metadata.name);
  const seen = await app.untilSettled();
  expect(hooksOf(seen)).toEqual([`PreSync ${first?.metadata.name} Succeeded`]);
  expect(jobsMade(name)).toEqual([first?.metadata.name]);
  await app.commit({ "a.yaml": yaml(configMap(name, "a", { key: "two" })) });
  await app.until(waitsForHook("migrate-\\S+"));
  const second = (await jobs()).find(({ metadata }) => metadata.uid !== first?.metadata.uid);
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until(waitsForHook("migrate-\\S+"));
  await goOn(name, second?.metadata.name);
  await app.untilSettled();
  expect(jobsMade(name)).toEqual([first?.metadata.name, second?.metadata.name]);
});

test("a Job that is deleted by hand while it runs fails the sync, and terminate takes one that runs along", async () => {
  const name = "migrate-ended";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const deleted = app.sync();
  await app.until(waitsForHook("migrate"));
  await stage.must("DELETE", `${jobPath(name, "migrate")}?propagationPolicy=Background`);
  expect(await deleted).toMatchObject({
    phase: "Failed",
    message: expect.stringContaining("was deleted before its end was seen"),
  });
  const terminated = app.sync();
  await app.until(waitsForHook("migrate"));
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
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { policy: "HookSucceeded" })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  const seen = await app.untilSettled();
  expect(hooksOf(seen)).toEqual(["PreSync migrate Succeeded"]);
  await eventually("the Job is gone", async () => (await stage.find(jobPath(name, "migrate"))) === undefined);
});

test("a migration that failed, was tried again and was killed in its second try goes on in that try, and runs nothing of it twice", async () => {
  const name = "migrate-second";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "first.yaml": yaml(
        hookJob(name, "first", "PreSync", { more: { "argocd.argoproj.io/sync-wave": "-1" } }),
      ),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: { ...AUTOMATED_ONLY, retry: { limit: 2, backoff: { duration: "1s" } } } },
  });
  await app.until(waitsForHook("migrate"));
  // It runs no Pod, and is over its time a second later.
  const late = { suspend: false, parallelism: 0, activeDeadlineSeconds: 1 };
  await stage.must("PATCH", jobPath(name, "migrate"), { spec: late }, MERGE);
  const inSecondTry = (now: Shown): boolean =>
    waitsForHook("migrate")(now) && stateOf(now)?.["retryCount"] === 1;
  await app.until(inSecondTry);
  const before = [await uidOf(name, "first"), await uidOf(name, "migrate")];
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until(inSecondTry);
  await goOn(name, "migrate");
  const seen = await app.untilSettled();
  expect(hooksOf(seen)).toEqual(["PreSync first Succeeded", "PreSync migrate Succeeded"]);
  expect([await uidOf(name, "first"), await uidOf(name, "migrate")]).toEqual(before);
  expect(jobsMade(name)).toEqual(["first", "migrate", "first", "migrate"]);
  expect(stateOf(seen)).toMatchObject({ phase: "Succeeded", retryCount: 1 });
});

test("kill -9 after the server made a hook and before its answer came: the next daemon finds it, and makes no second", async () => {
  const name = "migrate-unheard";
  edge.inject(
    ({ method, path }) => method === "PATCH" && path.includes(`/${name}/jobs/`) && !path.includes("dryRun"),
    { do: "hold-answer" },
    1,
  );
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY, destination: { server: EDGE, namespace: name } },
  });
  await eventually("the Job is there", () => stage.find(jobPath(name, "migrate")));
  const uid = await uidOf(name, "migrate");
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until(waitsForHook("migrate"));
  await goOn(name, "migrate");
  const seen = await app.untilSettled();
  expect(hooksOf(seen)).toEqual(["PreSync migrate Succeeded"]);
  // A second one would be another object.
  expect(await uidOf(name, "migrate")).toBe(uid);
});

test("a hook that ends behind watches that say nothing is asked for", async () => {
  const name = "migrate-muted";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { suspend: true })),
    },
    spec: { syncPolicy: {}, destination: { server: EDGE, namespace: name } },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const synced = app.sync();
  await app.until(waitsForHook("migrate"));
  edge.muteWatches();
  await goOn(name, "migrate");
  expect((await synced).phase).toBe("Succeeded");
  expect(hooksOf(await app.get())).toEqual(["PreSync migrate Succeeded"]);
  edge.cutWatches();
});

test("a Job that its time to live takes has ended as it ended", async () => {
  const name = "migrate-lived";
  const app = await stage.place({
    name,
    files: {
      "a.yaml": yaml(configMap(name, "a")),
      "pre.yaml": yaml(hookJob(name, "migrate", "PreSync", { spec: { ttlSecondsAfterFinished: 0 } })),
    },
    spec: { syncPolicy: AUTOMATED_ONLY },
  });
  expect(hooksOf(await app.untilSettled())).toEqual(["PreSync migrate Succeeded"]);
  await eventually("it is gone", async () => (await stage.find(jobPath(name, "migrate"))) === undefined);
});

test("a hook that the API server refuses in its dry run stops the sync before its first write", async () => {
  const name = "migrate-refused";
  const made = hookJob(name, "migrate", "PostSync");
  const { template } = made["spec"] as { template: { spec: object } };
  Object.assign(template.spec, { restartPolicy: "Always" });
  const app = await stage.place({
    name,
    files: { "a.yaml": yaml(configMap(name, "a")), "post.yaml": yaml(made) },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  expect(await app.sync()).toMatchObject({
    phase: "Failed",
    message: expect.stringMatching(
      /^nothing was written, because the API server refuses batch\/Job migrate-refused\/migrate \(\S*post.yaml:1\): .*restartPolicy/,
    ),
  });
  expect(hooksOf(await app.get())).toEqual(["PostSync migrate Failed"]);
  expect(stage.writes(name)).toEqual([]);
});
