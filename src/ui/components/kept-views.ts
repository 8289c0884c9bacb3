/** The views that this browser keeps, of one page each. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { BASE } from "../store/daemon.ts";
import { readViews, type SavedView } from "./saved-views.ts";

export interface KeptViews {
  views: ReadonlySignal<readonly SavedView[]>;
  keep(next: readonly SavedView[]): void;
}

/** @param page among all that have views; "" is the list of applications */
export function keptViews(page: string): KeptViews {
  // One origin may hold several daemons, each below a path of its own.
  const key = ["holdfast-views", ...(page === "" ? [] : [page]), BASE.pathname].join(" ");
  const views = signal<readonly SavedView[]>(readViews(localStorage.getItem(key)));
  return {
    views,
    keep(next) {
      views.value = next;
      localStorage.setItem(key, JSON.stringify(next));
    },
  };
}
