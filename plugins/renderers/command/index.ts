import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../../src/core/model/failure.ts";
import type { CommandLine, Making, ManagementPlugin } from "../../../src/core/model/management-plugin.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { secretValues } from "../../../src/lib/secret-values.ts";
import {
  asRendered,
  defineRenderer,
  type InputPath,
  type RenderContext,
  type Renderer,
  type RenderRequest,
} from "../../../src/plugin/contract.ts";
import { discovered } from "./discover.ts";
import { hiddenUnlessMentioned } from "./mentioned.ts";

/**
 * For commits that are not merged, which bring what the command reads and runs: where it has variables or mounts of this
 * machine it does not run. What it looks for is asked without them.
 */
export function commandWithheld(
  plugin: ManagementPlugin,
  making: Extract<Making, { by: "command" }>,
): Renderer {
  const { name, grants } = plugin;
  const lent = [
    ...grants.env.map((variable) => `the variable ${variable.name}`),
    ...grants.mounts.map((path) => `the mount ${path}`),
  ];
  const bare = commandRenderer({ ...plugin, grants: { ...grants, env: [], mounts: [] } }, making);
  if (lent.length === 0) return bare;
  return {
    ...bare,
    async inputs(request) {
      throw new Failure("render", objectOf(request), "after-edit", {
        cannot: "render",
        why: `the plugin ${name} has ${lent.join(" and ")} of this machine, which is not lent to a commit that is not merged`,
        fix: "Look at it after the merge, before the first sync",
      });
    },
  };
}

/** Commands that an operator declared, Argo CD's config management plugin: `init`, then `generate`, whose output is the manifests. */
export function commandRenderer(
  { name, discover, parameters, grants }: ManagementPlugin,
  { init, generate }: Extract<Making, { by: "command" }>,
): Renderer {
  return defineRenderer({
    name,
    sourceType: "Plugin",
    async claims(request) {
      if (discover.by === "nothing") return "no";
      if (discover.by === "command") return "ask a run";
      return (await discovered(discover, request.tree, request.path)) ? "detected" : "no";
    },
    async detects(request, context) {
      if (discover.by !== "command") return "no";
      // As `grep` and `find` say that there is nothing.
      const found = await run("discover.find.command", discover.command, request, context, {
        code: "means nothing was found",
      });
      return found.trim() === "" ? "no" : "detected";
    },
    async inputs(request, context) {
      const tools = [programOf(generate), ...(init === undefined ? [] : [programOf(init)]), ...grants.tools];
      const versions = await Promise.all(tools.map((each) => context.tool(each)));
      const outside = await Promise.all(
        [...grants.toolFolders, ...grants.mounts].map((path) => context.outside(path)),
      );
      const seen: InputPath = { path: grants.reads === "folder" ? request.path : "", dangling: "left out" };
      // What a source says of its plugin is put into variables, and a script may look up what they name.
      const words = [...(init ?? []), ...generate, JSON.stringify(request.source.plugin ?? {})];
      const { tree } = request;
      const hidden = await hiddenUnlessMentioned({ words, tree, folder: seen.path, tools, grants }, context);
      return {
        paths: [seen],
        env: Object.keys(request.env).filter((variable) => !hidden.has(variable)),
        capabilities: hidden.has("KUBE_VERSION") ? "unused" : "used",
        tool: [...new Set(versions), ...outside].join(" "),
      };
    },
    async render(request, context) {
      if (init !== undefined) await run("init", init, request, context);
      const text = await run("generate", generate, request, context);
      if (text.trim() === "")
        throw new Failure("render", objectOf(request), "after-edit", {
          cannot: "render",
          why: `generate of ${name} ended well and wrote nothing`,
          fix: "Correct the command; where there is nothing to deploy, let it write a comment",
        });
      return {
        documents: [{ text, file: asRendered(below(request.path, `generate of ${name}`)), line: 1 }],
        problems: missingParameters(request),
      };
    },
  });

  async function run(
    step: string,
    command: CommandLine,
    request: RenderRequest,
    context: RenderContext,
    options: { code?: "means nothing was found" } = {},
  ): Promise<string> {
    const root = await context.export();
    const granted = grants.env.map(({ name: variable, value }) => ({ [variable]: value.reveal() }));
    return context.run(programOf(command), command.slice(1), {
      cwd: join(root, request.path),
      env: Object.assign({}, request.env, request.pluginEnv, ...granted) as Record<string, string>,
      tools: grants.tools,
      toolFolders: grants.toolFolders,
      readable: grants.mounts,
      as: `${step} of ${name}`,
      ...options,
      secrets: async () => secretValues([granted, request.pluginEnv]),
    });
  }

  function missingParameters({ source }: RenderRequest): Problem[] {
    const given = new Set((source.plugin?.parameters ?? []).map((parameter) => parameter.name));
    return parameters
      .filter((parameter) => parameter.required && !given.has(parameter.name))
      .map((parameter) => ({
        severity: "warning",
        path: "spec.source.plugin.parameters",
        text: `the plugin ${name} says that it needs the parameter ${parameter.name}, which the source does not set`,
        fix: "Set it",
      }));
  }

  /** The tool that bears the program's name: `/bin/sh` is what `sh` stands for. */
  function programOf([program]: CommandLine): string {
    const last = program.slice(program.lastIndexOf("/") + 1);
    return (
      grants.tools.find((tool) => tool === program) ??
      grants.tools.find((tool) => tool.slice(tool.lastIndexOf("/") + 1) === last) ??
      inFolder(program)
    );
  }

  /** Only the folders of tools are left, by the rules of the config: the first that holds it, as on a PATH. */
  function inFolder(program: string): string {
    if (program.startsWith("/")) return program;
    const places = grants.toolFolders.map((folder) => join(folder, program));
    return places.find((place) => existsSync(place)) ?? places[0] ?? program;
  }
}

function objectOf({ path }: RenderRequest): string {
  return path === "" ? "the repository's root" : path;
}
