/** What is looked for, and how it looks, kept by a name: the address of a page without what is open on it. */
import { useState } from "preact/hooks";
import { go, place } from "../store/route.ts";
import { Choices } from "./choices.tsx";
import type { KeptViews } from "./kept-views.ts";
import { viewIn, withView } from "./saved-views.ts";

/** @param path of their page */
export function ViewsMenu({ kept: { views, keep }, path }: { kept: KeptViews; path: string }) {
  const [name, setName] = useState("");
  const now = viewIn(place.value.query);
  const save = (event: Event): void => {
    event.preventDefault();
    const text = name.trim();
    if (text === "") return;
    keep(withView(views.value, { name: text, query: now }));
    setName("");
  };
  return (
    <Choices label={views.value.length === 0 ? "Views" : `Views ${views.value.length}`}>
      {views.value.length === 0 ? (
        <p class="dim">None is kept in this browser yet.</p>
      ) : (
        <ul class="views" aria-label="Views that are kept">
          {views.value.map((view) => (
            <li key={view.name}>
              <button
                type="button"
                class="plain"
                aria-current={view.query === now ? "true" : undefined}
                onClick={() => go(view.query === "" ? path : `${path}?${view.query}`, "push")}
              >
                {view.name}
              </button>
              <button
                type="button"
                class="plain"
                aria-label={`Forget ${view.name}`}
                onClick={() => keep(views.value.filter((one) => one !== view))}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <form class="row" onSubmit={save}>
        <input
          type="text"
          aria-label="Name of this view"
          placeholder="Name of this view"
          maxLength={60}
          autocomplete="off"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit">Keep</button>
      </form>
    </Choices>
  );
}
