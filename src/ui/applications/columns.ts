/** The columns of the list: which there are, which are shown, and how wide each is. */
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
  { name: "project", head: "Project", by: "project", width: "minmax(80px, 0.7fr)", room: "wide" },
  { name: "why", head: "Why", by: "worst", width: "minmax(100px, 2.4fr)", room: "always" },
  { name: "sync", head: "Sync", by: "sync", width: "104px", room: "always" },
  { name: "health", head: "Health", by: "health", width: "112px", room: "always" },
  { name: "revision", head: "Revision", by: "revision", width: "112px", room: "wide" },
  { name: "source", head: "Source", by: "source", width: "minmax(112px, 1.2fr)", room: "wide" },
  { name: "destination", head: "Destination", by: "destination", width: "minmax(96px, 0.8fr)", room: "wide" },
  { name: "policy", head: "Auto-sync", by: "policy", width: "80px", room: "wide" },
  { name: "synced", head: "Last sync", by: "synced", width: "minmax(88px, 144px)", room: "wide" },
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

/** Of `grid-template-columns`: the box, the star and the name first. */
export function trackOf(shown: readonly ListColumn[]): string {
  return ["24px", "24px", "minmax(140px, 1fr)", ...shown.map(({ width }) => width)].join(" ");
}
