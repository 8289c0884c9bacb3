import { Failure } from "../core/model/failure.ts";
import type { PluginSource } from "../core/model/source.ts";
import { substituteEnv } from "../lib/substitute-env.ts";

/**
 * What a source gives its plugin, as environment: `ARGOCD_ENV_…`, with `$VAR` of the build environment in its values;
 * `ARGOCD_APP_PARAMETERS` as JSON, and each parameter as `PARAM_NAME`, `PARAM_NAME_0` or `PARAM_NAME_KEY`. Source: Argo CD.
 *
 * @throws {Failure} invalid-spec for what no environment can hold
 */
export function pluginEnv(
  plugin: PluginSource | undefined,
  buildEnv: Readonly<Record<string, string>>,
  object: string,
): Record<string, string> {
  if (plugin === undefined) return {};
  const { env = [], parameters = [] } = plugin;
  const made: [field: string, name: string, value: string][] = [
    ...env.map(({ name, value = "" }): [string, string, string] => [
      `plugin.env ${name}`,
      `ARGOCD_ENV_${name}`,
      substituteEnv(value, buildEnv),
    ]),
    ["plugin.parameters", "ARGOCD_APP_PARAMETERS", JSON.stringify(parameters)],
    ...parameters.flatMap(({ name, string, array = [], map = {} }) => {
      const base = `PARAM_${variable(name)}`;
      const values: [string, string][] = [
        ...(string === undefined ? [] : [[base, string] as [string, string]]),
        ...Object.entries(map).map(([key, value]): [string, string] => [`${base}_${variable(key)}`, value]),
        ...array.map((value, index): [string, string] => [`${base}_${index}`, value]),
      ];
      return values.map(([as, value]): [string, string, string] => [`plugin.parameters ${name}`, as, value]);
    }),
  ];
  for (const [field, name, value] of made)
    if (!NAME.test(name) || value.includes("\0"))
      throw new Failure("invalid-spec", object, "after-edit", {
        cannot: "render",
        why: `${JSON.stringify(field)} ${value.includes("\0") ? "holds a NUL" : "is no name of a variable"}`,
        fix: "Write letters, digits and _",
      });
  return Object.fromEntries(made.map(([, name, value]) => [name, value]));
}

/** What shells and C libraries take as one; the value begins at the first `=`. */
const NAME = /^[^\0=]+$/;

function variable(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}
