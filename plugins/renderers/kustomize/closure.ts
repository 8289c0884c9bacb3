import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports.ts";
import { below, resolveInside } from "../../../src/lib/resolve-inside.ts";
import type { InputPath } from "../../../src/plugin/contract.ts";
import {
  FILE_NAMES,
  type FoundKustomization,
  type Kustomization,
  readKustomization,
} from "./kustomization.ts";
import { isInline, isRemote, pluginReferences, type Reference, referencesOf } from "./references.ts";

/** Bases on bases. */
const MAX_DEPTH = 32;
const MAX_FILES = 2_000;
const PLUGIN_FIELDS = /^(?:generators|transformers|validators)\[/;

/**
 * Every file that building a kustomization reads, found by reading the kustomizations that it is made of.
 * @param root the kustomization to start from, with the source's options worked in
 * @throws {Failure} render for what is remote, missing, a circle or too much; path-outside-source
 */
export async function closureOf(
  tree: SourceTree,
  folder: string,
  root: FoundKustomization,
): Promise<InputPath[]> {
  const paths = new Set<string>();
  const done = new Set<string>();

  const add = (path: string, file: string): void => {
    paths.add(path);
    if (paths.size > MAX_FILES)
      throw cannotRender(file, `the kustomization reads more than ${MAX_FILES} files`, "Split it");
  };

  async function visit(
    at: string,
    { file, content }: FoundKustomization,
    chain: readonly string[],
  ): Promise<void> {
    if (chain.includes(at))
      throw cannotRender(
        file,
        `the kustomizations lead round in a circle: ${[...chain, at].map((name) => name || ".").join(" -> ")}`,
        "Remove one of the references",
      );
    if (chain.length >= MAX_DEPTH)
      throw cannotRender(file, `kustomizations are nested more than ${MAX_DEPTH} deep`, "Flatten them");
    if (done.has(at)) return;
    done.add(at);
    // The other names too: a second file would make the build fail.
    for (const name of FILE_NAMES) add(below(at, name), file);
    refuseHelm(content, file);
    for (const reference of referencesOf(content)) await follow(at, file, reference, [...chain, at]);
  }

  async function follow(
    at: string,
    file: string,
    reference: Reference,
    chain: readonly string[],
  ): Promise<void> {
    const { text, is, field } = reference;
    if (is === "file-or-text" && isInline(text)) {
      if (PLUGIN_FIELDS.test(field)) await followPlugin(at, file, text);
      return;
    }
    const inside = resolveInside(at, text);
    const entry = inside.ok && inside.path !== "" ? await tree.entry(inside.path) : undefined;
    if (!inside.ok || (inside.path !== "" && entry === undefined)) {
      if (isRemote(text))
        throw cannotRender(
          file,
          `${field} names ${text}, which is not in the repository; remote resources are not fetched`,
          "Copy it into the repository and name it by its path",
        );
      if (!inside.ok)
        throw new Failure("path-outside-source", file, "after-edit", {
          cannot: "render",
          why: `${field} names ${text}: ${inside.why}`,
          fix: "Name a file of this repository",
        });
      throw cannotRender(
        file,
        `${field} names ${text}, and there is no ${inside.path}`,
        "Correct the path, or add the file",
      );
    }
    const isFolder =
      inside.path === "" ||
      entry?.kind === "folder" ||
      (entry?.kind === "link" && (await isFolderAt(tree, inside.path)));
    if (!isFolder || is === "file" || is === "file-or-text") {
      add(inside.path, file);
      if (PLUGIN_FIELDS.test(field) && !isFolder) await followPlugin(at, file, await tree.read(inside.path));
      return;
    }
    const next = await readKustomization(tree, inside.path);
    if (next === undefined)
      throw cannotRender(
        file,
        `${field} names the folder ${text}, which holds no kustomization`,
        `Add ${below(inside.path, FILE_NAMES[0])}`,
      );
    if (entry?.kind === "link") add(inside.path, file);
    await visit(inside.path, next, chain);
  }

  /** A plugin's file that is not there is kustomize's to complain about. */
  async function followPlugin(at: string, file: string, text: string | Uint8Array): Promise<void> {
    for (const reference of pluginReferences(text)) {
      const inside = resolveInside(at, reference.text);
      if (inside.ok && !isRemote(reference.text)) add(inside.path, file);
      else
        throw cannotRender(
          file,
          `a plugin's ${reference.field} names ${reference.text}, which is not in the repository`,
          "Name a file of this repository",
        );
    }
    if (
      /^\s*kind:\s*HelmChartInflationGenerator\s*$/m.test(
        typeof text === "string" ? text : new TextDecoder().decode(text),
      )
    )
      throw noHelm(file);
  }

  await visit(folder, root, []);
  return [...paths].sort().map((path) => ({ path }));
}

function refuseHelm(content: Kustomization, file: string): void {
  if (
    ["helmCharts", "helmChartInflationGenerator"].some(
      (field) => Array.isArray(content[field]) && content[field].length > 0,
    )
  )
    throw noHelm(file);
}

function noHelm(file: string): Failure {
  return cannotRender(
    file,
    "it renders a Helm chart (helmCharts), which is not done inside a kustomization",
    "Make the chart a source of its own, or commit its rendered manifests",
  );
}

async function isFolderAt(tree: SourceTree, path: string): Promise<boolean> {
  return tree.list(path).then(
    () => true,
    (cause: unknown) => {
      if (cause instanceof Failure && cause.code === "git-path") return false;
      throw cause;
    },
  );
}

function cannotRender(file: string, why: string, fix: string): Failure {
  return new Failure("render", file, "after-edit", { cannot: "render", why, fix });
}
