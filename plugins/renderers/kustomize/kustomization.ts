import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { defined } from "../../../src/lib/defined.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";

/** A kustomization file's content. Fields are read with care: any of them may hold anything. */
export type Kustomization = Record<string, unknown>;

/** Source: kustomize, konfig.RecognizedKustomizationFileNames. */
export const FILE_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

export interface FoundKustomization {
  /** In the repository. */
  file: string;
  content: Kustomization;
}

/** The kustomization of a folder, undefined where it has none. @throws {Failure} render where it has several, manifest where it does not parse */
export async function readKustomization(
  tree: SourceTree,
  folder: string,
): Promise<FoundKustomization | undefined> {
  const files: string[] = [];
  for (const name of FILE_NAMES)
    if ((await tree.entry(below(folder, name))) !== undefined) files.push(below(folder, name));
  const [file] = files;
  if (file === undefined) return undefined;
  if (files.length > 1)
    throw new Failure("render", folder, "after-edit", {
      cannot: "render",
      why: `it holds ${files.join(" and ")}, of which only one may be there`,
      fix: "Remove the other",
    });
  return { file, content: parseKustomization(await tree.read(file), file) };
}

function parseKustomization(bytes: Uint8Array, file: string): Kustomization {
  const { documents, problems } = parseYaml(bytes, { file });
  const error = problems.find(({ severity }) => severity === "error");
  if (error !== undefined)
    throw new Failure("manifest", `${file}:${error.line}`, "after-edit", {
      cannot: "render",
      why: error.text,
      ...defined({ fix: error.fix }),
    });
  if (documents.length > 1)
    throw new Failure("manifest", `${file}:${documents[1]?.line}`, "after-edit", {
      cannot: "render",
      why: "it holds more than one document, of which kustomize reads the first alone",
      fix: "Keep one",
    });
  const value = documents[0]?.value ?? {};
  if (!isMapping(value))
    throw new Failure("manifest", file, "after-edit", { cannot: "render", why: "it is no mapping" });
  return value as Kustomization;
}

/** The strings of a field that should be a list of them. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The mappings of a field that should be a list of them. */
export function mappings(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isMapping) : [];
}
