import { Fragment } from "preact";
import { ago } from "../../lib/ago.ts";
import { relativeTimes } from "../../lib/relative-times.ts";
import { moment, now } from "../store/applications.ts";
import { inZone } from "../store/zone.ts";
import { dayWord } from "../words/day-word.ts";

/**
 * How long ago that was, and when exactly to whoever asks.
 *
 * @param at RFC 3339
 * @param lead stands before it
 * @param also the next line of its title, given how a time is said there
 */
export function Ago({
  at,
  lead = "",
  also,
}: {
  at: string;
  lead?: string;
  also?: (exact: (at: string) => string) => string;
}) {
  return (
    <time
      dateTime={at}
      onPointerEnter={(event) => {
        tell(event);
        if (also !== undefined) event.currentTarget.title += `\n${also(exact)}`;
      }}
    >
      {lead}
      {ago(at, nowBeside([at]))}
    </time>
  );
}

/** Seconds are told of what is less than a minute away. */
const BY_SECONDS_MS = 60_000;

/** Milliseconds since 1970, and anew as often as words about these change: only what is told by seconds costs more. */
function nowBeside(times: readonly string[]): number {
  const nowMs = Math.max(now.value, Date.now());
  const areSeconds = times.some((at) => Math.abs(nowMs - Date.parse(at)) < BY_SECONDS_MS);
  return areSeconds ? Math.max(nowMs, moment.value) : nowMs;
}

/** The day of it, as a heading of what was told then. @param at RFC 3339 */
export function dayAt(at: string): string {
  return dayWord(at, new Date(Math.max(now.value, Date.now())), inZone());
}

/** A time to come, in the reader's own zone. */
export function Until({ at }: { at: string }) {
  return (
    <time dateTime={at}>
      {new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short", ...inZone() })}
    </time>
  );
}

/** RFC 3339 in UTC, as the daemon's sentences have it. */
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A sentence whose times are in the reader's own zone, and exact to whoever asks. */
export function Timed({ text }: { text: string }) {
  const times = text.match(TIME);
  if (times === null) return <>{text}</>;
  return (
    <>
      {text.split(TIME).map((part, at) => {
        const time = times[at];
        return (
          <Fragment key={`${at} ${part}`}>
            {part}
            {time !== undefined && (
              <time dateTime={time} onPointerEnter={tell}>
                {clock(time)}
              </time>
            )}
          </Fragment>
        );
      })}
    </>
  );
}

/** The same as text alone, where nobody can point at a part of it. */
export function inClock(text: string): string {
  return text.replace(TIME, clock);
}

/** A sentence of now whose times are said from now: `for 25 min`, and exact to whoever asks. */
export function FromNow({ text }: { text: string }) {
  const parts = relativeTimes(text, nowBeside(text.match(TIME) ?? []));
  return (
    <>
      {parts.map(({ text: words, at }, place) =>
        at === undefined ? (
          <Fragment key={`${place} ${words}`}>{words}</Fragment>
        ) : (
          <time key={`${place} ${at}`} dateTime={at} onPointerEnter={tell}>
            {words}
          </time>
        ),
      )}
    </>
  );
}

/** `14:03:05`, with its day where that is not today. */
function clock(at: string): string {
  const date = new Date(at);
  const dayOf = (one: Date): string => one.toLocaleDateString("en-GB", inZone());
  const isToday = dayOf(date) === dayOf(new Date(Math.max(now.value, Date.now())));
  return date.toLocaleString(undefined, {
    ...(isToday ? {} : { dateStyle: "medium" }),
    ...{ timeStyle: "medium", ...inZone() },
  });
}

/** Said once somebody asks: a browser's first date in words takes longer than all rows of a list. */
function tell({ currentTarget }: { currentTarget: HTMLTimeElement }): void {
  currentTarget.title = exact(currentTarget.dateTime);
}

function exact(at: string): string {
  return new Date(at).toLocaleString(undefined, {
    ...{ dateStyle: "medium", timeStyle: "long" },
    ...inZone(),
  });
}
