/** The lines of the outline: a tree or none, grouped, ordered by a column, narrowed by what somebody looks for. */
import { many } from "./graph-fold.ts";
import { compare, type Item, isProblem, ownersFirst, type Within, withinEach } from "./outline.ts";

const GROUPINGS = ["tree", "flat", "kind", "node"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const COLUMNS = ["name", "sync", "health", "wave", "age", "images", "restarts"] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  by: Column;
  way: "rising" | "falling";
}

export interface OutlineLine {
  item: Item;
  /** A heading stands for no object, and what made the application is none of its own. */
  is: "object" | "heading" | "maker";
  /** 1 for what stands below nothing. */
  level: number;
  /** Objects below it, all of them. */
  inside: number;
  restarts: number | undefined;
  isOpen: boolean;
  /** `way`: it is not what was looked for, and leads there. */
  found: "found" | "way";
}

export interface Outline {
  lines: OutlineLine[];
  /** Objects of the application. */
  objects: number;
  /** Those of them that what is looked for leaves out, ways that lead to others not counted as found. */
  hidden: number;
}

interface Wanted {
  grouping: Grouping;
  order: Order | undefined;
  /** undefined: everything. */
  matches: ((item: Item) => boolean) | undefined;
  /** What somebody opened or closed, by id; the rest is open where something within is not well, or where all is little. */
  folds: ReadonlyMap<string, "open" | "closed">;
}

/** Nobody reads more at once; what is well is folded above it. */
const FEW = 60;
const HEADING = "heading ";

export function readGrouping(text: string | null): Grouping {
  return GROUPINGS.find((one) => one === text) ?? "tree";
}

/** `health`, `-age`; undefined: as it comes, what is not well first. */
export function readOrder(text: string | null): Order | undefined {
  const by = COLUMNS.find((one) => one === text?.replace(/^-/, ""));
  return by === undefined ? undefined : { by, way: text?.startsWith("-") === true ? "falling" : "rising" };
}

/** The next turn of a column's head: rising, falling, as it comes. */
export function turnedOrder(order: Order | undefined, by: Column): string | undefined {
  if (order?.by !== by) return by;
  return order.way === "rising" ? `-${by}` : undefined;
}

/** @param roots as `treeOf` has them */
export function outlineOf(roots: readonly Item[], { grouping, order, matches, folds }: Wanted): Outline {
  const all = ownersFirst(roots);
  const found = matches === undefined ? undefined : new Set(all.filter(matches));
  const arranged = grouping === "tree" ? narrowed(roots, found) : grouped(found ?? new Set(all), grouping);
  const below = withinEach(arranged);
  const isOpenAtFirst = found !== undefined || below.size <= FEW;
  const inOrder = order === undefined ? undefined : orderBy(order, below);
  const lines: OutlineLine[] = [];
  const put = (items: readonly Item[]): readonly Item[] =>
    inOrder === undefined ? items : items.toSorted(inOrder);
  // Headings keep their own order.
  const first = grouping === "kind" || grouping === "node" ? arranged : put(arranged);
  const waiting = first.map((item) => ({ item, level: 1 })).reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { item, level } = next;
    const { children } = item;
    const { inside = 0, restarts } = below.get(item) ?? {};
    const isWorse = (child: Item): boolean => below.get(child)?.isUnwell === true;
    const isOpen =
      children.length > 0 &&
      (folds.get(item.id) ?? (isOpenAtFirst || children.some(isWorse) ? "open" : "closed")) === "open";
    const is = item.id.startsWith(HEADING) ? "heading" : "object";
    lines.push({
      ...{ item, is, level, inside, restarts, isOpen },
      found: found === undefined || is === "heading" || found.has(original(item)) ? "found" : "way",
    });
    if (isOpen)
      for (const child of put(children).toReversed()) waiting.push({ item: child, level: level + 1 });
  }
  return { lines, objects: all.length, hidden: found === undefined ? 0 : all.length - found.size };
}

/** What made the application stands above its objects: counted by nothing, folded by nothing. */
export function withMaker(lines: readonly OutlineLine[], item: Item | undefined): readonly OutlineLine[] {
  if (item === undefined) return lines;
  const is = { is: "maker", found: "found", isOpen: false } as const;
  return [{ item, ...is, level: 1, inside: 0, restarts: undefined }, ...lines];
}

const copies = new WeakMap<Item, Item>();

/** What a copy was made of. */
function original(item: Item): Item {
  return copies.get(item) ?? item;
}

function copyOf(item: Item, children: Item[]): Item {
  const copy = { ...item, children };
  copies.set(copy, item);
  return copy;
}

/** What was found, and what leads there. */
function narrowed(roots: readonly Item[], found: ReadonlySet<Item> | undefined): readonly Item[] {
  if (found === undefined) return roots;
  const kept = new Map<Item, Item>();
  // An owner comes before what it owns, so this way round what is kept below is known.
  for (const item of ownersFirst(roots).reverse()) {
    const children = item.children.flatMap((child) => kept.get(child) ?? []);
    if (children.length > 0 || found.has(item)) kept.set(item, copyOf(item, children));
  }
  return roots.flatMap((root) => kept.get(root) ?? []);
}

function grouped(found: ReadonlySet<Item>, grouping: Exclude<Grouping, "tree">): Item[] {
  const flat = [...found].map((item) => copyOf(item, [])).sort(worstFirst);
  if (grouping === "flat") return flat;
  const groups = Map.groupBy(flat, ({ kind, group, node }) =>
    grouping === "kind" ? `${kind} ${group}` : node === undefined ? "2" : node === "" ? "0" : `1${node}`,
  );
  return [...groups]
    .sort(([a], [b]) => compare(a, b))
    .map(([of, children]) => heading(of, headingWords(of, children, grouping), children));
}

function headingWords(of: string, children: readonly Item[], grouping: "kind" | "node"): string {
  if (grouping === "kind") return many(children.length, children[0]?.kind ?? "");
  if (of === "0") return "On no node yet";
  return of === "2" ? "Not on nodes" : of.slice(1);
}

function heading(of: string, name: string, children: Item[]): Item {
  return {
    ...{
      id: `${HEADING}${of}`,
      uid: undefined,
      group: "",
      kind: "",
      namespace: "",
      name,
      info: "",
      remark: "",
    },
    ...{ sync: undefined, health: undefined, createdAt: undefined, wave: undefined, images: [] },
    ...{ restarts: undefined, node: undefined, networking: undefined, children },
  };
}

function worstFirst(a: Item, b: Item): number {
  return Number(isProblem(b)) - Number(isProblem(a)) || byName(a, b);
}

function byName(a: Item, b: Item): number {
  return compare(a.kind, b.kind) || compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

/** What needs a person comes first where it rises. */
const HEALTHS = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy"];
const SYNCS = ["OutOfSync", "Unknown", "Synced"];

/** What a column has nothing of stands last, whichever way it is ordered. */
function orderBy({ by, way }: Order, below: ReadonlyMap<Item, Within>): (a: Item, b: Item) => number {
  const placeIn = (words: readonly string[], word: string | undefined): number | undefined =>
    word === undefined ? undefined : words.includes(word) ? words.indexOf(word) : words.length;
  const values: Record<Column, (item: Item) => string | number | undefined> = {
    name: ({ kind, namespace, name }) => `${kind}\0${namespace}\0${name}`,
    sync: ({ sync }) => placeIn(SYNCS, sync),
    health: ({ health }) => placeIn(HEALTHS, health?.status),
    wave: ({ wave }) => wave,
    // The youngest first.
    age: ({ createdAt }) => (createdAt === undefined ? undefined : -Date.parse(createdAt) || 0),
    images: ({ images }) => images[0]?.replace(/^.*\//, ""),
    restarts: (item) => below.get(item)?.restarts,
  };
  const turn = way === "rising" ? 1 : -1;
  return (a, b) => {
    const [one, other] = [values[by](a), values[by](b)];
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined) || byName(a, b);
    return turn * compare(one, other) || byName(a, b);
  };
}
