/** The line that finds applications, and counts that are filters. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Facet } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { State } from "../components/state.tsx";
import { go, withQuery } from "../store/route.ts";
import { healthOf, syncOf } from "../words/app-words.ts";
import { has, toggled } from "./query.ts";

const HEALTHS = ["Degraded", "Missing", "Unknown", "Progressing", "Suspended", "Healthy"];
const SYNCS = ["OutOfSync", "Unknown", "Synced"];

export function QueryBar({
  apps,
  found,
  line,
  faults,
}: {
  apps: readonly ListedApplication[];
  found: number;
  line: string;
  faults: readonly string[];
}) {
  const input = useRef<HTMLInputElement>(null);
  // What is typed is seen at once, and is in the address a moment later.
  const [typed, setTyped] = useState(line);
  useEffect(() => setTyped(line), [line]);
  return (
    <div class="find">
      <label for="query">Find</label>
      <input
        ref={input}
        id="query"
        type="search"
        placeholder="name, health:degraded, project:pay, /pattern/"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        aria-describedby={faults.length > 0 ? "query-faults" : undefined}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          go(withQuery({ q: value.trim() }), "replace");
        }}
      />
      <span id="shown" class="dim" role="status">
        {line === "" ? `${apps.length}` : `${found} of ${apps.length}`}
      </span>
      {faults.length > 0 && (
        <span id="query-faults" class="refused">
          {faults.join(", ")}
        </span>
      )}
      <div class="chips">
        <Chips facet="health" words={HEALTHS} of={apps.map(healthOf)} line={line} />
        <Chips facet="sync" words={SYNCS} of={apps.map(syncOf)} line={line} />
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
