import type { FieldsV1 } from "../../core/model/kube-object.ts";
import type { Json } from "../json.ts";

/**
 * A set of paths as a tree. `own` says that the path itself is in the set; elements are spelled as in FieldsV1:
 * `f:name`, `k:{"name":"web"}`, `v:"x"`.
 */
export interface FieldSet {
  own: boolean;
  children: Map<string, FieldSet>;
}

export function emptySet(): FieldSet {
  return { own: false, children: new Map() };
}

export function isEmpty(set: FieldSet): boolean {
  return !set.own && set.children.size === 0;
}

/** The subtree below `element`, made where missing. Only for sets under construction. */
export function grow(set: FieldSet, element: string): FieldSet {
  let child = set.children.get(element);
  if (child === undefined) {
    child = emptySet();
    set.children.set(element, child);
  }
  return child;
}

/** Takes away branches that hold nothing. Only for sets under construction. */
export function trim(set: FieldSet): FieldSet {
  for (const [element, child] of set.children) if (isEmpty(trim(child))) set.children.delete(element);
  return set;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [element, theirs] of b.children) {
    const ours = children.get(element);
    children.set(element, ours === undefined ? theirs : union(ours, theirs));
  }
  return { own: a.own || b.own, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    const both = theirs === undefined ? undefined : intersection(ours, theirs);
    if (both !== undefined && !isEmpty(both)) children.set(element, both);
  }
  return { own: a.own && b.own, children };
}

/** What is in `a` and not in `b`, path by path: a path of `b` does not take the paths below it away. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    const left = theirs === undefined ? ours : difference(ours, theirs);
    if (!isEmpty(left)) children.set(element, left);
  }
  return { own: a.own && !b.own, children };
}

/** As `difference`, but a path of `b` takes everything below it away too. */
export function withoutBranches(a: FieldSet, b: FieldSet): FieldSet {
  if (b.own) return emptySet();
  const children = new Map<string, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    const left = theirs === undefined ? ours : withoutBranches(ours, theirs);
    if (!isEmpty(left)) children.set(element, left);
  }
  return { own: a.own, children };
}

/** @param paths each a list of elements such as `["f:metadata", "f:name"]` */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  const set = emptySet();
  for (const path of paths) path.reduce(grow, set).own = true;
  return set;
}

/** In FieldsV1 a branch without members below it is itself the member; with members below, `.` says that it is one too. */
export function fromFieldsV1(fields: FieldsV1): FieldSet {
  const set = emptySet();
  for (const [element, below] of Object.entries(fields)) {
    if (element === ".") {
      set.own = true;
      continue;
    }
    const child = fromFieldsV1(below);
    if (child.children.size === 0) child.own = true;
    set.children.set(element, child);
  }
  return set;
}

export function toFieldsV1(set: FieldSet): FieldsV1 {
  const fields: FieldsV1 = {};
  if (set.own && set.children.size > 0) fields["."] = {};
  for (const [element, child] of sorted(set)) fields[element] = toFieldsV1(child);
  return fields;
}

/** Every member as people read it: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ""): string[] {
  const paths: string[] = set.own ? [prefix] : [];
  for (const [element, child] of sorted(set)) paths.push(...pathsOf(child, prefix + showElement(element)));
  return paths;
}

export function showElement(element: string): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case "f":
      return `.${text}`;
    case "k":
      return `[${Object.entries(JSON.parse(text) as Record<string, Json>)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${text}]`;
    default:
      return `[${text}]`;
  }
}

function sorted(set: FieldSet): [string, FieldSet][] {
  return [...set.children].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
