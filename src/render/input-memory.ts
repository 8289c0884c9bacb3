import type { SourceTree } from "../core/ports.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { isInside } from "../lib/resolve-inside.ts";
import type { RenderInputs, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import type { AskedSource } from "./asked-source.ts";
import { type SeenInput, seen, stateOf } from "./content-key.ts";
import type { ClosedPath } from "./link-closure.ts";
import type { Tools } from "./tools.ts";

/** What a renderer answered, and through whom. */
export interface AnsweredInputs {
  inputs: RenderInputs;
  /** Inputs by ref with their links followed, "" for the source itself. */
  closed: ReadonlyMap<string, ClosedPath[]>;
  chosen: LoadedRenderer;
  by: "asked-for" | "detected";
  /** Tools whose versions it asked for. */
  toolNames: readonly string[];
}

/** The key under which a source's render is kept, remembered for as long as nothing that it came from has changed. */
export interface InputMemory {
  /** undefined where the renderer has to be asked for its inputs again. @throws {Failure} tool-missing */
  recall(asked: AskedSource): Promise<string | undefined>;
  remember(asked: AskedSource, answered: AnsweredInputs): Promise<string>;
}

interface Facts {
  env: readonly string[];
  tools: readonly string[];
  capabilities: "used" | "unused";
}

interface Remembered extends Facts {
  requestHash: string;
  /** Object id of the source's folder: where it is the same, nothing inside needs a look. */
  folderOid: string;
  inputs: readonly SeenInput[];
  factsHash: string;
  key: string;
}

/** Sources of applications; beyond it the least recent is asked for its inputs again. */
const MAX_REMEMBERED = 20_000;

export function createInputMemory(tools: Tools): InputMemory {
  const remembered = new Lru<string, Remembered>(MAX_REMEMBERED);
  const hashByApiVersions = new WeakMap<readonly string[], string>();

  function clusterOf(
    { cluster: { kubeVersion, apiVersions } }: RenderRequest,
    capabilities: "used" | "unused",
  ): [string, string] | null {
    if (capabilities === "unused") return null;
    const hash = hashByApiVersions.get(apiVersions) ?? hashText(apiVersions.join("\n"));
    hashByApiVersions.set(apiVersions, hash);
    return [kubeVersion, hash];
  }

  async function factsHash(
    request: RenderRequest,
    { env, tools: names, capabilities }: Facts,
  ): Promise<string> {
    const versions = await Promise.all(names.map(async (name) => (await tools.find(name)).version));
    return hashValue([valuesOf(request, env), versions, clusterOf(request, capabilities)]);
  }

  async function recall({
    request,
    trees,
    requestHash,
    memoryKey,
  }: AskedSource): Promise<string | undefined> {
    const last = remembered.get(memoryKey);
    if (last === undefined || last.requestHash !== requestHash) return undefined;
    const sameFolder = (await request.tree.oid(request.path)) === last.folderOid;
    for (const { ref, path, take, oid } of last.inputs) {
      if (sameFolder && ref === "" && isInside(path, request.path)) continue;
      const tree = trees.get(ref);
      if (tree === undefined || (await stateOf(tree, { path, take })) !== oid) return undefined;
    }
    return (await factsHash(request, last)) === last.factsHash ? last.key : undefined;
  }

  async function remember(
    { request, trees, requestHash, memoryKey }: AskedSource,
    { inputs, closed, chosen, by, toolNames }: AnsweredInputs,
  ): Promise<string> {
    const treeOf = (ref: string): SourceTree => trees.get(ref) ?? request.tree;
    const read = (await Promise.all([...closed].map(([ref, paths]) => seen(ref, treeOf(ref), paths)))).flat();
    // What was only looked at decides whether to ask again, never what the render is called.
    const looked = (inputs.looked ?? []).map(({ ref = "", path, take }) =>
      seen(ref, treeOf(ref), [{ path, ...(take === undefined ? {} : { take }) }]),
    );
    const names = by === "detected" ? [seen("", request.tree, [{ path: request.path, take: "names" }])] : [];
    const lookedAt = (await Promise.all([...looked, ...names])).flat();
    const facts: Facts = { env: inputs.env ?? [], tools: toolNames, capabilities: inputs.capabilities };
    const key = hashValue({
      renderer: chosen.renderer.name,
      fingerprint: chosen.fingerprint,
      tool: inputs.tool,
      path: request.path,
      source: request.source,
      app: inputs.app === "unused" ? null : [request.app, request.namespace],
      refs: [...request.refs].map(([ref, { repoURL }]) => [ref, repoURL]),
      inputs: read.map(({ ref, path, take, oid }) => [ref, path, take, oid]),
      env: valuesOf(request, facts.env),
      cluster: clusterOf(request, facts.capabilities),
    });
    const folderOid = (await request.tree.oid(request.path)) ?? "";
    remembered.set(memoryKey, {
      ...facts,
      requestHash,
      folderOid,
      inputs: [...read, ...lookedAt],
      factsHash: await factsHash(request, facts),
      key,
    });
    return key;
  }

  return { recall, remember };
}

function valuesOf(request: RenderRequest, names: readonly string[]): [string, string][] {
  return [...names].sort().map((name) => [name, request.env[name] ?? ""]);
}
