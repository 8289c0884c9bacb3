/** Where each object of a tree stands: owners left of what they own, a column a level, each owner amid its own. */
import type { Item } from "./outline.ts";

/** Pixels, before any zoom. */
export const BOX = { width: 220, height: 40 } as const;
const GAP = { across: 60, down: 8 } as const;
const EDGE = 16;

export interface Placed {
  item: Item;
  /** The left upper corner, in pixels. */
  x: number;
  y: number;
  /** Its column: 1 for what has no owner here and names none. */
  level: number;
  owner: Placed | undefined;
  owned: Placed[];
  /** Its place among those of one owner, from 1, and how many these are. */
  at: number;
  of: number;
  /** What it owns stands below it; absent: right of it. */
  stands?: "above";
}

export interface GraphLayout {
  /** An owner before what it owns. */
  placed: Placed[];
  byId: ReadonlyMap<string, Placed>;
  /** Pixels between a column and the one left of it. */
  gapBefore(level: number): number;
  /** Pixels. */
  width: number;
  height: number;
}

/** Pixels of the drawing, before any zoom. */
export interface Window {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * One walk over the tree: what owns nothing takes the next line, and an owner the middle between its first and its last.
 * @param gapBefore pixels between a column, from the second on, and the one left of it
 */
export function layoutOf(
  roots: readonly Item[],
  gapBefore: (level: number) => number = () => GAP.across,
): GraphLayout {
  const placed: Placed[] = [];
  // Of each level, as far as there was one so deep; of none that is level 0.
  const lefts = [EDGE, EDGE];
  const leftOf = (level: number): number => {
    for (let next = lefts.length; next <= level; next += 1)
      lefts.push((lefts[next - 1] ?? EDGE) + BOX.width + gapBefore(next));
    return lefts[level] ?? EDGE;
  };
  let lines = 0;
  let levels = 0;
  const put = (item: Item, least: number, owner: Placed | undefined, at: number, of: number): Placed => {
    const level = Math.max(least, item.column ?? 1);
    return {
      ...{ item, level, owner, at, of, owned: [], y: 0 },
      x: leftOf(level),
    };
  };
  // No call within a call: owners of owners may be many thousands.
  const waiting = roots.map((root, index) => put(root, 1, undefined, index + 1, roots.length)).reverse();
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const { item, level } = one;
    placed.push(one);
    levels = Math.max(levels, level);
    one.owned = item.children.map((child, index) =>
      put(child, level + 1, one, index + 1, item.children.length),
    );
    for (const child of one.owned.toReversed()) waiting.push(child);
    if (one.owned.length === 0) {
      one.y = EDGE + lines * (BOX.height + GAP.down);
      lines += 1;
    }
  }
  // Each after all that it owns.
  for (const one of placed.toReversed()) {
    const [first, last] = [one.owned[0], one.owned.at(-1)];
    if (first !== undefined && last !== undefined) one.y = (first.y + last.y) / 2;
  }
  return {
    placed,
    byId: new Map(placed.map((one) => [one.item.id, one])),
    gapBefore,
    width: levels === 0 ? 2 * EDGE : leftOf(levels) + BOX.width + EDGE,
    height: 2 * EDGE + Math.max(0, lines * (BOX.height + GAP.down) - GAP.down),
  };
}

/** Pixels by which the objects stand right of the line that comes down from what made the application. */
const INDENT = 28;

/** The same below what made the application: above all of them, as a column of its own would push the last ones out of sight. */
export function belowMaker(layout: GraphLayout, maker: Item): GraphLayout {
  const { placed } = layout;
  const roots = placed.filter(({ owner }) => owner === undefined);
  const top: Placed = {
    ...{ item: maker, x: EDGE, y: EDGE, level: 1, owner: undefined, owned: roots, at: 1, of: 1 },
    stands: "above",
  };
  const down = BOX.height + 2 * GAP.down;
  for (const one of placed) {
    one.x += INDENT;
    one.y += down;
    one.level += 1;
  }
  for (const root of roots) root.owner = top;
  const all = [top, ...placed];
  return {
    placed: all,
    byId: new Map(all.map((one) => [one.item.id, one])),
    gapBefore: (level) => layout.gapBefore(level - 1),
    width: layout.width + INDENT,
    height: layout.height + down,
  };
}

/** The objects that the window has some of, and those of `always`. */
export function inSight(
  { placed }: GraphLayout,
  window: Window,
  always: ReadonlySet<string> = new Set(),
): Placed[] {
  return placed.filter(
    ({ item, x, y }) =>
      always.has(item.id) ||
      (x < window.right && x + BOX.width > window.left && y < window.bottom && y + BOX.height > window.top),
  );
}

/** One SVG path of all lines from an owner to what it owns that cross the window. */
export function edgesOf({ placed }: GraphLayout, window: Window): string {
  const parts: string[] = [];
  for (const { owner, x, y } of placed) {
    if (owner === undefined) continue;
    if (owner.stands === "above") {
      const toY = y + BOX.height / 2;
      if (x >= window.left && trunkOf(owner) <= window.right && toY >= window.top && toY <= window.bottom)
        parts.push(`M${trunkOf(owner)} ${toY}H${x}`);
      continue;
    }
    const [fromX, fromY, toY] = [owner.x + BOX.width, owner.y + BOX.height / 2, y + BOX.height / 2];
    if (fromX > window.right || x < window.left) continue;
    if (Math.min(fromY, toY) > window.bottom || Math.max(fromY, toY) < window.top) continue;
    const middle = x - GAP.across / 2;
    parts.push(`M${fromX} ${fromY}H${middle}V${toY}H${x}`);
  }
  const [above] = placed;
  const last = above?.owned.at(-1);
  if (above?.stands === "above" && last !== undefined) {
    const [from, to] = [
      Math.max(above.y + BOX.height, window.top),
      Math.min(last.y + BOX.height / 2, window.bottom),
    ];
    if (from < to && trunkOf(above) >= window.left && trunkOf(above) <= window.right)
      parts.push(`M${trunkOf(above)} ${from}V${to}`);
  }
  return parts.join("");
}

/** The line that comes down from it. */
function trunkOf({ x }: Pick<Placed, "x">): number {
  return x + INDENT / 2;
}

/** Where a key leads from there; the same where there is nothing that way. */
export function stepFrom(layout: GraphLayout, from: Placed, key: string): Placed | undefined {
  const { placed } = layout;
  const beside = (by: 1 | -1): Placed => {
    // Those of one level stand in the order of the walk, from above to below.
    const column = placed.filter(({ level }) => level === from.level);
    return column[column.indexOf(from) + by] ?? from;
  };
  switch (key) {
    case "ArrowDown":
      return from.stands === "above" ? (from.owned[0] ?? from) : beside(1);
    case "ArrowUp":
      return from.at === 1 && from.owner?.stands === "above" ? from.owner : beside(-1);
    case "ArrowRight":
      return from.owned[0] ?? from;
    case "ArrowLeft":
      return from.owner ?? from;
    case "Home":
      return placed[0];
    case "End":
      return placed.at(-1);
    default:
      return undefined;
  }
}
