/**
 * What the palette finds: what the page that is shown offers by its words, its objects by kind and name, deeds on any
 * application by their words before its name, applications by what the list finds, pages and settings by their words. Before
 * a letter is typed: where one was last.
 */
import { useLayoutEffect, useState } from "preact/hooks";
import { matcher, parseQuery } from "../../core/model/app-query.ts";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { pageOf } from "../application/paths.ts";
import { State } from "../components/state.tsx";
import { applications, minute } from "../store/applications.ts";
import { favourites } from "../store/favourites.ts";
import { offered } from "../store/offered.ts";
import { go, withQuery } from "../store/route.ts";
import { healthOf, keyOf, standing, syncOf } from "../words/app-words.ts";
import { deedIn } from "../words/deed-line.ts";
import { idOfResource } from "../words/resource-ids.ts";
import { type Choice, deedOf, useSituations } from "./palette-deeds.ts";
import type { ListKeys } from "./palette-opening.ts";
import { PLACES } from "./places.ts";
import { recentKeys } from "./recent.ts";
import { setTheme, THEMES } from "./theme.ts";

const MOST = 14;
const MOST_RESOURCES = 6;
/** Applications of a deed: of each it is asked what stands in its way. */
const MOST_DEEDS = 3;

/** @param onCurrent told which of its options is meant, by its id */
export function PaletteList({
  line,
  keys,
  onCurrent,
  onChosen,
}: {
  line: string;
  keys: ListKeys;
  onCurrent(id: string | undefined): void;
  onChosen(): void;
}) {
  const [moved, setMoved] = useState({ line, at: 0 });
  const wanted = deedIn(line);
  const meant = wanted === undefined ? [] : called(wanted.of).slice(0, MOST_DEEDS);
  const situations = useSituations(meant);
  const deeds =
    wanted === undefined ? [] : meant.map((app) => deedOf(wanted.deed, app, situations.get(keyOf(app))));
  const choices = choicesFor(line, deeds);
  const current = Math.min(moved.line === line ? moved.at : 0, choices.length - 1);
  const act = (choice: Choice | undefined): void => {
    if (choice === undefined || choice.why !== undefined) return;
    onChosen();
    choice.act();
  };
  const id = choices[current]?.id;
  useLayoutEffect(() => {
    const move = (by: number): void =>
      setMoved({ line, at: (current + by + choices.length) % Math.max(1, choices.length) });
    const isKept = keys.current === "kept";
    keys.current = (key) => {
      if (key === "Enter") act(choices[current]);
      else move(key === "ArrowDown" ? 1 : -1);
    };
    onCurrent(id === undefined ? undefined : `palette-${id}`);
    if (isKept) act(choices[current]);
  });
  return (
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
  );
}

/** Pages first as long as they are like that, then applications, what needs a person first. */
function choicesFor(line: string, deeds: readonly Choice[]): Choice[] {
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
  const apps = ordered(found, wanted)
    .slice(0, MOST)
    .map((app) => choiceOf(app, `in ${app.spec.project}`));
  // However many applications are called so, what is shown has its places.
  const resources: Choice = {
    id: "resources",
    words: `Find “${line.trim()}” in resources of all applications`,
    act: () => go(`/resources?${new URLSearchParams({ q: line.trim() })}`, "push"),
  };
  const choices = [...deeds, ...here.actions, ...pages, ...here.resources.slice(0, MOST_RESOURCES), ...apps];
  return [...choices.slice(0, MOST - 1), resources];
}

/** Whose name begins so before who has it anywhere, then what needs a person. */
function ordered(found: readonly ListedApplication[], wanted: string): ListedApplication[] {
  const place = (name: string): number => (name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : 2);
  return found
    .map((app) => ({
      app,
      rank: [place(app.metadata.name), standing(app, minute.value) === "attention" ? 0 : 1] as const,
    }))
    .sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || (keyOf(a.app) < keyOf(b.app) ? -1 : 1))
    .map(({ app }) => app);
}

/** Applications by a part of `namespace/name`. */
function called(of: string): ListedApplication[] {
  return ordered(
    applications.value.filter((app) => keyOf(app).toLowerCase().includes(of)),
    of,
  );
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
