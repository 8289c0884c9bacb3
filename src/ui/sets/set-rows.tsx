/** A row for each set, of which those in sight are drawn; keys move as in the list of applications. */
import { useState } from "preact/hooks";
import { areKeysOn } from "../app/key-setting.ts";
import { setPageAt } from "../application/paths.ts";
import { Rows } from "../components/rows.tsx";
import { State } from "../components/state.tsx";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { generatorKinds, type SetLine, type SetOrder } from "../words/set-list.ts";
import { errorsOf, keyOfShown } from "../words/set-words.ts";
import { Counts } from "./counts.tsx";

const HEADS: readonly { word: string; class: string; order?: SetOrder }[] = [
  { word: "Name", class: "name", order: "name" },
  { word: "Generators", class: "kind" },
  { word: "Applications", class: "count", order: "applications" },
  { word: "How they are", class: "how", order: "worst" },
  { word: "Why", class: "why" },
];

export function SetRows({ lines, order }: { lines: readonly SetLine[]; order: SetOrder }) {
  const [at, setAt] = useState<{ index: number; by: "keys" | "pointer" }>({ index: 0, by: "pointer" });
  const current = Math.max(0, Math.min(at.index, lines.length - 1));
  const onKey = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (/^[a-z]$/i.test(event.key) && !areKeysOn.value) return;
    if (
      event.target instanceof Element &&
      event.target.closest("a, button") !== null &&
      event.key === "Enter"
    )
      return;
    const move = (to: number): void =>
      setAt({ index: Math.max(0, Math.min(lines.length - 1, to)), by: "keys" });
    const line = lines[current];
    const keys: Readonly<Record<string, () => void>> = {
      ...{ ArrowDown: () => move(current + 1), j: () => move(current + 1) },
      ...{ ArrowUp: () => move(current - 1), k: () => move(current - 1) },
      ...{ Home: () => move(0), End: () => move(lines.length - 1) },
      Enter: () => line !== undefined && go(setPageAt(keyOfShown(line.shown)), "push"),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return (
    <div
      role="grid"
      class="apps sets"
      aria-label="ApplicationSets"
      aria-rowcount={lines.length + 1}
      tabIndex={-1}
      onKeyDown={onKey}
    >
      <div role="rowgroup" class="heads">
        <div role="row" class="app head" aria-rowindex={1} tabIndex={-1}>
          {HEADS.map(({ word, class: of, order: own }) => (
            <span
              key={word}
              role="columnheader"
              class={`cell ${of}`}
              tabIndex={-1}
              aria-sort={own === order ? (own === "name" ? "ascending" : "descending") : undefined}
            >
              {own === undefined ? (
                word
              ) : (
                <button
                  type="button"
                  class="plain"
                  onClick={() => go(withQuery({ sort: own === "worst" ? undefined : own }), "push")}
                >
                  {word}
                  {own === order && <span aria-hidden="true"> {own === "name" ? "↑" : "↓"}</span>}
                </button>
              )}
            </span>
          ))}
        </div>
      </div>
      <Rows
        items={lines}
        rowHeight={44}
        keyOf={({ shown }) => keyOfShown(shown)}
        shown={at.by === "keys" ? current : undefined}
      >
        {(line, index) => (
          <Line
            line={line}
            index={index}
            isCurrent={index === current}
            isFocused={index === current && at.by === "keys"}
            onPoint={() => setAt({ index, by: "pointer" })}
          />
        )}
      </Rows>
    </div>
  );
}

function Line({
  line: { shown, summary },
  index,
  isCurrent,
  isFocused,
  onPoint,
}: {
  line: SetLine;
  index: number;
  isCurrent: boolean;
  isFocused: boolean;
  onPoint(): void;
}) {
  const { namespace, name } = shown.applicationSet.metadata;
  const href = setPageAt(keyOfShown(shown));
  const counts = [...summary.health, ...summary.sync.filter(([word]) => word !== "Synced")];
  return (
    <div
      role="row"
      class="app"
      aria-rowindex={index + 2}
      tabIndex={isCurrent ? 0 : -1}
      ref={(element) => {
        if (isFocused && element !== null && document.activeElement !== element)
          element.focus({ preventScroll: true });
      }}
      onClick={(event) => {
        onPoint();
        if (event.target instanceof Element && event.target.closest("a") !== null) return;
        go(href, "push");
      }}
    >
      <span role="gridcell" class="cell name">
        <a href={hrefOf(href)} tabIndex={-1}>
          <span class="dim">{namespace}/</span>
          {name}
        </a>
      </span>
      <span role="gridcell" class="cell kind">
        {generatorKinds(shown).join(", ")}
      </span>
      <span role="gridcell" class="cell count">
        {shown.applications.length}
      </span>
      <span role="gridcell" class="cell how">
        {counts.length === 0 ? (
          <State word={shown.applicationSet.status?.health?.status ?? "Unknown"} as="bare" />
        ) : (
          <Counts counts={counts} />
        )}
      </span>
      <span
        role="gridcell"
        class="cell why"
        data-tone={errorsOf(shown).length > 0 ? "bad" : undefined}
        title={summary.why || undefined}
      >
        {summary.why}
      </span>
    </div>
  );
}
