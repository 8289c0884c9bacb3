/** The applications that whoever looks marked: shown at once, and as before where the daemon refuses. */
import { computed, effect, signal } from "@preact/signals";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { ourPathOf } from "../application/paths.ts";
import { note } from "../components/notes.tsx";
import { keyOf } from "../words/app-words.ts";
import { connection } from "./applications.ts";
import { ask } from "./daemon.ts";

const told = signal<ReadonlySet<string>>(new Set());
/** What was asked for and is not answered, by `namespace/name`. */
const wished = signal<ReadonlyMap<string, "star" | "none">>(new Map());

/** By `namespace/name`. */
export const favourites = computed((): ReadonlySet<string> => {
  if (wished.value.size === 0) return told.value;
  const all = new Set(told.value);
  for (const [key, wish] of wished.value)
    if (wish === "star") all.add(key);
    else all.delete(key);
  return all;
});

/** One request at a time: an answer that comes late would tell of before. */
let last: Promise<unknown> = Promise.resolve();

function inTurn(work: () => Promise<void>): void {
  last = last.then(work);
}

/** Marks it, or takes the mark away where it has one. */
export function toggleFavourite(app: ListedApplication): void {
  const key = keyOf(app);
  const wish = favourites.peek().has(key) ? "none" : "star";
  wished.value = new Map([...wished.value, [key, wish]]);
  inTurn(async () => {
    try {
      const method = wish === "star" ? "PUT" : "DELETE";
      const { items } = await ask<{ items: string[] }>(method, ourPathOf(app, "favourite"));
      told.value = new Set(items);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    }
    // Pressed once more meanwhile, that counts, and is answered next.
    if (wished.value.get(key) === wish)
      wished.value = new Map([...wished.value].filter(([other]) => other !== key));
  });
}

/** Asks for them each time that the daemon is there again. */
export function followFavourites(): void {
  effect(() => {
    if (connection.value.is !== "live") return;
    inTurn(async () => {
      // Without them all is shown but the stars.
      await ask<{ items: string[] }>("GET", "/api/holdfast/v1/favourites").then(
        ({ items }) => {
          told.value = new Set(items);
        },
        () => undefined,
      );
    });
  });
}
