import { Failure } from "../core/model/failure.ts";
import type { UsedBase } from "../core/ports/renderers.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { isInside } from "../lib/resolve-inside.ts";
import { namesIn } from "../lib/substitute-env.ts";
import type { FetchedInput, RenderInputs, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import type { AskedSource } from "./asked-source.ts";
import { type Brought, type Fetchers, type ForeignSource, treeKey, type Used } from "./brought.ts";
import { dependsOnCommit } from "./build-env.ts";
import { type SeenInput, seen, stateOf } from "./content-key.ts";
import type { ClosedPath } from "./link-closure.ts";
import { outsideState } from "./outside-state.ts";
import type { Tools } from "./tools.ts";

/** What a renderer answered, and through whom. */
export interface AnsweredInputs {
  inputs: RenderInputs;
  /** Inputs by ref with their links followed, "" for the source itself. */
  closed: ReadonlyMap<string, ClosedPath[]>;
  chosen: LoadedRenderer;
  by: "asked-for" | "detected";
  /** What it had brought from elsewhere. */
  brought: Brought;
  /** The repositories among that, as far as they are read, by `treeKey`. */
  foreign: ReadonlyMap<string, ForeignSource>;
  /** Tools whose versions it asked for. */
  toolNames: readonly string[];
  /** Files and folders of this machine that it asked about. */
  outside: readonly string[];
}

/** A source's render, by name, and what the name depends on. */
export interface NamedRender {
  key: string;
  /** By ref, "" for the source itself; `unknown`: the commit is part of it. */
  inputs: readonly Pick<SeenInput, "ref" | "path">[] | "unknown";
  used: Used;
}

interface Facts {
  env: readonly string[];
  tools: readonly string[];
  outside: readonly string[];
  capabilities: "used" | "unused";
}

interface Remembered extends Facts {
  requestHash: string;
  /** Object id of the source's folder: where it is the same, nothing inside needs a look. */
  folderOid: string;
  inputs: readonly SeenInput[];
  used: Used;
  factsHash: string;
  key: string;
}

/** Sources of applications; beyond it the least recent is asked for its inputs again. */
const MAX_REMEMBERED = 20_000;

/** The key under which a source's render is kept, remembered for as long as nothing that it came from has changed. */
export class InputMemory {
  readonly #remembered = new Lru<string, Remembered>(MAX_REMEMBERED);
  readonly #hashByApiVersions = new WeakMap<readonly string[], string>();

  constructor(private readonly tools: Tools) {}

  /** undefined where the renderer has to be asked for its inputs again. @throws {Failure} tool-missing */
  async recall(
    { request, trees, requestHash, memoryKey }: AskedSource,
    fetchers: Fetchers,
  ): Promise<NamedRender | undefined> {
    const last = this.#remembered.get(memoryKey);
    if (last === undefined || last.requestHash !== requestHash) return undefined;
    const sameFolder = (await request.tree.oid(request.path)) === last.folderOid;
    for (const { ref, path, take, oid } of last.inputs) {
      if (sameFolder && ref === "" && isInside(path, request.path)) continue;
      const tree = trees.get(ref);
      if (tree === undefined || (await stateOf(tree, { path, take })) !== oid) return undefined;
    }
    const used = await usedNow(last.used, fetchers);
    if (used === undefined || (await this.#factsHash(request, last)) !== last.factsHash) return undefined;
    const now = { ...last, used };
    this.#remembered.set(memoryKey, now);
    return named(now);
  }

  async remember(
    { request, trees, requestHash, memoryKey }: AskedSource,
    { inputs, closed, foreign, brought, chosen, by, toolNames, outside }: AnsweredInputs,
  ): Promise<NamedRender> {
    const treeOf = (ref: string): SourceTree => trees.get(ref) ?? request.tree;
    const read = (await Promise.all([...closed].map(([ref, paths]) => seen(ref, treeOf(ref), paths)))).flat();
    // What was only looked at decides whether to ask again, never what the render is called.
    const looked = (inputs.looked ?? []).map(({ ref = "", path, take }) =>
      seen(ref, treeOf(ref), [{ path, ...defined({ take }) }]),
    );
    const names = by === "detected" ? [seen("", request.tree, [{ path: request.path, take: "names" }])] : [];
    const lookedAt = (await Promise.all([...looked, ...names])).flat();
    const facts: Facts = {
      env: [...new Set([...(inputs.env ?? []), ...namesInPlugin(request)])],
      tools: toolNames,
      outside,
      capabilities: inputs.capabilities,
    };
    const key = hashValue({
      renderer: chosen.renderer.name,
      fingerprint: chosen.fingerprint,
      tool: inputs.tool,
      path: request.path,
      source: request.source,
      app: inputs.app === "unused" ? null : [request.app, request.namespace],
      refs: [...request.refs].map(([ref, { repoURL }]) => [ref, repoURL]),
      inputs: read.map(({ ref, path, take, oid }) => [ref, path, take, oid]),
      fetched: await fetchedState(inputs.fetched ?? [], foreign),
      env: valuesOf(request, facts.env),
      cluster: this.#clusterOf(request, facts.capabilities),
    });
    const folderOid = (await request.tree.oid(request.path)) ?? "";
    const fresh: Remembered = {
      ...facts,
      requestHash,
      folderOid,
      inputs: [...read, ...lookedAt],
      used: { charts: brought.charts, bases: brought.bases },
      factsHash: await this.#factsHash(request, facts),
      key,
    };
    this.#remembered.set(memoryKey, fresh);
    return named(fresh);
  }

  #clusterOf(
    { cluster: { kubeVersion, apiVersions } }: RenderRequest,
    capabilities: "used" | "unused",
  ): [string, string] | null {
    if (capabilities === "unused") return null;
    const hash = this.#hashByApiVersions.get(apiVersions) ?? hashText(apiVersions.join("\n"));
    this.#hashByApiVersions.set(apiVersions, hash);
    return [kubeVersion, hash];
  }

  async #factsHash(
    request: RenderRequest,
    { env, tools: names, outside, capabilities }: Facts,
  ): Promise<string> {
    const versions = await Promise.all(names.map(async (name) => (await this.tools.find(name)).version));
    return hashValue([
      valuesOf(request, env),
      versions,
      outside.map(outsideState),
      this.#clusterOf(request, capabilities),
    ]);
  }
}

/** What was used, as it is known now; undefined where some of it would not be found as it was. */
async function usedNow(used: Used, { charts, bases }: Fetchers): Promise<Used | undefined> {
  const [chartsNow, basesNow] = await Promise.all([
    unlessChanged(
      used.charts.map(async (one) => {
        const found = await charts?.find(one.asked);
        return found?.digest === one.found.digest ? { ...one, found } : undefined;
      }),
    ),
    unlessChanged(
      used.bases.map(async (one): Promise<UsedBase | undefined> => {
        if (one.is === "file") {
          const found = await bases?.findFile(one.asked);
          return found?.digest === one.found.digest ? { ...one, found } : undefined;
        }
        // Whether its submodules may be had, only reading tells.
        if (one.found.holds !== undefined) return undefined;
        const found = await bases?.findTree(one.asked);
        return found?.commit === one.found.commit ? { ...one, found } : undefined;
      }),
    ),
  ]);
  return chartsNow === undefined || basesNow === undefined
    ? undefined
    : { charts: chartsNow, bases: basesNow };
}

/** What cannot be told is found out by asking for it. */
async function unlessChanged<T>(all: readonly Promise<T | undefined>[]): Promise<T[] | undefined> {
  try {
    const found = await Promise.all(all);
    return found.every((one) => one !== undefined) ? found : undefined;
  } catch (cause) {
    if (cause instanceof Failure) return undefined;
    throw cause;
  }
}

/** Of another repository what is read counts, not at which commit it is so. */
async function fetchedState(
  fetched: readonly FetchedInput[],
  foreign: AnsweredInputs["foreign"],
): Promise<unknown[]> {
  return Promise.all(
    fetched.map(async (one) => {
      if (!("tree" in one)) return [one.digest, one.at];
      const source = foreign.get(treeKey(one.tree));
      const read = source === undefined ? [] : await seen("", source.tree, source.closed);
      return [one.at, read.map(({ path, take, oid }) => [path, take, oid])];
    }),
  );
}

function named({ key, inputs, env, used }: Remembered): NamedRender {
  return { key, used, inputs: env.some((name) => dependsOnCommit(name)) ? "unknown" : inputs };
}

/** Variables that were put into what the source gives its plugin: their values are in it, whatever the renderer names. */
function namesInPlugin({ source: { plugin } }: RenderRequest): string[] {
  return (plugin?.env ?? []).flatMap(({ value = "" }) => namesIn(value));
}

function valuesOf(request: RenderRequest, names: readonly string[]): [string, string][] {
  return [...names].sort().map((name) => [name, request.env[name] ?? ""]);
}
