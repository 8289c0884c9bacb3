/** When syncs are allowed, for people: in their own time and in UTC. */

/** As the API tells it. Times are RFC 3339. */
export type Verdict = { may: "sync"; until?: string } | { may: "not"; why: string; until?: string };

export interface WindowLine {
  window: { kind: string; schedule: string; duration: string; timeZone?: string; description?: string };
  is: "open" | "closed";
  changesAt?: string;
}

export interface Windows {
  windows: WindowLine[];
  manual: Verdict;
  automated: Verdict;
}

/** Where the reader is, and when: an IANA zone, and milliseconds since 1970. */
export interface Reader {
  zone: string;
  now: number;
}

/** `06:00, 05:00 UTC`; with the day where it is another one than now: `Tue 1 Dec 06:00 (05:00 UTC)`. @param at RFC 3339 */
export function bothTimes(at: string, { zone, now }: Reader): string {
  const ms = Date.parse(at);
  const [here, there] = [partsIn(zone, ms), partsIn("UTC", ms)];
  const today = partsIn(zone, now).day;
  const words = here.day === today ? here.time : `${here.day} ${here.time}`;
  if (here.day === there.day && here.time === there.time) return `${words} UTC`;
  return `${words} (${here.day === there.day ? "" : `${there.day} `}${there.time} UTC)`;
}

function partsIn(zone: string, ms: number): { day: string; time: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    ...{ timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric" },
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return {
    day: `${parts["weekday"]} ${parts["day"]} ${parts["month"]} ${parts["year"]}`,
    time: `${parts["hour"]}:${parts["minute"]}`,
  };
}

/**
 * One sentence each for automated sync and for people's; one for both where it is the same.
 *
 * @param syncs of one that is synced by hand nothing is said of automated sync
 */
export function windowSentences(
  { manual, automated }: Windows,
  reader: Reader,
  syncs: "automated" | "by-hand",
): string[] {
  const [byThemselves, byPeople] = [verdictWords(automated, reader), verdictWords(manual, reader)];
  if (syncs === "by-hand") return [`Sync by hand is ${byPeople}`];
  if (byThemselves === byPeople) return [`Sync is ${byPeople}`];
  return [`Automated sync is ${byThemselves}`, `Manual sync is ${byPeople}`];
}

function verdictWords(verdict: Verdict, reader: Reader): string {
  const { until } = verdict;
  if (verdict.may === "sync")
    return until === undefined ? "allowed now" : `allowed now, until ${bothTimes(until, reader)}`;
  return until === undefined
    ? "not allowed now, and no window opens in the time that is looked at"
    : `not allowed now; the next window opens at ${bothTimes(until, reader)}`;
}

/** `open, closes 06:00 (05:00 UTC)`; of one that denies, what that means for syncs: `denies nothing now, denies from Fri 4 Dec …`. */
export function standsWords({ window, is, changesAt }: WindowLine, reader: Reader): string {
  if (window.kind === "deny") {
    const now = is === "open" ? "denies now" : "denies nothing now";
    if (changesAt === undefined) return now;
    return `${now}, ${is === "open" ? "until" : "denies from"} ${bothTimes(changesAt, reader)}`;
  }
  if (changesAt === undefined) return is;
  return `${is}, ${is === "open" ? "closes" : "opens"} ${bothTimes(changesAt, reader)}`;
}

/** The first instant at which any of it is another one; undefined where nothing is to be seen. @returns milliseconds since 1970 */
export function nextChange({ windows, manual, automated }: Windows): number | undefined {
  const all = [manual.until, automated.until, ...windows.map(({ changesAt }) => changesAt)];
  const times = all.flatMap((at) => (at === undefined ? [] : [Date.parse(at)]));
  return times.length === 0 ? undefined : Math.min(...times);
}
