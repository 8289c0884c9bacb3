/** What a chart's own files say of the charts that it uses. */
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";

export interface Dependency {
  name: string;
  version: string;
  repository: string;
  /** As it is written. */
  written: Readonly<Record<string, unknown>>;
}

export interface ChartFile {
  /** `v1` keeps its dependencies in files of their own. */
  apiVersion: string;
  dependencies: readonly Dependency[];
  /** Absent where there is none. */
  lock?: { file: string; digest: string; dependencies: readonly Dependency[] };
}

/** @throws {Failure} git-path without a Chart.yaml, manifest for one that cannot be read, path-outside-source */
export async function readChartFile(tree: SourceTree, chart: string): Promise<ChartFile> {
  await refuseLockLink(tree, chart);
  const own = below(chart, "Chart.yaml");
  if ((await tree.entry(own)) === undefined)
    throw new Failure("git-path", own, "after-edit", {
      cannot: "render",
      why: "the folder is no Helm chart: this file is missing",
      fix: "Correct the source's path, or remove its helm block",
    });
  const content = await readMapping(tree, own);
  const old = await readMapping(tree, below(chart, "requirements.yaml"));
  const dependencies = [...listOf(content), ...listOf(old)].flatMap(dependencyOf);
  const apiVersion = content?.["apiVersion"] === "v1" ? "v1" : "v2";
  for (const name of ["Chart.lock", "requirements.lock"]) {
    const file = below(chart, name);
    const lock = await readMapping(tree, file);
    if (lock !== undefined)
      return {
        apiVersion,
        dependencies,
        lock: {
          file,
          digest: String(lock["digest"] ?? ""),
          dependencies: listOf(lock).flatMap(dependencyOf),
        },
      };
  }
  return { apiVersion, dependencies };
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

/** undefined where there is no such file, or nothing in it. */
async function readMapping(tree: SourceTree, file: string): Promise<Record<string, unknown> | undefined> {
  if ((await tree.entry(file)) === undefined) return undefined;
  const { documents, problems } = parseYaml(await tree.read(file), { file, duplicateKeys: "keep-last" });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new Failure("manifest", `${file}:${error.line}`, "after-edit", {
      cannot: "render",
      why: error.text,
    });
  const value = documents[0]?.value;
  return isMapping(value) ? value : undefined;
}

function listOf(file: Record<string, unknown> | undefined): unknown[] {
  const dependencies = file?.["dependencies"];
  return Array.isArray(dependencies) ? dependencies : [];
}

function dependencyOf(entry: unknown): Dependency[] {
  if (!isMapping(entry)) return [];
  const { name, version, repository } = entry;
  return typeof name === "string"
    ? [{ name, version: String(version ?? ""), repository: String(repository ?? ""), written: entry }]
    : [];
}
