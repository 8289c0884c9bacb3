import { isMapping } from "../../../src/lib/is-mapping.ts";
import { parseYaml, printYaml } from "../../../src/lib/yaml.ts";
import { unknownPluginField } from "./known-fields.ts";
import { pluginReferences, type Reference } from "./references.ts";

/** The configurations of generators, transformers and validators that one text holds. */
export type PluginConfigs =
  | {
      is: "configs";
      /** The same, printed anew: kustomize then reads what was checked, whatever else the text holds for other readers. */
      text: string;
      references: Reference[];
      /** Those of generators that render charts. */
      charts: Record<string, unknown>[];
    }
  | { is: "refused"; why: string; fix: string }
  /** Kustomize takes it for a path. */
  | { is: "no config" };

const CHART_GENERATOR = "HelmChartInflationGenerator";

/** Only plugins that are part of kustomize, in exactly their words: any other may be a program. */
export function readPluginConfigs(input: string | Uint8Array): PluginConfigs {
  const { documents, problems } = parseYaml(input);
  if (problems.some(({ severity }) => severity === "error")) return { is: "no config" };
  const configs = documents.map(({ value }) => value).filter((value) => value !== null);
  if (configs.length === 0 || !configs.every(isMapping)) return { is: "no config" };
  for (const config of configs) {
    const refused = refusal(config);
    if (refused !== undefined) return { is: "refused", ...refused };
  }
  return {
    is: "configs",
    text: configs.map(shown).map(printYaml).join("---\n"),
    references: configs.flatMap(pluginReferences),
    charts: configs.filter(({ kind }) => kind === CHART_GENERATOR),
  };
}

/** Where helm keeps its settings is ours to say. */
function shown(config: Record<string, unknown>): Record<string, unknown> {
  if (config["kind"] !== CHART_GENERATOR) return config;
  const { configHome: _, ...rest } = config;
  return rest;
}

function refusal(config: Record<string, unknown>): { why: string; fix: string } | undefined {
  const { apiVersion, kind, metadata } = config;
  if (
    apiVersion !== "builtin" ||
    typeof kind !== "string" ||
    unknownPluginField(kind, { kind })?.at === "kind"
  )
    return {
      why: `a plugin of ${String(apiVersion)} ${String(kind)} is not part of kustomize, and no other runs here`,
      fix: "Use a plugin with apiVersion: builtin, or commit what it makes",
    };
  // Without a name kustomize would take an inline configuration for a path.
  if (!isMapping(metadata) || typeof metadata["name"] !== "string" || metadata["name"] === "")
    return { why: `a plugin ${kind} has no name`, fix: "Write one in metadata.name" };
  const unknown = unknownPluginField(kind, config);
  if (unknown === undefined) return undefined;
  return {
    why: `${unknown.at} of a plugin ${kind} is no field that kustomize has`,
    fix: unknown.meant === undefined ? "Remove it" : `Write ${unknown.meant}`,
  };
}
