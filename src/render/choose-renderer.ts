import { Failure } from "../core/model/failure.ts";
import type { PluginSource } from "../core/model/source.ts";
import type { RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { objectOf, renderFailure } from "./run-renderer.ts";

/** Detected renderers in the order in which they count, after an operator's. Source: Argo CD walks the folder by name, and the last file found decides. */
const BUILT_IN_ORDER = ["kustomize", "helm"];

/** Who renders a source. */
export interface Choice {
  chosen: LoadedRenderer;
  by: "asked-for" | "detected";
  /** Whether a run told whose the folder is: then anything below it may change the answer. */
  looked: "at names" | "by a run";
}

/**
 * Who renders a source: whom the source names, else whom its folder looks like, else the plain folder.
 * @param detect asks a renderer that only a run can tell
 * @throws {Failure} invalid-spec where two are named, or one that does not exist
 */
export async function chooseRenderer(
  renderers: readonly LoadedRenderer[],
  request: RenderRequest,
  detect: (loaded: LoadedRenderer) => Promise<"detected" | "no"> = async () => "no",
): Promise<Choice> {
  const named = pluginName(request.source.plugin);
  // Where some renderer bears the very name that the source says, a version behind it is no other's.
  const isName = renderers.some(({ renderer, from }) => from === "operator" && renderer.name === named);
  const match = isName ? "the name" : "the name, or a version of it";
  const claims: { loaded: LoadedRenderer; claim: "asked-for" | "detected" | "no" }[] = [];
  let looked: Choice["looked"] = "at names";
  const asked = await Promise.all(
    renderers.map(async (loaded) => ({ loaded, claim: await claimOf(loaded, request, match) })),
  );
  const isAskedFor = asked.some(({ claim }) => claim === "asked-for");
  for (const { loaded, claim } of asked) {
    if (claim !== "ask a run") claims.push({ loaded, claim });
    else if (!isAskedFor) {
      looked = "by a run";
      claims.push({ loaded, claim: await detect(loaded) });
    }
  }
  const askedFor = claims.filter(({ claim }) => claim === "asked-for").map(({ loaded }) => loaded);
  const detected = claims.filter(({ claim }) => claim === "detected").map(({ loaded }) => loaded);
  const plugin = request.source.plugin;
  if (askedFor.length > 1 || (askedFor[0]?.from === "built-in" && isGiven(plugin))) {
    const names = [
      ...askedFor.map(({ renderer }) => renderer.name),
      ...(isGiven(plugin) && askedFor.length === 1 ? ["plugin"] : []),
    ];
    throw invalid(
      request,
      `the source asks for two renderers, ${names.join(" and ")}`,
      "Keep one of the blocks",
    );
  }
  const first = askedFor[0];
  if (first !== undefined) return { chosen: first, by: "asked-for", looked };
  if (isGiven(plugin)) {
    const own = detected.find(({ from }) => from === "operator");
    const name = named;
    if (name === undefined && own !== undefined) return { chosen: own, by: "detected", looked };
    const known = renderers.filter(({ from }) => from === "operator").map(({ renderer }) => renderer.name);
    const why =
      name === undefined
        ? "the source asks for a plugin, and none knows this folder"
        : `the source asks for the plugin ${name}, which is not loaded`;
    throw invalid(
      request,
      why,
      known.length === 0
        ? "Declare it in configManagementPlugins of the config, or put its module into a folder of plugins"
        : `Loaded are: ${known.join(", ")}`,
    );
  }
  const fallback = renderers.find(({ renderer, from }) => from === "built-in" && renderer.name === "raw");
  const found =
    detected.find(({ from }) => from === "operator") ??
    BUILT_IN_ORDER.map((name) => detected.find(({ renderer }) => renderer.name === name)).find(
      (each) => each !== undefined,
    ) ??
    detected[0] ??
    fallback;
  if (found === undefined) throw invalid(request, "no renderer knows this folder", "Name one in the source");
  return { chosen: found, by: "detected", looked };
}

async function claimOf(
  loaded: LoadedRenderer,
  request: RenderRequest,
  match: "the name" | "the name, or a version of it",
): ReturnType<LoadedRenderer["renderer"]["claims"]> {
  const { renderer, from } = loaded;
  const name = pluginName(request.source.plugin);
  if (from === "operator" && name !== undefined)
    return renderer.name === name || (match !== "the name" && isVersionOf(renderer.name, name))
      ? "asked-for"
      : "no";
  return renderer.claims(request).catch((cause: unknown) => {
    throw renderFailure(cause, request, loaded);
  });
}

/** `own-v1.2` is some version of `own`; `own-vault` is another plugin. */
function isVersionOf(plugin: string, name: string): boolean {
  return name.startsWith(`${plugin}-v`) && /^\d[\w.+-]*$/.test(name.slice(plugin.length + 2));
}

function isGiven<T>(block: T | undefined | null): block is T {
  return block !== undefined && block !== null;
}

function pluginName(plugin: PluginSource | null | undefined): string | undefined {
  return plugin?.name === "" ? undefined : plugin?.name;
}

function invalid(request: RenderRequest, why: string, fix: string): Failure {
  return new Failure("invalid-spec", objectOf(request), "after-edit", { cannot: "render", why, fix });
}
