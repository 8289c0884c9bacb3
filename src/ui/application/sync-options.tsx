/** What few syncs need, folded: a sentence each. What is chosen is planned anew at once. */
import type { ComponentChildren } from "preact";
import { type Application, sourcesOf } from "../../core/model/application.ts";
import { placeOf } from "../words/app-words.ts";
import { isOn, OPTIONS, type SyncChoice, switched } from "../words/sync-choice.ts";

const MOST_RETRIES = 20;

export function SyncOptions({
  app,
  choice,
  objects,
  onChoose,
}: {
  app: Application;
  choice: SyncChoice;
  /** What differs. */
  objects: readonly { id: string; name: string }[];
  onChoose(choice: SyncChoice): void;
}) {
  const sources = sourcesOf(app.spec);
  return (
    <details class="advanced" onKeyDown={(event) => takeOver(event)}>
      <summary>Advanced</summary>
      <Option
        isOn={choice.mode === "dry-run"}
        onSwitch={(on) => onChoose({ ...choice, mode: on ? "dry-run" : "sync" })}
        does="each write is sent as a dry run, and what the cluster says of it is shown as a run"
      >
        Rehearse: ask the cluster, write nothing
      </Option>
      {sources.map((source, at) => (
        <p key={`${at} ${source.repoURL}`}>
          <label>
            {sources.length === 1 ? "Revision" : `Revision of ${placeOf(source)}`}
            <span class="why">a branch, tag or commit in place of the one that is followed, this once</span>
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              placeholder={source.targetRevision ?? "HEAD"}
              value={choice.revisions[at] ?? ""}
              onChange={(event) => {
                const revisions = sources.map((_, place) => choice.revisions[place] ?? "");
                revisions[at] = event.currentTarget.value.trim();
                onChoose({ ...choice, revisions });
              }}
            />
          </label>
        </p>
      ))}
      <Option
        isOn={choice.strategy === "apply"}
        onSwitch={(on) => onChoose({ ...choice, strategy: on ? "apply" : "hook" })}
        does="what Git wants to run before and after is not run"
      >
        Without hooks
      </Option>
      <Option
        isOn={choice.force === "recreate"}
        onSwitch={(on) => onChoose({ ...choice, force: on ? "recreate" : "refuse" })}
        does="an object whose change the server refuses is deleted and made again: it is gone in between"
      >
        Force
      </Option>
      {OPTIONS.map(({ option, word, does }) => (
        <Option
          key={option}
          isOn={isOn(app, choice, option)}
          onSwitch={() => onChoose(switched(app, choice, option))}
          does={does}
        >
          {word}
        </Option>
      ))}
      <p>
        <label>
          Tries after the first
          <span class="why">of a sync that fails, with growing pauses; empty: as the application says</span>
          <input
            type="number"
            min={0}
            max={MOST_RETRIES}
            value={choice.retries ?? ""}
            onChange={({ currentTarget: { value } }) =>
              onChoose({
                ...choice,
                retries:
                  value === "" ? undefined : Math.min(MOST_RETRIES, Math.max(0, Math.trunc(Number(value)))),
              })
            }
          />
        </label>
      </p>
      {(choice.retries ?? 0) > 0 && <Pauses choice={choice} onChoose={onChoose} />}
      <p>
        <label>
          Notes
          <span class="why">kept with the run: name=value, one a line</span>
          <textarea
            rows={2}
            spellcheck={false}
            value={choice.notes}
            onInput={(event) => onChoose({ ...choice, notes: event.currentTarget.value })}
          />
        </label>
      </p>
      {objects.length > 0 && (
        <fieldset>
          <legend>Only some objects</legend>
          <p class="why">
            Where not all are chosen no hook runs, and it is no deployment that one can go back to.
          </p>
          {objects.map(({ id, name }) => (
            <p key={id}>
              <label class="mono">
                <input
                  type="checkbox"
                  checked={choice.only === undefined || choice.only.includes(id)}
                  onChange={(event) =>
                    onChoose({
                      ...choice,
                      ...only(choice, id, event.currentTarget.checked ? "in" : "out", objects),
                    })
                  }
                />
                {name}
              </label>
            </p>
          ))}
        </fieldset>
      )}
    </details>
  );
}

const PAUSES = [
  { name: "first", word: "Pause before the first of them", example: "5s" },
  { name: "factor", word: "Each is so many times as long as the one before", example: "2" },
  { name: "most", word: "Longest pause", example: "3m" },
] as const;

function Pauses({ choice, onChoose }: { choice: SyncChoice; onChoose(choice: SyncChoice): void }) {
  return (
    <fieldset class="bare">
      <legend class="hidden-text">Pauses between tries</legend>
      {PAUSES.map(({ name, word, example }) => (
        <p key={name}>
          <label>
            {word}
            <input
              type="text"
              autocomplete="off"
              spellcheck={false}
              placeholder={example}
              value={choice.pause[name]}
              onChange={(event) =>
                onChoose({ ...choice, pause: { ...choice.pause, [name]: event.currentTarget.value.trim() } })
              }
            />
          </label>
        </p>
      ))}
    </fieldset>
  );
}

/** Enter in a field takes over what is written there, and syncs nothing: what it would do is not shown yet. */
function takeOver(event: KeyboardEvent): void {
  if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  event.target.blur();
  event.target.focus();
}

/** All of them are no choice. Another choice of objects is another number to approve of. */
function only(
  choice: SyncChoice,
  id: string,
  to: "in" | "out",
  objects: readonly { id: string }[],
): Pick<SyncChoice, "only" | "confirm"> {
  const all = objects.map((one) => one.id);
  const before = new Set(choice.only ?? all);
  if (to === "in") before.add(id);
  else before.delete(id);
  const after = all.filter((one) => before.has(one));
  return { only: after.length === all.length ? undefined : after, confirm: undefined };
}

function Option({
  isOn,
  onSwitch,
  does,
  children,
}: {
  isOn: boolean;
  onSwitch(on: boolean): void;
  does: string;
  children: ComponentChildren;
}) {
  return (
    <p>
      <label>
        <input type="checkbox" checked={isOn} onChange={(event) => onSwitch(event.currentTarget.checked)} />
        {children}
        <span class="why">{does}</span>
      </label>
    </p>
  );
}
