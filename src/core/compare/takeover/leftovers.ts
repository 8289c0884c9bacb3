import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, showPath, stepInto } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import { FIELD_MANAGER, isOurs } from "../../model/field-manager.ts";
import type { FieldsV1, KubeObject, ManagedFieldsEntry } from "../../model/kube-object.ts";
import { mergeKeys } from "../fields/counterpart.ts";
import { type ElementPath, elementOf } from "../fields/fields-v1.ts";
import { isInteractive } from "./interactive.ts";

/** A field or item of the live object beside what Git wants in the same map or keyed list. */
export interface Leftover {
  /** In the live object. */
  path: FieldPath;
  /** In managedFields. */
  place: ElementPath;
  /** What of it there is to own, as managedFields has it. */
  fields: FieldsV1;
  /** Managers that hold it, ours left out. */
  owners: readonly string[];
  /** `ours`: the server removes it with our apply. `may-go`: nobody's, a person's, or an explicit null in Git. */
  whose: "ours" | "may-go" | "others";
  /** For people. */
  text: string;
}

/**
 * What may have made an apply impossible that Git alone would not: server-side apply leaves beside ours what others set
 * and what the server filled in, in one union (two handlers of a probe) or one list (two ports without names).
 *
 * @param causes what the server complains of
 * @param live as read, with managedFields
 * @param ignored what is left to others in this object
 * @returns sets to try one after the other, the closest to what the server complains of first; none where nothing of
 * the sort is near
 */
export function leftoversFor(
  causes: readonly { field: string }[],
  live: KubeObject,
  desired: KubeObject,
  ignored: Others = { paths: [], managers: [] },
): Leftover[][] {
  const fields = causes.map(({ field }) => namesIn(field));
  const near = leftoversIn(live, desired).flatMap((leftover) => {
    if (isLeftToOthers(leftover, ignored)) return [];
    const rank = Math.max(...fields.map((field) => nearness(leftover.path, field)), 0);
    return rank === 0 ? [] : [{ leftover, rank }];
  });
  const ranks = [...new Set(near.map(({ rank }) => rank))].sort((a, b) => b - a);
  return ranks.map((least) => near.filter(({ rank }) => rank >= least).map(({ leftover }) => leftover));
}

/** `IgnoredFields`, in this room's words. */
interface Others {
  paths: readonly FieldPath[];
  beyond?: readonly FieldPath[];
  managers: readonly string[];
}

/** Fields that an application leaves to others are theirs, whoever set them; so is what holds one. */
function isLeftToOthers({ path, owners }: Leftover, { paths, beyond = [], managers }: Others): boolean {
  if (owners.some((owner) => managers.includes(owner))) return true;
  const names = namesOf(path);
  return [...paths, ...beyond].some((pointer) => {
    const others = pointer.map(String).filter((step) => !/^\d+$/.test(step));
    return others.slice(0, names.length).every((name, at) => name === names[at]);
  });
}

/** How far above the field that the server names something may stand and still be what it complains of. */
const FARTHEST = 1;

/** 0: not related. Else higher for what is closer: the field itself, then its siblings, then what stands above. */
function nearness(path: FieldPath, field: readonly string[]): number {
  const names = namesOf(path);
  if (equalJson(names, field)) return names.length + 1;
  const parent = namesOf(path.slice(0, -1));
  const isAbove = parent.length <= field.length && parent.every((name, at) => name === field[at]);
  return isAbove && field.length - parent.length <= FARTHEST ? parent.length : 0;
}

/** `spec.ports[0].name` by its names alone: the server counts items of a list that nobody has seen. */
function namesIn(field: string): string[] {
  return field
    .replace(/\[\d+\]/g, "")
    .split(".")
    .filter((name) => name !== "");
}

function namesOf(path: FieldPath): string[] {
  return path.filter((step) => typeof step === "string");
}

/** Everything of the kind, wherever it stands; metadata and status are nobody's to clear. */
function leftoversIn(live: KubeObject, desired: KubeObject): Leftover[] {
  const entries = (live.metadata.managedFields ?? []).filter(
    ({ subresource, fieldsV1 }) => (subresource ?? "") === "" && fieldsV1 !== undefined,
  );
  const found: Leftover[] = [];
  const walk = (want: unknown, have: unknown, at: At): void => {
    if (isMapping(want) && isMapping(have)) {
      for (const key of Object.keys(have)) {
        const next = at.into(key, have);
        if (want[key] === undefined || want[key] === null)
          found.push(next.leftover(have[key], want[key] === null ? "null-in-git" : "left-out"));
        else walk(want[key], have[key], next);
      }
    } else if (Array.isArray(want) && Array.isArray(have)) {
      const keys = mergeKeys(at.nodes);
      if (keys === undefined) return;
      for (const [index, item] of have.entries()) {
        const twin = want.find((other) => isSameItem(keys, other, item));
        const next = at.into(index, have);
        if (twin === undefined) found.push(next.leftover(item, "left-out"));
        else walk(twin, item, next);
      }
    }
  };
  const { apiVersion: _version, kind: _kind, metadata: _metadata, status: _status, ...content } = desired;
  const root = new At(
    [],
    [],
    entries.map((entry) => ({ entry, node: entry.fieldsV1 as FieldsV1 })),
  );
  for (const [name, want] of Object.entries(content))
    if (live[name] !== undefined) walk(want, live[name], root.into(name, live));
  return found;
}

interface Held {
  entry: ManagedFieldsEntry;
  node: FieldsV1;
}

/** A place in the live object, with what each manager holds there. */
class At {
  constructor(
    readonly path: FieldPath,
    readonly place: ElementPath,
    readonly held: readonly Held[],
  ) {}

  get nodes(): FieldsV1[] {
    return this.held.map(({ node }) => node);
  }

  into(step: string | number, value: unknown): At {
    const keys = mergeKeys(this.nodes) ?? [];
    let element = typeof step === "string" ? `f:${step}` : elementFor(keys, stepInto(value, step));
    const held = this.held.flatMap(({ entry, node }) => {
      const name = elementOf(node, value, step);
      const child = name === undefined ? undefined : node[name];
      if (name === undefined || child === undefined) return [];
      element = name;
      return [{ entry, node: child }];
    });
    return new At([...this.path, step], [...this.place, element], held);
  }

  leftover(value: unknown, why: "null-in-git" | "left-out"): Leftover {
    const others = this.held.filter(({ entry }) => !isOurs(entry)).map(({ entry }) => entry);
    const mayGo =
      why === "null-in-git" ||
      others.every((entry) => isInteractive(entry) || entry.manager === FIELD_MANAGER);
    const owners = [...new Set(others.map(({ manager }) => manager))];
    const by = owners.length === 0 ? "a default that the server filled in" : `set by ${owners.join(", ")}`;
    return {
      path: this.path,
      place: this.place,
      fields: fieldsOf(value, this.nodes),
      owners,
      whose: others.length === 0 && this.held.length > 0 ? "ours" : mayGo ? "may-go" : "others",
      text: `${showPath(this.path)} (${by})`,
    };
  }
}

function elementFor(keys: readonly string[], item: unknown): string {
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, keyOf(item, key)])))}`;
}

/** Every field of a value, items of a list by the keys that some manager speaks of them by; other lists are one. */
function fieldsOf(value: unknown, nodes: readonly FieldsV1[]): FieldsV1 {
  const below = (element: string): FieldsV1[] => nodes.flatMap((node) => node[element] ?? []);
  const fields: FieldsV1 = {};
  if (isMapping(value))
    for (const [key, child] of Object.entries(value)) fields[`f:${key}`] = fieldsOf(child, below(`f:${key}`));
  else if (Array.isArray(value))
    for (const [index, item] of value.entries())
      for (const node of nodes) {
        const element = elementOf(node, value, index);
        if (element !== undefined) fields[element] = fieldsOf(item, below(element));
      }
  return Object.keys(fields).length === 0 ? {} : { ".": {}, ...fields };
}

function isSameItem(keys: readonly string[], a: unknown, b: unknown): boolean {
  return keys.every((key) => equalJson(keyOf(a, key), keyOf(b, key)));
}

/** The one default among the merge keys of the built-in kinds. */
function keyOf(item: unknown, key: string): unknown {
  return stepInto(item, key) ?? (key === "protocol" ? "TCP" : undefined);
}

/**
 * What the object would be without the leftovers: Git's over the live one, to ask by a dry-run PUT whether the server
 * would take that. Close to what the server's own merge gives, which alone is written in the end.
 */
export function withoutLeftovers(
  live: KubeObject,
  desired: KubeObject,
  leftovers: readonly Leftover[],
): KubeObject {
  const { status: _, ...object } = structuredClone(live);
  delete object.metadata.managedFields;
  const nodes = (live.metadata.managedFields ?? []).flatMap(({ fieldsV1 }) => fieldsV1 ?? []);
  const gone = [...leftovers, ...leftoversIn(live, desired).filter(({ whose }) => whose === "ours")].map(
    ({ path }) => path,
  );
  // Before anything is taken out: the places of a list's items still mean those items.
  const merged = lay(desired, object, nodes, []);
  for (const path of gone.sort((a, b) => b.length - a.length || Number(b.at(-1)) - Number(a.at(-1))))
    remove(merged, path);
  return merged as KubeObject;
}

function lay(want: unknown, have: unknown, nodes: readonly FieldsV1[], path: FieldPath): unknown {
  if (isMapping(want) && isMapping(have)) {
    for (const [key, value] of Object.entries(want)) {
      const below = nodes.flatMap((node) => node[`f:${key}`] ?? []);
      if (value === null) delete have[key];
      else have[key] = lay(value, have[key], below, [...path, key]);
    }
    return have;
  }
  if (!Array.isArray(want) || !Array.isArray(have)) return structuredClone(want);
  const keys = mergeKeys(nodes);
  if (keys === undefined) return structuredClone(want);
  for (const item of want) {
    const at = have.findIndex((other) => isSameItem(keys, item, other));
    const below = nodes.flatMap((node) => {
      const element = at < 0 ? undefined : elementOf(node, have, at);
      return element === undefined ? [] : (node[element] ?? []);
    });
    if (at < 0) have.push(structuredClone(item));
    else have[at] = lay(item, have[at], below, [...path, at]);
  }
  return have;
}

function remove(object: unknown, path: FieldPath): void {
  const parent = path.slice(0, -1).reduce<unknown>(stepInto, object),
    last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isMapping(parent)) delete parent[String(last)];
}
