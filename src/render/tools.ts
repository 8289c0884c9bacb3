import { type Stats, statSync } from "node:fs";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { codeOf } from "../lib/caught.ts";
import { hashFile } from "../lib/hash.ts";
import type { ToolName } from "../plugin/contract.ts";
import { TEMPLATES_PROGRAM } from "./go-templates/program.ts";
import { makeRunFolder } from "./run-folder.ts";
import type { SandboxLevel } from "./sandbox-level.ts";
import { runSandboxed } from "./sandboxed-process.ts";

/** A program that was found, ready to run. */
export interface Tool {
  /** Absolute. */
  program: string;
  /** `helm 4.2.1`, `kubectl 1.35.2 kustomize 5.7.1`: part of every cache key. */
  version: string;
  /** What to put after the program: kubectl knows Kustomize by another verb. */
  argv(argv: readonly string[]): readonly string[];
}

export interface Tools {
  /** Cheap after the first call; a program that was replaced on disk is asked for its version again. @throws {Failure} tool-missing */
  find(name: ToolName): Promise<Tool>;
}

export interface RegisteredTool {
  tool: string;
  /** As sources say it. */
  version: string;
  /** Absolute. */
  program: string;
  options: readonly string[];
}

export interface ToolPlaces {
  /** Paths by name from config: `helm`, `kustomize`, `kubectl`. They win, and must exist. */
  configured?: Readonly<Record<string, string>>;
  /** Programs that a source chooses by their version. */
  versions?: readonly RegisteredTool[];
  /** Words behind those of the renderer, by the tool's name. They are part of its version, as what they make is. */
  options?: Readonly<Record<string, readonly string[]>>;
  /** As in PATH. */
  searchPath: string;
  /** Programs that came with us, by name: a full build's, or npm's. */
  embedded?: Readonly<Record<string, EmbeddedProgram>>;
  scratchDir: string;
  /** Programs are asked for their version in it. */
  level: SandboxLevel;
}

/** Where a program that came with us lies. One that has to be written out first answers cheaply where it has been. */
export type EmbeddedProgram = string | (() => Promise<string>);

/** How a program is asked for its version, and how its arguments are spelled. */
interface Dialect {
  program: string;
  ask: readonly string[];
  /** undefined: this is not that program. */
  read(stdout: string): string | undefined;
  argv(argv: readonly string[]): readonly string[];
}

const asIs = (argv: readonly string[]): readonly string[] => argv;
const plainVersion =
  (name: string) =>
  (stdout: string): string | undefined => {
    const version = /v?(\d+\.\d+\.\d+\S*|\d+\.\d+\S*)/.exec(stdout)?.[1];
    return version === undefined ? undefined : `${name} ${version}`;
  };

const DIALECTS: Record<string, readonly Dialect[]> = {
  helm: [
    {
      program: "helm",
      ask: ["version", "--template", "{{.Version}}"],
      read: plainVersion("helm"),
      argv: asIs,
    },
  ],
  kustomize: [
    { program: "kustomize", ask: ["version"], read: plainVersion("kustomize"), argv: asIs },
    {
      program: "kubectl",
      ask: ["version", "--client", "--output=json"],
      read: kubectlVersion,
      argv: ([verb, ...rest]) => [verb === "build" ? "kustomize" : (verb ?? ""), ...rest],
    },
  ],
  // Our own around go-jsonnet, so that imports stay inside and errors are lines.
  jsonnet: [{ program: "holdfast-jsonnet", ask: ["version"], read: plainVersion("jsonnet"), argv: asIs }],
  // Our own around text/template and sprig, which ApplicationSets are written in.
  templates: [{ program: TEMPLATES_PROGRAM, ask: ["version"], read: plainVersion("templates"), argv: asIs }],
};

function kubectlVersion(stdout: string): string | undefined {
  const client = /"gitVersion":\s*"v?([^"]+)"/.exec(stdout)?.[1];
  const kustomize = /"kustomizeVersion":\s*"v?([^"]+)"/.exec(stdout)?.[1];
  return client === undefined || kustomize === undefined
    ? undefined
    : `kubectl ${client} kustomize ${kustomize}`;
}

/** Looks for tools in config, then on the search path, then among those that came with us. */
export class ToolFinder implements Tools {
  /** What a program said, and the state of its file when it said so. */
  readonly #toolByProgram = new Map<string, { stamp: string; tool: Promise<Tool | undefined> }>();

  #options: Required<Pick<ToolPlaces, "versions" | "options">>;

  constructor(private readonly places: ToolPlaces) {
    this.#options = optionsIn(places);
  }

  /** Other options from the next question on, and other versions. */
  configure(said: Pick<ToolPlaces, "versions" | "options">): void {
    this.#options = optionsIn(said);
  }

  async find(asked: ToolName): Promise<Tool> {
    const [name = "", version = ""] = asked.split("@");
    const { versions, options } = this.#options;
    const registered = versions.find((each) => each.tool === name && each.version === version);
    if (registered !== undefined) return withOptions(await this.#registered(registered), registered.options);
    if (version !== "" && !ANY_OF[name]?.test(version)) throw unknownVersion(name, version, versions);
    if (DIALECTS[name] === undefined) return this.#any(asked);
    return withOptions(await this.#default(name), options[name] ?? []);
  }

  async #registered({ tool, version, program }: RegisteredTool): Promise<Tool> {
    const stamp = stampOf(program);
    if (stamp === undefined)
      throw missing(
        `${tool} ${version}`,
        `config names ${program}, which is not there or not executable`,
        "Correct its path in render.versions of the config",
      );
    // A version of kustomize may be a kubectl, which only itself tells the versions of both.
    for (const dialect of (DIALECTS[tool] ?? []).toReversed()) {
      const found = await this.#probe(program, dialect, `${dialect.program} ${stamp}`);
      if (found !== undefined) return found;
    }
    throw missing(
      `${tool} ${version}`,
      `${program} did not tell its version in the sandbox`,
      "Name the program itself in render.versions of the config, no wrapper that needs more of the machine",
    );
  }

  async #default(name: ToolName): Promise<Tool> {
    const dialects = DIALECTS[name] ?? [];
    const tried: string[] = [];
    for (const place of ["configured", "searchPath", "embedded"] as const) {
      for (const dialect of dialects) {
        for (const program of await candidates(this.places, place, dialect.program)) {
          const stamp = stampOf(program);
          if (stamp === undefined && place === "configured")
            throw missing(
              name,
              `config names ${program}, which is not there or not executable`,
              `Correct the path of ${dialect.program} in the config`,
            );
          if (stamp === undefined) continue;
          const tool = await this.#probe(program, dialect, `${dialect.program} ${stamp}`);
          if (tool !== undefined) return tool;
          tried.push(program);
        }
      }
    }
    const names = dialects.map(({ program }) => program).join(" or ");
    if (tried.length > 0)
      throw missing(
        name,
        `${tried.join(" and ")} did not tell its version in the sandbox`,
        `Install ${names}, or set its path in the config: that of the program itself, no wrapper that needs more of the machine`,
      );
    throw missing(name, `no ${names} was found on PATH`, `Install ${names}, or set its path in the config`);
  }

  /** A program that nobody knows how to ask for its version: what is in its file is its version. */
  async #any(name: string): Promise<Tool> {
    for (const place of ["configured", "searchPath", "embedded"] as const)
      for (const program of isAbsolute(name) ? [name] : await candidates(this.places, place, name)) {
        const stamp = stampOf(program);
        if (stamp === undefined) continue;
        const known = this.#toolByProgram.get(program);
        const tool =
          known?.stamp === stamp
            ? known.tool
            : hashFile(program).then((hash) => ({
                program,
                version: `${basename(program)} ${hash.slice(0, 12)}`,
                argv: asIs,
              }));
        this.#toolByProgram.set(program, { stamp, tool });
        tool.catch(() => this.#toolByProgram.delete(program));
        const found = await tool;
        if (found !== undefined) return found;
      }
    throw isAbsolute(name)
      ? missing(name, "it is not there or not executable", "Install it, or correct the path in the config")
      : missing(name, "it was not found on PATH", "Install it, or name it by its path");
  }

  /** The version of the program at this path, asked once for as long as the file stays the same. */
  #probe(program: string, dialect: Dialect, stamp: string): Promise<Tool | undefined> {
    const about = `${dialect.program} ${program}`;
    const known = this.#toolByProgram.get(about);
    if (known?.stamp === stamp) return known.tool;
    const tool = askVersion(program, dialect, this.places);
    this.#toolByProgram.set(about, { stamp, tool });
    // Whatever kept it from answering may pass.
    tool.then(
      (found) => found ?? this.#toolByProgram.delete(about),
      () => this.#toolByProgram.delete(about),
    );
    return tool;
  }
}

/** Words that name no version: what a tool is here anyway. Argo CD ignores them, too. */
const ANY_OF: Readonly<Record<string, RegExp>> = { helm: /^v?[34]$/ };

function unknownVersion(name: string, version: string, versions: readonly RegisteredTool[]): Failure {
  const there = versions.filter(({ tool }) => tool === name).map((each) => each.version);
  return missing(
    `${name} ${version}`,
    there.length === 0
      ? "the config registers no versions of it"
      : `it is not registered; ${there.join(", ")} ${there.length === 1 ? "is" : "are"}`,
    `Register it in render.versions of the config, or correct ${name}.version of the source`,
  );
}

function optionsIn({
  versions = [],
  options = {},
}: Pick<ToolPlaces, "versions" | "options">): Required<Pick<ToolPlaces, "versions" | "options">> {
  return { versions, options };
}

function withOptions(tool: Tool, options: readonly string[]): Tool {
  if (options.length === 0) return tool;
  return {
    ...tool,
    version: `${tool.version} ${options.join(" ")}`,
    argv: (argv) => [...tool.argv(argv), ...(argv[0] === "build" ? options : [])],
  };
}

function missing(name: string, why: string, fix: string): Failure {
  return new Failure("tool-missing", name, "backoff", { cannot: "render", why, fix });
}

async function candidates(
  places: ToolPlaces,
  place: "configured" | "searchPath" | "embedded",
  program: string,
): Promise<string[]> {
  if (place === "searchPath")
    return places.searchPath
      .split(delimiter)
      .filter(isAbsolute)
      .map((folder) => join(folder, program));
  const known = places[place]?.[program];
  if (known === undefined) return [];
  return [typeof known === "string" ? known : await known()];
}

/** Changes when the file does; undefined where there is no program, or none that this user may look at. */
function stampOf(program: string): string | undefined {
  const stat = statOf(program);
  return stat?.isFile() && (stat.mode & 0o111) !== 0 ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : undefined;
}

/** PATH is other people's: a folder of it may be closed to us, or lead in a circle. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (["EACCES", "ELOOP", "ENOTDIR", "ENAMETOOLONG"].includes(codeOf(cause))) return undefined;
    throw cause;
  }
}

async function askVersion(program: string, dialect: Dialect, places: ToolPlaces): Promise<Tool | undefined> {
  const folder = makeRunFolder(places.scratchDir);
  try {
    const command = {
      program,
      argv: dialect.ask,
      cwd: folder.scratch,
      env: folder.env(),
      folder,
      level: places.level,
      limits: {},
      timeoutMs: 15_000,
      outputBytes: 65_536,
    };
    const end = await runSandboxed(command, new AbortController().signal);
    const version = end.is === "exited" && end.code === 0 ? dialect.read(end.stdout) : undefined;
    return version === undefined ? undefined : { program, version, argv: dialect.argv };
  } finally {
    await folder.remove();
  }
}
