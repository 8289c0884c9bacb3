/** A line that finds, kept in the address, with examples to press. */
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "../../core/model/app-query.ts";
import { go, place, withQuery } from "../store/route.ts";

export function FindLine({
  id,
  param,
  placeholder,
  told,
  examples,
}: {
  id: string;
  /** Of the address. */
  param: string;
  placeholder: string;
  /** How many it finds; "" where it finds all. */
  told: string;
  examples: readonly string[];
}) {
  const line = place.value.query.get(param) ?? "";
  const [typed, setTyped] = useState(line);
  useEffect(() => {
    // What was typed since, and a blank at its end, is no other line.
    if (typed.trim() !== line) setTyped(line);
  }, [line]);
  return (
    <div class="find">
      <label for={id}>Find</label>
      <input
        id={id}
        type="search"
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        maxLength={500}
        value={typed}
        onInput={({ currentTarget: { value } }) => {
          setTyped(value);
          go(withQuery({ [param]: value.trim() }), "replace");
        }}
      />
      <span class="dim" role="status">
        {told}
      </span>
      {examples.length > 0 && (
        <div class="chips">
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is of a form */}
          <div class="chip-group" role="group" aria-label="For example">
            {examples.map((word) => (
              <button
                key={word}
                type="button"
                class="chip mono"
                aria-pressed={wordsOf(line).includes(word)}
                onClick={() => go(withQuery({ [param]: toggled(line, word) }), "push")}
              >
                {word}
              </button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function toggled(line: string, word: string): string {
  const words = wordsOf(line);
  return (words.includes(word) ? words.filter((one) => one !== word) : [...words, word]).join(" ");
}
