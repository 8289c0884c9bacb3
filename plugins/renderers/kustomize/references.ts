import { isMapping } from "../../../src/lib/is-mapping.ts";
import { type Kustomization, mappings, strings } from "./kustomization.ts";

/** A place in a kustomization that names something to read. */
export interface Reference {
  /** `resources[1]`. */
  field: string;
  /** As written. */
  text: string;
  /**
   * `file-or-folder`: a kustomization's folder, or a file. `folder`: the first of them. `file-or-patch`: a file, or YAML
   * in place. `plugin`: a file or a kustomization's folder that holds configurations of plugins, or one in place.
   */
  is: "file" | "file-or-folder" | "folder" | "file-or-patch" | "plugin";
  /** The same kustomization with another path in its place. Absent in what kustomize must read as it is. */
  moved?(kustomization: Kustomization, path: string): Kustomization;
}

const LISTS: readonly [field: string, is: Reference["is"]][] = [
  ["resources", "file-or-folder"],
  ["bases", "file-or-folder"],
  ["components", "folder"],
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

/** Steps to a value: names of fields, and places in lists. */
type Steps = readonly (string | number)[];
type Add = (steps: Steps, is: Reference["is"], text: unknown, written?: (path: string) => string) => void;

/** Everything that a kustomization reads besides itself. */
export function referencesOf(kustomization: Kustomization): Reference[] {
  const references: Reference[] = [];
  const add: Add = (steps, is, text, written = (path) => path) => {
    if (typeof text !== "string" || text === "") return;
    references.push({
      field: shown(steps),
      is,
      text,
      moved: (from, path) => replaced(from, steps, written(path)) as Kustomization,
    });
  };
  for (const [field, is] of LISTS)
    entriesOf(kustomization[field]).forEach(([at, text]) => add([field, at], is, text));
  for (const field of WITH_PATH)
    entriesOf(kustomization[field]).forEach(([at, entry]) => {
      if (isMapping(entry)) add([field, at, "path"], "file", entry["path"]);
    });
  for (const field of GENERATORS)
    entriesOf(kustomization[field]).forEach(([at, entry]) => {
      if (isMapping(entry)) addGenerator([field, at], entry, add);
    });
  if (isMapping(kustomization["openapi"])) add(["openapi", "path"], "file", kustomization["openapi"]["path"]);
  return references;
}

function addGenerator(steps: Steps, entry: Record<string, unknown>, add: Add): void {
  // `key=path`, or a path whose last part is the key.
  for (const [at, text] of entriesOf(entry["files"])) {
    if (typeof text !== "string") continue;
    const [, key, path = text] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const name = key ?? path.slice(path.lastIndexOf("/") + 1);
    add([...steps, "files", at], "file", path, (moved) => `${name}=${moved}`);
  }
  for (const [at, text] of entriesOf(entry["envs"])) add([...steps, "envs", at], "file", text);
  add([...steps, "env"], "file", entry["env"]);
}

/** Files that the configuration of a plugin names. Kustomize reads them from the folder of its kustomization. */
export function pluginReferences(config: Record<string, unknown>): Reference[] {
  const references: Reference[] = [];
  const add: Add = (steps, is, text) => {
    if (typeof text === "string" && text !== "") references.push({ field: shown(steps), is, text });
  };
  const kind = String(config["kind"] ?? "plugin");
  add([kind, "path"], "file", config["path"]);
  add([kind, "targetFilePath"], "file", config["targetFilePath"]);
  strings(config["paths"]).forEach((path, at) => add([kind, "paths", at], "file-or-patch", path));
  addGenerator([kind], config, add);
  mappings(config["replacements"]).forEach((entry, at) =>
    add([kind, "replacements", at, "path"], "file", entry["path"]),
  );
  return references;
}

/** `patches[0].path`. */
function shown(steps: Steps): string {
  return steps
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);
}

function entriesOf(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : [];
}

function replaced(value: unknown, [step, ...rest]: Steps, by: string): unknown {
  if (step === undefined) return by;
  if (typeof step === "number") {
    const list = value as readonly unknown[];
    return list.with(step, replaced(list[step], rest, by));
  }
  const mapping = value as Record<string, unknown>;
  return { ...mapping, [step]: replaced(mapping[step], rest, by) };
}
