import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../../src/core/model/failure.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { below, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { formsOf } from "../../../src/lib/secret-values.ts";
import { namesIn } from "../../../src/lib/substitute-env.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import {
  asRendered,
  defineRenderer,
  type RenderRequest,
  type ToolName,
} from "../../../src/plugin/contract.ts";
import { closureOf } from "./closure.ts";
import { editKustomization, textsWithEnv } from "./edit-kustomization.ts";
import { FILE_NAMES, type FoundKustomization, readKustomization } from "./kustomization.ts";
import { realPath } from "./real-path.ts";

/** A kustomization, built by `kustomize build` or `kubectl kustomize`. Nothing remote, no plugins that run programs. */
export default defineRenderer({
  name: "kustomize",
  sourceType: "Kustomize",
  async claims({ source, path, tree }) {
    if (source.kustomize !== undefined && source.kustomize !== null) return "asked-for";
    for (const name of FILE_NAMES) if ((await tree.entry(below(path, name))) !== undefined) return "detected";
    return "no";
  },
  async inputs(request, context) {
    const { at, edited, absent } = await editedKustomization(request);
    const tool = await context.tool(toolOf(request));
    const { paths } = await closureOf(request.tree, at, edited);
    return {
      paths: [...paths, ...absent.map((path) => ({ path }))],
      env: [...new Set(textsWithEnv(request.source.kustomize ?? {}).flatMap(namesIn))],
      capabilities: "unused",
      app: "unused",
      tool,
    };
  },
  async render(request, context) {
    const root = await context.export();
    const { at, edited } = await editedKustomization(request);
    const { checked } = await closureOf(request.tree, at, edited);
    for (const [file, text] of checked) {
      // Never through a link: what it leads to may be another's file.
      await rm(join(root, file), { force: true });
      await writeFile(join(root, file), text, { mode: 0o600 });
    }
    const text = await context.run(
      toolOf(request),
      ["build", ".", "--load-restrictor", "LoadRestrictionsRootOnly"],
      {
        cwd: join(root, at),
        secrets: async () => [...checked.values()].flatMap(literalsOf),
      },
    );
    return {
      documents: text.trim() === "" ? [] : [{ text, file: asRendered(edited.file), line: 1 }],
      problems: [],
    };
  },
});

function toolOf({ source: { kustomize } }: RenderRequest): ToolName {
  const version = kustomize?.version ?? "";
  return version === "" ? "kustomize" : `kustomize@${version}`;
}

/** Of secret generators: kustomize repeats one that it does not like. */
function literalsOf(kustomization: string): string[] {
  return parseYaml(kustomization).documents.flatMap(({ value }) => {
    const generators =
      isMapping(value) && Array.isArray(value["secretGenerator"]) ? value["secretGenerator"] : [];
    const literals = generators.flatMap((one: unknown) =>
      isMapping(one) && Array.isArray(one["literals"]) ? one["literals"].map(String) : [],
    );
    return literals.flatMap((literal: string) => [
      ...formsOf(literal),
      ...formsOf(literal.slice(literal.indexOf("=") + 1)),
    ]);
  });
}

interface Edited {
  /** Where the kustomization's folder really lies, links on its way followed. */
  at: string;
  edited: FoundKustomization;
  /** Paths of components that may be missing and are. */
  absent: string[];
}

async function editedKustomization({ source, path, tree, env }: RenderRequest): Promise<Edited> {
  const at = await realPath(tree, path);
  const original = await readKustomization(tree, at);
  if (original === undefined) {
    throw new Failure("git-path", below(path, FILE_NAMES[0]), "after-edit", {
      cannot: "render",
      why: "the folder is no kustomization: this file is missing",
      fix: "Correct the source's path, or remove its kustomize block",
    });
  }
  const options = source.kustomize;
  if (options === undefined || options === null || Object.keys(options).length === 0)
    return { at, edited: original, absent: [] };
  const components: string[] = [],
    absent: string[] = [];
  for (const component of options.components ?? []) {
    const inside = resolveInside(at, component);
    const isThere = !inside.ok || (await tree.entry(inside.path)) !== undefined;
    if (isThere || options.ignoreMissingComponents !== true) components.push(component);
    else absent.push(inside.path);
  }
  return {
    at,
    edited: {
      file: original.file,
      content: editKustomization(original.content, options, { env, components }),
    },
    absent,
  };
}
