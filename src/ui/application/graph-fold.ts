/** What of a tree the graph draws: all, what is not well, or many that are alike as one. */
import type { GraphLayout } from "./graph-layout.ts";
import { type Item, isProblem } from "./outline.ts";

export const PRESETS = ["ownership", "network", "pods", "problems", "whole"] as const;
/**
 * `ownership`: many that are alike and well stand as one. `problems`: what is not well, and who owns it. `whole`: each.
 * `network` and `pods`: as `ownership`, of another tree.
 */
export type Preset = (typeof PRESETS)[number];

/** Many beside each other, of one kind and in one state, all of them well to the last thing that they own. */
export interface Fold {
  count: number;
  /** Objects that are not drawn for it: they, and all that they own. */
  objects: number;
  is: "open" | "closed";
}

export interface Drawn {
  roots: Item[];
  /** By the id of the item that stands for them; they are its children once it is open. */
  folds: ReadonlyMap<string, Fold>;
  /** By the id of one that is folded, the id of what stands for it. */
  standsFor: ReadonlyMap<string, string>;
  /** Objects of the tree, and how many of these are not drawn. */
  objects: number;
  hidden: number;
}

/** More than these stand as one. */
const MANY = 12;

export function readPreset(text: string | null): Preset {
  // As links of ours may also say it.
  return text === "owner" ? "ownership" : (PRESETS.find((one) => one === text) ?? "ownership");
}

/** Nobody reads more boxes at once. */
const FEW = 300;

/** What is drawn where nobody chose: of very much what is not well, if anything is. */
export function firstPreset(all: readonly Item[]): Preset {
  const none = { opened: new Set<string>(), shown: null };
  const shown = (preset: Preset): number => {
    const { objects, hidden } = drawnOf(all, preset, none);
    return objects - hidden;
  };
  return shown("ownership") > FEW && shown("problems") > 0 ? "problems" : "ownership";
}

/**
 * @param opened ids of folds that somebody opened
 * @param shown the id of an object that is to be seen, whatever it stands in
 */
export function drawnOf(
  all: readonly Item[],
  preset: Preset,
  { opened, shown }: { opened: ReadonlySet<string>; shown: string | null },
): Drawn {
  const { objects, sizes, unwell, around } = known(all, shown);
  const folds = new Map<string, Fold>();
  const standsFor = new Map<string, string>();
  const roots: Item[] = [];
  let hidden = 0;
  // By hand: how deep owners may stand is told by nobody.
  const open: { from: readonly Item[]; owner: string; to: Item[] }[] = [{ from: all, owner: "", to: roots }];
  const put = (item: Item, to: Item[]): void => {
    const copy: Item = { ...item, children: [] };
    to.push(copy);
    open.push({ from: item.children, owner: item.id, to: copy.children });
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { from, owner, to } = next;
    const isDrawn = (item: Item): boolean => preset !== "problems" || unwell.has(item) || around.has(item);
    const alike = Map.groupBy(from.filter(isDrawn), (item) => (unwell.has(item) ? "" : likeness(item)));
    for (const item of from)
      if (!isDrawn(item)) hidden += sizes.get(item) ?? 1;
      else {
        const like = unwell.has(item) ? "" : likeness(item);
        const members = alike.get(like) ?? [];
        if (preset === "whole" || like === "" || members.length <= MANY) put(item, to);
        // The first stands for all of them.
        else if (members[0] === item) {
          const id = `many/${owner}/${like}`;
          const is = opened.has(id) || members.some((one) => around.has(one)) ? "open" : "closed";
          const within = members.reduce((sum, one) => sum + (sizes.get(one) ?? 1), 0);
          const fold: Item = {
            ...item,
            ...{ id, uid: undefined, info: "", name: many(members.length, item.kind) },
            children: [],
          };
          folds.set(id, { count: members.length, objects: within, is });
          to.push(fold);
          if (is === "open") for (const one of members) put(one, fold.children);
          else {
            hidden += within;
            for (const one of members) standsFor.set(one.id, id);
          }
        }
      }
  }
  return { roots, folds, standsFor, objects, hidden };
}

/** What was opened stands beside the first of its own, where it stood, and so nobody has to look for it. */
export function withOpenedAtTop(layout: GraphLayout, folds: Drawn["folds"]): GraphLayout {
  // An owner comes before what it owns: this way round what it stands by is known.
  for (const one of layout.placed.toReversed()) {
    const [first, last] = [one.owned[0], one.owned.at(-1)];
    if (first === undefined || last === undefined) continue;
    one.y = folds.has(one.item.id) ? first.y : (first.y + last.y) / 2;
  }
  return layout;
}

/** What stands as one is of one kind, and in one state. */
function likeness({ group, kind, health, sync }: Item): string {
  return `${group}/${kind}/${health?.status ?? ""}/${sync ?? ""}`;
}

/** `1 Pod`, `37 Pods`, `14 Ingresses`, `20 NetworkPolicies`, `13 Endpoints`. */
export function many(count: number, kind: string): string {
  if (count === 1) return `1 ${kind}`;
  const word = /(?:ss|x|ch|sh)$/i.test(kind)
    ? `${kind}es`
    : /[^aeiou]y$/i.test(kind)
      ? `${kind.slice(0, -1)}ies`
      : /s$/i.test(kind)
        ? kind
        : `${kind}s`;
  return `${count} ${word}`;
}

/** Of each item how many objects it is with all that it owns; what is not well or owns such; what is to be seen or owns it. */
function known(all: readonly Item[], shown: string | null) {
  const inOrder: Item[] = [];
  const open = [...all];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    inOrder.push(item);
    for (const child of item.children) open.push(child);
  }
  const sizes = new Map<Item, number>();
  const [unwell, around] = [new Set<Item>(), new Set<Item>()];
  // An owner comes before what it owns, so this way round it is known what is within.
  for (const item of inOrder.toReversed()) {
    const { children, id } = item;
    sizes.set(
      item,
      children.reduce((sum, child) => sum + (sizes.get(child) ?? 0), 1),
    );
    if (isProblem(item) || children.some((child) => unwell.has(child))) unwell.add(item);
    if (id === shown || children.some((child) => around.has(child))) around.add(item);
  }
  return { objects: inOrder.length, sizes, unwell, around };
}
