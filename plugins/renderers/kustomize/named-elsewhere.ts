/** What the kustomizations of a tree name in other places, as far as it can be told without asking for any of it. */
import { asFailure, Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below, folderOf, resolveInside } from "../../../src/lib/resolve-inside.ts";
import type { ForeignChart, ForeignTree } from "../../../src/plugin/contract.ts";
import { cannotRender, type FoundConfigs, type Purpose } from "./check-content.ts";
import type { Root } from "./elsewhere.ts";
import { chartAsked, chartOfGenerator, type KustomizedChart, withCharts } from "./helm-charts.ts";
import { readKustomization } from "./kustomization.ts";
import { isPatch, meantElsewhere } from "./meant-elsewhere.ts";
import { readPluginConfigs } from "./plugin-config.ts";
import { realPath } from "./real-path.ts";
import { type Reference, referencesOf } from "./references.ts";
import { readsAsRemote } from "./remote-names.ts";

export type ElsewherePlace =
  | { is: "repository"; tree: ForeignTree }
  | { is: "file"; url: string }
  | { is: "chart"; chart: ForeignChart };

export interface NamedElsewhere {
  /** In the tree. */
  file: string;
  /** `resources[1]`. */
  field: string;
  /** Where it may be, in the order in which it is looked for. */
  places: [ElsewherePlace, ...ElsewherePlace[]];
}

export interface FoundElsewhere {
  named: NamedElsewhere[];
  /** What is named and could be nowhere: no render gets past it. */
  nowhere: Failure[];
  /** What was not looked into, and why. */
  unread: Failure[];
}

/** Kustomizations of one tree. */
const MAX_KUSTOMIZATIONS = 2_000;

/**
 * Looks into the kustomizations of folders, and into those of the tree that they are made of. What a chart or a base of
 * another place names is not looked for.
 * @param folders those without a kustomization are left out
 */
export async function namedElsewhere(tree: SourceTree, folders: readonly string[]): Promise<FoundElsewhere> {
  const look = new Look(tree);
  for (const folder of folders) await look.into(folder, "objects", undefined);
  return { named: look.named, nowhere: look.nowhere, unread: look.unread };
}

/** Where a reference stands. */
interface Place {
  file: string;
  /** The folder that its paths start from. */
  at: string;
  purpose: Purpose;
  /** Where paths in configurations of plugins start: the folder of the kustomization which lists them. */
  plugins: string;
}

class Look {
  readonly named: NamedElsewhere[] = [];
  readonly nowhere: Failure[] = [];
  readonly unread: Failure[] = [];
  readonly #root: Root;
  readonly #seen = new Set<string>();

  constructor(private readonly tree: SourceTree) {
    this.#root = { tree, at: "", name: "", paths: new Set() };
  }

  async into(folder: string, purpose: Purpose, plugins: string | undefined): Promise<void> {
    try {
      const at = await realPath(this.tree, folder);
      const about = `${purpose} ${plugins ?? ""} ${at}`;
      if (this.#seen.has(about)) return;
      this.#seen.add(about);
      const found = await readKustomization(this.tree, at);
      if (found === undefined) return;
      const { file, content } = found;
      if (this.#seen.size > MAX_KUSTOMIZATIONS)
        throw cannotRender(
          file,
          `there are more than ${MAX_KUSTOMIZATIONS} folders to look into`,
          "Name fewer",
        );
      const { content: rest, charts } = withCharts(content, this.#chartPlace(file, at));
      for (const chart of charts) await this.#chart(chart);
      for (const reference of referencesOf(rest))
        await this.#reference(reference, { file, at, purpose, plugins: plugins ?? at });
    } catch (cause) {
      this.unread.push(asFailure(cause, folder, "look into it"));
    }
  }

  async #reference(reference: Reference, from: Place): Promise<void> {
    const { text, is } = reference;
    if (is === "plugin") {
      const configs = readPluginConfigs(text);
      if (configs.is === "refused") return;
      if (configs.is === "configs") return this.#configs(configs, from);
    }
    if (is === "file-or-patch" && isPatch(text)) return;
    if (readsAsRemote(text)) {
      this.#elsewhere(reference, from.file);
      return;
    }
    const inside = resolveInside(from.at, text);
    if (!inside.ok || is === "file" || is === "file-or-patch") return;
    const isOfPlugins = is === "plugin" || from.purpose === "plugins";
    if (isOfPlugins) await this.#pluginFile(inside.path, from);
    await this.into(inside.path, isOfPlugins ? "plugins" : "objects", isOfPlugins ? from.plugins : undefined);
  }

  #elsewhere(reference: Reference, file: string): void {
    const { field, text } = reference;
    try {
      const meant = meantElsewhere(file, reference);
      const asFile = { is: "file", url: text } as const;
      if (meant.kind === "file") {
        this.named.push({ file, field, places: [asFile] });
        return;
      }
      const { repoURL, revision } = meant.target;
      const base = { is: "repository", tree: { repoURL, revision } } as const;
      this.named.push({ file, field, places: meant.kind === "unclear" ? [base, asFile] : [base] });
    } catch (cause) {
      this.nowhere.push(asFailure(cause, file, "read it"));
    }
  }

  async #pluginFile(path: string, from: Place): Promise<void> {
    const content = await this.tree.read(path).catch((cause: unknown) => {
      // A folder, or nothing, which a render says.
      if (cause instanceof Failure && cause.code === "git-path") return undefined;
      throw cause;
    });
    const configs = content === undefined ? undefined : readPluginConfigs(content);
    if (configs?.is === "configs") await this.#configs(configs, { ...from, file: path });
  }

  async #configs({ references, charts }: FoundConfigs, { file, purpose, plugins }: Place): Promise<void> {
    const start: Place = { file, at: plugins, purpose, plugins };
    for (const config of charts) await this.#chart(chartOfGenerator(config, this.#chartPlace(file, plugins)));
    for (const reference of references) await this.#reference(reference, start);
  }

  /** One that lies in the tree, wherever some version of kustomize looks for it, may need no repository. */
  async #chart(chart: KustomizedChart): Promise<void> {
    const { file, field, name, version, repo, place, valueFiles } = chart;
    for (const reference of valueFiles)
      await this.#reference(reference, { file, at: chart.at, purpose: "objects", plugins: chart.at });
    if (repo === "" || (await this.#holdsChart(place))) return;
    if (await this.#holdsChart(below(below(folderOf(place), `${name}-${version}`), name))) return;
    this.named.push({ file, field, places: [{ is: "chart", chart: chartAsked(chart) }] });
  }

  async #holdsChart(place: string): Promise<boolean> {
    return (await this.tree.entry(below(await realPath(this.tree, place), "Chart.yaml"))) !== undefined;
  }

  #chartPlace(file: string, at: string) {
    return { root: this.#root, at, file, layout: "by name" } as const;
  }
}
