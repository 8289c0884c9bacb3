import { Lru } from "./lru.ts";

const HOUR_MS = 3_600_000;
/** No zone changes its clocks twice in less. */
const STEP_MS = 7 * 24 * HOUR_MS;
/** Making one takes far longer than asking it. */
const formats = new Lru<string, Intl.DateTimeFormat>(200);

export function isTimeZone(name: string): boolean {
  try {
    return formatOf(name) instanceof Intl.DateTimeFormat;
  } catch (cause) {
    if (cause instanceof RangeError) return false;
    throw cause;
  }
}

/**
 * How far the wall clock of a zone is ahead of UTC at an instant.
 * @param zone see `isTimeZone`
 * @returns milliseconds; a day in spring or autumn has two answers
 */
export function zoneOffsetMs(zone: string, instant: number): number {
  if (zone === "UTC") return 0;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return wall - Math.floor(instant / 1_000) * 1_000;
}

/** @returns the first instant after `from`, up to `to`, at which the zone's clocks are set; undefined where they are not */
export function nextClockChange(zone: string, from: number, to: number): number | undefined {
  if (zone === "UTC") return undefined;
  const before = zoneOffsetMs(zone, from);
  let low = from;
  while (low < to) {
    let high = Math.min(low + STEP_MS, to);
    if (zoneOffsetMs(zone, high) === before) {
      low = high;
      continue;
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (zoneOffsetMs(zone, middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }
  return undefined;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(timeZone, made);
  return made;
}
