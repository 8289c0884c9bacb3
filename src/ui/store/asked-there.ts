/** What somebody asked for elsewhere of one application: its page opens the review once it is shown. */
import { signal } from "@preact/signals";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { keyOf } from "../words/app-words.ts";
import type { ActionId } from "../words/application-actions.ts";
import { go, place } from "./route.ts";

/** In no address: a link that opens a review would be for others to make. */
export const askedThere = signal<{ key: string; id: ActionId } | undefined>(undefined);

/** Leads to its page. Whoever leaves that before it is shown asks for nothing any more. */
export function askThere(app: ListedApplication, id: ActionId): void {
  go(pageOf(app), "push");
  const asked = { key: keyOf(app), id };
  askedThere.value = asked;
  const { path } = place.peek();
  const leave = place.subscribe((now) => {
    if (now.path === path && askedThere.peek() === asked) return;
    if (askedThere.peek() === asked) askedThere.value = undefined;
    leave();
  });
}
