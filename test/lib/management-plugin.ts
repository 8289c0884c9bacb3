/** Plugins as an operator declares them, beside the built-in renderers. */
import { commandRenderer } from "../../plugins/renderers/command/index.ts";
import type { ManagementPlugin, PluginGrants } from "../../src/core/model/management-plugin.ts";
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
  changes: Partial<Omit<ManagementPlugin, "grants">> & { grants?: Partial<PluginGrants> } = {},
): ManagementPlugin {
  return {
    name: "own",
    generate: ["sh", "-c", script],
    discover: { by: "nothing" },
    parameters: [],
    ...changes,
    grants: { ...GRANTS, ...changes.grants },
  };
}

export function loadedPlugin(declared: ManagementPlugin): LoadedRenderer {
  return { renderer: commandRenderer(declared), fingerprint: hashValue(declared), from: "operator" };
}
