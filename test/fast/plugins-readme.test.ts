/** plugins/README.md is run, not believed: its snippets are written to a folder, loaded and rendered. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { builtInRenderers } from "../../plugins/index.ts";
import type { Application } from "../../src/core/model/application.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { loadPlugins } from "../../src/plugin/load.ts";
import { renderOffline } from "../../src/render/offline.ts";
import { rendererConformance } from "../conformance/renderer.ts";
import { CLUSTER, npmToolSets, renderHost } from "../lib/render-host.ts";

const text = await Bun.file(join(import.meta.dir, "../../plugins/README.md")).text();
const snippets = [...text.matchAll(/^```(\w+) (\S+)\n([\s\S]*?)^```$/gm)].map(([, , file = "", content = ""]) => ({ file, content }));
const folder = mkdtempSync(join(tmpdir(), "plugins-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));
for (const { file, content } of snippets) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), content);
}
const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
const { renderers, problems } = await loadPlugins({ builtIns: builtInRenderers, version: "test", places: [join(folder, "plugins")] });
const own = renderers.find(({ renderer }) => renderer.name === "dotenv");
if (own === undefined) throw new Error(`the README's renderer is not loaded: ${JSON.stringify(problems)}`);

describe("the renderer of plugins/README.md", () => {
  test("is loaded beside the built-in ones", () => {
    expect(renderers.map(({ renderer }) => renderer.name)).toEqual(["helm", "kustomize", "raw", "dotenv"]);
  });

  test.each(["by its name", "because it detects the folder"])("renders what the README says, chosen %s", async (how) => {
    const app = parseYaml(await Bun.file(join(folder, "case/app.yaml")).bytes()).documents[0]?.value as Application;
    if (how !== "by its name") delete app.spec.source?.plugin;
    const host = await renderHost(tools, { renderers });
    const { documents, sourceTypes } = await renderOffline(host.renderers, app, { folder: join(folder, "case/source") }, CLUSTER);
    host.remove();
    expect(sourceTypes).toEqual(["Plugin"]);
    expect(documents[0]?.documents.map((document) => document.text)).toEqual([(await Bun.file(join(folder, "expected")).text()).trim()]);
  });
});

rendererConformance(own, { caseFolder: join(folder, "case"), tools });
