/** In which order applications stand. */
import type { Application } from "../../core/model/application.ts";
import { clusterOf, healthOf, keyOf, standing, syncOf } from "../words/app-words.ts";

export type SortBy = "worst" | "name" | "project" | "sync" | "health" | "destination" | "synced";

const SORTS: ReadonlySet<string> = new Set<SortBy>([
  "worst",
  "name",
  "project",
  "sync",
  "health",
  "destination",
  "synced",
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

const STANDINGS = ["attention", "moving", "good"];
const HEALTHS = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy"];
const SYNCS = ["OutOfSync", "Unknown", "Synced"];

type Rank = (app: Application) => readonly (number | string)[];

const place = (of: readonly string[], word: string): number => of.indexOf(word);

const RANKS: Readonly<Record<SortBy, Rank>> = {
  worst: (app) => [place(STANDINGS, standing(app)), place(HEALTHS, healthOf(app)), place(SYNCS, syncOf(app))],
  name: () => [],
  project: (app) => [app.spec.project],
  sync: (app) => [place(SYNCS, syncOf(app))],
  health: (app) => [place(HEALTHS, healthOf(app))],
  destination: (app) => [clusterOf(app), app.spec.destination.namespace ?? ""],
  // The latest first: that is what people look for.
  synced: (app) => [-(Date.parse(app.status?.operationState?.finishedAt ?? "") || 0)],
};

/** Those that are equal stand by name. */
export function sorted(apps: readonly Application[], { by, order }: Sort): Application[] {
  const rank = RANKS[by];
  const ranked = apps.map((app) => ({ app, ranks: [...rank(app), keyOf(app)] }));
  ranked.sort((a, b) => {
    for (const [at, one] of a.ranks.entries()) {
      const other = b.ranks[at] ?? "";
      if (one < other) return -1;
      if (one > other) return 1;
    }
    return 0;
  });
  if (order === "falling") ranked.reverse();
  return ranked.map(({ app }) => app);
}

/**
 * As they stood before, so that no row moves under the pointer: what is new stands at the end.
 *
 * @returns also how many would stand elsewhere if they were put in order
 */
export function asBefore(
  before: readonly string[],
  wanted: readonly Application[],
): { apps: Application[]; moved: number } {
  const byKey = new Map(wanted.map((app) => [keyOf(app), app]));
  const kept = before.flatMap((key) => {
    const app = byKey.get(key);
    byKey.delete(key);
    return app === undefined ? [] : [app];
  });
  const apps = [...kept, ...byKey.values()];
  return { apps, moved: apps.filter((app, at) => app !== wanted[at]).length };
}
