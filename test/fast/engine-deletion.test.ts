/** A deletion as an operation of steps: hooks, waves, hooks again; what stops it, what it survives, and how one lets go. */
import { describe, expect, test } from "bun:test";
import {
  ANNOTATION,
  type AppKey,
  type Application,
  type ApplicationSpec,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  appOf,
  conditions,
  type Files,
  type Repository,
  type Rig,
  sharedRig,
  startRig,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { unnamed } from "../lib/hook-objects.ts";
import { configMap, configMapPath, job } from "../lib/manifests.ts";

let world: World, rig: Rig;
sharedRig((...both) => {
  [world, rig] = both;
});

const MERGE = "application/merge-patch+json";
const key = (name: string): AppKey => `argocd/${name}` as AppKey;
const jobPath = (namespace: string, name: string) => `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

function marked(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

interface HookOf {
  image?: string;
  suspend?: boolean;
  policy?: string;
  more?: Record<string, string>;
  spec?: Record<string, unknown>;
}

/** A Job that completes by itself; `image` `x:broken` makes it fail, `suspend` makes it wait. */
function hookJob(namespace: string, name: string, type: string, of: HookOf = {}): KubeObject {
  const made = job({ namespace, name, image: of.image ?? "farewell:1" });
  return marked(
    { ...made, spec: { ...(made["spec"] as object), suspend: of.suspend ?? false, ...of.spec } },
    {
      [ANNOTATION.hook]: type,
      ...(of.policy === undefined ? {} : { [ANNOTATION.hookDeletePolicy]: of.policy }),
      ...of.more,
    },
  );
}

const inWave = (wave: number, object: KubeObject): KubeObject =>
  marked(object, { [ANNOTATION.syncWave]: String(wave) });

/** Made by the API, and synced once. */
async function made(
  name: string,
  files: Files,
  { from = rig, spec = {} }: { from?: Rig; spec?: Partial<ApplicationSpec> } = {},
): Promise<Repository> {
  await world.makeNamespace(name);
  const repository = await world.repository(name, files);
  const { metadata, spec: whole } = appOf({ name, repository, spec });
  const app: Application = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec: whole };
  expect(await from.control.create(app, { upsert: false, actor: "user:test" })).toMatchObject({
    is: "written",
  });
  await from.untilSettled(name);
  await from.untilIdle();
  return repository;
}

const remove = (
  name: string,
  how: { cascade?: "foreground" | "background" | "none"; hooks?: "skip" } = {},
  from: Rig = rig,
) => from.control.remove(key(name), { cascade: "foreground", actor: "user:ann", ...how });
const messageOf = (name: string, from: Rig = rig): string =>
  from.app(name).status?.operationState?.message ?? "";
const isWaiting = (name: string, hook: string, from: Rig = rig) =>
  from.until(name, () =>
    new RegExp(`waiting for completion of hook batch/Job ${name}/${hook} since \\d{4}-`).test(
      messageOf(name, from),
    ),
  );
const isStopped = (name: string, from: Rig = rig) =>
  from.until(
    name,
    (app) => app.status?.operationState?.phase === "Failed" && conditions(app, "DeletionError").length > 0,
  );
const resume = (namespace: string, name: string) =>
  world.must("PATCH", jobPath(namespace, name), { spec: { suspend: false } }, MERGE);
const stepsOf = ({ status }: Pick<Application, "status">): string[] =>
  (status?.operationState?.syncResult?.resources ?? []).map(
    ({ name, status: did, hookType, hookPhase }) =>
      `${hookType ?? did ?? "waits"} ${name}${hookPhase === undefined ? "" : ` ${hookPhase}`}`,
  );
const lastRun = (name: string, from: Rig = rig): SyncRun | undefined =>
  from.store.runs({ app: key(name), limit: 20 }).find(({ cause }) => cause === "deletion");

describe("a deletion with hooks", () => {
  test("runs PreDelete before anything goes, PostDelete when everything is gone, and says each step", async () => {
    const name = "around";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "left.yaml": hookJob(name, "left", "PreSync"),
      "pre.yaml": hookJob(name, "backup", "PreDelete", { suspend: true }),
      "post.yaml": hookJob(name, "farewell", "PostDelete", { suspend: true }),
    });
    expect(await world.find(jobPath(name, "backup"))).toBeUndefined();
    expect(await world.find(jobPath(name, "left"))).toBeDefined();
    await remove(name);
    const app = await isWaiting(name, "backup");
    expect([app.metadata.deletionTimestamp, app.status?.operationState?.operation.initiatedBy]).toEqual([
      expect.any(String),
      { username: "ann" },
    ]);
    expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "farewell"))]).toEqual([
      true,
      undefined,
    ]);
    expect(lastRun(name)).toMatchObject({ cause: "deletion", state: { phase: "Running" } });
    await resume(name, "backup");
    const gone = await isWaiting(name, "farewell");
    expect([
      await world.hasConfigMap(name, "a"),
      await world.find(jobPath(name, "left")),
      await world.find(jobPath(name, "backup")),
    ]).toEqual([false, undefined, undefined]);
    expect(stepsOf(gone).sort()).toEqual([
      "PostDelete farewell Running",
      "PreDelete backup Succeeded",
      "Pruned a Succeeded",
      "Pruned backup Succeeded",
      "Pruned left Succeeded",
    ]);
    await resume(name, "farewell");
    await rig.untilGone(name);
    expect(lastRun(name)?.state).toMatchObject({
      phase: "Succeeded",
      message: "all that was to go is gone (3 deleted, 2 hooks completed, 1 stays)",
    });
    const [audit] = rig.store.audits({ app: key(name), limit: 1 });
    expect(audit?.details["kept"]).toEqual([
      expect.stringContaining("farewell stays: it is a PostDelete hook"),
    ]);
    expect(await world.find(jobPath(name, "farewell"))).toBeDefined();
  });

  test("deletes by policy, in waves of hooks", async () => {
    const name = "policies-of-the-end";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "first.yaml": inWave(
        -1,
        hookJob(name, "first", "PreDelete", { suspend: true, policy: "HookSucceeded" }),
      ),
      "second.yaml": hookJob(name, "second", "PreDelete", { suspend: true }),
      "post.yaml": hookJob(name, "post", "PostDelete", { policy: "HookSucceeded" }),
    });
    await remove(name);
    await isWaiting(name, "first");
    expect(await world.find(jobPath(name, "second"))).toBeUndefined();
    await resume(name, "first");
    await isWaiting(name, "second");
    await resume(name, "second");
    await rig.untilGone(name);
    for (const hook of ["first", "second", "post"])
      await eventually(`${hook} is gone`, async () => (await world.find(jobPath(name, hook))) === undefined);
  });

  test("of Helm runs them as well", async () => {
    const name = "helms";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": marked(job({ namespace: name, name: "pre", image: "x:1" }), {
        [ANNOTATION.helmHook]: "pre-delete",
        [ANNOTATION.helmHookDeletePolicy]: "hook-succeeded",
      }),
    });
    await remove(name);
    await rig.untilGone(name);
    expect(stepsOf({ status: { operationState: lastRun(name)?.state } as never })).toContain(
      "PreDelete pre Succeeded",
    );
  });

  test("takes an application with hooks alone, and one that was never synced without asking anybody", async () => {
    const name = "hooks-alone";
    await made(name, {
      "left.yaml": hookJob(name, "left", "PostSync"),
      "pre.yaml": hookJob(name, "pre", "PreDelete"),
    });
    await rig.sync(name);
    expect(await world.find(jobPath(name, "left"))).toBeDefined();
    await remove(name);
    await rig.untilGone(name);
    expect(await world.find(jobPath(name, "left"))).toBeUndefined();

    const never = "never-synced";
    await world.makeNamespace(never);
    const repository = await world.repository(never, { "pre.yaml": hookJob(never, "pre", "PreDelete") });
    rig.place(appOf({ name: never, repository, spec: { syncPolicy: {} } }));
    await rig.until(never, ({ status }) => status?.sync.status !== undefined);
    rig.unplace(never);
    await rig.untilGone(never);
    expect(await world.find(jobPath(never, "pre"))).toBeUndefined();
  });

  test("asks Git nothing where no hook is known of", async () => {
    const name = "no-git";
    await made(name, { "a.yaml": configMap(name, "a") });
    const from = rig.gitRequests.length;
    await remove(name);
    await rig.untilGone(name);
    expect(rig.gitRequests.slice(from)).toEqual([]);
  });
});

describe("a PreDelete hook that fails", () => {
  const broken = (name: string): Files => ({
    "a.yaml": configMap(name, "a"),
    "drain.yaml": inWave(-1, hookJob(name, "drain", "PreDelete")),
    "backup.yaml": hookJob(name, "backup", "PreDelete", { image: "x:broken" }),
  });

  test("stops the deletion with its sentence; asking again runs what failed, and not what succeeded", async () => {
    const name = "stops";
    await made(name, broken(name));
    const silent: string[] = [];
    const end = rig.control.onEvent(({ app: shown }) => {
      const isFailed = shown.metadata.name === name && shown.status?.operationState?.phase === "Failed";
      if (isFailed && conditions(shown, "DeletionError").length === 0) silent.push(messageOf(name));
    });
    await remove(name);
    const app = await isStopped(name);
    end();
    expect(silent).toEqual([]);
    expect(conditions(app, "DeletionError")).toEqual([
      expect.stringMatching(
        /the hook batch\/Job stops\/backup failed: .*nothing was deleted.*holdfast app delete argocd\/stops\..*--skip-hooks.*holdfast app forget argocd\/stops/,
      ),
    ]);
    expect(lastRun(name)?.state.phase).toBe("Failed");
    expect(await world.hasConfigMap(name, "a")).toBe(true);
    const uids = async () =>
      Promise.all(
        ["drain", "backup"].map(async (one) => (await world.find(jobPath(name, one)))?.metadata.uid),
      );
    const [drained, failed] = await uids();
    await rig.untilIdle();
    expect(await uids()).toEqual([drained, failed]);
    await remove(name);
    await eventually("it is run anew", async () => {
      const [, again] = await uids();
      return again !== undefined && again !== failed;
    });
    await isStopped(name);
    expect((await uids())[0]).toBe(drained);
  });

  test("is tried again by a commit that mends it, and by no other", async () => {
    const name = "mended";
    const repository = await made(name, broken(name));
    await remove(name);
    await isStopped(name);
    const failed = (await world.find(jobPath(name, "backup"))).metadata.uid;
    await repository.commit({ "b.yaml": configMap(name, "b") });
    await rig.refresh(name);
    await rig.untilIdle();
    expect([
      (await world.find(jobPath(name, "backup"))).metadata.uid,
      rig.app(name).status?.operationState?.phase,
    ]).toEqual([failed, "Failed"]);
    await repository.commit({ "backup.yaml": hookJob(name, "backup", "PreDelete") });
    await rig.refresh(name);
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });

  test("is deleted by HookFailed; and the deletion goes on without hooks where a person says so", async () => {
    const name = "without-hooks";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { image: "x:broken", policy: "HookFailed" }),
      "post.yaml": hookJob(name, "post", "PostDelete"),
    });
    await remove(name);
    await isStopped(name);
    await eventually("it is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    await remove(name, { hooks: "skip" });
    await rig.untilGone(name);
    expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "post"))]).toEqual([
      false,
      undefined,
    ]);
  });

  test("fails where it takes longer than its hook-timeout, and where it is deleted while it runs", async () => {
    const name = "too-late";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", {
        suspend: true,
        more: { [ANNOTATION.hookTimeout]: "5m" },
      }),
    });
    await remove(name);
    await isWaiting(name, "pre");
    rig.clock.advance(301_000);
    await world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { a: "b" } } }, MERGE);
    expect(conditions(await isStopped(name), "DeletionError")[0]).toContain("did not complete within 5m");
    await remove(name);
    await isWaiting(name, "pre");
    await world.must("DELETE", jobPath(name, "pre"));
    expect(conditions(await isStopped(name), "DeletionError")[0]).toContain(
      "deleted before its end was seen",
    );
    expect(await world.hasConfigMap(name, "a")).toBe(true);
    await remove(name, { cascade: "none" });
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });
});

test("a hook whose name is made and that succeeded is not run again at another commit, one that failed is", async () => {
  const name = "named-once";
  const repository = await made(name, {
    "a.yaml": configMap(name, "a"),
    "drain.yaml": inWave(-1, unnamed(hookJob(name, "drain", "PreDelete"), "drain-")),
    "backup.yaml": unnamed(hookJob(name, "backup", "PreDelete", { image: "x:broken" }), "backup-"),
  });
  const jobs = async () => {
    const { items } = await world.must("GET", `/apis/batch/v1/namespaces/${name}/jobs`);
    return (items as KubeObject[]).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  };
  await remove(name);
  await isStopped(name);
  const [failed, drained, ...others] = await jobs();
  expect([failed, drained, others]).toEqual([
    expect.stringMatching(/^backup-[0-9a-f]{7}-predelete-\d+ /),
    expect.stringMatching(/^drain-[0-9a-f]{7}-predelete-\d+ /),
    [],
  ]);
  await repository.commit({
    "backup.yaml": unnamed(hookJob(name, "backup", "PreDelete", { suspend: true }), "backup-"),
  });
  await rig.refresh(name);
  await eventually("it is run anew", async () => {
    const now = await jobs();
    return now.length === 2 && now[0] !== failed;
  });
  expect((await jobs())[1]).toBe(drained);
  const [again = ""] = await jobs();
  await resume(name, again.split(" ")[0] ?? "");
  await rig.untilGone(name);
});

describe("a PostDelete hook that could not be run afterwards", () => {
  const farewell = (name: string, of: HookOf = {}) => hookJob(name, "farewell", "PostDelete", of);
  const stays = async (name: string, why: RegExp) => {
    const app = await rig.until(name, (seen) =>
      conditions(seen, "DeletionError").some((said) => why.test(said)),
    );
    expect(conditions(app, "DeletionError")[0]).toMatch(
      /^nothing was deleted, because a PostDelete hook could not be run afterwards: .*--skip-hooks/,
    );
    await rig.untilIdle();
    expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "drain"))]).toEqual([
      true,
      undefined,
    ]);
  };

  test("because the server refuses it: nothing is begun, until a commit mends it", async () => {
    const name = "post-refused";
    const post = marked(
      { apiVersion: "example.com/v1", kind: "Farewell", metadata: { name: "farewell", namespace: name } },
      { [ANNOTATION.hook]: "PostDelete" },
    );
    const repository = await made(name, {
      "a.yaml": configMap(name, "a"),
      "drain.yaml": hookJob(name, "drain", "PreDelete"),
      "post.yaml": post,
    });
    await remove(name);
    await stays(
      name,
      /example\.com\/Farewell post-refused\/farewell \(post\.yaml:1\): .*does not know the kind/,
    );
    await repository.commit({ "b.yaml": configMap(name, "b") });
    await rig.refresh(name);
    await stays(name, /does not know the kind/);
    await repository.commit({ "post.yaml": farewell(name) });
    await rig.refresh(name);
    await rig.untilGone(name);
    expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "farewell"))]).toEqual([
      false,
      expect.anything(),
    ]);
  });

  test("because its Namespace goes with the application; one that brings its own is run", async () => {
    const name = "post-homeless";
    const space = (of: string): KubeObject => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: of },
    });
    const repository = await made(name, {
      "a.yaml": configMap(name, "a"),
      "space.yaml": space(`${name}-own`),
      "drain.yaml": hookJob(name, "drain", "PreDelete"),
      "post.yaml": hookJob(`${name}-own`, "farewell", "PostDelete"),
    });
    await remove(name);
    await stays(name, /its Namespace post-homeless-own goes with the application/);
    await repository.commit({
      "post-space.yaml": inWave(-1, marked(space(`${name}-later`), { [ANNOTATION.hook]: "PostDelete" })),
      "post.yaml": hookJob(`${name}-later`, "farewell", "PostDelete"),
    });
    await rig.refresh(name);
    await rig.untilGone(name);
    expect(await world.find(jobPath(`${name}-later`, "farewell"))).toBeDefined();
  });

  test("and what a person has go without hooks goes", async () => {
    const name = "post-skipped";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "post.yaml": marked(
        { apiVersion: "example.com/v1", kind: "Farewell", metadata: { name: "farewell", namespace: name } },
        { [ANNOTATION.hook]: "PostDelete" },
      ),
    });
    await remove(name);
    await rig.until(name, (app) => conditions(app, "DeletionError").length > 0);
    await remove(name, { hooks: "skip" });
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "a")).toBe(false);
  });
});

test("a PostDelete hook that fails keeps the application, which says that its objects are gone", async () => {
  const name = "post-fails";
  const repository = await made(name, {
    "a.yaml": configMap(name, "a"),
    "post.yaml": hookJob(name, "post", "PostDelete", { image: "x:broken" }),
  });
  await remove(name);
  const [said] = conditions(await isStopped(name), "DeletionError");
  expect(said).toMatch(/post failed: .*its objects are gone/);
  expect(said).not.toContain("app forget");
  expect(await world.hasConfigMap(name, "a")).toBe(false);
  await repository.commit({ "post.yaml": hookJob(name, "post", "PostDelete") });
  await remove(name);
  await rig.untilGone(name);
});

test("a further try runs anew what failed, whatever its policy, and tidies up what an earlier one made", async () => {
  const name = "tidied-later";
  const bad = (image: string) =>
    inWave(1, hookJob(name, "bad", "PostDelete", { image, policy: "HookSucceeded" }));
  const repository = await made(name, {
    "a.yaml": configMap(name, "a"),
    "well.yaml": hookJob(name, "well", "PostDelete", { policy: "HookSucceeded" }),
    "bad.yaml": bad("x:broken"),
  });
  await remove(name);
  await isStopped(name);
  expect(await world.find(jobPath(name, "well"))).toBeDefined();
  await repository.commit({ "bad.yaml": bad("x:mended") });
  await remove(name);
  await rig.untilGone(name);
  for (const hook of ["well", "bad"])
    await eventually(`${hook} is gone`, async () => (await world.find(jobPath(name, hook))) === undefined);
  expect(lastRun(name)?.state.message).toContain("2 hooks completed");
});

describe("letting go", () => {
  test("ends the run of hooks: nobody listens for them any more, and none of the next wave is started", async () => {
    const name = "let-go-waves";
    const own = await startRig(world);
    try {
      await made(
        name,
        {
          "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
          "next.yaml": inWave(1, hookJob(name, "next", "PreDelete")),
          "a.yaml": configMap(name, "a"),
        },
        { from: own },
      );
      let listening = 0;
      const onChange = own.cluster.onChange.bind(own.cluster);
      own.cluster.onChange = (listener) => {
        const end = onChange(listener);
        listening++;
        return () => {
          listening--;
          end();
        };
      };
      await remove(name, {}, own);
      await isWaiting(name, "pre", own);
      expect(listening).toBe(1);
      await remove(name, { cascade: "none" }, own);
      await own.untilGone(name);
      await eventually("nobody listens", () => listening === 0);
      await resume(name, "pre");
      expect(await world.find(jobPath(name, "next"))).toBeUndefined();
    } finally {
      await own.stop();
    }
  });

  test("while a hook runs leaves the hook and the objects as they are", async () => {
    const name = "let-go";
    await made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
    });
    await remove(name);
    await isWaiting(name, "pre");
    const { uid } = (await world.find(jobPath(name, "pre"))).metadata;
    expect(await rig.control.terminate(key(name), "user:test")).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("let go of them"),
    });
    await remove(name, { cascade: "none" });
    await rig.untilGone(name);
    expect([
      (await world.find(jobPath(name, "pre"))).metadata.uid,
      await world.hasConfigMap(name, "a"),
    ]).toEqual([uid, true]);
    expect(lastRun(name)?.state.message).toBe("forgotten: what is left of its objects stays as it is.");
  });

  test("of an application whose file comes back ends the hook that runs, and it is synced as before", async () => {
    const name = "comes-back";
    const files = {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
    };
    await rig.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
    await rig.untilSettled(name);
    const placed = rig.folder.applications.find(({ app }) => app.metadata.name === name);
    const before = rig.app(name).status?.operationState;
    rig.unplace(name);
    await isWaiting(name, "pre");
    if (placed !== undefined) rig.place(placed.app);
    await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    const app = await rig.untilSettled(name);
    expect([app.metadata.deletionTimestamp, app.status?.operationState]).toEqual([undefined, before]);
    expect(lastRun(name)?.state).toMatchObject({
      phase: "Failed",
      message: "called off: its file came back",
    });
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  });
});

test("a deletion that was called off while no daemon ran ends the hook that runs", async () => {
  const name = "called-off-meanwhile";
  const store = memoryStore();
  const first = await startRig(world, { store });
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await first.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await first.untilSettled(name);
  const folder = structuredClone(first.folder);
  first.unplace(name);
  await isWaiting(name, "pre", first);
  await first.stop();
  const second = await startRig(world, { store, folder });
  try {
    await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    await second.untilSettled(name);
    expect([second.app(name).metadata.deletionTimestamp, await world.hasConfigMap(name, "a")]).toEqual([
      undefined,
      true,
    ]);
  } finally {
    await second.stop();
  }
});

test("a hook whose deletion was called off is ended when its cluster is there again, and seen gone, through a restart", async () => {
  const name = "called-off-deaf";
  const store = memoryStore();
  const first = await startRig(world, { store });
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await first.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await first.untilSettled(name);
  const folder = structuredClone(first.folder);
  first.unplace(name);
  await isWaiting(name, "pre", first);
  await first.stop();
  const left = () =>
    store
      .states()
      .find((one) => one.key === key(name))
      ?.leftHooks?.map((one) => one.name);
  const deaf = await startRig(world, {
    store,
    folder,
    clusters: [],
  });
  await eventually("it is noted", async () => left()?.join() === "pre");
  await deaf.stop();
  expect([left(), (await world.find(jobPath(name, "pre"))) === undefined]).toEqual([["pre"], false]);
  const hearing = await startRig(world, { store, folder });
  try {
    await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
    await eventually("nothing is left", async () => left() === undefined);
    await hearing.untilSettled(name);
    expect(await world.hasConfigMap(name, "a")).toBe(true);
  } finally {
    await hearing.stop();
  }
});

test("a stop waits for the end of a hook whose deletion was called off", async () => {
  const name = "called-off-and-stopped";
  const own = await startRig(world);
  const entered = Promise.withResolvers<void>(),
    answer = Promise.withResolvers<void>();
  const { cluster } = own;
  own.clusters[0] = {
    ...cluster,
    for: (errand) => {
      const objects = cluster.for(errand);
      return Object.assign(Object.create(objects) as typeof objects, {
        apply: (...asked: Parameters<typeof objects.apply>) => objects.apply(...asked),
        create: (...asked: Parameters<typeof objects.create>) => objects.create(...asked),
        read: (...asked: Parameters<typeof objects.read>) => objects.read(...asked),
        async delete(...asked: Parameters<typeof objects.delete>) {
          entered.resolve();
          await answer.promise;
          return objects.delete(...asked);
        },
      });
    },
  };
  own.engine.settingsChanged();
  const files = {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
  };
  await own.placeNew(name, files, { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await own.untilSettled(name);
  const placed = own.folder.applications.find(({ app }) => app.metadata.name === name);
  own.unplace(name);
  await isWaiting(name, "pre", own);
  if (placed !== undefined) own.place(placed.app);
  await entered.promise;
  const stopped = own.engine.stop().then(() => "stopped");
  expect(await Promise.race([stopped, Bun.sleep(300).then(() => "waits")])).toBe("waits");
  answer.resolve();
  await stopped;
  await own.stop();
  await eventually("the Job is gone", async () => (await world.find(jobPath(name, "pre"))) === undefined);
});

test("a deletion whose beginning the store did not take begins anew, and has a run of its own", async () => {
  const name = "not-begun";
  const store = memoryStore();
  let refuses = 1;
  const own = await startRig(world, {
    store: {
      ...store,
      putStates(states) {
        if (states.some((state) => state.key === key(name) && state.removal !== undefined) && refuses-- > 0)
          throw new Failure("store", "holdfast.db", "backoff", { cannot: "write", why: "the disk is full" });
        store.putStates(states);
      },
    },
  });
  try {
    await made(name, { "a.yaml": configMap(name, "a") }, { from: own });
    await remove(name, {}, own);
    const other = `${name}-other`;
    await made(other, { "a.yaml": configMap(other, "a") }, { from: own });
    await own.untilGone(name);
    expect(refuses).toBeLessThan(1);
    expect(lastRun(name, own)?.state.phase).toBe("Succeeded");
    const runs = own.store.runs({ app: key(other), limit: 10 });
    expect(runs.map(({ cause, state }) => [cause, state.phase])).toEqual([["automated", "Succeeded"]]);
  } finally {
    await own.stop();
  }
});

test("a hook under a name that is another's is not run over it: the deletion waits, and says why", async () => {
  const name = "taken-name";
  await made(name, {
    "a.yaml": configMap(name, "a"),
    "pre.yaml": marked(configMap(name, "pre"), { [ANNOTATION.hook]: "PreDelete" }),
  });
  await world.must(
    "POST",
    `/api/v1/namespaces/${name}/configmaps`,
    configMap(name, "pre", { precious: "yes" }),
  );
  await remove(name);
  const app = await rig.until(name, (now) => conditions(now, "DeletionError").length > 0);
  expect(conditions(app, "DeletionError")[0]).toMatch(/a hook cannot be run: .*its name belongs to nobody/);
  expect((await world.find(configMapPath(name, "pre"))).data).toEqual({ precious: "yes" });
  expect(await world.hasConfigMap(name, "a")).toBe(true);
  // Mended by hand, it goes on by itself.
  await world.must("DELETE", configMapPath(name, "pre"));
  await rig.untilGone(name);
});

describe("objects go", () => {
  test("one wave after the other, and each step is told", async () => {
    const name = "told";
    const held = { ...configMap(name, "last") };
    held.metadata = { ...held.metadata, finalizers: ["example.com/held"] };
    await made(name, {
      "all.yaml": [configMap(name, "first"), inWave(1, held)],
    });
    await remove(name);
    const app = await rig.until(name, () => messageOf(name).startsWith("waiting for deletion of"));
    expect(messageOf(name)).toMatch(
      /^waiting for deletion of ConfigMap told\/last since \d{4}-\S+Z in wave 1$/,
    );
    expect(stepsOf(app)).toEqual(["Pruned last Running", "waits first"]);
    await world.must("PATCH", configMapPath(name, "last"), { metadata: { finalizers: null } }, MERGE);
    await rig.untilGone(name);
    expect(stepsOf({ status: { operationState: lastRun(name)?.state } as never }).sort()).toEqual([
      "Pruned first Succeeded",
      "Pruned last Succeeded",
    ]);
  });

  test("behind one that asks first, when a person has said yes", async () => {
    const name = "asks-first";
    await made(name, {
      "all.yaml": [
        configMap(name, "first"),
        inWave(1, marked(configMap(name, "asks"), { [ANNOTATION.syncOptions]: "Delete=confirm" })),
        inWave(2, configMap(name, "goes")),
      ],
    });
    await remove(name);
    await rig.until(name, () => messageOf(name).startsWith("waiting for a person's approval"));
    expect(messageOf(name)).toBe(
      `waiting for a person's approval to delete ConfigMap ${name}/asks in wave 1`,
    );
    expect([await world.hasConfigMap(name, "goes"), await world.hasConfigMap(name, "first")]).toEqual([
      false,
      true,
    ]);
    const shown = rig.app(name);
    const at = new Date(rig.clock.now()).toISOString();
    const annotations = { [ANNOTATION.deletionApproved]: at };
    await rig.control.update({ ...shown, metadata: { ...shown.metadata, annotations } }, "user:test");
    await rig.untilGone(name);
    expect(await world.hasConfigMap(name, "first")).toBe(false);
  });
});

describe("a daemon that stops in the middle of a deletion", () => {
  test("runs no hook twice, and deletes nothing before they have ended", async () => {
    const name = "goes-on";
    const store = memoryStore();
    const first = await startRig(world, { store });
    await made(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "done.yaml": inWave(-1, hookJob(name, "done", "PreDelete", { spec: { ttlSecondsAfterFinished: 0 } })),
        "pre.yaml": hookJob(name, "pre", "PreDelete", { suspend: true }),
        "post.yaml": hookJob(name, "post", "PostDelete", { suspend: true, policy: "HookSucceeded" }),
      },
      { from: first },
    );
    await remove(name, {}, first);
    await isWaiting(name, "pre", first);
    const { uid } = (await world.find(jobPath(name, "pre"))).metadata;
    await first.stop();
    const second = await startRig(world, { store });
    await isWaiting(name, "pre", second);
    expect([
      (await world.find(jobPath(name, "pre"))).metadata.uid,
      await world.find(jobPath(name, "done")),
      await world.hasConfigMap(name, "a"),
    ]).toEqual([uid, undefined, true]);
    expect(lastRun(name, second)?.state.phase).toBe("Running");
    await resume(name, "pre");
    await isWaiting(name, "post", second);
    const { uid: last } = (await world.find(jobPath(name, "post"))).metadata;
    await second.stop();
    const third = await startRig(world, { store });
    try {
      await isWaiting(name, "post", third);
      expect((await world.find(jobPath(name, "post"))).metadata.uid).toBe(last);
      expect(await world.find(jobPath(name, "pre"))).toBeUndefined();
      await resume(name, "post");
      await third.untilGone(name);
      const runs = store.runs({ app: key(name), limit: 20 }).filter(({ cause }) => cause === "deletion");
      expect(runs.map(({ state }) => state.phase)).toEqual(["Succeeded"]);
      await eventually("HookSucceeded", async () => (await world.find(jobPath(name, "post"))) === undefined);
    } finally {
      await third.stop();
    }
  });

  test("stays stopped where a hook had failed, and says so again", async () => {
    const name = "stays-stopped";
    const store = memoryStore();
    const first = await startRig(world, { store });
    await made(
      name,
      {
        "a.yaml": configMap(name, "a"),
        "pre.yaml": hookJob(name, "pre", "PreDelete", { image: "x:broken" }),
      },
      { from: first },
    );
    await remove(name, {}, first);
    await isStopped(name, first);
    const { uid } = (await world.find(jobPath(name, "pre"))).metadata;
    await first.stop();
    const second = await startRig(world, { store });
    try {
      const app = await isStopped(name, second);
      expect(conditions(app, "DeletionError")[0]).toContain(`the hook batch/Job ${name}/pre failed`);
      await second.untilIdle();
      expect((await world.find(jobPath(name, "pre"))).metadata.uid).toBe(uid);
      expect(await world.hasConfigMap(name, "a")).toBe(true);
      await remove(name, { cascade: "none" }, second);
      await second.untilGone(name);
    } finally {
      await second.stop();
    }
  });
});

describe("while Git is down", () => {
  /** A second daemon on the same store, whose Git answers nothing. */
  async function withoutGit(store: Rig["store"], use: (rig: Rig) => Promise<void>): Promise<void> {
    const down = (): Promise<never> =>
      Promise.reject(
        new Failure("git-unreachable", "the repository", "backoff", {
          cannot: "be read",
          why: "the test says so",
        }),
      );
    const second = await startRig(world, { store, git: (git) => ({ ...git, resolve: down, tree: down }) });
    try {
      await use(second);
    } finally {
      await second.stop();
    }
  }

  test("an application without hooks around its deletion goes, with what other hooks left, after a restart too", async () => {
    const name = "git-is-down";
    const store = memoryStore();
    const first = await startRig(world, { store });
    await made(
      name,
      { "a.yaml": configMap(name, "a"), "left.yaml": hookJob(name, "left", "PostSync") },
      { from: first },
    );
    await first.stop();
    await withoutGit(store, async (second) => {
      await remove(name, {}, second);
      await second.untilGone(name);
      expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "left"))]).toEqual([
        false,
        undefined,
      ]);
    });
  });

  test("one with such hooks waits and says so, and goes without them where a person says so", async () => {
    const name = "git-is-down-for-hooks";
    const store = memoryStore();
    const first = await startRig(world, { store });
    await made(
      name,
      { "a.yaml": configMap(name, "a"), "pre.yaml": hookJob(name, "pre", "PreDelete") },
      { from: first },
    );
    await first.stop();
    await withoutGit(store, async (second) => {
      await remove(name, {}, second);
      const app = await second.until(name, (now) => conditions(now, "DeletionError").length > 0);
      expect(conditions(app, "DeletionError")[0]).toMatch(/the test says so.*holdfast app forget/);
      expect(await world.hasConfigMap(name, "a")).toBe(true);
      await remove(name, { hooks: "skip" }, second);
      await second.untilGone(name);
      expect([await world.hasConfigMap(name, "a"), await world.find(jobPath(name, "pre"))]).toEqual([
        false,
        undefined,
      ]);
    });
  });
});
