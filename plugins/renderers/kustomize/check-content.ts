/** What kustomizations and configurations of plugins may hold. */
import { Failure } from "../../../src/core/model/failure.ts";
import { unknownField } from "./known-fields.ts";
import type { Kustomization } from "./kustomization.ts";
import { type PluginConfigs, readPluginConfigs } from "./plugin-config.ts";

export type FoundConfigs = Extract<PluginConfigs, { is: "configs" }>;

/** `plugins`: the objects that a kustomization makes are configurations of plugins. */
export type Purpose = "objects" | "plugins";

/** What a folder of plugin configurations may say of them: they reach kustomize as they were checked, unchanged. */
const FIELDS_FOR_PLUGINS = new Set(["apiVersion", "kind", "metadata", "resources"]);

/** @throws {Failure} render */
export function checkFields(content: Kustomization, file: string, purpose: Purpose): void {
  const unknown = unknownField(content);
  if (unknown !== undefined)
    throw cannotRender(
      file,
      `${unknown.at} is no field of a kustomization`,
      unknown.meant === undefined ? "Remove it, or correct its spelling" : `Write ${unknown.meant}`,
    );
  const changes = Object.keys(content).find((field) => !FIELDS_FOR_PLUGINS.has(field));
  if (purpose === "plugins" && changes !== undefined)
    throw cannotRender(
      file,
      `it holds plugins for another kustomization, and ${changes} would change them after they were checked`,
      "List them under resources alone",
    );
}

/** One in place is printed anew; what is none is a path. */
export function printedConfig(text: unknown): unknown {
  if (typeof text !== "string") return text;
  const configs = readPluginConfigs(text);
  return configs.is === "configs" ? configs.text : text;
}

/** @throws {Failure} render for what is refused, or none */
export function pluginConfigsOf(content: Uint8Array, file: string): FoundConfigs {
  const configs = readPluginConfigs(content);
  if (configs.is === "refused") throw cannotRender(file, configs.why, configs.fix);
  if (configs.is === "no config")
    throw cannotRender(
      file,
      "it holds no configuration of a plugin",
      "Correct the file, or the reference to it",
    );
  return configs;
}

export function cannotRender(file: string, why: string, fix: string): Failure {
  return new Failure("render", file, "after-edit", { cannot: "render", why, fix });
}
