/** The charts that a chart uses: vendored ones stay, those of the repository are copied, the others are brought here. */
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { defined } from "../../../src/lib/defined.ts";
import { below, isInside, resolveInside } from "../../../src/lib/resolve-inside.ts";
import type { FetchedChart, InputsContext } from "../../../src/plugin/contract.ts";
import { type ChartFile, type Dependency, readChartFile } from "./chart-file.ts";
import { lockDigest, oldLockDigest } from "./lock-digest.ts";

/** A chart of the repository that another one uses and that is not vendored: it is copied to its place before the render. */
export interface LocalDependency {
  /** Where it lies in the repository. */
  from: string;
  /** Where helm looks for it, in the repository's terms. */
  to: string;
}

/** One that lies elsewhere. */
interface ForeignDependency {
  dependency: Dependency;
  /** As its chart's lock file names it; absent where there is none. */
  locked?: Dependency;
  /** Folder of the chart that uses it, and where that is when helm runs. */
  chart: string;
  place: string;
}

export interface Dependencies {
  local: LocalDependency[];
  foreign: ForeignDependency[];
  /** Charts that use foreign ones, with all that is asked for in them. */
  files: { chart: string; file: ChartFile }[];
}

export interface FetchedDependency {
  digest: string;
  archive: Uint8Array;
  /** Where helm looks for it. */
  at: string;
}

/** Charts within charts. */
const MAX_DEPTH = 10;

/**
 * Finds the charts that a chart needs besides what is vendored in `charts/`.
 * @throws {Failure} git-path without a Chart.yaml, render for a dependency that is nowhere, path-outside-source
 */
export async function findDependencies(tree: SourceTree, chart: string): Promise<Dependencies> {
  const found: Dependencies = { local: [], foreign: [], files: [] };

  async function visit(from: string, to: string, chain: readonly string[]): Promise<void> {
    const file = await readChartFile(tree, from);
    const vendored = await vendoredCharts(tree, from);
    let isForeign = false;
    for (const [at, dependency] of file.dependencies.entries()) {
      const lies = vendored.find(
        ({ name }) => name === dependency.name || isPackageOf(name, dependency.name),
      );
      if (lies?.kind === "submodule")
        throw cannotRender(
          below(from, "Chart.yaml"),
          `its dependency ${dependency.name} is a submodule in ${below(from, "charts")}, and .gitmodules does not say where it comes from`,
          "Commit the chart itself",
        );
      if (lies !== undefined) continue;
      checkName(from, dependency);
      if (!dependency.repository.startsWith("file://")) {
        await checkPlace(tree, from, dependency);
        isForeign = true;
        const locked = lockedOf(file, dependency, at);
        found.foreign.push({ dependency, chart: from, place: to, ...defined({ locked }) });
        continue;
      }
      const source = localFolder(from, dependency);
      if (chain.some((other) => isInside(other, source)) || chain.length > MAX_DEPTH) {
        throw cannotRender(
          below(from, "Chart.yaml"),
          `its dependency ${dependency.name} at ${dependency.repository} contains the chart itself`,
          "Move one of them",
        );
      }
      const place = below(below(to, "charts"), dependency.name);
      found.local.push({ from: source, to: place });
      await visit(source, place, [...chain, source]);
    }
    if (isForeign) found.files.push({ chart: from, file });
  }

  await visit(chart, chart, [chart]);
  return found;
}

/**
 * Brings those that lie elsewhere, each in the version that a lock file names, and checks the lock file as Helm does.
 * @throws {Failure} render where the lock file is of other dependencies; of whoever brings them
 */
export async function fetchDependencies(
  { foreign, files }: Dependencies,
  context: Pick<InputsContext, "fetchChart">,
): Promise<FetchedDependency[]> {
  for (const { chart, file } of files) checkLocked(chart, file);
  const brought = await Promise.all(
    foreign.map(async ({ dependency, locked, chart, place }) => {
      const { name, repository, version } = dependency;
      const fetched = await context.fetchChart(
        { repoURL: repository, name, version: locked?.version ?? version },
        { version: locked === undefined ? "newest" : "locked", by: below(chart, "Chart.yaml") },
      );
      return { dependency, chart, place, fetched };
    }),
  );
  for (const { chart, file } of files) {
    const addresses = new Map(
      brought
        .filter((one) => one.chart === chart)
        .map(({ dependency, fetched }) => [dependency, fetched.repoURL] as const),
    );
    checkDigest(file, addresses);
  }
  const byPlace = new Map<string, FetchedDependency>();
  for (const { dependency, place, fetched } of brought) {
    const at = below(below(place, "charts"), packageName(dependency, fetched));
    byPlace.set(at, { digest: fetched.digest, archive: fetched.archive, at });
  }
  return [...byPlace.values()];
}

/** A lock file that does not know one of them is of another time. */
function checkLocked(chart: string, { dependencies, lock }: ChartFile): void {
  if (lock === undefined) return;
  if (lock.dependencies.length !== dependencies.length) throw outOfSync(chart, lock.file);
}

function checkDigest(
  { apiVersion, dependencies, lock }: ChartFile,
  addresses: ReadonlyMap<Dependency, string>,
): void {
  if (lock === undefined) return;
  const asked = dependencies.map((one) => ({ ...one, repository: addresses.get(one) ?? one.repository }));
  const isSame =
    lock.digest === lockDigest(asked, lock.dependencies) ||
    (apiVersion === "v1" && lock.digest === oldLockDigest(dependencies));
  if (!isSame) throw outOfSync(lock.file, lock.file);
}

function outOfSync(object: string, lock: string): Failure {
  return cannotRender(
    object,
    `${lock} is of other dependencies than the chart has now`,
    "Run helm dependency update there, and commit it",
  );
}

/** By its place where the names agree: a chart may be used twice, under two aliases. */
function lockedOf({ lock }: ChartFile, { name }: Dependency, at: number): Dependency | undefined {
  const own = lock?.dependencies[at];
  return own?.name === name ? own : lock?.dependencies.find((one) => one.name === name);
}

function packageName({ name }: Dependency, { version }: FetchedChart): string {
  return `${name}-${version.replace(/[^\w.+-]/g, "_")}.tgz`;
}

/** Charts and packages in `charts/`. */
async function vendoredCharts(tree: SourceTree, chart: string): Promise<TreeEntry[]> {
  const folder = below(chart, "charts");
  if ((await tree.entry(folder)) === undefined) return [];
  return tree.list(folder);
}

/** `redis-17.3.2.tgz` is a package of redis, not `redis-cluster-8.0.0.tgz`. */
export function isPackageOf(file: string, name: string): boolean {
  return file.startsWith(`${name}-`) && file.endsWith(".tgz") && /^v?\d/.test(file.slice(name.length + 1));
}

function checkName(chart: string, { name }: Dependency): void {
  if (/^(?:|\.|\.\.|.*[/\\\0].*)$/.test(name))
    throw cannotRender(
      below(chart, "Chart.yaml"),
      `a dependency is named ${JSON.stringify(name)}, which is no name of a chart`,
    );
}

/** It is put beside what is vendored. */
async function checkPlace(
  tree: SourceTree,
  chart: string,
  { name, version, repository }: Dependency,
): Promise<void> {
  const folder = below(chart, "charts");
  if (repository === "")
    throw cannotRender(
      below(chart, "Chart.yaml"),
      `its dependency ${name} ${version} is not in ${folder}, and names no repository`,
      "Name its repository, or commit it in the charts folder",
    );
  if ((await tree.entry(folder))?.kind === "link")
    throw cannotRender(
      folder,
      `it is a link, so that ${name} cannot be put there`,
      "Make it a folder, or commit the chart",
    );
}

/** Of one whose repository is `file://…`. @throws {Failure} path-outside-source */
export function localFolder(chart: string, { name, repository }: Dependency): string {
  const inside = resolveInside(chart, repository.slice("file://".length));
  if (inside.ok) return inside.path;
  throw new Failure("path-outside-source", below(chart, "Chart.yaml"), "after-edit", {
    cannot: "render",
    why: `its dependency ${name} lies at ${repository}: ${inside.why}`,
    fix: "Move the chart into this repository",
  });
}

function cannotRender(object: string, why: string, fix?: string): Failure {
  return new Failure("render", object, "after-edit", {
    cannot: "render",
    why,
    ...defined({ fix }),
  });
}
