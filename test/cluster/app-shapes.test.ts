/** What applications look like besides one folder of manifests: each shape on the real API server, from Git to the objects. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { unlink } from "node:fs/promises";
import { join } from "node:path";
import { exampleApp } from "../lib/corpus.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd, deployment, job, service } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  hasFailed,
  isQuiet,
  isSynced,
  MERGE,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const INSTALLATION = "argocd.argoproj.io/installation-id",
  TRACKING = "argocd.argoproj.io/tracking-id",
  WAVE = "argocd.argoproj.io/sync-wave",
  HOOK = "argocd.argoproj.io/hook";
const project = (name: string, spec: Record<string, unknown>): string =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd" },
    spec,
  });
const everywhere = { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] };

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    config: "installationID: stage-1\n",
    files: {
      "apps/projects/narrow.yaml": project("narrow", {
        ...everywhere,
        destinations: [{ server: SERVER, namespace: "narrow-*" }],
      }),
      "apps/projects/no-secrets.yaml": project("no-secrets", {
        ...everywhere,
        namespaceResourceBlacklist: [{ group: "", kind: "Secret" }],
      }),
      "apps/projects/no-cluster-kinds.yaml": project("no-cluster-kinds", everywhere),
      "apps/projects/other-repos.yaml": project("other-repos", {
        ...everywhere,
        sourceRepos: ["https://git.example.com/**"],
      }),
    },
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

// ---------------------------------------------------------------- sources

test("several sources with values from another repository: the last source wins, and each one's commits roll out", async () => {
  const chart = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "values.yaml": "greeting: from the chart\nsize: small\n",
    "templates/settings.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { greeting: {{ .Values.greeting | quote }}, size: {{ .Values.size | quote }}, release: {{ .Release.Name | quote }} }\n",
    "templates/shared.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared }\ndata: { from: chart }\n",
  };
  const values = await stage.git.createRepo("values", {
    "env/prod.yaml": "greeting: from the values repository\n",
  });
  const extra = await stage.git.createRepo("extra", {
    "more/shared.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared }\ndata: { from: extra }\n",
  });
  const app = await stage.place({
    name: "many-sources",
    files: chart,
    spec: {
      sources: [
        {
          repoURL: stage.git.urlOf("many-sources"),
          path: "app",
          targetRevision: "main",
          helm: { valueFiles: ["$values/env/prod.yaml"], parameters: [{ name: "size", value: "large" }] },
        },
        { repoURL: values, targetRevision: "main", ref: "values" },
        { repoURL: extra, path: "more" },
      ],
    },
  });
  const seen = await app.untilSettled();
  expect(seen.status.sync.revisions).toHaveLength(3);
  expect(seen.status.sync.revision).toBeUndefined();
  expect(seen.status.sourceTypes).toEqual(["Helm", "", "Directory"]);
  expect((await stage.must("GET", configMapPath("many-sources", "settings"))).data).toEqual({
    greeting: "from the values repository",
    size: "large",
    release: "many-sources",
  });
  expect((await stage.must("GET", configMapPath("many-sources", "shared"))).data).toEqual({ from: "extra" });
  expect(conditions(seen, "RepeatedResourceWarning")).toEqual([
    expect.stringContaining("ConfigMap many-sources/shared"),
  ]);

  const next = await stage.git.commit(
    "values",
    { "env/prod.yaml": "greeting: changed\n" },
    "greet otherwise",
  );
  await app.refresh();
  const after = await app.until(
    (now) => isSynced(now) && isQuiet(now) && now.status.sync.revisions[1] === next,
  );
  expect((await stage.must("GET", configMapPath("many-sources", "settings"))).data.greeting).toBe("changed");
  expect(after.status.history.at(-1)).toMatchObject({
    revisions: [seen.status.sync.revisions[0], next, seen.status.sync.revisions[2]],
  });
});

// ---------------------------------------------------------------- namespaces, kinds

test("CreateNamespace makes the namespace with its metadata, keeps that up to date, and leaves the namespace when the application goes", async () => {
  const app = await stage.place({
    name: "new-namespace",
    makeNamespace: "none",
    files: { "settings.yaml": yaml({ ...configMap("", "settings"), metadata: { name: "settings" } }) },
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
    spec: {
      syncPolicy: {
        ...AUTOMATED,
        syncOptions: ["CreateNamespace=true"],
        managedNamespaceMetadata: { labels: { team: "shop" }, annotations: { contact: "shop@example.com" } },
      },
    },
  });
  await app.untilSettled();
  const made = await stage.must("GET", "/api/v1/namespaces/new-namespace");
  expect(made.metadata.labels).toMatchObject({ team: "shop" });
  expect(made.metadata.annotations).toEqual({ contact: "shop@example.com" });

  await app.edit(({ spec }) => {
    spec.syncPolicy = { ...spec.syncPolicy, managedNamespaceMetadata: { labels: { team: "cart" } } };
  });
  const changed = await eventually("the edit is given to the Namespace, though no commit came", async () => {
    const now = await stage.must("GET", "/api/v1/namespaces/new-namespace");
    return now.metadata.labels?.team === "cart" ? now : undefined;
  });
  expect(changed.metadata.annotations ?? {}).toEqual({});

  await app.remove();
  await app.untilGone();
  expect(await stage.find(configMapPath("new-namespace", "settings"))).toBeUndefined();
  const { metadata } = await stage.must("GET", "/api/v1/namespaces/new-namespace");
  expect(metadata.deletionTimestamp).toBeUndefined();
});

test("namespaces and what lies in them come in one sync", async () => {
  const namespace = (name: string) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const app = await stage.place({
    name: "with-namespaces",
    files: {
      "all.yaml": yaml(
        configMap("with-namespaces-a", "settings"),
        configMap("with-namespaces-b", "settings"),
        namespace("with-namespaces-b"),
        namespace("with-namespaces-a"),
      ),
    },
  });
  const seen = await app.untilSettled();
  expect(seen.status.resources).toHaveLength(4);
  for (const name of ["a", "b"])
    expect((await stage.must("GET", configMapPath(`with-namespaces-${name}`, "settings"))).data).toEqual({
      key: "value",
    });
});

test("a kind and its objects come in one sync, whatever the order of the files", async () => {
  const gear = {
    apiVersion: "shapes.example.com/v1",
    kind: "Gear",
    metadata: { name: "cog" },
    spec: { note: "fine" },
  };
  const app = await stage.place({
    name: "with-kind",
    files: {
      "a-gear.yaml": yaml(gear),
      "b-kind.yaml": yaml(crd({ group: "shapes.example.com", kind: "Gear", plural: "gears" })),
    },
  });
  await app.untilSettled();
  expect(
    (await stage.must("GET", "/apis/shapes.example.com/v1/namespaces/with-kind/gears/cog")).spec,
  ).toEqual({ note: "fine", size: 3 });
});

// ---------------------------------------------------------------- waves, hooks

test("each wave waits until the one before it is healthy", async () => {
  const inWave = <T extends { metadata: object }>(wave: number, object: T): T => ({
    ...object,
    metadata: { ...object.metadata, annotations: { [WAVE]: String(wave) } },
  });
  const web = deployment({ namespace: "waves", name: "web" });
  const template = (web.spec as Shown).template;
  // No node has that label yet, so the Pod waits and the Deployment with it.
  const waiting = {
    ...web,
    spec: {
      ...(web.spec as Shown),
      template: {
        ...template,
        spec: { ...template.spec, nodeSelector: { "stage.example.com/waves": "go" } },
      },
    },
  };
  const app = await stage.place({
    name: "waves",
    files: {
      "all.yaml": yaml(
        inWave(2, configMap("waves", "last")),
        inWave(1, waiting),
        inWave(-1, configMap("waves", "first")),
        service("waves", "zero"),
      ),
    },
  });
  const stuck = await app.until((now) =>
    (now.status?.operationState?.message ?? "").startsWith(
      "waiting for healthy state of apps/Deployment waves/web",
    ),
  );
  expect(stuck.status.operationState.phase).toBe("Running");
  expect(await stage.find(configMapPath("waves", "last"))).toBeUndefined();

  for (const node of (await stage.must("GET", "/api/v1/nodes")).items as Shown[])
    await stage.must(
      "PATCH",
      `/api/v1/nodes/${node.metadata.name}`,
      { metadata: { labels: { "stage.example.com/waves": "go" } } },
      MERGE,
    );
  const seen = await app.untilSettled();
  expect((seen.status.operationState.syncResult.resources as Shown[]).map(({ name }) => name)).toEqual([
    "first",
    "zero",
    "web",
    "last",
  ]);
  const [first, zero, live, last] = await Promise.all(
    [
      configMapPath("waves", "first"),
      "/api/v1/namespaces/waves/services/zero",
      "/apis/apps/v1/namespaces/waves/deployments/web",
      configMapPath("waves", "last"),
    ].map((path) => stage.must("GET", path)),
  );
  const available = (live?.status.conditions as Shown[]).find(({ type }) => type === "Available");
  const times = [
    first?.metadata.creationTimestamp,
    zero?.metadata.creationTimestamp,
    live?.metadata.creationTimestamp,
    available?.lastTransitionTime,
    last?.metadata.creationTimestamp,
  ] as string[];
  expect(times).toEqual([...times].sort());
});

test("a wave that fails stops the sync with the object's own words", async () => {
  const inWave = <T extends { metadata: object }>(wave: number, object: T): T => ({
    ...object,
    metadata: { ...object.metadata, annotations: { [WAVE]: String(wave) } },
  });
  const app = await stage.place({
    name: "failing-wave",
    files: {
      "all.yaml": yaml(
        inWave(
          0,
          deployment({ namespace: "failing-wave", name: "web", image: "registry.example.com/web:broken" }),
        ),
        inWave(1, configMap("failing-wave", "after")),
      ),
    },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const ended = await app.sync();
  expect(ended.phase).toBe("Failed");
  expect(ended.message).toContain("apps/Deployment failing-wave/web is Degraded");
  expect(ended.message).toContain("CrashLoopBackOff");
  expect(await stage.find(configMapPath("failing-wave", "after"))).toBeUndefined();
});

test("hooks around a sync are run, and the sync waits for them", async () => {
  const below = (folder: string) =>
    Object.fromEntries(Object.entries(exampleApp(folder)).map(([path, text]) => [`${folder}/${path}`, text]));
  const app = await stage.place({
    name: "hooks",
    files: { ...below("pre-post-sync"), ...below("kustomize-guestbook") },
    source: { path: "app/pre-post-sync" },
  });
  const seen = await app.untilSettled();
  expect(
    seen.status.resources.flatMap(({ kind, hook }: Shown) => (hook === true ? [] : [kind])).sort(),
  ).toEqual(["Deployment", "Service"]);
  const hooks = seen.status.operationState.syncResult.resources.filter(
    ({ hookType }: Shown) => hookType !== undefined,
  );
  expect(hooks.map(({ hookType, hookPhase }: Shown) => `${hookType} ${hookPhase}`)).toEqual([
    "PreSync Succeeded",
    "PostSync Succeeded",
  ]);
});

const marks: { mark: string; annotations: Record<string, string>; is: "run" | "left" }[] = [
  { mark: "hook: Sync", annotations: { [HOOK]: "Sync" }, is: "run" },
  { mark: "hook: PreSync,PostSync", annotations: { [HOOK]: "PreSync,PostSync" }, is: "run" },
  { mark: "hook: Skip", annotations: { [HOOK]: "Skip" }, is: "left" },
  { mark: "hook: Whenever", annotations: { [HOOK]: "Whenever" }, is: "left" },
  { mark: "hook: SyncFail", annotations: { [HOOK]: "SyncFail" }, is: "left" },
  { mark: "hook: PreDelete", annotations: { [HOOK]: "PreDelete" }, is: "left" },
  {
    mark: "Helm's post-install",
    annotations: { "helm.sh/hook": "post-install", "helm.sh/hook-weight": "5" },
    is: "run",
  },
  { mark: "Helm's test", annotations: { "helm.sh/hook": "test" }, is: "left" },
];

test("whatever its annotation says, a hook is neither counted nor pruned, and run only by its phase", async () => {
  const hooks = marks.map(({ annotations }, at) => configMap("hook-kinds", `hook-${at}`, {}, annotations));
  // One of them was made by somebody else, and bears our tracking id: it goes by its own rules.
  await stage.makeNamespace("hook-kinds");
  await stage.must(
    "POST",
    "/api/v1/namespaces/hook-kinds/configmaps",
    configMap(
      "hook-kinds",
      "made-before",
      {},
      {
        [HOOK]: "PostSync",
        [TRACKING]: "hook-kinds:/ConfigMap:hook-kinds/made-before",
        [INSTALLATION]: "stage-1",
      },
    ),
  );
  const app = await stage.place({
    name: "hook-kinds",
    files: { "all.yaml": yaml(configMap("hook-kinds", "ordinary"), ...hooks) },
  });
  const seen = await app.untilSettled();
  expect(seen.status.resources.flatMap(({ name, hook }: Shown) => (hook === true ? [] : [name]))).toEqual([
    "ordinary",
  ]);
  for (const [at, { mark, is }] of marks.entries())
    expect([mark, (await stage.find(configMapPath("hook-kinds", `hook-${at}`))) !== undefined]).toEqual([
      mark,
      is === "run",
    ]);
  expect(await stage.find(configMapPath("hook-kinds", "made-before"))).toBeDefined();
});

// ---------------------------------------------------------------- kinds of sync

test("without automated sync nothing happens until a person syncs", async () => {
  const app = await stage.place({
    name: "by-hand",
    files: { "settings.yaml": yaml(configMap("by-hand", "settings")) },
    spec: { syncPolicy: {} },
  });
  const before = await app.until((now) => now.status?.sync?.status === "OutOfSync");
  expect(before.status).toMatchObject({
    health: { status: "Missing" },
    resources: [{ kind: "ConfigMap", name: "settings", status: "OutOfSync" }],
  });
  expect(before.status.operationState).toBeUndefined();
  expect(await stage.find(configMapPath("by-hand", "settings"))).toBeUndefined();
  expect(await app.sync()).toMatchObject({
    phase: "Succeeded",
    syncResult: { resources: [{ kind: "ConfigMap", name: "settings", status: "Synced" }] },
  });
  await app.untilSettled();
  expect((await stage.must("GET", configMapPath("by-hand", "settings"))).data).toEqual({ key: "value" });

  await stage.must("PATCH", configMapPath("by-hand", "settings"), { data: { key: "edited" } }, MERGE);
  await app.until((now) => now.status.sync.status === "OutOfSync");
  await stage.plane.kubectl("delete", "configmap/settings", "--namespace=by-hand");
  await app.until((now) => now.status.health.status === "Missing");
  expect(await stage.find(configMapPath("by-hand", "settings"))).toBeUndefined();
});

test("a dry run writes nothing and says what would happen", async () => {
  const app = await stage.place({
    name: "dry-run",
    files: { "all.yaml": yaml(configMap("dry-run", "settings"), service("dry-run", "web")) },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  const ended = await app.sync({ dryRun: true });
  expect(ended.phase).toBe("Succeeded");
  expect(ended.syncResult.resources.map(({ kind, message }: Shown) => [kind, message])).toEqual([
    ["ConfigMap", expect.stringContaining("dry run")],
    ["Service", expect.stringContaining("dry run")],
  ]);
  for (const path of [configMapPath("dry-run", "settings"), "/api/v1/namespaces/dry-run/services/web"])
    expect(await stage.find(path)).toBeUndefined();
  const after = await app.get();
  expect(after.status.sync.status).toBe("OutOfSync");
  expect(after.status.history).toBeUndefined();

  await app.commit({ "wrong.yaml": yaml(service("dry-run", "wrong", [{ port: 99999 }])) });
  const refused = await app.sync({ dryRun: true });
  expect(refused.phase).toBe("Failed");
  expect(refused.message).toContain("Service dry-run/wrong");
});

test("a selective sync writes what was named and nothing else", async () => {
  const app = await stage.place({
    name: "selective",
    files: {
      "all.yaml": yaml(
        configMap("selective", "one"),
        configMap("selective", "two"),
        service("selective", "web"),
      ),
    },
    spec: { syncPolicy: {} },
  });
  await app.until((now) => now.status?.sync?.status === "OutOfSync");
  await app.sync({
    resources: [
      { kind: "ConfigMap", name: "t*" },
      { kind: "Service", name: "*" },
      { kind: "Service", name: "web", exclude: true },
    ],
  });
  const seen = await app.until((now) =>
    now.status.resources.some(({ status }: Shown) => status === "Synced"),
  );
  expect(Object.fromEntries(seen.status.resources.map(({ name, status }: Shown) => [name, status]))).toEqual({
    one: "OutOfSync",
    two: "Synced",
    web: "OutOfSync",
  });
  expect(seen.status.sync.status).toBe("OutOfSync");
  expect(seen.status.history).toBeUndefined();
});

test("a failed sync is tried again after its pause, and succeeds when the reason is gone", async () => {
  const app = await stage.place({
    name: "retried",
    makeNamespace: "none",
    files: { "settings.yaml": yaml(configMap("retried", "settings")) },
    spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 20, backoff: { duration: "300ms", factor: 1 } } } },
  });
  const waiting = await app.until((now) => (now.status?.operationState?.retryCount ?? 0) >= 2);
  expect(waiting.status.operationState.phase).toBe("Running");
  const failed = await app.until((now) => now.status.operationState.finishedAt !== undefined);
  expect(failed.status.operationState.message).toContain('namespaces "retried" not found');
  expect(failed.status.operationState.message).toMatch(/Try \d+ follows at /);
  await stage.makeNamespace("retried");
  const seen = await app.untilSettled();
  expect(seen.status.operationState.phase).toBe("Succeeded");
});

test("a newer commit supersedes a retry that waits", async () => {
  const app = await stage.place({
    name: "superseded",
    files: { "settings.yaml": yaml(service("superseded", "web", [{ port: 99999 }])) },
    spec: { syncPolicy: { ...AUTOMATED, retry: { limit: 5, backoff: { duration: "1h" } } } },
  });
  const failed = await app.until((now) => now.status?.operationState?.finishedAt !== undefined);
  expect(failed.status.operationState).toMatchObject({ phase: "Running", retryCount: 1 });
  const sha = await app.commit({ "settings.yaml": yaml(service("superseded", "web")) });
  const seen = await app.untilSettled();
  expect(seen.status.operationState).toMatchObject({ phase: "Succeeded", syncResult: { revision: sha } });
});

// ---------------------------------------------------------------- sync options

const OPTIONS = "argocd.argoproj.io/sync-options";
const withOptions = <T extends { metadata: object }>(options: string, object: T): T => ({
  ...object,
  metadata: { ...object.metadata, annotations: { [OPTIONS]: options } },
});
const jobPath = (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs/once`;

test("what cannot be changed is refused before anything is written; with Force=true it is made again", async () => {
  const namespace = "forced";
  const once = (image: string) => job({ namespace, name: "once", image });
  const app = await stage.place({
    name: namespace,
    files: {
      "all.yaml": yaml(once("registry.example.com/job:1"), configMap(namespace, "settings", { at: "1" })),
    },
    spec: { syncPolicy: { automated: {}, retry: { limit: 0 } } },
  });
  await app.untilSettled();
  const { uid } = (await stage.must("GET", jobPath(namespace))).metadata;
  await app.commit({
    "all.yaml": yaml(once("registry.example.com/job:2"), configMap(namespace, "settings", { at: "2" })),
  });
  const failed = await app.until(hasFailed);
  expect(failed.status.operationState.message).toContain("field is immutable");
  expect((await stage.must("GET", configMapPath(namespace, "settings"))).data).toEqual({ at: "1" });

  await app.commit({
    "all.yaml": yaml(
      withOptions("Force=true", once("registry.example.com/job:2")),
      configMap(namespace, "settings", { at: "2" }),
    ),
  });
  await app.untilSettled();
  const live = await stage.must("GET", jobPath(namespace));
  expect(live.metadata.uid).not.toBe(uid);
  expect(live.spec.template.spec.containers[0].image).toBe("registry.example.com/job:2");
});

test("Replace=true puts the object as it is written, whoever else wrote to it, and is Synced", async () => {
  const namespace = "replaced";
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(withOptions("Replace=true", configMap(namespace, "settings", { at: "1" }))) },
  });
  await app.untilSettled();
  await stage.must("PATCH", configMapPath(namespace, "settings"), { data: { foreign: "yes" } }, MERGE);
  await app.commit({
    "all.yaml": yaml(withOptions("Replace=true", configMap(namespace, "settings", { at: "2" }))),
  });
  await app.until((now) => isSynced(now) && isQuiet(now));
  await eventually(
    "nothing but Git's is in it",
    async () =>
      JSON.stringify((await stage.must("GET", configMapPath(namespace, "settings"))).data) === '{"at":"2"}',
  );
});

test("PruneLast=true prunes when everything else is healthy", async () => {
  const namespace = "prune-last";
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(configMap(namespace, "old")) },
    spec: { syncPolicy: { ...AUTOMATED, syncOptions: ["PruneLast=true"] } },
  });
  await app.untilSettled();
  await app.commit({ "all.yaml": yaml(deployment({ namespace, name: "web" }), configMap(namespace, "new")) });
  const seen = await app.untilSettled();
  expect(
    (seen.status.operationState.syncResult.resources as Shown[]).map(
      ({ name, status }) => `${name} ${status}`,
    ),
  ).toEqual(["new Synced", "web Synced", "old Pruned"]);
});

test("an unknown kind stops the sync before its first write, until the cluster knows it", async () => {
  const namespace = "kind-later";
  const gadget = {
    apiVersion: "later.example.com/v1",
    kind: "Gadget",
    metadata: { name: "one" },
    spec: { note: "fine" },
  };
  const app = await stage.place({
    name: namespace,
    files: { "all.yaml": yaml(gadget, configMap(namespace, "settings")) },
    spec: { syncPolicy: { automated: { selfHeal: true }, retry: { limit: 0 } } },
  });
  const seen = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(seen.status.sync.status).toBe("Unknown");
  expect(conditions(seen, "ComparisonError")[0]).toContain(
    "the cluster does not know the kind later.example.com/v1 Gadget",
  );
  expect(await stage.find(configMapPath(namespace, "settings"))).toBeUndefined();
  await stage.must(
    "POST",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    crd({ group: "later.example.com", kind: "Gadget", plural: "gadgets" }),
  );
  await app.until((now) => isSynced(now) && isQuiet(now) && now.status.operationState?.phase === "Succeeded");
  expect(
    (await stage.must("GET", `/apis/later.example.com/v1/namespaces/${namespace}/gadgets/one`)).spec,
  ).toMatchObject({ note: "fine" });
});

// ---------------------------------------------------------------- whose objects

test("an application in another namespace writes its namespace into tracking ids; an installation its own id", async () => {
  const app = await stage.place({
    name: "elsewhere",
    appNamespace: "team-a",
    files: { "settings.yaml": yaml(configMap("elsewhere", "settings")) },
  });
  const seen = await app.untilSettled();
  expect(seen.metadata.namespace).toBe("team-a");
  expect((await stage.must("GET", configMapPath("elsewhere", "settings"))).metadata.annotations).toEqual({
    [TRACKING]: "team-a_elsewhere:/ConfigMap:elsewhere/settings",
    [INSTALLATION]: "stage-1",
  });
  await app.commit({ "settings.yaml": yaml(configMap("elsewhere", "settings-2")) });
  await eventually(
    "what left Git is pruned there too",
    async () => (await stage.find(configMapPath("elsewhere", "settings"))) === undefined,
  );
});

const hasSynced = (app: Shown): boolean => isQuiet(app) && app.status?.operationState?.phase === "Succeeded";

test("an object of another application is neither applied nor pruned, and both say so", async () => {
  const first = await stage.place({
    name: "owner",
    namespace: "shared",
    files: { "settings.yaml": yaml(configMap("shared", "settings", { from: "owner" })) },
  });
  await first.untilSettled();
  const second = await stage.place({
    name: "guest",
    namespace: "shared",
    files: {
      "settings.yaml": yaml(configMap("shared", "settings", { from: "guest" }), configMap("shared", "own")),
    },
  });
  const seen = await second.until(
    (now) => conditions(now, "SharedResourceWarning").length > 0 && hasSynced(now),
  );
  expect(seen.status.sync.status).toBe("OutOfSync");
  expect(conditions(seen, "SharedResourceWarning")).toEqual([
    expect.stringContaining("ConfigMap shared/settings belongs to"),
  ]);
  expect(conditions(seen, "SharedResourceWarning")[0]).toContain("owner");
  await second.commit({ "settings.yaml": yaml(configMap("shared", "own")) });
  await second.until(
    (now) => isSynced(now) && isQuiet(now) && conditions(now, "SharedResourceWarning").length === 0,
  );
  expect((await stage.must("GET", configMapPath("shared", "settings"))).data).toEqual({ from: "owner" });

  const strict = await stage.place({
    name: "strict-guest",
    namespace: "shared",
    files: {
      "settings.yaml": yaml(configMap("shared", "settings", { from: "guest" }), configMap("shared", "other")),
    },
    spec: { syncPolicy: { syncOptions: ["FailOnSharedResource=true"] } },
  });
  await strict.until((now) => now.status?.sync?.status === "OutOfSync");
  expect((await strict.sync()).phase).toBe("Failed");
  expect(await stage.find(configMapPath("shared", "other"))).toBeUndefined();
});

test("an object with our tracking id and another installation's id is left alone", async () => {
  await stage.makeNamespace("installations");
  const theirs = configMap(
    "installations",
    "settings",
    { from: "theirs" },
    { [TRACKING]: "installations:/ConfigMap:installations/settings", [INSTALLATION]: "stage-2" },
  );
  const stray = configMap(
    "installations",
    "stray",
    {},
    { [TRACKING]: "installations:/ConfigMap:installations/stray", [INSTALLATION]: "stage-2" },
  );
  for (const object of [theirs, stray])
    await stage.must("POST", "/api/v1/namespaces/installations/configmaps", object);
  const app = await stage.place({
    name: "installations",
    files: {
      "settings.yaml": yaml(
        configMap("installations", "settings", { from: "ours" }),
        configMap("installations", "own"),
      ),
    },
  });
  const seen = await app.until(
    (now) => conditions(now, "SharedResourceWarning").length > 0 && hasSynced(now),
  );
  expect(seen.status.sync.status).toBe("OutOfSync");
  expect(conditions(seen, "SharedResourceWarning")).toEqual([expect.stringContaining("stage-2")]);
  expect((await stage.must("GET", configMapPath("installations", "settings"))).data).toEqual({
    from: "theirs",
  });
  expect(await stage.find(configMapPath("installations", "stray"))).toBeDefined();
});

// ---------------------------------------------------------------- projects

const clusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "limited" },
  rules: [],
};
const limits = [
  {
    name: "a destination",
    project: "narrow",
    app: "narrow-out",
    namespace: "wide",
    objects: [],
    says: "do not match any of the allowed destinations in project 'narrow'",
    invalid: true,
  },
  {
    name: "a namespace that an object names itself",
    project: "narrow",
    app: "narrow-in",
    namespace: "narrow-in",
    objects: [configMap("default", "elsewhere")],
    says: "do not match any of the allowed destinations in project 'narrow'",
  },
  {
    name: "a kind",
    project: "no-secrets",
    app: "no-secrets",
    namespace: "no-secrets",
    objects: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "key" }, stringData: { a: "b" } }],
    says: "Secret key is not permitted in project no-secrets",
  },
  {
    name: "a cluster-scoped kind that is not listed",
    project: "no-cluster-kinds",
    app: "no-cluster-kinds",
    namespace: "no-cluster-kinds",
    objects: [clusterRole],
    says: "ClusterRole limited is not permitted in project no-cluster-kinds",
  },
  {
    name: "a repository",
    project: "other-repos",
    app: "other-repos",
    namespace: "other-repos",
    objects: [],
    says: "is not permitted in project 'other-repos'",
    invalid: true,
  },
  {
    name: "a project that does not exist",
    project: "nobody",
    app: "no-project",
    namespace: "no-project",
    objects: [],
    says: "project nobody which does not exist",
    invalid: true,
  },
];

test.each(limits)(
  "a project's limit holds before the first write: $name",
  async ({ project, app: name, namespace, objects, says, invalid }) => {
    const app = await stage.place({
      name,
      namespace,
      files: { "all.yaml": yaml(configMap(namespace, `${name}-harmless`), ...objects) },
      spec: { project, syncPolicy: { automated: {}, retry: { limit: 0 } } },
    });
    const seen = await app.until((now) =>
      invalid ? conditions(now, "InvalidSpecError").length > 0 : hasFailed(now),
    );
    expect(invalid ? conditions(seen, "InvalidSpecError")[0] : seen.status.operationState.message).toContain(
      says,
    );
    if (invalid)
      expect(seen.status).toMatchObject({ sync: { status: "Unknown" }, health: { status: "Unknown" } });
    expect(await stage.find(configMapPath(namespace, `${name}-harmless`))).toBeUndefined();
  },
);

test("a project with a limit that is not enforced is refused with the field's name, and so are its applications", async () => {
  const file = join(stage.daemon.dir, "apps/projects/signed.yaml");
  await Bun.write(
    file,
    project("signed", {
      ...everywhere,
      signatureKeys: [{ keyID: "4AEE18F83AFDEB23" }],
    }),
  );
  const app = await stage.place({
    name: "signed",
    files: { "all.yaml": yaml(configMap("signed", "harmless")) },
    spec: { project: "signed" },
  });
  const seen = await app.until((now) => conditions(now, "InvalidSpecError").length > 0);
  expect(conditions(seen, "InvalidSpecError")[0]).toContain("project signed which does not exist");
  const { body } = await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/problems");
  expect(body.items).toContainEqual(
    expect.objectContaining({
      severity: "error",
      path: "spec.signatureKeys",
      file: expect.stringContaining("signed.yaml"),
    }),
  );
  await unlink(file);
  expect(await stage.find(configMapPath("signed", "harmless"))).toBeUndefined();
});

test("an object that the project does not permit any more is not pruned either", async () => {
  await stage.makeNamespace("default-2");
  const app = await stage.place({
    name: "once-permitted",
    files: { "all.yaml": yaml(configMap("once-permitted", "here"), configMap("default-2", "there")) },
  });
  await app.untilSettled();
  await app.edit(({ spec }) => {
    spec.project = "narrow";
    spec.destination = { server: SERVER, namespace: "narrow-once" };
  });
  await app.commit({ "all.yaml": yaml(configMap("once-permitted", "here")) });
  const ended = await app.sync({ prune: true });
  expect(ended.phase).toBe("Failed");
  expect(await stage.find(configMapPath("default-2", "there"))).toBeDefined();
});
