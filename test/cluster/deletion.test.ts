/** An application's end on the real control plane and the compiled binary: its hooks, its waves, a kill -9 in the middle, a cluster that is gone. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, job } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  MERGE,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(180_000);

const LOST = "https://lost.example.com";
let stage: Stage, proxy: ApiProxy;
beforeAll(async () => {
  stage = await startStage({
    clusters: async (plane) => {
      proxy = await startApiProxy(plane.kubeconfig);
      return [{ name: "lost", server: LOST, kubeconfig: proxy.kubeconfig }];
    },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await proxy?.stop();
}, 60_000);

const WAVE = "argocd.argoproj.io/sync-wave",
  HOOK = "argocd.argoproj.io/hook",
  POLICY = "argocd.argoproj.io/hook-delete-policy";
const jobPath = (namespace: string, name: string): string =>
  `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`;

function marked(object: KubeObject, annotations: Record<string, string>): KubeObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

function hook(
  namespace: string,
  name: string,
  annotations: Record<string, string>,
  { image = "farewell:1", suspend = false }: { image?: string; suspend?: boolean } = {},
): KubeObject {
  const made = job({ namespace, name, image });
  return marked({ ...made, spec: { ...(made["spec"] as object), suspend } }, annotations);
}

const held = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, finalizers: ["example.com/held"] },
});

/** Made by the API, so that a person may delete it; synced once. */
async function made(name: string, files: Record<string, string>, server = SERVER) {
  await stage.makeNamespace(name);
  const repoURL = await stage.git.createRepo(
    name,
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`app/${path}`, text])),
  );
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL, path: "app", targetRevision: "main" },
      destination: { server, namespace: name },
      syncPolicy: AUTOMATED,
    },
  };
  const create = async (): Promise<void> => {
    const body = JSON.stringify(app);
    expect((await stage.daemon.api("/api/v1/applications", { method: "POST", body })).status).toBe(200);
  };
  await create();
  const until = (is: (seen: Shown) => boolean, ms?: number) => stage.daemon.until(name, is, ms);
  await until(
    ({ status }) =>
      status?.sync?.status === "Synced" &&
      status.health.status === "Healthy" &&
      status.operationState?.phase === "Succeeded",
  );
  return {
    until,
    create,
    async commit(changes: Record<string, string>) {
      await stage.git.commit(
        name,
        Object.fromEntries(Object.entries(changes).map(([path, text]) => [`app/${path}`, text])),
        "a change",
      );
      await stage.daemon.api(`/api/v1/applications/${name}?refresh=normal`);
    },
    async untilGone() {
      await eventually(
        `${name} is gone`,
        async () => (await stage.daemon.api(`/api/v1/applications/${name}`)).status === 404,
        60_000,
      );
    },
  };
}

const stateOf = (app: Shown): Shown | undefined => app.status?.operationState;
const waitsFor =
  (name: string) =>
  (app: Shown): boolean =>
    new RegExp(`waiting for completion of hook batch/Job \\S+/${name} since \\d{4}-`).test(
      stateOf(app)?.message ?? "",
    );
const resume = (namespace: string, name: string) =>
  stage.must("PATCH", jobPath(namespace, name), { spec: { suspend: false } }, MERGE);
/** What was asked to be made or deleted since, by name, dependants of the garbage collector left out. */
const deletes = (namespace: string): string[] =>
  stage.writes(namespace).flatMap(({ verb, name }) => (verb === "delete" ? [name] : []));
const applies = (namespace: string, name: string): number =>
  stage.writes(namespace).filter((write) => write.verb === "patch" && write.name === name).length;

test("runs its hooks around it, deletes wave by wave, and the command line tells each step", async () => {
  const name = "ends";
  await made(name, {
    "all.yaml": yaml(
      configMap(name, "first"),
      marked(configMap(name, "last"), { [WAVE]: "2" }),
      hook(name, "left", { [HOOK]: "PreSync" }),
      hook(name, "backup", { [HOOK]: "PreDelete" }),
      hook(name, "farewell", { [HOOK]: "PostDelete", [POLICY]: "HookSucceeded" }),
      marked(job({ namespace: name, name: "helms", image: "x:1" }), {
        "helm.sh/hook": "pre-delete",
        "helm.sh/hook-weight": "3",
      }),
    ),
  });
  expect(await stage.find(jobPath(name, "left"))).toBeDefined();
  expect(await stage.find(jobPath(name, "backup"))).toBeUndefined();
  const { code, stdout, stderr } = await stage.daemon.cli("app", "delete", name, "--yes", "--wait");
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining("waiting for completion of hook batch/Job ends/backup"),
  ]);
  expect(stdout).toContain("argocd/ends: is gone");
  for (const step of [
    "PreDelete",
    "Job/backup",
    "Job/helms",
    "wave 2",
    "ConfigMap/last",
    "PostDelete",
    "Job/farewell",
  ])
    expect(stdout).toContain(step);
  const order = deletes(name);
  expect(order.indexOf("last")).toBeLessThan(order.indexOf("first"));
  expect(order).toEqual(expect.arrayContaining(["left", "backup", "helms", "farewell"]));
  for (const path of [configMapPath(name, "first"), configMapPath(name, "last")])
    expect(await stage.find(path)).toBeUndefined();
  for (const one of ["left", "backup", "helms", "farewell"])
    await eventually(
      `${one} is gone`,
      async () => (await stage.find(jobPath(name, one))) === undefined,
      30_000,
    );
  const runs = await stage.daemon.cli("runs", "-o", "json");
  expect(JSON.parse(runs.stdout).items.find((run: Shown) => run.cause === "deletion")).toMatchObject({
    app: `argocd/${name}`,
    state: { phase: "Succeeded", message: "all that was to go is gone (5 deleted, 3 hooks completed)" },
  });
});

test("a PostDelete hook that the server refuses keeps everything as it is, and a commit that mends it lets it go", async () => {
  const name = "ends-refused";
  const farewell = hook(name, "farewell", { [HOOK]: "PostDelete", [POLICY]: "HookSucceeded" });
  const spec = farewell["spec"] as { template: { spec: object } };
  const refused = {
    ...farewell,
    spec: {
      ...spec,
      template: { ...spec.template, spec: { ...spec.template.spec, restartPolicy: "Always" } },
    },
  };
  const files = { "a.yaml": yaml(configMap(name, "a"), hook(name, "backup", { [HOOK]: "PreDelete" })) };
  const app = await made(name, { ...files, "post.yaml": yaml(refused) });
  expect((await stage.daemon.cli("app", "delete", name, "--yes")).code).toBe(0);
  const said = conditions(
    await app.until((seen) => conditions(seen, "DeletionError").length > 0),
    "DeletionError",
  );
  expect(said[0]).toMatch(
    /nothing was deleted, because a PostDelete hook could not be run afterwards: batch\/Job ends-refused\/farewell .*restartPolicy.*--skip-hooks/s,
  );
  expect([deletes(name), await stage.find(jobPath(name, "backup"))]).toEqual([[], undefined]);
  await app.commit({ "post.yaml": yaml(farewell) });
  await app.untilGone();
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
  expect(stage.writes(name).map(({ name: one }) => one)).toEqual(
    expect.arrayContaining(["backup", "farewell"]),
  );
});

test("kill -9 in the middle: no hook is run twice, nothing goes before they end, and what was being deleted goes on", async () => {
  const name = "ends-killed";
  const app = await made(name, {
    "all.yaml": yaml(
      configMap(name, "first"),
      held(marked(configMap(name, "held"), { [WAVE]: "1" })),
      hook(name, "done", { [HOOK]: "PreDelete", [WAVE]: "-1", [POLICY]: "HookFailed" }),
      hook(name, "backup", { [HOOK]: "PreDelete" }, { suspend: true }),
      hook(name, "farewell", { [HOOK]: "PostDelete", [POLICY]: "HookSucceeded" }, { suspend: true }),
    ),
  });
  expect((await stage.daemon.cli("app", "delete", name, "--yes")).code).toBe(0);
  await app.until(waitsFor("backup"));
  const { uid } = (await stage.must("GET", jobPath(name, "backup"))).metadata;
  await stage.daemon.kill("SIGKILL");
  // It succeeded, and is gone while nobody looks.
  await stage.must("DELETE", `${jobPath(name, "done")}?propagationPolicy=Background`);
  await stage.daemon.restart();
  await app.until(waitsFor("backup"));
  expect((await stage.must("GET", jobPath(name, "backup"))).metadata.uid).toBe(uid as string);
  expect([await stage.find(jobPath(name, "done")), deletes(name)]).toEqual([undefined, []]);
  await resume(name, "backup");

  await app.until((seen) =>
    /waiting for deletion of ConfigMap \S+\/held since/.test(stateOf(seen)?.message ?? ""),
  );
  expect(conditions(await stage.daemon.app(name), "DeletionHeldWarning")[0]).toContain("example.com/held");
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until((seen) =>
    /waiting for deletion of ConfigMap \S+\/held since/.test(stateOf(seen)?.message ?? ""),
  );
  expect(await stage.find(configMapPath(name, "first"))).toBeDefined();
  await stage.must("PATCH", configMapPath(name, "held"), { metadata: { finalizers: null } }, MERGE);

  await app.until(waitsFor("farewell"));
  const { uid: last } = (await stage.must("GET", jobPath(name, "farewell"))).metadata;
  expect(await stage.find(configMapPath(name, "first"))).toBeUndefined();
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until(waitsFor("farewell"));
  expect((await stage.must("GET", jobPath(name, "farewell"))).metadata.uid).toBe(last as string);
  await resume(name, "farewell");
  await app.untilGone();
  expect([applies(name, "done"), applies(name, "backup"), applies(name, "farewell")]).toEqual([1, 1, 1]);
});

test("a PreDelete hook that fails stops it with a sentence and an exit code; a commit that mends it goes on", async () => {
  const name = "ends-not";
  const broken = (image: string) => yaml(hook(name, "backup", { [HOOK]: "PreDelete" }, { image }));
  const app = await made(name, { "a.yaml": yaml(configMap(name, "a")), "pre.yaml": broken("x:broken") });
  const { code, stdout } = await stage.daemon.cli("app", "delete", name, "--yes", "--wait");
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/the hook batch\/Job ends-not\/backup failed: .*nothing was deleted/),
  ]);
  const got = await stage.daemon.cli("app", "get", name);
  expect(got.stdout).toMatch(/Deletion\s.*Failed/);
  for (const way of [
    "app delete argocd/ends-not",
    "--skip-hooks",
    "app forget argocd/ends-not",
    "Job/backup",
  ])
    expect(got.stdout).toContain(way);
  expect([deletes(name), await stage.find(configMapPath(name, "a"))]).toEqual([[], expect.anything()]);
  // Stopped for good: a new daemon does not try it again by itself.
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.until((seen) => conditions(seen, "DeletionError").some((text) => text.includes("backup failed")));
  expect(applies(name, "backup")).toBe(1);
  await app.commit({ "pre.yaml": broken("farewell:1") });
  await app.untilGone();
  expect(await stage.find(configMapPath(name, "a"))).toBeUndefined();
});

test("a chart's hooks are Helm's: pre-delete is awaited, post-delete follows", async () => {
  const name = "ends-chart";
  const template = (hookName: string) =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-${hookName}\n  annotations: {helm.sh/hook: ${hookName}, helm.sh/hook-delete-policy: hook-succeeded}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: x, image: "x:1"}]}\n`;
  const app = await made(name, {
    "Chart.yaml": "apiVersion: v2\nname: ends-chart\nversion: 1.0.0\n",
    "templates/a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n`,
    "templates/pre.yaml": template("pre-delete"),
    "templates/post.yaml": template("post-delete"),
  });
  expect((await stage.daemon.cli("app", "delete", name, "--yes")).code).toBe(0);
  await app.untilGone();
  const order = stage
    .writes(name)
    .filter(({ verb, name: of }) => (verb === "delete" ? of === "a" : verb === "patch" && of !== "a"))
    .map(({ verb, name: of }) => `${verb} ${of}`);
  expect(order).toEqual([`patch ${name}-pre-delete`, "delete a", `patch ${name}-post-delete`]);
});

test("a cluster that does not answer keeps the application, and forget lets go of it with nothing touched", async () => {
  const name = "ends-lost";
  const app = await made(
    name,
    {
      "all.yaml": yaml(configMap(name, "a"), hook(name, "backup", { [HOOK]: "PreDelete" })),
    },
    LOST,
  );
  const { uid } = (await stage.must("GET", configMapPath(name, "a"))).metadata;
  await proxy.stop();
  await app.until((seen) => seen.status?.sync?.status === "Unknown", 60_000);
  expect((await stage.daemon.cli("app", "delete", name, "--yes")).stdout).toContain("deletion has begun");
  const seen = await app.until((now) => conditions(now, "DeletionError").length > 0, 60_000);
  expect(conditions(seen, "DeletionError")[0]).toContain(`holdfast app forget argocd/${name}`);
  await stage.daemon.restart();
  await app.until((now) => conditions(now, "DeletionError").length > 0, 60_000);
  const { code, stdout } = await stage.daemon.cli("app", "forget", name, "--yes");
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining(`argocd/${name}: is forgotten; what it had in the cluster stays as it is`),
  ]);
  await app.untilGone();
  expect([(await stage.must("GET", configMapPath(name, "a"))).metadata.uid, deletes(name)]).toEqual([
    uid,
    [],
  ]);
  expect(await stage.find(jobPath(name, "backup"))).toBeUndefined();
});

test("one that is let go of leaves all as it is; made again it has it all again, and what left Git meanwhile stays", async () => {
  const name = "ends-let-go";
  const files = {
    "web.yaml": yaml(deployment({ namespace: name, name: "web" })),
    "all.yaml": yaml(configMap(name, "a"), hook(name, "backup", { [HOOK]: "PreDelete" })),
    "left.yaml": yaml(configMap(name, "left")),
  };
  const app = await made(name, files);
  const ids = async (): Promise<unknown[]> => {
    const [web, a, left, sets] = await Promise.all([
      stage.must("GET", `/apis/apps/v1/namespaces/${name}/deployments/web`),
      stage.must("GET", configMapPath(name, "a")),
      stage.must("GET", configMapPath(name, "left")),
      stage.must("GET", `/apis/apps/v1/namespaces/${name}/replicasets`),
    ]);
    const [set] = sets["items"] as Shown[];
    return [web, a, left, set].map((one) => [one?.metadata.uid, one?.metadata.deletionTimestamp]);
  };
  const before = await ids();
  const { code } = await stage.daemon.cli("app", "delete", name, "--cascade=false", "--yes");
  expect(code).toBe(0);
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await app.untilGone();
  expect([await ids(), deletes(name), await stage.find(jobPath(name, "backup"))]).toEqual([
    before,
    [],
    undefined,
  ]);
  await stage.git.commit(name, { "app/left.yaml": null }, "it leaves");
  const written = stage.writes(name).length;
  await app.create();
  const seen = await app.until((now) => conditions(now, "PruneBlocked").length > 0);
  expect(conditions(seen, "PruneBlocked")).toEqual([
    expect.stringMatching(
      /^ConfigMap ends-let-go\/left bears .*no record of having applied it\. If it should go, name it: /,
    ),
  ]);
  const states = (seen.status.resources as Shown[]).map(({ name, status }) => `${name} ${status}`);
  expect(states.sort()).toEqual(["a Synced", "left OutOfSync", "web Synced"]);
  expect([await ids(), stage.writes(name).slice(written)]).toEqual([before, []]);
});
