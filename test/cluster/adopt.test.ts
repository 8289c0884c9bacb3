/** Moving in beside an Argo CD, on a real API server: its applications are judged as it does, and nothing is written. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { ARGO_APPS, type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import { freePort } from "../lib/daemon.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import { MERGE, type Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let estate: ArgoEstate;
beforeAll(async () => {
  estate = await startArgoEstate();
}, 120_000);
afterAll(() => estate?.stop(), 60_000);

const whole = (namespace: string): KubeObject[] => [
  deployment({ namespace, name: "web", replicas: 2 }),
  service(namespace, "web"),
  configMap(namespace, "settings", { mode: "as-it-is" }),
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "key", namespace },
    stringData: { password: "canary-5f2c" },
  },
];

async function adopt(...more: string[]): Promise<{ code: number; report: Shown; said: string }> {
  const { code, stdout, stderr } = await estate.cli("adopt", "-o", "json", ...more);
  if (!stdout.startsWith("{")) throw new Error(`adopt ended with ${code}: ${stdout}${stderr}`);
  return { code, report: JSON.parse(stdout) as Shown, said: stdout + stderr };
}
const of = ({ applications }: Shown, name: string): Shown =>
  (applications as Shown[]).find(({ application }) => application === `argocd/${name}`) as Shown;

test("what an Argo CD delivered is Synced at first sight, and nothing is written", async () => {
  // Left to an autoscaler by the settings, and set by one.
  await estate.settings("argocd-cm", {
    "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
  });
  for (const name of ["shop", "blog", "mail"]) await estate.deliver(name, whole(name));
  await estate.plane.kubectl("scale", "deployment/web", "-n", "blog", "--replicas=3");
  await estate.plane.kubectl("rollout", "status", "deployment/web", "-n", "blog", "--timeout=60s");

  const { code, report, said } = await adopt();
  expect(report.applications).toMatchObject(
    ["blog", "mail", "shop"].map((name) => ({
      application: `argocd/${name}`,
      is: "equal",
      argoCD: { sync: "Synced", health: "Healthy" },
      holdfast: { sync: "Synced", health: "Healthy" },
      differences: [],
      notes: [],
    })),
  );
  expect(report.problems).toEqual([]);
  expect(report.read).toEqual({ projects: 1, repositories: 1, clusters: 0 });
  expect(code).toBe(0);
  expect(said).not.toContain("canary-5f2c");
  expect(estate.ourWrites()).toEqual([]);

  const { stdout, stderr } = await estate.cli("adopt");
  expect(stdout).toContain("argocd/shop");
  expect(stderr).toContain(
    "3 applications of the Argo CD in namespace argocd: 3 judged as Argo CD does. Read beside them: 1 project, 1 repository, 0 other clusters. Nothing was written.",
  );
});

test("a status that lies is told by object and field, also where it heals itself", async () => {
  const { must } = estate.plane.api;
  await must("PATCH", configMapPath("shop", "settings"), { data: { mode: "by-hand" } }, MERGE);
  await must("DELETE", "/api/v1/namespaces/mail/services/web");
  const { code, report } = await adopt();
  expect(code).toBe(1);
  expect(of(report, "blog").is).toBe("equal");
  expect(of(report, "shop").differences).toEqual([
    {
      of: "sync",
      argoCD: "Synced",
      holdfast: "OutOfSync",
      why: ["1 of its objects is judged otherwise"],
    },
    {
      of: "sync",
      object: "ConfigMap shop/settings",
      argoCD: "Synced",
      holdfast: "OutOfSync",
      why: [expect.stringMatching(/^data\.mode: "by-hand" in the cluster.*, "as-it-is" in Git$/)],
    },
  ]);
  expect(of(report, "mail").differences).toContainEqual({
    of: "sync",
    object: "Service mail/web",
    argoCD: "Synced",
    holdfast: "OutOfSync",
    why: ["it is not there"],
  });
  // Both heal themselves, and nobody asked us to.
  expect(estate.ourWrites()).toEqual([]);
});

test("who has its objects by Argo CD's label is Synced, and is told that a sync writes the ids", async () => {
  await estate.deliver("old", [configMap("old", "a"), configMap("old", "b", { x: "1" })], { by: "label" });
  await estate.plane.api.must("PATCH", configMapPath("old", "b"), { data: { x: "2" } }, MERGE);
  await estate.deliver("older", [configMap("older", "a")], { by: "label" });
  const { report } = await adopt();
  expect(of(report, "older")).toMatchObject({
    is: "equal",
    holdfast: { sync: "Synced" },
    notes: [expect.stringContaining("1 of its objects bear Argo CD's label app.kubernetes.io/instance")],
  });
  expect(of(report, "old").differences.map(({ object }: Shown) => object)).toEqual([
    undefined,
    "ConfigMap old/b",
  ]);
  expect(estate.ourWrites()).toEqual([]);
});

test("a status that is missing or makes no sense is no verdict", async () => {
  await estate.deliver("new", [configMap("new", "a")], { status: null });
  await estate.deliver("odd", [configMap("odd", "a")], {
    status: { sync: { status: "Marvellous" }, health: { status: "Fine" }, resources: [{ name: "a" }] },
  });
  const { code, report } = await adopt();
  expect(code).toBe(1);
  expect(of(report, "new")).toMatchObject({
    is: "different",
    holdfast: { sync: "Synced", health: "Healthy" },
  });
  const none = "Argo CD has written no verdict that can be read";
  expect(of(report, "new").differences).toEqual([
    { of: "sync", holdfast: "Synced", why: [none] },
    { of: "health", holdfast: "Healthy", why: [none] },
  ]);
  expect(of(report, "odd").differences).toEqual(of(report, "new").differences);
  expect(of(report, "odd").notes).toEqual([
    `Argo CD's status cannot be taken as it is: status.sync.status is "Marvellous", which Argo CD never writes`,
    `Argo CD's status cannot be taken as it is: status.health.status is "Fine", which Argo CD never writes`,
    "Argo CD's status cannot be taken as it is: status.resources[0] names no object",
  ]);
  expect(estate.ourWrites()).toEqual([]);
});

test("whose project, repository or cluster is missing, or silent, is Unknown with the reason", async () => {
  const silent = await freePort();
  await estate.secret("cluster", "far", {
    name: "far",
    server: `https://127.0.0.1:${silent}`,
    config: JSON.stringify({ bearerToken: "canary-9d01", tlsClientConfig: { insecure: true } }),
  });
  await estate.deliver("lost-project", [configMap("lost-project", "a")], { spec: { project: "gone" } });
  await estate.deliver("lost-repo", [configMap("lost-repo", "a")], {
    spec: { source: { repoURL: `${estate.git.url}/nowhere.git`, path: "app", targetRevision: "main" } },
  });
  await estate.deliver("lost-cluster", [configMap("lost-cluster", "a")], {
    spec: { destination: { name: "far", namespace: "lost-cluster" } },
  });
  const { code, report, said } = await adopt("--timeout", "60s");
  expect(code).toBe(1);
  for (const [name, word] of [
    ["lost-project", "project"],
    ["lost-repo", "nowhere.git"],
    ["lost-cluster", "far"],
  ] as const) {
    const found = of(report, name);
    expect(found).toMatchObject({ is: "different", holdfast: { sync: "Unknown" } });
    expect(found.differences[0].why.join("; ")).toContain(word);
  }
  expect(of(report, "blog").is).toBe("equal");
  expect(said).not.toContain("canary-9d01");
  expect(estate.ourWrites()).toEqual([]);
});

test("a daemon's config that names the cluster its own way is looked at by the context, and names its clusters first", async () => {
  const server = "https://kubernetes.default.svc";
  const config = join(mkdtempSync(join(tmpdir(), "holdfast-config-")), "holdfast.yaml");
  writeFileSync(
    config,
    // A Pod's own account, as the daemon has it there, and not where this command runs.
    `data: ./data\nclusters: [{ name: in-cluster, server: "${server}" }, { name: away, server: "https://127.0.0.1:1", kubeconfig: ${estate.plane.kubeconfig} }]\n`,
  );
  await estate.secret("cluster", "away", {
    name: "away-in-argo",
    server: "https://127.0.0.1:1",
    config: JSON.stringify({ tlsClientConfig: { insecure: true } }),
  });
  const { report } = await adopt("--config", config, "blog", "--timeout", "60s");
  expect(of(report, "blog")).toMatchObject({ is: "equal", unknown: [] });
  expect(report.problems.filter(({ severity }: Shown) => severity === "error")).toEqual([]);
  rmSync(dirname(config), { recursive: true });
  expect(estate.ourWrites()).toEqual([]);
});

test("an application that Argo CD reads and we do not is named, and no Argo CD is no empty answer", async () => {
  await estate.plane.api.must("POST", ARGO_APPS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "halfway", namespace: "argocd" },
    spec: { project: "default", destination: {} },
  });
  const { code, report } = await adopt();
  expect(code).toBe(1);
  expect(of(report, "halfway")).toEqual({
    is: "not-judged",
    application: "argocd/halfway",
    why: [
      "Application argocd/halfway: spec.source: an application needs a source, or sources",
      "Application argocd/halfway: spec.destination: needs a server or the name of a cluster",
    ],
  });
  const { code: noContext, stderr } = await estate.cli("adopt", "--context", "nobody");
  expect(stderr).toContain('it has no context "nobody"');
  expect(noContext).toBe(2);
  await estate.plane.kubectl("delete", "crd", "appprojects.argoproj.io");
  const none = await estate.cli("adopt");
  expect(none.stdout).toBe("");
  expect(none.stderr).toContain("the server has no such kind, so there is no Argo CD");
  expect(none.code).toBe(3);
});
