import { builtInNotifiers, builtInRenderers } from "../../plugins/index.ts";
import { commandRenderer, commandWithheld } from "../../plugins/renderers/command/index.ts";
import { withSecrets, withSecretsWithheld } from "../../plugins/renderers/placeholders/index.ts";
import { builtInMaker } from "../../plugins/renderers/renders-with/index.ts";
import type { Config } from "../config/config.ts";
import type { ManagementPlugin } from "../core/model/management-plugin.ts";
import type { Problem } from "../core/model/problem.ts";
import { hashValue } from "../lib/hash.ts";
import type { SecretStore } from "../plugin/contract.ts";
import { type LoadedPlugins, type LoadedRenderer, loadPlugins } from "../plugin/load.ts";
import { openStore } from "./secret-stores.ts";

/** Every plugin that a config names: built-in ones, an operator's modules, and commands that it declares. Without one, the built-in ones. */
export async function pluginsIn(
  config: Pick<Config, "plugins" | "configManagementPlugins" | "secretStores"> | undefined,
  version: string,
): Promise<LoadedPlugins> {
  const stores = new Map((config?.secretStores ?? []).map((store) => [store.name, openStore(store)]));
  const loaded = await loadPlugins({
    builtIns: builtInRenderers,
    notifiers: builtInNotifiers,
    version,
    places: config?.plugins ?? [],
  });
  const problems: Problem[] = [];
  const declared = (config?.configManagementPlugins ?? []).flatMap((plugin): LoadedRenderer[] => {
    const other = loaded.renderers.find(({ renderer }) => renderer.name === plugin.name);
    if (other === undefined)
      return [
        {
          ...renderersOf(plugin, stores),
          fingerprint: fingerprintOf(plugin, version),
          from: "operator",
        },
      ];
    problems.push({
      severity: "error",
      path: "configManagementPlugins",
      text: `${plugin.name} is the name of ${other.from === "built-in" ? "a built-in renderer" : "a module in plugins"} too`,
      fix: "Give one of them another name",
    });
    return [];
  });
  return {
    ...loaded,
    renderers: [...loaded.renderers, ...declared],
    problems: [...loaded.problems, ...problems],
  };
}

function renderersOf(
  plugin: ManagementPlugin,
  stores: ReadonlyMap<string, SecretStore>,
): Required<Pick<LoadedRenderer, "renderer" | "unmerged">> {
  const { makes, secretStore } = plugin;
  const [renderer, unmerged] =
    makes.by === "command"
      ? [commandRenderer(plugin, makes), commandWithheld(plugin, makes)]
      : [builtInMaker(plugin, makes.renderer), builtInMaker(plugin, makes.renderer)];
  const store = secretStore === undefined ? undefined : stores.get(secretStore);
  return store === undefined
    ? { renderer, unmerged }
    : { renderer: withSecrets(renderer, store), unmerged: withSecretsWithheld(unmerged) };
}

/** Changes with all that the plugin's commands depend on besides files: what it says, and what its variables hold. */
function fingerprintOf({ grants, ...declared }: ManagementPlugin, version: string): string {
  const env = grants.env.map(({ name, value }) => [name, value.reveal()]);
  return hashValue([version, declared, { ...grants, env }]);
}
