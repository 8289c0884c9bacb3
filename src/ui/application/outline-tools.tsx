/** What stands above the outline: what is looked for, how it is grouped, which columns, and how much is hidden. */
import { useEffect, useRef, useState } from "preact/hooks";
import { State } from "../components/state.tsx";
import { go, place, withQuery } from "../store/route.ts";
import { isIn, toggledIn } from "./object-query.ts";
import { OrphansBox } from "./orphans-box.tsx";
import { type Item, ownersFirst } from "./outline.ts";
import { COLUMNS, type Column, type Grouping, type Outline } from "./outline-lines.ts";
import { COLUMN_WORDS } from "./outline-row.tsx";

type ViewOf = Grouping | "pods";

const VIEWS: readonly { view: ViewOf; word: string; says: string }[] = [
  { view: "tree", word: "Tree", says: "What Git wants, and below it what came of that" },
  { view: "flat", word: "Flat", says: "Each object in a line of its own, ordered by any column" },
  { view: "kind", word: "By kind", says: "Objects of one kind together" },
  { view: "node", word: "By node", says: "Pods of one node together" },
  { view: "pods", word: "Pods", says: "Each Pod as a square, beside others of its node or its owner" },
];

const HEALTHS = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended"];

export function OutlineTools({
  roots,
  line,
  faults,
  outline: { objects, hidden },
  view,
  columns,
  orphans,
}: {
  roots: readonly Item[];
  line: string;
  faults: readonly string[];
  outline: Pick<Outline, "objects" | "hidden">;
  view: ViewOf;
  columns: readonly Column[];
  /** How many there are, shown or not. */
  orphans: number;
}) {
  // What is typed is seen at once, and is in the address a moment later.
  const [typed, setTyped] = useState(line);
  useEffect(() => {
    // What was typed since, and a blank at its end, is no other line.
    if (typed.trim() !== line) setTyped(line);
  }, [line]);
  // Beside the list of applications `/` leads to the list's own line.
  const id = place.value.path.startsWith("/applications/") ? "query" : "object-query";
  return (
    <div class="outline-tools">
      <fieldset class="chip-group">
        <legend class="hidden-text">How they are shown</legend>
        {VIEWS.map((one) => (
          <button
            key={one.view}
            type="button"
            class="chip"
            aria-pressed={one.view === view}
            title={one.says}
            onClick={() => go(withQuery({ group: one.view === "tree" ? undefined : one.view }), "push")}
          >
            {one.word}
          </button>
        ))}
      </fieldset>
      <label for={id} class="hidden-text">
        Find objects
      </label>
      <input
        id={id}
        type="search"
        placeholder="Find: kind:pod name:web-* health:degraded"
        title="kind: name: ns: sync: health: wave: image: node: is:problem, with * and ?; - in front leaves out"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        aria-describedby={faults.length > 0 ? `${id}-faults` : undefined}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          go(withQuery({ find: value.trim() }), "replace");
        }}
      />
      <States roots={roots} line={line} />
      <OrphansBox count={orphans} />
      <span class="dim count" role="status">
        {hidden === 0
          ? `${objects} ${objects === 1 ? "object" : "objects"}`
          : `${objects - hidden} of ${objects} objects: ${hidden} hidden`}
      </span>
      {view !== "pods" && <Columns chosen={columns} />}
      {faults.length > 0 && (
        <span id={`${id}-faults`} class="refused">
          {faults.join(", ")}
        </span>
      )}
    </div>
  );
}

/** What there is beside what is well: each is a click away. */
function States({ roots, line }: { roots: readonly Item[]; line: string }) {
  const all = ownersFirst(roots);
  const counts = [
    ...HEALTHS.map((word) => ({
      ...({ facet: "health", word } as const),
      count: all.filter(({ health }) => health?.status === word).length,
    })),
    {
      ...({ facet: "sync", word: "OutOfSync" } as const),
      count: all.filter(({ sync }) => sync === "OutOfSync").length,
    },
  ].filter(({ facet, word, count }) => count > 0 || isIn(line, facet, word));
  if (counts.length === 0) return null;
  return (
    <fieldset class="chip-group">
      <legend class="hidden-text">States</legend>
      {counts.map(({ facet, word, count }) => (
        <button
          key={word}
          type="button"
          class="chip"
          aria-pressed={isIn(line, facet, word)}
          onClick={() => go(withQuery({ find: toggledIn(line, facet, word) }), "push")}
        >
          <State word={word} as="bare" /> {count}
        </button>
      ))}
    </fieldset>
  );
}

function Columns({ chosen }: { chosen: readonly Column[] }) {
  const box = useRef<HTMLDetailsElement>(null);
  const close = (): void => {
    if (box.current !== null) box.current.open = false;
  };
  return (
    <details
      ref={box}
      class="columns"
      onKeyDown={(event) => {
        if (event.key !== "Escape" || box.current?.open !== true) return;
        event.stopPropagation();
        close();
        box.current.querySelector("summary")?.focus();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && box.current?.contains(relatedTarget) === false) close();
      }}
    >
      <summary>Columns</summary>
      <fieldset>
        <legend class="hidden-text">Columns that are shown</legend>
        {COLUMNS.filter((one) => one !== "name").map((one) => (
          <label key={one}>
            <input
              type="checkbox"
              checked={chosen.includes(one)}
              onChange={(event) => {
                const isOn = event.currentTarget.checked;
                const next = COLUMNS.filter(
                  (other) => other !== "name" && (other === one ? isOn : chosen.includes(other)),
                );
                go(withQuery({ columns: next.join(",") }), "replace");
              }}
            />{" "}
            {COLUMN_WORDS[one].head}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
