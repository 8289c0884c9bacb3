import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { defined } from "../../../src/lib/defined.ts";
import { below, isInside, resolveInside } from "../../../src/lib/resolve-inside.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import type { InputsContext } from "../../../src/plugin/contract.ts";
import { unpacked } from "./packed-chart.ts";

/** A chart of the repository that another one uses and that is not vendored: it is copied to its place before the render. */
export interface LocalDependency {
  /** Where it lies in the repository. */
  from: string;
  /** Where helm looks for it, in the repository's terms. */
  to: string;
}

interface Dependency {
  name: string;
  version: string;
  repository: string;
}

/** Charts within charts. */
const MAX_DEPTH = 10;

/**
 * Finds the charts of the repository that a chart needs besides what is vendored in `charts/`.
 * @throws {Failure} git-path without a Chart.yaml, render for a dependency that is nowhere, path-outside-source
 */
export async function localDependencies(tree: SourceTree, chart: string): Promise<LocalDependency[]> {
  const found: LocalDependency[] = [];

  async function visit(from: string, to: string, chain: readonly string[]): Promise<void> {
    await refuseLockLink(tree, from);
    const vendored = await vendoredCharts(tree, from);
    for (const dependency of await dependenciesOf(tree, from)) {
      const lies = vendored.find(
        ({ name }) => name === dependency.name || isPackageOf(name, dependency.name),
      );
      if (lies?.kind === "submodule")
        throw cannotRender(
          below(from, "Chart.yaml"),
          `its dependency ${dependency.name} is a submodule in ${below(from, "charts")}, and submodules are not fetched`,
          "Commit the chart itself",
        );
      if (lies !== undefined) continue;
      const source = localFolder(from, dependency);
      if (chain.some((other) => isInside(other, source)) || chain.length > MAX_DEPTH) {
        throw cannotRender(
          below(from, "Chart.yaml"),
          `its dependency ${dependency.name} at ${dependency.repository} contains the chart itself`,
          "Move one of them",
        );
      }
      const place = below(below(to, "charts"), dependency.name);
      found.push({ from: source, to: place });
      await visit(source, place, [...chain, source]);
    }
  }

  await visit(chart, chart, [chart]);
  return found;
}

/** Helm follows a linked Chart.lock when it writes; nothing here writes it, and a link has no honest use. PT-9 */
async function refuseLockLink(tree: SourceTree, chart: string): Promise<void> {
  for (const name of ["Chart.lock", "requirements.lock"]) {
    const path = below(chart, name);
    if ((await tree.entry(path))?.kind === "link") {
      throw new Failure("path-outside-source", path, "after-edit", {
        cannot: "render",
        why: "a lock file must not be a link",
        fix: "Put the file itself in its place",
      });
    }
  }
}

async function dependenciesOf(tree: SourceTree, chart: string): Promise<Dependency[]> {
  const own = below(chart, "Chart.yaml");
  if ((await tree.entry(own)) === undefined)
    throw new Failure("git-path", own, "after-edit", {
      cannot: "render",
      why: "the folder is no Helm chart: this file is missing",
      fix: "Correct the source's path, or remove its helm block",
    });
  const old = below(chart, "requirements.yaml");
  const listed = [
    ...(await listIn(tree, own)),
    ...((await tree.entry(old)) === undefined ? [] : await listIn(tree, old)),
  ];
  return listed.flatMap((entry) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { name, version, repository } = entry as Record<string, unknown>;
    return typeof name === "string"
      ? [{ name, version: String(version ?? ""), repository: String(repository ?? "") }]
      : [];
  });
}

async function listIn(tree: SourceTree, file: string): Promise<unknown[]> {
  const { documents, problems } = parseYaml(await tree.read(file), { file, duplicateKeys: "keep-last" });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new Failure("manifest", `${file}:${error.line}`, "after-edit", {
      cannot: "render",
      why: error.text,
    });
  const dependencies = (documents[0]?.value as Record<string, unknown> | null | undefined)?.["dependencies"];
  return Array.isArray(dependencies) ? dependencies : [];
}

/** Charts and packages in `charts/`. */
async function vendoredCharts(tree: SourceTree, chart: string): Promise<TreeEntry[]> {
  const folder = below(chart, "charts");
  if ((await tree.entry(folder)) === undefined) return [];
  return tree.list(folder);
}

/** `redis-17.3.2.tgz` is a package of redis, not `redis-cluster-8.0.0.tgz`. */
function isPackageOf(file: string, name: string): boolean {
  return file.startsWith(`${name}-`) && file.endsWith(".tgz") && /^v?\d/.test(file.slice(name.length + 1));
}

function localFolder(chart: string, { name, version, repository }: Dependency): string {
  const file = below(chart, "Chart.yaml");
  if (/^(?:\.|\.\.|.*[/\\\0].*)$/.test(name))
    throw cannotRender(file, `a dependency is named ${JSON.stringify(name)}, which is no name of a chart`);
  if (!repository.startsWith("file://")) {
    const from = repository === "" ? "" : ` from ${repository}`;
    throw cannotRender(
      file,
      `its dependency ${name} ${version}${from} is not in ${below(chart, "charts")}`,
      "Run helm dependency build there and commit the charts folder",
    );
  }
  const inside = resolveInside(chart, repository.slice("file://".length));
  if (inside.ok) return inside.path;
  throw new Failure("path-outside-source", file, "after-edit", {
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

/**
 * Whether anything below a chart's folder asks which cluster it is rendered for. Says yes too often rather than too rarely.
 * @param remember answers what was found out about a folder of the same content before
 */
export async function asksForCapabilities(
  tree: SourceTree,
  folder: string,
  remember: InputsContext["remember"],
): Promise<boolean> {
  const about = `capabilities of files ${await tree.oid(folder)}`;
  const { asks, folders, links } = await remember(about, () => ownFiles(tree, folder));
  if (asks) return true;
  for (const name of folders) if (await asksForCapabilities(tree, below(folder, name), remember)) return true;
  // What a link leads to may change while its folder does not.
  for (const name of links) {
    const content = await readLinked(tree, below(folder, name));
    if (content === undefined || fileAsks(below(folder, name), content)) return true;
  }
  return false;
}

/** What a folder's own content tells, and where more is to be found, by names. */
async function ownFiles(
  tree: SourceTree,
  folder: string,
): Promise<{ asks: boolean; folders: string[]; links: string[] }> {
  const entries = await tree.list(folder);
  const named = (wanted: TreeEntry["kind"]): string[] =>
    entries.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  let asks = false;
  for (const name of named("file")) {
    const path = below(folder, name);
    asks ||= fileAsks(path, await tree.read(path));
  }
  return { asks, folders: named("folder"), links: named("link") };
}

function fileAsks(path: string, content: Uint8Array): boolean {
  return mentionsCapabilities(path.endsWith(".tgz") ? unpacked(path, content) : content);
}

/** undefined for a link to a folder, and for one that the host is going to refuse. */
async function readLinked(tree: SourceTree, path: string): Promise<Uint8Array | undefined> {
  return tree.read(path).catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
}

/** A template's `.Capabilities`, or `kubeVersion` of a Chart.yaml, which is a demand on the cluster. */
export function mentionsCapabilities(content: Uint8Array): boolean {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return (
    bytes.includes("Capabilities") ||
    /^kubeVersion\s*:/m.test(bytes.includes("kubeVersion") ? bytes.toString("latin1") : "")
  );
}
