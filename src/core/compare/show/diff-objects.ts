import { defined } from "../../../lib/defined.ts";
import { equalJson } from "../../../lib/equal-json.ts";
import { stepInto } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { FieldDifference, ObjectDifference } from "../../model/comparison.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import type { RefKey } from "../../model/object-ref.ts";
import { mergeKeys } from "../fields/counterpart.ts";
import { elementOf } from "../fields/fields-v1.ts";
import { lastSetter } from "./last-setter.ts";
import { maskPair, maskSecret } from "./mask-secret.ts";

export interface DiffInput {
  key: RefKey;
  /** undefined: it is not there yet. */
  live: KubeObject | undefined;
  /** The server's prediction, or the desired object where there is none; undefined: it would be pruned. */
  predicted: KubeObject | undefined;
  /** Of the live object, where they are not in it. */
  managedFields?: readonly ManagedFieldsEntry[];
}

/**
 * What a sync would change in one object, for people: each differing field with who set its live value. Secrets are
 * masked here, before anything else can see them.
 */
export function diffObjects({ key, live, predicted, managedFields }: DiffInput): ObjectDifference {
  const entries = managedFields ?? live?.metadata.managedFields ?? [];
  if (live === undefined || predicted === undefined) {
    return {
      key,
      live: live && shown(maskSecret(live)),
      predicted: predicted && shown(maskSecret(predicted)),
      fields: [],
    };
  }
  const [before, after] = maskPair(shown(live), shown(predicted));
  const claims = [...entries, ...(predicted.metadata.managedFields ?? [])].flatMap(
    (entry) => entry.fieldsV1 ?? [],
  );
  const fields: FieldDifference[] = [];
  walk(before, after, { print: "", path: [], claims }, (place, old, fresh) => {
    const owner = old === undefined ? undefined : lastSetter(entries, live, place.path);
    fields.push({ path: place.print, live: old, desired: fresh, ...defined({ owner }) });
  });
  return { key, live: before, predicted: after, fields };
}

/** Without what the server keeps for itself, and without status: none of it is anybody's wish. */
export function shown(object: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  const {
    managedFields: __,
    resourceVersion: ___,
    generation: ____,
    uid: _____,
    creationTimestamp: ______,
    ...metadata
  } = object.metadata;
  const { selfLink: _______, ...kept } = metadata as typeof metadata & { selfLink?: string };
  return { ...rest, metadata: kept } as KubeObject;
}

interface Place {
  /** `spec.containers[name=web].image`. */
  print: string;
  /** Steps into the live object. */
  path: readonly (string | number)[];
  /** What everybody's claims say of this place. */
  claims: readonly FieldsV1[];
}

type Found = (place: Place, live: unknown, predicted: unknown) => void;

function walk(live: unknown, predicted: unknown, place: Place, found: Found): void {
  if (equalJson(live, predicted)) return;
  if (Array.isArray(live) && Array.isArray(predicted)) return walkLists(live, predicted, place, found);
  if (!isMapping(live) || !isMapping(predicted)) return found(place, live, predicted);
  for (const name of new Set([...Object.keys(live), ...Object.keys(predicted)])) {
    const print = /^[A-Za-z_$][\w$-]*$/.test(name)
      ? place.print === ""
        ? name
        : `${place.print}.${name}`
      : `${place.print}[${JSON.stringify(name)}]`;
    walk(live[name], predicted[name], below(place, live, name, print), found);
  }
}

function walkLists(
  live: readonly unknown[],
  predicted: readonly unknown[],
  place: Place,
  found: Found,
): void {
  const keys = mergeKeys(place.claims) ?? likelyKeys(live, predicted);
  if (keys === undefined) {
    for (let at = 0; at < Math.max(live.length, predicted.length); at++) {
      walk(live[at], predicted[at], below(place, live, at, `${place.print}[${at}]`), found);
    }
    return;
  }
  const nameOf = (item: unknown): string =>
    keys.map((key) => `${key}=${showKey(stepInto(item, key))}`).join(",");
  const rest = new Map(predicted.map((item) => [nameOf(item), item]));
  live.forEach((item, at) => {
    const name = nameOf(item);
    walk(item, rest.get(name), below(place, live, at, `${place.print}[${name}]`), found);
    rest.delete(name);
  });
  for (const [name, item] of rest) found({ ...place, print: `${place.print}[${name}]` }, undefined, item);
  const order = (list: readonly unknown[], other: readonly unknown[]): string[] => {
    const names = new Set(other.map(nameOf));
    return list.map(nameOf).filter((name) => names.has(name));
  };
  const [before, after] = [order(live, predicted), order(predicted, live)];
  if (!equalJson(before, after)) found({ ...place, print: `${place.print} (order)` }, before, after);
}

/** Where no claim tells: lists of things with names of their own are most often keyed by them. */
function likelyKeys(live: readonly unknown[], predicted: readonly unknown[]): readonly string[] | undefined {
  const named = [live, predicted].every((list) => {
    const names = list.map((item) => stepInto(item, "name"));
    return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  });
  return named ? ["name"] : undefined;
}

function below(place: Place, live: unknown, step: string | number, print: string): Place {
  const claims = place.claims.flatMap((node) => {
    const element = elementOf(node, live, step);
    return element === undefined ? [] : [node[element] as FieldsV1];
  });
  return { print, path: [...place.path, step], claims };
}

function showKey(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
