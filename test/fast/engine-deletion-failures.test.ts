/** Hooks of a deletion that fail or cannot be run: where it stops, and what makes it go on. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { inWave, sharedDeletions } from "../lib/deletions.ts";
import { conditions, type Files } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type HookOf, hookJob, jobPath, marked, messageOf, unnamed } from "../lib/hook-objects.ts";
import { configMap } from "../lib/manifests.ts";

const on = sharedDeletions();
const MERGE = "application/merge-patch+json";

describe("a PreDelete hook that fails", () => {
  const broken = (name: string): Files => ({
    "a.yaml": configMap(name, "a"),
    "drain.yaml": inWave(-1, hookJob(name, "drain", "PreDelete")),
    "backup.yaml": hookJob(name, "backup", "PreDelete", { image: "x:broken" }),
  });

  test("stops the deletion with its sentence; asking again runs what failed, and not what succeeded", async () => {
    const name = "stops";
    await on.made(name, broken(name));
    const silent: string[] = [];
    const end = on.rig.control.onEvent(({ app: shown }) => {
      const isFailed = shown.metadata.name === name && shown.status?.operationState?.phase === "Failed";
      if (isFailed && conditions(shown, "DeletionError").length === 0)
        silent.push(messageOf(on.rig.app(name)));
    });
    await on.remove(name);
    const app = await on.isStopped(name);
    end();
    expect(silent).toEqual([]);
    expect(conditions(app, "DeletionError")).toEqual([
      expect.stringMatching(
        /the hook batch\/Job stops\/backup failed: .*nothing was deleted.*holdfast app delete argocd\/stops\..*--skip-hooks.*holdfast app forget argocd\/stops/,
      ),
    ]);
    expect(on.lastRun(name)?.state.phase).toBe("Failed");
    expect(await on.world.hasConfigMap(name, "a")).toBe(true);
    const uids = async () =>
      Promise.all(
        ["drain", "backup"].map(async (one) => (await on.world.find(jobPath(name, one)))?.metadata.uid),
      );
    const [drained, failed] = await uids();
    await on.rig.untilIdle();
    expect(await uids()).toEqual([drained, failed]);
    await on.remove(name);
    await eventually("it is run anew", async () => {
      const [, again] = await uids();
      return again !== undefined && again !== failed;
    });
    await on.isStopped(name);
    expect((await uids())[0]).toBe(drained);
  });

  test("is tried again by a commit that mends it, and by no other", async () => {
    const name = "mended";
    const repository = await on.made(name, broken(name));
    await on.remove(name);
    await on.isStopped(name);
    const failed = (await on.world.find(jobPath(name, "backup"))).metadata.uid;
    await repository.commit({ "b.yaml": configMap(name, "b") });
    await on.rig.refresh(name);
    await on.rig.untilIdle();
    expect([
      (await on.world.find(jobPath(name, "backup"))).metadata.uid,
      on.rig.app(name).status?.operationState?.phase,
    ]).toEqual([failed, "Failed"]);
    await repository.commit({ "backup.yaml": hookJob(name, "backup", "PreDelete") });
    await on.rig.refresh(name);
    await on.rig.untilGone(name);
    expect(await on.world.hasConfigMap(name, "a")).toBe(false);
  });

  test("is deleted by HookFailed; and the deletion goes on without hooks where a person says so", async () => {
    const name = "without-hooks";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", { image: "x:broken", policy: "HookFailed" }),
      "post.yaml": hookJob(name, "post", "PostDelete"),
    });
    await on.remove(name);
    await on.isStopped(name);
    await eventually("it is gone", async () => (await on.world.find(jobPath(name, "pre"))) === undefined);
    await on.remove(name, { hooks: "skip" });
    await on.rig.untilGone(name);
    expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "post"))]).toEqual([
      false,
      undefined,
    ]);
  });

  test("fails where it takes longer than its hook-timeout, and where it is deleted while it runs", async () => {
    const name = "too-late";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "pre.yaml": hookJob(name, "pre", "PreDelete", {
        suspend: true,
        more: { [ANNOTATION.hookTimeout]: "5m" },
      }),
    });
    await on.remove(name);
    await on.isWaiting(name, "pre");
    on.rig.clock.advance(301_000);
    await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { a: "b" } } }, MERGE);
    expect(conditions(await on.isStopped(name), "DeletionError")[0]).toContain("did not complete within 5m");
    await on.remove(name);
    await on.isWaiting(name, "pre");
    await on.world.must("DELETE", jobPath(name, "pre"));
    expect(conditions(await on.isStopped(name), "DeletionError")[0]).toContain(
      "deleted before its end was seen",
    );
    expect(await on.world.hasConfigMap(name, "a")).toBe(true);
    await on.remove(name, { cascade: "none" });
    await on.rig.untilGone(name);
    expect(await on.world.hasConfigMap(name, "a")).toBe(true);
  });
});

test("a hook whose name is made and that succeeded is not run again at another commit, one that failed is", async () => {
  const name = "named-once";
  const repository = await on.made(name, {
    "a.yaml": configMap(name, "a"),
    "drain.yaml": inWave(-1, unnamed(hookJob(name, "drain", "PreDelete"), "drain-")),
    "backup.yaml": unnamed(hookJob(name, "backup", "PreDelete", { image: "x:broken" }), "backup-"),
  });
  const jobs = async () => {
    const { items } = await on.world.must("GET", `/apis/batch/v1/namespaces/${name}/jobs`);
    return (items as KubeObject[]).map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  };
  await on.remove(name);
  await on.isStopped(name);
  const [failed, drained, ...others] = await jobs();
  expect([failed, drained, others]).toEqual([
    expect.stringMatching(/^backup-[0-9a-f]{7}-predelete-\d+ /),
    expect.stringMatching(/^drain-[0-9a-f]{7}-predelete-\d+ /),
    [],
  ]);
  await repository.commit({
    "backup.yaml": unnamed(hookJob(name, "backup", "PreDelete", { suspend: true }), "backup-"),
  });
  await on.rig.refresh(name);
  await eventually("it is run anew", async () => {
    const now = await jobs();
    return now.length === 2 && now[0] !== failed;
  });
  expect((await jobs())[1]).toBe(drained);
  const [again = ""] = await jobs();
  await on.resume(name, again.split(" ")[0] ?? "");
  await on.rig.untilGone(name);
});

describe("a PostDelete hook that could not be run afterwards", () => {
  const farewell = (name: string, of: HookOf = {}) => hookJob(name, "farewell", "PostDelete", of);
  const stays = async (name: string, why: RegExp) => {
    const app = await on.rig.until(name, (seen) =>
      conditions(seen, "DeletionError").some((said) => why.test(said)),
    );
    expect(conditions(app, "DeletionError")[0]).toMatch(
      /^nothing was deleted, because a PostDelete hook could not be run afterwards: .*--skip-hooks/,
    );
    await on.rig.untilIdle();
    expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "drain"))]).toEqual([
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
    const repository = await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "drain.yaml": hookJob(name, "drain", "PreDelete"),
      "post.yaml": post,
    });
    await on.remove(name);
    await stays(
      name,
      /example\.com\/Farewell post-refused\/farewell \(post\.yaml:1\): .*does not know the kind/,
    );
    await repository.commit({ "b.yaml": configMap(name, "b") });
    await on.rig.refresh(name);
    await stays(name, /does not know the kind/);
    await repository.commit({ "post.yaml": farewell(name) });
    await on.rig.refresh(name);
    await on.rig.untilGone(name);
    expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(name, "farewell"))]).toEqual([
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
    const repository = await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "space.yaml": space(`${name}-own`),
      "drain.yaml": hookJob(name, "drain", "PreDelete"),
      "post.yaml": hookJob(`${name}-own`, "farewell", "PostDelete"),
    });
    await on.remove(name);
    await stays(name, /its Namespace post-homeless-own goes with the application/);
    await repository.commit({
      "post-space.yaml": inWave(-1, marked(space(`${name}-later`), { [ANNOTATION.hook]: "PostDelete" })),
      "post.yaml": hookJob(`${name}-later`, "farewell", "PostDelete"),
    });
    await on.rig.refresh(name);
    await on.rig.untilGone(name);
    expect(await on.world.find(jobPath(`${name}-later`, "farewell"))).toBeDefined();
  });

  test("and what a person has go without hooks goes", async () => {
    const name = "post-skipped";
    await on.made(name, {
      "a.yaml": configMap(name, "a"),
      "post.yaml": marked(
        { apiVersion: "example.com/v1", kind: "Farewell", metadata: { name: "farewell", namespace: name } },
        { [ANNOTATION.hook]: "PostDelete" },
      ),
    });
    await on.remove(name);
    await on.rig.until(name, (app) => conditions(app, "DeletionError").length > 0);
    await on.remove(name, { hooks: "skip" });
    await on.rig.untilGone(name);
    expect(await on.world.hasConfigMap(name, "a")).toBe(false);
  });
});

test("a PostDelete hook that fails keeps the application, which says that its objects are gone", async () => {
  const name = "post-fails";
  const repository = await on.made(name, {
    "a.yaml": configMap(name, "a"),
    "post.yaml": hookJob(name, "post", "PostDelete", { image: "x:broken" }),
  });
  await on.remove(name);
  const [said] = conditions(await on.isStopped(name), "DeletionError");
  expect(said).toMatch(/post failed: .*its objects are gone/);
  expect(said).not.toContain("app forget");
  expect(await on.world.hasConfigMap(name, "a")).toBe(false);
  await repository.commit({ "post.yaml": hookJob(name, "post", "PostDelete") });
  await on.remove(name);
  await on.rig.untilGone(name);
});

test("a further try runs anew what failed, whatever its policy, and tidies up what an earlier one made", async () => {
  const name = "tidied-later";
  const bad = (image: string) =>
    inWave(1, hookJob(name, "bad", "PostDelete", { image, policy: "HookSucceeded" }));
  const repository = await on.made(name, {
    "a.yaml": configMap(name, "a"),
    "well.yaml": hookJob(name, "well", "PostDelete", { policy: "HookSucceeded" }),
    "bad.yaml": bad("x:broken"),
  });
  await on.remove(name);
  await on.isStopped(name);
  expect(await on.world.find(jobPath(name, "well"))).toBeDefined();
  await repository.commit({ "bad.yaml": bad("x:mended") });
  await on.remove(name);
  await on.rig.untilGone(name);
  for (const hook of ["well", "bad"])
    await eventually(`${hook} is gone`, async () => (await on.world.find(jobPath(name, hook))) === undefined);
  expect(on.lastRun(name)?.state.message).toContain("2 hooks completed");
});
