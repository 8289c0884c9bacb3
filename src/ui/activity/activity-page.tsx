/** Who did what, when, and what came of it. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { deedWords } from "../../core/model/deed-words.ts";
import { AsCli } from "../components/as-cli.tsx";
import { FindLine } from "../components/find-line.tsx";
import { usePhone } from "../components/phone.ts";
import { saveAs } from "../components/save-as.ts";
import { known, now } from "../store/applications.ts";
import { ask } from "../store/daemon.ts";
import { go, hrefOf, place, withQuery } from "../store/route.ts";
import { zone } from "../store/zone.ts";
import {
  type ActivityFacet,
  activityCli,
  activityQuery,
  dayBegan,
  parseActivityQuery,
  withFacet,
} from "../words/activity-words.ts";
import { ActivityTable, type Entry } from "./activity-table.tsx";
import { TransitionsView } from "./transitions-view.tsx";

interface Page {
  items: Entry[];
  cursor?: string;
}

type Told =
  | { is: "asking" }
  | { is: "told"; items: readonly Entry[]; cursor: string | undefined }
  | { is: "refused"; why: string };

const PATH = "/api/holdfast/v1/activity";
const PAGE = 100;
/** Who types is asked for once. */
const PAUSE_MS = 200;
const OUTCOMES = ["done", "refused", "failed"];

export function ActivityPage() {
  const isOfStates = place.value.query.get("of") === "events";
  return (
    <>
      <h1 tabIndex={-1}>Activity</h1>
      <fieldset class="chip-group">
        <legend class="hidden-text">Told of</legend>
        <button type="button" class="chip" aria-pressed={!isOfStates} onClick={() => show("/activity")}>
          Who did what
        </button>
        <button
          type="button"
          class="chip"
          aria-pressed={isOfStates}
          onClick={() => show("/activity?of=events")}
        >
          What happened
        </button>
      </fieldset>
      {isOfStates ? <TransitionsView /> : <Deeds />}
    </>
  );
}

function show(href: string): void {
  go(href, "push");
}

function Deeds() {
  const { query } = place.value;
  const [line, from, to] = [query.get("q") ?? "", query.get("from") ?? "", query.get("to") ?? ""];
  const filter = parseActivityQuery(line);
  const asked = String(activityQuery(filter, { from, to, zone: zone.value }, known.value?.keys() ?? []));
  const { told, older, isReading } = useActivity(asked);
  const only = (facet: ActivityFacet, value: string): void =>
    go(withQuery({ q: withFacet(line, facet, value) }), "push");
  return (
    <>
      <p class="dim">
        What people and programs asked for here. What commits brought is in{" "}
        <a href={hrefOf("/activity?of=events&kinds=syncs")}>Syncs</a>, what was changed in a cluster by hand
        in <a href={hrefOf("/activity?of=events&kinds=drift")}>Drift</a>.
      </p>
      <Filter
        {...{ line, from, to, faults: filter.faults }}
        fields={filter.fields}
        items={told.is === "told" ? told.items : []}
        only={only}
      />
      {told.is === "asking" && <p class="dim soon">Asking the daemon…</p>}
      {told.is === "refused" && (
        <p class="refused" role="alert">
          {told.why}
        </p>
      )}
      {told.is === "told" && (
        <>
          <ActivityTable
            items={told.items}
            none={asked === "" ? "Nothing was done yet." : "Nothing of that kind was done."}
            only={only}
          />
          {told.items.length > 0 && (
            <p class="row">
              {told.cursor === undefined ? (
                <span class="dim">That is all of it.</span>
              ) : (
                <button type="button" aria-busy={isReading} onClick={older}>
                  Older
                </button>
              )}
              <span class="actions">
                <span class="dim level">Export all that fits:</span>
                <Export asked={asked} format="ndjson" />
                <Export asked={asked} format="csv" />
              </span>
            </p>
          )}
        </>
      )}
      <AsCli words={activityCli("list", new URLSearchParams(asked))} />
    </>
  );
}

function Export({ asked, format }: { asked: string; format: "ndjson" | "csv" }) {
  const query = new URLSearchParams(asked);
  query.set("format", format);
  return (
    <a {...saveAs(`${PATH}?${query}`, `activity.${format}`)} class="button">
      {format === "csv" ? "CSV" : "NDJSON"}
    </a>
  );
}

function Filter({
  line,
  from,
  to,
  faults,
  fields,
  items,
  only,
}: {
  line: string;
  from: string;
  to: string;
  faults: readonly string[];
  fields: Partial<Record<ActivityFacet, string>>;
  items: readonly Entry[];
  only(facet: ActivityFacet, value: string): void;
}) {
  return (
    <div class="find">
      <FindLine
        line={line}
        placeholder="actor:ann, action:sync, app:argocd/web, words"
        most={300}
        describedBy={faults.length > 0 ? "query-faults" : undefined}
      />
      {faults.length > 0 && (
        <span id="query-faults" class="refused">
          {faults.join(", ")}
        </span>
      )}
      <Filters fields={fields} from={from} to={to}>
        <Choice
          label="Who"
          facet="actor"
          now={fields.actor}
          of={items.map(({ actor }) => actor)}
          only={only}
        />
        <Choice
          label="What"
          facet="action"
          now={fields.action}
          of={items.map(({ action }) => action)}
          word={(action) => deedWords({ action })}
          only={only}
        />
        <Choice label="Outcome" facet="outcome" now={fields.outcome} of={OUTCOMES} only={only} />
        <Today from={from} to={to} />
        <Moment name="from" label="From" value={from} />
        <Moment name="to" label="To" value={to} />
      </Filters>
    </div>
  );
}

/** Where there is little room they are folded, and say how many of them count. */
function Filters({
  fields,
  from,
  to,
  children,
}: {
  fields: Partial<Record<ActivityFacet, string>>;
  from: string;
  to: string;
  children: ComponentChildren;
}) {
  if (!usePhone()) return <div class="chips">{children}</div>;
  const set = [...Object.values(fields), from, to].filter((value) => value !== "").length;
  return (
    <details class="whole-width">
      <summary>Filters{set > 0 && `: ${set} set`}</summary>
      <div class="chips">{children}</div>
    </details>
  );
}

/** Of what was told so far; what is asked for is among it. */
function Choice({
  label,
  facet,
  now: chosen = "",
  of,
  word = (value) => value,
  only,
}: {
  label: string;
  facet: ActivityFacet;
  now: string | undefined;
  of: readonly string[];
  /** How a value is called. */
  word?: (value: string) => string;
  only(facet: ActivityFacet, value: string): void;
}) {
  const values = [...new Set([...of, ...(chosen === "" ? [] : [chosen])])].sort();
  return (
    <label class="choice">
      {label}
      <select value={chosen} onChange={(event) => only(facet, event.currentTarget.value)}>
        <option value="">any</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {word(value)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Since midnight of the zone that times are shown in; once more, and it is of all days again. */
function Today({ from, to }: { from: string; to: string }) {
  const began = dayBegan(new Date(), zone.value);
  const isOn = from === began && to === "";
  return (
    <button
      type="button"
      class="chip"
      aria-pressed={isOn}
      onClick={() => go(withQuery({ from: isOn ? undefined : began, to: undefined }), "push")}
    >
      Today
    </button>
  );
}

function Moment({ name, label, value }: { name: "from" | "to"; label: string; value: string }) {
  return (
    <label class="choice">
      {zone.value === "UTC" ? `${label} (UTC)` : label}
      <input
        type="datetime-local"
        value={value}
        onChange={(event) => go(withQuery({ [name]: event.currentTarget.value }), "replace")}
      />
    </label>
  );
}

/** The newest, and again now and then what is newer; older ones as they are asked for. */
function useActivity(asked: string): { told: Told; older(): void; isReading: boolean } {
  const [state, setState] = useState<{ asked: string; told: Told }>({ asked, told: { is: "asking" } });
  const [reading, setReading] = useState<AbortController>();
  const told: Told = state.asked === asked ? state.told : { is: "asking" };
  useEffect(() => {
    const leave = new AbortController();
    const look = (): void => {
      read(asked, undefined, leave.signal).then(
        ({ items, cursor }) => {
          if (leave.signal.aborted) return;
          setState((before) => {
            const same = before.asked === asked && before.told.is === "told" ? before.told : undefined;
            const last = items.at(-1)?.seq ?? 0;
            // What lies between is not known: then it begins anew.
            const isJoined = same?.items.some(({ seq }) => seq >= last) === true;
            return {
              asked,
              told:
                same !== undefined && isJoined
                  ? {
                      ...same,
                      items: [...items, ...same.items.filter(({ seq }) => seq < last)],
                    }
                  : { is: "told", items, cursor },
            };
          });
        },
        (cause: unknown) => {
          if (leave.signal.aborted) return;
          const why = cause instanceof Error ? cause.message : String(cause);
          setState((before) =>
            // What is shown stands: that the daemon does not answer is said above it.
            before.asked === asked && before.told.is === "told" && cause instanceof TypeError
              ? before
              : { asked, told: { is: "refused", why } },
          );
        },
      );
    };
    const timer = setTimeout(look, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leave.abort();
    };
  }, [asked, now.value]);
  // What comes for another question is not shown.
  useEffect(() => () => reading?.abort(), [asked]);
  const older = (): void => {
    if (told.is !== "told" || told.cursor === undefined || reading?.signal.aborted === false) return;
    const leave = new AbortController();
    setReading(leave);
    read(asked, told.cursor, leave.signal)
      .then(({ items, cursor }) => {
        if (leave.signal.aborted) return;
        setState((before) =>
          before.asked === asked && before.told.is === "told"
            ? { asked, told: { is: "told", items: [...before.told.items, ...items], cursor } }
            : before,
        );
      })
      .catch((cause: unknown) => {
        if (leave.signal.aborted) return;
        setState({
          asked,
          told: { is: "refused", why: cause instanceof Error ? cause.message : String(cause) },
        });
      })
      .finally(() => setReading(undefined));
  };
  return { told, older, isReading: reading !== undefined };
}

function read(asked: string, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const query = new URLSearchParams(asked);
  query.set("limit", String(PAGE));
  if (cursor !== undefined) query.set("cursor", cursor);
  return ask<Page>("GET", `${PATH}?${query}`, { signal });
}
