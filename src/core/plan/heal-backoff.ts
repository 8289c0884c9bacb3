import { type Backoff, backoffMs } from "../../lib/backoff.ts";
import type { FieldSetter } from "../model/comparison.ts";
import type { RefKey } from "../model/object-ref.ts";

/** One object that drifted, or was healed. */
export interface Drift {
  key: RefKey;
  /** Paths of the fields that differ, a line each, equal for the same fields; or one of `WHOLE`; "" where it is not known. */
  fields: string;
  /** Who set them, where that was asked. */
  setters?: readonly FieldSetter[];
  /** `no`: the API server keeps another value, whoever applies what Git says. Default yes. */
  applyHelps?: "yes" | "no";
}

export interface Heal extends Drift {
  /** Milliseconds by a clock that is never set. */
  at: number;
}

/** What differs of an object that is not a field: it is not there, is not wanted, or is as Git wants it and not ours. */
const WHOLE = { missing: "missing", extra: "extra", same: "same" } as const;

/** A drift of the same fields this soon after their heal means that the heal did not hold. */
const HOLD_MS = 300_000;
/** Once or twice is a person trying it out; from the third time on it is somebody who fights for the field. */
const FREE_HEALS = 2;
const PAUSES: Backoff = { firstMs: 2_000, mostMs: 300_000, factor: 3 };
/** Of one object. Whoever sets other fields each time is healed at once, and would be remembered without end. */
const MOST_OF_ONE = 32;

export function pathsOf(fields: string): string[] {
  return fields.split("\n");
}

export function isMissing(fields: readonly string[]): boolean {
  return fields.includes(WHOLE.missing);
}

export function isExtra(fields: readonly string[]): boolean {
  return fields.includes(WHOLE.extra);
}

/** It differs in nothing that has a name: what is there is not ours, or it is not known what. */
export function isNotOurs(fields: readonly string[]): boolean {
  return fields.every((path) => path === WHOLE.same || path === "");
}

/**
 * Pause before the next heal of the same fields. Only heals that did not hold count: what happened to other fields or
 * objects, or longer ago, never delays a heal.
 *
 * @param ticks as `Heal.at` counts
 * @returns milliseconds, 0 for at once
 */
export function healBackoffMs(heals: readonly Heal[], drift: Drift, ticks: number): number {
  const times = heals
    .filter(({ key, fields }) => key === drift.key && fields === drift.fields)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  let failed = 0,
    last = -Infinity;
  for (const at of times) {
    failed = at - last > HOLD_MS + pauseMs(failed) ? 1 : failed + 1;
    last = at;
  }
  // A heal waits for its pause, and only then for somebody to undo it: both belong to the fight.
  if (ticks - last > HOLD_MS + pauseMs(failed)) return 0;
  return Math.max(0, last + pauseMs(failed) - ticks);
}

/** After so many heals that did not hold. */
function pauseMs(failed: number): number {
  return failed < FREE_HEALS ? 0 : backoffMs(failed - FREE_HEALS + 1, PAUSES);
}

/** Heals of one object that can still matter, the last ones. */
export function recentHeals(heals: readonly Heal[], ticks: number): Heal[] {
  // As many as lead to the longest pause, each at its longest distance from the one before.
  return heals.filter(({ at }) => ticks - at <= (HOLD_MS + PAUSES.mostMs) * 8).slice(-MOST_OF_ONE);
}
