/** In which order applications stand. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { isAutomatic } from "../../core/model/listed-words.ts";
import { cannotBeCompared } from "../../core/model/reason-words.ts";
import {
  clusterOf,
  healthOf,
  keyOf,
  lastFailed,
  lastSynced,
  sourceOf,
  standing,
  standsAt,
  syncOf,
} from "../words/app-words.ts";

export type SortBy =
  | "worst"
  | "name"
  | "project"
  | "sync"
  | "health"
  | "revision"
  | "source"
  | "destination"
  | "policy"
  | "synced";

const SORTS: ReadonlySet<string> = new Set<SortBy>([
  ...(["worst", "name", "project", "sync", "health"] as const),
  ...(["revision", "source", "destination", "policy", "synced"] as const),
]);

export interface Sort {
  by: SortBy;
  order: "rising" | "falling";
}

/** @param text of the address: `name`, `-name`; what is none is the worst first */
export function parseSort(text: string | null): Sort {
  const by = (text ?? "").replace(/^-/, "");
  if (!SORTS.has(by)) return { by: "worst", order: "rising" };
  return { by: by as SortBy, order: text?.startsWith("-") === true ? "falling" : "rising" };
}

export function sortWord({ by, order }: Sort): string | undefined {
  if (by === "worst") return undefined;
  return order === "falling" ? `-${by}` : by;
}

const place = (of: readonly string[], word: string): number => of.indexOf(word) + 1;

const STANDINGS = ["attention", "moving", "good"];
export const HEALTHS: readonly string[] = [
  "Degraded",
  "Missing",
  "Unknown",
  "Progressing",
  "Suspended",
  "Healthy",
];
/** What it should be is not known: its health is that of something else, and tells nothing. */
const BROKEN = place(HEALTHS, "Degraded") + 0.5;
const SYNCS = ["OutOfSync", "Unknown", "Synced"];

/** Of each column, what stands earlier has less of it, a number or a text; those of equal rank stand by name. */
type Rank = (app: ListedApplication, nowMs: number) => number | string;

const RANKS: Readonly<Record<SortBy, Rank>> = {
  worst: (app, nowMs) =>
    100 * place(STANDINGS, standing(app, nowMs)) +
    10 * (cannotBeCompared(app) ? BROKEN : place(HEALTHS, healthOf(app))) +
    place(SYNCS, syncOf(app)),
  name: () => 0,
  project: (app) => app.spec.project,
  sync: (app) => place(SYNCS, syncOf(app)),
  health: (app) => place(HEALTHS, healthOf(app)),
  revision: (app) => standsAt(app),
  source: (app) => sourceOf(app),
  policy: (app) => (isAutomatic(app) ? 1 : 0),
  // No name has the character between them.
  destination: (app) => `${clusterOf(app)}\0${app.spec.destination.namespace ?? ""}`,
  // The latest first: that is what people look for.
  synced: (app) => -(Date.parse((lastFailed(app) ?? lastSynced(app))?.at ?? "") || 0),
};

/** Of one state of an application, what a column orders it by is made once. */
const ranks = new Map<SortBy, WeakMap<ListedApplication, Ranked>>();

interface Ranked {
  app: ListedApplication;
  /** Of what is on its way, when: that alone becomes something else by time. */
  atMs: number | undefined;
  rank: number | string;
  key: string;
}

function rankedBy(by: SortBy, nowMs: number): (app: ListedApplication) => Ranked {
  const known = ranks.get(by) ?? new WeakMap<ListedApplication, Ranked>();
  ranks.set(by, known);
  return (app) => {
    const before = known.get(app);
    if (before !== undefined && (before.atMs ?? nowMs) === nowMs) return before;
    const isMoving = by === "worst" && standing(app, nowMs) === "moving";
    const made = {
      ...{ app, rank: RANKS[by](app, nowMs), key: keyOf(app) },
      atMs: isMoving ? nowMs : undefined,
    };
    known.set(app, made);
    return made;
  };
}

/** Those that are equal stand by name. */
export function sorted(
  apps: readonly ListedApplication[],
  { by, order }: Sort,
  nowMs: number,
): ListedApplication[] {
  const inOrder = apps
    .map(rankedBy(by, nowMs))
    .sort((one, other) =>
      one.rank < other.rank ? -1 : one.rank > other.rank ? 1 : one.key < other.key ? -1 : 1,
    )
    .map(({ app }) => app);
  return order === "falling" ? inOrder.reverse() : inOrder;
}

/** Those first that are favourites, both in the order that they had. */
export function favouritesFirst(
  apps: readonly ListedApplication[],
  favourites: ReadonlySet<string>,
): ListedApplication[] {
  if (favourites.size === 0) return [...apps];
  const [first, rest]: [ListedApplication[], ListedApplication[]] = [[], []];
  for (const app of apps) (favourites.has(keyOf(app)) ? first : rest).push(app);
  return [...first, ...rest];
}

/**
 * As they stood before, so that no row moves under the pointer: what is new stands at the end.
 *
 * @returns also how many would stand elsewhere if they were put in order
 */
export function asBefore(
  before: readonly string[],
  wanted: readonly ListedApplication[],
): { apps: ListedApplication[]; moved: number } {
  const byKey = new Map(wanted.map((app) => [keyOf(app), app]));
  const kept = before.flatMap((key) => {
    const app = byKey.get(key);
    byKey.delete(key);
    return app === undefined ? [] : [app];
  });
  const apps = [...kept, ...byKey.values()];
  return { apps, moved: apps.filter((app, at) => app !== wanted[at]).length };
}
