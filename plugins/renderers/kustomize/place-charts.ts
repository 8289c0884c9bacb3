/** Where the charts of kustomizations lie: in the repository, or they are brought here and put where kustomize looks. */
import { Failure } from "../../../src/core/model/failure.ts";
import { below, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { parseVersion } from "../../../src/lib/version-constraint.ts";
import type { FetchedChart, FetchedInput, InputPath, InputsContext } from "../../../src/plugin/contract.ts";
import { asksForCapabilities, fileAsks, mayMentionCapabilities } from "../helm/capabilities.ts";
import { checkPackage, checkSchemas } from "../helm/check-schemas.ts";
import { fetchDependencies, findDependencies, type LocalDependency } from "../helm/dependencies.ts";
import { chartFiles, chartTree } from "./chart-files.ts";
import { submoduleOn } from "./closure.ts";
import type { Root } from "./elsewhere.ts";
import { chartAsked, type KustomizedChart, MAX_CHARTS } from "./helm-charts.ts";
import { realPath } from "./real-path.ts";

interface LocatedCharts {
  /** Folders of charts that are in a repository. */
  local: Lying[];
  /** What they use of their repository besides what is vendored. */
  dependencies: ({ root: Root } & LocalDependency)[];
  /** By place. */
  foreign: KustomizedChart[];
  /** Paths that decided this. */
  looked: Lying[];
}

/** A path of a repository. */
interface Lying {
  root: Root;
  path: string;
}

/**
 * What charts use besides what is vendored, in the terms of the export.
 * @throws {Failure} for a chart that is nowhere
 */
export async function dependenciesOf(charts: readonly KustomizedChart[]): Promise<LocalDependency[]> {
  const { dependencies } = await locateCharts(charts);
  return dependencies.map(({ root, from, to }) => ({ from: below(root.at, from), to: below(root.at, to) }));
}

/** @throws {Failure} for a chart that is nowhere */
async function locateCharts(charts: readonly KustomizedChart[]): Promise<LocatedCharts> {
  const found: LocatedCharts = { local: [], dependencies: [], foreign: [], looked: [] };
  const byPlace = new Map<string, KustomizedChart>();
  for (const chart of charts) {
    const place = below(chart.root.at, chart.place);
    const other = byPlace.get(place);
    if (other !== undefined && (other.repo !== chart.repo || other.version !== chart.version))
      throw cannotRender(
        chart,
        `kustomize would take it for that of ${other.field} in ${other.file}, since it looks for both in ${chart.place}`,
        "Give one of them another chartHome",
      );
    byPlace.set(place, chart);
  }
  const [first] = charts;
  if (first !== undefined && byPlace.size > MAX_CHARTS)
    throw cannotRender(first, `the source renders more than ${MAX_CHARTS} charts`, "Split it");
  for (const chart of byPlace.values()) {
    const { root, place } = chart;
    const { tree } = root;
    const real = await realPath(tree, place);
    const entry = await tree.entry(real);
    const submodule = await submoduleOn(tree, real, entry);
    if (submodule !== undefined)
      throw cannotRender(
        chart,
        `it lies in the submodule ${submodule}, and .gitmodules does not say where it comes from`,
        "Copy it into the repository",
      );
    found.looked.push({ root, path: place });
    if (entry?.kind === "folder") {
      found.local.push({ root, path: real });
      const { local } = await findDependencies(tree, real);
      found.dependencies.push(...local.map((one) => ({ root, ...one })));
    } else if (chart.repo === "")
      throw cannotRender(
        chart,
        `there is no ${place}, and it names no repo`,
        "Correct its name or chartHome, or name its repo",
      );
    else if (entry !== undefined || real !== place)
      throw cannotRender(
        chart,
        `it cannot be put into ${place}, ${entry === undefined ? "because a link leads there" : "which is a file"}`,
        "Name another chartHome",
      );
    else found.foreign.push(chart);
  }
  return found;
}

/**
 * Looks through every chart, and brings those that lie elsewhere with what they use. What is read of the repositories
 * of bases is added to their roots.
 * @returns of the source's own repository what is read
 * @throws {Failure} of whoever brings them; for a schema that leads elsewhere
 */
export async function chartInputs(
  charts: readonly KustomizedChart[],
  context: InputsContext,
): Promise<{ paths: InputPath[]; fetched: FetchedInput[]; capabilities: "used" | "unused" }> {
  const { local, dependencies, foreign, looked } = await locateCharts(charts);
  const folders = [...local, ...dependencies.map(({ root, from }) => ({ root, path: from }))];
  let asks = false;
  for (const { root, path } of folders) {
    await checkSchemas(root.tree, path, context.remember);
    asks ||= await asksForCapabilities(root.tree, path, context.remember);
  }
  for (const chart of charts) asks ||= await valuesAsk(chart);
  const packed = (
    await Promise.all([
      ...local.map(async ({ root, path }) => {
        const parts = await fetchDependencies(await findDependencies(root.tree, path), context);
        return parts.map((part) => ({ ...part, at: below(root.at, part.at) }));
      }),
      ...foreign.map(async (chart) => broughtWithParts(chart, await bring(chart, context), context)),
    ])
  ).flat();
  for (const { name, digest, archive } of packed.map((one) => ({ ...one, name: packageName(one.at) }))) {
    await context.remember(`schemas ${digest}`, async () => checkPackage(name, archive));
    asks ||= await context.remember(`capabilities ${digest}`, async () => fileAsks(name, archive));
  }
  const own = new Set<string>();
  for (const { root, path } of [...folders, ...looked])
    if (root.target === undefined) own.add(path);
    else root.paths.add(path);
  return {
    paths: [...own].map((path) => ({ path })),
    fetched: packed.map(({ digest, archive, at }) =>
      at.endsWith(".tgz") ? { digest, archive, at } : { digest, at, files: () => chartFiles(at, archive) },
    ),
    capabilities: asks ? "used" : "unused",
  };
}

interface Brought {
  digest: string;
  archive: Uint8Array;
  /** Its folder, or the package of a part of it. */
  at: string;
}

/** What it is called where only its content is looked at. */
function packageName(at: string): string {
  return at.endsWith(".tgz") ? at : below("charts", `${at.replaceAll("/", "-")}.tgz`);
}

async function bring(chart: KustomizedChart, context: InputsContext): Promise<FetchedChart> {
  const { version, file } = chart;
  const isExact = /^v?\d+\.\d+\.\d+/.test(version) && parseVersion(version) !== undefined;
  return context.fetchChart(chartAsked(chart), {
    version: isExact ? "locked" : "newest",
    by: file,
    as: "named",
  });
}

/** A chart may be published without the charts that it uses. */
async function broughtWithParts(
  chart: KustomizedChart,
  { digest, archive }: FetchedChart,
  context: InputsContext,
): Promise<Brought[]> {
  const place = below(chart.root.at, chart.place);
  const tree = chartTree(place, await chartFiles(place, archive));
  const parts = await fetchDependencies(await findDependencies(tree, place), context);
  return [{ digest, archive, at: place }, ...parts];
}

/** Values count too, because a template may run them through `tpl`. */
async function valuesAsk(chart: KustomizedChart): Promise<boolean> {
  if (chart.capabilities === "own") return false;
  if (JSON.stringify(chart.values ?? null).includes("Capabilities")) return true;
  for (const content of await valueFilesOf(chart)) if (mayMentionCapabilities(content)) return true;
  return false;
}

/** The contents of its own value files, of which each was found before. */
export async function valueFilesOf({ root, at, valueFiles }: KustomizedChart): Promise<Uint8Array[]> {
  const files: Uint8Array[] = [];
  for (const { text } of valueFiles) {
    const inside = resolveInside(at, text);
    if (inside.ok) files.push(await root.tree.read(await realPath(root.tree, inside.path)));
  }
  return files;
}

function cannotRender({ file, field, name }: KustomizedChart, why: string, fix: string): Failure {
  return new Failure("render", file, "after-edit", {
    cannot: "render",
    why: `${field} names the chart ${name}: ${why}`,
    fix,
  });
}
