/** What kustomizations set, and what the application sets in their place, each with where it comes from. Runs nothing. */
import { posix } from "node:path";
import {
  MOST_VALUES,
  type SourceValue,
  type SourceValues,
  type ValueLayer,
  type ValueThere,
} from "../../../src/core/model/source-values.ts";
import { type FieldPath, showPath } from "../../../src/lib/field-path.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { resolveInside } from "../../../src/lib/resolve-inside.ts";
import { withoutUserinfo } from "../../../src/lib/url-userinfo.ts";
import { lineOf, parseYaml, type YamlDocument } from "../../../src/lib/yaml.ts";
import type { RenderRequest, ValuesContext } from "../../../src/plugin/contract.ts";
import { editedKustomization } from "./edited-kustomization.ts";
import { broughtNow, Foreign, type Root } from "./elsewhere.ts";
import { type FoundKustomization, type Kustomization, readKustomization, strings } from "./kustomization.ts";
import { meantElsewhere } from "./meant-elsewhere.ts";
import { realPath } from "./real-path.ts";
import { readsAsRemote } from "./remote-names.ts";
import { type Setting, settingsIn, settingsOver } from "./settings-in.ts";

/** More of them than people write, and few enough to be read while somebody waits. */
const MAX_KUSTOMIZATIONS = 500;

/** @throws {Failure} as a render would, where a kustomization cannot be read or a base of another repository cannot be had */
export async function kustomizeValues(request: RenderRequest, context: ValuesContext): Promise<SourceValues> {
  const { at, edited, original } = await editedKustomization(request);
  const own: Root = { tree: request.tree, at: "", name: "", paths: new Set() };
  const walk = new Walk(context, at);
  const settings = await walk.settings({ root: own, folder: at }, edited, original);
  const values = settings.slice(0, MOST_VALUES).map(({ below, field, name, there, was }): SourceValue => {
    const path = [...(below === "" ? [] : [below]), field, ...(name === "" ? [] : [name])];
    return { ...there, is: "given", path, was };
  });
  return { layers: walk.layers, values, total: settings.length, charts: [...walk.charts] };
}

interface Place {
  root: Root;
  folder: string;
}

class Walk {
  readonly layers: ValueLayer[] = [];
  readonly charts = new Set<string>();
  readonly #done = new Set<string>();
  readonly #foreign: Foreign;

  constructor(
    private readonly context: ValuesContext,
    private readonly start: string,
  ) {
    this.#foreign = new Foreign(broughtNow(context));
  }

  /** @param original as it is written, where the application changes something of it */
  async settings(place: Place, found: FoundKustomization, original?: Kustomization): Promise<Setting[]> {
    this.#done.add(placeKey(place));
    const { content } = found;
    for (const chart of [content["helmCharts"], content["helmChartInflationGenerator"]].flat())
      if (isMapping(chart)) this.charts.add(String(chart["name"] ?? chart["chartName"] ?? ""));
    let below = (
      await this.#each([...strings(content["resources"]), ...strings(content["bases"])], place, found)
    ).flat();
    // They change what the resources came to, each what the one before left.
    for (const settings of await this.#each(strings(content["components"]), place, found))
      below = settingsOver(settings, below);
    return settingsOver(await this.#own(place, found, original), below);
  }

  async #own(place: Place, found: FoundKustomization, original?: Kustomization): Promise<Setting[]> {
    const below = this.#shown(place);
    const bytes = await place.root.tree.read(found.file);
    const isEncrypted = this.context.isEncrypted(found.file, bytes);
    const document = parseYaml(bytes).documents[0];
    const layer = this.layers.push({
      ...(place.root.target === undefined
        ? { is: "file" as const, ref: "", path: found.file }
        : { is: "url" as const, url: addressOf(place.root, found.file) }),
      state: isEncrypted ? "closed" : "read",
    });
    if (isEncrypted) return [];
    const written = settingsIn(
      original ?? found.content,
      (path) => fromFile(layer - 1, document, path),
      below,
    );
    if (original === undefined) return written;
    const spec = this.layers.push({ is: "spec", state: "read" }) - 1;
    const before = new Map(written.map((one) => [`${one.field} ${one.name}`, one]));
    return settingsIn(found.content, () => ({ layer: spec }), below).map((one) => {
      const had = before.get(`${one.field} ${one.name}`);
      if (had === undefined) return one;
      return isSame(had.there, one.there) ? had : { ...one, was: [had.there] };
    });
  }

  /** Of each folder that has a kustomization; what else they name is read by kustomize alone. */
  async #each(names: readonly string[], from: Place, found: FoundKustomization): Promise<Setting[][]> {
    const all: Setting[][] = [];
    for (const name of names) {
      const place = readsAsRemote(name) ? await this.#elsewhere(name, found.file) : await inside(from, name);
      if (place === undefined || this.#done.has(placeKey(place))) continue;
      if (this.#done.size >= MAX_KUSTOMIZATIONS) break;
      const next = await readKustomization(place.root.tree, place.folder);
      if (next !== undefined) all.push(await this.settings(place, next));
    }
    return all;
  }

  async #elsewhere(text: string, file: string): Promise<Place | undefined> {
    const { kind, target } = meantElsewhere(file, {
      ...{ field: "resources", text, is: "file-or-folder" },
      moved: (content) => content,
    });
    // What may be a file is one, or the render says what it is.
    if (kind !== "repository") return undefined;
    const root = await this.#foreign.root(target, file);
    return { root, folder: await realPath(root.tree, target.path) };
  }

  /** "" for the one that is built, and for others the way to them. */
  #shown({ root, folder }: Place): string {
    if (root.target !== undefined) return `${withoutUserinfo(root.name)} ${folder}`.trim();
    return folder === this.start ? "" : posix.relative(`/${this.start}`, `/${folder}`);
  }
}

async function inside({ root, folder }: Place, name: string): Promise<Place | undefined> {
  const path = resolveInside(folder, name);
  if (!path.ok) return undefined;
  const entry = path.path === "" ? { kind: "folder" } : await root.tree.entry(path.path);
  if (entry === undefined || entry.kind === "file" || entry.kind === "submodule") return undefined;
  return { root, folder: await realPath(root.tree, path.path) };
}

function placeKey({ root, folder }: Place): string {
  return `${root.name} ${folder}`;
}

/** As kustomize writes a base of another repository. */
function addressOf({ target }: Root, file: string): string {
  const { repoURL = "", revision = "" } = target ?? {};
  return `${withoutUserinfo(repoURL)}//${file}${revision === "" ? "" : `?ref=${revision}`}`;
}

function fromFile(
  layer: number,
  document: YamlDocument | undefined,
  path: FieldPath,
): { layer: number; line?: number } {
  return document === undefined ? { layer } : { layer, line: lineOf(document, showPath(path)) };
}

function isSame(one: ValueThere, other: ValueThere): boolean {
  return "value" in one && "value" in other && one.value === other.value;
}
