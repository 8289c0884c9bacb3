/**
 * The five fields of a cron schedule, with the rules of the parser that Argo CD uses (robfig/cron, standard fields): a
 * day of the week is 0 to 6, there are no seconds and no `@daily`, names of months and days count, and days are joined
 * by "or" unless one of the two fields has a star. croner takes more than that (7 for Sunday, `L`, `#`, six fields) and
 * would open a window that the cluster next door refuses.
 *
 * Times are of a wall clock, as milliseconds since 1970-01-01 00:00 on that clock: it knows no zone and no daylight saving.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Between two firings lie at most 8 years: 29 February, around 2100. */
const MOST_DAYS = 8 * 366;

export interface Cron {
  /** The zone that the schedule itself names, as `CRON_TZ=Asia/Tokyo 0 10 * * *`. */
  zone: string | undefined;
  /** Minutes of a day, in order. */
  minutes: readonly number[];
  /** The dates on which it fires, by field, as numbers; `either`: a day that is in one of its two fields is enough. */
  dates: {
    days: ReadonlySet<number>;
    months: ReadonlySet<number>;
    weekDays: ReadonlySet<number>;
    by: "either" | "both";
  };
  firesOn(date: Date): boolean;
}

interface Field {
  name: string;
  from: number;
  to: number;
  names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59 },
  { name: "hour", from: 0, to: 23 },
  { name: "day of the month", from: 1, to: 31 },
  {
    name: "month",
    from: 1,
    to: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  {
    name: "day of the week",
    from: 0,
    to: 6,
    names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
  },
];
const LONGEST_MONTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export type ReadCron = { ok: true; cron: Cron } | { ok: false; problem: string };

export function parseCron(text: string): ReadCron {
  const named = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(text.trim());
  const words = (named?.[2] ?? text).trim().split(/\s+/);
  if (words.length !== FIELDS.length)
    return {
      ok: false,
      problem: `it has ${words.length} of the 5 fields minute, hour, day, month, day of the week`,
    };
  const sets: Values[] = [];
  for (const [at, field] of FIELDS.entries()) {
    const values = readField(words[at] ?? "", field);
    if (typeof values === "string") return { ok: false, problem: values };
    sets.push(values);
  }
  const [minutes, hours, days, months, weekDays] = sets as [Values, Values, Values, Values, Values];
  const either = !days.star && !weekDays.star;
  const comes =
    either ||
    [...months.set].some((month) => [...days.set].some((day) => day <= (LONGEST_MONTHS[month - 1] ?? 0)));
  if (!comes) return { ok: false, problem: "that date never comes" };
  return {
    ok: true,
    cron: {
      zone: named?.[1],
      minutes: [...hours.set]
        .flatMap((hour) => [...minutes.set].map((minute) => hour * 60 + minute))
        .sort((a, b) => a - b),
      dates: {
        ...{ days: days.set, months: months.set, weekDays: weekDays.set },
        by: either ? "either" : "both",
      },
      firesOn(date) {
        if (!months.set.has(date.getUTCMonth() + 1)) return false;
        const day = days.set.has(date.getUTCDate());
        const weekDay = weekDays.set.has(date.getUTCDay());
        return either ? day || weekDay : day && weekDay;
      },
    },
  };
}

/**
 * @param wall a time of the wall clock
 * @param withinMs how far back it is looked at least
 * @returns the last firing at or before it
 */
export function lastFiring({ minutes, firesOn }: Cron, wall: number, withinMs: number): number | undefined {
  const today = Math.floor(wall / DAY_MS);
  const minute = Math.floor((wall - today * DAY_MS) / MINUTE_MS);
  const first = Math.max(Math.floor((wall - withinMs) / DAY_MS), today - MOST_DAYS);
  for (let day = today; day >= first; day--) {
    if (!firesOn(new Date(day * DAY_MS))) continue;
    const last = day === today ? minutes[countUpTo(minutes, minute) - 1] : minutes.at(-1);
    if (last !== undefined) return day * DAY_MS + last * MINUTE_MS;
  }
  return undefined;
}

/** @param wall a time of the wall clock. @returns the first firing after it */
export function nextFiring({ minutes, firesOn }: Cron, wall: number): number | undefined {
  const today = Math.floor(wall / DAY_MS);
  const minute = Math.floor((wall - today * DAY_MS) / MINUTE_MS);
  for (let day = today; day < today + MOST_DAYS; day++) {
    if (!firesOn(new Date(day * DAY_MS))) continue;
    const first = day === today ? minutes[countUpTo(minutes, minute)] : minutes[0];
    if (first !== undefined) return day * DAY_MS + first * MINUTE_MS;
  }
  return undefined;
}

/** How many of the minutes, which are in order, are not after this one. */
function countUpTo(minutes: readonly number[], minute: number): number {
  let low = 0,
    high = minutes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((minutes[middle] ?? 0) <= minute) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `star`: one of its parts is a star; one with a step is none. */
interface Values {
  set: ReadonlySet<number>;
  star: boolean;
}

/** @returns what is wrong, or its values */
function readField(text: string, field: Field): Values | string {
  const set = new Set<number>();
  let star = false;
  for (const part of text.split(",")) {
    const range = readPart(part, field);
    if (typeof range === "string") return `its ${field.name} ${JSON.stringify(text)} ${range}`;
    const { from, to, step } = range;
    star ||= range.star;
    for (let value = from; value <= to; value += step) set.add(value);
  }
  return { set, star };
}

function readPart(
  part: string,
  field: Field,
): { from: number; to: number; step: number; star: boolean } | string {
  const matched = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
  if (matched === null) return "is no number, list, range or step";
  const [, low = "", high, by] = matched;
  const step = by === undefined ? 1 : Number(by);
  if (step === 0) return "steps by 0";
  const isStar = low === "*" || low === "?";
  if (isStar && high !== undefined) return "is a range of a star";
  const from = isStar ? field.from : numberOf(low, field);
  const to = isStar || (high === undefined && by !== undefined) ? field.to : numberOf(high ?? low, field);
  if (from === undefined || to === undefined || from < field.from || to > field.to)
    return `is not within ${field.from} to ${field.to}`;
  if (from > to) return "ends before it begins";
  return { from, to, step, star: isStar && step === 1 };
}

function numberOf(word: string, { from, names }: Field): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  const at = names?.indexOf(word.toLowerCase()) ?? -1;
  return at < 0 ? undefined : at + from;
}
