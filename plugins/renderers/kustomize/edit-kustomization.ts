import type { KustomizeSource } from "../../../src/core/model/application.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import { isMapping } from "../../../src/lib/is-mapping.ts";
import { substituteEnv } from "../../../src/lib/substitute-env.ts";
import { type Kustomization, mappings, strings } from "./kustomization.ts";
import { setImages } from "./set-images.ts";

/** What an edit needs to know besides the file. */
export interface EditFacts {
  env: Readonly<Record<string, string>>;
  /** Components of the source block that are there. */
  components: readonly string[];
}

/**
 * The kustomization with the source's options worked in, as `kustomize edit` would do it, in Argo CD's order:
 * prefix, suffix, images, replicas, labels, annotations, namespace, patches, components. `original` stays untouched.
 * @throws {Failure} invalid-spec for an option that contradicts the file
 */
export function editKustomization(
  original: Kustomization,
  source: KustomizeSource,
  { env, components }: EditFacts,
): Kustomization {
  const edited: Kustomization = { ...original };
  if (source.namePrefix) edited["namePrefix"] = source.namePrefix;
  if (source.nameSuffix) edited["nameSuffix"] = source.nameSuffix;
  if (isFilled(source.images))
    edited["images"] = setImages(
      mappings(original["images"]),
      source.images.map((image) => substituteEnv(image, env)),
    );
  if (isFilled(source.replicas))
    edited["replicas"] = setReplicas(mappings(original["replicas"]), source.replicas);
  addLabels(edited, source, env);
  if (source.commonAnnotations !== undefined && source.commonAnnotations !== null) {
    const wanted =
      source.commonAnnotationsEnvsubst === true
        ? substituteAll(source.commonAnnotations, env)
        : source.commonAnnotations;
    edited["commonAnnotations"] = added(
      "annotation",
      original["commonAnnotations"],
      wanted,
      source.forceCommonAnnotations,
    );
  }
  if (source.namespace) edited["namespace"] = source.namespace;
  if (isFilled(source.patches))
    edited["patches"] = [
      ...(Array.isArray(original["patches"]) ? original["patches"] : []),
      ...source.patches,
    ];
  if (components.length > 0)
    edited["components"] = [...new Set([...strings(original["components"]), ...components])];
  return edited;
}

/** Names of the build environment that the options use. */
export function textsWithEnv(source: KustomizeSource): string[] {
  return [
    ...(source.images ?? []),
    ...Object.values(source.commonLabels ?? {}),
    ...(source.commonAnnotationsEnvsubst === true ? Object.values(source.commonAnnotations ?? {}) : []),
  ];
}

function isFilled<T>(list: readonly T[] | undefined): list is readonly T[] {
  return list !== undefined && list !== null && list.length > 0;
}

function substituteAll(
  texts: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, substituteEnv(text, env)]));
}

function setReplicas(
  before: Record<string, unknown>[],
  wanted: NonNullable<KustomizeSource["replicas"]>,
): Record<string, unknown>[] {
  const counted = wanted.map(({ name, count }) => {
    const number = Number(count);
    if (!Number.isInteger(number) || number < 0)
      throw invalid(
        `kustomize.replicas: ${name} has the count ${count}, which is no whole number`,
        "Write a number from 0 on",
      );
    return { name, count: number };
  });
  const kept = before.filter(({ name }) => !counted.some((replica) => replica.name === name));
  return [...kept, ...counted];
}

/** With selectors they are `commonLabels`, without an entry of `labels`. Source: kustomize edit add label. */
function addLabels(
  edited: Kustomization,
  source: KustomizeSource,
  env: Readonly<Record<string, string>>,
): void {
  if (
    source.commonLabels === undefined ||
    source.commonLabels === null ||
    Object.keys(source.commonLabels).length === 0
  )
    return;
  const wanted = substituteAll(source.commonLabels, env);
  const includeTemplates = source.labelIncludeTemplates === true;
  if (source.labelWithoutSelector !== true) {
    if (includeTemplates)
      throw invalid(
        "kustomize.labelIncludeTemplates works only together with labelWithoutSelector",
        "Set labelWithoutSelector, or remove labelIncludeTemplates",
      );
    edited["commonLabels"] = added("label", edited["commonLabels"], wanted, source.forceCommonLabels);
    return;
  }
  const labels = mappings(edited["labels"]);
  const at = labels.findIndex(
    (entry) =>
      entry["includeSelectors"] !== true && (entry["includeTemplates"] === true) === includeTemplates,
  );
  const pairs = added("label", labels[at]?.["pairs"], wanted, source.forceCommonLabels);
  const entry = { ...labels[at], pairs, ...(includeTemplates ? { includeTemplates } : {}) };
  edited["labels"] = at < 0 ? [...labels, entry] : labels.with(at, entry);
}

function added(
  what: "label" | "annotation",
  before: unknown,
  wanted: Readonly<Record<string, string>>,
  force: boolean | undefined,
): Record<string, unknown> {
  const had = isMapping(before) ? before : {};
  const twice = Object.keys(wanted).find((name) => Object.hasOwn(had, name));
  if (twice !== undefined && force !== true) {
    const option = what === "label" ? "forceCommonLabels" : "forceCommonAnnotations";
    throw invalid(
      `the ${what} ${twice} of the source stands in the kustomization already`,
      `Remove one of them, or set kustomize.${option}`,
    );
  }
  return { ...had, ...wanted };
}

function invalid(why: string, fix: string): Failure {
  return new Failure("invalid-spec", "spec.source.kustomize", "after-edit", { cannot: "render", why, fix });
}
