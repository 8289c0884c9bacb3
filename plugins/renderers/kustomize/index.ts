import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { formsOf, secretValues } from "../../../src/lib/secret-values.ts";
import { namesIn } from "../../../src/lib/substitute-env.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import {
  asRendered,
  defineRenderer,
  type RenderRequest,
  type ToolName,
} from "../../../src/plugin/contract.ts";
import { placeDependencies } from "../helm/place-dependencies.ts";
import { closureOf } from "./closure.ts";
import { textsWithEnv } from "./edit-kustomization.ts";
import { editedKustomization } from "./edited-kustomization.ts";
import { broughtBefore, broughtNow } from "./elsewhere.ts";
import type { ChartLayout, KustomizedChart } from "./helm-charts.ts";
import { FILE_NAMES } from "./kustomization.ts";
import { chartInputs, dependenciesOf, valueFilesOf } from "./place-charts.ts";
import { kustomizeValues } from "./values.ts";

/** A kustomization, built by `kustomize build` or `kubectl kustomize`. No plugins that run programs but helm; what it names elsewhere is brought here before. */
export default defineRenderer({
  name: "kustomize",
  sourceType: "Kustomize",
  async claims({ source, path, tree }) {
    if (source.kustomize !== undefined && source.kustomize !== null) return "asked-for";
    for (const name of FILE_NAMES) if ((await tree.entry(below(path, name))) !== undefined) return "detected";
    return "no";
  },
  async inputs(request, context) {
    const { at, edited, absent } = await editedKustomization(request);
    const tool = await context.tool(toolOf(request));
    const { paths, fetched, charts } = await closureOf(request.tree, at, edited, {
      layout: layoutOf(tool),
      elsewhere: broughtNow(context),
    });
    const all = {
      paths: [...paths, ...absent.map((path) => ({ path }))],
      env: [...new Set(textsWithEnv(request.source.kustomize ?? {}).flatMap(namesIn))],
      app: "unused" as const,
    };
    if (charts.length === 0) return { ...all, fetched: fetched(), capabilities: "unused", tool };
    const found = await chartInputs(charts, context);
    return {
      ...all,
      paths: [...all.paths, ...found.paths],
      fetched: [...fetched(), ...found.fetched],
      capabilities: layoutOf(tool) === "by version" ? found.capabilities : "unused",
      tool: `${tool} with ${await context.tool("helm")}`,
    };
  },
  values: kustomizeValues,
  async render(request, context) {
    const root = await context.export();
    const { at, edited } = await editedKustomization(request);
    const layout = layoutOf(context.tool);
    const { checked, charts } = await closureOf(request.tree, at, edited, {
      layout,
      elsewhere: broughtBefore(context),
    });
    for (const [file, text] of checked) {
      // Never through a link: what it leads to may be another's file.
      await rm(join(root, file), { force: true });
      await writeFile(join(root, file), text, { mode: 0o600 });
    }
    await placeDependencies(root, await dependenciesOf(charts));
    const text = await context.run(
      toolOf(request),
      [
        "build",
        ".",
        "--load-restrictor",
        "LoadRestrictionsRootOnly",
        ...(charts.length === 0 ? [] : chartArguments(request, layout)),
      ],
      {
        cwd: join(root, at),
        ...(charts.length === 0 ? {} : { startsHelm: { by: "--helm-command" } }),
        secrets: async () => [
          ...[...checked.values()].flatMap(literalsOf),
          ...(await secretsOfCharts(charts)),
        ],
      },
    );
    return {
      documents: text.trim() === "" ? [] : [{ text, file: asRendered(edited.file), line: 1 }],
      problems: [],
    };
  },
});

function toolOf({ source: { kustomize } }: RenderRequest): ToolName {
  const version = kustomize?.version ?? "";
  return version === "" ? "kustomize" : `kustomize@${version}`;
}

/** Kustomize that comes with kubectl says its version behind kubectl's. */
function layoutOf(tool: string): ChartLayout {
  const [, major = "0", minor = "0"] = /kustomize v?(\d+)\.(\d+)/.exec(tool) ?? [];
  return Number(major) > 5 || (major === "5" && Number(minor) >= 3) ? "by version" : "by name";
}

/** Which cluster charts are rendered for is told as Argo CD tells it: versions before 5.3 cannot be told. */
function chartArguments({ source: { kustomize }, cluster }: RenderRequest, layout: ChartLayout): string[] {
  if (layout === "by name") return ["--enable-helm"];
  const kubeVersion = kustomize?.kubeVersion || cluster.kubeVersion;
  const own = kustomize?.apiVersions ?? [];
  const apiVersions = own.length > 0 ? own : cluster.apiVersions;
  return [
    "--enable-helm",
    ...(kubeVersion === "" ? [] : ["--helm-kube-version", kubeVersion]),
    ...apiVersions.flatMap((version) => ["--helm-api-versions", version]),
  ];
}

/** A template may put any value into the sentence that it fails with. */
async function secretsOfCharts(charts: readonly KustomizedChart[]): Promise<string[]> {
  const files = (await Promise.all(charts.map(valueFilesOf))).flat();
  const values = files.flatMap((content) => parseYaml(content).documents.map(({ value }) => value));
  return secretValues([values, charts.map(({ values: inPlace }) => inPlace)]);
}

/** Of secret generators: kustomize repeats one that it does not like. */
function literalsOf(kustomization: string): string[] {
  return parseYaml(kustomization).documents.flatMap(({ value }) => {
    const generators =
      isMapping(value) && Array.isArray(value["secretGenerator"]) ? value["secretGenerator"] : [];
    const literals = generators.flatMap((one: unknown) =>
      isMapping(one) && Array.isArray(one["literals"]) ? one["literals"].map(String) : [],
    );
    return literals.flatMap((literal: string) => [
      ...formsOf(literal),
      ...formsOf(literal.slice(literal.indexOf("=") + 1)),
    ]);
  });
}
