/** The views that this browser keeps. */
import { signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";
import { readViews, type SavedView } from "./saved-views.ts";

/** One origin may hold several daemons, each below a path of its own. */
const KEY = `holdfast-views ${BASE.pathname}`;

export const views = signal<readonly SavedView[]>(readViews(localStorage.getItem(KEY)));

export function keepViews(next: readonly SavedView[]): void {
  views.value = next;
  localStorage.setItem(KEY, JSON.stringify(next));
}
