/** Secrets that lie encrypted in Git, by the sops program itself, on the compiled binary and a real control plane. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlPlaneBinaries } from "../lib/control-plane.ts";
import { run } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { AUTOMATED, conditions, isQuiet, isSynced, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const testdata = join(import.meta.dir, "../../plugins/decryptors/sops/testdata");
const keyFile = readFileSync(join(testdata, "age.txt"), "utf8");
const recipient = /# public key: (\S+)/.exec(keyFile)?.[1] ?? "";
const key = /AGE-SECRET-KEY-\S+/.exec(keyFile)?.[0] ?? "";
const scratch = mkdtempSync(join(tmpdir(), "holdfast-sops-"));
const canaries: string[] = [];
/** Something that stands nowhere else, in every form in which it could leak. */
function canary(name: string): string {
  const text = `canary-${name}-${crypto.randomUUID()}`;
  canaries.push(text, Buffer.from(text).toString("base64"));
  return text;
}

async function encrypted(name: string, text: string): Promise<string> {
  const sops = join(controlPlaneBinaries(), "sops");
  if (!existsSync(sops)) throw new Error(`there is no ${sops}: run test/controlplane/build.sh`);
  const file = join(scratch, name);
  writeFileSync(file, text);
  const { code, stdout, stderr } = await run([sops, "encrypt", "--age", recipient, file], {
    env: { HOME: scratch, PATH: "" },
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const secret = (password: string): string =>
  yaml({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "login" },
    type: "Opaque",
    stringData: { password },
  });

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    config: "decryption: { ageKeys: [./age.txt] }\n",
    files: { "age.txt": keyFile },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  rmSync(scratch, { recursive: true });
}, 60_000);

const passwordOf = async (namespace: string, name = "login"): Promise<string> =>
  Buffer.from(
    (await stage.must("GET", `/api/v1/namespaces/${namespace}/secrets/${name}`)).data.password,
    "base64",
  ).toString();

test("a Secret among manifests is applied as it was, follows its edits, and stays where the file is damaged", async () => {
  const [first, second] = [canary("first"), canary("second")];
  const app = await stage.place({
    name: "plain",
    files: {
      "login.yaml": await encrypted("login.yaml", secret(first)),
      "c.yaml": yaml(configMap("plain", "c")),
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await app.untilSettled();
  expect(await passwordOf("plain")).toBe(first);

  const next = await encrypted("login.yaml", secret(second));
  await app.commit({ "login.yaml": next });
  await eventually("the new password is there", async () => (await passwordOf("plain")) === second);

  await app.commit({
    "login.yaml": next.replace(
      /(password: ENC\[AES256_GCM,data:)(.)/,
      // Another sign, whichever it was.
      (_, head: string, sign: string) => `${head}${sign === "+" ? "A" : "+"}`,
    ),
  });
  const broken = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(conditions(broken, "ComparisonError").join()).toContain(
    "app/login.yaml: cannot decrypt: the value at stringData.password does not open: it was changed, moved or cut",
  );
  expect(await passwordOf("plain")).toBe(second);
  await app.commit({ "login.yaml": next });
  await app.untilSettled();
});

test("encrypted values of a chart, and a KSOPS generator, give Secrets; a restart changes nothing", async () => {
  const [ofChart, ofKsops] = [canary("chart"), canary("ksops")];
  const chart = await stage.place({
    name: "chart",
    files: {
      "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "secrets.yaml": await encrypted("values.yaml", `login: { password: ${ofChart} }\n`),
      "templates/s.yaml":
        "apiVersion: v1\nkind: Secret\nmetadata: { name: login }\nstringData: { password: {{ .Values.login.password | quote }} }\n",
    },
    source: { helm: { valueFiles: ["secrets://secrets.yaml"] } },
    spec: { syncPolicy: AUTOMATED },
  });
  const ksops = await stage.place({
    name: "ksops",
    files: {
      "kustomization.yaml": "generators: [g.yaml]\nnameSuffix: -made\n",
      "g.yaml": "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: { name: g }\nfiles: [./login.yaml]\n",
      "login.yaml": await encrypted("login.yaml", secret(ofKsops)),
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await chart.untilSettled();
  await ksops.untilSettled();
  expect([await passwordOf("chart"), await passwordOf("ksops", "login-made")]).toEqual([ofChart, ofKsops]);

  const writes = stage.writes("").length;
  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  for (const app of [chart, ksops]) await app.until((now) => isSynced(now) && isQuiet(now));
  expect(
    stage
      .writes("")
      .slice(writes)
      .filter(({ resource }) => resource === "secrets"),
  ).toEqual([]);
});

test("neither key nor plaintext is in an answer, the log, the metrics, a file or an environment", async () => {
  const forms = [...canaries, key, key.slice(24)];
  const found = (where: string, text: string): string[] =>
    forms.filter((form) => text.includes(form)).map((form) => `${where}: ${form.slice(0, 24)}`);
  const leaks: string[] = [];
  for (const name of ["plain", "chart", "ksops"]) {
    const paths = ["", "/resource-tree", "/managed-resources", "/manifests", "/events"];
    for (const path of paths) {
      const { status, body } = await stage.daemon.api(`/api/v1/applications/${name}${path}`);
      if (path === "" && status !== 200) throw new Error(`no answer about ${name}`);
      leaks.push(...found(`${name}${path}`, JSON.stringify(body)));
    }
    for (const command of [
      ["get", name],
      ["diff", name],
      ["history", name],
      ["manifests", name],
    ]) {
      const { stdout, stderr } = await stage.daemon.cli("app", ...command);
      leaks.push(...found(command.join(" "), stdout + stderr));
    }
  }
  leaks.push(...found("metrics", String((await stage.daemon.api("/metrics")).body)));
  leaks.push(...found("log", await stage.daemon.log()));
  leaks.push(...found("environment", readFileSync(`/proc/${stage.daemon.pid}/environ`, "latin1")));
  const data = join(stage.daemon.dir, "data");
  const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.some(({ name }) => name.startsWith("holdfast.db"))).toBe(true);
  for (const { parentPath, name } of files)
    leaks.push(...found(name, readFileSync(join(parentPath, name), "latin1")));
  expect(leaks).toEqual([]);
});

test("doctor tells of keys that are missing, or open to everybody", async () => {
  const { stdout } = await stage.daemon.cli("doctor", "--config", join(stage.daemon.dir, "holdfast.yaml"));
  expect(stdout.replace(/\s+/g, " ")).toMatch(/decryption .*age\.txt \(age\) can be read by every user/);
});
