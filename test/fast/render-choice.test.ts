/** Which tool renders a source: a block that says nothing names none, and then the folder decides. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Source } from "../../src/core/model/application.ts";
import { endingOf } from "../lib/ending-of.ts";
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

  test.each<{ name: string; files: Record<string, string>; app?: string; names: string[] }>([
    {
      name: "for every application",
      files: { ".argocd-source.yaml": "kustomize: {nameSuffix: -all}\n" },
      names: ["pre-a-all"],
    },
    {
      name: "for this one, which counts last",
      files: {
        ".argocd-source.yaml": "kustomize: {nameSuffix: -all}\n",
        ".argocd-source-shop.yaml": "kustomize: {nameSuffix: -shop}\n",
      },
      names: ["pre-a-shop"],
    },
    {
      name: "for another one",
      files: { ".argocd-source-other.yaml": "kustomize: {nameSuffix: -x}\n" },
      names: ["pre-a-spec"],
    },
    {
      name: "that takes a field away",
      files: { ".argocd-source.yaml": "kustomize: null\n" },
      names: ["pre-a"],
    },
    {
      name: "that would lead elsewhere",
      files: { ".argocd-source.yaml": "path: plain\nrepoURL: https://elsewhere.example.com/a.git\n" },
      names: ["pre-a-spec"],
    },
  ])("overrides $name are merged over the source, and their change is a change", async ({ files, names }) => {
    const own = sourceFolder({
      "k/kustomization.yaml": "namePrefix: pre-\nresources: [a.yaml]\n",
      "k/a.yaml": configMap("a"),
    });
    const app = applicationOf({ path: "k", kustomize: { nameSuffix: "-spec" } });
    const namesNow = async () => {
      const rendered = await host.renderers.render(askFor(app, await own.tree()));
      const texts = rendered.documents
        .flatMap(({ documents }) => documents.map(({ text }) => text))
        .join("\n");
      return [...texts.matchAll(/^ {2}name: (\S+)/gm)].map(([, name]) => name as string);
    };
    expect(await namesNow()).toEqual(["pre-a-spec"]);
    own.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`k/${name}`, text])));
    expect(await namesNow()).toEqual(names);
    for (const name of Object.keys(files)) own.remove(`k/${name}`);
    expect(await namesNow()).toEqual(["pre-a-spec"]);
    own.dispose();
  });

  test.each([
    { text: "kustomize: [", says: "k/.argocd-source.yaml: cannot read: k/.argocd-source.yaml:1: " },
    { text: "- a\n", says: "k/.argocd-source.yaml: cannot read: it is no mapping" },
    { text: "kustomize: {images: web}\n", says: "kustomize.images: must be a list, not a string" },
  ])("overrides that are none are refused: $text", async ({ text, says }) => {
    const own = sourceFolder({ "k/a.yaml": configMap("a"), "k/.argocd-source.yaml": text });
    expect(
      await endingOf(host.renderers.render(askFor(applicationOf({ path: "k" }), await own.tree()))),
    ).toThrow(says);
    own.dispose();
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
    expect(await endingOf(host.renderers.render(ask))).toThrow(says);
  });
});
