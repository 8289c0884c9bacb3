/** The line that finds applications, and counts that are filters. */

import type { ComponentChildren } from "preact";
import type { Facet } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { State } from "../components/state.tsx";
import { favourites } from "../store/favourites.ts";
import { go, withQuery } from "../store/route.ts";
import { healthOf, keyOf, syncOf } from "../words/app-words.ts";
import { has, toggled } from "./query.ts";
import { QueryLine } from "./query-line.tsx";

const HEALTHS = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy"];
const SYNCS = ["OutOfSync", "Unknown", "Synced"];

export function QueryBar({
  apps,
  found,
  line,
  faults,
  children,
}: {
  apps: readonly ListedApplication[];
  found: number;
  line: string;
  faults: readonly string[];
  /** Beside it. */
  children: ComponentChildren;
}) {
  return (
    <div class="find">
      <label for="query">Find</label>
      <QueryLine apps={apps} line={line} faultsId={faults.length > 0 ? "query-faults" : undefined} />
      <span id="shown" class="dim" role="status">
        {line === "" ? `${apps.length}` : `${found} of ${apps.length}`}
      </span>
      <div class="tools">{children}</div>
      {faults.length > 0 && (
        <span id="query-faults" class="refused">
          {faults.join(", ")}
        </span>
      )}
      <div class="chips">
        <Chips facet="health" words={HEALTHS} of={apps.map(healthOf)} line={line} />
        <Chips facet="sync" words={SYNCS} of={apps.map(syncOf)} line={line} />
        <IsChip word="held" apps={apps} line={line} />
        <IsChip word="favourite" apps={apps} line={line} />
      </div>
    </div>
  );
}

/** Only what there is: a count of nothing finds nothing. */
function Chips({
  facet,
  words,
  of,
  line,
}: {
  facet: Facet;
  words: readonly string[];
  of: readonly string[];
  line: string;
}) {
  const counts = words.map((word) => [word, of.filter((one) => one === word).length] as const);
  return (
    <fieldset class="chip-group">
      <legend>{facet === "health" ? "Health" : "Sync"}</legend>
      {counts
        .filter(([word, count]) => count > 0 || has(line, facet, word))
        .map(([word, count]) => (
          <button
            key={word}
            type="button"
            class="chip"
            aria-pressed={has(line, facet, word)}
            onClick={() => go(withQuery({ q: toggled(line, facet, word) }), "push")}
          >
            <State word={word} as="bare" /> {count}
          </button>
        ))}
    </fieldset>
  );
}

const IS_CHIPS = {
  held: { words: <State word="Held" as="bare" />, of: ({ status }) => status?.hold !== undefined },
  favourite: { words: "Favourites", of: (app) => favourites.value.has(keyOf(app)) },
} satisfies Record<string, { words: ComponentChildren; of(app: ListedApplication): boolean }>;

function IsChip({
  word,
  apps,
  line,
}: {
  word: keyof typeof IS_CHIPS;
  apps: readonly ListedApplication[];
  line: string;
}) {
  const is = has(line, "is", word);
  const count = apps.filter(IS_CHIPS[word].of).length;
  if (count === 0 && !is) return null;
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={is}
      onClick={() => go(withQuery({ q: toggled(line, "is", word) }), "push")}
    >
      {IS_CHIPS[word].words} {count}
    </button>
  );
}
