/**
 * What every renderer promises, built in or an operator's. A case is a folder with `app.yaml` (an Application whose
 * source the renderer claims) and `source/` (its repository).
 *
 * Run it on your own: HOLDFAST_RENDERER=plugins/mine.ts HOLDFAST_RENDERER_CASE=my-case bun test test/fast/renderer-conformance.test.ts
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Application, Source } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { RenderAsk, Rendered } from "../../src/core/ports/renderers.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import type { RenderInputs, RenderRequest } from "../../src/plugin/contract.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import { endingOf } from "../lib/ending-of.ts";
import { askFor, builtIns, CLUSTER, type RenderHost, renderHost, type ToolSet } from "../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

export function rendererConformance(
  loaded: LoadedRenderer,
  { caseFolder, tools }: { caseFolder: string; tools: ToolSet },
): void {
  const { renderer } = loaded;

  describe(`the renderer ${renderer.name}`, () => {
    let host: RenderHost, repository: SourceFolder, app: Application, source: Source;

    beforeEach(async () => {
      app = parseYaml(await Bun.file(join(caseFolder, "app.yaml")).bytes()).documents[0]
        ?.value as Application;
      if (app.spec.source === undefined) throw new Error("the case's application needs one spec.source");
      source = app.spec.source;
      repository = sourceFolder();
      cpSync(join(caseFolder, "source"), repository.path, { recursive: true });
      const others = builtIns.filter((other) => other.renderer.name !== renderer.name);
      host = await renderHost(tools, { renderers: [...others, loaded] });
    });
    afterEach(() => {
      host.remove();
      repository.dispose();
    });

    const render = async (changes: Partial<RenderAsk> = {}): Promise<Rendered> =>
      host.renderers.render(askFor(app, await repository.tree(), changes));
    const requestOf = (tree: SourceTree): RenderRequest => ({
      source,
      path: (source.path ?? "").replace(/^\.\/?|\/$/g, ""),
      tree,
      refs: new Map(),
      app: { name: app.metadata.name, namespace: app.metadata.namespace, project: app.spec.project },
      namespace: app.spec.destination.namespace ?? "",
      cluster: CLUSTER,
      env: {},
      pluginEnv: {},
    });
    const inputsOf = async (tree: SourceTree): Promise<RenderInputs> =>
      renderer.inputs(requestOf(tree), {
        tool: async (name) => `${name} 1.0.0`,
        outside: async (path) => path,
        wordsIn: async () => [],
        remember: (_, find) => find(),
        fetchChart: ({ name }) => Promise.reject(new Error(`${name} is not fetched here`)),
        fetchTree: ({ repoURL }) => Promise.reject(new Error(`${repoURL} is not fetched here`)),
        fetchFile: (url) => Promise.reject(new Error(`${url} is not fetched here`)),
      });

    test("claims the case's source, the same each time it is asked", async () => {
      const tree = await repository.tree();
      const claim = await renderer.claims(requestOf(tree));
      expect(await renderer.claims(requestOf(tree))).toBe(claim);
      expect((await render()).sourceTypes).toEqual([renderer.sourceType]);
    });

    test("names its inputs, the same each time it is asked, inside the repository", async () => {
      const tree = await repository.tree();
      const inputs = await inputsOf(tree);
      expect(await inputsOf(tree)).toEqual(inputs);
      expect(inputs.paths.length).toBeGreaterThan(0);
      for (const { path } of inputs.paths) expect(path).not.toMatch(/^\/|(^|\/)\.\.?(\/|$)|\/$/);
    });

    test("renders documents that parse and say which file they are from", async () => {
      const documents = (await render()).documents.flatMap((of) => of.documents);
      expect(documents.length).toBeGreaterThan(0);
      for (const { text, file, line, onParseError } of documents) {
        expect(file).not.toBe("");
        expect(file.startsWith("/")).toBe(false);
        expect(line).toBeGreaterThanOrEqual(1);
        if (onParseError !== "warn") expect(parseYaml(text).problems).toEqual([]);
      }
    });

    test("renders the same again, in another place, after a restart", async () => {
      const first = await render();
      const again = await render({ cache: "renew" });
      expect([again.key, again.documents]).toEqual([first.key, first.documents]);
      const others = builtIns.filter((other) => other.renderer.name !== renderer.name);
      const elsewhere = await renderHost(tools, { renderers: [...others, loaded] });
      const third = await elsewhere.renderers.render(askFor(app, await repository.tree()));
      elsewhere.remove();
      expect([third.key, third.documents]).toEqual([first.key, first.documents]);
    });

    test("does not depend on what it says it does not use", async () => {
      const tree = await repository.tree();
      const { capabilities, app: seesApp } = await inputsOf(tree);
      const first = await render();
      if (capabilities === "unused") {
        const other = await render({ cluster: { kubeVersion: "v1.20.0", apiVersions: [] }, cache: "renew" });
        expect([other.key, other.documents]).toEqual([first.key, first.documents]);
      }
      if (seesApp === "unused") {
        const other = await host.renderers.render(
          askFor({ ...app, metadata: { ...app.metadata, name: "other" } }, tree, { cache: "renew" }),
        );
        expect([other.key, other.documents]).toEqual([first.key, first.documents]);
      }
    });

    test("a file that it did not name changes nothing", async () => {
      const first = await render();
      repository.write({ "a-folder-of-nobody/file.yaml": "a: 1\n" });
      const second = await render();
      expect([second.key, second.from]).toEqual([first.key, "cache"]);
    });

    test("every file that it named is part of the key", async () => {
      const first = await render();
      const tree = await repository.tree();
      for (const { path, ref } of (await inputsOf(tree)).paths) {
        if (ref !== undefined || (await tree.entry(path))?.kind !== "file") continue;
        const before = await tree.read(path);
        repository.write({ [path]: Buffer.concat([before, Buffer.from("\n# edited\n")]) });
        expect({ path, key: await keyOf() }).not.toEqual({ path, key: first.key });
        repository.write({ [path]: before });
      }
      expect(await keyOf()).toBe(first.key);
    });
    /** The key, whatever became of the render. */
    const keyOf = (): Promise<string> =>
      render().then(
        ({ key }) => key,
        () => "refused",
      );

    test("says with a Failure what is wrong when its inputs are gone", async () => {
      const tree = await repository.tree();
      for (const { path } of (await inputsOf(tree)).paths) {
        if (path === "" || (await tree.entry(path)) === undefined) continue;
        repository.remove(path);
        const outcome = await render().then(
          () => undefined,
          (cause: unknown) => cause,
        );
        if (outcome !== undefined) expect(outcome).toBeInstanceOf(Failure);
        if (outcome instanceof Failure) expect(outcome.code).not.toBe("internal");
        cpSync(join(caseFolder, "source"), repository.path, { recursive: true });
      }
    });

    test("stops when it is not wanted any more", async () => {
      const controller = new AbortController();
      controller.abort(new Error("not wanted"));
      expect(
        await endingOf(host.renderers.render(askFor(app, await repository.tree()), controller.signal)),
      ).toThrow("not wanted");
    });
  });
}
