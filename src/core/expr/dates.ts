import { type Arguments, type Builtin, table } from "./arguments.ts";
import { parseTime, zoneNamed } from "./layout.ts";
import { parseDuration, Time, UTC, type Zone } from "./time.ts";
import type { Value } from "./values.ts";
import { Wrong } from "./wrong.ts";

/** As times are written where nobody says how. */
const LAYOUTS = [
  ...["2006-01-02", "15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00"],
  ...["02 Jan 06 15:04 MST", "Monday, 02-Jan-06 15:04:05 MST", "Mon, 02 Jan 2006 15:04:05 MST"],
];

export const dates: readonly (readonly [string, Builtin])[] = table([
  ["now", 0, 0, (args) => new Time(args.budget.now())],
  ["duration", 1, 1, (args) => durationOf(args.text(0))],
  ["date", 1, 3, date],
]);

/** @throws {Wrong} */
function durationOf(text: string): Value {
  const read = parseDuration(text);
  if (read !== undefined) return read;
  throw new Wrong(`${JSON.stringify(text.slice(0, 40))} is no duration`, undefined, "Write it like 1h30m");
}

function date(args: Arguments): Value {
  const text = args.text(0);
  args.budget.spend(30);
  const zone = args.has(2) ? zoneOf(args.text(2)) : UTC;
  for (const layout of args.has(1) ? [args.text(1)] : LAYOUTS) {
    const time = text.length + layout.length > 400 ? undefined : parseTime(text, layout, zone);
    if (time?.isKnown === true || (time !== undefined && layout === "15:04:05")) return time;
  }
  throw new Wrong(
    `${JSON.stringify(text.slice(0, 40))} is no date`,
    undefined,
    "Write it like 2026-01-31T12:00:00Z, or say its layout",
  );
}

/** @throws {Wrong} */
function zoneOf(name: string): Zone {
  const zone = zoneNamed(name);
  if (zone !== undefined) return zone;
  throw new Wrong(
    `there is no time zone ${JSON.stringify(name.slice(0, 40))}`,
    undefined,
    "Write it like Europe/Zurich",
  );
}
