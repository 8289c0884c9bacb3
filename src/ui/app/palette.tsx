/**
 * Ctrl+K: goes anywhere and does anything by a few letters. What the page that is shown offers by its words, its objects
 * by kind and name, applications by what the list finds, pages and settings by their words. Before a letter is typed: where one was last.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { matcher, parseQuery } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { State } from "../components/state.tsx";
import { applications, minute } from "../store/applications.ts";
import { favourites } from "../store/favourites.ts";
import { offered } from "../store/offered.ts";
import { go, withQuery } from "../store/route.ts";
import { healthOf, keyOf, standing, syncOf } from "../words/app-words.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { paletteAsked } from "./palette-opening.ts";
import { PLACES } from "./places.ts";
import { recentKeys } from "./recent.ts";
import { setTheme, THEMES } from "./theme.ts";

interface Choice {
  id: string;
  words: string;
  /** What kind of thing it is, where the words do not tell. */
  what?: string;
  /** Why it cannot be chosen now. */
  why?: string | undefined;
  /** Words of its states, beside it. */
  states?: readonly string[];
  act(): void;
}

const MOST = 14;
const MOST_RESOURCES = 6;

export function Palette() {
  // Which opening it is; 0: it is closed. A dialog tells a moment later that it was closed, and may be open anew by then.
  const [opening, setOpening] = useState(0);
  const last = useRef(0);
  useEffect(() => {
    const open = (): void => {
      last.current += 1;
      setOpening(last.current);
    };
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.key.toLowerCase() !== "k" ||
        !(event.metaKey || event.ctrlKey) ||
        event.altKey ||
        event.shiftKey
      )
        return;
      // A question that is open is answered first.
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      open();
    };
    document.addEventListener("keydown", onKey);
    const leave = paletteAsked.subscribe((times) => {
      if (times > 0) open();
    });
    return () => {
      leave();
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  const close = (): void => setOpening((now) => (now === opening ? 0 : now));
  return opening > 0 ? <Open key={opening} onClose={close} /> : null;
}

function Open({ onClose }: { onClose(): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [line, setLine] = useState("");
  const [at, setAt] = useState(0);
  // Before anything is drawn: what is typed right after the key is typed into the field.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const choices = choicesFor(line);
  const current = Math.min(at, choices.length - 1);
  const act = (choice: Choice | undefined): void => {
    if (choice === undefined || choice.why !== undefined) return;
    onClose();
    choice.act();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setAt((current + 1) % Math.max(1, choices.length));
    else if (event.key === "ArrowUp") setAt((current + choices.length - 1) % Math.max(1, choices.length));
    else if (event.key === "Enter") act(choices[current]);
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="palette" aria-label="Go to" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        aria-label="Go to"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={choices[current] === undefined ? undefined : `palette-${choices[current].id}`}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="An application, a page, an action, a resource"
        value={line}
        onInput={(event) => {
          setLine(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div role="listbox" id="palette-list" aria-label="What there is">
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are of the field, which has the focus
          <div
            key={choice.id}
            id={`palette-${choice.id}`}
            role="option"
            aria-selected={index === current}
            aria-disabled={choice.why !== undefined}
            tabIndex={-1}
            onClick={() => act(choice)}
          >
            <span>
              {choice.words}
              {choice.what !== undefined && <span class="what"> {choice.what}</span>}
              {choice.why !== undefined && <span class="what"> {choice.why}</span>}
            </span>
            {choice.states !== undefined && (
              <span class="states">
                {choice.states.map((state) => (
                  <State key={state} word={state} as="bare" />
                ))}
              </span>
            )}
          </div>
        ))}
      </div>
      <p class="dim" role="status">
        Arrows and Enter choose, Esc closes.
      </p>
    </dialog>
  );
}

/** Pages first as long as they are like that, then applications, what needs a person first. */
function choicesFor(line: string): Choice[] {
  const wanted = line.trim().toLowerCase();
  const words = (text: string): boolean => text.toLowerCase().includes(wanted);
  const pages: Choice[] = [
    ...PLACES.map(
      ({ path, word }): Choice => ({
        id: `page-${path.slice(1)}`,
        words: word,
        act: () => go(path, "push"),
      }),
    ),
    { id: "new", words: "New application", act: () => go("/new/application", "push") },
    ...THEMES.map(
      ({ is, word }): Choice => ({
        id: `theme-${is}`,
        words: `Theme: ${word}`,
        act: () => setTheme(is),
      }),
    ),
  ].filter(({ words: text }) => words(text));
  const here = choicesHere(words);
  if (wanted === "") return [...recent(), ...here.actions, ...pages].slice(0, MOST);
  const found = applications.value.filter(
    matcher(parseQuery(line), { favourites: favourites.value, nowMs: minute.value }),
  );
  // Whose name begins so before who has it anywhere.
  const place = (name: string): number => (name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : 2);
  const apps = found
    .map((app) => ({
      app,
      rank: [place(app.metadata.name), standing(app, minute.value) === "attention" ? 0 : 1] as const,
    }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || (keyOf(a.app) < keyOf(b.app) ? -1 : 1))
    .slice(0, MOST)
    .map(({ app }) => choiceOf(app, `in ${app.spec.project}`));
  // However many applications are called so, what is shown has its places.
  const resources: Choice = {
    id: "resources",
    words: `Find “${line.trim()}” in resources of all applications`,
    act: () => go(`/resources?${new URLSearchParams({ q: line.trim() })}`, "push"),
  };
  const choices = [...here.actions, ...pages, ...here.resources.slice(0, MOST_RESOURCES), ...apps];
  return [...choices.slice(0, MOST - 1), resources];
}

function choiceOf(app: ListedApplication, what: string): Choice {
  return {
    // No namespace holds a dot.
    id: `app-${app.metadata.namespace}.${app.metadata.name}`,
    words: keyOf(app),
    what,
    states: [syncOf(app), healthOf(app)],
    act: () => go(pageOf(app), "push"),
  };
}

/** Where somebody was before: what is shown is no place to go to, and what is gone neither. */
function recent(): Choice[] {
  const byKey = new Map(applications.value.map((app) => [keyOf(app), app]));
  const shown = offered.value;
  return recentKeys().flatMap((key) => {
    const app = byKey.get(key);
    if (app === undefined || (shown !== undefined && keyOf(shown.app) === key)) return [];
    return [choiceOf(app, `in ${app.spec.project} · recent`)];
  });
}

/** Of the application that is shown. */
function choicesHere(isLike: (text: string) => boolean): { actions: Choice[]; resources: Choice[] } {
  const shown = offered.value;
  if (shown === undefined) return { actions: [], resources: [] };
  const { name } = shown.app.metadata;
  return {
    actions: shown.items
      .map(
        ({ id, word, why, act }): Choice => ({ id: `do-${id}`, words: word, what: `of ${name}`, why, act }),
      )
      .filter(({ words }) => isLike(words)),
    resources: (shown.app.status?.resources ?? [])
      .filter(({ kind, namespace = "", name }) => isLike(`${kind} ${namespace}/${name}`))
      .map((one): Choice => {
        const id = idOfResource(one);
        return {
          id: `resource-${encodeURIComponent(id)}`,
          words: `${one.kind} ${one.name}`,
          what: `of ${name}`,
          states: [
            ...(one.status === undefined ? [] : [one.status]),
            ...(one.health === undefined ? [] : [one.health.status]),
          ],
          act: () => go(withQuery({ node: id, tab: undefined }), "push"),
        };
      }),
  };
}
