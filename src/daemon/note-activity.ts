import type { Asking } from "../api/asking.ts";
import type { ActivityNote } from "../core/model/activity.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Journal } from "../core/ports/journal.ts";
import type { Log } from "../core/ports/log.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";

/** What is said beside a deed: of the request that it is done for, and of no other that is worked on at the same time. */
export function aroundOf(
  asking: Asking | undefined,
  actor: string,
): Pick<ActivityNote, "who" | "from" | "reason"> {
  if (asking === undefined || asking.actor !== actor) return {};
  const { who, from, reason } = asking;
  return defined({ who, from, reason });
}

/** Refusals of the API, as entries. One that cannot be written down is refused all the same. */
export function refusalsInto(
  journal: Pick<Journal, "attempt">,
  clock: Clock,
  log: Log,
): (refused: Omit<ActivityNote, "at">) => void {
  let isSaid = false;
  return (refused) => {
    try {
      journal.attempt({ at: timestamp(clock.now()), ...refused });
      isSaid = false;
    } catch (cause) {
      if (!isSaid) log.warn("what is refused cannot be written down", { why: messageOf(cause) });
      isSaid = true;
    }
  };
}
