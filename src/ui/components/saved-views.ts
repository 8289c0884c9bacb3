/** Views of the list that somebody keeps in this browser: a name, and what the address says of it. */
export interface SavedView {
  name: string;
  /** `q=health%3Adegraded&sort=-synced`. */
  query: string;
}

const MOST = 50;
/** What of the address is a view, and nothing of what is open. */
const OF_A_VIEW = ["q", "view", "by", "sort", "cols", "rows", "top"] as const;

/** Whatever the browser has there: another program of this origin may have written it. */
export function readViews(text: string | null): SavedView[] {
  try {
    const kept = JSON.parse(text ?? "[]") as unknown;
    if (!Array.isArray(kept)) return [];
    return kept
      .filter(
        (one): one is SavedView =>
          typeof one === "object" &&
          one !== null &&
          typeof (one as SavedView).name === "string" &&
          typeof (one as SavedView).query === "string",
      )
      .map(({ name, query }) => ({ name, query: viewIn(new URLSearchParams(query)) }))
      .slice(0, MOST);
  } catch {
    return [];
  }
}

/** Of an address's query, what is a view. */
export function viewIn(query: URLSearchParams): string {
  const view = new URLSearchParams();
  for (const name of OF_A_VIEW) {
    const value = query.get(name);
    if (value !== null && value !== "") view.set(name, value);
  }
  return view.toString();
}

/** With that one in them, in place of another one of its name; the newest beyond what is kept goes. */
export function withView(views: readonly SavedView[], view: SavedView): SavedView[] {
  return [...views.filter(({ name }) => name !== view.name).slice(0, MOST - 1), view].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}
