import { join } from "node:path";
import { builtInDecryptors } from "../../plugins/index.ts";
import type { Config } from "../config/config.ts";
import { Failure } from "../core/model/failure.ts";
import { showProblem } from "../core/model/problem.ts";
import type { Log } from "../core/ports/log.ts";
import type { Renderers } from "../core/ports/renderers.ts";
import type { LoadedPlugins } from "../plugin/load.ts";
import { keysIn } from "../render/decryption.ts";
import { createRenderers, type RenderersOptions, type SourceTyping } from "../render/renderers.ts";
import { isFullSandbox, type SandboxLevel } from "../render/sandbox-level.ts";
import { type EmbeddedProgram, ToolFinder } from "../render/tools.ts";
import { configuredTools } from "./configured-tools.ts";
import { pluginsIn } from "./declared-plugins.ts";

export type Plugins = LoadedPlugins;

/** Built-in plugins and the operator's. @throws {Failure} config with every problem: a plugin that is meant and missing would render something else */
export async function pluginsOf(config: Config, version: string): Promise<Plugins> {
  const plugins = await pluginsIn(config, version);
  if (plugins.problems.length === 0) return plugins;
  throw new Failure("config", "plugins", "after-edit", {
    cannot: "load them",
    why: plugins.problems.map(showProblem).join("; "),
  });
}

/** The programs that render. */
export function toolsOf(
  { render, data }: Config,
  parts: {
    /** Programs by name that came with us. */
    embedded: Readonly<Record<string, EmbeddedProgram>>;
    searchPath: string;
    level: SandboxLevel;
  },
): ToolFinder {
  return new ToolFinder({ ...parts, scratchDir: join(data, "scratch"), ...configuredTools(render) });
}

export interface RenderingParts {
  plugins: Plugins;
  tools: ToolFinder;
  level: SandboxLevel;
  log: Log;
  onRender: NonNullable<RenderersOptions["onRender"]>;
}

export async function renderersOf(
  config: Config,
  { plugins, tools, level, log, onRender }: RenderingParts,
): Promise<Renderers & SourceTyping & { stop(): Promise<void> }> {
  const { render, data } = config;
  if (isFullSandbox(level)) log.info("tools are shut in", { sandbox: level.name });
  else log.warn("tools are not shut in completely", { sandbox: level.name, why: level.why });
  return createRenderers({
    renderers: plugins.renderers,
    decryption: { decryptors: builtInDecryptors, keys: keysIn(config.decryption) },
    level,
    scratchDir: join(data, "scratch"),
    log,
    onRender,
    tools,
    sandbox: render.requireSandbox ? "required" : "best-effort",
    homeNamespace: config.namespace,
    cacheDir: join(data, "renders"),
    cacheBytes: render.cacheBytes,
    timeoutMs: render.timeoutMs,
    concurrency: render.concurrency === 0 ? navigator.hardwareConcurrency : render.concurrency,
  });
}
