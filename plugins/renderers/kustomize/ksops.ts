import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { defined } from "../../../src/lib/defined.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { resolveInside } from "../../../src/lib/resolve-inside.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import { type FoundKustomization, type Kustomization, mappings, strings } from "./kustomization.ts";

/** Of a generator, and of one of its `secretFrom`: all that KSOPS 4 knows. */
const FIELDS = new Set(["apiVersion", "kind", "metadata", "files", "secretFrom"]);
const SECRET_FIELDS = new Set(["metadata", "type", "files", "binaryFiles", "envs"]);
/** What KSOPS hands to kustomize for its generators alone. */
const OPTIONS = /kustomize\.config\.k8s\.io\/(needs-hash|behavior)/;

/**
 * The kustomization with KSOPS's generators replaced by what they make: their encrypted manifests are resources, and
 * their encrypted files those of a secret generator. The files are decrypted when they are read, so that no program runs.
 * @returns paths of the generators too, which the build reads no more
 * @throws {Failure} render for a generator that says what is not done
 */
export async function withoutKsops(
  tree: SourceTree,
  at: string,
  { file, content }: FoundKustomization,
): Promise<{ content: Kustomization; generators: string[] }> {
  const kept: unknown[] = [];
  const resources: string[] = [];
  const secrets: unknown[] = [];
  const generators: string[] = [];
  for (const entry of Array.isArray(content["generators"]) ? content["generators"] : []) {
    const found = typeof entry === "string" ? await ksopsIn(tree, at, entry) : undefined;
    if (found === undefined) {
      kept.push(entry);
      continue;
    }
    if (found.path !== undefined) generators.push(found.path);
    for (const config of found.configs) {
      const says = (why: string, fix: string): Failure => refused(found.path ?? file, why, fix);
      const unknown = Object.keys(config).find((field) => !FIELDS.has(field));
      if (unknown !== undefined) throw says(`${unknown} of a ksops generator is not known`, "Remove it");
      for (const path of strings(config["files"])) {
        await refuseOptions(tree, at, path);
        resources.push(path);
      }
      secrets.push(...mappings(config["secretFrom"]).map((from) => secretOf(from, says)));
    }
  }
  if (kept.length === strings(content["generators"]).length) return { content, generators };
  const { generators: _, ...rest } = content;
  return {
    content: {
      ...rest,
      ...(kept.length === 0 ? {} : { generators: kept }),
      ...(resources.length === 0 ? {} : { resources: [...listOf(content["resources"]), ...resources] }),
      ...(secrets.length === 0
        ? {}
        : { secretGenerator: [...listOf(content["secretGenerator"]), ...secrets] }),
    },
    generators,
  };
}

/** The configurations in a file, or in place, where all of them are KSOPS's. */
async function ksopsIn(
  tree: SourceTree,
  at: string,
  entry: string,
): Promise<{ path?: string; configs: Record<string, unknown>[] } | undefined> {
  if (entry.includes("\n")) {
    const configs = configsOf(entry);
    return configs === undefined ? undefined : { configs };
  }
  const inside = resolveInside(at, entry);
  if (!inside.ok || inside.path === "" || (await tree.entry(inside.path))?.kind !== "file") return undefined;
  const configs = configsOf(await tree.read(inside.path));
  return configs === undefined ? undefined : { path: inside.path, configs };
}

function configsOf(text: string | Uint8Array): Record<string, unknown>[] | undefined {
  const { documents, problems } = parseYaml(text);
  if (problems.some(({ severity }) => severity === "error")) return undefined;
  const configs = documents.map(({ value }) => value).filter(isMapping);
  const all = configs.length > 0 && configs.length === documents.length;
  return all && configs.every(({ kind, apiVersion }) => kind === "ksops" && apiVersion === "viaduct.ai/v1")
    ? configs
    : undefined;
}

function secretOf(
  from: Record<string, unknown>,
  says: (why: string, fix: string) => Failure,
): Record<string, unknown> {
  const unknown = Object.keys(from).find((field) => !SECRET_FIELDS.has(field));
  if (unknown !== undefined)
    throw says(`secretFrom.${unknown} of a ksops generator is not known`, "Remove it");
  const metadata = isMapping(from["metadata"]) ? from["metadata"] : {};
  const { name, namespace, labels, annotations } = metadata;
  const option = OPTIONS.exec(Object.keys(isMapping(annotations) ? annotations : {}).join("\n"))?.[1];
  if (option === "behavior") throw optionRefused(says, option);
  return {
    name,
    ...defined({ namespace, type: from["type"] }),
    files: [...strings(from["files"]), ...strings(from["binaryFiles"])],
    envs: strings(from["envs"]),
    options: {
      disableNameSuffixHash: option !== "needs-hash",
      ...defined({ labels }),
      ...(isMapping(annotations)
        ? {
            annotations: Object.fromEntries(
              Object.entries(annotations).filter(([key]) => !OPTIONS.test(key)),
            ),
          }
        : {}),
    },
  };
}

/** Names of keys are never encrypted, so that they are read as they lie there. */
async function refuseOptions(tree: SourceTree, at: string, path: string): Promise<void> {
  const inside = resolveInside(at, path);
  if (!inside.ok || (await tree.entry(inside.path))?.kind !== "file") return;
  const option = OPTIONS.exec(Buffer.from(await tree.read(inside.path)).toString("utf8"))?.[1];
  if (option !== undefined) throw optionRefused((why, fix) => refused(inside.path, why, fix), option);
}

function optionRefused(says: (why: string, fix: string) => Failure, option: string): Failure {
  return says(
    `the annotation kustomize.config.k8s.io/${option} asks what is not done for manifests that ksops lists`,
    "Remove it, or list the encrypted values under secretFrom",
  );
}

function refused(file: string, why: string, fix: string): Failure {
  return new Failure("render", file, "after-edit", { cannot: "render", why, fix });
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
