import { parseYaml } from "../../../src/lib/yaml.ts";
import { isMapping, type Kustomization, mappings, strings } from "./kustomization.ts";

/** A place in a kustomization that names something to read. */
export interface Reference {
  /** `resources[1]`. */
  field: string;
  /** As written. */
  text: string;
  /** `file-or-folder`: a kustomization's folder, or a file. `file-or-text`: a file, or YAML in place. */
  is: "file" | "folder" | "file-or-folder" | "file-or-text";
}

const LISTS: readonly [field: string, is: Reference["is"]][] = [
  ["resources", "file-or-folder"],
  ["bases", "folder"],
  ["components", "folder"],
  ["crds", "file"],
  ["configurations", "file"],
  ["generators", "file-or-folder"],
  ["transformers", "file-or-folder"],
  ["validators", "file-or-folder"],
  ["patchesStrategicMerge", "file-or-text"],
];
const WITH_PATH = ["patches", "patchesJson6902", "replacements"];
const GENERATORS = ["configMapGenerator", "secretGenerator"];

/** Everything that a kustomization reads besides itself. */
export function referencesOf(kustomization: Kustomization): Reference[] {
  const references: Reference[] = [];
  const add = (field: string, is: Reference["is"], text: unknown): void => {
    if (typeof text === "string" && text !== "") references.push({ field, is, text });
  };
  for (const [field, is] of LISTS)
    strings(kustomization[field]).forEach((text, at) =>
      add(`${field}[${at}]`, isInline(text) ? "file-or-text" : is, text),
    );
  for (const field of WITH_PATH)
    mappings(kustomization[field]).forEach((entry, at) => add(`${field}[${at}].path`, "file", entry["path"]));
  for (const field of GENERATORS)
    mappings(kustomization[field]).forEach((entry, at) => addGenerator(`${field}[${at}]`, entry, add));
  if (isMapping(kustomization["openapi"])) add("openapi.path", "file", kustomization["openapi"]["path"]);
  return references;
}

function addGenerator(
  field: string,
  entry: Record<string, unknown>,
  add: (field: string, is: Reference["is"], text: unknown) => void,
): void {
  // `key=path`, or a path whose last part is the key.
  strings(entry["files"]).forEach((text, at) =>
    add(`${field}.files[${at}]`, "file", text.slice(text.indexOf("=") + 1)),
  );
  strings(entry["envs"]).forEach((text, at) => add(`${field}.envs[${at}]`, "file", text));
  add(`${field}.env`, "file", entry["env"]);
}

/** YAML in place of a path. */
export function isInline(text: string): boolean {
  return text.includes("\n") || /^\s*(?:\{|apiVersion:)/.test(text);
}

/** Files that the configuration of a generator or transformer names. Kustomize reads them from the folder of its kustomization. */
export function pluginReferences(text: string | Uint8Array): Reference[] {
  const references: Reference[] = [];
  const add = (field: string, is: Reference["is"], value: unknown): void => {
    if (typeof value === "string" && value !== "" && !isInline(value))
      references.push({ field, is, text: value });
  };
  for (const { value } of parseYaml(text, { duplicateKeys: "keep-last" }).documents) {
    if (!isMapping(value)) continue;
    const kind = String(value["kind"] ?? "plugin");
    add(`${kind}.path`, "file", value["path"]);
    strings(value["paths"]).forEach((path, at) => add(`${kind}.paths[${at}]`, "file", path));
    addGenerator(kind, value, add);
    mappings(value["replacements"]).forEach((entry, at) =>
      add(`${kind}.replacements[${at}].path`, "file", entry["path"]),
    );
  }
  return references;
}

/** What would be fetched from somewhere else: URLs, and the short forms of Git repositories. Source: kustomize, remote targets. */
export function isRemote(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ||
    /^(?:git::|git@|gh:|[^/\s]+@[^/\s]+:|(?:www\.)?github\.com[/:])/i.test(text) ||
    /[?&](?:ref|version)=/.test(text) ||
    /\.git(?:\/|$|\?)/.test(text)
  );
}
