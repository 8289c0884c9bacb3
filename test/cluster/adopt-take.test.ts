/** Taking applications over from an Argo CD that lets go of them, and giving them back, on a real API server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { ARGO, ARGO_APPS, type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import { type Daemon, type Ran, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import { MERGE, type Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let estate: ArgoEstate, daemon: Daemon;
const CONTROLLER = `/apis/apps/v1/namespaces/${ARGO}/statefulsets/argocd-application-controller`;
const settings = (namespace: string) => configMapPath(namespace, "settings");

beforeAll(async () => {
  estate = await startArgoEstate();
  // As its own manifests label it: the Pods by their name alone.
  const labels = { "app.kubernetes.io/name": "argocd-application-controller" };
  await estate.plane.api.must("POST", CONTROLLER.slice(0, CONTROLLER.lastIndexOf("/")), {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: {
      name: "argocd-application-controller",
      labels: { ...labels, "app.kubernetes.io/component": "application-controller" },
    },
    spec: {
      replicas: 1,
      serviceName: "none",
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "argocd", image: "registry.example.com/argocd:3" }] },
      },
    },
  });
  for (const name of ["shop", "blog", "mail"]) await estate.deliver(name, whole(name));
  daemon = await daemonWith("");
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await estate?.stop();
}, 60_000);

const whole = (namespace: string): KubeObject[] => [
  deployment({ namespace, name: "web" }),
  service(namespace, "web"),
  configMap(namespace, "settings", { mode: "as-it-is" }),
];

function daemonWith(more: string): Promise<Daemon> {
  const { kubeconfig } = estate.plane;
  const clusters = [{ name: "in-cluster", server: "https://kubernetes.default.svc", kubeconfig }];
  return startDaemon(
    `poll: 1h\npollSpread: 0s\nclusters: ${JSON.stringify(clusters)}\n${more || `repositories: [${estate.repository}]`}\n`,
    {},
    { env: { KUBECONFIG: kubeconfig } },
  );
}
const adopt = (...args: string[]): Promise<Ran> => daemon.cli("adopt", "--yes", ...args);
const inDaemon = async (of = daemon): Promise<string[]> =>
  (((await of.api<Shown>("/api/v1/applications")).body.items ?? []) as Shown[]).map(
    ({ metadata }) => metadata.name,
  );
const writtenTo = (): string[] => [...new Set(estate.ourWrites().map(({ namespace }) => namespace))];
/** Looked at once more, to the end: whatever would be decided was. */
const lookAgain = (name: string): Promise<unknown> => daemon.api(`/api/v1/applications/${name}?refresh=hard`);
const mark = (name: string, value: "true" | null): Promise<unknown> =>
  estate.plane.api.must(
    "PATCH",
    `${ARGO_APPS}/${name}`,
    { metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": value } } },
    MERGE,
  );

test("what Argo CD still works on is not taken, and what to do is said", async () => {
  const { code, stdout, stderr } = await adopt("--take", "shop");
  expect(stdout).toBe("");
  expect(stderr).toContain("StatefulSet argocd/argocd-application-controller");
  expect(stderr).toContain(
    "kubectl annotate applications.argoproj.io shop -n argocd argocd.argoproj.io/skip-reconcile=true",
  );
  expect(code).toBe(7);
  // One that holds on holds up those that let go.
  await mark("shop", "true");
  expect((await adopt("--take", "shop", "blog")).code).toBe(7);
  expect(await inDaemon()).toEqual([]);
  expect(estate.ourWrites()).toEqual([]);
});

test("a daemon that would do something else gives it back, and has written nothing", async () => {
  const strangers = [
    // Its tracking ids would name another application.
    `repositories: [${estate.repository}]\nnamespace: gitops`,
    // It cannot read the repository.
    "repositories: []",
  ];
  for (const config of strangers) {
    const stranger = await daemonWith(config);
    try {
      const { code, stdout, stderr } = await stranger.cli("adopt", "--yes", "--take", "shop");
      expect(stdout).toContain(
        "argocd/shop stays with Argo CD: the daemon judges otherwise than the look did",
      );
      expect(stderr).toContain("0 of 1 application");
      expect(code).toBe(7);
      expect(await inDaemon(stranger)).toEqual([]);
    } finally {
      await stranger.stop();
    }
  }
  expect(estate.ourWrites()).toEqual([]);
});

test("a marked application is taken without a write, and held fast from then on", async () => {
  const before = await estate.plane.api.must("GET", settings("shop"));
  const { code, stdout, stderr } = await adopt("--take", "shop");
  expect(`${stdout}${stderr}`).toContain("argocd/shop is Holdfast's now (Synced)");
  expect(code).toBe(0);
  const app = await daemon.until(
    "shop",
    ({ status }) => status?.sync?.status === "Synced" && status.health.status === "Healthy",
  );
  expect(app.spec.syncPolicy).toEqual({ automated: { prune: true, selfHeal: true } });
  await lookAgain("shop");
  expect(app.metadata.annotations ?? {}).not.toHaveProperty("argocd.argoproj.io/skip-reconcile");
  expect(estate.ourWrites()).toEqual([]);
  expect((await estate.plane.api.must("GET", settings("shop"))).metadata.resourceVersion).toBe(
    before.metadata.resourceVersion as string,
  );
  // A second time changes nothing.
  expect((await adopt("--take", "shop")).stdout).toContain("is Holdfast's already");

  await estate.plane.api.must("PATCH", settings("shop"), { data: { mode: "by-hand" } }, MERGE);
  await eventually(
    "it is put back",
    async () => (await estate.plane.api.must("GET", settings("shop"))).data.mode === "as-it-is",
  );
  // It is the first sync: it makes ours whatever is the application's, and nothing else.
  expect(writtenTo()).toEqual(["shop"]);
});

test("what would be written to at once is taken only where a person says so", async () => {
  await mark("blog", "true");
  await estate.plane.api.must("PATCH", settings("blog"), { data: { mode: "by-hand" } }, MERGE);
  const { code, stderr } = await adopt("--take", "blog");
  expect(code).toBe(7);
  expect(stderr).toContain('data.mode: "by-hand" in the cluster');
  expect(stderr).toContain("--different");
  expect(await inDaemon()).toEqual(["shop"]);
  expect(estate.ourWrites().filter(({ namespace }) => namespace === "blog")).toEqual([]);

  expect((await adopt("--take", "blog", "--different")).code).toBe(0);
  await eventually(
    "it is as Git wants it",
    async () => (await estate.plane.api.must("GET", settings("blog"))).data.mode === "as-it-is",
  );
  expect(writtenTo()).toEqual(["shop", "blog"]);
});

test("with Argo CD's controller at zero all of them are taken; undone, they are let go of as they are", async () => {
  await estate.plane.kubectl(
    "scale",
    "statefulset/argocd-application-controller",
    "-n",
    ARGO,
    "--replicas=0",
  );
  await eventually(
    "its Pod is gone",
    async () =>
      ((await estate.plane.api.must("GET", `/api/v1/namespaces/${ARGO}/pods`)).items as Shown[]).length === 0,
  );
  const writes = estate.ourWrites().length;
  const taken = await adopt("--take", "--all");
  expect(`${taken.stdout}${taken.stderr}`).toContain("argocd/mail is Holdfast's now (Synced)");
  expect(taken.code).toBe(0);
  expect((await inDaemon()).sort()).toEqual(["blog", "mail", "shop"]);
  await daemon.until("mail", ({ status }) => status?.sync?.status === "Synced");
  await lookAgain("mail");
  expect(estate.ourWrites()).toHaveLength(writes);

  const undone = await adopt("--undo", "mail", "blog");
  expect(undone.stderr).toContain("2 applications can be Argo CD's again");
  expect(undone.code).toBe(0);
  expect(await inDaemon()).toEqual(["shop"]);
  for (const name of ["mail", "blog"]) {
    expect(await estate.plane.api.find(settings(name))).toBeDefined();
    expect(await estate.plane.api.find(`/apis/apps/v1/namespaces/${name}/deployments/web`)).toBeDefined();
    expect(await estate.plane.api.find(`${ARGO_APPS}/${name}`)).toBeDefined();
  }
  expect(estate.ourWrites()).toHaveLength(writes);

  // Nobody would have it.
  await estate.plane.api.must("PATCH", `${ARGO_APPS}/shop`, { metadata: { finalizers: null } }, MERGE);
  await estate.plane.api.must("DELETE", `${ARGO_APPS}/shop`);
  const orphan = await adopt("--undo", "shop");
  expect(orphan.code).toBe(7);
  expect(orphan.stderr).toContain("Argo CD has no such application");
  expect(await inDaemon()).toEqual(["shop"]);
});

test("what Argo CD knows by its label is taken, and its objects get their tracking ids and nothing else", async () => {
  await estate.deliver("old", [configMap("old", "settings", { mode: "as-it-is" })], { by: "label" });
  await mark("old", "true");
  const { code, stdout, stderr } = await adopt("--take", "old");
  expect(`${stdout}${stderr}`).toContain("argocd/old is Holdfast's now");
  expect(code).toBe(0);
  await daemon.until("old", ({ status }) => status?.sync?.status === "Synced");
  const { metadata, data } = await estate.plane.api.must("GET", settings("old"));
  expect(metadata.annotations).toMatchObject({
    "argocd.argoproj.io/tracking-id": "old:/ConfigMap:old/settings",
  });
  expect(data).toEqual({ mode: "as-it-is" });
});

test("what was Holdfast's, went back and was delivered by Argo CD since, is taken again without a write", async () => {
  const repository = (mode: string) => ({
    "app/all.yaml": JSON.stringify(configMap("again", "settings", { mode })),
  });
  await estate.deliver("again", [configMap("again", "settings", { mode: "v1" })]);
  await mark("again", "true");
  expect((await adopt("--take", "again")).code).toBe(0);
  expect((await daemon.cli("app", "sync", "again")).code).toBe(0);
  expect((await adopt("--undo", "again")).code).toBe(0);

  await estate.git.commit("again", repository("v2"), "delivered by Argo CD");
  await estate.plane.api.must(
    "PATCH",
    `${settings("again")}?fieldManager=argocd-controller`,
    { data: { mode: "v2" } },
    MERGE,
  );
  const writes = estate.ourWrites().length;
  const { code, stdout } = await adopt("--take", "again");
  expect(stdout).toContain("argocd/again is Holdfast's now (Synced)");
  expect(code).toBe(0);
  await lookAgain("again");
  await daemon.until(
    "again",
    ({ status }) => status?.sync?.status === "Synced" && status.reconciledAt !== "",
  );
  expect(estate.ourWrites()).toHaveLength(writes);
});

test("what an application rests on comes before it: its project, and its cluster with Argo CD's credentials", async () => {
  await estate.plane.api.must("POST", ARGO_APPS.replace(/applications$/, "appprojects"), {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "team", namespace: ARGO },
    spec: { sourceRepos: ["*"], destinations: [{ name: "far", namespace: "far", server: "*" }] },
  });
  await estate.cluster("far");
  await estate.deliver("far", [configMap("far", "settings", { mode: "as-it-is" })], {
    spec: { project: "team", destination: { name: "far", namespace: "far" } },
  });
  await mark("far", "true");
  const { code, stdout, stderr } = await adopt("--take", "far");
  expect(stdout).toContain("AppProject team is in the daemon now, as Argo CD has it");
  expect(stdout).toContain("cluster far (https://");
  expect(stdout).toContain("argocd/far is Holdfast's now (Synced)");
  expect(`${stderr} ${code}`).toBe(" 0");
  const clusters = (await daemon.api<Shown>("/api/v1/clusters")).body.items as Shown[];
  expect(clusters.map(({ name }) => name)).toContain("far");
  expect(writtenTo()).not.toContain("far");

  // A second time there is nothing to carry.
  expect((await adopt("--undo", "far")).code).toBe(0);
  expect((await adopt("--take", "far")).stdout).toMatch(/^\S+ argocd\/far is Holdfast's now/);
  expect(writtenTo()).not.toContain("far");
});

test("settings of Argo CD's that cannot be read hold a take, and who goes on all the same says so", async () => {
  await estate.settings("argocd-cm", {
    "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [",
  });
  const { code, stderr } = await adopt("--take", "mail");
  expect(stderr).toContain("resource.customizations.ignoreDifferences.apps_Deployment");
  expect(stderr).toContain("It concerns argocd/mail");
  expect(code).toBe(7);
  expect(await inDaemon()).not.toContain("mail");
  const writes = estate.ourWrites().length;
  expect((await adopt("--take", "mail", "--despite-problems")).code).toBe(0);
  expect(await inDaemon()).toContain("mail");
  expect(estate.ourWrites()).toHaveLength(writes);
});
