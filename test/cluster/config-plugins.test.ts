/** Commands that the config declares, and Argo CD's own file, on the compiled binary and a real control plane. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { BINARY, run } from "../lib/daemon.ts";
import { AUTOMATED, conditions, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

const PLUGIN = yaml({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ConfigManagementPlugin",
  metadata: { name: "filled" },
  spec: {
    version: "v1",
    init: { command: ["sh", "-c", "cat in.txt > out.txt"] },
    generate: {
      command: ["sh"],
      args: ["-c", 'sed "s/WORD/$PARAM_WORD/; s/ENV/$ARGOCD_ENV_STAGE/" out.txt'],
    },
    discover: { find: { command: ["sh", "-c", "find . -name in.txt"] } },
  },
});
/** Helm's output as a kustomization's resource, as estates without Argo CD's own Helm have it. */
const CHARTED = "helm template $ARGOCD_APP_NAME chart --set word=$PARAM_WORD > all.yaml && kustomize build .";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({
    config: `configManagementPlugins: ${JSON.stringify([
      { file: "./plugin.yaml", tools: ["sh", "cat", "sed", "find"] },
      { name: "charted", generate: ["sh", "-c", CHARTED], tools: ["sh", "helm", "kustomize"] },
    ])}\n`,
    files: { "plugin.yaml": PLUGIN },
  });
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const dataOf = async (namespace: string, name: string): Promise<Shown> =>
  (await stage.must("GET", `/api/v1/namespaces/${namespace}/configmaps/${name}`))["data"];
const IN =
  "{ apiVersion: v1, kind: ConfigMap, metadata: { name: filled }, data: { word: WORD, stage: ENV } }\n";

test("a declared command of helm and kustomize follows Git, parameters, and says what it is", async () => {
  const app = await stage.place({
    name: "charted",
    files: {
      "kustomization.yaml": "resources: [all.yaml]\nnameSuffix: -built\n",
      "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
      "chart/templates/c.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }} }\ndata: { word: {{ .Values.word }} }\n",
    },
    source: { plugin: { name: "charted", parameters: [{ name: "word", string: "first" }] } },
    spec: { syncPolicy: AUTOMATED },
  });
  const settled = await app.untilSettled();
  expect(settled.status.sourceType).toBe("Plugin");
  expect(await dataOf("charted", "charted-built")).toEqual({ word: "first" });

  await app.edit(({ spec }) => {
    if (spec.source !== undefined)
      spec.source.plugin = { name: "charted", parameters: [{ name: "word", string: "second" }] };
  });
  await app.until(
    (now) => now.status?.sync?.comparedTo?.source?.plugin?.parameters?.[0]?.string === "second",
  );
  await app.untilSettled();
  expect(await dataOf("charted", "charted-built")).toEqual({ word: "second" });

  const shown = await run([BINARY, "app", "get", "charted", "--server", stage.daemon.url], {});
  expect(shown.stdout).toContain("· plugin charted");

  await app.commit({ "chart/templates/c.yaml": "{{ fail `no such word` }}\n" });
  const broken = await app.until((now) => conditions(now, "ComparisonError").length > 0);
  expect(conditions(broken, "ComparisonError").join()).toMatch(
    /app: cannot render: generate of charted says: .*no such word/,
  );
  expect(await dataOf("charted", "charted-built")).toEqual({ word: "second" });
});

test("Argo CD's file serves a source by its name with the version, and one without a name by what it discovers", async () => {
  const named = await stage.place({
    name: "named",
    files: { "in.txt": IN },
    source: {
      plugin: {
        name: "filled-v1",
        env: [{ name: "STAGE", value: "$ARGOCD_APP_NAMESPACE" }],
        parameters: [{ name: "word", string: "hello" }],
      },
    },
    spec: { syncPolicy: AUTOMATED },
  });
  await named.untilSettled();
  expect(await dataOf("named", "filled")).toEqual({ word: "hello", stage: "named" });

  const found = await stage.place({
    name: "found",
    files: { "in.txt": IN.replace("WORD", '"found"').replace("ENV", '""') },
    spec: { syncPolicy: AUTOMATED },
  });
  const settled = await found.untilSettled();
  expect(settled.status.sourceType).toBe("Plugin");
  expect(await dataOf("found", "filled")).toEqual({ word: "found", stage: "" });
});

test("doctor names the plugins and their tools", async () => {
  const { stdout } = await run([BINARY, "doctor", "--config", join(stage.daemon.dir, "holdfast.yaml")], {
    env: { PATH: process.env["PATH"] ?? "" },
  });
  const text = stdout.replace(/\s+/g, " ");
  expect(text).toContain("filled-v1, charted");
  expect(text).toMatch(/sed [0-9a-f]{12} \(\S*\/sed\)/);
});
