import { Failure } from "../../../src/core/model/failure.ts";
import type { BuiltInMaker, ManagementPlugin } from "../../../src/core/model/management-plugin.ts";
import type { Problem } from "../../../src/core/model/problem.ts";
import type { HelmSource, Source } from "../../../src/core/model/source.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { nearest } from "../../../src/lib/nearest.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import { defineRenderer, type Renderer, type RenderRequest } from "../../../src/plugin/contract.ts";
import { discovered } from "../command/discover.ts";
import helm from "../helm/index.ts";
import kustomize from "../kustomize/index.ts";
import raw from "../raw/index.ts";
import { merged, readHelmArguments } from "./helm-arguments.ts";

const MAKERS: Readonly<Record<Exclude<BuiltInMaker, "detected">, Renderer>> = {
  helm,
  kustomize,
  directory: raw,
};

const READ_FOR_HELM = ["HELM_ARGS", "HELM_VALUES"];

/**
 * A plugin that needs no command: a built-in renderer does what `helm template .` or `kustomize build .` in one did, with
 * HELM_ARGS and HELM_VALUES of the source's env as argocd-vault-plugin's guide has them.
 */
export function builtInMaker({ name, discover }: ManagementPlugin, maker: BuiltInMaker): Renderer {
  return defineRenderer({
    name,
    sourceType: "Plugin",
    async claims(request) {
      if (discover.by !== "file-name" && discover.by !== "glob") return "no";
      return (await discovered(discover, request.tree, request.path)) ? "detected" : "no";
    },
    async inputs(request, context) {
      const { by, as } = await chosen(request);
      return by.inputs(as, context);
    },
    async render(request, context) {
      const { by, as } = await chosen(request);
      const made = await by.render(as, context);
      const read = by === helm ? READ_FOR_HELM : [];
      return { ...made, problems: [...made.problems, ...unused(request, name, read)] };
    },
  });

  async function chosen(request: RenderRequest): Promise<{ by: Renderer; as: RenderRequest }> {
    const kind = maker === "detected" ? await detected(request) : maker;
    return { by: MAKERS[kind], as: { ...request, source: sourceFor(kind, request) } };
  }
}

/** A kustomization counts before a chart, as where no plugin is named. */
async function detected(request: RenderRequest): Promise<Exclude<BuiltInMaker, "detected">> {
  const { repoURL, path = "", chart = "" } = request.source;
  const bare = { ...request, source: { repoURL, path, chart } };
  if ((await kustomize.claims(bare)) === "detected") return "kustomize";
  const hasChart =
    chart !== "" || (await request.tree.entry(below(request.path, "Chart.yaml"))) !== undefined;
  return hasChart ? "helm" : "directory";
}

function sourceFor(kind: Exclude<BuiltInMaker, "detected">, request: RenderRequest): Source {
  const { plugin: _, ...source } = request.source;
  if (kind === "directory") return { ...source, directory: { ...source.directory, recurse: true } };
  if (kind === "kustomize") return source;
  const read = readHelmArguments(envOf(request, "HELM_ARGS"));
  if (!read.ok)
    throw new Failure("invalid-spec", request.path || "the repository's root", "after-edit", {
      cannot: "render",
      why: `HELM_ARGS of the plugin: ${read.why}`,
      fix: "Write what helm template takes: --values, --set and the like",
    });
  const values = envOf(request, "HELM_VALUES");
  const { json } = read;
  const own: HelmSource = {
    ...read.helm,
    ...(values === "" ? {} : { values }),
    // What is in place of the text holds it.
    ...(json === undefined ? {} : { valuesObject: merged(valuesIn(values), json) }),
  };
  return { ...source, helm: own };
}

/** What is no mapping is Helm's to refuse. */
function valuesIn(text: string): Record<string, unknown> {
  const [first] = text === "" ? [] : parseYaml(text, { duplicateKeys: "keep-last" }).documents;
  return isMapping(first?.value) ? first.value : {};
}

/** In small letters too, as older guides have it. */
function envOf({ pluginEnv }: RenderRequest, name: string): string {
  return pluginEnv[`ARGOCD_ENV_${name}`] ?? pluginEnv[`ARGOCD_ENV_${name.toLowerCase()}`] ?? "";
}

/** @param read names of variables that change something */
function unused({ source }: RenderRequest, plugin: string, read: readonly string[]): Problem[] {
  const { env = [], parameters = [] } = source.plugin ?? {};
  const nothing = (field: string, text: string, fix: string): Problem => ({
    severity: "warning",
    path: `spec.source.plugin.${field}`,
    text,
    fix,
  });
  const ofEnv = env.flatMap(({ name }) => {
    if (/^(?:AVP|VAULT)_/.test(name))
      return nothing(
        "env",
        `${name} changes nothing: which secret store the plugin ${plugin} reads is the config's to say`,
        "Declare a plugin with another store in the config, and name that one",
      );
    if (read.includes(name.toUpperCase())) return [];
    const near = nearest(name, read);
    return nothing(
      "env",
      `${name} changes nothing: the plugin ${plugin} runs no command, and reads ${read.length === 0 ? "no variable" : read.join(" and ")} here`,
      near === undefined ? "Remove it" : `Write ${near}, if that is meant`,
    );
  });
  const ofParameters = parameters.map(({ name }) =>
    nothing("parameters", `${name} changes nothing: the plugin ${plugin} runs no command`, "Remove it"),
  );
  return [...ofEnv, ...ofParameters];
}
