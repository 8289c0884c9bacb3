/** A row for each element, of which those in sight are drawn. */
import { pageAt } from "../application/paths.ts";
import { Rows } from "../components/rows.tsx";
import { State } from "../components/state.tsx";
import { go, hrefOf, withQuery } from "../store/route.ts";
import { elementWhy, elementWord, type Row } from "../words/set-elements-words.ts";

const ROW_PX = 44;
/** More parameters than these are in the line's title. */
const MOST_PARAMETERS = 4;

const HEADS = ["Element", "Application", "Sync", "Health", "Why"];

export function ElementRows({
  rows,
  sort,
  names,
}: {
  rows: readonly Row[];
  sort: "worst" | "found";
  names: ReadonlyMap<string, readonly string[]>;
}) {
  return (
    <div role="table" class="apps elements" aria-label="Elements" aria-rowcount={rows.length + 1}>
      <div role="rowgroup" class="heads">
        <div role="row" class="app head" aria-rowindex={1}>
          {HEADS.map((head) => (
            <span key={head} role="columnheader" class={`cell ${head.toLowerCase()}`}>
              {head === "Element" ? (
                <button
                  type="button"
                  class="plain"
                  onClick={() => go(withQuery({ sort: sort === "worst" ? "found" : undefined }), "push")}
                >
                  {head}
                  <span class="dim"> · {sort === "worst" ? "worst first" : "as found"}</span>
                </button>
              ) : (
                head
              )}
            </span>
          ))}
        </div>
      </div>
      <Rows items={rows} rowHeight={ROW_PX} keyOf={({ path, element }) => keyOf(path, element, rows)}>
        {(row, index) => <Line row={row} index={index} names={names.get(row.path) ?? []} />}
      </Rows>
    </div>
  );
}

/** Two elements may be the same in all that is told of them. */
const places = new WeakMap<readonly Row[], Map<Row["element"], number>>();
function keyOf(path: string, element: Row["element"], rows: readonly Row[]): string {
  let known = places.get(rows);
  if (known === undefined) {
    known = new Map(rows.map((row, at) => [row.element, at]));
    places.set(rows, known);
  }
  return `${path} ${element.name} ${known.get(element)}`;
}

function Line({ row, index, names }: { row: Row; index: number; names: readonly string[] }) {
  const { element, path, sync, health } = row;
  const { parameters = {}, application } = element;
  const own = names.filter((name) => Object.hasOwn(parameters, name));
  const why = elementWhy(element);
  const title = [path, ...own.map((name) => `${name}: ${parameters[name]}`)].join("\n");
  return (
    <div role="row" class="app" aria-rowindex={index + 2}>
      <span role="cell" class="cell element" title={title}>
        {own.length === 0
          ? element.name
          : own.slice(0, MOST_PARAMETERS).map((name) => (
              <span key={name} class="parameter">
                <span class="dim">{name}</span> {parameters[name]}
              </span>
            ))}
        {own.length > MOST_PARAMETERS && <span class="dim">+{own.length - MOST_PARAMETERS}</span>}
      </span>
      <span role="cell" class="cell application">
        {application === undefined || element.is !== "made" ? (
          <span class="dim">
            {elementWord(element)}
            {application !== undefined && `: ${application}`}
          </span>
        ) : (
          <a href={hrefOf(pageAt(application))}>{application}</a>
        )}
      </span>
      <span role="cell" class="cell sync">
        {sync !== "" && <State word={sync} as="bare" />}
      </span>
      <span role="cell" class="cell health">
        {health !== "" && <State word={health} as="bare" />}
      </span>
      <span role="cell" class="cell why" data-tone={element.is === "wrong" ? "bad" : undefined} title={why}>
        {why}
      </span>
    </div>
  );
}
