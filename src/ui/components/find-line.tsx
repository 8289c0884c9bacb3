/** What one looks for, as a line of words that the address keeps. */
import { useEffect, useState } from "preact/hooks";
import { go, withQuery } from "../store/route.ts";

export function FindLine({
  line,
  placeholder,
  most,
  describedBy,
}: {
  /** As the address has it. */
  line: string;
  placeholder: string;
  /** Letters. */
  most: number;
  /** Id of what is said of it. */
  describedBy?: string | undefined;
}) {
  const [typed, setTyped] = useState(line);
  useEffect(() => {
    // What was typed since, and a blank at its end, is no other line.
    if (typed.trim() !== line) setTyped(line);
  }, [line]);
  return (
    <>
      <label for="query">Find</label>
      <input
        id="query"
        type="search"
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        maxLength={most}
        value={typed}
        aria-describedby={describedBy}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          go(withQuery({ q: value.trim() }), "replace");
        }}
      />
    </>
  );
}
