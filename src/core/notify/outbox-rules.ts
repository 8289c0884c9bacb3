import { backoffMs } from "../../lib/backoff.ts";
import type { OutboxItem } from "../model/notification.ts";

const PAUSES = { firstMs: 5_000, mostMs: 10 * 60_000 };
/** More than these at once are told together, however few were sent before. */
const MOST_SINGLE = 10;
const MINUTE_MS = 60_000;

/** What is to be done for a destination now. */
export type Next =
  | { do: "nothing" }
  | { do: "wait"; untilMs: number }
  | { do: "send"; item: OutboxItem }
  /** All of these as one. */
  | { do: "join"; items: readonly OutboxItem[] };

/**
 * @param waiting of one destination, in order
 * @param sentMs when messages went there lately, the oldest first
 */
export function nextFor(
  waiting: readonly OutboxItem[],
  sentMs: readonly number[],
  nowMs: number,
  { perMinute, storms }: { perMinute: number; storms: "one-message" | "each" },
): Next {
  const [first] = waiting;
  if (first === undefined) return { do: "nothing" };
  // Those behind it wait with it: what is told stays in order.
  if (first.due > nowMs) return { do: "wait", untilMs: first.due };
  if (storms === "each") return { do: "send", item: first };
  const lately = sentMs.filter((at) => nowMs - at < MINUTE_MS && at <= nowMs);
  const [oldest] = lately;
  if (oldest !== undefined && lately.length >= perMinute) return { do: "wait", untilMs: oldest + MINUTE_MS };
  // One that was tried is on its way: the receiver may have it already, so it stays what it is.
  const untried = first.tries === 0 ? waiting : [];
  const isFull = lately.length + 1 >= perMinute;
  if (untried.length > MOST_SINGLE || (isFull && untried.length > 1)) return { do: "join", items: untried };
  return { do: "send", item: first };
}

/** What a try that failed comes to. */
export function afterFailure(
  { tries, at }: Pick<OutboxItem, "tries" | "at">,
  nowMs: number,
  { again, retryAfterMs = 0 }: { again: "later" | "never"; retryAfterMs?: number | undefined },
  giveUpAfterMs: number,
): { is: "later"; due: number } | { is: "dead" } {
  if (again === "never") return { is: "dead" };
  const due = nowMs + Math.max(backoffMs(tries + 1, PAUSES), retryAfterMs);
  return due - Date.parse(at) > giveUpAfterMs ? { is: "dead" } : { is: "later", due };
}

/** So many tries failed in a row that a destination is said to be down. */
export const DOWN_AFTER = 3;
