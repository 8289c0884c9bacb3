/** Layouts of Go's times, which are how one moment would be written: https://pkg.go.dev/time#Layout */
import { isTimeZone, zoneOffsetMs } from "../../lib/time-zone.ts";
import { fixedZone, SECOND, Time, UTC, type Wall, type Zone } from "./time.ts";

export const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];
export const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** The longest first, as they are looked for. */
const PARTS =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|Z07:00:00|Z07:00|Z0700|Z070000|Z07|-07:00:00|-070000|-07:00|-0700|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|__2|002|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g;

const two = (value: number): string => String(value).padStart(2, "0");

export function format(wall: Wall, layout: string): string {
  return layout.replace(PARTS, (part) => formatPart(wall, part));
}

/** As Go prints one that nobody gave a layout. */
export function showTime(time: Time): string {
  return format(time.wall(), "2006-01-02 15:04:05.999999999 -0700 MST");
}

function formatPart(wall: Wall, part: string): string {
  const twelve = wall.hour % 12 === 0 ? 12 : wall.hour % 12;
  switch (part) {
    case "January":
      return MONTHS[wall.month - 1] ?? "";
    case "Jan":
      return (MONTHS[wall.month - 1] ?? "").slice(0, 3);
    case "Monday":
      return WEEKDAYS[wall.weekday] ?? "";
    case "Mon":
      return (WEEKDAYS[wall.weekday] ?? "").slice(0, 3);
    case "MST":
      return wall.zone.name === "" ? offset(wall.zone.seconds, "-0700") : wall.zone.name;
    case "2006":
      return String(wall.year).padStart(4, "0");
    case "06":
      return two(wall.year % 100);
    case "01":
      return two(wall.month);
    case "1":
      return String(wall.month);
    case "02":
      return two(wall.day);
    case "_2":
      return String(wall.day).padStart(2, " ");
    case "2":
      return String(wall.day);
    case "002":
      return String(wall.yearDay).padStart(3, "0");
    case "__2":
      return String(wall.yearDay).padStart(3, " ");
    case "15":
      return two(wall.hour);
    case "03":
      return two(twelve);
    case "3":
      return String(twelve);
    case "04":
      return two(wall.minute);
    case "4":
      return String(wall.minute);
    case "05":
      return two(wall.second);
    case "5":
      return String(wall.second);
    case "PM":
      return wall.hour < 12 ? "AM" : "PM";
    case "pm":
      return wall.hour < 12 ? "am" : "pm";
  }
  if (part.startsWith("Z") || part.startsWith("-")) return offset(wall.zone.seconds, part);
  return fraction(wall.ns, part);
}

function offset(seconds: number, part: string): string {
  if (part.startsWith("Z") && seconds === 0) return "Z";
  const ahead = Math.abs(seconds);
  const parts = [Math.floor(ahead / 3_600), Math.floor((ahead % 3_600) / 60), ahead % 60].map(two);
  const shown = part.replaceAll(/[^0-9]/g, "").length / 2;
  return (seconds < 0 ? "-" : "+") + parts.slice(0, shown).join(part.includes(":") ? ":" : "");
}

function fraction(ns: number, part: string): string {
  const digits = String(ns)
    .padStart(9, "0")
    .slice(0, part.length - 1);
  if (part.charAt(1) === "0") return part.charAt(0) + digits.padEnd(part.length - 1, "0");
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : part.charAt(0) + kept;
}

/** What a text said so far. */
interface Read {
  year: number;
  month: number;
  day: number;
  yearDay?: number;
  hour: number;
  minute: number;
  second: number;
  ns: number;
  half?: "am" | "pm";
  offset?: number;
  zone?: string;
}

const PATTERNS: Readonly<Record<string, RegExp>> = {
  name: new RegExp(MONTHS.join("|"), "iy"),
  shortMonth: new RegExp(MONTHS.map((name) => name.slice(0, 3)).join("|"), "iy"),
  weekday: new RegExp(WEEKDAYS.join("|"), "iy"),
  shortWeekday: new RegExp(WEEKDAYS.map((name) => name.slice(0, 3)).join("|"), "iy"),
  four: /\d{4}/y,
  three: /\d{3}/y,
  two: /\d{2}/y,
  "one or two": /\d{1,2}/y,
  spaced: / ?\d{1,3}/y,
  half: /[AP]M/y,
  "small half": /[ap]m/y,
  abbreviation: /[A-Z]{3,5}|[+-]\d{2}(?:\d{2})?/y,
  fraction: /[.,]\d{1,9}/y,
};
const TWO_DIGITS = ["01", "02", "03", "04", "05", "06", "15"];

function patternOf(part: string): RegExp {
  const named: Readonly<Record<string, string>> = {
    ...{ January: "name", Jan: "shortMonth", Monday: "weekday", Mon: "shortWeekday", MST: "abbreviation" },
    ...{ "2006": "four", "002": "three", _2: "spaced", __2: "spaced", PM: "half", pm: "small half" },
  };
  const name =
    named[part] ?? (TWO_DIGITS.includes(part) ? (part === "15" ? "one or two" : "two") : undefined);
  if (name !== undefined) return PATTERNS[name] ?? /(?!)/y;
  if (/^[1-5]$/.test(part)) return PATTERNS["one or two"] ?? /(?!)/y;
  if (/^[.,]/.test(part)) return PATTERNS["fraction"] ?? /(?!)/y;
  const digits = part.replace(/^[Z-]/, "").replace(/\d\d/g, "\\d{2}");
  return new RegExp(part.startsWith("Z") ? `Z|[+-]${digits}` : `[+-]${digits}`, "y");
}

/** @param zone where the text names none @returns undefined where it is not written so, or no day of a calendar */
export function parseTime(text: string, layout: string, zone: Zone = UTC): Time | undefined {
  const read: Read = { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, ns: 0 };
  let at = 0;
  let from = 0;
  const skip = (literal: string): boolean => {
    if (!text.startsWith(literal, at)) return false;
    at += literal.length;
    return true;
  };
  for (const { 0: part, index } of layout.matchAll(PARTS)) {
    if (!skip(layout.slice(from, index))) return undefined;
    from = index + part.length;
    const pattern = patternOf(part);
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    // A fraction of nines may be left out.
    if (found === undefined && /^[.,]9/.test(part)) continue;
    if (found === undefined) return undefined;
    at += found.length;
    take(read, part, found);
    // A fraction after seconds counts, whether the layout has one or not.
    if (part === "05" || part === "5") {
      const rest = PATTERNS["fraction"] ?? /(?!)/y;
      rest.lastIndex = at;
      const more = /^[.,]/.test(layout.slice(from)) ? undefined : rest.exec(text)?.[0];
      if (more !== undefined) {
        take(read, ".9", more);
        at += more.length;
      }
    }
  }
  if (!skip(layout.slice(from)) || at !== text.length) return undefined;
  return momentOf(read, zone);
}

function take(read: Read, part: string, found: string): void {
  const number = Number(found);
  if (part === "January" || part === "Jan")
    read.month =
      MONTHS.findIndex((name) => name.slice(0, 3).toLowerCase() === found.slice(0, 3).toLowerCase()) + 1;
  else if (part === "2006") read.year = number;
  else if (part === "06") read.year = number + (number >= 69 ? 1900 : 2000);
  else if (part === "01" || part === "1") read.month = number;
  else if (part === "02" || part === "2" || part === "_2") read.day = number;
  else if (part === "002" || part === "__2") read.yearDay = number;
  else if (part === "15") read.hour = number;
  else if (part === "03" || part === "3") read.hour = number;
  else if (part === "04" || part === "4") read.minute = number;
  else if (part === "05" || part === "5") read.second = number;
  else if (part === "PM" || part === "pm") read.half = found.toLowerCase() === "am" ? "am" : "pm";
  else if (part === "MST") read.zone = found;
  else if (/^[.,]/.test(part)) read.ns = Number(found.slice(1).padEnd(9, "0"));
  else if (part.startsWith("Z") || part.startsWith("-")) read.offset = offsetOf(found);
}

function offsetOf(text: string): number {
  if (text === "Z") return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d\d/g) ?? []).map(Number);
  return (text.startsWith("-") ? -1 : 1) * (hours * 3_600 + minutes * 60 + seconds);
}

function momentOf(read: Read, zone: Zone): Time | undefined {
  let { hour, month, day } = read;
  if (read.half === "pm" && hour < 12) hour += 12;
  if (read.half === "am" && hour === 12) hour = 0;
  if (read.yearDay !== undefined) [month, day] = [1, read.yearDay];
  const date = new Date(0);
  date.setUTCFullYear(read.year, month - 1, day);
  date.setUTCHours(hour, read.minute, read.second);
  const isDay =
    read.yearDay === undefined
      ? date.getUTCMonth() === month - 1 && date.getUTCDate() === day
      : date.getUTCFullYear() === read.year;
  if (!isDay || hour > 23 || read.minute > 59 || read.second > 59) return undefined;
  const wallNs = BigInt(date.getTime()) * 1_000_000n + BigInt(read.ns);
  if (read.offset !== undefined) {
    const isUtc = read.offset === 0;
    return new Time(wallNs - BigInt(read.offset) * SECOND, isUtc ? UTC : fixedZone(read.offset, read.zone));
  }
  // An abbreviation says no offset that all agree on: with Go it is none, unless it is UTC.
  if (read.zone !== undefined && read.zone !== "UTC") return new Time(wallNs, fixedZone(0, read.zone));
  const guess = zone.ahead(date.getTime()).seconds;
  const again = zone.ahead(date.getTime() - guess * 1_000).seconds;
  return new Time(wallNs - BigInt(again) * SECOND, zone);
}

/** @param name of the tz database @returns undefined where there is none of that name */
export function zoneNamed(name: string): Zone | undefined {
  if (name === "" || name === "UTC") return UTC;
  if (name.length > 64 || !isTimeZone(name)) return undefined;
  return {
    name,
    ahead: (ms) => ({ seconds: Math.round(zoneOffsetMs(name, ms) / 1_000), name: "" }),
  };
}
