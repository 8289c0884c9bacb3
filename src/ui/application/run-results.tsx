/** What became of each object of a run, as a table that is narrowed down by state and by words. */
import { useState } from "preact/hooks";
import { State } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import { Timed } from "../components/time.tsx";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import type { Lane } from "../words/run-lanes.ts";

const FEW = 100;

export function RunResults({ lanes }: { lanes: readonly Lane[] }) {
  const [isWhole, setWhole] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const { query } = place.value;
  const words = query.get("result") ?? "";
  const what = query.get("what") ?? "";
  const rows = lanes.flatMap(({ name: lane, lines }) => lines.map((line) => ({ ...line, lane })));
  if (rows.length === 0) return null;
  const found = rows.filter(({ kind, name, text, lane }) =>
    `${kind} ${name} ${lane} ${text}`.toLowerCase().includes(words.trim().toLowerCase()),
  );
  const states = [...new Set(rows.map(({ state }) => state))].sort();
  const shown = found.filter(({ state }) => what === "" || state === what);
  const some = isWhole ? shown : shown.slice(0, FEW);
  const set = (changes: { what?: string; result?: string }): void => go(withQuery(changes), "replace");
  return (
    <details
      class="results"
      open={isOpen || words !== "" || what !== ""}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>Results of {rows.length === 1 ? "1 object" : `${rows.length} objects`}</summary>
      <div class="row find">
        <input
          type="search"
          aria-label="Find in the results"
          placeholder="kind, name, message"
          value={words}
          onInput={(event) => set({ result: event.currentTarget.value })}
        />
        <fieldset class="chip-group" aria-label="State">
          {states.map((state) => (
            <button
              key={state}
              type="button"
              class="chip"
              aria-pressed={what === state}
              onClick={() => set({ what: what === state ? "" : state })}
            >
              {state} {found.filter((one) => one.state === state).length}
            </button>
          ))}
        </fieldset>
      </div>
      <Table
        items={some}
        keyOf={({ lane, key }) => `${lane} ${key}`}
        none={
          <p>
            None of {rows.length} is so.{" "}
            <button type="button" class="link" onClick={() => set({ what: "", result: "" })}>
              Show all
            </button>
          </p>
        }
        columns={[
          { head: "Phase or wave", as: "word", cell: ({ lane }) => lane },
          { head: "Kind", as: "word", cell: ({ kind }) => kind },
          {
            head: "Name",
            as: "mono",
            cell: ({ id, name }) => <a href={hrefOf(withQuery({ node: id }))}>{name}</a>,
          },
          { head: "State", as: "word", cell: ({ state }) => <State word={state} as="bare" /> },
          { head: "Message", cell: ({ text }) => <Timed text={text} /> },
        ]}
      />
      {some.length < shown.length && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {shown.length - some.length} more
        </button>
      )}
    </details>
  );
}
