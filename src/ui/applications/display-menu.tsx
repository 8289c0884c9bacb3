/** How the list looks, all of it in the address, and views that are kept by a name. */
import { useState } from "preact/hooks";
import { Choices } from "../components/choices.tsx";
import { go, place, withQuery } from "../store/route.ts";
import { COLUMNS, columnsWord, type ListColumn } from "./columns.ts";
import { keepViews, views } from "./kept-views.ts";
import { viewIn, withView } from "./saved-views.ts";

/** Both, beside the line that finds. */
export function ListTools({ columns }: { columns: readonly ListColumn[] }) {
  return (
    <>
      <ViewsMenu />
      <DisplayMenu columns={columns} />
    </>
  );
}

function DisplayMenu({ columns }: { columns: readonly ListColumn[] }) {
  const { query } = place.value;
  const set = (changes: Record<string, string | undefined>): void => go(withQuery(changes), "push");
  return (
    <Choices label="Display">
      <label>
        <input
          type="checkbox"
          checked={query.get("top") === "favourites"}
          onChange={({ currentTarget: { checked } }) => set({ top: checked ? "favourites" : undefined })}
        />
        Favourites on top
      </label>
      <label>
        <input
          type="checkbox"
          checked={query.get("as") === "tiles"}
          onChange={({ currentTarget: { checked } }) => set({ as: checked ? "tiles" : undefined })}
        />
        As tiles
      </label>
      {columns.length > 0 && (
        <>
          <label>
            <input
              type="checkbox"
              checked={query.get("rows") === "compact"}
              onChange={({ currentTarget: { checked } }) => set({ rows: checked ? "compact" : undefined })}
            />
            Lower rows
          </label>
          <fieldset class="columns">
            <legend>Columns</legend>
            {COLUMNS.map(({ name, head }) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={columns.some((one) => one.name === name)}
                  onChange={() => set({ cols: columnsWord(columns, name) })}
                />
                {head}
              </label>
            ))}
          </fieldset>
        </>
      )}
    </Choices>
  );
}

function ViewsMenu() {
  const [name, setName] = useState("");
  const now = viewIn(place.value.query);
  const save = (event: Event): void => {
    event.preventDefault();
    const text = name.trim();
    if (text === "") return;
    keepViews(withView(views.value, { name: text, query: now }));
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
                onClick={() =>
                  go(view.query === "" ? "/applications" : `/applications?${view.query}`, "push")
                }
              >
                {view.name}
              </button>
              <button
                type="button"
                class="plain"
                aria-label={`Forget ${view.name}`}
                onClick={() => keepViews(views.value.filter((one) => one !== view))}
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
