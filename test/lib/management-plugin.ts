/** Plugins as an operator declares them, beside the built-in renderers. */
import { commandRenderer } from "../../plugins/renderers/command/index.ts";
import type { CommandLine, ManagementPlugin, PluginGrants } from "../../src/core/model/management-plugin.ts";
import { defined } from "../../src/lib/defined.ts";
import { hashValue } from "../../src/lib/hash.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";

export const GRANTS: PluginGrants = {
  tools: ["sh", "cat", "find", "grep", "sleep", "env"],
  toolFolders: [],
  env: [],
  mounts: [],
  reads: "repository",
};

/** @param script of a shell, run as `generate` */
export function plugin(
  script: string,
  {
    init,
    ...changes
  }: Partial<Omit<ManagementPlugin, "grants" | "makes">> & {
    grants?: Partial<PluginGrants>;
    init?: CommandLine;
  } = {},
): ManagementPlugin {
  return {
    name: "own",
    makes: { by: "command", generate: ["sh", "-c", script], ...defined({ init }) },
    discover: { by: "nothing" },
    parameters: [],
    ...changes,
    grants: { ...GRANTS, ...changes.grants },
  };
}

export function loadedPlugin(declared: ManagementPlugin): LoadedRenderer {
  if (declared.makes.by !== "command") throw new Error("it is no command");
  return {
    renderer: commandRenderer(declared, declared.makes),
    fingerprint: hashValue(declared),
    from: "operator",
  };
}
