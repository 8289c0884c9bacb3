import { keyOfApp, trackingName, type Source } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type { RenderedDocument } from "../core/model/desired-object.ts";
import type { Log, RenderAsk, Rendered, Renderers, SourceAtCommit, SourceTree } from "../core/ports.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { isInside, resolveInside } from "../lib/resolve-inside.ts";
import type { RenderInputs, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { buildEnv } from "./build-env.ts";
import { chooseRenderer } from "./choose-renderer.ts";
import { createFindings } from "./findings.ts";
import { seen, stateOf, type SeenInput } from "./content-key.ts";
import { closeLinks, type ClosedPath } from "./link-closure.ts";
import { RenderCache, type PackedSource } from "./render-cache.ts";
import { cleanScratch } from "./run-folder.ts";
import { renderFailure, runRenderer } from "./run-renderer.ts";
import type { SandboxLevel } from "./sandbox-level.ts";
import { createSlots } from "./slots.ts";
import type { Tools } from "./tools.ts";

export interface RenderersOptions {
  /** Built-in and an operator's, names distinct. */
  renderers: readonly LoadedRenderer[];
  tools: Tools;
  level: SandboxLevel;
  sandbox: "required" | "best-effort";
  /** Applications there have no namespace in `$ARGOCD_APP_NAME`. */
  homeNamespace: string;
  /** Absent: renders do not outlive the process. */
  cacheDir?: string;
  /** Packed renders kept in memory and on disk, in bytes. Default 16 MiB and 512 MiB. */
  cacheBytes?: { memory: number; disk: number };
  scratchDir: string;
  /** For one render, waiting in line not counted. */
  timeoutMs: number;
  /** Renders with a tool that run at once. */
  concurrency: number;
  log: Log;
  /** After every render that ran; cached answers are none. */
  onRender?: (render: { renderer: string; tookMs: number; failed: boolean }) => void;
}

/** What was learnt about one source of one application, good for as long as everything it depends on stays. */
interface Remembered {
  /** Of everything in the request but environment and cluster. */
  requestHash: string;
  /** Object id of the source's folder: where it is the same, nothing inside needs a look. */
  folderOid: string;
  inputs: readonly SeenInput[];
  env: readonly string[];
  /** Of the environment that is used, the cluster where it is used, the tools' versions. */
  factsHash: string;
  tools: readonly string[];
  capabilities: "used" | "unused";
  key: string;
}

/** One source of one application on its way through. */
interface Asked {
  request: RenderRequest;
  /** Trees by ref; "" is the source's own. */
  trees: ReadonlyMap<string, SourceTree>;
  requestHash: string;
  memoryKey: string;
  cache: "use" | "renew";
}

interface Part {
  key: string;
  from: "cache" | "renderer";
  packed: PackedSource;
}

/** Applications' sources that are remembered; beyond it the least recent is asked for its inputs again. */
const MAX_REMEMBERED = 20_000;
/** Failures that only an edit can mend. */
const MAX_FAILURES = 2_000;
/** Of renderers, about content that many applications share. */
const MAX_FINDINGS = 4_000;
const NOTHING: PackedSource = { problems: [], sourceType: "", documents: () => [] };

/** Chooses a renderer for each source, and runs it only where something that it reads has changed. */
export async function createRenderers(options: RenderersOptions): Promise<Renderers & { settled(): Promise<void> }> {
  const { cacheBytes = { memory: 16 << 20, disk: 512 << 20 }, tools } = options;
  await cleanScratch(options.scratchDir);
  const cache = new RenderCache({ memoryBytes: cacheBytes.memory, diskBytes: cacheBytes.disk, log: options.log, ...(options.cacheDir === undefined ? {} : { cacheDir: options.cacheDir }) });
  const slots = createSlots(options.concurrency);
  const remembered = new Map<string, Remembered>();
  const failureByKey = new Map<string, Failure>();
  const runningByKey = new Map<string, Promise<PackedSource>>();
  const findings = createFindings(MAX_FINDINGS);
  const clusterHashes = new WeakMap<readonly string[], string>();

  async function render(ask: RenderAsk, signal: AbortSignal = new AbortController().signal): Promise<Rendered> {
    signal.throwIfAborted();
    const parts = await Promise.all(ask.sources.map((at, index) => renderSource(ask, at, index, signal)));
    let unpacked: { source: number; documents: RenderedDocument[] }[] | undefined;
    return {
      key: hashText(parts.map(({ key }) => key).join("\n")),
      // Unpacked on the first look only: who knows the key does not look.
      get documents() {
        return (unpacked ??= parts.map(({ packed }, source) => ({ source, documents: packed.documents() })));
      },
      sourceTypes: parts.map(({ packed }) => packed.sourceType),
      problems: parts.flatMap(({ packed }) => packed.problems),
      from: parts.some(({ from }) => from === "renderer") ? "renderer" : "cache",
    };
  }

  async function renderSource(ask: RenderAsk, at: SourceAtCommit, index: number, signal: AbortSignal): Promise<Part> {
    if (isReferenceOnly(at.source)) return { key: "reference only", from: "cache", packed: NOTHING };
    const asked = askedOf(ask, at, index);
    if (asked.cache === "use") {
      const known = await recall(asked);
      if (known !== undefined) return known;
    }
    const { request, trees } = asked;
    await checkFolder(request, at);
    const { chosen, by } = await chooseRenderer(options.renderers, request);
    const toolNames = new Set<string>();
    const versionOf = async (name: string): Promise<string> => {
      toolNames.add(name);
      return (await tools.find(name)).version;
    };
    const remember = <T>(name: string, find: () => Promise<T>): Promise<T> => findings.of(`${chosen.renderer.name} ${name}`, find);
    const inputs = await chosen.renderer.inputs(request, { tool: versionOf, remember }).catch((cause: unknown) => {
      throw renderFailure(cause, request, chosen);
    });
    const closed = new Map<string, ClosedPath[]>();
    for (const [ref, tree] of trees) {
      const paths = inputs.paths.filter((input) => (input.ref ?? "") === ref);
      if (ref === "" || paths.length > 0) closed.set(ref, await closeLinks(tree, paths));
    }
    const key = await rememberInputs(asked, inputs, closed, { by, chosen, toolNames: [...toolNames] });

    if (asked.cache === "use") {
      const packed = await cache.get(key);
      if (packed !== undefined) return { key, from: "cache", packed };
      const failure = failureByKey.get(key);
      if (failure !== undefined) throw failure;
    }
    const running = runningByKey.get(key);
    if (running !== undefined) {
      const shared = await running.catch(() => undefined);
      // Another's failure may be its own (aborted): this one finds out for itself.
      if (shared !== undefined) return { key, from: "cache", packed: shared };
    }
    const work = run(key, { request, inputs, closed, trees, chosen }, signal);
    runningByKey.set(key, work);
    try {
      return { key, from: "renderer", packed: await work };
    } finally {
      if (runningByKey.get(key) === work) runningByKey.delete(key);
    }
  }

  /** The answer of last time, where everything that it came from is still the same. */
  async function recall(asked: Asked): Promise<Part | undefined> {
    const last = remembered.get(asked.memoryKey);
    if (last === undefined || last.requestHash !== asked.requestHash) return undefined;
    const { path: folder, tree: own } = asked.request;
    const sameFolder = (await own.oid(folder)) === last.folderOid;
    for (const { ref, path, take, oid } of last.inputs) {
      if (sameFolder && ref === "" && isInside(path, folder)) continue;
      const tree = asked.trees.get(ref);
      if (tree === undefined || (await stateOf(tree, { path, take })) !== oid) return undefined;
    }
    if ((await factsHash(asked.request, last)) !== last.factsHash) return undefined;
    const packed = await cache.get(last.key);
    if (packed !== undefined) return { key: last.key, from: "cache", packed };
    const failure = failureByKey.get(last.key);
    if (failure !== undefined) throw failure;
    return undefined;
  }

  async function rememberInputs(
    { request, trees, requestHash, memoryKey }: Asked,
    inputs: RenderInputs,
    closed: ReadonlyMap<string, ClosedPath[]>,
    { by, chosen, toolNames }: { by: "asked-for" | "detected"; chosen: LoadedRenderer; toolNames: string[] },
  ): Promise<string> {
    const own = request.tree;
    const read = (await Promise.all([...closed].map(([ref, paths]) => seen(ref, trees.get(ref) ?? own, paths)))).flat();
    // What was only looked at decides whether to ask again, never what the render is called.
    const looked = (inputs.looked ?? []).map(async ({ ref = "", path, take }) => seen(ref, trees.get(ref) ?? own, [{ path, ...(take === undefined ? {} : { take }) }]));
    const names = by === "detected" ? [seen("", own, [{ path: request.path, take: "names" }])] : [];
    const lookedAt = (await Promise.all([...looked, ...names])).flat();
    const facts = { env: inputs.env ?? [], tools: toolNames, capabilities: inputs.capabilities };
    const shared = inputs.app === "unused";
    const key = hashValue({
      renderer: chosen.renderer.name,
      fingerprint: chosen.fingerprint,
      tool: inputs.tool,
      path: request.path,
      source: request.source,
      app: shared ? null : [request.app, request.namespace],
      refs: [...request.refs].map(([ref, { repoURL }]) => [ref, repoURL]),
      inputs: read.map(({ ref, path, take, oid }) => [ref, path, take, oid]),
      env: valuesOf(request, facts.env),
      cluster: inputs.capabilities === "used" ? [request.cluster.kubeVersion, apiVersionsHash(request.cluster.apiVersions)] : null,
    });
    remembered.delete(memoryKey);
    remembered.set(memoryKey, { requestHash, folderOid: (await own.oid(request.path)) ?? "", inputs: [...read, ...lookedAt], ...facts, factsHash: await factsHash(request, facts), key });
    dropOldest(remembered, MAX_REMEMBERED);
    return key;
  }

  async function factsHash(request: RenderRequest, { env, tools: names, capabilities }: Pick<Remembered, "env" | "tools" | "capabilities">): Promise<string> {
    const versions = await Promise.all(names.map(async (name) => (await tools.find(name)).version));
    return hashValue([valuesOf(request, env), versions, capabilities === "used" ? [request.cluster.kubeVersion, apiVersionsHash(request.cluster.apiVersions)] : null]);
  }

  function apiVersionsHash(apiVersions: readonly string[]): string {
    let hash = clusterHashes.get(apiVersions);
    if (hash === undefined) clusterHashes.set(apiVersions, (hash = hashText(apiVersions.join("\n"))));
    return hash;
  }

  async function run(key: string, render: Parameters<typeof runRenderer>[1], signal: AbortSignal): Promise<PackedSource> {
    const inLine = render.inputs.tool === "" ? <T>(work: () => Promise<T>) => work() : <T>(work: () => Promise<T>) => slots.run(signal, work);
    return inLine(async () => {
      const startedAt = performance.now();
      let failed = true;
      try {
        const source = await runRenderer(options, render, signal);
        failed = false;
        failureByKey.delete(key);
        return cache.put(key, source);
      } catch (cause) {
        if (cause instanceof Failure && cause.retry === "after-edit") failureByKey.set(key, cause);
        dropOldest(failureByKey, MAX_FAILURES);
        throw cause;
      } finally {
        options.onRender?.({ renderer: render.chosen.renderer.name, tookMs: performance.now() - startedAt, failed });
      }
    });
  }

  function askedOf(ask: RenderAsk, { source, tree, commit }: SourceAtCommit, index: number): Asked {
    const { metadata, spec } = ask.app;
    const key = keyOfApp(ask.app);
    const namespace = spec.destination.namespace ?? "";
    const path = resolveInside("", source.path ?? "");
    if (!path.ok) throw new Failure("path-outside-source", source.path ?? "", "after-edit", { cannot: "render", why: `the path of the source is refused: ${path.why}`, fix: "Write it relative to the repository's root" });
    const refs = refsOf(ask.sources);
    const request: RenderRequest = {
      source,
      path: path.path,
      tree,
      refs,
      app: { name: metadata.name, namespace: metadata.namespace, project: spec.project },
      namespace,
      cluster: ask.cluster,
      env: buildEnv({ appName: trackingName(key, options.homeNamespace), namespace, project: spec.project, commit, source, cluster: ask.cluster }),
    };
    const trees = new Map([["", tree], ...[...refs].map(([ref, { tree: other }]) => [ref, other] as const)]);
    const requestHash = hashValue([source, request.app, namespace, [...refs].map(([ref, { repoURL }]) => [ref, repoURL])]);
    return { request, trees, requestHash, memoryKey: `${key}#${index}`, cache: ask.cache };
  }

  return { render, settled: () => cache.settled() };
}

/** A source that only lends its files to others. */
function isReferenceOnly(source: Source): boolean {
  return source.ref !== undefined && source.ref !== "" && (source.path ?? "") === "" && (source.chart ?? "") === "";
}

function refsOf(sources: readonly SourceAtCommit[]): Map<string, { tree: SourceTree; repoURL: string }> {
  const refs = new Map<string, { tree: SourceTree; repoURL: string }>();
  for (const { source, tree } of sources) {
    const ref = source.ref?.replace(/^\$/, "") ?? "";
    if (ref === "") continue;
    if (refs.has(ref)) throw new Failure("invalid-spec", `$${ref}`, "after-edit", { cannot: "render", why: "two sources bear this ref", fix: "Name each source's ref differently" });
    refs.set(ref, { tree, repoURL: source.repoURL });
  }
  return refs;
}

async function checkFolder({ path, tree }: RenderRequest, { source, commit }: SourceAtCommit): Promise<void> {
  if (path === "") return;
  const entry = await tree.entry(path);
  if (entry?.kind === "folder" || entry?.kind === "link") return;
  const why = entry === undefined ? `${source.repoURL} has no such folder at ${commit.slice(0, 12)}` : `it is a ${entry.kind} and no folder`;
  throw new Failure("git-path", path, "after-edit", { cannot: "render", why, fix: "Correct the source's path, or its revision" });
}

function valuesOf(request: RenderRequest, names: readonly string[]): [string, string][] {
  return [...names].sort().map((name) => [name, request.env[name] ?? ""]);
}

/** Maps keep their order of insertion. */
function dropOldest(map: Map<string, unknown>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) break;
    map.delete(key);
  }
}
