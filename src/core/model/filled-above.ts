import { isMapping } from "../../lib/is-mapping.ts";
import { ANNOTATION } from "./application.ts";
import { type FilledPath, filledPaths, sayFilled } from "./filled-in.ts";
import type { KubeObject } from "./kube-object.ts";

/** Under these an object holds what another one is made of: Deployment, CronJob, StatefulSet, and what is like them. */
const TEMPLATES: ReadonlySet<string> = new Set(["template", "jobTemplate", "volumeClaimTemplates"]);
/** A shorter value stands in too many fields by chance, and can be guessed. */
const LEAST_VALUE = 4;

/**
 * An object as one that says of itself what a secret store gave to those that it was made by, so that whoever hides the one
 * hides the other: a Pod's fields that come from its Deployment's template, and whatever else holds one of those values.
 * @param above those that own it, each as it is there; the order does not matter
 * @param besides fields that are hidden whatever holds them
 * @returns the very object where there is nothing to hide
 */
export function saidToBeFilled(
  object: KubeObject,
  above: readonly KubeObject[],
  besides: readonly FilledPath[] = [],
): KubeObject {
  const made = above.flatMap((owner): FilledPath[] => {
    const filled = filledPaths(owner);
    const values = new Set(filled.flatMap((path) => textsAt(owner, path)));
    return [...filled.flatMap(madeOf), ...(values.size === 0 ? [] : holding(object, values))];
  });
  const paths = [...made, ...besides];
  if (paths.length === 0) return object;
  const said = sayFilled([...filledPaths(object), ...paths]);
  const { metadata } = object;
  return {
    ...object,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [ANNOTATION.filledIn]: said } },
  };
}

/** Where a field of a template is in what is made of it: below each template on its way. */
function madeOf(path: FilledPath): FilledPath[] {
  const below = path.flatMap((step, at) =>
    TEMPLATES.has(step) ? [path.slice(path[at + 1] === "*" ? at + 2 : at + 1)] : [],
  );
  // Where only the beginning was said, all of the template may be meant.
  const isCut = below.some((rest) => rest.length === 0) || (path[0] === "spec" && path.length === 1);
  return isCut ? [["spec"], ["metadata", "annotations"], ["metadata", "labels"]] : below;
}

/** The texts at a place, and in whatever is below it. */
function textsAt(value: unknown, [step, ...rest]: FilledPath): string[] {
  if (step === undefined) return textsIn(value);
  if (step === "*") return Array.isArray(value) ? value.flatMap((item) => textsAt(item, rest)) : [];
  return isMapping(value) && Object.hasOwn(value, step) ? textsAt(value[step], rest) : [];
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length < LEAST_VALUE ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isMapping(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** Of whatever it was made by: fields that hold one of these values as they are, names apart. */
function holding(value: unknown, values: ReadonlySet<string>, at: FilledPath = []): FilledPath[] {
  if (typeof value === "string") return values.has(value) ? [at] : [];
  if (Array.isArray(value)) return value.flatMap((item) => holding(item, values, [...at, "*"]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, held]) => holding(held, values, [...at, key]));
}
