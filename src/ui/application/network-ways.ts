/** The ways of requests from where they come in to the Pods: what is on each, and where its lines and words stand. */
import type { Fold } from "./graph-fold.ts";
import { BOX, type GraphLayout, type Window } from "./graph-layout.ts";
import type { Link, Network } from "./network.ts";
import { type Item, ownersFirst } from "./outline.ts";

/** Pixels between the columns of the network, where words stand: as much as the longest needs, within these. */
const ACROSS = { least: 154, most: 300 } as const;
/** Pixels of a letter of these words, and those before and behind them where lines turn and a box begins. */
const LETTER = 6.5;
const BEFORE_WORDS = 34;
const BEHIND_WORDS = 2;
/** Hues that `--way-…` has, and patterns of dashes. */
const HUES = 6;
const DASHES = ["", "9 4", "2 4", "12 3 2 3", "5 3", "9 3 2 3 2 3"] as const;
/** More hues and patterns are not told apart. */
export const MOST_WAYS = HUES * DASHES.length;
/** Pixels between lines beside each other, and how far the outermost is from the middle of a box. */
const BESIDE = 4;
const OUTERMOST = 14;

export interface Way {
  /** `A`, `B`, …, `AA`: beside its lines. */
  letter: string;
  entry: Item;
  /** From 0: which colour. */
  hue: number;
  /** As `stroke-dasharray`; "" is a line without gaps. */
  dash: string;
  /** Ids of all that requests of it come by, the entry first. */
  nodes: ReadonlySet<string>;
}

/** One line of the drawing. */
export interface WayEdge {
  from: string;
  to: string;
  says: readonly string[];
  /** Places in the list of ways, rising; none: nothing leads to it from outside. */
  ways: readonly number[];
}

export interface WayLabel {
  x: number;
  y: number;
  text: string;
  ways: readonly number[];
}

/** The first `MOST_WAYS` of what lets requests in, and what is behind each. */
export function waysOf({ links, entries }: Pick<Network, "links" | "entries">): Way[] {
  const next = Map.groupBy(links, ({ from }) => from);
  return entries.slice(0, MOST_WAYS).map((entry, at) => {
    // A set goes on with what is added to it meanwhile; each is there once.
    const nodes = new Set([entry.id]);
    for (const id of nodes) for (const { to } of next.get(id) ?? []) nodes.add(to);
    // The second six have the colours of the first, and other patterns.
    const dash = DASHES[(at + Math.floor(at / HUES)) % DASHES.length] ?? "";
    return { letter: letterOf(at), entry, hue: at % HUES, dash, nodes };
  });
}

/** @returns of a column, how many pixels it is from the one left of it: what stands at the lines that lead there has room */
export function gapsOf(
  { links, roots }: Pick<Network, "links" | "roots">,
  ways: readonly Way[],
): (level: number) => number {
  const columns = new Map(ownersFirst(roots).map(({ id, column }) => [id, column]));
  const longest = new Map<number | undefined, number>();
  for (const { from, to, says } of links) {
    const on = ways.filter(({ nodes }) => nodes.has(from)).length;
    const letters = 2 * Math.min(on, 5) + (says[0] ?? "").length + (says.length > 1 ? 4 : 0);
    longest.set(columns.get(to), Math.max(letters, longest.get(columns.get(to)) ?? 0));
  }
  return (level) => {
    const needed = Math.ceil((longest.get(level) ?? 0) * LETTER) + BEFORE_WORDS + BEHIND_WORDS;
    return Math.min(ACROSS.most, Math.max(ACROSS.least, needed));
  };
}

function letterOf(at: number): string {
  const last = String.fromCharCode(65 + (at % 26));
  return at < 26 ? last : `${letterOf(Math.floor(at / 26) - 1)}${last}`;
}

/** Which ways go through one that is drawn, by its id. */
export function waysThrough(edges: readonly WayEdge[]): Map<string, number[]> {
  const through = new Map<string, Set<number>>();
  for (const { from, to, ways } of edges)
    for (const id of [from, to]) {
      const those = through.get(id) ?? new Set();
      through.set(id, those);
      for (const way of ways) those.add(way);
    }
  return new Map([...through].map(([id, those]) => [id, [...those].sort((a, b) => a - b)]));
}

/** What is drawn of the links: what is folded has one line for all, and what is opened is led to by what stood for it. */
export function edgesBy(
  links: readonly Link[],
  {
    ways,
    layout,
    folds,
    standsFor,
  }: {
    ways: readonly Way[];
    layout: Pick<GraphLayout, "byId">;
    folds: ReadonlyMap<string, Fold>;
    standsFor: ReadonlyMap<string, string>;
  },
): WayEdge[] {
  const edges = new Map<string, { from: string; to: string; says: Set<string>; ways: Set<number> }>();
  const put = (from: string, to: string, says: readonly string[], on: readonly number[]): void => {
    const key = JSON.stringify([from, to]);
    const edge = edges.get(key) ?? { from, to, says: new Set(), ways: new Set() };
    edges.set(key, edge);
    for (const one of says) edge.says.add(one);
    for (const one of on) edge.ways.add(one);
  };
  const through = new Map<string, number[]>();
  for (const [way, { nodes }] of ways.entries())
    for (const id of nodes) through.set(id, [...(through.get(id) ?? []), way]);
  for (const link of links) {
    const on = through.get(link.from) ?? [];
    const [from, to] = [link.from, link.to].map((id) => standsFor.get(id) ?? id) as [string, string];
    const over = layout.byId.get(to)?.owner;
    if (over !== undefined && folds.has(over.item.id) && over.owner?.item.id === from) {
      put(from, over.item.id, link.says, on);
      put(over.item.id, to, [], on);
    } else put(from, to, link.says, on);
  }
  return [...edges.values()].map(({ from, to, says, ways: on }) => ({
    ...{ from, to, says: [...says] },
    ways: [...on].sort((a, b) => a - b),
  }));
}

/** Paths of SVG by way; those of no way by undefined. */
export function wayPaths(
  { byId, gapBefore }: GraphLayout,
  edges: readonly WayEdge[],
  window: Window,
): Map<number | undefined, string> {
  const parts = new Map<number | undefined, string[]>();
  const [out, into] = [slotsBy(edges, "from"), slotsBy(edges, "to")];
  for (const { from, to, ways } of edges) {
    const [one, other] = [byId.get(from), byId.get(to)];
    if (one === undefined || other === undefined) continue;
    const [fromX, x] = [one.x + BOX.width, other.x];
    const [fromY, toY] = [one.y + BOX.height / 2, other.y + BOX.height / 2];
    if (fromX > window.right || x < window.left) continue;
    if (Math.min(fromY, toY) > window.bottom || Math.max(fromY, toY) < window.top) continue;
    for (const way of onOf(ways)) {
      const turn = x - gapBefore(other.level) + 12 + ((way ?? 0) % HUES) * 3;
      const own = parts.get(way) ?? [];
      parts.set(way, own);
      const [first, last] = [fromY + besideOf(out.get(from), way), toY + besideOf(into.get(to), way)];
      own.push(`M${fromX} ${first}H${turn}V${last}H${x}`);
    }
  }
  return new Map([...parts].map(([way, own]) => [way, own.join("")]));
}

const onOf = (ways: readonly number[]): readonly (number | undefined)[] =>
  ways.length === 0 ? [undefined] : ways;

/** Of each box the ways that leave it, or come to it: each has a place of its own there. */
function slotsBy(
  edges: readonly WayEdge[],
  end: "from" | "to",
): Map<string, readonly (number | undefined)[]> {
  return new Map(
    [...Map.groupBy(edges, (edge) => edge[end])].map(([id, those]) => [
      id,
      [...new Set(those.flatMap(({ ways }) => onOf(ways)))].sort((a = -1, b = -1) => a - b),
    ]),
  );
}

/** Pixels from the middle of a box. */
function besideOf(slots: readonly (number | undefined)[] = [], way: number | undefined): number {
  const off = (slots.indexOf(way) - (slots.length - 1) / 2) * BESIDE;
  return Math.max(-OUTERMOST, Math.min(OUTERMOST, off));
}

/** What stands at the lines that come to each: above them what the first says, below them what the second does. */
export function wayLabels(
  { byId, gapBefore }: GraphLayout,
  edges: readonly WayEdge[],
  { ways, window }: { ways: readonly Way[]; window: Window },
): WayLabel[] {
  const labels: WayLabel[] = [];
  for (const [to, coming] of Map.groupBy(edges, (edge) => edge.to)) {
    const at = byId.get(to);
    if (at === undefined) continue;
    const across = gapBefore(at.level);
    const letters = Math.floor((across - BEFORE_WORDS - BEHIND_WORDS) / LETTER);
    if (at.x < window.left || at.x - across > window.right) continue;
    if (at.y > window.bottom || at.y + BOX.height < window.top) continue;
    const said = coming.filter(({ ways, says }) => ways.length > 0 || says.length > 0);
    for (const [nth, { ways: on, says }] of said.slice(0, 2).entries()) {
      const more = nth === 1 && said.length > 2 ? ` +${said.length - 2}` : "";
      const names = on.slice(0, 4).map((one) => ways[one]?.letter ?? "");
      const words = `${names.join(" ")}${on.length > 4 ? "…" : ""} ${says[0] ?? ""}`.trim();
      const room = letters - more.length - (says.length > 1 ? 4 : 0);
      const cut = words.length > room ? `${words.slice(0, room - 1)}…` : words;
      const rest = says.length > 1 ? ` +${says.length - 1}` : "";
      // The lines between them have their room.
      const lines = new Set(coming.flatMap((edge) => onOf(edge.ways))).size;
      const half = Math.min(OUTERMOST, ((lines - 1) / 2) * BESIDE);
      const y = at.y + BOX.height / 2 + (nth === 0 ? -half - 5 : half + 14);
      labels.push({ x: at.x - across + BEFORE_WORDS, y, text: `${cut}${rest}${more}`, ways: on });
    }
  }
  return labels;
}

/** What an entry is called: `Ingress shop`. */
export function entryWords({ entry: { kind, name } }: Way): string {
  return `${kind} ${name}`;
}

/**
 * For whoever reads no lines: from where it is reached, and by what. "" where nothing leads there from outside.
 * @param on ways through it @param coming the lines that lead to it
 */
export function reachedWords(
  id: string,
  { on, ways, coming }: { on: readonly number[]; ways: readonly Way[]; coming: readonly WayEdge[] },
): string {
  const said = [...new Set(coming.flatMap(({ says }) => says))];
  const by =
    said.length === 0 ? "" : ` by ${said.slice(0, 3).join(", ")}${said.length > 3 ? " and more" : ""}`;
  const own = on.find((one) => ways[one]?.entry.id === id);
  const others = on.flatMap((one) => (one === own ? [] : (ways[one] ?? [])));
  const from = others.slice(0, 3).map((way) => `${entryWords(way)} (${way.letter})`);
  const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
  return [
    own === undefined ? "" : `way ${ways[own]?.letter ?? ""} begins here`,
    from.length === 0 ? "" : `reached from ${from.join(", ")}${more}${by}`,
  ]
    .filter((words) => words !== "")
    .join(", ");
}
