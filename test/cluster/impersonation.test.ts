/** Objects are written as the service account that their project names: by the API server's own audit log. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { hasFailed, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(60_000);

const RBAC = "rbac.authorization.k8s.io",
  LIMITED = "https://limited.example.com";
const DEPLOYER = "system:serviceaccount:acting:deployer";

const project = (name: string, namespace: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name },
  spec: {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    destinationServiceAccounts: [{ server: "*", namespace, defaultServiceAccount: "acting:deployer" }],
  },
});

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    config: "sync: { impersonation: true }\n",
    files: { "apps/projects.yaml": yaml(project("team", "acting*")) },
    // The same cluster by an account that may read everything, write everything, and act as nobody.
    clusters: async ({ api, kubeconfig }) => {
      await api.makeNamespace("ops");
      await api.must("POST", "/api/v1/namespaces/ops/serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "limited" },
      });
      await api.must("POST", `/apis/${RBAC}/v1/clusterroles`, {
        apiVersion: `${RBAC}/v1`,
        kind: "ClusterRole",
        metadata: { name: "limited" },
        rules: [
          {
            apiGroups: ["*"],
            resources: ["*"],
            verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
          },
        ],
      });
      await api.must("POST", `/apis/${RBAC}/v1/clusterrolebindings`, {
        apiVersion: `${RBAC}/v1`,
        kind: "ClusterRoleBinding",
        metadata: { name: "limited" },
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "limited" },
        subjects: [{ kind: "ServiceAccount", namespace: "ops", name: "limited" }],
      });
      const { status } = await api.must("POST", "/api/v1/namespaces/ops/serviceaccounts/limited/token", {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {},
      });
      return [
        {
          name: "limited",
          server: LIMITED,
          kubeconfig: await withToken(kubeconfig, status.token as string),
        },
      ];
    },
  });
  await stage.makeNamespace("acting");
  await stage.must("POST", "/api/v1/namespaces/acting/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "deployer" },
  });
  const inActing = `/apis/${RBAC}/v1/namespaces/acting`;
  await stage.must("POST", `${inActing}/roles`, {
    apiVersion: `${RBAC}/v1`,
    kind: "Role",
    metadata: { name: "deployer" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["create", "patch", "delete"] }],
  });
  await stage.must("POST", `${inActing}/rolebindings`, {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name: "deployer" },
    roleRef: { apiGroup: RBAC, kind: "Role", name: "deployer" },
    subjects: [{ kind: "ServiceAccount", namespace: "acting", name: "deployer" }],
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

/** Another kubeconfig beside the administrator's, for the same server. @returns its path */
async function withToken(kubeconfig: string, token: string): Promise<string> {
  const { clusters } = Bun.YAML.parse(await Bun.file(kubeconfig).text()) as Shown;
  const path = `${kubeconfig}.limited`;
  await Bun.write(
    path,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ ...clusters[0], name: "c" }],
      users: [{ name: "u", user: { token } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return path;
}

const said = (app: Shown): string =>
  [
    app.status?.operationState?.message,
    ...(app.status?.operationState?.syncResult?.resources ?? []).map((result: Shown) => result.message),
  ].join("\n");

test("applies, dry runs and deletes as the account, which may write ConfigMaps of one namespace", async () => {
  const app = await stage.place({
    name: "acting",
    makeNamespace: "none",
    files: { "a.yaml": yaml(configMap("acting", "a")), "b.yaml": yaml(configMap("acting", "b")) },
    spec: { project: "team" },
  });
  await app.untilSettled();
  await app.commit({ "b.yaml": null });
  await eventually("b is pruned", async () => !(await stage.isThere(configMapPath("acting", "b"))));
  const writes = stage.writes("acting").filter(({ resource }) => resource === "configmaps");
  expect(new Set(writes.map(({ verb, actedAs }) => `${verb} ${actedAs}`))).toEqual(
    new Set([`patch ${DEPLOYER}`, `delete ${DEPLOYER}`]),
  );
  const dry = stage.dryRuns().filter(({ namespace, name }) => namespace === "acting" && name === "b");
  expect(dry.some(({ verb, actedAs }) => verb === "delete" && actedAs === DEPLOYER)).toBe(true);
});

test("what the account may not write is not written, and it is said who lacks what", async () => {
  const app = await stage.place({
    name: "acting-else",
    files: { "a.yaml": yaml(configMap("acting-else", "a")) },
    spec: { project: "team", syncPolicy: { automated: {}, retry: { limit: 0 } } },
  });
  const failed = await app.until(hasFailed);
  expect(said(failed)).toMatch(
    /system:serviceaccount:acting:deployer lacks the verb (patch|create) on configmaps in namespace acting-else/,
  );
  expect(await stage.isThere(configMapPath("acting-else", "a"))).toBe(false);
});

test("where the project names nobody, nothing is asked of the server", async () => {
  const app = await stage.place({
    name: "unnamed",
    files: { "a.yaml": yaml(configMap("unnamed", "a")) },
    spec: { project: "team", syncPolicy: { automated: {}, retry: { limit: 0 } } },
  });
  expect(said(await app.until(hasFailed))).toContain("names no service account for server");
  expect(stage.writes("unnamed")).toEqual([]);
});

test("a daemon whose own account may not act as others is told which permission it lacks", async () => {
  const app = await stage.place({
    name: "acting-limited",
    namespace: "acting",
    makeNamespace: "none",
    files: { "c.yaml": yaml(configMap("acting", "c")) },
    spec: {
      project: "team",
      destination: { server: LIMITED, namespace: "acting" },
      syncPolicy: { automated: {}, retry: { limit: 0 } },
    },
  });
  expect(said(await app.until(hasFailed))).toContain(
    "the daemon's own account may not act as service account deployer of namespace acting",
  );
  expect(await stage.isThere(configMapPath("acting", "c"))).toBe(false);
});
