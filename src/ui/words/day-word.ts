/**
 * The day that a row stands under: `Today`, `Yesterday`, or its date in the reader's words.
 * @param at RFC 3339
 * @param zone as the page shows times; `{}` is the reader's own
 */
export function dayWord(at: string, now: Date, zone: { timeZone?: string }): string {
  const date = new Date(at);
  const ago = dayOf(now, zone) - dayOf(date, zone);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const isOfThisYear = yearOf(date, zone) === yearOf(now, zone);
  return date.toLocaleDateString(undefined, {
    ...{ weekday: "long", day: "numeric", month: "long" },
    ...(isOfThisYear ? {} : { year: "numeric" }),
    ...zone,
  });
}

/** Counted in whole days, so that one of 23 or 25 hours is one too. */
function dayOf(date: Date, zone: { timeZone?: string }): number {
  return Date.parse(date.toLocaleDateString("en-CA", zone)) / 86_400_000;
}

function yearOf(date: Date, zone: { timeZone?: string }): string {
  return date.toLocaleDateString("en-CA", { year: "numeric", ...zone });
}
