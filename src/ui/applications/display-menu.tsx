/** How the list looks, all of it in the address, and views that are kept by a name. */
import { Choices } from "../components/choices.tsx";
import { keptViews } from "../components/kept-views.ts";
import { ViewsMenu } from "../components/views-menu.tsx";
import { go, place, withQuery } from "../store/route.ts";
import { COLUMNS, columnsWord, type ListColumn } from "./columns.ts";

const KEPT = keptViews("");

/** Both, beside the line that finds. */
export function ListTools({ columns }: { columns: readonly ListColumn[] }) {
  return (
    <>
      <ViewsMenu kept={KEPT} path="/applications" />
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
          <label class="of-columns">
            <input
              type="checkbox"
              checked={query.get("rows") === "compact"}
              onChange={({ currentTarget: { checked } }) => set({ rows: checked ? "compact" : undefined })}
            />
            Lower rows
          </label>
          <fieldset class="columns of-columns">
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
