/** The line that finds applications, with what a word in it could go on as: a combobox, as the APG has it. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { minute } from "../store/applications.ts";
import { favourites } from "../store/favourites.ts";
import { go, withQuery } from "../store/route.ts";
import type { Suggestion } from "./suggestions.ts";

interface QueryLineProps {
  apps: readonly ListedApplication[];
  line: string;
  /** Id of what says why it cannot be read; undefined: it can. */
  faultsId: string | undefined;
}

export function QueryLine({ apps, line, faultsId }: QueryLineProps) {
  const input = useRef<HTMLInputElement>(null);
  // What is typed is seen at once, and is in the address a moment later.
  const [typed, setTyped] = useState(line);
  const [at, setAt] = useState(0);
  const [isOpen, setOpen] = useState(false);
  // It comes when somebody is there: the list waits for none of it. Without it the line finds all the same.
  const [tools, setTools] = useState<typeof import("./suggestions.ts")>();
  /** Undefined: none is chosen, and Enter chooses none. */
  const [current, setCurrent] = useState<number>();
  useEffect(() => {
    // A blank at its end is typed, and is no other line.
    if (typed.trim() !== line) setTyped(line);
  }, [line]);
  const found = isOpen
    ? tools?.suggestionsFor(typed, at, apps, { favourites: favourites.value, nowMs: minute.value })
    : undefined;
  const items = found?.items ?? [];
  const active = current === undefined ? undefined : items[Math.min(current, items.length - 1)];
  const write = (value: string, caret: number): void => {
    setTyped(value);
    setAt(caret);
    setCurrent(undefined);
    go(withQuery({ q: value.trim() }), "replace");
  };
  const take = (item: Suggestion): void => {
    if (found === undefined || tools === undefined) return;
    const next = tools.taken(typed, found, item);
    write(next.line, next.at);
    setOpen(item.word.endsWith(":"));
    const { current: field } = input;
    field?.focus();
    // Once it holds the new line.
    requestAnimationFrame(() => field?.setSelectionRange(next.at, next.at));
  };
  const isShown = isOpen && items.length > 0;
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt(input.current?.selectionStart ?? typed.length);
      setOpen(true);
      if (items.length > 0)
        setCurrent(((current ?? (step > 0 ? -1 : 0)) + step + items.length) % items.length);
    } else if (event.key === "Enter" && active !== undefined) {
      event.preventDefault();
      take(active);
    } else if (event.key === "Enter") {
      setOpen(false);
      // On to what was found: Enter once more opens it.
      document.querySelector<HTMLElement>("#apps [id^=app-]")?.focus();
    } else if (event.key === "Escape") {
      // The topmost alone: what is open beside the list stays.
      event.preventDefault();
      event.stopPropagation();
      // With nothing offered it leaves the line as it is, and keys are keys again.
      if (!isShown) input.current?.blur();
      setOpen(false);
      setCurrent(undefined);
    }
  };
  return (
    <div class="query">
      <input
        ref={input}
        id="query"
        type="text"
        role="combobox"
        aria-expanded={isShown}
        aria-controls="query-list"
        aria-autocomplete="list"
        aria-activedescendant={isShown && active !== undefined ? `query-${items.indexOf(active)}` : undefined}
        placeholder="name, health:degraded, project:pay, /pattern/"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        aria-describedby={faultsId}
        onInput={(event) => {
          const { value, selectionStart } = event.currentTarget;
          write(value, selectionStart ?? value.length);
          setOpen(true);
        }}
        onKeyDown={onKey}
        onFocus={() => {
          if (tools === undefined) import("./suggestions.ts").then(setTools, () => undefined);
        }}
        onBlur={() => setOpen(false)}
      />
      <div role="listbox" id="query-list" aria-label="What it could go on as" hidden={!isShown}>
        {isShown &&
          items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are of the field, which has the focus
            <div
              key={item.word}
              id={`query-${index}`}
              role="option"
              aria-selected={item === active}
              tabIndex={-1}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(item)}
            >
              <span class="mono">{item.word}</span>
              <span class="dim">{item.count ?? item.says}</span>
            </div>
          ))}
      </div>
    </div>
  );
}
