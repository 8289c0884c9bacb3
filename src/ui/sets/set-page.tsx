/** One ApplicationSet: what it comes to first, then what its generators found, its rollout, template, events and text. */
import { useEffect, useState } from "preact/hooks";
import { useShortcuts } from "../app/shortcuts.ts";
import { AsCli, copy } from "../components/as-cli.tsx";
import { Menu, type MenuItem } from "../components/menu.tsx";
import { note } from "../components/notes.tsx";
import { State } from "../components/state.tsx";
import { Ago, Timed } from "../components/time.tsx";
import { known } from "../store/applications.ts";
import { useWhyNot } from "../store/can.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import type { Elements } from "../words/set-elements-words.ts";
import {
  applicationsWords,
  errorsOf,
  keyOfShown,
  originWords,
  type SetSummary,
  type ShownSet,
  setBadge,
  setSentence,
  summaryOf,
  whyKept,
} from "../words/set-words.ts";
import { ApproveSet } from "./approve-set.tsx";
import { Counts } from "./counts.tsx";
import { DeleteSet } from "./delete-set.tsx";
import { EditSet } from "./edit-set.tsx";
import { ElementsView } from "./elements-view.tsx";
import { setPathAt } from "./set-paths.ts";
import { ConfigView, EventsView, RolloutView, TemplateView } from "./set-views.tsx";
import { type Followed, useFollowed } from "./use-sets.ts";

const VIEWS = ["applications", "rollout", "template", "events", "config"] as const;
type View = (typeof VIEWS)[number];
const WORDS: Readonly<Record<View, string>> = {
  ...{ applications: "Applications", rollout: "Rollout", template: "Template", events: "Events" },
  config: "Config",
};

export function SetPage({ namespace, name }: { namespace: string; name: string }) {
  const key = `${namespace}/${name}`;
  const set = useFollowed<ShownSet>(setPathAt(key), { namespace, name });
  if (set.is === "there" || set.is === "gone")
    return <OneSet shown={set.value} goneAt={set.is === "gone" ? set.at : undefined} />;
  if (set.is === "absent")
    return (
      <>
        <h1 tabIndex={-1}>There is no ApplicationSet {name}</h1>
        <p>
          None is called {key}, or you may not see it.{" "}
          <a href={hrefOf("/applicationsets")}>All ApplicationSets</a>
        </p>
      </>
    );
  return (
    <>
      <h1 tabIndex={-1}>
        <span class="dim">{namespace}/</span>
        {name}
      </h1>
      {set.is === "refused" ? (
        <p class="refused" role="alert">
          {set.why}
        </p>
      ) : (
        <p class="dim soon">Asking the daemon…</p>
      )}
    </>
  );
}

function OneSet({ shown, goneAt }: { shown: ShownSet; goneAt: number | undefined }) {
  const key = keyOfShown(shown);
  const { namespace, name } = shown.applicationSet.metadata;
  const apps = known.value;
  const summary = summaryOf(shown, (one) => apps?.get(one));
  const elements = useFollowed<Elements>(setPathAt(key, "elements"), { namespace, name });
  const views = VIEWS.filter(
    (one) => one !== "rollout" || shown.applicationSet.spec.strategy?.type === "RollingSync",
  );
  const asked = place.value.query.get("view") as View | null;
  const view = asked !== null && views.includes(asked) ? asked : "applications";
  const show = (one: View | undefined): void => {
    if (one === undefined) return;
    const at = one === "applications" ? undefined : one;
    go(withQuery({ view: at, find: undefined, sort: undefined, edit: undefined }), "push");
  };
  const edit = useEdit(shown);
  const isEditing = place.value.query.get("edit") === "yes" && goneAt === undefined;
  return (
    <>
      <Head
        shown={shown}
        summary={summary}
        goneAt={goneAt}
        elements={elements}
        onView={(at) => show(views[at - 1])}
      />
      {isEditing ? (
        <EditSet shown={shown} />
      ) : (
        <>
          <div role="tablist" class="tabs" aria-label={`About ${name}`}>
            {views.map((one) => (
              <button
                key={one}
                type="button"
                role="tab"
                id={`tab-${one}`}
                aria-selected={one === view}
                aria-controls="view"
                tabIndex={one === view ? 0 : -1}
                onClick={() => show(one)}
                onKeyDown={(event) => {
                  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
                  if (step === undefined) return;
                  event.preventDefault();
                  const next = views[(views.indexOf(one) + step + views.length) % views.length];
                  show(next);
                  document.getElementById(`tab-${next}`)?.focus();
                }}
              >
                {WORDS[one]}
              </button>
            ))}
          </div>
          <div role="tabpanel" id="view" aria-labelledby={`tab-${view}`}>
            {view === "applications" ? (
              <ElementsView shown={shown} elements={elements} />
            ) : view === "rollout" ? (
              <RolloutView shown={shown} />
            ) : view === "template" ? (
              <TemplateView shown={shown} />
            ) : view === "events" ? (
              <EventsView shown={shown} isGone={goneAt !== undefined} />
            ) : (
              <ConfigView shown={shown} edit={goneAt === undefined ? edit : undefined} />
            )}
          </div>
        </>
      )}
    </>
  );
}

/** The same in the menu and beside the text; one that somebody else's file gives is tried here, and kept there. */
function useEdit(shown: ShownSet): Pick<MenuItem, "word" | "why" | "act"> {
  const mayUpdate = useWhyNot("applicationsets", "update", objectOf(shown));
  const kept = whyKept(shown.origin);
  return {
    word: kept === undefined ? "Edit…" : "Try a change…",
    why: kept === undefined ? mayUpdate : undefined,
    act: () => go(withQuery({ edit: "yes", view: undefined }), "push"),
  };
}

type Open = "delete" | "approve";

function Head({
  shown,
  summary,
  goneAt,
  elements,
  onView,
}: {
  shown: ShownSet;
  summary: SetSummary;
  goneAt: number | undefined;
  elements: Followed<Elements>;
  /** By its place, from 1. */
  onView(at: number): void;
}) {
  const key = keyOfShown(shown);
  const { namespace, name } = shown.applicationSet.metadata;
  const [open, setOpen] = useState<Open>();
  const [opening, setOpening] = useState(0);
  const [isRefreshing, setRefreshing] = useState(false);
  const object = objectOf(shown);
  const mayDelete = useWhyNot("applicationsets", "delete", object);
  const mayUpdate = useWhyNot("applicationsets", "update", object);
  const kept = whyKept(shown.origin);
  const gone = goneAt === undefined ? undefined : "It is gone";
  const blocked = shown.blocked?.length ?? 0;
  const refresh = async (): Promise<void> => {
    if (isRefreshing || gone !== undefined) return;
    setRefreshing(true);
    try {
      await ask("POST", setPathAt(key, "refresh"));
      note("good", `${name}: its generators have asked again`);
    } catch (cause) {
      note("bad", cause instanceof Error ? cause.message : String(cause));
    } finally {
      setRefreshing(false);
    }
  };
  const edit = useEdit(shown);
  const items: MenuItem[][] = [
    [
      {
        ...{ id: "refresh", word: "Ask the generators again", key: "r", why: gone },
        act: () => void refresh(),
      },
      { ...edit, id: "edit", why: gone ?? edit.why },
      ...(blocked === 0
        ? []
        : [
            {
              ...{ id: "approve", word: `Approve ${blocked === 1 ? "1 deletion" : `${blocked} deletions`}…` },
              ...{ why: gone ?? mayUpdate, act: () => setOpen("approve") },
            },
          ]),
    ],
    [{ id: "link", word: "Copy link", key: "c", act: () => void copy(location.href) }],
    [
      {
        ...{ id: "delete", word: "Delete…", tone: "danger" as const },
        why: gone ?? kept ?? mayDelete,
        act: () => setOpen("delete"),
      },
    ],
  ];
  useShortcuts({
    refresh: () => void refresh(),
    link: () => void copy(location.href),
    actions: () => setOpening((before) => before + 1),
    view: (pressed) => onView(Number(pressed)),
  });
  // Whoever reads an answer of the daemon about one that is gone would do so about nothing.
  useEffect(() => {
    if (goneAt !== undefined) setOpen(undefined);
  }, [goneAt]);
  const errors = errorsOf(shown);
  const badge = setBadge(shown, summary);
  return (
    <section class="application-head">
      <div class="title">
        <h1 tabIndex={-1}>
          <span class="dim">{namespace}/</span>
          {name}
        </h1>
        {badge !== undefined && goneAt === undefined && <State word={badge} />}
        <div class="actions">
          {isRefreshing && (
            <span class="dim" role="status">
              Asking…
            </span>
          )}
          {blocked > 0 && gone === undefined && (
            <button
              type="button"
              class="primary"
              aria-disabled={mayUpdate !== undefined}
              title={mayUpdate}
              onClick={() => mayUpdate === undefined && setOpen("approve")}
            >
              Review {blocked === 1 ? "1 deletion" : `${blocked} deletions`}
            </button>
          )}
          <Menu word="Actions" name={`Actions of ${name}`} groups={items} opening={opening} />
        </div>
      </div>
      {goneAt !== undefined ? (
        <p class="words" data-tone="missing" role="status">
          <b>Gone</b> It was deleted <Ago at={new Date(goneAt).toISOString()} />, or you may not see it any
          more. What stands here is as it was last.
        </p>
      ) : (
        <p class="words" data-tone={errors.length > 0 ? "bad" : TONES[summary.standing]}>
          {setSentence(shown, summary)}.
        </p>
      )}
      {goneAt === undefined && <Errors errors={errors} elements={elements} />}
      <p class="facts">
        <span>{applicationsWords(shown.applications.length)}</span>
        <Counts counts={[...summary.health, ...summary.sync]} />
        <span>{originWords(shown.origin)}</span>
        {elements.is === "there" && elements.value.at !== undefined && (
          <span>
            generators asked <Ago at={elements.value.at} />
            {elements.value.is === "stale" && ", before it was edited"}
          </span>
        )}
      </p>
      <AsCli words={["appset", "get", key]} />
      {open === "delete" && <DeleteSet shown={shown} onClose={() => setOpen(undefined)} />}
      {open === "approve" && <ApproveSet shown={shown} onClose={() => setOpen(undefined)} />}
    </section>
  );
}

const TONES = { attention: "bad", moving: "moving", good: "good" } as const;
const MOST_ERRORS = 20;

/** As generators said them, with the fix; what only the set's conditions say stands among them. */
function Errors({ errors, elements }: { errors: readonly string[]; elements: Followed<Elements> }) {
  const told =
    elements.is === "there"
      ? elements.value.generators.flatMap(({ path, problems }) =>
          problems
            .filter(({ severity }) => severity === "error")
            .map((problem) => ({ at: problem.path ?? path, text: problem.text, fix: problem.fix })),
        )
      : [];
  // One condition is the sum of what generators said: it is not said twice.
  const others = errors.filter((error) => !told.some(({ text }) => error.includes(text)));
  if (told.length + others.length === 0) return null;
  return (
    <ul class="said" aria-label="What is wrong">
      {others.map((text) => (
        <li key={text} class="words" data-tone="bad">
          <Timed text={text} />
        </li>
      ))}
      {told.slice(0, MOST_ERRORS).map(({ at, text, fix }) => (
        <li key={`${at} ${text}`} class="words" data-tone="bad">
          <code>{at}</code> <Timed text={text} />
          {fix !== undefined && <span class="fix">. {fix}</span>}
        </li>
      ))}
      {told.length > MOST_ERRORS && <li class="dim">and {told.length - MOST_ERRORS} more</li>}
    </ul>
  );
}

/** As policies name it: by the project of its template, and its namespace. */
function objectOf({ applicationSet: { metadata, spec } }: ShownSet): string {
  const project = spec.template.spec?.["project"];
  const of = typeof project === "string" && project !== "" && !project.includes("{{") ? project : "*";
  return `${of}/${metadata.name}`;
}
