import { isMapping } from "../../../src/lib/is-mapping.ts";
import { type Kustomization, mappings, strings } from "./kustomization.ts";

/** A place in a kustomization that names something to read. */
export interface Reference {
  /** `resources[1]`. */
  field: string;
  /** As written. */
  text: string;
  /**
   * `file-or-folder`: a kustomization's folder, or a file. `file-or-patch`: a file, or YAML in place. `plugin`: a file or
   * a kustomization's folder that holds configurations of plugins, or one in place.
   */
  is: "file" | "file-or-folder" | "file-or-patch" | "plugin";
}

const LISTS: readonly [field: string, is: Reference["is"]][] = [
  ["resources", "file-or-folder"],
  ["bases", "file-or-folder"],
  ["components", "file-or-folder"],
  ["crds", "file"],
  ["configurations", "file"],
  ["generators", "plugin"],
  ["transformers", "plugin"],
  ["validators", "plugin"],
  ["patchesStrategicMerge", "file-or-patch"],
];
const WITH_PATH = ["patches", "patchesJson6902", "replacements"];
const GENERATORS = ["configMapGenerator", "secretGenerator"];
/** Fields that hold configurations of plugins. */
export const PLUGIN_FIELDS = ["generators", "transformers", "validators"] as const;

/** Everything that a kustomization reads besides itself. */
export function referencesOf(kustomization: Kustomization): Reference[] {
  const references: Reference[] = [];
  const add = (field: string, is: Reference["is"], text: unknown): void => {
    if (typeof text === "string" && text !== "") references.push({ field, is, text });
  };
  for (const [field, is] of LISTS)
    strings(kustomization[field]).forEach((text, at) => add(`${field}[${at}]`, is, text));
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

/** Files that the configuration of a plugin names. Kustomize reads them from the folder of its kustomization. */
export function pluginReferences(config: Record<string, unknown>): Reference[] {
  const references: Reference[] = [];
  const add = (field: string, is: Reference["is"], text: unknown): void => {
    if (typeof text === "string" && text !== "") references.push({ field, is, text });
  };
  const kind = String(config["kind"] ?? "plugin");
  add(`${kind}.path`, "file", config["path"]);
  add(`${kind}.targetFilePath`, "file", config["targetFilePath"]);
  strings(config["paths"]).forEach((path, at) => add(`${kind}.paths[${at}]`, "file-or-patch", path));
  addGenerator(kind, config, add);
  mappings(config["replacements"]).forEach((entry, at) =>
    add(`${kind}.replacements[${at}].path`, "file", entry["path"]),
  );
  return references;
}
