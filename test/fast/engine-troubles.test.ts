/** What cannot be seen is not gone: Git, a cluster or a render that fails is said, deletes nothing, and holds up nobody else. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import {
  appOf,
  conditions,
  type Files,
  isSettled,
  type Placed,
  type Repository,
  type Rig,
  SERVER,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

const EDGE = "https://edge.example.com";
const QUICK = {
  firstPauseMs: 5,
  lastPauseMs: 20,
  readMs: 1_000,
  writeMs: 1_000,
  listEveryMs: 5,
  discoverEveryMs: 5,
};

let world: World, rig: Rig, edge: ApiProxy;
/** By repository, how Git fails; `undefined`: it does not. */
const gitFaults = new Map<string, "fails" | "hangs">();

async function connect(name: string, server: string, kubeconfig: string): Promise<Cluster> {
  return connectCluster({
    name,
    server,
    kubeconfig: { file: kubeconfig },
    log: recordingLog(),
    timings: QUICK,
  });
}

beforeAll(async () => {
  world = await startWorld();
  edge = await startApiProxy(world.kubeconfig);
  rig = await startRig(world, {
    clusters: [
      await connect("in-cluster", SERVER, world.kubeconfig),
      await connect("edge", EDGE, edge.kubeconfig),
    ],
    git: (git) => ({
      ...git,
      async resolve(access, ...rest) {
        const fault = gitFaults.get(access.url);
        if (fault === "fails")
          throw new Failure("git-unreachable", access.url, "backoff", {
            cannot: "list its refs",
            why: "the test says so",
          });
        if (fault === "hangs")
          await eventually("Git answers again", () => gitFaults.get(access.url) === undefined);
        return git.resolve(access, ...rest);
      },
    }),
  });
});
afterAll(async () => {
  gitFaults.clear();
  await rig?.stop();
  await edge?.stop();
  await world?.stop();
});

interface Given extends Partial<Placed> {
  files: Files;
}

async function settled(name: string, { files, ...more }: Given): Promise<Repository> {
  const repository = await rig.placeNew(name, files, more);
  await rig.untilSettled(name);
  await rig.untilIdle();
  return repository;
}

const toEdge = (namespace: string): Pick<Placed, "spec"> => ({
  spec: { destination: { server: EDGE, namespace } },
});
const troubles = (name: string): string => conditions(rig.app(name), "ComparisonError").join("\n");

describe("Git", () => {
  test("does not answer: Unknown with a sentence, as healthy as before, nothing pruned; and it goes on by itself", async () => {
    const repository = await settled("git-away", {
      files: {
        "a.yaml": configMap("git-away", "a"),
        "web.yaml": deployment({ namespace: "git-away", name: "web" }),
      },
    });
    gitFaults.set(repository.url, "fails");
    const app = await rig.refresh("git-away");
    expect(app.status?.sync.status).toBe("Unknown");
    expect(app.status?.health.status).toBe("Healthy");
    expect(troubles("git-away")).toContain("the test says so");
    expect(app.status?.resources).toHaveLength(2);
    const sha = await repository.commit({ "a.yaml": null });
    await rig.refresh("git-away");
    expect(await world.hasConfigMap("git-away", "a")).toBe(true);
    gitFaults.delete(repository.url);
    await rig.until(
      "git-away",
      (now) => now.status?.sync.revision === sha && isSettled(now) && troubles("git-away") === "",
    );
    expect(await world.hasConfigMap("git-away", "a")).toBe(false);
  });

  test.each<{
    what: string;
    name: string;
    break: (repository: Repository) => Promise<unknown>;
    says: RegExp;
    mend: (repository: Repository) => Promise<unknown>;
  }>([
    {
      what: "a branch that is gone",
      name: "no-branch",
      break: async (repository) =>
        rig.place(
          appOf({
            name: "no-branch",
            repository,
            spec: { source: { repoURL: repository.url, path: ".", targetRevision: "gone" } },
          }),
        ),
      says: /gone/,
      mend: async (repository) => rig.place(appOf({ name: "no-branch", repository })),
    },
    {
      what: "a path that is gone",
      name: "no-path",
      break: async (repository) => rig.place(appOf({ name: "no-path", repository, path: "elsewhere" })),
      says: /elsewhere/,
      mend: async (repository) => rig.place(appOf({ name: "no-path", repository })),
    },
    {
      what: "a file that is no YAML",
      name: "no-yaml",
      break: (repository) =>
        repository.commit({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a\n" }),
      says: /a\.yaml/,
      mend: (repository) => repository.commit({ "a.yaml": configMap("no-yaml", "a") }),
    },
    {
      what: "an object without a name",
      name: "no-name",
      break: (repository) =>
        repository.commit({ "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n" }),
      says: /a\.yaml:3: metadata.name/,
      mend: (repository) => repository.commit({ "a.yaml": configMap("no-name", "a") }),
    },
  ])(
    "holds $what: Unknown with a sentence, nothing is touched, and it heals",
    async ({ name, says, ...given }) => {
      const repository = await settled(name, {
        files: { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") },
      });
      await given.break(repository);
      await rig.refresh(name);
      const app = await rig.until(name, () => troubles(name) !== "");
      expect(troubles(name)).toMatch(says);
      expect(app.status?.sync.status).toBe("Unknown");
      expect(app.status?.health.status).toBe("Healthy");
      await rig.untilIdle();
      expect((await world.hasConfigMap(name, "a")) && (await world.hasConfigMap(name, "b"))).toBe(true);
      await given.mend(repository);
      await rig.refresh(name);
      await rig.until(name, (now) => isSettled(now) && troubles(name) === "");
    },
  );
});

test("a Git server and a cluster that are silent, with forty applications each, hold up nobody else", async () => {
  const silent = await startApiProxy(world.kubeconfig);
  silent.inject(() => true, { do: "hang" });
  const server = "https://silent.example.com";
  const cluster = await connectCluster({
    name: "silent",
    server,
    kubeconfig: { file: silent.kubeconfig },
    log: recordingLog(),
  });
  rig.clusters.push(cluster);
  rig.engine.settingsChanged();
  for (const namespace of ["hung", "lively"]) await world.makeNamespace(namespace);
  const names = (what: string): string[] => Array.from({ length: 40 }, (_, at) => `${what}-${at}`);
  const repository = await world.repository("hung", { "a.yaml": configMap("hung", "a") });
  const lively = await world.repository("lively", { "a.yaml": configMap("lively", "a") });
  gitFaults.set(repository.url, "hangs");
  rig.place(
    ...names("hung").map((name) => appOf({ name, repository, namespace: "hung", spec: { syncPolicy: {} } })),
    ...names("silent").map((name) =>
      appOf({ name, repository: lively, spec: { destination: { server, namespace: "hung" } } }),
    ),
  );
  rig.place(appOf({ name: "lively", repository: lively }));
  await rig.untilSettled("lively");
  expect(
    [...names("hung"), ...names("silent")].filter(
      (name) => rig.app(name).status?.sync.status === "OutOfSync",
    ),
  ).toEqual([]);
  gitFaults.delete(repository.url);
  rig.clusters.splice(rig.clusters.indexOf(cluster), 1);
  await cluster.stop();
  rig.engine.settingsChanged();
  await silent.stop();
  for (const name of names("hung")) await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
  for (const name of names("silent"))
    await rig.until(name, (app) => conditions(app, "InvalidSpecError").length > 0);
});

describe("a cluster", () => {
  test("that is gone: its applications are Unknown, nothing is planned for them, one that is deleted stays, and the others go on", async () => {
    await settled("far-end", {
      files: { "a.yaml": configMap("far-end", "a") },
      metadata: { finalizers: [RESOURCES_FINALIZER] },
      ...toEdge("far-end"),
    });
    await settled("far", { files: { "a.yaml": configMap("far", "a") }, ...toEdge("far") });
    await settled("near", { files: { "a.yaml": configMap("near", "a") } });
    const end = edge.inject(() => true, { do: "cut" });
    edge.cutWatches();
    const app = await rig.until("far", (now) => now.status?.sync.status === "Unknown");
    expect(app.status?.health.status).toBe("Unknown");
    expect(troubles("far")).toMatch(/^cluster edge: cannot compare with it: .*Check its address/);
    await world.must("DELETE", configMapPath("far", "a"));
    await rig.refresh("far");
    expect(rig.app("far").status?.sync.status).toBe("Unknown");
    await world.must(
      "PATCH",
      configMapPath("near", "a"),
      { data: { key: "edited" } },
      "application/merge-patch+json",
    );
    await eventually(
      "the other one's drift is healed",
      async () => (await world.must("GET", configMapPath("near", "a"))).data.key === "value",
    );
    const asked = await rig.sync("far", {});
    expect(asked).toMatchObject({
      phase: "Failed",
      message: expect.stringMatching(/^cluster edge: cannot compare with it/),
    });
    rig.unplace("far-end");
    const going = await rig.until("far-end", (now) => conditions(now, "DeletionError").length > 0);
    expect(conditions(going, "DeletionError").join()).toMatch(/^cluster edge: cannot/);
    expect(await world.hasConfigMap("far-end", "a")).toBe(true);
    end();
    await rig.untilGone("far-end");
    expect(await world.hasConfigMap("far-end", "a")).toBe(false);
    await rig.until("far", (now) => now.status?.sync.status === "OutOfSync");
    // The sync that failed has its pause.
    rig.clock.advance(200_000);
    await rig.refresh("far");
    await rig.untilSettled("far");
    expect(await world.hasConfigMap("far", "a")).toBe(true);
  });

  test("that does not let a kind be seen while an application is deleted: the application stays, with the reason", async () => {
    await settled("blind", {
      files: {
        "a.yaml": configMap("blind", "a"),
        "sa.yaml": { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "sa", namespace: "blind" } },
      },
      metadata: { finalizers: [RESOURCES_FINALIZER] },
      ...toEdge("blind"),
    });
    const forbidden = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Forbidden",
      code: 403,
      message: "serviceaccounts is forbidden",
    };
    const end = edge.inject(({ path }) => /\/serviceaccounts\?/.test(path), {
      do: "answer",
      status: 403,
      body: forbidden,
    });
    edge.cutWatches();
    await rig.until(
      "blind",
      (now) =>
        now.status?.sync.status === "Unknown" ||
        (now.status?.resources ?? []).some(({ status }) => status === "Unknown"),
    );
    rig.unplace("blind");
    const app = await rig.until("blind", (now) => conditions(now, "DeletionError").length > 0);
    expect(conditions(app, "DeletionError").join()).toMatch(/ServiceAccount/);
    end();
    await rig.untilGone("blind");
    expect(await world.find("/api/v1/namespaces/blind/serviceaccounts/sa")).toBeUndefined();
  });

  test("that is there no more, by the config: a sentence that names those that are", async () => {
    await world.makeNamespace("nowhere");
    const repository = await world.repository("nowhere", { "a.yaml": configMap("nowhere", "a") });
    rig.place(
      appOf({
        name: "nowhere",
        repository,
        spec: { destination: { name: "elsewhere", namespace: "nowhere" } },
      }),
    );
    const app = await rig.until("nowhere", (now) => conditions(now, "InvalidSpecError").length > 0);
    expect(conditions(app, "InvalidSpecError").join()).toMatch(
      /there is no cluster with the name elsewhere|elsewhere/,
    );
    expect(app.status?.sync.status).toBe("Unknown");
  });

  test("that is another one now, under the same name, is looked at anew", async () => {
    await settled("moved", { files: { "a.yaml": configMap("moved", "a") }, ...toEdge("moved") });
    const old = rig.clusters.pop() as Cluster;
    rig.clusters.push(await connect("edge", EDGE, edge.kubeconfig));
    rig.engine.settingsChanged();
    await rig.engine.released();
    await old.stop();
    await rig.untilIdle();
    await rig.refresh("moved");
    expect(isSettled(rig.app("moved"))).toBe(true);
    await world.must(
      "PATCH",
      configMapPath("moved", "a"),
      { data: { key: "edited" } },
      "application/merge-patch+json",
    );
    await eventually(
      "drift there is healed",
      async () => (await world.must("GET", configMapPath("moved", "a"))).data.key === "value",
    );
    await rig.untilSettled("moved");
  });

  test("that an application leaves for another one is not watched for it any more", async () => {
    const repository = await settled("mover", {
      files: {
        "a.yaml": {
          apiVersion: "policy/v1",
          kind: "PodDisruptionBudget",
          metadata: { name: "a", namespace: "mover" },
          spec: { minAvailable: 1, selector: {} },
        },
      },
      ...toEdge("mover"),
    });
    const far = rig.clusters[1] as Cluster;
    const unfollowed: string[] = [];
    const { unfollow } = far;
    far.unfollow = (owner) => {
      unfollowed.push(owner);
      unfollow(owner);
    };
    rig.place(appOf({ name: "mover", repository }));
    await eventually("it is let go of there", () => unfollowed.includes("argocd/mover"));
    await rig.untilSettled("mover");
  });
});

test("an application that fails in every look asks again with growing pauses, not in a loop", async () => {
  const repository = await world.repository("pauses", { "a.yaml": configMap("pauses", "a") });
  gitFaults.set(repository.url, "fails");
  rig.place(appOf({ name: "pauses", repository }));
  await rig.until("pauses", () => troubles("pauses") !== "");
  const before = rig.log.lines.filter(({ fields }) => fields["app"] === "argocd/pauses").length;
  await Bun.sleep(300);
  expect(rig.log.lines.filter(({ fields }) => fields["app"] === "argocd/pauses").length - before).toBe(0);
  gitFaults.delete(repository.url);
  await world.makeNamespace("pauses");
  await rig.untilSettled("pauses");
});
