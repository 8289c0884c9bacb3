import { realpathSync } from "node:fs";
import { delimiter } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";
import type { ResourceLimits } from "../lib/posix.ts";
import type { ProcessGroups } from "../lib/process-groups.ts";
import { withoutSecrets } from "../lib/secret-values.ts";
import type { RenderContext, ToolName } from "../plugin/contract.ts";
import { besideTool, linked } from "./beside-tools.ts";
import { helmStandIn } from "./jail/helm-stand-in.ts";
import { retryOfTool } from "./retry-of-tool.ts";
import type { RunFolder } from "./run-folder.ts";
import { FULL_SANDBOX, isFullSandbox, type SandboxLevel } from "./sandbox-level.ts";
import { type ProcessEnd, runSandboxed } from "./sandboxed-process.ts";
import { toolWords } from "./tool-words.ts";
import type { Tools } from "./tools.ts";

export interface ToolRunner {
  tools: Tools;
  level: SandboxLevel;
  /** `required`: no tool runs below the full sandbox. */
  sandbox: "required" | "best-effort";
  timeoutMs: number;
  groups: ProcessGroups;
}

/** What one render's tools run in. */
export interface ToolSurroundings {
  /** The source's folder in its repository, for failures. */
  object: string;
  folder: RunFolder;
  /** Folder on this machine -> how a person knows it, for the tool's words. */
  names: ReadonlyMap<string, string>;
}

/** Measured: helm 3 and 4, kustomize and kubectl reserve well below 4 GiB of addresses and use about 50 MB. */
const LIMITS: ResourceLimits = {
  cpuSeconds: 60,
  openFiles: 256,
  fileBytes: 256 << 20,
  coreBytes: 0,
  addressSpaceBytes: 4 * 2 ** 30,
};
const OUTPUT_BYTES = 64 << 20;
/** At once, of a tool that may start others. */
const PROCESSES = 256;

/** Runs a tool and answers its stdout. @throws {Failure} render with the tool's words, render-timeout, tool-missing */
export async function runTool(
  runner: ToolRunner,
  { object, folder, names }: ToolSurroundings,
  {
    name: asked,
    argv,
    cwd,
    env,
    stdin,
    tools,
    toolFolders = [],
    readable = [],
    as,
    code = "fails",
    startsHelm,
    secrets = async () => [],
  }: { name: ToolName; argv: readonly string[] } & Parameters<RenderContext["run"]>[2],
  signal: AbortSignal,
): Promise<string> {
  const { level, timeoutMs } = runner;
  const name = as ?? asked.replace("@", " ");
  const cannotRender = (
    code: "render" | "render-timeout",
    retry: "backoff" | "after-edit",
    why: string,
    fix?: string,
  ): Failure => new Failure(code, object, retry, { cannot: "render", why, ...defined({ fix }) });
  if (runner.sandbox === "required" && !isFullSandbox(level))
    throw cannotRender(
      "render",
      "backoff",
      `the sandbox that the config requires (${FULL_SANDBOX}) cannot be had here, only ${level.name}: ${level.why}`,
      "Allow user namespaces or Landlock on this machine, or set render.requireSandbox to false",
    );
  const tool = await runner.tools.find(asked);
  const startsOthers = tools !== undefined || toolFolders.length > 0;
  const starts = await Promise.all((tools ?? []).map((each) => besideTool(runner.tools, each)));
  const bin = startsOthers ? [linked(starts, folder)] : [];
  const helm = startsHelm === undefined ? undefined : await startedHelm(runner.tools, folder);
  const end: ProcessEnd = await runSandboxed(
    {
      program: tool.program,
      argv: tool.argv(helm === undefined ? argv : [...argv, startsHelm?.by ?? "", helm.path]),
      cwd,
      env: {
        ...env,
        ...folder.env(),
        ...(startsOthers ? { PATH: [...bin, ...toolFolders].join(delimiter) } : {}),
      },
      ...defined({ stdin }),
      starts: [...starts.map(({ program }) => program), ...(helm?.programs ?? [])],
      folder,
      readable: [...readable, ...bin, ...toolFolders],
      level,
      limits: LIMITS,
      timeoutMs,
      outputBytes: OUTPUT_BYTES,
      ...(startsOthers ? { processes: { most: PROCESSES, groups: runner.groups } } : {}),
    },
    signal,
  );
  const said = async (stderr: string): Promise<string> =>
    toolWords(withoutSecrets(stderr, await secrets()), names);
  switch (end.is) {
    case "exited":
      if (end.code === 0) return end.stdout;
      // What a shell ends with where there is no such program, or none that may be started.
      if (code === "means nothing was found" && end.code !== 126 && end.code !== 127) return "";
      throw cannotRender(
        "render",
        retryOfTool(end),
        `${name} says: ${(await said(end.stderr)) || `nothing, and ended with code ${end.code}`}`,
      );
    case "killed": {
      const words = await said(end.stderr);
      const cpu =
        end.signal === "SIGXCPU"
          ? `${name} used more than ${LIMITS.cpuSeconds} seconds of CPU time`
          : `${name} was ended by ${end.signal}`;
      throw cannotRender("render", retryOfTool(end), words === "" ? cpu : `${cpu}: ${words}`);
    }
    case "timed-out":
      throw cannotRender(
        "render-timeout",
        retryOfTool(end),
        `${name} did not end within ${timeoutMs / 1000} seconds`,
        "Make it simpler, or raise render.timeout in the config",
      );
    case "too-much-output":
      throw cannotRender("render", retryOfTool(end), `${name} wrote more than ${OUTPUT_BYTES >> 20} MiB`);
    case "too-many-processes":
      throw cannotRender("render", retryOfTool(end), `${name} had more than ${PROCESSES} processes at once`);
    case "not-started":
      throw cannotRender("render", "backoff", `${tool.program} did not start: ${end.why}`);
  }
}

/** Where a tool finds the helm that it starts, and what has to be in the jail for that. */
async function startedHelm(tools: Tools, folder: RunFolder): Promise<{ path: string; programs: string[] }> {
  const program = realpathSync((await tools.find("helm")).program);
  const standIn = process.platform === "linux" ? helmStandIn(program, process.arch) : undefined;
  if (standIn === undefined) return { path: program, programs: [program] };
  const path = folder.addProgram("helm", standIn);
  return { path, programs: [path, program] };
}
