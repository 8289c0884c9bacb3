/** What the page that is shown offers, for the palette: one application, its actions and its objects. */
import { signal } from "@preact/signals";
import type { Application } from "../../core/model/application.ts";
import type { MenuItem } from "../components/menu.tsx";

export interface Offered {
  app: Application;
  items: readonly MenuItem[];
}

export const offered = signal<Offered | undefined>(undefined);

/** @returns takes it back */
export function offerHere(here: Offered): () => void {
  offered.value = here;
  return () => {
    if (offered.peek() === here) offered.value = undefined;
  };
}
