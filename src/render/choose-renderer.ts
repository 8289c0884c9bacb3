import { Failure } from "../core/model/failure.ts";
import type { RenderRequest } from "../plugin/contract.ts";
import type { LoadedRenderer } from "../plugin/load.ts";
import { objectOf, renderFailure } from "./run-renderer.ts";

/** Detected renderers in the order in which they count, after an operator's. Source: Argo CD walks the folder by name, and the last file found decides. */
const BUILT_IN_ORDER = ["kustomize", "helm"];

/**
 * Who renders a source: whom the source names, else whom its folder looks like, else the plain folder.
 * @throws {Failure} invalid-spec where two are named, or one that does not exist
 */
export async function chooseRenderer(
  renderers: readonly LoadedRenderer[],
  request: RenderRequest,
): Promise<{ chosen: LoadedRenderer; by: "asked-for" | "detected" }> {
  const claims = await Promise.all(
    renderers.map(async (loaded) => ({ loaded, claim: await claimOf(loaded, request) })),
  );
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
  const named = askedFor[0];
  if (named !== undefined) return { chosen: named, by: "asked-for" };
  if (isGiven(plugin)) {
    const own = detected.find(({ from }) => from === "operator");
    const name = pluginName(plugin);
    if (name === undefined && own !== undefined) return { chosen: own, by: "detected" };
    const known = renderers.filter(({ from }) => from === "operator").map(({ renderer }) => renderer.name);
    const why =
      name === undefined
        ? "the source asks for a plugin, and none knows this folder"
        : `the source asks for the plugin ${name}, which is not loaded`;
    throw invalid(
      request,
      why,
      known.length === 0
        ? "Put its module into a folder of `plugins` in the config"
        : `Loaded are: ${known.join(", ")}`,
    );
  }
  const fallback = renderers.find(({ renderer, from }) => from === "built-in" && renderer.name === "raw");
  const first =
    detected.find(({ from }) => from === "operator") ??
    BUILT_IN_ORDER.map((name) => detected.find(({ renderer }) => renderer.name === name)).find(
      (found) => found !== undefined,
    ) ??
    detected[0] ??
    fallback;
  if (first === undefined) throw invalid(request, "no renderer knows this folder", "Name one in the source");
  return { chosen: first, by: "detected" };
}

async function claimOf(
  loaded: LoadedRenderer,
  request: RenderRequest,
): Promise<"asked-for" | "detected" | "no"> {
  const { renderer, from } = loaded;
  const name = isGiven(request.source.plugin) ? pluginName(request.source.plugin) : undefined;
  if (from === "operator" && name !== undefined)
    return renderer.name === name || name.startsWith(`${renderer.name}-v`) ? "asked-for" : "no";
  return renderer.claims(request).catch((cause: unknown) => {
    throw renderFailure(cause, request, loaded);
  });
}

function isGiven<T>(block: T | undefined | null): block is T {
  return block !== undefined && block !== null;
}

function pluginName(plugin: Record<string, unknown>): string | undefined {
  return typeof plugin["name"] === "string" && plugin["name"] !== "" ? plugin["name"] : undefined;
}

function invalid(request: RenderRequest, why: string, fix: string): Failure {
  return new Failure("invalid-spec", objectOf(request), "after-edit", { cannot: "render", why, fix });
}
