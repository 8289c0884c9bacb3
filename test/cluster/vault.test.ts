/** Placeholders of argocd-vault-plugin, filled in from HashiCorp's Vault, on the compiled binary and a real control plane. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { AUTOMATED, conditions, type Shown, type Stage, startStage } from "../lib/stage.ts";
import { startVault, type Vault } from "../lib/vault.ts";

setDefaultTimeout(120_000);

const canaries: string[] = [];
/** Something that stands nowhere else, in every form in which it could leak. */
function canary(name: string): string {
  const text = `canary-${name}-${crypto.randomUUID()}: "#'`;
  canaries.push(text.slice(0, -5), Buffer.from(text).toString("base64").slice(0, -8));
  return text;
}

let stage: Stage, vault: Vault, secretId: string;
beforeAll(async () => {
  vault = await startVault();
  const role = await vault.role('path "secret/data/team/*" { capabilities = ["read"] }');
  secretId = role.secretId;
  stage = await startStage({
    config: `secretStores: ${JSON.stringify([
      { name: "vault", address: vault.address, roleId: role.roleId, secretIdFile: "./secret-id" },
    ])}\nconfigManagementPlugins: ${JSON.stringify([
      { name: "argocd-vault-plugin", renderWith: "detected", secretStore: "vault" },
      { name: "argocd-vault-plugin-helm", renderWith: "helm", secretStore: "vault" },
    ])}\n`,
    files: { "secret-id": secretId },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await vault?.stop();
}, 60_000);

const secretOf = async (namespace: string, name: string): Promise<Record<string, string>> => {
  const { data } = (await stage.must("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`)) as Shown;
  return Object.fromEntries(
    Object.entries(data as Record<string, string>).map(([key, text]) => [
      key,
      Buffer.from(text, "base64").toString(),
    ]),
  );
};
const SECRET =
  'apiVersion: v1\nkind: Secret\nmetadata: { name: login, annotations: { avp.kubernetes.io/path: secret/data/team/app } }\nstringData: { password: <password>, port: "<path:secret/data/team/app#port>" }\n';

test("a Secret gets its values, a hard refresh brings newer ones, and what cannot be had leaves it as it is", async () => {
  const [first, second] = [canary("first"), canary("second")];
  await vault.write("secret/data/team/app", { data: { password: first, port: 9443 } });
  const app = await stage.place({
    name: "plain",
    files: { "login.yaml": SECRET },
    source: { plugin: { name: "argocd-vault-plugin" } },
    spec: { syncPolicy: AUTOMATED },
  });
  const settled = await app.untilSettled();
  expect(settled.status.sourceType).toBe("Plugin");
  expect(await secretOf("plain", "login")).toEqual({ password: first, port: "9443" });

  await vault.write("secret/data/team/app", { data: { password: second, port: 9443 } });
  await app.refresh("hard");
  await eventually(
    "the newer value is there",
    async () => (await secretOf("plain", "login"))["password"] === second,
  );
  await app.untilSettled();

  await app.commit({ "login.yaml": SECRET.replace("<password>", "<none>") });
  const missing = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(conditions(missing, "ComparisonError").join()).toContain(
    "app/login.yaml:1: Secret login: cannot fill in its placeholders: secret/data/team/app has no key none",
  );
  await app.commit({ "login.yaml": SECRET.replace("team/app", "other/app") });
  const refused = await app.until((now) => conditions(now, "ComparisonError").join().includes("403"));
  expect(conditions(refused, "ComparisonError").join()).toContain("permission denied");
  expect((await secretOf("plain", "login"))["password"]).toBe(second);
  await app.commit({ "login.yaml": SECRET });
  await app.untilSettled();
});

test("a chart with HELM_ARGS; a restart with the store down says so, changes nothing, and goes on when it is back", async () => {
  const value = canary("chart");
  await vault.write("secret/data/team/chart", { data: { token: value } });
  const app = await stage.place({
    name: "chart",
    files: {
      "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "prod.yaml": "login: { token: <path:secret/data/team/chart#token> }\n",
      "templates/s.yaml":
        "apiVersion: v1\nkind: Secret\nmetadata: { name: {{ .Release.Name }} }\ndata: { token: {{ .Values.login.token | b64enc }} }\n",
    },
    source: {
      plugin: { name: "argocd-vault-plugin-helm", env: [{ name: "HELM_ARGS", value: "-f prod.yaml" }] },
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  expect(await secretOf("chart", "chart")).toEqual({ token: value });

  const writes = stage.writes("").length;
  await stage.daemon.kill("SIGKILL");
  await vault.pause();
  await stage.daemon.restart();
  const down = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(conditions(down, "ComparisonError").join()).toContain("secret store vault: cannot");
  expect(await secretOf("chart", "chart")).toEqual({ token: value });
  await vault.resume();
  await app.untilSettled();
  expect(stage.writes("").length).toBe(writes);
});

test("no value and no login is in a file, a log, the status or a diff", async () => {
  expect(canaries.length).toBeGreaterThan(0);
  const { dir, url } = stage.daemon;
  const shown: string[] = [];
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && entry.name !== "secret-id")
      shown.push(readFileSync(join(entry.parentPath, entry.name), "latin1"));
  for (const name of ["plain", "chart"])
    for (const words of [
      ["get", name, "-o", "json"],
      ["diff", name],
      ["manifests", name],
      ["history", name],
    ]) {
      const { stdout, stderr } = await run([BINARY, "app", ...words, "--server", url], {});
      shown.push(stdout, stderr);
    }
  shown.push(await (await fetch(`${url}/metrics`)).text());
  for (const text of shown)
    for (const secret of [...canaries, secretId, vault.root]) expect(text.includes(secret)).toBe(false);
});

test("render fills them in too, and doctor looks at the store", async () => {
  const dir = join(stage.daemon.dir, "by-hand");
  const application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "hand", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: `${stage.git.url}/plain.git`, path: "app", plugin: { name: "argocd-vault-plugin" } },
      destination: { server: "https://kubernetes.default.svc", namespace: "hand" },
    },
  };
  writeFileSync(`${dir}.json`, JSON.stringify(application));
  const { code, stdout, stderr } = await run(
    [BINARY, "render", "-f", `${dir}.json`, "--config", join(stage.daemon.dir, "holdfast.yaml")],
    { env: { PATH: process.env["PATH"] ?? "" } },
  );
  expect(`${code} ${stderr}`).toStartWith("0 ");
  const password = /password: (\S+)/.exec(stdout)?.[1] ?? "";
  expect(Buffer.from(password, "base64").toString()).toStartWith("canary-second");

  const doctor = await run([BINARY, "doctor", "--config", join(stage.daemon.dir, "holdfast.yaml")], {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  expect(doctor.stdout.replace(/\s+/g, " ")).toContain(`vault answers (${vault.address}`);
});
