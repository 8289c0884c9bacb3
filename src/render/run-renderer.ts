import { asFailure, Failure } from "../core/model/failure.ts";
import type { Log } from "../core/ports/log.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { startTimer } from "../lib/timer.ts";
import type { RenderContext, RenderInputs, RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { type Brought, type ForeignSource, treeKey } from "./brought.ts";
import { declaredTree } from "./declared-tree.ts";
import { type Decryption, type OpenedFiles, openedTree } from "./decryption.ts";
import { exportInputs, placeFor, writeFetched } from "./export-inputs.ts";
import type { ClosedPath } from "./link-closure.ts";
import { pointerProblems, submodules, withPointers } from "./not-fetched.ts";
import type { RenderedSource } from "./render-cache.ts";
import { FEWER_FETCHED, Room, SMALLER_FOLDER } from "./room.ts";
import { makeRunFolder } from "./run-folder.ts";
import { runTool, type ToolRunner } from "./run-tool.ts";

export interface RenderRun {
  request: RenderRequest;
  inputs: RenderInputs;
  /** Inputs by ref, "" for the source itself. */
  closed: ReadonlyMap<string, ClosedPath[]>;
  trees: ReadonlyMap<string, SourceTree>;
  /** Other repositories, by `treeKey`. */
  foreign: ReadonlyMap<string, ForeignSource>;
  brought: Pick<Brought, "files">;
  chosen: LoadedRenderer;
}

/** What a run made, and whether any file may hold it. */
export type RanSource = RenderedSource & { keep: "in memory" | "anywhere" };

/** Lends one renderer what it named, for one call, and takes everything back. */
export async function runRenderer(
  host: ToolRunner & { scratchDir: string; decryption: Decryption; log: Log },
  run: RenderRun,
  signal: AbortSignal,
): Promise<RanSource> {
  const {
    request,
    inputs,
    closed,
    chosen: { renderer },
  } = run;
  const object = objectOf(request);
  const opened: OpenedFiles = { paths: [], secrets: new Set() };
  const trees = new Map(
    await Promise.all(
      [...run.trees].map(async ([ref, tree]) => {
        const asked = inputs.paths.filter((input) => (input.ref ?? "") === ref);
        return [ref, await openedTree(tree, asked, host.decryption, opened)] as const;
      }),
    ),
  );
  const foreign = new Map(
    await Promise.all(
      [...run.foreign].map(async ([key, source]) => {
        const tree = await openedTree(source.tree, source.asked, host.decryption, opened);
        return [key, { ...source, tree }] as const;
      }),
    ),
  );
  const { stop, release } = deadline(host, run, signal);
  const folder = makeRunFolder(host.scratchDir);
  const names = new Map<string, string>();
  const exports = new Map<string, Promise<string>>();
  const toolRuns: Promise<unknown>[] = [];
  const pointers: string[] = [];
  const room = new Room();

  const write = async (ref: string): Promise<string> => {
    const tree = trees.get(ref),
      paths = closed.get(ref);
    if (tree === undefined || paths === undefined)
      throw new Failure("internal", object, "after-edit", {
        cannot: "render",
        why: `the renderer ${renderer.name} exports $${ref}, of which it named no input`,
        fix: "Correct the renderer's inputs()",
      });
    const to = folder.make(`source-${exports.size}`);
    names.set(to, ref === "" ? "" : `$${ref}`);
    pointers.push(...(await exportInputs(tree, paths, to, room, SMALLER_FOLDER)));
    if (ref === "") await writeBrought(to);
    return to;
  };
  /** Last, beside what is the source's own. A base may have files and charts brought into its own folders. */
  const writeBrought = async (to: string): Promise<void> => {
    for (const { tree, closed: paths, at } of foreign.values())
      pointers.push(
        ...(await exportInputs(tree, paths, await placeFor(at, to), room, FEWER_FETCHED)).map(
          (path) => `${at}/${path}`,
        ),
      );
    await writeFetched(inputs.fetched ?? [], to, room);
  };
  const undeclared = (what: string): Failure =>
    new Failure("internal", object, "after-edit", {
      cannot: "render",
      why: `the renderer ${renderer.name} reads ${what} without having named it among its inputs`,
      fix: "Correct the renderer's inputs()",
    });
  const context: RenderContext = {
    log: host.log.with({ renderer: renderer.name }),
    signal: stop.signal,
    tool: inputs.tool,
    get scratch() {
      const { scratch } = folder;
      names.set(scratch, "spec.source");
      return scratch;
    },
    export(ref = "") {
      const known = exports.get(ref) ?? write(ref);
      exports.set(ref, known);
      return known;
    },
    fetchedTree(asked) {
      const source = foreign.get(treeKey(asked));
      if (source === undefined) throw undeclared(asked.repoURL);
      return declaredTree(source.tree, source.closed, source.asked, renderer.name);
    },
    fetchedFile(url) {
      const content = run.brought.files.get(url);
      if (content === undefined) throw undeclared(url);
      return content;
    },
    run(name, argv, options) {
      const secrets = async (): Promise<readonly string[]> => [
        ...opened.secrets,
        ...((await options.secrets?.()) ?? []),
      ];
      const asked = { name, argv, ...options, secrets };
      const output = runTool(host, { object, folder, names }, asked, stop.signal);
      toolRuns.push(output);
      return output;
    },
  };
  try {
    signal.throwIfAborted();
    const made = renderer.render(shown(run), context);
    const { documents, problems, foreign } = await Promise.race([made, rejectedBy(stop.signal)]);
    return {
      // What was encrypted in Git is in no file of ours, whatever kind of object it went into.
      keep: opened.paths.length === 0 && foreign === undefined ? "anywhere" : "in memory",
      ...defined({ foreign }),
      documents: [...documents, ...(await submodules(run.closed, run.trees))],
      problems: [...problems, ...pointerProblems(pointers)],
      sourceType: renderer.sourceType,
    };
  } catch (cause) {
    signal.throwIfAborted();
    throw withPointers(renderFailure(cause, request, run.chosen), pointers);
  } finally {
    release();
    // A tool that is being ended must not write into a folder that is being removed.
    await Promise.allSettled(toolRuns);
    await folder.remove();
  }

  /** The request without what the renderer said it would not look at. */
  function shown({ request: whole }: RenderRun): RenderRequest {
    const tree = (ref: string, of: SourceTree): SourceTree =>
      declaredTree(
        of,
        closed.get(ref) ?? [],
        inputs.paths.filter((input) => (input.ref ?? "") === ref),
        renderer.name,
      );
    return {
      ...whole,
      tree: tree("", trees.get("") ?? whole.tree),
      refs: new Map(
        [...whole.refs].map(([ref, other]) => [
          ref,
          { ...other, tree: tree(ref, trees.get(ref) ?? other.tree) },
        ]),
      ),
      env: Object.fromEntries((inputs.env ?? []).map((name) => [name, whole.env[name] ?? ""])),
      ...(inputs.capabilities === "unused" ? { cluster: { kubeVersion: "", apiVersions: [] } } : {}),
      ...(inputs.app === "unused" ? { app: { name: "", namespace: "", project: "" }, namespace: "" } : {}),
    };
  }
}

/** Does what its renderer left to do, which may wait for servers. */
export async function completed(
  host: Pick<ToolRunner, "timeoutMs">,
  run: RenderRun,
  made: RanSource,
  signal: AbortSignal,
): Promise<RanSource> {
  const { complete } = run.chosen.renderer;
  if (complete === undefined) return made;
  const { stop, release } = deadline(host, run, signal);
  try {
    const whole = await Promise.race([complete(made, stop.signal), rejectedBy(stop.signal)]);
    // Nor is what lies in a secret store.
    return { ...made, ...whole, keep: whole.foreign === undefined ? made.keep : "in memory" };
  } catch (cause) {
    signal.throwIfAborted();
    throw renderFailure(cause, run.request, run.chosen);
  } finally {
    release();
  }
}

/** Aborted when the signal is, and with a sentence when the time for one render is over. */
function deadline(
  { timeoutMs }: Pick<ToolRunner, "timeoutMs">,
  { request, chosen: { renderer } }: RenderRun,
  signal: AbortSignal,
): { stop: AbortController; release: () => void } {
  const stop = new AbortController();
  const timer = startTimer(timeoutMs, () =>
    stop.abort(
      new Failure("render-timeout", objectOf(request), "backoff", {
        cannot: "render",
        why: `${renderer.name} did not end within ${timeoutMs / 1000} seconds`,
        fix: "Make it simpler, or raise render.timeout in the config",
      }),
    ),
  );
  const abort = (): void => stop.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return {
    stop,
    release() {
      timer.cancel();
      signal.removeEventListener("abort", abort);
    },
  };
}

/** What a failure of this source is about. */
export function objectOf({ path }: RenderRequest): string {
  return path === "" ? "the repository's root" : path;
}

/** An operator's renderer has no `Failure` to throw: its errors are the words for the user. A built-in's are faults of ours. */
export function renderFailure(
  cause: unknown,
  request: RenderRequest,
  { renderer, from }: LoadedRenderer,
): Failure {
  const failure = asFailure(cause, objectOf(request), "render");
  if (failure.code !== "internal" || from === "built-in" || cause instanceof Failure) return failure;
  return new Failure("render", objectOf(request), "backoff", {
    cannot: "render",
    why: `${renderer.name} says: ${failure.why}`,
    cause,
  });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
