/** Moving in by files: what an Argo CD has becomes the folder of a daemon of its own, on a real API server. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type ArgoEstate, startArgoEstate } from "../lib/argo-estate.ts";
import { type Daemon, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { UPDATER_DEFINITION } from "../lib/image-updater-definition.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import type { Shown } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let estate: ArgoEstate, daemon: Daemon | undefined, dir: string;
beforeAll(async () => {
  estate = await startArgoEstate();
  dir = mkdtempSync(join(tmpdir(), "holdfast-export-"));
}, 120_000);
afterAll(async () => {
  await daemon?.stop();
  await estate?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const NAMES = ["blog", "far", "shop"];
const whole = (namespace: string): KubeObject[] => [
  deployment({ namespace, name: "web", replicas: 2 }),
  configMap(namespace, "settings", { mode: "as-it-is" }),
];
const text = (path: string): string => readFileSync(join(dir, "estate", path), "utf8");
const paths = (): string[] =>
  readdirSync(join(dir, "estate"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, "estate").length + 1))
    .sort();

const REGISTRY_PASSWORD = "a-registry-has-a-login";
const UPDATER = {
  ...{ apiVersion: "argocd-image-updater.argoproj.io/v1alpha1", kind: "ImageUpdater" },
  metadata: { name: "fleet", namespace: "argocd" },
  spec: {
    applicationRefs: [
      { namePattern: "none-*", images: [{ alias: "web", imageName: "registry.example.com/web:~1" }] },
    ],
  },
};
/** As somebody does who runs Argo CD Image Updater beside it. */
async function keepImagesUpToDate(): Promise<void> {
  const { api } = estate.plane;
  await api.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", UPDATER_DEFINITION);
  await eventually("it is served", async () => {
    const path = `/apis/${UPDATER.apiVersion}/namespaces/argocd/imageupdaters`;
    return (await api.request("POST", path, UPDATER)).status === 201;
  });
  await api.must("POST", "/api/v1/namespaces/argocd/secrets", {
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "registry" } },
    stringData: { login: `ci:${REGISTRY_PASSWORD}` },
  });
  await estate.settings("argocd-image-updater-config", {
    "registries.conf": [
      "registries:",
      '- { name: own, prefix: registry.example.com, credentials: "secret:argocd/registry#login", limit: 3 }',
      '- { name: hub, prefix: hub.example.com, credentials: "env:HUB_LOGIN" }',
    ].join("\n"),
    "git.user": "Robot",
    "git.email": "robot@example.com",
    "git.commit-sign-off": "true",
  });
}

test("everything lies in the folder, each secret where its owner alone may read it, and what is left is said", async () => {
  await estate.settings("argocd-cm", {
    "resource.customizations.ignoreDifferences.apps_Deployment": "jsonPointers: [/spec/replicas]",
    "users.anonymous.enabled": "true",
  });
  await estate.cluster("far");
  for (const name of NAMES)
    await estate.deliver(name, whole(name), {
      spec: name === "far" ? { destination: { name: "far", namespace: "far" } } : {},
      metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true", team: name } },
    });
  // What an autoscaler did, which the settings leave to it.
  await estate.plane.kubectl("scale", "deployment/web", "-n", "blog", "--replicas=3");
  await estate.plane.kubectl("rollout", "status", "deployment/web", "-n", "blog", "--timeout=60s");

  await keepImagesUpToDate();
  const { code, stdout, stderr } = await estate.cli("adopt", "--export", join(dir, "estate"));
  expect(`${stderr}${code}`).toMatch(/Nothing was written to any cluster[\s\S]*0$/);
  expect(stdout).toContain("3 applications, 1 project, 1 cluster");
  expect(stdout).toContain("ConfigMap argocd/argocd-cm: without effect here: users.anonymous.enabled");
  expect(paths()).toEqual([
    ".gitignore",
    "applications/blog.yaml",
    "applications/far.yaml",
    "applications/shop.yaml",
    "argocd-cm.yaml",
    expect.stringMatching(/^data\/clusters\/far-\d\.yaml$/),
    "holdfast.yaml",
    "image-updaters/fleet.yaml",
    "projects/default.yaml",
    ...paths().filter((path) => path.startsWith("secrets/")),
  ]);
  expect(paths().filter((path) => path.startsWith("secrets/")).length).toBeGreaterThan(0);
  for (const path of paths()) {
    const isSecret = path.startsWith("secrets/") || path.startsWith("data/");
    expect([path, statSync(join(dir, "estate", path)).mode & 0o077]).toEqual([
      path,
      isSecret ? 0 : expect.any(Number),
    ]);
    if (!isSecret) expect(text(path)).not.toContain("an-estate-has-secrets");
  }
  const shop = parseYaml(text("applications/shop.yaml")).documents[0]?.value as Shown;
  expect(shop).not.toHaveProperty("status");
  expect(shop.metadata).toEqual({
    name: "shop",
    namespace: "argocd",
    annotations: { team: "shop" },
    finalizers: ["resources-finalizer.argocd.argoproj.io"],
  });
  expect(parseYaml(text("image-updaters/fleet.yaml")).documents[0]?.value).toEqual({
    ...{ apiVersion: UPDATER.apiVersion, kind: UPDATER.kind, spec: UPDATER.spec },
    metadata: { name: "fleet", namespace: "argocd" },
  });
  const written = parseYaml(text("holdfast.yaml")).documents[0]?.value as Shown;
  expect(written.images).toEqual({ authorName: "Robot", authorEmail: "robot@example.com", signOff: true });
  expect(written.applications).toEqual(["./projects", "./applications", "./image-updaters"]);
  const registry = written.repositories.find(({ url }: Shown) => url === "oci://registry.example.com");
  expect(registry).toMatchObject({ type: "oci", username: "ci", requestsPerSecond: 3 });
  expect(text(registry.passwordFile.slice(2)).trim()).toBe(REGISTRY_PASSWORD);
  expect(`${stdout}${stderr}`).toContain(
    "hub.example.com: HUB_LOGIN is a variable of Image Updater's own process",
  );
  expect(`${stdout}${stderr}`).toContain("entries of repositories with push: allowed alone");
  for (const path of paths().filter((one) => !one.startsWith("secrets/")))
    expect(text(path)).not.toContain(REGISTRY_PASSWORD);
  expect(`${stdout}${stderr}`).not.toContain(REGISTRY_PASSWORD);
  // What the guide has one check it by.
  const look = await estate.cli("adopt", "--config", join(dir, "estate", "holdfast.yaml"));
  expect(look.stderr).toContain(
    "3 applications of the Argo CD in namespace argocd: 3 judged as Argo CD does",
  );
  expect(look.code).toBe(0);
  expect(estate.ourWrites()).toEqual([]);

  const again = await estate.cli("adopt", "--export", join(dir, "estate"));
  expect(again.stderr).toContain("it holds something already");
  expect(again.code).toBe(2);
});

test("a daemon of the folder says what Argo CD says, writes nothing while it is paused, and to nothing equal after", async () => {
  const valid = await estate.cli(
    "validate",
    join(dir, "estate", "applications"),
    join(dir, "estate", "projects"),
  );
  expect(`${valid.stdout}${valid.stderr} ${valid.code}`).toMatch(/ 0$/);
  const config = text("holdfast.yaml").replace(/^data: .*\n/m, "");
  const files = Object.fromEntries(
    paths()
      .filter((path) => path !== "holdfast.yaml")
      .map((path) => [path, text(path)]),
  );
  const { kubeconfig } = estate.plane;
  daemon = await startDaemon(config, files, { env: { KUBECONFIG: kubeconfig } });
  const { until, api } = daemon;
  const versions = () =>
    Promise.all(
      NAMES.flatMap((name) => [
        configMapPath(name, "settings"),
        `/apis/apps/v1/namespaces/${name}/deployments/web`,
      ]).map(async (path) => (await estate.plane.api.must("GET", path)).metadata.resourceVersion),
    );
  const before = await versions();
  const look = async (): Promise<void> => {
    for (const name of NAMES) {
      await api(`/api/v1/applications/${name}?refresh=hard`);
      await until(
        name,
        ({ status }) => status?.sync?.status === "Synced" && status.health.status === "Healthy",
        60_000,
      );
    }
  };
  await look();
  expect(estate.ourWrites()).toEqual([]);

  // Argo CD has let go of them.
  await Bun.write(
    join(daemon.dir, "holdfast.yaml"),
    (await Bun.file(join(daemon.dir, "holdfast.yaml")).text()).replace(/^pause: .*\n/m, ""),
  );
  await daemon.restart();
  await look();
  expect(await versions()).toEqual(before);
  expect(estate.ourWrites()).toEqual([]);

  await estate.git.commit(
    "shop",
    {
      "app/all.yaml": whole("shop")
        .map((object) => JSON.stringify(object).replace("as-it-is", "new"))
        .join("\n---\n"),
    },
    "a new mode",
  );
  await daemon.api("/api/v1/applications/shop?refresh=normal");
  await daemon.until("shop", ({ status }) => status?.operationState?.phase === "Succeeded");
  expect(((await estate.plane.api.must("GET", configMapPath("shop", "settings"))) as Shown).data.mode).toBe(
    "new",
  );
});
