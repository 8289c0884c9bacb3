/** Which tool renders a source: a block that says nothing names none, and then the folder decides. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Source } from "../../src/core/model/application.ts";
import { applicationOf, askFor, npmToolSets, renderHost } from "../lib/render-host.ts";
import { configMap, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
const host = await renderHost(tools!);
const repository = sourceFolder({
  "plain/a.yaml": configMap("a"),
  "plain/below/b.yaml": configMap("b"),
  "plain/notes.txt": configMap("c"),
  "kustomization/kustomization.yaml": "namePrefix: pre-\nresources: [a.yaml]\n",
  "kustomization/a.yaml": configMap("a"),
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/templates/a.yaml": configMap("{{ .Release.Name }}"),
});
afterAll(() => {
  host.remove();
  repository.dispose();
});

describe("a block", () => {
  test.each<{ path: string; blocks: Partial<Source>; sourceType: string; names: string[] }>([
    ...[
      {},
      { directory: {} },
      { directory: { recurse: false } },
      { directory: { jsonnet: { extVars: [] } } },
      { kustomize: {} },
      { helm: {} },
      { helm: { valueFiles: [], parameters: [] } },
      { plugin: {} },
      { helm: {}, kustomize: { images: [] }, directory: { recurse: false } },
    ].flatMap((blocks) => [
      { path: "kustomization", blocks, sourceType: "Kustomize", names: ["pre-a"] },
      { path: "plain", blocks, sourceType: "Directory", names: ["a"] },
      { path: "chart", blocks, sourceType: "Helm", names: ["shop"] },
    ]),
    { path: "plain", blocks: { directory: { recurse: true } }, sourceType: "Directory", names: ["a", "b"] },
    {
      path: "plain",
      blocks: { directory: { disableExtensionFilter: true, include: "*.txt" } },
      sourceType: "Directory",
      names: ["c"],
    },
    {
      path: "kustomization",
      blocks: { directory: { recurse: true, exclude: "kustomization.yaml" } },
      sourceType: "Directory",
      names: ["a"],
    },
    {
      path: "kustomization",
      blocks: { directory: { exclude: "x" } },
      sourceType: "Kustomize",
      names: ["pre-a"],
    },
    {
      path: "kustomization",
      blocks: { kustomize: { nameSuffix: "-suf" }, helm: {} },
      sourceType: "Kustomize",
      names: ["pre-a-suf"],
    },
  ])("$blocks on a $path folder: $sourceType", async ({ path, blocks, sourceType, names }) => {
    const rendered = await host.renderers.render(
      askFor(applicationOf({ path, ...blocks }), await repository.tree()),
    );
    expect(rendered.sourceTypes).toEqual([sourceType]);
    const texts = rendered.documents.flatMap(({ documents }) => documents.map(({ text }) => text)).join("\n");
    expect([...texts.matchAll(/^ {2}name: (\S+)/gm)].map(([, name]) => name)).toEqual(names);
  });

  test.each<{ blocks: Partial<Source>; says: string }>([
    {
      blocks: { helm: { releaseName: "a" }, kustomize: { namePrefix: "a" } },
      says: "the source asks for two renderers",
    },
    { blocks: { kustomize: { namePrefix: "a" } }, says: "the folder is no kustomization" },
    { blocks: { plugin: { name: "own" } }, says: "the plugin own, which is not loaded" },
  ])("$blocks is meant, and refused on a plain folder", async ({ blocks, says }) => {
    const ask = askFor(applicationOf({ path: "plain", ...blocks }), await repository.tree());
    await expect(host.renderers.render(ask)).rejects.toThrow(says);
  });
});
