import { Failure } from "../core/model/failure.ts";
import type { ChartFetcher, UsedChart } from "../core/ports/renderers.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { isInside } from "../lib/resolve-inside.ts";
import type { RenderInputs, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import type { AskedSource } from "./asked-source.ts";
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
  /** Charts that it had brought. */
  charts: readonly UsedChart[];
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
  charts: readonly UsedChart[];
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
  charts: readonly UsedChart[];
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
    charts: ChartFetcher | undefined,
  ): Promise<NamedRender | undefined> {
    const last = this.#remembered.get(memoryKey);
    if (last === undefined || last.requestHash !== requestHash) return undefined;
    const sameFolder = (await request.tree.oid(request.path)) === last.folderOid;
    for (const { ref, path, take, oid } of last.inputs) {
      if (sameFolder && ref === "" && isInside(path, request.path)) continue;
      const tree = trees.get(ref);
      if (tree === undefined || (await stateOf(tree, { path, take })) !== oid) return undefined;
    }
    if (!(await areStill(last.charts, charts))) return undefined;
    return (await this.#factsHash(request, last)) === last.factsHash ? named(last) : undefined;
  }

  async remember(
    { request, trees, requestHash, memoryKey }: AskedSource,
    { inputs, closed, charts, chosen, by, toolNames, outside }: AnsweredInputs,
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
      env: inputs.env ?? [],
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
      fetched: (inputs.fetched ?? []).map(({ digest, at }) => [digest, at]),
      env: valuesOf(request, facts.env),
      cluster: this.#clusterOf(request, facts.capabilities),
    });
    const folderOid = (await request.tree.oid(request.path)) ?? "";
    const fresh: Remembered = {
      ...facts,
      requestHash,
      folderOid,
      inputs: [...read, ...lookedAt],
      charts,
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

/** Whether each would be found as it was; what cannot be told is found out by asking for it. */
async function areStill(used: readonly UsedChart[], charts: ChartFetcher | undefined): Promise<boolean> {
  const found = await Promise.all(
    used.map(async ({ asked, found }) => {
      const now = await charts?.find(asked).catch((cause: unknown) => {
        if (cause instanceof Failure) return undefined;
        throw cause;
      });
      return now?.digest === found.digest;
    }),
  );
  return found.every((isSame) => isSame);
}

function named({ key, inputs, env, charts }: Remembered): NamedRender {
  return { key, charts, inputs: env.some((name) => dependsOnCommit(name)) ? "unknown" : inputs };
}

function valuesOf(request: RenderRequest, names: readonly string[]): [string, string][] {
  return [...names].sort().map((name) => [name, request.env[name] ?? ""]);
}
