/** Who we are for a cluster: narrow permissions, tokens in files that change, plugins, wrong authorities. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ClusterOptions, connectCluster } from "../../src/cluster/cluster.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, tracked } from "../lib/manifests.ts";
import type { RawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const configMaps = { group: "", version: "v1", kind: "ConfigMap" };
const namespaces = { group: "", version: "v1", kind: "Namespace" };
let plane: ControlPlane,
  dir = "",
  token = "",
  ca = "";
const connected: Cluster[] = [];

const must: RawApi["must"] = (...asked) => plane.api.must(...asked);

beforeAll(async () => {
  plane = await startControlPlane();
  dir = mkdtempSync(join(tmpdir(), "holdfast-access-"));
  ca = readFileSync(join(plane.dir, "ca.crt"), "base64");
  for (const name of ["mine", "theirs"])
    await must("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  await must("POST", "/api/v1/namespaces/mine/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "narrow" },
  });
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/mine";
  await must("POST", `${rbac}/roles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "narrow" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }],
  });
  await must("POST", `${rbac}/rolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "narrow" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "narrow" },
    subjects: [{ kind: "ServiceAccount", name: "narrow", namespace: "mine" }],
  });
  const answer = await must("POST", "/api/v1/namespaces/mine/serviceaccounts/narrow/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  });
  token = (answer.status as { token: string }).token;
}, 120_000);
afterAll(async () => {
  for (const cluster of connected) await cluster.stop();
  await plane.stop();
  rmSync(dir, { recursive: true, force: true });
});

function kubeconfig(user: unknown, authority = ca): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [
      {
        name: "x",
        cluster: { server: `https://127.0.0.1:${plane.port}`, "certificate-authority-data": authority },
      },
    ],
    users: [{ name: "x", user }],
  });
}
async function connect(user: unknown, more: Partial<ClusterOptions> = {}, authority = ca): Promise<Cluster> {
  const cluster = await connectCluster({
    name: "x",
    server: "https://x",
    kubeconfig: { text: kubeconfig(user, authority) },
    log: recordingLog(),
    timings: { firstPauseMs: 40 },
    ...more,
  });
  connected.push(cluster);
  return cluster;
}

test("where the whole cluster is forbidden, each namespace in use is watched by itself", async () => {
  const cluster = await connect({ token });
  const object = tracked("narrow", configMap("mine", "seen"));
  await must("POST", "/api/v1/namespaces/mine/configmaps", object);
  const { failed } = await cluster.follow("app", [configMaps], ["mine"]);
  expect([...failed]).toEqual([]);
  expect(cluster.trackedBy("narrow").map(({ ref }) => ref.name)).toEqual(["seen"]);
  const later = tracked("narrow", configMap("mine", "later"));
  await must("POST", "/api/v1/namespaces/mine/configmaps", later);
  await eventually("the watch tells it", () => cluster.get(refKey(refOf(later))));
});

test("a namespace and a kind without permission say which permission is missing; the others go on", async () => {
  const cluster = await connect({ token });
  const { failed } = await cluster.follow("app", [configMaps, namespaces], ["theirs"]);
  expect([...failed.keys()].toSorted()).toEqual(["ConfigMap", "Namespace"]);
  expect(failed.get("ConfigMap")).toContain("Grant get, list and watch on configmaps");
  expect((await cluster.follow("other", [configMaps], ["mine"])).failed.size).toBe(0);
  expect(await cluster.apply(configMap("theirs", "x"), "dry-run")).toMatchObject({
    is: "refused",
    status: 403,
    reason: "Forbidden",
  });
  expect((await cluster.read(refOf(configMap("theirs", "x")), "v1")).is).toBe("forbidden");
});

test("a cluster that is confined to namespaces asks for namespaced kinds nowhere else", async () => {
  const forbidden: string[] = [];
  const cluster = await connect(
    { token },
    {
      scope: { is: "namespaces", namespaces: ["mine"], clusterResources: "included" },
      onRequest: ({ kind, code }) => {
        if (code === 403) forbidden.push(kind);
      },
    },
  );
  expect((await cluster.follow("app", [configMaps], ["mine"])).failed.size).toBe(0);
  expect((await cluster.follow("stray", [configMaps], ["mine", "theirs"])).failed.get("ConfigMap")).toContain(
    "namespace theirs is outside",
  );
  expect(forbidden.filter((kind) => kind === "/ConfigMap")).toEqual([]);
  expect(cluster.trackedBy("narrow").length).toBeGreaterThan(0);
});

test("a token file that changed is read again when the server refuses the old one", async () => {
  const file = join(dir, "token");
  writeFileSync(file, "not-a-token");
  const cluster = await connect({ tokenFile: file });
  const refused = await cluster.facts().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(refused).toBeInstanceOf(Failure);
  expect((refused as Failure).code).toBe("cluster-auth");
  expect(cluster.connection()).toMatchObject({ is: "unreachable" });
  writeFileSync(file, `${token}\n`);
  await eventually(
    "the new token is used",
    async () => (await cluster.follow("app", [configMaps], ["mine"])).failed.size === 0,
    30_000,
  );
  expect(cluster.connection().is).toBe("connected");
});

test("an exec plugin is asked for credentials, and told that nobody sits before it", async () => {
  const plugin = join(dir, "plugin.sh");
  writeFileSync(
    plugin,
    `#!/bin/sh\nprintf '%s' "$KUBERNETES_EXEC_INFO" > ${dir}/info\nprintf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$TOKEN"\n`,
  );
  chmodSync(plugin, 0o755);
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: plugin,
    args: [],
    env: [{ name: "TOKEN", value: token }],
    interactiveMode: "Never",
  };
  const cluster = await connect({ exec });
  expect((await cluster.follow("app", [configMaps], ["mine"])).failed.size).toBe(0);
  expect(JSON.parse(readFileSync(join(dir, "info"), "utf8"))).toMatchObject({
    kind: "ExecCredential",
    spec: { interactive: false },
  });
});

test("an exec plugin that hangs runs once, and the cluster is not said to be connected", async () => {
  const plugin = join(dir, "hangs.sh");
  writeFileSync(plugin, `#!/bin/sh\necho run >> ${dir}/hangs\nexec sleep 300\n`);
  chmodSync(plugin, 0o755);
  const cluster = await connect(
    { exec: { apiVersion: "client.authentication.k8s.io/v1", command: plugin } },
    { timings: { quietMs: 200, probeMs: 200, pluginMs: 2_000, firstPauseMs: 40 }, environment: process.env },
  );
  const asked = Array.from({ length: 40 }, (_, at) =>
    cluster.read(refOf(configMap("mine", `at-${at}`)), "v1"),
  );
  const why = await eventually("it is said", () => {
    const connection = cluster.connection();
    return connection.is === "unreachable" && connection.why;
  });
  expect(why).toContain("hangs.sh has not answered yet");
  expect(new Set((await Promise.all(asked)).map((answer) => answer.is))).toEqual(new Set(["unreachable"]));
  await eventually("it is told why", () =>
    JSON.stringify(cluster.connection()).includes("it did not answer within 2 s and was killed"),
  );
  expect(readFileSync(join(dir, "hangs"), "utf8").trim().split("\n").length).toBeLessThanOrEqual(3);
});

test("an exec plugin whose token the server refuses is asked for another", async () => {
  const plugin = join(dir, "renews.sh");
  writeFileSync(
    plugin,
    `#!/bin/sh\necho run >> ${dir}/renews\nn=$(wc -l < ${dir}/renews)\n[ "$n" -gt 1 ] || TOKEN=revoked\nprintf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}' "$TOKEN"\n`,
  );
  chmodSync(plugin, 0o755);
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: plugin,
    env: [{ name: "TOKEN", value: token }],
  };
  const cluster = await connect({ exec }, { environment: process.env });
  expect((await cluster.follow("app", [configMaps], ["mine"])).failed.size).toBe(0);
  expect(readFileSync(join(dir, "renews"), "utf8").trim().split("\n")).toHaveLength(2);
});

test("a guest's kubeconfig runs no program", async () => {
  const marker = join(dir, "marker");
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/touch", args: [marker] };
  const failure = await connect({ exec }, { trust: "guest" }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).message).toContain("exec");
  expect(existsSync(marker)).toBe(false);
});

test("a server that another authority signed is not spoken to", async () => {
  const other = await makeCertificates(["localhost"]);
  const cluster = await connect({ token }, {}, Buffer.from(other.ca).toString("base64"));
  const failure = await cluster.facts().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(failure).toBeInstanceOf(Failure);
  expect((failure as Failure).code).toBe("cluster-unreachable");
  expect((failure as Failure).why).toMatch(/certificate/i);
});
