/** What one kustomization sets of what it is made of. Source: the reference of kustomization.yaml. */
import type { ValueFrom, ValueThere } from "../../../src/core/model/source-values.ts";
import type { FieldPath } from "../../../src/lib/field-path.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import type { Kustomization } from "./kustomization.ts";

export interface Setting {
  /** `images`, `replicas`, `namespace`. */
  field: string;
  /** Of what of it: an image, an object, a label; "" where there is but one. */
  name: string;
  there: ValueThere & { value: unknown };
  /** What stood there before, the last one first. */
  was: readonly ValueThere[];
  /** Folder of the kustomization that says so; "" is the one that is built. */
  below: string;
  /** What the image is called from here on. */
  becomes?: string;
}

/** Of what a base says they take nothing away, they add to it. */
const ADDED = new Set(["namePrefix", "nameSuffix", "patches"]);
const SINGLE = ["namespace", "namePrefix", "nameSuffix"] as const;
const PATCHES = ["patches", "patchesJson6902", "patchesStrategicMerge"] as const;
/** The same base may be changed again and again. */
const MOST_BEFORE = 100;

/** @param from where a field is written */
export function settingsIn(
  content: Kustomization,
  from: (path: FieldPath) => ValueFrom,
  below: string,
): Setting[] {
  const settings: Setting[] = [];
  const add = (
    field: string,
    name: string,
    value: unknown,
    path: FieldPath,
    more?: { becomes: string },
  ): void => {
    settings.push({ field, name, there: { ...from(path), value }, was: [], below, ...more });
  };
  for (const field of SINGLE) {
    const value = content[field];
    if (typeof value === "string" && value !== "") add(field, "", value, [field]);
  }
  for (const [at, image] of mappingsOf(content["images"])) {
    const name = String(image["name"] ?? "");
    add("images", name, imageWords(name, image), ["images", at], {
      becomes: textOf(image["newName"]) || name,
    });
  }
  for (const [at, { name, count }] of mappingsOf(content["replicas"]))
    add("replicas", String(name ?? ""), count ?? null, ["replicas", at]);
  const pairs = (field: string, value: unknown, path: FieldPath): void => {
    if (isMapping(value))
      for (const [name, text] of Object.entries(value)) add(field, name, text, [...path, name]);
  };
  pairs("labels", content["commonLabels"], ["commonLabels"]);
  for (const [at, entry] of mappingsOf(content["labels"]))
    pairs("labels", entry["pairs"], ["labels", at, "pairs"]);
  pairs("annotations", content["commonAnnotations"], ["commonAnnotations"]);
  let patches = 0;
  for (const field of PATCHES)
    for (const [at, patch] of entriesOf(content[field]))
      add("patches", String(patches++), patchWords(patch), [field, at]);
  return settings;
}

/** Settings over those of what it is made of: what both say stands in what was before. */
export function settingsOver(over: readonly Setting[], under: readonly Setting[]): Setting[] {
  const left = new Set(under);
  const known = Map.groupBy(under, ({ field, name, becomes }) => placeOf(field, becomes ?? name));
  const laid = over.map((one) => {
    if (ADDED.has(one.field)) return one;
    const before = known.get(placeOf(one.field, one.name)) ?? [];
    for (const other of before) left.delete(other);
    const was = [...one.was, ...before.flatMap(({ there, was: earlier }) => [there, ...earlier])];
    return { ...one, was: was.slice(0, MOST_BEFORE) };
  });
  return [...laid, ...left];
}

function placeOf(field: string, name: string): string {
  return `${field} ${name}`;
}

/** `nginx:1.25`, as it would stand in a manifest, where the entry says a tag or digest. */
function imageWords(name: string, image: Record<string, unknown>): string {
  const [tag, digest] = [textOf(image["newTag"]), textOf(image["digest"])];
  const suffix = textOf(image["tagSuffix"]);
  const own = textOf(image["newName"]) || name;
  return `${own}${tag === "" ? "" : `:${tag}`}${digest === "" ? "" : `@${digest}`}${suffix === "" ? "" : ` with ${suffix} behind its tag`}`;
}

/** What is patched and by which file; what a patch in place says stands in the kustomization, and may be a secret. */
function patchWords(patch: unknown): string {
  if (typeof patch === "string") return patch.includes("\n") ? "in place" : patch;
  if (!isMapping(patch)) return "in place";
  const { target } = patch;
  const on = isMapping(target)
    ? [textOf(target["kind"]), textOf(target["name"]), textOf(target["labelSelector"])]
        .filter(Boolean)
        .join(" ")
    : "";
  return `${textOf(patch["path"]) || "in place"}${on === "" ? "" : ` for ${on}`}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function entriesOf(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : [];
}

function mappingsOf(value: unknown): [number, Record<string, unknown>][] {
  return entriesOf(value).filter((entry): entry is [number, Record<string, unknown>] => isMapping(entry[1]));
}
