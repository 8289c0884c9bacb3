/** CreateNamespace=true by accounts that may make no Namespace: by the API server's own audit log. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { kindRule } from "../../src/core/install/install-plan.ts";
import { rightsOf } from "../../src/core/install/rights.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { AUTOMATED, hasFailed, MERGE, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(60_000);

const RBAC = "rbac.authorization.k8s.io";
const CONFIG_MAPS = kindRule("configmaps")!;
const NAMESPACES = ["installed", "narrow", "narrow-labels"];

/** Rights that name no Namespace: bound in one namespace, or everywhere. */
function bound(account: string, within: readonly string[] | "everywhere"): KubeObject[] {
  const roleRef = { apiGroup: RBAC, kind: "ClusterRole", name: account };
  const subjects = [{ kind: "ServiceAccount", name: "holdfast", namespace: account }];
  const binding = (kind: string, metadata: KubeObject["metadata"]): KubeObject => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef,
    subjects,
  });
  return [
    { apiVersion: `${RBAC}/v1`, kind: "ClusterRole", metadata: { name: account }, rules: [CONFIG_MAPS] },
    ...(within === "everywhere"
      ? [binding("ClusterRoleBinding", { name: account })]
      : within.map((namespace) => binding("RoleBinding", { name: account, namespace }))),
  ];
}

/** @returns the same server, as an account in a namespace of this name that has these rights alone */
async function asAccount(
  { api, kubeconfig }: ControlPlane,
  name: string,
  rights: readonly KubeObject[],
): Promise<{ name: string; server: string; kubeconfig: string; namespaces?: string[] }> {
  await api.makeNamespace(name);
  await api.must("POST", `/api/v1/namespaces/${name}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "holdfast" },
  });
  for (const object of rights) {
    const { namespace } = object.metadata;
    const place = namespace === undefined ? "" : `namespaces/${namespace}/`;
    await api.must("POST", `/apis/${RBAC}/v1/${place}${object.kind.toLowerCase()}s`, object);
  }
  const { status } = await api.must("POST", `/api/v1/namespaces/${name}/serviceaccounts/holdfast/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  const { clusters } = Bun.YAML.parse(await Bun.file(kubeconfig).text()) as Shown;
  const path = `${kubeconfig}.${name}`;
  await Bun.write(
    path,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ ...clusters[0], name: "c" }],
      users: [{ name: "u", user: { token: status.token } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  return { name, server: `https://${name}.example.com`, kubeconfig: path, namespaces: [...NAMESPACES] };
}

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    clusters: async (plane) => {
      for (const name of NAMESPACES) await plane.api.makeNamespace(name);
      const installed = rightsOf({
        namespace: "by-install",
        image: "holdfast:1",
        rights: { is: "namespaces", namespaces: ["installed"], kinds: [CONFIG_MAPS] },
        storage: { size: "1Gi" },
      });
      return [
        await asAccount(plane, "by-install", installed),
        await asAccount(plane, "by-hand", bound("by-hand", ["narrow", "narrow-labels"])),
        { ...(await asAccount(plane, "wide", bound("wide", "everywhere"))), namespaces: ["nowhere"] },
      ];
    },
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const place = (namespace: string, account: string, syncPolicy: Shown) =>
  stage.place({
    name: `in-${namespace}`,
    namespace,
    makeNamespace: "none",
    files: { "map.yaml": yaml(configMap(namespace, "map")) },
    spec: {
      destination: { server: `https://${account}.example.com`, namespace },
      syncPolicy: { syncOptions: ["CreateNamespace=true"], ...syncPolicy },
    },
  });

const namespaceWrites = (name: string) =>
  stage.writes("").filter((write) => write.resource === "namespaces" && write.name === name);

test.each([
  ["what install gives reads that it is there, and writes nothing of it", "installed", "by-install"],
  ["a role without Namespaces takes it to be there", "narrow", "by-hand"],
] as const)("%s, in a sync and in a self-heal", async (_, namespace, account) => {
  const app = await place(namespace, account, AUTOMATED);
  await app.untilSettled();
  const path = configMapPath(namespace, "map");
  const { data } = await stage.must("GET", path);
  await stage.must("PATCH", path, { data: { ...data, key: "by hand" } }, MERGE);
  await eventually("it is healed", async () => Bun.deepEquals((await stage.must("GET", path))["data"], data));
  const { operationState } = (await app.untilSettled())["status"];
  expect(operationState.phase).toBe("Succeeded");
  if (account === "by-install") expect(namespaceWrites(namespace)).toEqual([]);
});

test("metadata that it is to have wants the right, and the sentence says what is not permitted", async () => {
  const app = await place("narrow-labels", "by-hand", {
    managedNamespaceMetadata: { labels: { team: "shop" } },
    automated: {},
    retry: { limit: 0 },
  });
  const { status } = await app.until(hasFailed);
  expect(status.operationState.message).toContain(
    'cannot write the metadata of the namespace: namespaces "narrow-labels" is forbidden',
  );
});

test("one that is missing is said to be so, and what was not permitted too", async () => {
  const app = await place("nowhere", "wide", { automated: {}, retry: { limit: 0 } });
  const { status } = await app.until(hasFailed);
  expect(status.operationState.message).toContain('namespaces "nowhere" not found');
  const rows = status.operationState.syncResult.resources as Shown[];
  expect(rows.find(({ kind }) => kind === "Namespace")?.["message"]).toContain(
    'it may neither be read nor made, so it is taken to be there: namespaces "nowhere" is forbidden',
  );
});
