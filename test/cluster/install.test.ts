/** config/kubernetes.yaml on a real API server: admitted as it stands, and what it permits is enough for the daemon. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { commitFiles } from "../../src/git/commit-files.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { BINARY, run, settled, startDaemon } from "../lib/daemon.ts";

const file = join(import.meta.dir, "..", "..", "config", "kubernetes.yaml");
const manifests = parseYaml(await Bun.file(file).text()).documents.map(
  ({ value }) => value as KubeObject & Record<string, any>,
);
const dir = mkdtempSync(join(tmpdir(), "holdfast-install-"));
let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane();
}, 120_000);
afterAll(async () => {
  await plane?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const pathOf: Record<string, string> = {
  Namespace: "/api/v1/namespaces",
  ServiceAccount: "/api/v1/namespaces/holdfast/serviceaccounts",
  ConfigMap: "/api/v1/namespaces/holdfast/configmaps",
  PersistentVolumeClaim: "/api/v1/namespaces/holdfast/persistentvolumeclaims",
  Service: "/api/v1/namespaces/holdfast/services",
  Deployment: "/apis/apps/v1/namespaces/holdfast/deployments",
  ClusterRole: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  ClusterRoleBinding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
};

test("every object is taken, in the order they stand in, with strict validation", async () => {
  for (const manifest of manifests) {
    const { status, body } = await plane.api.request(
      "POST",
      `${pathOf[manifest.kind]}?fieldValidation=Strict`,
      manifest,
    );
    expect({ kind: manifest.kind, status, said: status < 300 ? "" : body["message"] }).toEqual({
      kind: manifest.kind,
      status: 201,
      said: "",
    });
  }
});

test("its Pod is admitted where Pod Security is restricted", async () => {
  const deployment = manifests.find(({ kind }) => kind === "Deployment");
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "try" },
    spec: deployment?.["spec"].template.spec,
  };
  const { status, body } = await plane.api.request(
    "POST",
    "/api/v1/namespaces/holdfast/pods?dryRun=All",
    pod,
  );
  expect({ status, said: status < 300 ? "" : body["message"] }).toEqual({ status: 201, said: "" });
  const open = structuredClone(pod);
  delete open.spec.securityContext.runAsNonRoot;
  expect((await plane.api.request("POST", "/api/v1/namespaces/holdfast/pods?dryRun=All", open)).status).toBe(
    403,
  );
});

test("the config in it is valid", async () => {
  const config = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "holdfast");
  await Bun.write(join(dir, "holdfast.yaml"), String(config?.["data"]["holdfast.yaml"]));
  const { code, stdout, stderr } = await run([BINARY, "validate", "--config", "holdfast.yaml"], {
    cwd: dir,
    env: { HOLDFAST_TOKEN: "0123456789abcdef0123456789abcdef" },
  });
  expect({ code, stdout: stdout + stderr }).toEqual({ code: 0, stdout: expect.stringContaining("valid") });
});

test("with its service account a daemon syncs objects of a namespace and of the cluster", async () => {
  const token = (await plane.kubectl("create", "token", "holdfast", "--namespace", "holdfast")).trim();
  const admin = Bun.YAML.parse(await Bun.file(plane.kubeconfig).text()) as { clusters: unknown[] };
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: admin.clusters,
    users: [{ name: "holdfast", user: { token } }],
    contexts: [
      { name: "c", context: { cluster: (admin.clusters[0] as { name: string }).name, user: "holdfast" } },
    ],
    "current-context": "c",
  };
  const repository = join(dir, "repository");
  await commitFiles().commitAll(
    repository,
    {
      "app/role.yaml": JSON.stringify({
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "reader" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      }),
      "app/config.yaml": JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "settings" },
        data: { mode: "on" },
      }),
    },
    "An application",
  );
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "first" },
    spec: {
      project: "default",
      source: { repoURL: repository, path: "app", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "first" },
      syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
    },
  };
  const daemon = await startDaemon(
    'clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ./kubeconfig }]\napplications: [./apps]\n',
    { kubeconfig: JSON.stringify(kubeconfig), "apps/first.yaml": JSON.stringify(app) },
  );
  try {
    const seen = await daemon.until("first", settled);
    expect(seen.status.conditions ?? []).toEqual([]);
    expect(
      (await plane.api.request("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles/reader")).status,
    ).toBe(200);
  } finally {
    await daemon.stop();
  }
}, 90_000);
