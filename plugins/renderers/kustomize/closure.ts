import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { below, folderOf, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { printYaml } from "../../../src/lib/yaml.ts";
import type { InputPath } from "../../../src/plugin/contract.ts";
import { type ChartLayout, chartOfGenerator, type KustomizedChart, withCharts } from "./helm-charts.ts";
import { unknownField } from "./known-fields.ts";
import { withoutKsops } from "./ksops.ts";
import {
  FILE_NAMES,
  type FoundKustomization,
  type Kustomization,
  readKustomization,
} from "./kustomization.ts";
import { type PluginConfigs, readPluginConfigs } from "./plugin-config.ts";
import { realPath } from "./real-path.ts";
import { PLUGIN_FIELDS, type Reference, referencesOf } from "./references.ts";
import { beginsAsRemote, looksRemote, readsAsRemote } from "./remote-names.ts";

/** Bases on bases. */
const MAX_DEPTH = 32;
const MAX_FILES = 2_000;
/** What a folder of plugin configurations may say of them: they reach kustomize as they were checked, unchanged. */
const FIELDS_FOR_PLUGINS = new Set(["apiVersion", "kind", "metadata", "resources"]);

/** What building a kustomization reads. */
export interface Closure {
  paths: InputPath[];
  /**
   * Text by path of each kustomization and each file of plugin configurations, printed anew from what was read here: two
   * YAML readers that disagree on a text cannot be played off against each other.
   */
  checked: ReadonlyMap<string, string>;
  /** What it has helm render. */
  charts: KustomizedChart[];
}

type FoundConfigs = Extract<PluginConfigs, { is: "configs" }>;
/** `plugins`: the objects that a kustomization makes are configurations of plugins. */
type Purpose = "objects" | "plugins";

/**
 * Every file that building a kustomization reads, found by reading the kustomizations that it is made of.
 * @param root the kustomization to start from, with the source's options worked in
 * @throws {Failure} render for what is remote, unknown, missing, a circle or too much; path-outside-source
 */
export async function closureOf(
  tree: SourceTree,
  folder: string,
  root: FoundKustomization,
  layout: ChartLayout,
): Promise<Closure> {
  const walk = new Walk(tree, layout);
  await walk.visit(folder, root, "objects", []);
  return {
    paths: [...walk.paths].sort().map((path) => ({ path, encrypted: "opened" as const })),
    checked: walk.checked,
    charts: walk.charts,
  };
}

class Walk {
  readonly paths = new Set<string>();
  readonly checked = new Map<string, string>();
  readonly charts: KustomizedChart[] = [];
  readonly #tree: SourceTree;
  readonly #layout: ChartLayout;
  readonly #done = new Set<string>();

  constructor(tree: SourceTree, layout: ChartLayout) {
    this.#tree = tree;
    this.#layout = layout;
  }

  async visit(
    at: string,
    found: FoundKustomization,
    purpose: Purpose,
    chain: readonly string[],
    pluginsAt = at,
  ): Promise<void> {
    const { file } = found;
    if (chain.includes(at))
      throw cannotRender(
        file,
        `the kustomizations lead round in a circle: ${[...chain, at].map((name) => name || ".").join(" -> ")}`,
        "Remove one of the references",
      );
    if (chain.length >= MAX_DEPTH)
      throw cannotRender(file, `kustomizations are nested more than ${MAX_DEPTH} deep`, "Flatten them");
    if (this.#done.has(`${purpose} ${at}`)) return;
    this.#done.add(`${purpose} ${at}`);
    // The other names too: a second file would make the build fail.
    for (const name of FILE_NAMES) this.#add(below(at, name), file);
    checkFields(found.content, file, purpose);
    const { content: withItsCharts, generators } = await withoutKsops(this.#tree, at, found);
    const { content, charts } = withCharts(withItsCharts, { at, file, layout: this.#layout });
    for (const generator of generators) this.#add(generator, file);
    const shown: Kustomization = { ...content };
    for (const field of PLUGIN_FIELDS)
      if (Array.isArray(content[field])) shown[field] = content[field].map(printedConfig);
    this.checked.set(file, printYaml(shown));
    const from: Place = { at, file, purpose, chain: [...chain, at], pluginsAt };
    for (const reference of referencesOf(content)) await this.#follow(from, reference);
    await this.#followCharts(from, charts);
  }

  async #follow(from: Place, { field, text, is }: Reference): Promise<void> {
    if (is === "plugin") {
      const configs = readPluginConfigs(text);
      if (configs.is === "refused") throw cannotRender(from.file, `${field}: ${configs.why}`, configs.fix);
      if (configs.is === "configs") return this.#followConfigs(from, configs);
    }
    if (is === "file-or-patch" && isPatch(text) && !beginsAsRemote(text)) return;
    // First of all: kustomize asks whether it is remote before it looks for a file or folder.
    if (readsAsRemote(text)) throw remote(from.file, field, text);
    const inside = resolveInside(from.at, text);
    const entry = inside.ok && inside.path !== "" ? await this.#tree.entry(inside.path) : undefined;
    if (!inside.ok)
      throw new Failure("path-outside-source", from.file, "after-edit", {
        cannot: "render",
        why: `${field} names ${text}: ${inside.why}`,
        fix: "Name a file of this repository",
      });
    const submodule = await submoduleOn(this.#tree, inside.path, entry);
    if (submodule !== undefined)
      throw cannotRender(
        from.file,
        `${field} names ${text}, which lies in the submodule ${submodule}, and submodules are not fetched`,
        "Copy it into the repository",
      );
    if (inside.path !== "" && entry === undefined) {
      if (looksRemote(text)) throw remote(from.file, field, text);
      throw cannotRender(
        from.file,
        `${field} names ${text}, and there is no ${inside.path}`,
        "Correct the path, or add the file",
      );
    }
    const isFolder =
      inside.path === "" ||
      entry?.kind === "folder" ||
      (entry?.kind === "link" && (await isFolderAt(this.#tree, inside.path)));
    const holdsPlugins = is === "plugin" || (is === "file-or-folder" && from.purpose === "plugins");
    if (!isFolder || is === "file" || is === "file-or-patch") {
      this.#add(inside.path, from.file);
      if (holdsPlugins) await this.#followPluginFile(from, inside.path);
      return;
    }
    const real = await realPath(this.#tree, inside.path);
    const next = await readKustomization(this.#tree, real);
    if (next === undefined)
      throw cannotRender(
        from.file,
        `${field} names the folder ${text}, which holds no kustomization`,
        `Add ${below(inside.path, FILE_NAMES[0])}`,
      );
    // The links on the way belong to it.
    if (real !== inside.path) this.#add(inside.path, from.file);
    if (holdsPlugins) await this.visit(real, next, "plugins", from.chain, from.pluginsAt);
    else await this.visit(real, next, "objects", from.chain);
  }

  async #followPluginFile(from: Place, path: string): Promise<void> {
    const configs = readPluginConfigs(await this.#tree.read(path));
    if (configs.is === "refused") throw cannotRender(path, configs.why, configs.fix);
    if (configs.is === "no config")
      throw cannotRender(
        path,
        "it holds no configuration of a plugin",
        "Correct the file, or the reference to it",
      );
    this.checked.set(path, configs.text);
    await this.#followConfigs({ ...from, file: path }, configs);
  }

  async #followConfigs(
    from: Place,
    { references, charts }: Pick<FoundConfigs, "references" | "charts">,
  ): Promise<void> {
    const plugins: Place = { ...from, at: from.pluginsAt };
    for (const reference of references) await this.#follow(plugins, reference);
    const where = { at: from.pluginsAt, file: from.file, layout: this.#layout };
    await this.#followCharts(
      plugins,
      charts.map((config) => chartOfGenerator(config, where)),
    );
  }

  async #followCharts(from: Place, charts: readonly KustomizedChart[]): Promise<void> {
    this.charts.push(...charts);
    for (const { valueFiles } of charts)
      for (const reference of valueFiles) await this.#follow(from, reference);
  }

  #add(path: string, file: string): void {
    this.paths.add(path);
    if (this.paths.size > MAX_FILES)
      throw cannotRender(file, `the kustomization reads more than ${MAX_FILES} files`, "Split it");
  }
}

/** Where a reference stands. */
interface Place {
  /** The folder that paths start from. */
  at: string;
  file: string;
  purpose: Purpose;
  chain: readonly string[];
  /** The folder that paths in configurations of plugins start from: that of the kustomization which lists them. */
  pluginsAt: string;
}

function checkFields(content: Kustomization, file: string, purpose: Purpose): void {
  const unknown = unknownField(content);
  if (unknown !== undefined)
    throw cannotRender(
      file,
      `${unknown.at} is no field of a kustomization`,
      unknown.meant === undefined ? "Remove it, or correct its spelling" : `Write ${unknown.meant}`,
    );
  const changes = Object.keys(content).find((field) => !FIELDS_FOR_PLUGINS.has(field));
  if (purpose === "plugins" && changes !== undefined)
    throw cannotRender(
      file,
      `it holds plugins for another kustomization, and ${changes} would change them after they were checked`,
      "List them under resources alone",
    );
}

function printedConfig(text: unknown): unknown {
  if (typeof text !== "string") return text;
  const configs = readPluginConfigs(text);
  return configs.is === "configs" ? configs.text : text;
}

/** YAML in place of a path. What kustomize does not take for a patch it looks for as a file, in the export alone. */
function isPatch(text: string): boolean {
  return text.includes("\n") || /^\s*(?:\{|apiVersion:)/.test(text);
}

function remote(file: string, field: string, text: string): Failure {
  return cannotRender(
    file,
    `${field} names ${text}, which kustomize would fetch from elsewhere; remote resources are not fetched`,
    "Copy it into the repository and name it by its path",
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

/** The submodule in which a path lies that is not there, or that it is. */
export async function submoduleOn(
  tree: SourceTree,
  path: string,
  entry: TreeEntry | undefined,
): Promise<string | undefined> {
  if (entry !== undefined) return entry.kind === "submodule" ? path : undefined;
  for (let above = folderOf(path); above !== ""; above = folderOf(above))
    if ((await tree.entry(above))?.kind === "submodule") return above;
  return undefined;
}

function cannotRender(file: string, why: string, fix: string): Failure {
  return new Failure("render", file, "after-edit", { cannot: "render", why, fix });
}
