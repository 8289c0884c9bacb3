import type { RenderedDocument } from "../core/model/desired-object.ts";
import { Failure } from "../core/model/failure.ts";
import type { SourceValues } from "../core/model/source-values.ts";
import type { Log } from "../core/ports/log.ts";
import type {
  LocatedSource,
  RenderAsk,
  Rendered,
  RenderedInput,
  Renderers,
} from "../core/ports/renderers.ts";
import { defined } from "../lib/defined.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { Lru } from "../lib/lru.ts";
import { ProcessGroups } from "../lib/process-groups.ts";
import { Slots } from "../lib/slots.ts";
import type { InputsContext, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { type AskedSource, askedSource, checkFolder, isReferenceOnly } from "./asked-source.ts";
import { bringing, type Fetchers, foreignSources } from "./brought.ts";
import { chooseRenderer } from "./choose-renderer.ts";
import type { Decryption } from "./decryption.ts";
import { createFindings } from "./findings.ts";
import { type AnsweredInputs, InputMemory, type NamedRender } from "./input-memory.ts";
import { type ClosedPath, closeLinks } from "./link-closure.ts";
import { outsideState } from "./outside-state.ts";
import { type PackedSource, RenderCache } from "./render-cache.ts";
import { cleanScratch } from "./run-folder.ts";
import { completed, type RenderRun, renderFailure, runRenderer } from "./run-renderer.ts";
import type { SandboxLevel } from "./sandbox-level.ts";
import { overrideFiles, withOverrides } from "./source-overrides.ts";
import type { Tools } from "./tools.ts";
import { forUnmerged, withheld } from "./unmerged.ts";
import { type SearchedWords, wordsOutside } from "./words-outside.ts";

export interface RenderersOptions {
  /** Built-in and an operator's, names distinct. */
  renderers: readonly LoadedRenderer[];
  tools: Tools;
  decryption: Decryption;
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

/** One rendered source. */
interface Part {
  key: string;
  used: NamedRender["used"];
  inputs: NamedRender["inputs"];
  from: "cache" | "renderer";
  packed: PackedSource;
}

/** Who would render a source. */
export interface SourceTyping {
  /**
   * Of the first source; nothing is rendered, and a plugin may be run to look at its folder.
   * @returns Argo CD's word, `Helm`, `Kustomize`, `Directory`; and the source with what files of its folder override
   * @throws {Failure} git-path, path-outside-source, invalid-spec, manifest
   */
  typed(ask: RenderAsk, signal?: AbortSignal): Promise<{ type: string; request: RenderRequest }>;
}

/** Failures that only an edit can mend. */
const MAX_FAILURES = 2_000;
/** Of renderers, about content that many applications share. */
const MAX_FINDINGS = 4_000;
/** Of one source each. */
const VALUES_AT_ONCE = 4;
/** How long a stop waits for programs, which have two seconds before they are killed. */
const STOP_WITHIN_MS = 5_000;
const NOTHING: Part = {
  key: "reference only",
  used: { charts: [], bases: [] },
  inputs: [],
  from: "cache",
  packed: { problems: [], sourceType: "", documents: () => [] },
};

/** Chooses a renderer for each source, and runs it only where something that it reads has changed. */
export async function createRenderers(options: RenderersOptions): Promise<CachedRenderers> {
  await cleanScratch(options.scratchDir);
  return new CachedRenderers(options);
}

class CachedRenderers implements Renderers, SourceTyping {
  readonly #options: RenderersOptions;
  readonly #host: RenderersOptions & { groups: ProcessGroups };
  readonly #cache: RenderCache;
  readonly #memory: InputMemory;
  readonly #findings = createFindings(MAX_FINDINGS);
  readonly #slots: Slots;
  /** Values of large charts take a while to read, and whoever looks at them waits for others who do. */
  readonly #valueSlots = new Slots(VALUES_AT_ONCE);
  readonly #failureByKey = new Lru<string, Failure>(MAX_FAILURES);
  readonly #runningByKey = new Map<string, Promise<PackedSource>>();
  readonly #runs = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();

  constructor(options: RenderersOptions) {
    const { cacheBytes = { memory: 16 << 20, disk: 512 << 20 } } = options;
    this.#options = options;
    this.#host = { ...options, groups: new ProcessGroups() };
    this.#cache = new RenderCache({
      memoryBytes: cacheBytes.memory,
      diskBytes: cacheBytes.disk,
      log: options.log,
      ...defined({ cacheDir: options.cacheDir }),
    });
    this.#memory = new InputMemory(options.tools);
    this.#slots = new Slots(options.concurrency);
  }

  async render(ask: RenderAsk, given?: AbortSignal): Promise<Rendered> {
    const signal = this.#until(given);
    signal.throwIfAborted();
    const parts = await Promise.all(
      ask.sources.map((at, index) => this.#renderSource(ask, at, index, signal)),
    );
    let unpacked: { source: number; documents: RenderedDocument[] }[] | undefined;
    return {
      key: hashText(parts.map(({ key, packed }) => `${key}${packed.foreign ?? ""}`).join("\n")),
      // Unpacked on the first look only: who knows the key does not look.
      get documents() {
        unpacked ??= parts.map(({ packed }, source) => ({ source, documents: packed.documents() }));
        return unpacked;
      },
      sourceTypes: parts.map(({ packed }) => packed.sourceType),
      problems: parts.flatMap(({ packed }) => packed.problems),
      inputs: inputsOfAll(parts, ask.sources),
      charts: parts.flatMap(({ used }) => used.charts),
      bases: parts.flatMap(({ used }) => used.bases),
      from: parts.some(({ from }) => from === "renderer") ? "renderer" : "cache",
    };
  }

  async typed(ask: RenderAsk, given?: AbortSignal): ReturnType<SourceTyping["typed"]> {
    const signal = this.#until(given);
    const [at] = ask.sources;
    if (at === undefined) throw new RangeError("there is no source");
    const asked = askedSource(ask, at, 0, this.#options.homeNamespace);
    await checkFolder(asked.request, at);
    const request = await withOverrides(asked.request);
    const { chosen } = await chooseRenderer(this.#renderersFor(asked.commits), request, (loaded) =>
      this.#detects(loaded, request, asked.trees, signal),
    );
    return { type: chosen.renderer.sourceType, request };
  }

  async values(ask: RenderAsk, given?: AbortSignal): Promise<(SourceValues | undefined)[]> {
    const signal = this.#until(given);
    const { homeNamespace, decryption } = this.#options;
    return Promise.all(
      ask.sources.map(async (at, index) => {
        if (isReferenceOnly(at.source)) return undefined;
        const asked = askedSource(ask, at, index, homeNamespace);
        await checkFolder(asked.request, at);
        const request = await withOverrides(asked.request);
        const { chosen } = await chooseRenderer(this.#renderersFor(asked.commits), request, (loaded) =>
          this.#detects(loaded, request, asked.trees, signal),
        );
        const { renderer } = chosen;
        if (renderer.values === undefined) return undefined;
        const isEncrypted = (path: string, content: Uint8Array): boolean =>
          decryption.decryptors.some((each) => each.recognizes(path, content) === "yes");
        const context = { ...bringing(ask, signal).lent, isEncrypted };
        const { values } = renderer;
        return this.#valueSlots
          .hold(() => values.call(renderer, request, context), signal)
          .catch((cause: unknown) => {
            throw renderFailure(cause, request, chosen);
          });
      }),
    );
  }

  #renderersFor(commits: AskedSource["commits"]): readonly LoadedRenderer[] {
    const { renderers } = this.#options;
    return commits === "not merged" ? renderers.map(forUnmerged) : renderers;
  }

  async #renderSource(ask: RenderAsk, at: LocatedSource, index: number, signal: AbortSignal): Promise<Part> {
    if (isReferenceOnly(at.source)) return NOTHING;
    const asked = askedSource(ask, at, index, this.#options.homeNamespace);
    const name = ask.cache === "use" ? await this.#memory.recall(asked, ask) : undefined;
    const known = name === undefined ? undefined : await this.#cached(name);
    if (known !== undefined) return known;
    await checkFolder(asked.request, at);
    const effective = { ...asked, request: await withOverrides(asked.request) };
    const answered = await this.#inputsOf(effective, ask, signal);
    const newName = await this.#memory.remember(effective, answered);
    return (
      (ask.cache === "use" ? await this.#cached(newName) : undefined) ??
      this.#run(newName, { ...effective, ...answered }, signal)
    );
  }

  async #inputsOf(
    { request, trees, commits }: AskedSource,
    fetchers: Fetchers,
    signal: AbortSignal,
  ): Promise<AnsweredInputs> {
    const renderers = this.#renderersFor(commits);
    const { lent, brought } = bringing(fetchers, signal);
    const {
      chosen,
      by,
      looked: lookedBy,
    } = await chooseRenderer(renderers, request, (loaded) => this.#detects(loaded, request, trees, signal));
    const { renderer } = chosen;
    const { tools } = this.#options;
    const toolNames = new Set<string>();
    const outside = new Set<string>();
    const inputs = await renderer
      .inputs(request, {
        async tool(name) {
          toolNames.add(name);
          return (await tools.find(name)).version;
        },
        async outside(path) {
          outside.add(path);
          return outsideState(path);
        },
        wordsIn: (where, words) => this.#wordsIn(where, words),
        ...lent,
        remember: (about, find) => this.#findings.of(`${renderer.name} ${about}`, find),
      })
      .catch((cause: unknown) => {
        throw renderFailure(cause, request, chosen);
      });
    const closed = new Map<string, ClosedPath[]>();
    for (const [ref, tree] of trees) {
      const paths = inputs.paths.filter((input) => (input.ref ?? "") === ref);
      if (ref === "" || paths.length > 0) closed.set(ref, await closeLinks(tree, paths));
    }
    const looked = [
      ...(inputs.looked ?? []),
      ...overrideFiles(request).map((path) => ({ path })),
      ...(lookedBy === "by a run" ? [{ path: request.path }] : []),
    ];
    return {
      inputs: { ...inputs, looked },
      closed,
      foreign: await foreignSources(inputs.fetched ?? [], brought),
      brought,
      chosen,
      by,
      toolNames: [...toolNames],
      outside: [...outside],
    };
  }

  async #wordsIn(
    where: Parameters<InputsContext["wordsIn"]>[0],
    words: SearchedWords,
  ): ReturnType<InputsContext["wordsIn"]> {
    const path = "tool" in where ? (await this.#options.tools.find(where.tool)).program : where.outside;
    const about = `words ${path} ${outsideState(path)} ${hashValue(words)}`;
    return this.#findings.of(about, () => wordsOutside(path, words));
  }

  /** Whether a renderer that must run something to tell knows the source's folder; asked once for the same content. */
  async #detects(
    loaded: LoadedRenderer,
    request: RenderRequest,
    trees: AskedSource["trees"],
    signal: AbortSignal,
  ): Promise<"detected" | "no"> {
    const { renderer, fingerprint } = loaded;
    const { detects } = renderer;
    if (detects === undefined) return "no";
    const { source, path, tree } = request;
    const content = await tree.oid(path);
    const about = `${renderer.name} ${fingerprint} detects ${hashValue([content, path, source, request.app, request.pluginEnv])}`;
    return this.#findings.of(about, async () => {
      const paths = [{ path, dangling: "left out" }] as const;
      const run: RenderRun = {
        request,
        inputs: { paths: [...paths], env: Object.keys(request.env), capabilities: "used", tool: "" },
        closed: new Map([["", await closeLinks(tree, paths)]]),
        trees,
        foreign: new Map(),
        brought: { files: new Map() },
        chosen: {
          ...loaded,
          renderer: {
            ...renderer,
            async render(shown, context) {
              const found = await detects.call(renderer, shown, context);
              return { documents: [], problems: [{ severity: "warning", text: found }] };
            },
          },
        },
      };
      const { problems } = await this.#slots.hold(
        () => this.#noted(runRenderer(this.#host, run, signal)),
        signal,
      );
      return problems.some(({ text }) => text === "detected") ? "detected" : "no";
    });
  }

  /** @throws {Failure} that of the last time, where only an edit can mend it */
  async #cached({ key, inputs, used }: NamedRender): Promise<Part | undefined> {
    const packed = await this.#cache.get(key);
    // What was opened for the very content of this very source is shown for it: somebody answered for that.
    if (packed !== undefined) return { key, inputs, used, from: "cache", packed };
    const failure = this.#failureByKey.get(key);
    if (failure !== undefined) throw failure;
    return undefined;
  }

  async #run(
    { key, inputs, used }: NamedRender,
    source: RenderRun & Pick<AskedSource, "commits">,
    signal: AbortSignal,
  ): Promise<Part> {
    for (
      let running = this.#runningByKey.get(key);
      running !== undefined;
      running = this.#runningByKey.get(key)
    ) {
      const packed = await running.catch(() => undefined);
      if (packed !== undefined) return { key, inputs, used, from: "cache", packed };
      // Another's failure may be its own (aborted): this one then finds out for itself.
      signal.throwIfAborted();
      if (this.#runningByKey.get(key) === running) break;
    }
    const work = this.#runNow(key, source, signal);
    this.#runningByKey.set(key, work);
    try {
      return { key, inputs, used, from: "renderer", packed: await work };
    } finally {
      if (this.#runningByKey.get(key) === work) this.#runningByKey.delete(key);
    }
  }

  async #runNow(
    key: string,
    source: RenderRun & Pick<AskedSource, "commits">,
    signal: AbortSignal,
  ): Promise<PackedSource> {
    let startedAt = performance.now();
    let failed = true;
    const run = (): ReturnType<typeof runRenderer> => {
      startedAt = performance.now();
      const { decryption } = this.#options;
      const host =
        source.commits === "merged" ? this.#host : { ...this.#host, decryption: withheld(decryption) };
      return this.#noted(runRenderer(host, source, signal));
    };
    try {
      const made = await (source.inputs.tool === "" ? run() : this.#slots.hold(run, signal));
      // A server that is waited for holds no place that another render needs.
      const rendered = await completed(this.#options, source, made, signal);
      failed = false;
      this.#failureByKey.delete(key);
      // What no tool made is made anew in less time than a file takes.
      const where = source.inputs.tool === "" || rendered.keep === "in memory" ? "memory" : "memory-and-disk";
      return this.#cache.put(key, rendered, where);
    } catch (cause) {
      if (cause instanceof Failure && cause.retry === "after-edit") this.#failureByKey.set(key, cause);
      throw cause;
    } finally {
      this.#options.onRender?.({
        renderer: source.chosen.renderer.name,
        tookMs: performance.now() - startedAt,
        failed,
      });
    }
  }

  /** Resolves when everything that was rendered is on disk, where a cache is kept there. */
  settled(): Promise<void> {
    return this.#cache.settled();
  }

  /** Ends every render, and the programs that run for it: none of them outlives us. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon stops"));
    await endedWithin(Promise.allSettled(this.#runs), STOP_WITHIN_MS);
  }

  #until(signal: AbortSignal | undefined): AbortSignal {
    const { signal: stopping } = this.#stopping;
    return signal === undefined ? stopping : AbortSignal.any([signal, stopping]);
  }

  #noted<T>(run: Promise<T>): Promise<T> {
    this.#runs.add(run);
    void run.catch(() => undefined).finally(() => this.#runs.delete(run));
    return run;
  }
}

/** Inputs of each source where they lie: what is read by ref lies in the source that bears the ref. */
function inputsOfAll(parts: readonly Part[], sources: readonly LocatedSource[]): Rendered["inputs"] {
  const found: RenderedInput[] = [];
  for (const [index, { inputs }] of parts.entries()) {
    if (inputs === "unknown") return "unknown";
    for (const { ref, path } of inputs) {
      const source =
        ref === "" ? index : sources.findIndex(({ source: other }) => other.ref?.replace(/^\$/, "") === ref);
      if (source < 0) return "unknown";
      found.push({ source, path });
    }
  }
  return found;
}
