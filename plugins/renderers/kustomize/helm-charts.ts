/** What a kustomization says of the Helm charts that it renders. Source: kustomize 5.8, HelmChartInflationGenerator. */
import { Failure } from "../../../src/core/model/failure.ts";
import { defined } from "../../../src/lib/defined.ts";
import { below, isInside, resolveInside } from "../../../src/lib/resolve-inside.ts";
import type { ForeignChart } from "../../../src/plugin/contract.ts";
import { refusedArgument } from "../helm/refused-argument.ts";
import type { Root } from "./elsewhere.ts";
import { type Kustomization, mappings, strings } from "./kustomization.ts";
import type { Reference } from "./references.ts";

/** Where kustomize looks for a chart that has a version and a repository: below `chartHome`, in `name-version/name` from 5.3 on. */
export type ChartLayout = "by version" | "by name";

export interface KustomizedChart {
  /** The file that names it, and where in it: `helmCharts[0]`. */
  file: string;
  field: string;
  /** The repository of that file, and the folder in it that its paths start from. */
  root: Root;
  at: string;
  name: string;
  /** A version or a constraint; "" is the newest. */
  version: string;
  /** Of a chart repository or registry; "" is none. */
  repo: string;
  /** Whether the newest may be a pre-release. */
  devel: boolean;
  /** Where kustomize looks for it, in that repository's terms. */
  place: string;
  /** Value files that lie outside of it. */
  valueFiles: Reference[];
  /** Given in place. */
  values: unknown;
  /** Whether it says itself which cluster it is rendered for. */
  capabilities: "own" | "of the cluster";
}

/** Where charts are named. */
interface ChartPlace {
  root: Root;
  /** The folder that paths start from. */
  at: string;
  file: string;
  layout: ChartLayout;
}

const DEFAULT_HOME = "charts";
/** In one source: each is a helm of its own. */
export const MAX_CHARTS = 100;
const TEXTS = ["name", "version", "repo", "releaseName", "namespace", "nameTemplate", "valuesFile"] as const;

/**
 * The charts of a kustomization, and the kustomization with the older field's in the newer one, as kustomize reads it.
 * Where helm keeps its settings is ours to say.
 * @throws {Failure}
 */
export function withCharts(
  content: Kustomization,
  where: ChartPlace,
): { content: Kustomization; charts: KustomizedChart[] } {
  const former = mappings(content["helmChartInflationGenerator"]);
  const named = mappings(content["helmCharts"]);
  if (former.length === 0 && named.length === 0) return { content, charts: [] };
  const { helmChartInflationGenerator: _, helmGlobals, ...rest } = content;
  const [given] = mappings([helmGlobals]);
  const lastHome = former.findLast(({ chartHome }) => (chartHome ?? "") !== "")?.["chartHome"];
  const chartHome = given === undefined ? lastHome : given["chartHome"];
  const all = [...named, ...former.map(asNamed)];
  return {
    content: {
      ...rest,
      helmCharts: all,
      ...(chartHome === undefined ? {} : { helmGlobals: { chartHome } }),
    },
    charts: all.map((chart, at) => readChart(chart, chartHome, `helmCharts[${at}]`, where)),
  };
}

/** Of the configuration of a generator. @throws {Failure} */
export function chartOfGenerator(config: Record<string, unknown>, where: ChartPlace): KustomizedChart {
  return readChart(config, config["chartHome"], String(config["kind"]), where);
}

/** As its chart repository is asked for it. */
export function chartAsked({ repo, name, version, devel }: KustomizedChart): ForeignChart {
  return { repoURL: repo, name, version: version || (devel ? ">0.0.0-0" : "*") };
}

/** Kustomize, too, leaves out the rest. */
function asNamed(former: Record<string, unknown>): Record<string, unknown> {
  return defined({
    name: former["chartName"],
    version: former["chartVersion"],
    repo: former["chartRepoUrl"],
    valuesFile: former["values"],
    valuesInline: former["valuesLocal"],
    valuesMerge: former["valuesMerge"],
    releaseName: former["releaseName"],
  });
}

function readChart(
  chart: Record<string, unknown>,
  chartHome: unknown,
  field: string,
  { root, at, file, layout }: ChartPlace,
): KustomizedChart {
  const refused = (why: string, fix: string): Failure =>
    new Failure("render", file, "after-edit", { cannot: "render", why: `${field}${why}`, fix });
  const wrong = TEXTS.find((name) => !isText(chart[name]));
  if (wrong !== undefined) throw refused(`.${wrong} is no text`, "Put it in quotes");
  const text = (name: (typeof TEXTS)[number]): string => String(chart[name] ?? "");
  const [name, version, repo] = [text("name"), text("version"), text("repo")];
  if (/^\.{0,2}$|[/\\\0]/.test(name))
    throw refused(` names ${JSON.stringify(name)}, which is no name of a chart`, "Correct its name");
  if (/[/\\\0]/.test(version))
    throw refused(`.version is ${JSON.stringify(version)}, which is no version`, "Correct it");
  checkWords(chart, refused);
  if (!isText(chartHome)) throw refused(": chartHome is no text", "Put it in quotes");
  const home = resolveInside(at, String(chartHome ?? "") || DEFAULT_HOME);
  if (!home.ok)
    throw new Failure("path-outside-source", file, "after-edit", {
      cannot: "render",
      why: `${field}: chartHome is ${String(chartHome)}: ${home.why}`,
      fix: "Name a folder of this repository",
    });
  const isByVersion = layout === "by version" && version !== "" && repo !== "";
  const place = below(isByVersion ? below(home.path, `${name}-${version}`) : home.path, name);
  const files: Reference[] = strings(chart["additionalValuesFiles"]).map((path, index) => ({
    field: `${field}.additionalValuesFiles[${index}]`,
    text: path,
    is: "file",
  }));
  const valuesFile = resolveInside(at, text("valuesFile"));
  if (text("valuesFile") !== "" && !(valuesFile.ok && isInside(valuesFile.path, place)))
    files.unshift({ field: `${field}.valuesFile`, text: text("valuesFile"), is: "file" });
  return {
    file,
    field,
    root,
    at,
    name,
    version,
    repo,
    devel: chart["devel"] === true,
    place,
    valueFiles: files,
    values: chart["valuesInline"],
    capabilities:
      (chart["kubeVersion"] ?? "") !== "" && strings(chart["apiVersions"]).length > 0
        ? "own"
        : "of the cluster",
  };
}

/** What becomes words of helm's command line. */
function checkWords(chart: Record<string, unknown>, refused: (why: string, fix: string) => Failure): void {
  const word = refusedArgument({
    // Helm makes one up where there is none.
    releaseName: String(chart["releaseName"] || "release-name"),
    namespace: String(chart["namespace"] ?? ""),
    kubeVersion: String(chart["kubeVersion"] ?? ""),
    apiVersions: strings(chart["apiVersions"]),
    helm: {},
  });
  if (word !== undefined) throw refused(`: ${word.why}`, word.fix.replace("helm.", ""));
}

function isText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}
