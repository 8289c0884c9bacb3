/** The texts of files in which images are named, with one named anew: nothing of them but those fields is touched. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { appendYaml, parseYaml, printYaml, type ScalarSet, setYamlText } from "../../lib/yaml.ts";
import type { ImageName } from "./image-name.ts";
import type { WantedImage } from "./wanted-images.ts";

/** What is to run: at least one of both. */
export interface Version {
  tag?: string;
  digest?: string;
}

/** A text that names it: `nginx:1.2`, `nginx@sha256:…`, `nginx:1.2@sha256:…`. */
export function showImage({ name }: Pick<ImageName, "name">, version: Version): string {
  return `${name}${showVersion(version, ":")}`;
}

/** As it stands in a field for the tag: `1.2`, `1.2@sha256:…`. */
export function showVersion({ tag, digest }: Version, before = ""): string {
  return `${tag === undefined ? "" : `${before}${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** Several changes of one text, the first that is refused ends it. */
function inTurn(text: string, changes: readonly ((text: string) => ScalarSet)[]): ScalarSet {
  let now = text;
  for (const change of changes) {
    const done = change(now);
    if (done.is === "refused") return done;
    if (done.is === "changed") now = done.text;
  }
  return now === text ? { is: "same" } : { is: "changed", text: now };
}

/** `images` of a kustomization: the entry of that name, or a new one. Source: `kustomize edit set image`. */
export function setKustomizationImage(
  text: string,
  { image, kustomize }: Pick<WantedImage, "image" | "kustomize">,
  { tag, digest }: Version,
): ScalarSet {
  const known = kustomize ?? image.name;
  const images = rootOf(text)["images"];
  if (images !== undefined && images !== null && !Array.isArray(images))
    return { is: "refused", why: "images is no list" };
  const at = (images ?? []).findIndex((entry) => isMapping(entry) && entry["name"] === known);
  if (at < 0) {
    const entry = {
      name: known,
      ...(known === image.name ? {} : { newName: image.name }),
      ...defined({ newTag: tag, digest }),
    };
    return appendYaml(text, ["images"], entry);
  }
  const entry = (images ?? [])[at] as Record<string, unknown>;
  // A digest wins over a tag: one that is not the new one would keep what runs.
  if (entry["digest"] !== undefined && digest === undefined)
    return {
      is: "refused",
      why: `images pins ${known} by a digest, and a tag beside it would change nothing`,
    };
  const set = (field: string, value: string) => (now: string) =>
    setYamlText(now, ["images", at, field], value);
  return inTurn(text, [
    ...(known === image.name ? [] : [set("newName", image.name)]),
    ...(tag === undefined ? [] : [set("newTag", tag)]),
    ...(digest === undefined ? [] : [set("digest", digest)]),
  ]);
}

/** Where Helm's values name an image, where annotations do not say. Source: Argo CD Image Updater. */
const USUAL = { name: "image.name", tag: "image.tag" };

/** Values by which a chart is given an image: path and value. */
export function helmValuesOf(
  { image, helm }: Pick<WantedImage, "image" | "helm">,
  version: Version,
): { name: string; value: string }[] {
  if (helm.spec !== undefined) return [{ name: helm.spec, value: showImage(image, version) }];
  const named = helm.name === undefined && helm.tag === undefined ? USUAL : helm;
  return [
    ...(named.name === undefined ? [] : [{ name: named.name, value: image.name }]),
    ...(named.tag === undefined
      ? []
      : [{ name: named.tag, value: version.tag === undefined ? `${version.digest}` : showVersion(version) }]),
  ];
}

/** Values of Helm, each at a path such as `web.images[0].tag`; a key of that whole name comes first. */
export function setHelmValues(text: string, values: readonly { name: string; value: string }[]): ScalarSet {
  return inTurn(
    text,
    values.map(({ name, value }) => (now: string) => {
      const path = Object.hasOwn(rootOf(now), name) ? [name] : pathOf(name);
      if (path === undefined) return { is: "refused", why: `${JSON.stringify(name)} is no path of values` };
      const done = setYamlText(now, path, value);
      return done.is === "refused" ? { is: "refused", why: `${name}: ${done.why}` } : done;
    }),
  );
}

/** `a.b[0].c`; undefined for another text. */
function pathOf(text: string): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  for (const part of text.split(".")) {
    const [, key = "", places = ""] = /^([^[\]]*)((?:\[\d{1,6}\])*)$/.exec(part) ?? [];
    if (key === "" && (places === "" || steps.length === 0)) return undefined;
    if (key !== "") steps.push(key);
    for (const [, place] of places.matchAll(/\[(\d+)\]/g)) steps.push(Number(place));
  }
  return steps;
}

/** `written`: `helm.parameters`, or `kustomize.images`, of the Application's source. */
export interface OverrideOf {
  tool: "helm" | "kustomize";
  written: readonly unknown[];
}

/**
 * `.argocd-source-<app>.yaml`: parameters that are merged over the source when it is rendered.
 * @param text undefined where there is no such file yet: it begins with what the source itself says, whose list it replaces
 */
export function setOverride(
  text: string | undefined,
  wanted: Pick<WantedImage, "image" | "helm" | "kustomize">,
  version: Version,
  { tool, written }: OverrideOf,
): ScalarSet {
  const before = text ?? "";
  if (tool === "kustomize") {
    const known = wanted.kustomize ?? wanted.image.name;
    const entry = `${known === wanted.image.name ? "" : `${known}=`}${showImage(wanted.image, version)}`;
    return setInOverride(before, ["kustomize", "images"], entry, {
      ...{ written, isIt: (one) => nameIn(one) === known },
    });
  }
  return inTurn(
    before,
    helmValuesOf(wanted, version).map(
      ({ name, value }) =>
        (now: string) =>
          setParameter(now, name, value, written),
    ),
  );
}

function setInOverride(
  text: string,
  path: readonly string[],
  value: string,
  { written, isIt }: Pick<OverrideOf, "written"> & { isIt(entry: unknown): boolean },
): ScalarSet {
  if (text.trim() === "") return begun(path, [...written.filter((one) => !isIt(one)), value]);
  const list = listAt(text, path);
  if (list === undefined) return { is: "refused", why: `${path.join(".")} is no list` };
  const at = list.findIndex(isIt);
  return at < 0 ? appendYaml(text, path, value) : setYamlText(text, [...path, at], value);
}

function setParameter(text: string, name: string, value: string, written: readonly unknown[]): ScalarSet {
  const path = ["helm", "parameters"];
  const entry = { name, value, forceString: true };
  const isIt = (one: unknown): boolean => isMapping(one) && one["name"] === name;
  if (text.trim() === "") return begun(path, [...written.filter((one) => !isIt(one)), entry]);
  const list = listAt(text, path);
  if (list === undefined) return { is: "refused", why: `${path.join(".")} is no list` };
  const at = list.findIndex(isIt);
  return at < 0 ? appendYaml(text, path, entry) : setYamlText(text, [...path, at, "value"], value);
}

/** `old=new:tag` is of the name `old`, `name:tag` of `name`. */
export function nameIn(entry: unknown): string {
  const [before = "", after] = String(entry).split("=");
  if (after !== undefined) return before;
  const bare = before.split("@")[0] ?? "";
  const colon = bare.indexOf(":", bare.lastIndexOf("/") + 1);
  return colon < 0 ? bare : bare.slice(0, colon);
}

function begun(path: readonly string[], list: readonly unknown[]): ScalarSet {
  const value = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), list);
  return { is: "changed", text: printYaml(value) };
}

/** Empty where there is none. */
function listAt(text: string, path: readonly string[]): readonly unknown[] | undefined {
  let value: unknown = rootOf(text);
  for (const key of path) {
    if (value === undefined || value === null) return [];
    if (!isMapping(value)) return undefined;
    value = value[key];
  }
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : undefined;
}

function rootOf(text: string): Record<string, unknown> {
  const value = parseYaml(text).documents[0]?.value;
  return isMapping(value) ? value : {};
}
