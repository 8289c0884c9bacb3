/** A cron schedule and how long it holds, in words: `Fridays at 16:00 for 64 hours`. */
import { type Cron, parseCron } from "../../lib/cron.ts";

/** More are no words any more: then the schedule stands as it is written. */
const MOST_NAMED = 4;
const DAY_MINUTES = 1_440;
const WEEK = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

/** Of a window, as somebody wrote it: a project that cannot be used may lack any of it. */
interface WrittenTimes {
  schedule?: string;
  duration?: string;
  timeZone?: string;
}

/** @returns what a window's schedule and duration mean; as they are written where words would be longer, or it cannot be read */
export function timesWords({ schedule = "", duration = "" }: WrittenTimes): string {
  return `${cronWords(schedule) ?? schedule} for ${durationWords(duration)}`;
}

/** The zone whose clock it goes by: its own, or the one that its schedule begins with. */
export function zoneOf({ schedule = "", timeZone = "" }: WrittenTimes): string {
  const read = parseCron(schedule);
  return timeZone || (read.ok ? read.cron.zone : undefined) || "UTC";
}

/** @returns undefined where it cannot be said in a few words */
export function cronWords(schedule: string): string | undefined {
  const read = parseCron(schedule);
  if (!read.ok) return undefined;
  const { minutes, dates } = read.cron;
  const [times, days, months] = [timesOf(minutes), daysOf(dates), monthsOf(dates.months)];
  if (times === undefined || days === undefined || months === undefined) return undefined;
  if (!times.isRepeated) return `${days} ${times.words}${months}`;
  return `${times.words}${days === EVERY_DAY ? "" : `, ${days}`}${months}`;
}

/** @param minutes of a day, rising */
function timesOf(minutes: readonly number[]): { words: string; isRepeated: boolean } | undefined {
  if (minutes.length <= MOST_NAMED) return { words: `at ${listed(minutes.map(clock))}`, isRepeated: false };
  const [first = 0, second = 0] = minutes;
  const step = second - first;
  const isEven =
    minutes.length * step === DAY_MINUTES && minutes.every((minute, at) => minute === first + at * step);
  if (!isEven || (first !== 0 && step !== 60)) return undefined;
  if (step === 60) {
    const words =
      first === 0 ? "every hour" : `every hour at ${first} ${first === 1 ? "minute" : "minutes"} past`;
    return { words, isRepeated: true };
  }
  const words =
    step % 60 === 0 ? `every ${step / 60} hours` : step === 1 ? "every minute" : `every ${step} minutes`;
  return { words, isRepeated: true };
}

const EVERY_DAY = "every day";

function daysOf({ days, weekDays, by }: Cron["dates"]): string | undefined {
  const [areAllDays, isWholeWeek] = [days.size === 31, weekDays.size === WEEK.length];
  if (by === "either" ? areAllDays || isWholeWeek : areAllDays && isWholeWeek) return EVERY_DAY;
  const ofMonth = areAllDays ? "" : dayNumbers(days);
  const ofWeek = isWholeWeek ? "" : weekWords(weekDays);
  if (ofMonth === undefined) return undefined;
  return [ofMonth, ofWeek].filter((words) => words !== "").join(" and ");
}

function dayNumbers(days: ReadonlySet<number>): string | undefined {
  if (days.size > MOST_NAMED) return undefined;
  return `on the ${listed([...days].sort((a, b) => a - b).map(nth))} of the month`;
}

/** `Mondays to Fridays`, the week beginning with its Monday. */
function weekWords(weekDays: ReadonlySet<number>): string {
  const inOrder = [...weekDays].map((day) => (day + 6) % 7).sort((a, b) => a - b);
  const name = (day: number): string => WEEK[(day + 1) % 7] ?? "";
  return ranges(inOrder, name);
}

function monthsOf(months: ReadonlySet<number>): string | undefined {
  if (months.size === MONTHS.length) return "";
  return ` in ${ranges(
    [...months].sort((a, b) => a - b),
    (month) => MONTHS[month - 1] ?? "",
  )}`;
}

/** Three or more that follow each other are said by the first and the last. */
function ranges(values: readonly number[], name: (value: number) => string): string {
  const runs: number[][] = [];
  for (const value of values)
    if (runs.at(-1)?.at(-1) === value - 1) runs.at(-1)?.push(value);
    else runs.push([value]);
  return listed(
    runs.flatMap((run) =>
      run.length < 3 ? run.map(name) : [`${name(run[0] ?? 0)} to ${name(run.at(-1) ?? 0)}`],
    ),
  );
}

/** `64 hours`, `1 hour 30 minutes`, of a Go duration in whole units; as it is written otherwise. */
export function durationWords(text: string): string {
  const parts = [...text.matchAll(/(\d+)(h|m|s)/g)];
  if (parts.map(([part]) => part).join("") !== text || text === "") return text;
  const units: Readonly<Record<string, string>> = { h: "hour", m: "minute", s: "second" };
  const said = parts.flatMap(([, amount = "", unit = ""]) =>
    Number(amount) === 0 ? [] : [`${Number(amount)} ${units[unit]}${Number(amount) === 1 ? "" : "s"}`],
  );
  return said.length === 0 ? text : said.join(" ");
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function clock(minute: number): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function nth(day: number): string {
  const ending =
    day % 10 === 1 && day !== 11
      ? "st"
      : day % 10 === 2 && day !== 12
        ? "nd"
        : day % 10 === 3 && day !== 13
          ? "rd"
          : "th";
  return `${day}${ending}`;
}
