/** config/holdfast.service as systemd runs it, on a real API server: git, Helm and Kustomize work within its walls. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { type Systemd, startSystemd } from "../lib/systemd.ts";

setDefaultTimeout(180_000);

const root = join(import.meta.dir, "../..");
const full = join(root, "dist/holdfast-full");
const token = "0123456789abcdef0123456789abcdef";
const CREDENTIAL = "/run/credentials/holdfast.service/kubeconfig";
const folders = ["plain", "chart", "kustomized"] as const;
let plane: ControlPlane, git: GitServer, systemd: Systemd;
let port = 0;
/** With a comment in it, a change that changes nothing. */
const config = (): string => `data: "\${STATE_DIRECTORY}"
server: { listen: "127.0.0.1:${port}", token: "\${HOLDFAST_TOKEN}" }
clusters: [{ name: c, server: "https://kubernetes.default.svc", kubeconfig: "\${CREDENTIALS_DIRECTORY}/kubeconfig" }]
applications: [/etc/holdfast/apps]
`;

/** Of which the line is taken in that a kubeconfig needs. */
const unit = readFileSync(join(root, "config/holdfast.service"), "utf8");

beforeAll(async () => {
  if (!existsSync(full)) throw new Error("there is no dist/holdfast-full: run npm run build:full");
  [plane, git] = await Promise.all([startControlPlane(), startGitServer()]);
  port = await freePort();
  const repository = await git.createRepo("shop", {
    "plain/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: plain }\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "chart/templates/web.yaml":
      "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: of-{{ .Release.Name }} }\n",
    "kustomized/kustomization.yaml": "resources: [map.yaml]\nnamePrefix: in-\n",
    "kustomized/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: overlay }\n",
  });
  const app = (path: string): string =>
    JSON.stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name: path },
      spec: {
        project: "default",
        source: { repoURL: repository, path, targetRevision: "main" },
        destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
        syncPolicy: { automated: {}, syncOptions: ["CreateNamespace=true"] },
      },
    });
  systemd = await startSystemd({
    program: full,
    files: {
      "/etc/systemd/system/holdfast.service": unit.replace("#LoadCredential=", "LoadCredential="),
      // What a server has and this one lacks: a boot and a journal.
      "/etc/systemd/system/holdfast.service.d/here.conf": `[Unit]
DefaultDependencies=no
[Service]
StandardOutput=append:/var/log/holdfast
StandardError=inherit
`,
      "/etc/holdfast/kubeconfig": readFileSync(plane.kubeconfig, "utf8"),
      "/etc/holdfast/holdfast.yaml": config(),
      "/etc/holdfast/environment": `HOLDFAST_TOKEN=${token}\n`,
      ...Object.fromEntries(folders.map((path) => [`/etc/holdfast/apps/${path}.yaml`, app(path)])),
    },
  });
});
afterAll(async () => {
  await systemd?.stop();
  await git?.close();
  await plane?.stop();
});

const log = async (): Promise<string> => (await systemd.inside("/bin/cat", "/var/log/holdfast")).stdout;
const property = async (name: string): Promise<string> =>
  (await systemd.systemctl("show", "holdfast", "--property", name, "--value")).stdout.trim();
async function untilReady(): Promise<void> {
  let said = "";
  await eventually(
    () => `it is ready: ${said}`,
    async () => {
      said = await log().catch(String);
      return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
    },
    60_000,
  );
}
async function maps(): Promise<string> {
  return plane.kubectl("-n", "shop", "get", "configmaps", "-o", "name");
}

test("it starts as a user that is nobody, without privileges and with its calls filtered", async () => {
  // Nobody but root may read it there, and the service has a copy of its own.
  await systemd.inside("/bin/chmod", "600", "/etc/holdfast/kubeconfig");
  const started = await systemd.systemctl("start", "holdfast");
  expect({ ...started, log: started.code === 0 ? "" : await log() }).toMatchObject({ code: 0, log: "" });
  await untilReady();
  const pid = await property("MainPID");
  const { stdout } = await systemd.inside("/bin/cat", `/proc/${pid}/status`);
  const [, uid = "0"] = /^Uid:\s+(\d+)/m.exec(stdout) ?? [];
  // The range of DynamicUser=.
  expect(Number(uid)).toBeGreaterThanOrEqual(61184);
  for (const line of [/^CapEff:\s+0+$/m, /^CapBnd:\s+0+$/m, /^NoNewPrivs:\s+1$/m, /^Seccomp:\s+2$/m])
    expect(stdout).toMatch(line);
  const { stdout: credential } = await systemd.inside("/usr/bin/stat", "-c", "%a %u", CREDENTIAL);
  expect(credential.trim()).toBe(`400 ${uid}`);
});

test("git, Helm and Kustomize run within its walls, and the tools in walls of their own", async () => {
  await eventually(
    () => "all three are there",
    async () => {
      const there = await maps();
      return ["plain", "of-chart", "in-overlay"].every((name) => there.includes(`configmap/${name}\n`));
    },
    90_000,
  );
  expect(await log()).toContain('"message":"tools are shut in","sandbox":"landlock"');
});

test("a reload takes up what was changed, and a restart finds its store", async () => {
  await systemd.write("/etc/holdfast/holdfast.yaml", `${config()}metrics: { token: ${"m".repeat(32)} }\n`);
  const reloaded = await systemd.systemctl("reload", "holdfast");
  expect(reloaded).toMatchObject({ code: 0 });
  const ofMetrics = { headers: { authorization: `Bearer ${"m".repeat(32)}` } };
  await eventually(
    "the new token opens the metrics",
    async () => (await fetch(`http://127.0.0.1:${port}/metrics`, ofMetrics)).ok,
  );
  const history = async (): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/applications/chart`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await answer.json()) as { status: Record<string, unknown> }).status["history"];
  };
  const before = await history();
  expect(before).toHaveLength(1);
  expect(await systemd.systemctl("restart", "holdfast")).toMatchObject({ code: 0 });
  await untilReady();
  await eventually("the history is as it was", async () => Bun.deepEquals(await history(), before));
  expect((await systemd.inside("/bin/ls", "/var/lib/private/holdfast")).stdout).toContain("holdfast.db");
});

test("killed it is started again; a config with problems is not tried again", async () => {
  const pid = await property("MainPID");
  await systemd.systemctl("kill", "--kill-whom=main", "--signal=KILL", "holdfast");
  await eventually("another one runs", async () => !["0", pid].includes(await property("MainPID")));
  await untilReady();
  await systemd.write("/etc/holdfast/holdfast.yaml", `${config()}clutsers: []\n`);
  await systemd.systemctl("restart", "holdfast");
  await eventually("it has failed", async () => (await property("ActiveState")) === "failed");
  // Counted from the last start by hand on.
  expect([await property("ExecMainStatus"), await property("NRestarts")]).toEqual(["2", "0"]);
});
