import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import type { RefKey } from "../model/object-ref.ts";

/** One object that drifted, or was healed. `fields` is equal for the same fields of the object. */
export interface Drift {
  key: RefKey;
  fields: string;
}

export interface Heal extends Drift {
  /** Milliseconds since 1970. */
  at: number;
}

/** A drift of the same fields this soon after their heal means that the heal did not hold. */
const HOLD_MS = 300_000;
/** Once or twice is a person trying it out; from the third time on it is somebody who fights for the field. */
const FREE_HEALS = 2;
const PAUSES: Backoff = { firstMs: 2_000, mostMs: 300_000, factor: 3 };

/**
 * Pause before the next heal of the same fields. Only heals that did not hold count: what happened to other fields or
 * objects, or longer ago, never delays a heal.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds, 0 for at once
 */
export function healBackoffMs(heals: readonly Heal[], drift: Drift, now: number): number {
  const times = heals
    .filter(({ key, fields }) => key === drift.key && fields === drift.fields)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  let failed = 0,
    last = 0;
  for (const at of times) {
    failed = at - last > HOLD_MS + pauseMs(failed) ? 1 : failed + 1;
    last = at;
  }
  // A heal waits for its pause, and only then for somebody to undo it: both belong to the fight.
  if (now - last > HOLD_MS + pauseMs(failed)) return 0;
  return Math.max(0, last + pauseMs(failed) - now);
}

/** After so many heals that did not hold. */
function pauseMs(failed: number): number {
  return failed < FREE_HEALS ? 0 : backoffMs(failed - FREE_HEALS + 1, PAUSES);
}

/** Heals that can still matter. */
export function recentHeals(heals: readonly Heal[], now: number): Heal[] {
  // As many as lead to the longest pause, each at its longest distance from the one before.
  return heals.filter(({ at }) => now - at <= (HOLD_MS + PAUSES.mostMs) * 8);
}
