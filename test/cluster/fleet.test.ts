/** Four clusters that are added by the command line: deployed to, killed, renewed, confined and let go of. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { type Daemon, type Ran, settled, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, deployment } from "../lib/manifests.ts";

setDefaultTimeout(120_000);

const NAMES = ["dev", "staging", "prod", "dr"] as const;
type Name = (typeof NAMES)[number];
const SYSTEM = "/api/v1/namespaces/kube-system";
const RBAC = "/apis/rbac.authorization.k8s.io/v1";

const planes = {} as Record<Name, ControlPlane>;
let git: GitServer, daemon: Daemon, repoURL: string;

const serverOf = (name: Name): string => `https://127.0.0.1:${planes[name].port}`;
const add = (name: Name, ...flags: string[]): Promise<Ran> =>
  daemon.cli("cluster", "add", "local", "--kubeconfig", planes[name].kubeconfig, "--name", name, ...flags);
/** In whichever namespace the application names. */
const placeless = ({ metadata: { namespace: _, ...metadata }, ...object }: KubeObject): string =>
  JSON.stringify({ ...object, metadata });
const files = (value: string): Record<string, string> => ({
  "app/map.yaml": placeless(configMap("", "map", { value })),
  "app/web.yaml": placeless(deployment({ namespace: "", name: "web" })),
});
function place(name: string, destination: Record<string, string>): void {
  writeFileSync(
    join(daemon.dir, "apps", `${name}.json`),
    JSON.stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd" },
      spec: {
        project: "default",
        source: { repoURL, path: "app", targetRevision: "main" },
        destination,
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          syncOptions: ["CreateNamespace=true"],
        },
      },
    }),
  );
}
const valueIn = async (name: Name, namespace: string): Promise<string | undefined> =>
  (await planes[name].api.find(`/api/v1/namespaces/${namespace}/configmaps/map`))?.data?.value;
const shown = async (name: string): Promise<any> => (await daemon.api<any>(`/api/v1/clusters/${name}`)).body;
const clusterFiles = (): string[] =>
  readdirSync(join(daemon.dir, "data", "clusters")).map((file) => join(daemon.dir, "data", "clusters", file));
const tokenOf = (name: Name): string => {
  const secrets = clusterFiles().map((file) => JSON.parse(readFileSync(file, "utf8")));
  const text = (base64: string): string => Buffer.from(base64, "base64").toString();
  const secret = secrets.find(({ data }) => text(data.name) === name);
  return JSON.parse(text(secret.data.config)).bearerToken;
};
/** @returns the status */
const askAs = async (name: Name, token: string, path = "/api/v1/namespaces"): Promise<number> =>
  (
    await fetch(`${serverOf(name)}${path}`, {
      headers: { authorization: `Bearer ${token}` },
      tls: { ca: readFileSync(join(planes[name].dir, "ca.crt"), "utf8") },
    })
  ).status;

beforeAll(async () => {
  for (const name of NAMES) planes[name] = await startControlPlane();
  git = await startGitServer();
  repoURL = await git.createRepo("fleet", files("first"));
  daemon = await startDaemon(
    `poll: 1h\npollSpread: 0s\napplications: [./apps]\nretry: { first: 200ms, most: 2s }\n`,
    { "apps/README": "" },
  );
}, 180_000);
afterAll(async () => {
  await daemon?.stop();
  await git?.close();
  for (const plane of Object.values(planes)) await plane.stop();
}, 120_000);

describe("cluster add", () => {
  test("says what it would make, and makes nothing where nobody can answer", async () => {
    const { code, stderr } = await add("dev");
    expect(code).toBe(2);
    for (const made of [
      "ServiceAccount kube-system/holdfast-manager",
      "ClusterRole holdfast-manager-role",
      "ClusterRoleBinding holdfast-manager-role-binding",
      "Secret kube-system/holdfast-manager-long-lived-token",
      "read and write everything there",
      "Say --yes",
    ])
      expect(stderr).toContain(made);
    expect(await planes.dev.api.find(`${SYSTEM}/serviceaccounts/holdfast-manager`)).toBeUndefined();
    expect((await daemon.api<any>("/api/v1/clusters")).body.items).toEqual([]);
  });

  test("adds all four, each proved by a request, and shows no token", async () => {
    const said: string[] = [];
    for (const name of NAMES) {
      const { code, stdout, stderr } = await add(name, "--label", `env=${name}`, "-y");
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining("ServiceAccount kube-system/holdfast-manager"),
      ]);
      expect(stdout).toMatch(
        new RegExp(`Cluster ${name} \\(${serverOf(name)}\\) is added, and answers the daemon \\(v1\\.`),
      );
      said.push(stdout, stderr);
    }
    const list = await daemon.cli("cluster", "list", "-o", "wide");
    for (const name of NAMES)
      expect(list.stdout).toMatch(new RegExp(`^ *${name} .*Successful.*env=${name}`, "m"));
    expect((await daemon.cli("cluster", "list", "-o", "server")).stdout.split("\n")).toContain(
      serverOf("dr"),
    );
    const one = await daemon.cli("cluster", "get", serverOf("prod"), "-o", "json");
    expect(JSON.parse(one.stdout)).toMatchObject({ name: "prod", labels: { env: "prod" } });
    for (const file of clusterFiles()) expect(statSync(file).mode & 0o777).toBe(0o600);
    const all = [
      ...said,
      list.stdout,
      one.stdout,
      await daemon.log(),
      (await daemon.cli("audit", "-o", "json")).stdout,
    ];
    for (const name of NAMES) expect(all.join("\n")).not.toContain(tokenOf(name).slice(0, 60));
  });

  test("of one that is there already is a conflict, before anything is made", async () => {
    const { code, stderr } = await add("dev", "-y", "--system-namespace", "default");
    expect([code, stderr]).toEqual([7, expect.stringContaining("There is a cluster dev")]);
    expect(
      await planes.dev.api.find("/api/v1/namespaces/default/serviceaccounts/holdfast-manager"),
    ).toBeUndefined();
    expect((await add("dev", "-y", "--upsert", "--label", "env=dev")).code).toBe(0);
  });

  test("of a context that is not there says so", async () => {
    const { code, stderr } = await daemon.cli(
      "cluster",
      "add",
      "nowhere",
      "--kubeconfig",
      planes.dev.kubeconfig,
      "-y",
    );
    expect([code, stderr]).toEqual([2, expect.stringContaining('it has no context "nowhere"')]);
  });
});

test("applications reach all four by name and by server", async () => {
  for (const name of NAMES) {
    place(`${name}-by-name`, { name, namespace: "by-name" });
    place(`${name}-by-server`, { server: serverOf(name), namespace: "by-server" });
  }
  for (const name of NAMES)
    for (const way of ["by-name", "by-server"]) await daemon.until(`${name}-${way}`, settled, 60_000);
  for (const name of NAMES)
    expect([await valueIn(name, "by-name"), await valueIn(name, "by-server")]).toEqual(["first", "first"]);
  expect((await shown("prod")).info).toMatchObject({
    applicationsCount: 2,
    cacheInfo: { resourcesCount: expect.any(Number) },
  });
});

test("one that is killed costs its own applications alone, says why, and is delivered to when it is back", async () => {
  const pidFile = join(planes.prod.dir, "apiserver.pid");
  const pid = Number(readFileSync(pidFile, "utf8"));
  const argv = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  process.kill(pid, "SIGKILL");
  await git.commit("fleet", files("second"), "second");
  for (const name of NAMES) await daemon.api(`/api/v1/applications/${name}-by-name?refresh=normal`);
  for (const name of ["dev", "staging", "dr"] as const)
    await eventually(
      `${name} has the commit`,
      async () => (await valueIn(name, "by-name")) === "second",
      60_000,
    );
  await eventually(
    "prod is said to be away",
    async () => (await shown("prod")).connectionState.status === "Failed",
  );
  const { connectionState } = await shown("prod");
  expect(connectionState.message).toMatch(/refused|connect/i);
  expect(connectionState.attemptedAt).toMatch(/^20/);
  for (const name of ["dev", "staging", "dr"])
    expect((await shown(name)).connectionState.status).toBe("Successful");
  expect((await daemon.app("prod-by-name")).status.sync.status).toBe("Unknown");
  const again = Bun.spawn(argv, {
    cwd: planes.prod.dir,
    stdout: "ignore",
    stderr: "ignore",
    stdin: "ignore",
  });
  again.unref();
  writeFileSync(pidFile, String(again.pid));
  await eventually(
    "prod has it too",
    async () => (await valueIn("prod", "by-name").catch(() => "")) === "second",
    90_000,
  );
  expect((await shown("prod")).connectionState.status).toBe("Successful");
});

test("rotate-auth: a new token delivers, the old one is refused, and nothing is listed anew", async () => {
  const before = tokenOf("staging");
  const secrets = async (): Promise<string[]> =>
    ((await planes.staging.api.must("GET", `${SYSTEM}/secrets`)).items as any[])
      .filter(({ type }) => type === "kubernetes.io/service-account-token")
      .map(({ metadata }) => metadata.name);
  expect(await secrets()).toEqual(["holdfast-manager-long-lived-token"]);
  const lists = async (): Promise<number> => {
    const { body } = await daemon.api<string>("/metrics");
    const lines = body.split("\n").filter((each) => each.startsWith("holdfast_api_requests_total{"));
    const line = lines.find((each) => each.includes('cluster="staging",verb="list"'));
    if (line === undefined) throw new Error(`no metric of lists: ${lines.join("\n")}`);
    return Number(line.split(" ").at(-1));
  };
  const listed = await lists();
  const { code, stdout } = await daemon.cli("cluster", "rotate-auth", "staging");
  expect([code, stdout]).toEqual([0, expect.stringContaining("has a new token")]);
  const after = tokenOf("staging");
  expect(after).not.toBe(before);
  expect(await secrets()).toEqual([expect.stringMatching(/^holdfast-manager-[0-9a-f]{8}$/)]);
  expect(await askAs("staging", after)).toBe(200);
  // The API server believes what it looked up for ten seconds.
  await eventually("the old one is refused", async () => (await askAs("staging", before)) === 401, 30_000);
  await git.commit("fleet", files("third"), "third");
  await daemon.api("/api/v1/applications/staging-by-name?refresh=normal");
  await eventually("it is delivered", async () => (await valueIn("staging", "by-name")) === "third", 60_000);
  expect((await shown("staging")).connectionState.status).toBe("Successful");
  expect(await lists()).toBe(listed);
  // Once more, from a token that a rotation made.
  expect((await daemon.cli("cluster", "rotate-auth", serverOf("staging"))).code).toBe(0);
  expect(await askAs("staging", tokenOf("staging"))).toBe(200);
  expect(await secrets()).toHaveLength(1);
});

test("a daemon that starts again has them all", async () => {
  await daemon.restart();
  for (const name of NAMES)
    await eventually(
      `${name} is connected`,
      async () => (await shown(name)).connectionState?.status === "Successful",
    );
  await daemon.until("dr-by-name", settled, 60_000);
});

test("cluster rm leaves every object where it is, takes the account away, and says who pointed there", async () => {
  const uidOf = async (): Promise<string> =>
    await planes.dr.kubectl(
      "-n",
      "by-name",
      "get",
      "configmap/map",
      "deployment/web",
      "-o",
      "jsonpath={.items[*].metadata.uid}",
    );
  const before = await uidOf();
  const refused = await daemon.cli("cluster", "rm", "dr");
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("dr-by-name")]);
  const { code, stdout, stderr } = await daemon.cli(
    ...["cluster", "rm", "dr", "--kubeconfig", planes.dr.kubeconfig, "--context", "local", "-y"],
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining("Cluster dr")]);
  expect(stderr).toContain(
    "2 applications of dr will be Unknown, and keep their objects: argocd/dr-by-name, argocd/dr-by-server",
  );
  expect(stderr).toContain("ServiceAccount kube-system/holdfast-manager");
  await daemon.until("dr-by-name", (app) =>
    JSON.stringify(app.status?.conditions ?? "").includes("there are no clusters with the name dr"),
  );
  expect(await uidOf()).toBe(before);
  for (const path of [
    `${SYSTEM}/serviceaccounts/holdfast-manager`,
    `${RBAC}/clusterroles/holdfast-manager-role`,
    `${RBAC}/clusterrolebindings/holdfast-manager-role-binding`,
    `${SYSTEM}/secrets/holdfast-manager-long-lived-token`,
  ])
    expect([path, await planes.dr.api.find(path)]).toEqual([path, undefined]);
  expect(clusterFiles()).toHaveLength(3);
});

test("one that is confined to a namespace is written to there, and nowhere else", async () => {
  await planes.dr.api.makeNamespace("mine");
  const { code, stdout, stderr } = await add("dr", "-y", "--namespace", "mine");
  expect([code, stderr]).toEqual([0, expect.stringContaining("Role mine/holdfast-manager-role")]);
  expect(stderr).not.toContain("ClusterRole");
  expect(stdout).toContain("answers the daemon");
  expect(await askAs("dr", tokenOf("dr"), "/api/v1/namespaces/by-name/configmaps")).toBe(403);
  place("dr-mine", { name: "dr", namespace: "mine" });
  await daemon.until("dr-mine", settled, 60_000);
  await daemon.until("dr-by-name", (app) =>
    JSON.stringify(app.status?.conditions ?? "").includes(
      "outside of the namespaces that this cluster is confined to (mine)",
    ),
  );
});
