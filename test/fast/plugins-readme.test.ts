/** plugins/README.md is run, not believed: its snippets are written to a folder, loaded and rendered. */

import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { builtInRenderers } from "../../plugins/index.ts";
import type { Application } from "../../src/core/model/application.ts";
import { defined } from "../../src/lib/defined.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { renderOffline } from "../../src/render/offline.ts";
import { health, readObjects } from "../../src/verbs/health.ts";
import type { Surroundings } from "../../src/verbs/surroundings.ts";
import { healthCheckConformance } from "../conformance/health-check.ts";
import { notifierConformance } from "../conformance/notifier.ts";
import { rendererConformance } from "../conformance/renderer.ts";
import { CLUSTER, npmToolSets, renderHost } from "../lib/render-host.ts";

const text = await Bun.file(join(import.meta.dir, "../../plugins/README.md")).text();
const snippets = [...text.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, , file = "", content = ""]) => ({ file, content }),
);
const folder = mkdtempSync(join(tmpdir(), "plugins-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const { file, content } of snippets) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}
const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const { renderers, healthChecks, notifiers, problems } = await loadPlugins({
  builtIns: builtInRenderers,
  version: "test",
  places: [join(folder, "plugins")],
});
const own = renderers.find(({ renderer }) => renderer.name === "dotenv");
if (own === undefined) throw new Error(`the README's renderer is not loaded: ${JSON.stringify(problems)}`);

describe("the renderer of plugins/README.md", () => {
  test("is loaded beside the built-in ones", () => {
    expect(renderers.map(({ renderer }) => renderer.name)).toEqual(["helm", "kustomize", "raw", "dotenv"]);
  });

  test.each(["by its name", "because it detects the folder"])(
    "renders what the README says, chosen %s",
    async (how) => {
      const app = parseYaml(await Bun.file(join(folder, "case/app.yaml")).bytes()).documents[0]
        ?.value as Application;
      if (how !== "by its name") delete app.spec.source?.plugin;
      const host = await renderHost(tools, { renderers });
      const { documents, sourceTypes } = await renderOffline(
        host.renderers,
        app,
        { folder: join(folder, "case/source") },
        CLUSTER,
      );
      host.remove();
      expect(sourceTypes).toEqual(["Plugin"]);
      expect(documents[0]?.documents.map((document) => document.text)).toEqual([
        (await Bun.file(join(folder, "expected")).text()).trim(),
      ]);
    },
  );
});

describe("the health checks of plugins/README.md", () => {
  const around: Surroundings = {
    env: {},
    cwd: folder,
    embedded: {},
    packageRoot: undefined,
    build: { version: "test", commit: "", buildDate: "" },
    self: { env: {}, execPath: process.execPath, argv: ["bun", "src/main.ts"], execArgv: [] },
    stderr: () => undefined,
  };
  const batteries = [{ chargePercent: 7 }, { chargePercent: 80 }, undefined].map((status) => ({
    apiVersion: "power.example.org/v1",
    kind: "Battery",
    metadata: { name: "cellar" },
    ...defined({ status }),
  }));

  test.each([
    { way: "TypeScript", config: "config/battery-plugin.yaml", rule: "plugin battery" },
    { way: "CEL", config: "config/checks.yaml", rule: "cel power.example.org/Battery" },
    { way: "Lua", config: "config/lua.yaml", rule: "lua power.example.org/Battery" },
  ])("say the same in $way", async ({ config, rule }) => {
    await Bun.write(join(folder, "config/battery-plugin.yaml"), "plugins: [../plugins]\n");
    const said = await health(
      around,
      batteries.map((object) => JSON.stringify(object)).join("\n---\n"),
      "batteries",
      { config },
    );
    expect(said.map((judged) => [judged.rule, judged.status])).toEqual([
      [rule, "Degraded"],
      [rule, "Healthy"],
      [rule, "Progressing"],
    ]);
    expect(said[0]?.message).toBe("7 % left");
  });
});

const battery = healthChecks.find(({ name }) => name === "battery");
if (battery === undefined) throw new Error("the README's health check is not loaded");
const [cellar] = readObjects(await Bun.file(join(folder, "battery.yaml")).text(), "battery.yaml");
if (cellar === undefined) throw new Error("the README has no battery");
healthCheckConformance(battery, cellar);

rendererConformance(own, { caseFolder: join(folder, "case"), tools });

const [phone, ...others] = notifiers;
if (phone?.name !== "ntfy" || others.length > 0)
  throw new Error(`the README's notifier is not loaded: ${JSON.stringify(problems)}`);
notifierConformance(phone, { settings: { url: "https://ntfy.example.com/canary" }, recipient: "deploys" });
