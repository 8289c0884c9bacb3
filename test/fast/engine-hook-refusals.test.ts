/** Hooks that are not to run: not permitted, refused by a dry run or when their turn comes; and what of their annotations means nothing. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { ProjectSpec } from "../../src/core/model/project.ts";
import type { ClusterObjects, WriteOutcome } from "../../src/core/ports/cluster-objects.ts";
import { conditions, type Rig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, marked, unnamed, waitsForHook } from "../lib/hook-objects.ts";
import { hookStage, placed } from "../lib/hook-stage.ts";
import { configMap } from "../lib/manifests.ts";

const on = hookStage();
const { start, uidOf, goOn } = on;
const MERGE = "application/merge-patch+json";

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
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { set: "b" } } }, MERGE);
  const pre = refKey({ group: "batch", kind: "Job", namespace: name, name: "pre" });
  await eventually("it is seen", async () => rig.cluster.get(pre)?.object.metadata.labels?.["set"] === "b");
  await Bun.sleep(50);
  expect(rig.app(name).status?.operationState?.phase).toBe("Running");
  rig.clock.set(-7_200_000);
  rig.clock.advance(301_000);
  await on.world.must("PATCH", jobPath(name, "pre"), { metadata: { labels: { a: "b" } } }, MERGE);
  expect(await synced).toMatchObject({
    phase: "Failed",
    message: expect.stringContaining("did not complete within 300s, the config's sync.hookTimeout"),
  });
  expect(hooksOf(rig.app(name)).sort()).toEqual(["PreSync longer Succeeded", "PreSync pre Failed"]);
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
      await on.world.makeNamespace("elsewhere");
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
      expect([await on.world.hasConfigMap(name, "a"), await on.world.find(jobPath(where, "post"))]).toEqual([
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
    expect(await on.world.hasConfigMap(name, "post")).toBe(false);
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
  expect(await on.world.hasConfigMap(name, "a")).toBe(false);
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
  expect(await on.world.hasConfigMap(name, "a")).toBe(true);
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
    const made: any[] = (await on.world.must("GET", jobPath(name, "").replace(/\/$/, ""))).items;
    expect(made.map(({ metadata }) => metadata.annotations.which).sort()).toEqual(["a", "b", "c"]);
    expect(hooksOf(rig.app(name))).toHaveLength(3);
  });
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
  expect(await on.world.hasConfigMap(name, "a")).toBe(false);
});
