import type { ListedApplication } from "../../core/model/listed-application.ts";
import { favourites, toggleFavourite } from "../store/favourites.ts";
import { keyOf } from "../words/app-words.ts";

/** Whether it is a favourite of whoever looks, and the button that makes it one. */
export function Star({ app, tabIndex }: { app: ListedApplication; tabIndex?: -1 }) {
  const is = favourites.value.has(keyOf(app));
  return (
    <button
      type="button"
      class="plain star"
      aria-pressed={is}
      aria-label={`Favourite ${app.metadata.name}`}
      title={is ? "A favourite of yours" : "Make it a favourite"}
      tabIndex={tabIndex}
      onClick={() => toggleFavourite(app)}
    >
      <svg aria-hidden="true" viewBox="0 0 16 16">
        <path d="M8 1.9l1.9 3.9 4.2.6-3 3 .7 4.2L8 11.6l-3.8 2 .7-4.2-3-3 4.2-.6z" />
      </svg>
    </button>
  );
}
