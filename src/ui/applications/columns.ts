/** The columns of the list: which there are, which are shown, and how wide each is. */
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { destinationOf } from "../words/app-words.ts";
import type { SortBy } from "./order.ts";

export interface ListColumn {
  name: "project" | "why" | "sync" | "health" | "revision" | "source" | "destination" | "policy" | "synced";
  head: string;
  by: SortBy;
  /** Of a grid. */
  width: string;
  /** Where there is less room it is left out. */
  room: "always" | "wide";
}

export const COLUMNS: readonly ListColumn[] = [
  { name: "project", head: "Project", by: "project", width: "minmax(72px, 96px)", room: "wide" },
  { name: "why", head: "Why", by: "worst", width: "minmax(120px, 1fr)", room: "always" },
  { name: "sync", head: "Sync", by: "sync", width: "96px", room: "always" },
  { name: "health", head: "Health", by: "health", width: "100px", room: "always" },
  { name: "revision", head: "Revision", by: "revision", width: "minmax(100px, 124px)", room: "wide" },
  { name: "source", head: "Source", by: "source", width: "minmax(96px, 0.5fr)", room: "wide" },
  { name: "destination", head: "Destination", by: "destination", width: "minmax(96px, auto)", room: "wide" },
  { name: "policy", head: "Auto-sync", by: "policy", width: "80px", room: "wide" },
  { name: "synced", head: "Last sync", by: "synced", width: "minmax(88px, 128px)", room: "wide" },
];

const USUAL: readonly ListColumn["name"][] = ["why", "sync", "health", "revision", "destination", "synced"];

/** @param text of the address: `project,sync`; what names none is the usual ones */
export function shownColumns(text: string | null): readonly ListColumn[] {
  const asked = (text ?? "").split(",");
  const shown = COLUMNS.filter(({ name }) => asked.includes(name));
  return shown.length > 0 ? shown : COLUMNS.filter(({ name }) => USUAL.includes(name));
}

/** As the address has it, with that one shown or not; undefined: the usual ones. */
export function columnsWord(shown: readonly ListColumn[], turned: ListColumn["name"]): string | undefined {
  const is = new Set(shown.map(({ name }) => name));
  if (!is.delete(turned)) is.add(turned);
  const names = COLUMNS.map(({ name }) => name).filter((name) => is.has(name));
  return names.length === 0 || names.join() === USUAL.join() ? undefined : names.join();
}

/** How many letters the longest name and the longest destination of a list have. */
export interface Lengths {
  name: number;
  destination: number;
}

/** What is longer is cut all the same, so that one of many does not take the others' room. */
const LONGEST: Lengths = { name: 40, destination: 34 };

/** @param namespaces `shown`: names stand behind their namespace */
export function lengthsOf(apps: readonly ListedApplication[], namespaces: "shown" | "one"): Lengths {
  const lengths = { name: 0, destination: 0 };
  for (const app of apps) {
    const { namespace = "", name } = app.metadata;
    const before = namespaces === "shown" ? namespace.length + 1 : 0;
    lengths.name = Math.max(lengths.name, before + name.length);
    lengths.destination = Math.max(lengths.destination, destinationOf(app).length);
  }
  return {
    name: Math.min(lengths.name, LONGEST.name),
    destination: Math.min(lengths.destination, LONGEST.destination),
  };
}

/** Letters are narrower than the digit that `ch` is of, on average; a name of wide ones has this much and two more. */
const room = (letters: number): string => `${Math.round(letters * 0.85) + 2}ch`;

/**
 * Of `grid-template-columns`: the box, the star and the name first. Each row is a grid of its own, so what names and
 * destinations need is counted in letters; what is left is the causes'.
 */
export function trackOf(shown: readonly ListColumn[], lengths: Lengths): string {
  // Without one that takes what is left the names do.
  const name = shown.some(({ width }) => width.includes("fr")) ? room(lengths.name) : "1fr";
  return [
    ...["24px", "24px", `minmax(120px, ${name})`],
    ...shown.map((one) =>
      one.name === "destination" ? `minmax(96px, ${room(Math.max(12, lengths.destination))})` : one.width,
    ),
  ].join(" ");
}
