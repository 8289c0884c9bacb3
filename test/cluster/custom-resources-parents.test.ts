/** Parents and children that are custom resources, by kubectl and Git alone, on a real API server: `home: cluster`. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type Changes, type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import { AUTOMATED, conditions, isQuiet, isSynced, SERVER, type Shown, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const FINALIZER = "resources-finalizer.argocd.argoproj.io";
const APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
const WELL = "registry.example.com/db:1",
  BROKEN = "registry.example.com/db:broken";
let plane: ControlPlane, git: GitServer, daemon: Daemon;

beforeAll(async () => {
  [plane, git] = await Promise.all([startControlPlane(), startGitServer()]);
  await plane.api.makeNamespace("argocd");
  await plane.kubectl("apply", "--server-side", "-f", join(import.meta.dir, "../../config/definitions.yaml"));
  daemon = await startDaemon(
    `poll: 1s\npollSpread: 0s\nhome: cluster\nretry: { first: 200ms, most: 2s }\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig }])}\n`,
    {},
    { env: { PATH: `${controlPlaneBinaries()}:${process.env["PATH"] ?? ""}` } },
  );
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await plane?.stop();
  await git?.close();
}, 60_000);

const read = (name: string): Promise<Shown | undefined> => plane.api.find(`${APPLICATIONS}/${name}`);
async function until(name: string, what: string, is: (app: Shown) => unknown): Promise<Shown> {
  let last: Shown | undefined;
  await eventually(
    `${name} ${what}`,
    async () => {
      last = await read(name);
      return last !== undefined && Boolean(is(last));
    },
    60_000,
  ).catch((cause) => {
    throw new Error(`${String(cause)}\n${JSON.stringify(last?.["status"], null, 1)}`);
  });
  return last as Shown;
}
const isWell = (app: Shown): boolean =>
  isSynced(app) && app["status"].health?.status === "Healthy" && isQuiet(app);
const well = (name: string): Promise<Shown> => until(name, "is well", isWell);
const gone = (name: string): Promise<unknown> =>
  eventually(`${name} is gone`, async () => (await read(name)) === undefined, 60_000);
const names = async (prefix: string): Promise<string[]> =>
  ((await plane.api.find(APPLICATIONS))?.["items"] as Shown[])
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith(prefix));
const has = async (namespace: string, name: string): Promise<boolean> =>
  (await plane.api.find(configMapPath(namespace, name))) !== undefined;

function application(
  name: string,
  repoURL: string,
  path: string,
  namespace: string,
  { metadata = {}, spec = {} }: { metadata?: object; spec?: object } = {},
) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd", finalizers: [FINALIZER], ...metadata },
    spec: {
      project: "default",
      source: { repoURL, path, targetRevision: "main" },
      destination: { server: SERVER, namespace },
      syncPolicy: AUTOMATED,
      ...spec,
    },
  };
}
/** A repository whose folder `apps` is the parent of its name, applied by kubectl, with a namespace for the children's objects. */
async function parent(name: string, files: (repoURL: string) => Changes): Promise<string> {
  await plane.api.makeNamespace(name);
  const repoURL = await git.createRepo(name, { "apps/README": "children" });
  await git.commit(name, files(repoURL), "children");
  const file = join(daemon.dir, `${name}.yaml`);
  await Bun.write(file, yaml(application(name, repoURL, "apps", "argocd", { metadata: { finalizers: [] } })));
  await plane.kubectl("apply", "-n", "argocd", "-f", file);
  return repoURL;
}
async function killed(): Promise<void> {
  await daemon.kill("SIGKILL");
  await daemon.restart();
}

test("three levels come and go with a commit each, through kill -9", async () => {
  await parent("deep", (repoURL) => ({
    "apps/keep.yaml": yaml(application("deep-keep", repoURL, "keep", "deep")),
    "apps/middle.yaml": yaml(application("deep-middle", repoURL, "middle", "argocd")),
    "middle/lower.yaml": yaml(application("deep-lower", repoURL, "lower", "argocd")),
    "lower/leaf.yaml": yaml(application("deep-leaf", repoURL, "leaf", "deep")),
    "leaf/a.yaml": yaml(configMap("deep", "leaf")),
    "keep/a.yaml": yaml(configMap("deep", "keep")),
  }));
  await eventually("the middle is there", async () => (await names("deep-")).includes("deep-middle"));
  await killed();
  for (const name of ["deep-leaf", "deep-lower", "deep-middle", "deep"]) await well(name);
  expect([await has("deep", "leaf"), await has("deep", "keep")]).toEqual([true, true]);

  await git.commit("deep", { "apps/middle.yaml": null }, "without the middle");
  await eventually("the middle is going", async () => {
    const middle = await read("deep-middle");
    return middle === undefined || middle["metadata"].deletionTimestamp !== undefined;
  });
  await killed();
  for (const name of ["deep-middle", "deep-lower", "deep-leaf"]) await gone(name);
  expect([await has("deep", "leaf"), await has("deep", "keep")]).toEqual([false, true]);
  await well("deep");
  expect(await names("deep")).toEqual(["deep", "deep-keep"]);
});

test("a parent among its own manifests follows them, and waits for itself at no gate", async () => {
  const own = (repoURL: string, more: object = {}) =>
    application("own", repoURL, "apps", "argocd", {
      metadata: { finalizers: [], annotations: { "argocd.argoproj.io/sync-wave": "-1" } },
      spec: more,
    });
  const repoURL = await parent("own", (url) => ({
    "apps/own.yaml": yaml(own(url)),
    "apps/a.yaml": yaml(application("own-a", url, "a", "own")),
    "a/a.yaml": yaml(configMap("own", "a")),
  }));
  for (const name of ["own-a", "own"]) await well(name);
  await git.commit("own", { "apps/own.yaml": yaml(own(repoURL, { revisionHistoryLimit: 3 })) }, "own");
  await until("own", "follows itself", (app) => app["spec"].revisionHistoryLimit === 3 && isWell(app));
  expect([await names("own"), await has("own", "a")]).toEqual([["own", "own-a"], true]);
});

test("a parent that loses its branch deletes nothing, through kill -9", async () => {
  await parent("branch", (repoURL) => ({
    "apps/a.yaml": yaml(application("branch-a", repoURL, "a", "branch")),
    "a/a.yaml": yaml(configMap("branch", "a")),
  }));
  for (const name of ["branch-a", "branch"]) await well(name);
  const { uid } = (await read("branch-a"))?.["metadata"];
  const follow = (targetRevision: string): Promise<string> =>
    plane.kubectl(
      "patch",
      "application",
      "branch",
      "-n",
      "argocd",
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { source: { targetRevision } } }),
    );
  await follow("lost");
  const isLost = (app: Shown): boolean => conditions(app, "ComparisonError").length > 0;
  await until("branch", "says that it is lost", isLost);
  await killed();
  await until("branch", "says so again", isLost);
  const kid = await read("branch-a");
  expect([kid?.["metadata"].uid, kid?.["metadata"].deletionTimestamp, await has("branch", "a")]).toEqual([
    uid,
    undefined,
    true,
  ]);
  await follow("main");
  await well("branch");
});

test("the next wave waits for a child that is Degraded, and comes when it is well", async () => {
  const database = (image: string): string => yaml(deployment({ namespace: "waves", name: "db", image }));
  const wave = (number: number) => ({
    metadata: {
      finalizers: [FINALIZER],
      annotations: { "argocd.argoproj.io/sync-wave": String(number) },
    },
  });
  await parent("waves", (repoURL) => ({
    "apps/a.yaml": yaml(application("waves-db", repoURL, "db", "waves", wave(0))),
    "apps/b.yaml": yaml(application("waves-shop", repoURL, "shop", "waves", wave(1))),
    "db/db.yaml": database(BROKEN),
    "shop/a.yaml": yaml(configMap("waves", "shop")),
  }));
  await until("waves-db", "is applied", (app) => isSynced(app));
  await until("waves", "names it", (app) =>
    JSON.stringify(app["status"].operationState).includes("waves-db"),
  );
  expect([await names("waves"), await has("waves", "shop")]).toEqual([["waves", "waves-db"], false]);
  await git.commit("waves", { "db/db.yaml": database(WELL) }, "mended");
  for (const name of ["waves-db", "waves-shop", "waves"]) await well(name);
  expect(await has("waves", "shop")).toBe(true);
});
