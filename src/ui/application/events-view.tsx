/** What happened to an application and its objects: the cluster's events, and what was done here, by time. */
import type { Application } from "../../core/model/application.ts";
import { useAsked } from "../components/asked.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { keyOf } from "../words/app-words.ts";
import { deploymentsOf } from "../words/deployment-words.ts";
import {
  type ClusterEvent,
  type EventLine,
  eventLines,
  eventsFound,
  SOURCE_WORDS,
  SOURCES,
  sourcesIn,
} from "../words/event-lines.ts";
import { askedFor, KINDS } from "../words/timeline.ts";
import { useDeeds } from "./deeds.ts";
import { argoPathOf } from "./paths.ts";

/** Lines that are drawn at once. */
const FEW = 200;

export function EventsView({ app }: { app: Application }) {
  const { query } = place.value;
  const from = sourcesIn(query.get("of"));
  const words = query.get("find") ?? "";
  const shown = FEW * Math.max(1, Math.floor(Number(query.get("pages"))) || 1);
  const { reconciledAt, health, operationState } = app.status ?? {};
  const events = useAsked(
    (signal) => ask<{ items: ClusterEvent[] | null }>("GET", argoPathOf(app, "events"), { signal }),
    // Events come without a word: asked for again when anything of it was looked at.
    [keyOf(app), reconciledAt, health?.status, operationState?.phase],
  );
  const deeds = useDeeds(app, { parts: askedFor(KINDS), pages: 1 });
  const known = {
    deployments: deploymentsOf(app),
    ...(deeds.is === "answered"
      ? deeds.value
      : { runs: [], entries: [], transitions: [], older: "none" as const }),
  };
  const lines = eventsFound(eventLines(events.is === "answered" ? (events.value.items ?? []) : [], known), {
    from,
    words,
  });
  const isAsking = events.is === "asking" || deeds.is === "asking";
  return (
    <>
      <search class="history-tools">
        <input
          type="search"
          aria-label="Find in the events"
          placeholder="Find: a reason, an object, a word"
          value={words}
          onInput={(event) => go(withQuery({ find: event.currentTarget.value }), "replace")}
        />
        <fieldset class="chip-group">
          <legend class="hidden-text">What is shown</legend>
          {SOURCES.map((one) => {
            const isShown = from.length < SOURCES.length && from.includes(one);
            const next = isShown
              ? from.filter((other) => other !== one)
              : from.length === SOURCES.length
                ? [one]
                : [...from, one];
            const text = next.length === SOURCES.length ? undefined : next.join(",");
            return (
              <button
                key={one}
                type="button"
                class="chip"
                aria-pressed={isShown}
                onClick={() => go(withQuery({ of: text }), "push")}
              >
                {SOURCE_WORDS[one]}
              </button>
            );
          })}
        </fieldset>
      </search>
      {events.is === "refused" && (
        <p class="refused" role="alert">
          The cluster's events are not known: {events.why}
        </p>
      )}
      {deeds.is === "refused" && (
        <p class="refused" role="alert">
          What was done here is not known: {deeds.why}
        </p>
      )}
      {isAsking && <p class="dim">Asking the cluster and the daemon…</p>}
      <Table
        items={lines.slice(0, shown)}
        keyOf={({ key }) => key}
        none={
          isAsking
            ? ""
            : words !== "" || from.length < SOURCES.length
              ? "Nothing of it fits what is looked for."
              : "Nothing happened yet. A cluster keeps its events for about an hour."
        }
        columns={[
          { head: "When", as: "word", cell: ({ at }) => (at === "" ? "" : <Ago at={at} />) },
          {
            head: "What",
            as: "short",
            cell: ({ from: source, reason, times }) => (
              <>
                {source === "warning" && <b class="warning-word">Warning </b>}
                {reason}
                {times > 1 && <span class="dim"> {times}×</span>}
              </>
            ),
          },
          { head: "Of", as: "mono short", cell: (line) => <Of line={line} /> },
          { head: "Message", cell: ({ message }) => message },
          {
            head: "By",
            as: "short",
            cell: ({ by, from: source }) => (source === "holdfast" ? by : <span class="dim">{by}</span>),
          },
        ]}
      />
      {lines.length > shown && (
        <p class="row">
          <button
            type="button"
            onClick={() => go(withQuery({ pages: String(Math.floor(shown / FEW) + 1) }), "replace")}
          >
            Older
          </button>
          <span class="dim">{lines.length - shown} more</span>
        </p>
      )}
    </>
  );
}

function Of({ line: { object, node } }: { line: EventLine }) {
  if (node === undefined) return object === "" ? <span class="said-of-all">the application</span> : object;
  return (
    <a
      href={hrefOf(
        withQuery({ view: undefined, of: undefined, find: undefined, pages: undefined, node, tab: "events" }),
      )}
    >
      {object}
    </a>
  );
}
