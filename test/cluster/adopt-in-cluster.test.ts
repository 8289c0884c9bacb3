/** Moving in where the cluster stays the home: Argo CD's custom resources become ours, on a real API server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { ARGO_APPS, type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import type { AuditedWrite } from "../lib/audit-log.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import { isQuiet, isSynced, MERGE, type Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let estate: ArgoEstate, daemon: Daemon;
beforeAll(async () => {
  estate = await startArgoEstate();
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await estate?.stop();
}, 60_000);

const whole = (namespace: string, mode: string): KubeObject[] => [
  deployment({ namespace, name: "web", replicas: 2 }),
  service(namespace, "web"),
  configMap(namespace, "settings", { mode }),
];
const files = (objects: KubeObject[]): Record<string, string> => ({
  "app/all.yaml": objects.map((object) => JSON.stringify(object)).join("\n---\n"),
});
const record = (name: string): Promise<Shown> => estate.plane.api.must("GET", `${ARGO_APPS}/${name}`);
/** What we wrote to what applications deliver. */
const toObjects = (): string[] =>
  estate
    .ourWrites()
    .flatMap((write) => (isOfRecords(write) ? [] : [`${write.resource} ${write.namespace}/${write.name}`]));
const isOfRecords = ({ resource }: AuditedWrite): boolean => resource.endsWith(".argoproj.io");
const looked = (name: string): Promise<Shown> =>
  daemon.until(
    name,
    (app) => isSynced(app) && app.status.health.status === "Healthy" && isQuiet(app),
    60_000,
  );
const configOf = (pause: "none" | "writes"): string =>
  [
    "home: cluster",
    "poll: 1h",
    "pollSpread: 0s",
    `pause: ${pause}`,
    `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${estate.plane.kubeconfig} }]`,
    `repositories: [{ url: "${estate.git.url}", username: argo, password: an-estate-has-secrets }]`,
    "",
  ].join("\n");
/** Versions of everything that is delivered to a namespace: equal, nobody touched it. */
const versions = async (namespace: string): Promise<string[]> => {
  const paths = [
    `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
    `/api/v1/namespaces/${namespace}/services/web`,
    configMapPath(namespace, "settings"),
  ];
  const objects = await Promise.all(paths.map((path) => estate.plane.api.must("GET", path)));
  return objects.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
};

test("beside Argo CD, with all writes paused, a daemon judges and writes neither objects nor statuses", async () => {
  for (const name of ["shop", "blog"]) await estate.deliver(name, whole(name, "as-it-is"));
  await estate.deliver("left", whole("left", "as-it-is"), {
    metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
  });
  const before = await Promise.all(["shop", "blog", "left"].map(record));
  daemon = await startDaemon(configOf("writes"));
  for (const name of ["shop", "blog", "left"]) await looked(name);
  expect(estate.ourWrites()).toEqual([]);
  expect(await Promise.all(["shop", "blog", "left"].map(record))).toEqual(before);
});

test("when Argo CD has let go and writes go on, the custom resources are ours, and no object is touched", async () => {
  const before = await Promise.all(["shop", "blog", "left"].map(versions));
  const records = await Promise.all(["shop", "blog", "left"].map(record));
  const written = await Bun.file(join(daemon.dir, "holdfast.yaml")).text();
  writeFileSync(join(daemon.dir, "holdfast.yaml"), written.replace("pause: writes", "pause: none"));
  await eventually(
    "the daemon may write",
    async () =>
      (await daemon.api<string>("/metrics")).body.includes("holdfast_paused") &&
      !/^holdfast_paused\{[^}]*\} 1$/m.test((await daemon.api<string>("/metrics")).body),
  );
  for (const name of ["shop", "blog", "left"]) {
    await daemon.api(`/api/v1/applications/${name}?refresh=hard`);
    await looked(name);
  }
  expect(toObjects()).toEqual([]);
  expect(await Promise.all(["shop", "blog", "left"].map(versions))).toEqual(before);
  for (const { metadata, spec } of records) {
    const now = await record(metadata.name);
    expect(now.spec).toEqual(spec);
    expect(now.metadata.uid).toBe(metadata.uid);
    expect(now.metadata.finalizers).toEqual(metadata.finalizers);
  }
});

test("the first sync after that makes its objects ours, once each, and writes nobody else's", async () => {
  const untouched = await versions("blog");
  const { uid } = await estate.plane.api
    .must("GET", "/apis/apps/v1/namespaces/shop/deployments/web")
    .then(({ metadata }) => metadata);
  await estate.git.commit("shop", files(whole("shop", "new")), "a new mode");
  await daemon.api("/api/v1/applications/shop?refresh=normal");
  await eventually("the commit is delivered", async () => {
    const { data } = (await estate.plane.api.must("GET", configMapPath("shop", "settings"))) as Shown;
    return data.mode === "new";
  });
  await looked("shop");
  // Equal ones too: only what is ours can lose a field that Git drops.
  expect([...new Set(toObjects())].sort()).toEqual([
    "configmaps shop/settings",
    "deployments.apps shop/web",
    "services shop/web",
  ]);
  expect(
    (await estate.plane.api.must("GET", "/apis/apps/v1/namespaces/shop/deployments/web")).metadata.uid,
  ).toBe(uid);
  expect(await versions("blog")).toEqual(untouched);
  // The status of the custom resource is ours now, and its history goes on with Argo CD's numbers.
  await eventually("the custom resource shows it", async () => {
    const { status } = await record("shop");
    return status.history.length === 2 && status.history[1].id === 1 && status.sync.status === "Synced";
  });
});

test("who is marked skip-reconcile is left alone, and taken when the mark goes", async () => {
  await estate.plane.api.must(
    "PATCH",
    configMapPath("left", "settings"),
    { data: { mode: "by-hand" } },
    MERGE,
  );
  await daemon.until("left", (app) => app.status.sync.status === "OutOfSync");
  expect(toObjects().filter((write) => write.includes(" left/"))).toEqual([]);
  await estate.plane.kubectl(
    "annotate",
    "applications.argoproj.io",
    "left",
    "-n",
    "argocd",
    "argocd.argoproj.io/skip-reconcile-",
  );
  await looked("left");
  expect([...new Set(toObjects().filter((write) => write.includes(" left/")))]).toEqual([
    "configmaps left/settings",
  ]);
});

test("who is only known by Argo CD's label gets its tracking ids, and nothing else", async () => {
  await estate.deliver("old", [configMap("old", "a", { x: "1" }), configMap("old", "b", { x: "1" })], {
    by: "label",
  });
  await looked("old");
  await eventually("both bear the id", async () => {
    const ids = await Promise.all(
      ["a", "b"].map(async (name) => {
        const { metadata } = await estate.plane.api.must("GET", configMapPath("old", name));
        return metadata.annotations?.["argocd.argoproj.io/tracking-id"];
      }),
    );
    return ids.join() === "old:/ConfigMap:old/a,old:/ConfigMap:old/b";
  });
  for (const name of ["a", "b"])
    expect((await estate.plane.api.must("GET", configMapPath("old", name))) as Shown).toMatchObject({
      data: { x: "1" },
    });
  expect([...new Set(toObjects().filter((write) => write.includes(" old/")))].sort()).toEqual([
    "configmaps old/a",
    "configmaps old/b",
  ]);
});
