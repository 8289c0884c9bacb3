/** Hooks on bad days: refused, forbidden, killed, deleted, unheard, or overtaken; each runs once and ends as it ended. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type AppKey, type ApplicationSpec } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { ProjectSpec } from "../../src/core/model/project.ts";
import type { ClusterObjects, WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { startApiProxy } from "../lib/api-proxy.ts";
import { conditions, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, marked, messageOf, unnamed, waitsForHook } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((started) => {
  world = started;
});

const MERGE = "application/merge-patch+json";
const AUTOMATED_ONLY: Partial<ApplicationSpec> = { syncPolicy: { automated: {} } };

async function placed(
  rig: Rig,
  name: string,
  files: Record<string, KubeObject>,
  spec: Partial<ApplicationSpec> = { syncPolicy: {} },
) {
  const repository = await rig.placeNew(name, files, { spec });
  await rig.until(name, ({ status }) => (status?.sync.status ?? "Unknown") !== "Unknown");
  return repository;
}

const goOn = (namespace: string, name: string) =>
  world.must("PATCH", jobPath(namespace, name), { spec: { suspend: false } }, MERGE);
const uidOf = async (namespace: string, name: string): Promise<string> =>
  (await world.must("GET", jobPath(namespace, name))).metadata.uid;
/** A Job that makes no Pod by itself gets one as a kubelet would leave it, whose image is nowhere. */
async function cannotStart(namespace: string, hook: string): Promise<void> {
  const uid = await uidOf(namespace, hook);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const owner = { apiVersion: "batch/v1", kind: "Job", name: hook, uid, controller: true };
  await world.must("POST", pods, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${hook}-x`, ownerReferences: [owner] },
    spec: {
      restartPolicy: "Never",
      nodeSelector: { nowhere: "yes" },
      containers: [{ name: "web", image: "typo:1" }],
    },
  });
  const state = { waiting: { reason: "ImagePullBackOff", message: "Back-off pulling image" } };
  const container = { name: "web", image: "typo:1", imageID: "", ready: false, restartCount: 0, state };
  await world.must(
    "PATCH",
    `${pods}/${hook}-x/status`,
    { status: { phase: "Pending", containerStatuses: [container] } },
    MERGE,
  );
}

const ended = (rig: Rig, name: string) =>
  rig.until(name, ({ status }) => !["Running", undefined].includes(status?.operationState?.phase));

describe("a SyncFail hook", () => {
  test("that fails itself is told beside what it followed, and goes by its own policy", async () => {
    const rig = await start();
    const name = "fails-twice";
    await placed(rig, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken" }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail", { image: "x:broken", policy: "HookFailed" }),
      "after.yaml": hookJob(name, "after", "SyncFail", { more: { [ANNOTATION.syncWave]: "1" } }),
    });
    const { phase, message } = await rig.sync(name);
    expect(phase).toBe("Failed");
    expect(message).toMatch(
      /^the hook batch\/Job fails-twice\/pre failed: .*\. What was to follow the failure failed too: the hook batch\/Job fails-twice\/alarm failed: /,
    );
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Failed", "SyncFail alarm Failed"]);
    expect([await world.find(jobPath(name, "after")), await world.hasConfigMap(name, "a")]).toEqual([
      undefined,
      false,
    ]);
    await eventually("alarm goes", async () => (await world.find(jobPath(name, "alarm"))) === undefined);
  });

  test("that a restart finds running is waited for, and what failed before is not run again", async () => {
    const name = "alarm-killed";
    const store = memoryStore();
    const first = await start({ store });
    await placed(first, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken", policy: "HookFailed" }),
      "alarm.yaml": hookJob(name, "alarm", "SyncFail", { suspend: true }),
    });
    void first.sync(name).catch(() => undefined);
    await first.until(name, waitsForHook("alarm"));
    const before = [await uidOf(name, "pre"), await uidOf(name, "alarm")];
    await first.stop();
    const second = await start({ store, folder: first.folder });
    await second.until(name, waitsForHook("alarm"));
    expect([await uidOf(name, "pre"), await uidOf(name, "alarm")]).toEqual(before);
    await goOn(name, "alarm");
    const app = await ended(second, name);
    expect([app.status?.operationState?.phase, messageOf(app)]).toEqual([
      "Failed",
      expect.stringContaining(`the hook batch/Job ${name}/pre failed`),
    ]);
    expect(messageOf(app)).not.toContain("failed too");
    expect(hooksOf(app)).toEqual(["PreSync pre Failed", "SyncFail alarm Succeeded"]);
    expect(await uidOf(name, "alarm")).toBe(before[1] as string);
    await eventually("pre goes", async () => (await world.find(jobPath(name, "pre"))) === undefined);
  });
});

test("a sync that had failed before a restart, as far as its SyncFail hook, writes nothing more in that try", async () => {
  const name = "failed-killed";
  const store = memoryStore();
  const first = await start({ store });
  first.judge("ConfigMap", name, `sick-${name}`, "Degraded");
  await placed(first, name, {
    "a.yaml": configMap(name, `sick-${name}`),
    "b.yaml": marked(configMap(name, "b"), { [ANNOTATION.syncWave]: "1" }),
    "pre.yaml": hookJob(name, "pre", "PreSync", { policy: "HookFailed" }),
    "alarm.yaml": hookJob(name, "alarm", "SyncFail", { suspend: true }),
  });
  void first.sync(name).catch(() => undefined);
  await first.until(name, waitsForHook("alarm"));
  await first.stop();
  // It is well by now, for whoever tries.
  const second = await start({ store, folder: first.folder });
  await second.until(name, waitsForHook("alarm"));
  await goOn(name, "alarm");
  const app = await ended(second, name);
  expect(messageOf(app)).toMatch(/^it had failed before the daemon was restarted/);
  expect(hooksOf(app)).toEqual(["PreSync pre Succeeded", "SyncFail alarm Succeeded"]);
  expect(await world.hasConfigMap(name, "b")).toBe(false);
  await eventually("pre goes", async () => (await world.find(jobPath(name, "pre"))) === undefined);
});

test("what a hook may take where it says nothing itself is the config's", async () => {
  const rig = await start({ settings: { hookTimeoutMs: 300_000 } });
  const name = "config-late";
  await placed(rig, name, {
    "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
    "longer.yaml": hookJob(name, "longer", "PreSync", { more: { [ANNOTATION.hookTimeout]: "1h" } }),
  });
  const synced = rig.sync(name);
  await rig.until(name, waitsForHook("pre"));
  // Somebody sets the machine's clock, which ends no hook before its time.
  rig.clock.set(3_600_000);
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { set: "b" } } }, MERGE);
  const pre = refKey({ group: "batch", kind: "Job", namespace: name, name: "pre" });
  await eventually("it is seen", async () => rig.cluster.get(pre)?.object.metadata.labels?.["set"] === "b");
  await Bun.sleep(50);
  expect(rig.app(name).status?.operationState?.phase).toBe("Running");
  rig.clock.set(-7_200_000);
  rig.clock.advance(301_000);
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { a: "b" } } }, MERGE);
  expect(await synced).toMatchObject({
    phase: "Failed",
    message: expect.stringContaining("did not complete within 300s, the config's sync.hookTimeout"),
  });
  expect(hooksOf(rig.app(name)).sort()).toEqual(["PreSync longer Succeeded", "PreSync pre Failed"]);
});

test("a hook whose Pods fail is waited for as long as its Job tries, with what they say, and has failed when that gives up", async () => {
  const rig = await start();
  const name = "tries";
  await placed(rig, name, {
    "pre.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken", spec: { backoffLimit: 1 } }),
    "a.yaml": configMap(name, "a"),
  });
  const synced = rig.sync(name);
  await rig.until(name, (app) =>
    /^waiting for completion of hook batch\/Job tries\/pre since \S+Z \(Pod pre-\S+ container web waits: CrashLoopBackOff/.test(
      messageOf(app),
    ),
  );
  const { phase, message } = await synced;
  const { status } = await world.must("GET", jobPath(name, "pre"));
  expect([phase, status.failed, status.conditions.at(-1).type]).toEqual(["Failed", 2, "Failed"]);
  expect(message).toMatch(
    /the hook batch\/Job tries\/pre failed: BackoffLimitExceeded.*; Pod pre-\S+ .*exit/,
  );
});

describe("a hook that is not permitted", () => {
  function project(rig: Rig, name: string, spec: Partial<ProjectSpec>): void {
    rig.folder.projects = [
      {
        file: "projects/narrow.yaml",
        line: 1,
        project: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AppProject",
          metadata: { namespace: "argocd", name },
          spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], ...spec },
        },
      },
    ];
    rig.read();
  }

  test.each([
    ["kind", { namespaceResourceBlacklist: [{ group: "batch", kind: "Job" }] }],
    ["namespace", { destinations: [{ server: "*", namespace: "no-*" }] }],
  ] satisfies [string, Partial<ProjectSpec>][])(
    "by its %s stops the sync before its first write, and is named",
    async (what, spec) => {
      const rig = await start();
      const name = `no-${what}`;
      const where = what === "kind" ? name : "elsewhere";
      await world.makeNamespace("elsewhere");
      project(rig, name, spec);
      const files = { "a.yaml": configMap(name, "a"), "post.yaml": hookJob(where, "post", "PostSync") };
      await placed(rig, name, files, { syncPolicy: {}, project: name });
      const { phase, message, syncResult } = await rig.sync(name);
      expect(syncResult?.resources).toMatchObject([
        { name: "post", hookType: "PostSync", hookPhase: "Failed", syncPhase: "PostSync" },
      ]);
      expect([phase, message]).toEqual([
        "Failed",
        expect.stringContaining(`nothing was written, because of batch/Job ${where}/post: `),
      ]);
      expect(message).toContain(name);
      expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(where, "post"))]).toEqual([
        false,
        undefined,
      ]);
    },
  );

  test("any more when its turn comes is not made, and its row says so", async () => {
    const rig = await start();
    const name = "no-more";
    project(rig, name, {});
    const files = {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "post.yaml": marked(configMap(name, "post"), { [ANNOTATION.hook]: "PostSync" }),
    };
    await placed(rig, name, files, { syncPolicy: {}, project: name });
    const synced = rig.sync(name);
    await rig.until(name, waitsForHook("pre"));
    project(rig, name, { namespaceResourceBlacklist: [{ group: "", kind: "ConfigMap" }] });
    await goOn(name, "pre");
    expect(await synced).toMatchObject({ phase: "Failed" });
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded", "PostSync post Failed"]);
    expect(await world.hasConfigMap(name, "post")).toBe(false);
  });
});

test("what the API server refuses of a hook in its dry run stops the sync before its first write, and the hook's row says so", async () => {
  const rig = await start();
  const name = "dry-refused";
  await placed(rig, name, {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { template: { spec: { containers: "none" } } } }),
  });
  const { phase, message } = await rig.sync(name);
  expect([phase, message]).toEqual([
    "Failed",
    expect.stringMatching(
      /^nothing was written, because the API server refuses batch\/Job \S+\/pre \(pre.yaml:1\): /,
    ),
  ]);
  expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Failed"]);
  expect(await world.hasConfigMap(name, "a")).toBe(false);
});

test("a hook whose admission webhook supports no dry run is not asked for by one, and is run", async () => {
  const rig = await start();
  const name = "muted";
  const { cluster } = rig;
  const honest = cluster.for.bind(cluster);
  const answer: WriteOutcome = {
    is: "refused",
    status: 400,
    reason: "BadRequest",
    message: 'admission webhook "jobs.example.com" does not support dry run',
    causes: [],
  };
  let muted = 0;
  cluster.for = (errand) => {
    const objects = honest(errand);
    const mutes =
      (ask: ClusterObjects["create"]): ClusterObjects["create"] =>
      async (object, mode) => {
        if (mode === "write" || object.kind !== "Job") return ask(object, mode);
        muted++;
        return answer;
      };
    const instead = {
      create: mutes(objects.create.bind(objects)),
      apply: mutes(objects.apply.bind(objects)),
    };
    return new Proxy(objects, {
      get: (target, part: keyof ClusterObjects) =>
        part === "create" || part === "apply" ? instead[part] : target[part].bind(target),
    });
  };
  await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync"), "a.yaml": configMap(name, "a") });
  const { phase, message } = await rig.sync(name);
  cluster.for = honest;
  expect([phase, muted > 0, message]).toEqual(["Succeeded", true, expect.any(String)]);
  expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
  expect(await world.hasConfigMap(name, "a")).toBe(true);
});

test("a deadline and a policy that mean nothing are warnings, and the hook runs without them", async () => {
  const rig = await start();
  const name = "slips";
  const slips = { policy: "HookSuceeded", more: { [ANNOTATION.hookTimeout]: "ten minutes" } };
  await placed(rig, name, {
    "pre.yaml": hookJob(name, "pre", "PreSync", slips),
    "a.yaml": configMap(name, "a"),
  });
  const first = await rig.sync(name);
  const uid = await uidOf(name, "pre");
  expect([first.phase, (await rig.sync(name)).phase]).toEqual(["Succeeded", "Succeeded"]);
  // By default: the last run goes before the new one.
  expect(await uidOf(name, "pre")).not.toBe(uid);
  expect(conditions(rig.app(name), "ManifestWarning").join("\n")).toMatch(
    /(?=[\s\S]*HookSuceeded[\s\S]*HookSucceeded)(?=[\s\S]*"ten minutes" is no duration)/,
  );
});

describe("hooks of one name", () => {
  test("are one hook, as with all objects, and a warning says which counts", async () => {
    const rig = await start();
    const name = "one-name";
    await placed(rig, name, {
      "a.yaml": hookJob(name, "pre", "PreSync", { image: "x:broken" }),
      "b.yaml": hookJob(name, "pre", "PreSync"),
    });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
    expect(conditions(rig.app(name), "RepeatedResourceWarning").join("")).toContain(`batch/Job ${name}/pre`);
  });

  test("by generateName are as many as there are", async () => {
    const rig = await start();
    const name = "many-made";
    await placed(rig, name, {
      "a.yaml": unnamed(hookJob(name, "x", "PreSync", { more: { which: "a" } }), "migrate-"),
      "b.yaml": unnamed(hookJob(name, "x", "PreSync", { more: { which: "b" } }), "migrate-"),
      "c.yaml": unnamed(
        hookJob(name, "x", "PreSync", { more: { which: "c", [ANNOTATION.syncWave]: "1" } }),
        "migrate-",
      ),
    });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    const made: any[] = (await world.must("GET", jobPath(name, "").replace(/\/$/, ""))).items;
    expect(made.map(({ metadata }) => metadata.annotations.which).sort()).toEqual(["a", "b", "c"]);
    expect(hooksOf(rig.app(name))).toHaveLength(3);
  });
});

describe("a daemon that is killed", () => {
  test("between a hook's creation and its note finds the one that it made, and makes no second", async () => {
    const name = "unnoted";
    const store = memoryStore();
    const first = await start({ store });
    const [cluster] = first.clusters;
    const made = Promise.withResolvers<void>(),
      killed = Promise.withResolvers<never>();
    killed.promise.catch(() => undefined);
    const errands = cluster?.for.bind(cluster);
    if (cluster === undefined || errands === undefined) throw new Error("there is no cluster");
    cluster.for = (errand): ClusterObjects => {
      const objects = errands(errand);
      return {
        read: (...ask) => objects.read(...ask),
        create: (...ask) => objects.create(...ask),
        replace: (...ask) => objects.replace(...ask),
        patch: (...ask) => objects.patch(...ask),
        delete: (...ask) => objects.delete(...ask),
        // The server has it, and nobody hears of it any more.
        async apply(object, mode) {
          const answer = await objects.apply(object, mode);
          if (mode === "dry-run" || object.kind !== "Job") return answer;
          made.resolve();
          return killed.promise;
        },
      };
    };
    await placed(first, name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "named.yaml": unnamed(hookJob(name, "x", "PreSync", { more: { [ANNOTATION.syncWave]: "1" } }), "made-"),
    });
    void first.sync(name).catch(() => undefined);
    await made.promise;
    const uid = await uidOf(name, "pre");
    const stopped = first.stop();
    killed.reject(new Error("killed"));
    await stopped;
    expect(store.states().flatMap((state) => hooksOf(state as never))).toEqual([]);
    const second = await start({ store, folder: first.folder });
    await second.until(name, waitsForHook("pre"));
    expect(await uidOf(name, "pre")).toBe(uid);
    await goOn(name, "pre");
    expect((await ended(second, name)).status?.operationState?.phase).toBe("Succeeded");
    expect(await uidOf(name, "pre")).toBe(uid);
    const jobs: any[] = (await world.must("GET", jobPath(name, "").replace(/\/$/, ""))).items;
    expect(jobs).toHaveLength(2);
  });

  test("while a hook runs, and finds a newer commit, ends that hook first and writes nothing else of its commit", async () => {
    const name = "killed-overtaken";
    const store = memoryStore();
    const first = await start({ store });
    const pre = hookJob(name, "pre", "PreSync", { suspend: true });
    const repository = await placed(
      first,
      name,
      { "a.yaml": configMap(name, "a", { at: "first" }), "pre.yaml": pre },
      AUTOMATED_ONLY,
    );
    await first.until(name, waitsForHook("pre"));
    const uid = await uidOf(name, "pre");
    await first.stop();
    await repository.commit({ "a.yaml": configMap(name, "b", { at: "second" }) });
    const second = await start({ store, folder: first.folder });
    await second.refresh(name);
    await second.until(name, waitsForHook("pre"));
    expect(await uidOf(name, "pre")).toBe(uid);
    await goOn(name, "pre");
    await eventually("the next commit's own run", async () => (await uidOf(name, "pre")) !== uid);
    await second.until(name, waitsForHook("pre"));
    await goOn(name, "pre");
    await second.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
    expect([await world.hasConfigMap(name, "a"), await world.hasConfigMap(name, "b")]).toEqual([false, true]);
  });
});

test("a newer commit waits for a PreSync hook that runs, and then nothing else of the older one is written", async () => {
  const rig = await start();
  const name = "overtaken";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "late.yaml": hookJob(name, "late", "PreSync", { more: { [ANNOTATION.syncWave]: "1" } }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, waitsForHook("pre"));
  const uid = await uidOf(name, "pre");
  const sha = await repository.commit({ "a.yaml": configMap(name, "b"), "late.yaml": null as never });
  await rig.refresh(name);
  expect(await uidOf(name, "pre")).toBe(uid);
  expect(waitsForHook("pre")(rig.app(name))).toBe(true);
  await goOn(name, "pre");
  await eventually("the next commit's own run", async () => (await uidOf(name, "pre")) !== uid);
  await rig.until(name, waitsForHook("pre"));
  await goOn(name, "pre");
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
  expect([
    await world.hasConfigMap(name, "a"),
    await world.hasConfigMap(name, "b"),
    await world.find(jobPath(name, "late")),
  ]).toEqual([false, true, undefined]);
  const [, older] = rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 5 });
  expect([older?.state.phase, older?.state.message]).toEqual([
    "Failed",
    `given up, because ${sha} came while it waited`,
  ]);
});

test("a newer commit takes the place of a sync whose hook cannot start, since nothing of it runs", async () => {
  const rig = await start();
  const name = "typo";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { parallelism: 0 } }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, waitsForHook("pre"));
  const uid = await uidOf(name, "pre");
  await cannotStart(name, "pre");
  await rig.until(name, (app) => messageOf(app).includes("Pod pre-x container web waits: ImagePullBackOff"));
  const sha = await repository.commit({ "pre.yaml": hookJob(name, "pre", "PreSync") });
  await rig.refresh(name);
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
  const [, older] = rig.store.runs({ app: `argocd/${name}` as AppKey, limit: 5 });
  expect(older?.state.message).toBe(`given up, because ${sha} came while it waited`);
  expect(await uidOf(name, "pre")).not.toBe(uid);
});

test("a hook that cannot start beside one that runs: the newer commit waits for the one that runs", async () => {
  const rig = await start();
  const name = "typo-beside";
  const repository = await placed(
    rig,
    name,
    {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreSync", { spec: { parallelism: 0 } }),
      "run.yaml": hookJob(name, "run", "PreSync", { suspend: true }),
    },
    AUTOMATED_ONLY,
  );
  await rig.until(name, (app) => / and 1 more$/.test(messageOf(app)));
  await cannotStart(name, "pre");
  const pod = refKey({ group: "", kind: "Pod", namespace: name, name: "pre-x" });
  await eventually("its Pod is known", () =>
    JSON.stringify(rig.cluster.get(pod)?.object["status"])?.includes("ImagePull"),
  );
  const uid = await uidOf(name, "run");
  const sha = await repository.commit({ "pre.yaml": hookJob(name, "pre", "PreSync") });
  await rig.refresh(name);
  // Looked at again, with what came meanwhile.
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { looked: "at" } } }, MERGE);
  await rig.refresh(name);
  expect([rig.app(name).status?.operationState?.phase, await uidOf(name, "run")]).toEqual(["Running", uid]);
  await goOn(name, "run");
  await eventually(
    "the next commit's own run",
    async () => (await world.find(jobPath(name, "run")))?.metadata.uid !== uid,
  );
  await rig.until(name, (app) => messageOf(app).includes("/run "));
  await goOn(name, "run");
  const app = await rig.until(name, ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(app.status?.operationState?.syncResult?.revision).toBe(sha);
});

test("a hook that is refused when its turn comes ends the sync, and not before the other of its wave has ended", async () => {
  const rig = await start();
  const name = "refused-beside";
  await placed(rig, name, {
    "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
    "refused.yaml": hookJob(name, "refused", "PreSync"),
    "a.yaml": configMap(name, "a"),
  });
  const { cluster } = rig;
  const honest = cluster.for.bind(cluster);
  const answer: WriteOutcome = {
    is: "refused",
    status: 403,
    reason: "Forbidden",
    message: "no room",
    causes: [],
  };
  cluster.for = (errand) => {
    const objects = honest(errand);
    const apply: ClusterObjects["apply"] = async (object, mode) =>
      mode === "write" && object.metadata.name === "refused" ? answer : objects.apply(object, mode);
    return new Proxy(objects, {
      get(target, part: keyof ClusterObjects) {
        return part === "apply" ? apply : target[part].bind(target);
      },
    });
  };
  const synced = rig.sync(name);
  await rig.until(name, waitsForHook("pre"));
  expect(rig.app(name).status?.operationState?.phase).toBe("Running");
  await goOn(name, "pre");
  const { phase, message } = await synced;
  cluster.for = honest;
  expect([phase, message]).toEqual(["Failed", `batch/Job ${name}/refused failed: no room`]);
  expect(hooksOf(rig.app(name))).toContain("PreSync pre Succeeded");
  expect(await world.hasConfigMap(name, "a")).toBe(false);
});

describe("a sync that is ended while its hook runs", () => {
  test("by the deletion of its application stops the hook", async () => {
    const rig = await start();
    const name = "left";
    await placed(rig, name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }),
      "a.yaml": configMap(name, "a"),
    });
    void rig.sync(name).catch(() => undefined);
    await rig.until(name, waitsForHook("pre"));
    rig.unplace(name);
    await rig.untilGone(name);
    // It was asked to go, and goes when what is its own has gone.
    await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });

  test("says of a hook that cannot be stopped that it still runs, and why", async () => {
    const proxy = await startApiProxy(world.kubeconfig);
    try {
      const rig = await start({ kubeconfig: proxy.kubeconfig });
      const name = "stays";
      await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true }) });
      const synced = rig.sync(name);
      await rig.until(name, waitsForHook("pre"));
      const message = "deletions are frozen today";
      const refused = { kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message };
      proxy.inject(({ method }) => method === "DELETE", { do: "answer", status: 403, body: refused });
      await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
      expect((await synced).phase).toBe("Failed");
      expect(rig.app(name).status?.operationState?.syncResult?.resources).toMatchObject([
        {
          hookPhase: "Failed",
          message: expect.stringMatching(
            /^ended with the operation\. It still runs, because it could not be deleted: .*frozen today/,
          ),
        },
      ]);
    } finally {
      await proxy.stop();
    }
  });
});

test("terminate ends a sync that waits for the last run of its hook to go", async () => {
  const rig = await start();
  const name = "held";
  await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync"), "a.yaml": configMap(name, "a") });
  expect((await rig.sync(name)).phase).toBe("Succeeded");
  const finalizers = ["example.com/held"];
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers } }, MERGE);
  const synced = rig.sync(name);
  await rig.until(name, (app) => messageOf(app).includes("the hook's last run, since 2"));
  expect(messageOf(rig.app(name))).toContain("example.com/held");
  await rig.control.terminate(`argocd/${name}` as AppKey, "user:test");
  expect(await synced).toMatchObject({ phase: "Failed", message: "operation terminated by user:test" });
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
});

test("a hook whose last run is on its way out is not taken for this one: it is run when that is gone", async () => {
  const rig = await start();
  const name = "on-its-way-out";
  const pre = hookJob(name, "pre", "PreSync", { policy: "HookSucceeded" });
  const held = { ...pre, metadata: { ...pre.metadata, finalizers: ["example.com/held"] } };
  await placed(rig, name, { "pre.yaml": held });
  expect((await rig.sync(name)).phase).toBe("Succeeded");
  const first = await uidOf(name, "pre");
  const synced = rig.sync(name);
  await rig.until(name, (app) => messageOf(app).includes("the hook's last run, since 2"));
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
  expect((await synced).phase).toBe("Succeeded");
  expect([await uidOf(name, "pre"), hooksOf(rig.app(name))]).toEqual([
    expect.not.stringContaining(first),
    ["PreSync pre Succeeded"],
  ]);
  await world.must("PATCH", jobPath(name, "pre"), { metadata: { finalizers: [] } }, MERGE);
});

describe("a store that refuses the write at a hook's event", () => {
  /** Refuses states in which a hook is in this phase, for so many times. */
  function refusing(hookPhase: string, times: number): { store: Store; takesAll(): void } {
    const store = memoryStore();
    let left = times;
    const putStates: Store["putStates"] = (states) => {
      const has = states.some((state) =>
        (state.status?.operationState?.syncResult?.resources ?? []).some(
          (one) => one.hookType !== undefined && one.hookPhase === hookPhase,
        ),
      );
      if (has && left-- > 0)
        throw new Failure("store", "the store", "backoff", { cannot: "write", why: "the disk is full" });
      store.putStates(states);
    };
    return {
      store: { ...store, putStates },
      takesAll() {
        left = 0;
      },
    };
  }

  test("at its end is asked again, and what follows the hook waits for that", async () => {
    const rig = await start(refusing("Succeeded", 1));
    const name = "refused-once";
    await placed(rig, name, { "pre.yaml": hookJob(name, "pre", "PreSync"), "a.yaml": configMap(name, "a") });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
  });

  test.each(["Running", "Succeeded"])(
    "where it says %s, for long, ends the sync with nothing written after it",
    async (at) => {
      const refuses = refusing(at, 1_000);
      const rig = await start(refuses);
      const name = `refused-${at.toLowerCase()}`;
      await placed(rig, name, {
        "pre.yaml": hookJob(name, "pre", "PreSync"),
        "a.yaml": configMap(name, "a"),
      });
      const { phase, message } = await rig
        .sync(name)
        .catch(() => rig.app(name).status?.operationState ?? { phase: "", message: "" });
      expect([phase, message]).toEqual(["Error", expect.stringContaining("the disk is full")]);
      expect(await world.hasConfigMap(name, "a")).toBe(false);
      refuses.takesAll();
    },
  );
});

test("a Job that ended and was taken by its time to live while no watch was open has ended as it ended", async () => {
  const proxy = await startApiProxy(world.kubeconfig);
  try {
    const rig = await start({
      kubeconfig: proxy.kubeconfig,
      clusterTimings: { firstPauseMs: 5, lastPauseMs: 20 },
    });
    const name = "unheard";
    await placed(rig, name, {
      "pre.yaml": hookJob(name, "pre", "PreSync", { suspend: true, spec: { ttlSecondsAfterFinished: 0 } }),
      "a.yaml": configMap(name, "a"),
    });
    const synced = rig.sync(name);
    await rig.until(name, waitsForHook("pre"));
    const over = proxy.inject(({ isWatch }) => isWatch, { do: "answer", status: 500, body: {} });
    proxy.cutWatches();
    await goOn(name, "pre");
    await eventually("it is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    over();
    expect((await synced).phase).toBe("Succeeded");
    expect(hooksOf(rig.app(name))).toEqual(["PreSync pre Succeeded"]);
    expect(await world.find(configMapPath(name, "a"))).toBeDefined();
  } finally {
    await proxy.stop();
  }
});
