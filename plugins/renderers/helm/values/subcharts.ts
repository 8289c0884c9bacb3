/** Defaults of the charts that a chart uses, and which of them it uses. Source: `ProcessDependencies` of Helm. */
import { Failure } from "../../../../src/core/model/failure.ts";
import type { SourceValue, ValueLayer } from "../../../../src/core/model/source-values.ts";
import type { SourceTree } from "../../../../src/core/ports/source-tree.ts";
import { defined } from "../../../../src/lib/defined.ts";
import { below } from "../../../../src/lib/resolve-inside.ts";
import type { ValuesContext } from "../../../../src/plugin/contract.ts";
import { type Dependency, readChartFile } from "../chart-file.ts";
import {
  type FetchedDependency,
  fetchDependencies,
  findDependencies,
  isPackageOf,
  localFolder,
} from "../dependencies.ts";
import { packageTree } from "../package-tree.ts";
import { MAX_UNPACKED_BYTES, unpackedAside } from "../packed-chart.ts";
import { layUnder } from "./merge.ts";
import { emptyMap, type ValueMap, type ValueNode } from "./tree.ts";

/** Charts within charts, and all of them together. */
const MAX_DEPTH = 10;
const MAX_CHARTS = 100;

/** A chart that another one uses. */
export interface Subchart {
  /** Where its values stand among those of the other one: its alias, or its name. */
  name: string;
  dependency: Dependency;
  /** `unread`: it could not be had, or there are too many. */
  found: { is: "read"; defaults: ValueMap; charts: readonly Subchart[] } | { is: "unread" };
}

/** What reads the values of a text, and where what it reads is said to come from. */
export interface DefaultsReader {
  layer(layer: ValueLayer): number;
  read(content: Uint8Array, layer: number): Promise<ValueMap>;
}

/** A chart's place in a tree, and where Helm sees it. */
interface ChartPlace {
  tree: SourceTree;
  folder: string;
  place: string;
  /** The package that the tree is. */
  package?: string;
}

/**
 * The charts that a chart uses, with their own defaults; those that lie elsewhere are brought. One that cannot be had is
 * `unread`: why, the render says.
 */
export async function findSubcharts(
  tree: SourceTree,
  chart: string,
  context: ValuesContext,
  reader: DefaultsReader,
): Promise<Subchart[]> {
  const brought = await unlessRefused(
    findDependencies(tree, chart).then((found) => fetchDependencies(found, context)),
  );
  return new Search(brought ?? [], reader).below({ tree, folder: chart, place: chart }, 1);
}

class Search {
  #left = MAX_CHARTS;
  /** Of all packages together: each of them stays in memory while those in it are read. */
  #leftBytes = MAX_UNPACKED_BYTES;

  constructor(
    private readonly brought: readonly FetchedDependency[],
    private readonly reader: DefaultsReader,
  ) {}

  async below(from: ChartPlace, depth: number): Promise<Subchart[]> {
    const { dependencies } = await readChartFile(from.tree, from.folder);
    const found: Subchart[] = [];
    for (const dependency of dependencies)
      found.push({
        name: nameOf(dependency),
        dependency,
        found: (await unlessRefused(this.#read(from, dependency, depth))) ?? { is: "unread" },
      });
    return found;
  }

  async #read(from: ChartPlace, dependency: Dependency, depth: number): Promise<Subchart["found"]> {
    if (depth > MAX_DEPTH || this.#left-- <= 0) return { is: "unread" };
    const at = await this.#find(from, dependency);
    if (at === undefined) return { is: "unread" };
    const charts = await this.below(at, depth + 1);
    const path = below(at.folder, "values.yaml");
    const isThere = (await at.tree.entry(path)) !== undefined;
    const layer = this.reader.layer({
      ...{ is: "chart", path, of: nameOf(dependency), state: isThere ? "read" : "absent" },
      ...defined({ in: at.package }),
    });
    const defaults = isThere ? await this.reader.read(await at.tree.read(path), layer) : emptyMap();
    return { is: "read", defaults, charts };
  }

  async #unpack(path: string, packed: Uint8Array): Promise<SourceTree> {
    const archive = await unpackedAside(path, packed, Math.max(this.#leftBytes, 1));
    this.#leftBytes -= archive.length;
    return packageTree(path, archive);
  }

  /** Where Helm finds it: in `charts`, which goes before all else, then where its chart says. */
  async #find(from: ChartPlace, dependency: Dependency): Promise<ChartPlace | undefined> {
    const { tree, folder, place } = from;
    const { name, repository } = dependency;
    const vendored = below(folder, "charts");
    const there = (await tree.entry(vendored)) === undefined ? [] : await tree.list(vendored);
    const lies = there.find((one) => one.name === name || isPackageOf(one.name, name));
    const inner = below(below(place, "charts"), name);
    if (lies !== undefined) {
      const path = below(vendored, lies.name);
      if (lies.name === name) return { ...from, folder: path, place: inner };
      return {
        ...{ tree: await this.#unpack(path, await tree.read(path)), folder: "" },
        ...{ place: inner, package: path },
      };
    }
    if (repository.startsWith("file://"))
      return { ...from, folder: localFolder(folder, dependency), place: inner };
    const fetched = this.brought.find(
      ({ at }) =>
        at.startsWith(`${below(place, "charts")}/`) &&
        isPackageOf(at.slice(below(place, "charts").length + 1), name),
    );
    if (fetched === undefined) return undefined;
    return {
      ...{ tree: await this.#unpack(fetched.at, fetched.archive), folder: "", place: inner },
      package: fetched.at.slice(fetched.at.lastIndexOf("/") + 1),
    };
  }
}

/**
 * Lays the defaults of the charts that are used under what they are given, below their names. Changes `given`.
 * @param tags what the outermost chart is given as `tags`
 * @returns what was taken away
 */
export function laySubcharts(
  given: ValueMap,
  charts: readonly Subchart[],
  tags = tableAt(given, "tags"),
): SourceValue[] {
  const deleted: SourceValue[] = [];
  for (const { name, dependency, found } of charts) {
    if (found.is === "unread" || !isEnabled(dependency, given, { name, defaults: found.defaults, tags }))
      continue;
    const names = new Set(found.charts.map((one) => one.name));
    const own = given.entries.get(name) ?? emptyMap();
    if (own.is !== "map") continue;
    const gone = [...layUnder(own, found.defaults, names), ...laySubcharts(own, found.charts, tags)];
    if (own.entries.size > 0) given.entries.set(name, own);
    deleted.push(...gone.map((one) => ({ ...one, path: [name, ...one.path] })));
  }
  return deleted;
}

/** Names of those whose defaults nobody here knows, with the way to them. */
export function unreadCharts(charts: readonly Subchart[], above: readonly string[] = []): string[] {
  return charts.flatMap(({ name, found }) =>
    found.is === "unread" ? [[...above, name].join(".")] : unreadCharts(found.charts, [...above, name]),
  );
}

/** The first condition that is true or false counts, and before all tags. */
function isEnabled(
  { written }: Dependency,
  given: ValueMap,
  { name, defaults, tags }: { name: string; defaults: ValueMap; tags: ValueMap | undefined },
): boolean {
  const { condition, tags: own } = written;
  for (const path of typeof condition === "string" ? condition.split(",") : []) {
    const steps = path.trim().split(".");
    const said = flagOf(
      nodeAt(given, steps) ?? (steps[0] === name ? nodeAt(defaults, steps.slice(1)) : undefined),
    );
    if (said !== undefined) return said;
  }
  const flags = (Array.isArray(own) ? own : []).map((tag) => flagOf(tags && nodeAt(tags, [String(tag)])));
  return flags.includes(true) || !flags.includes(false);
}

function nodeAt(map: ValueMap, steps: readonly string[]): ValueNode | undefined {
  let node: ValueNode | undefined = map;
  for (const step of steps) node = node?.is === "map" ? node.entries.get(step) : undefined;
  return node;
}

function flagOf(node: ValueNode | undefined): boolean | undefined {
  return node?.is === "leaf" && typeof node.value === "boolean" ? node.value : undefined;
}

function tableAt(map: ValueMap, key: string): ValueMap | undefined {
  const node = map.entries.get(key);
  return node?.is === "map" ? node : undefined;
}

function nameOf({ name, written: { alias } }: Dependency): string {
  return typeof alias === "string" && alias !== "" ? alias : name;
}

/** What is refused here the render refuses too, with its reason. */
async function unlessRefused<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
}
