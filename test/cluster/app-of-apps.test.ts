/** Parents and their children on the compiled binary and a real API server that has no definition of either. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { addedRequests, readRequestCounts } from "../lib/request-counts.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  type Placed,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(180_000);

const HOME = "argocd";
/** Else the garbage collector would count, which does some twenty objects in a second. */
const BACKGROUND = `${RESOURCES_FINALIZER}/background`;
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** The manifest of a child over a folder of its parent's repository. */
function child(
  of: Pick<Placed, "repoURL">,
  name: string,
  path: string,
  namespace: string,
  finalizer = RESOURCES_FINALIZER,
): KubeObject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: HOME, finalizers: [finalizer] },
    spec: {
      project: "default",
      source: { repoURL: of.repoURL, path, targetRevision: "main" },
      destination: { server: SERVER, namespace },
      syncPolicy: AUTOMATED,
    },
  };
}

/** A parent of this name, over the folder `app` of a repository of its own; the namespace for its children's objects is made. */
async function parent(name: string): Promise<Placed> {
  await stage.makeNamespace(name);
  return stage.place({
    name,
    namespace: HOME,
    makeNamespace: "none",
    files: { "README.md": "Applications." },
  });
}

const app = (name: string): Promise<Shown> => stage.daemon.app(name);
const isSettled = (seen: Shown): boolean =>
  isSynced(seen) && seen.status.health.status === "Healthy" && isQuiet(seen);
const settled = (name: string): Promise<Shown> => stage.daemon.until(name, isSettled);
const names = async (prefix: string): Promise<string[]> => {
  const { body } = await stage.daemon.api<{ items: Shown[] | null }>("/api/v1/applications");
  return (body.items ?? []).map(({ metadata }) => metadata.name).filter((name) => name.startsWith(prefix));
};
const gone = (name: string): Promise<unknown> =>
  eventually(`${name} is gone`, async () => !(await names(name)).includes(name), 60_000);
const map = (namespace: string, name: string): Promise<boolean> =>
  stage.isThere(configMapPath(namespace, name));
async function killed(): Promise<void> {
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
}

test("three levels come and go with a commit each, through kill -9", async () => {
  const root = await parent("deep");
  await root.commit({
    "keep.yaml": yaml(child(root, "deep-keep", "leaf", "deep")),
    "middle.yaml": yaml(child(root, "deep-middle", "middle", HOME)),
    "/middle/lower.yaml": yaml(child(root, "deep-lower", "lower", HOME)),
    "/lower/leaf.yaml": yaml(child(root, "deep-leaf", "deepest", "deep")),
    "/leaf/a.yaml": yaml(configMap("deep", "keep")),
    "/deepest/a.yaml": yaml(configMap("deep", "deepest")),
  });
  await eventually("the middle is there", async () => (await names("deep-")).includes("deep-middle"));
  await killed();
  for (const name of ["deep-leaf", "deep-lower", "deep-middle", "deep"]) await settled(name);
  expect([await map("deep", "deepest"), await map("deep", "keep")]).toEqual([true, true]);
  const { stdout } = await stage.daemon.cli("app", "get", "deep-leaf");
  expect(stdout).toContain("deep-lower");

  await root.push({ "middle.yaml": null });
  const removal = root.refresh();
  await eventually("the middle is going", async () => {
    const { status, body } = await stage.daemon.api<Shown>("/api/v1/applications/deep-middle");
    return status === 404 || body.metadata?.deletionTimestamp !== undefined;
  });
  await removal;
  await killed();
  for (const name of ["deep-middle", "deep-lower", "deep-leaf"]) await gone(name);
  expect([await map("deep", "deepest"), await map("deep", "keep")]).toEqual([false, true]);
  await settled("deep");
  expect(await names("deep")).toEqual(["deep", "deep-keep"]);
});

test("a parent that manages itself stays when its file is removed, and follows its own manifest", async () => {
  const root = await parent("own");
  const self = (more: object): KubeObject => {
    const { metadata, spec, ...rest } = child(root, "own", "app", HOME);
    const { finalizers: _, ...meta } = metadata;
    return { ...rest, metadata: meta, spec: { ...(spec as object), ...more } };
  };
  await root.commit({
    "own.yaml": yaml(self({})),
    "a.yaml": yaml(child(root, "own-a", "a", "own")),
    "/a/a.yaml": yaml(configMap("own", "a")),
  });
  await settled("own-a");
  await settled("own");
  await root.remove();
  await killed();
  await settled("own");
  await root.commit({ "own.yaml": yaml(self({ revisionHistoryLimit: 3 })) });
  await stage.daemon.until("own", (seen) => seen.spec.revisionHistoryLimit === 3 && isSettled(seen));
  expect([await names("own"), await map("own", "a")]).toEqual([["own", "own-a"], true]);
});

test("a parent that loses its branch deletes nothing, through kill -9", async () => {
  const root = await parent("branch");
  await root.commit({
    "a.yaml": yaml(child(root, "branch-a", "a", "branch")),
    "/a/a.yaml": yaml(configMap("branch", "a")),
  });
  await settled("branch-a");
  await settled("branch");
  await root.edit(({ spec }) => {
    if (spec.source !== undefined) spec.source.targetRevision = "lost";
  });
  await root.until((seen) => conditions(seen, "ComparisonError").length > 0);
  await killed();
  await root.until((seen) => conditions(seen, "ComparisonError").length > 0);
  await root.refresh("hard");
  expect([await names("branch"), await map("branch", "a")]).toEqual([["branch", "branch-a"], true]);
  expect((await app("branch-a")).metadata.deletionTimestamp).toBeUndefined();
  expect(stage.writes("branch").filter(({ verb }) => verb === "delete")).toEqual([]);
  await root.edit(({ spec }) => {
    if (spec.source !== undefined) spec.source.targetRevision = "main";
  });
  await settled("branch");
});

test("200 children come with one commit and go with another, when a person says so, through kill -9", async () => {
  const count = 200;
  const root = await parent("many");
  const all = Array.from({ length: count }, (_, at) => `many-${String(at).padStart(3, "0")}`);
  const files = (
    of: readonly string[],
    text: (name: string) => string | null,
  ): Record<string, string | null> => Object.fromEntries(of.map((name) => [`${name}.yaml`, text(name)]));
  await root.commit({
    "keep.yaml": yaml(child(root, "many-keep", "of/keep", "many")),
    "/of/keep/a.yaml": yaml(configMap("many", "many-keep")),
  });
  await settled("many-keep");
  await settled("many");

  const before = await readRequestCounts(stage.plane.api);
  const came = performance.now();
  await root.push({
    ...files(all, (name) => yaml(child(root, name, `of/${name}`, "many", BACKGROUND))),
    ...Object.fromEntries(all.map((name) => [`/of/${name}/a.yaml`, yaml(configMap("many", name))])),
  });
  void root.refresh().catch(() => undefined);
  await eventually("some are there", async () => (await names("many-")).length > 20, 60_000);
  await killed();
  await eventually(
    `all ${count} are settled`,
    async () => {
      const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/v1/applications");
      return (
        body.items.filter(({ metadata }) => all.includes(metadata.name)).filter(isSettled).length === count
      );
    },
    150_000,
  );
  await settled("many");
  const madeMs = performance.now() - came;
  const afterMade = await readRequestCounts(stage.plane.api);
  const maps = await stage.must("GET", "/api/v1/namespaces/many/configmaps");
  expect(maps["items"].filter(({ metadata }: Shown) => metadata.name.startsWith("many-"))).toHaveLength(
    count + 1,
  );
  const writes = stage.writes("many");
  expect(writes.filter(({ verb }) => verb === "patch").length).toBeLessThanOrEqual(count + 21);
  expect(writes.filter(({ verb }) => verb === "delete")).toEqual([]);

  await root.commit(files(all, () => null));
  await root.until((seen) => isQuiet(seen) && JSON.stringify(seen.status).includes("--prune --confirm 200"));
  expect(await names("many-")).toHaveLength(count + 1);
  const went = performance.now();
  const confirm = (objects: number) =>
    stage.daemon.cli("app", "sync", "many", "--prune", "--confirm", String(objects), "--async");
  expect((await confirm(count)).code).toBe(0);
  await eventually("some are gone", async () => (await names("many-")).length < count - 20, 90_000);
  await killed();
  // Approval is of so many objects: where fewer are left after a restart, a person is asked again.
  await eventually(
    "all of them are gone",
    async () => {
      const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/v1/applications");
      const left = body.items.filter(({ metadata }) => all.includes(metadata.name));
      const there = left.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      if (there.length > 0 && there.length === left.length && isQuiet(await root.get()))
        await confirm(there.length);
      return left.length === 0;
    },
    150_000,
  );
  const goneMs = performance.now() - went;
  const afterGone = await readRequestCounts(stage.plane.api);
  const left = await stage.must("GET", "/api/v1/namespaces/many/configmaps");
  expect(
    left["items"]
      .map(({ metadata }: Shown) => metadata.name)
      .filter((name: string) => name.startsWith("many-")),
  ).toEqual(["many-keep"]);
  await settled("many-keep");
  const own = (counts: Record<string, number>): string =>
    Object.entries(counts)
      .filter(([key]) => /configmaps|applications/.test(key))
      .map(([key, many]) => `${key} ${many}`)
      .join(", ");
  console.log(
    `${count} children: made in ${(madeMs / 1000).toFixed(1)} s with a kill between (${own(addedRequests(before, afterMade))}); gone in ${(goneMs / 1000).toFixed(1)} s with a kill between (${own(addedRequests(afterMade, afterGone))})`,
  );
});
