import { posix } from "node:path";
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { below, folderOf, isInside, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { withoutUserinfo } from "../../../src/lib/url-userinfo.ts";
import { printYaml } from "../../../src/lib/yaml.ts";
import type { FetchedInput, InputPath } from "../../../src/plugin/contract.ts";
import {
  cannotRender,
  checkFields,
  type FoundConfigs,
  type Purpose,
  pluginConfigsOf,
  printedConfig,
} from "./check-content.ts";
import { cannotFetch, type Elsewhere, Foreign, type Root } from "./elsewhere.ts";
import { type ChartLayout, chartOfGenerator, type KustomizedChart, withCharts } from "./helm-charts.ts";
import { withoutKsops } from "./ksops.ts";
import {
  FILE_NAMES,
  type FoundKustomization,
  type Kustomization,
  readKustomization,
} from "./kustomization.ts";
import { isPatch, meantElsewhere, noAddress } from "./meant-elsewhere.ts";
import { readPluginConfigs } from "./plugin-config.ts";
import { realPath } from "./real-path.ts";
import { PLUGIN_FIELDS, type Reference, referencesOf } from "./references.ts";
import { looksRemote, readsAsRemote } from "./remote-names.ts";
import type { RepositoryTarget } from "./remote-target.ts";

/** Bases on bases. */
const MAX_DEPTH = 32;
const MAX_FILES = 2_000;
/** What building a kustomization reads. */
export interface Closure {
  paths: InputPath[];
  /** What it names in other repositories and at addresses, and where that lies for the build: with what was found of its charts. */
  fetched(): FetchedInput[];
  /**
   * Text by path of each kustomization and each file of plugin configurations, printed anew from what was read here: two
   * YAML readers that disagree on a text cannot be played off against each other. What lies elsewhere is named by where
   * it was put.
   */
  checked: ReadonlyMap<string, string>;
  /** What it has helm render. */
  charts: KustomizedChart[];
}

/**
 * Every file that building a kustomization reads, found by reading the kustomizations that it is made of.
 * @param root the kustomization to start from, with the source's options worked in
 * @param elsewhere who has what lies in other repositories
 * @throws {Failure} render for what is unknown, missing, a circle or too much; path-outside-source; of `elsewhere`
 */
export async function closureOf(
  tree: SourceTree,
  folder: string,
  root: FoundKustomization,
  { layout, elsewhere }: { layout: ChartLayout; elsewhere: Elsewhere },
): Promise<Closure> {
  const own: Root = { tree, at: "", name: "", paths: new Set() };
  const walk = new Walk(elsewhere, layout);
  await walk.visit(own, folder, root, "objects", []);
  return {
    paths: [...own.paths].sort().map((path) => ({ path, encrypted: "opened" as const })),
    fetched: () => walk.foreign.fetched,
    checked: walk.checked,
    charts: walk.charts,
  };
}

class Walk {
  readonly checked = new Map<string, string>();
  readonly charts: KustomizedChart[] = [];
  readonly foreign: Foreign;
  readonly #layout: ChartLayout;
  readonly #done = new Set<string>();
  #files = 0;

  constructor(elsewhere: Elsewhere, layout: ChartLayout) {
    this.foreign = new Foreign(elsewhere);
    this.#layout = layout;
  }

  async visit(
    root: Root,
    at: string,
    found: FoundKustomization,
    purpose: Purpose,
    chain: readonly string[],
    plugins: Start = { root, at },
  ): Promise<void> {
    const file = shownPath(root, found.file);
    const here = shownPath(root, at || ".");
    if (chain.includes(here))
      throw cannotRender(
        file,
        `the kustomizations lead round in a circle: ${[...chain, here].join(" -> ")}`,
        "Remove one of the references",
      );
    if (chain.length >= MAX_DEPTH)
      throw cannotRender(file, `kustomizations are nested more than ${MAX_DEPTH} deep`, "Flatten them");
    if (this.#done.has(`${purpose} ${here}`)) return;
    this.#done.add(`${purpose} ${here}`);
    // The other names too: a second file would make the build fail.
    for (const name of FILE_NAMES) this.#add(root, below(at, name), file);
    checkFields(found.content, file, purpose);
    const { content: withItsCharts, generators } = await withoutKsops(root.tree, at, found);
    const { content, charts } = withCharts(withItsCharts, { root, at, file, layout: this.#layout });
    for (const generator of generators) this.#add(root, generator, file);
    let shown: Kustomization = { ...content };
    for (const field of PLUGIN_FIELDS)
      if (Array.isArray(content[field])) shown[field] = content[field].map(printedConfig);
    const from: Place = { root, at, file, purpose, chain: [...chain, here], plugins };
    for (const reference of referencesOf(content)) {
      const moved = await this.#follow(from, reference);
      if (moved !== undefined) shown = reference.moved?.(shown, moved) ?? shown;
    }
    await this.#followCharts(from, charts);
    this.checked.set(below(root.at, found.file), printYaml(shown));
  }

  /** @returns where kustomize finds it, undefined where that is what the reference says */
  async #follow(from: Place, reference: Reference): Promise<string | undefined> {
    const { field, text, is } = reference;
    if (is === "plugin") {
      const configs = readPluginConfigs(text);
      if (configs.is === "refused") throw cannotRender(from.file, `${field}: ${configs.why}`, configs.fix);
      if (configs.is === "configs") {
        await this.#followConfigs(from, configs);
        return undefined;
      }
    }
    if (is === "file-or-patch" && isPatch(text)) return undefined;
    // First of all: kustomize asks whether it is remote before it looks for a file or folder.
    if (readsAsRemote(text)) return this.#followElsewhere(from, reference);
    await this.#followInside(from, reference);
    return undefined;
  }

  async #followInside(from: Place, { field, text, is }: Reference): Promise<void> {
    const { tree } = from.root;
    const inside = resolveInside(from.at, text);
    const entry = inside.ok && inside.path !== "" ? await tree.entry(inside.path) : undefined;
    if (!inside.ok)
      throw new Failure("path-outside-source", from.file, "after-edit", {
        cannot: "render",
        why: `${field} names ${text}: ${inside.why}`,
        fix: "Name a file of this repository",
      });
    const submodule = await submoduleOn(tree, inside.path, entry);
    if (submodule !== undefined)
      throw cannotRender(
        from.file,
        `${field} names ${text}, which lies in the submodule ${submodule}, and .gitmodules does not say where it comes from`,
        "Copy it into the repository",
      );
    if (inside.path !== "" && entry === undefined) {
      if (looksRemote(text)) throw noAddress(from.file, field, text);
      throw cannotRender(
        from.file,
        `${field} names ${text}, and there is no ${inside.path}`,
        "Correct the path, or add the file",
      );
    }
    const isFolder =
      inside.path === "" ||
      entry?.kind === "folder" ||
      (entry?.kind === "link" && (await isFolderAt(tree, inside.path)));
    const purpose = purposeOf(is, from);
    if (!isFolder || is === "file" || is === "file-or-patch") {
      // In the source's own repository that is for kustomize, and its options, to say.
      if (from.root.target !== undefined && !isInside(inside.path, from.at))
        throw new Failure("path-outside-source", from.file, "after-edit", {
          cannot: "render",
          why: `${field} names ${text}, and a base of another repository may read files of its own folder alone`,
          fix: "Move the file there, or make its folder a base",
        });
      this.#add(from.root, inside.path, from.file);
      if (purpose === "plugins") await this.#followPluginFile(from, inside.path);
      return;
    }
    const real = await this.#followFolder(
      from.root,
      inside.path,
      purpose,
      from,
      `${field} names the folder ${text}`,
    );
    // The links on the way belong to it.
    if (real !== inside.path) this.#add(from.root, inside.path, from.file);
  }

  /** @param says who names it, and how */
  async #followFolder(
    root: Root,
    path: string,
    purpose: Purpose,
    from: Place,
    says: string,
  ): Promise<string> {
    const real = await realPath(root.tree, path);
    const next = await readKustomization(root.tree, real);
    if (next === undefined)
      throw cannotRender(
        from.file,
        `${says}, which holds no kustomization`,
        `Add ${shownPath(root, below(path, FILE_NAMES[0]))}`,
      );
    if (purpose === "plugins") await this.visit(root, real, next, purpose, from.chain, from.plugins);
    else await this.visit(root, real, next, purpose, from.chain);
    return real;
  }

  async #followElsewhere(from: Place, reference: Reference): Promise<string> {
    const { field, text, is } = reference;
    const shown = withoutUserinfo(text);
    const { kind, target } = meantElsewhere(from.file, reference);
    const purpose = purposeOf(is, from);
    const file = () => this.#followWebFile(from, text, purpose);
    const base = (to: RepositoryTarget) => this.#followBase(from, to, `${field} names ${shown}`, purpose);
    try {
      if (kind === "file" || target.is !== "repository") return await file();
      const root = await this.foreign.root(target, from.file).catch((cause: unknown) => {
        if (kind === "unclear" && cause instanceof Failure) return cause;
        throw cause;
      });
      if (root instanceof Failure)
        return await file().catch(() => {
          throw root;
        });
    } catch (cause) {
      throw cannotFetch(cause, from.file, field, shown);
    }
    return base(target);
  }

  async #followBase(from: Place, target: RepositoryTarget, says: string, purpose: Purpose): Promise<string> {
    const root = await this.foreign.root(target, from.file);
    const entry = target.path === "" ? undefined : await root.tree.entry(target.path);
    if (target.path !== "" && entry === undefined)
      throw cannotRender(
        from.file,
        `${says}, and there is no ${target.path} in ${root.name}`,
        "Correct the path behind the repository, or its ref",
      );
    if (entry?.kind === "file" || entry?.kind === "submodule")
      throw cannotRender(
        from.file,
        `${says}, and ${target.path} in ${root.name} is a ${entry.kind}, not a folder`,
        "Name a folder with a kustomization, or a file by the address of its raw content",
      );
    const real = await this.#followFolder(root, target.path, purpose, from, says);
    if (real !== target.path) this.#add(root, target.path, from.file);
    return relative(below(from.root.at, from.at), below(root.at, real));
  }

  async #followWebFile(from: Place, url: string, purpose: Purpose): Promise<string> {
    const folder = below(from.root.at, from.at);
    const { name, content } = await this.foreign.file(url, folder, from.file);
    if (purpose === "plugins") {
      const configs = pluginConfigsOf(content, withoutUserinfo(url));
      this.checked.set(below(folder, name), configs.text);
      await this.#followConfigs({ ...from, file: withoutUserinfo(url) }, configs);
    }
    return name;
  }

  async #followPluginFile(from: Place, path: string): Promise<void> {
    const { root } = from;
    const file = shownPath(root, path);
    const configs = pluginConfigsOf(await root.tree.read(path), file);
    this.checked.set(below(root.at, path), configs.text);
    await this.#followConfigs({ ...from, file }, configs);
  }

  /** Kustomize must read them as they are. */
  async #followConfigs(from: Place, { references, charts }: FoundConfigs): Promise<void> {
    const start: Place = { ...from, ...from.plugins };
    for (const reference of references) await this.#follow(start, reference);
    const where = { root: start.root, at: start.at, file: from.file, layout: this.#layout };
    await this.#followCharts(
      start,
      charts.map((config) => chartOfGenerator(config, where)),
    );
  }

  async #followCharts(from: Place, charts: readonly KustomizedChart[]): Promise<void> {
    this.charts.push(...charts);
    for (const { valueFiles } of charts)
      for (const reference of valueFiles) await this.#follow(from, reference);
  }

  #add(root: Root, path: string, file: string): void {
    if (root.paths.has(path)) return;
    root.paths.add(path);
    if (++this.#files > MAX_FILES)
      throw cannotRender(file, `the kustomization reads more than ${MAX_FILES} files`, "Split it");
  }
}

/** The folder that paths start from. */
interface Start {
  root: Root;
  at: string;
}

/** Where a reference stands. */
interface Place extends Start {
  /** As sentences call it. */
  file: string;
  purpose: Purpose;
  chain: readonly string[];
  /** Where paths in configurations of plugins start: the folder of the kustomization which lists them. */
  plugins: Start;
}

/** A path with the repository that it lies in, where that is another one. */
function shownPath({ name }: Root, path: string): string {
  return name === "" ? path : `${path} of ${withoutUserinfo(name)}`;
}

function purposeOf(is: Reference["is"], from: Place): Purpose {
  const isOfPlugins = is === "plugin" || (is === "file-or-folder" && from.purpose === "plugins");
  return isOfPlugins ? "plugins" : "objects";
}

/** From one folder of the export to another, and never what kustomize would take for a file of the working directory. */
function relative(from: string, to: string): string {
  return posix.relative(`/${from}`, `/${to}`) || ".";
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
