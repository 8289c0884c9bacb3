/**
 * When a window is open. It is open while the wall clock of its zone reads a time within [firing, firing + duration): so
 * a window until six ends at six on the nights when clocks are set, as Argo CD has it. Where Argo CD closes it for the
 * first instant of each firing, it is open here: a freeze of every minute would else let a sync through once a minute.
 */
import { lastFiring, nextFiring } from "../../lib/cron.ts";
import { nextClockChange, zoneOffsetMs } from "../../lib/time-zone.ts";
import type { WindowTimes } from "../model/sync-window.ts";

/** Firings that follow each other without a gap, before it is taken that they go on for ever. */
const MOST_IN_A_ROW = 20_000;

/** @param at milliseconds since 1970 */
export function isOpen(times: WindowTimes, at: number): boolean {
  return isOpenOn(times, at + zoneOffsetMs(times.zone, at));
}

/** @returns the first instant after `at` at which it opens, or closes; undefined where it never does */
export function nextChange(times: WindowTimes, at: number): number | undefined {
  const { zone } = times;
  const before = isOpen(times, at);
  let from = at;
  for (;;) {
    const offset = zoneOffsetMs(zone, from);
    const wall = before ? endOn(times, from + offset) : nextFiring(times.cron, from + offset);
    if (wall === undefined) return undefined;
    const set = nextClockChange(zone, from, wall - offset);
    if (set === undefined) return wall - offset;
    // On a night when clocks are set it may open, close, or be open twice.
    if (isOpen(times, set) !== before) return set;
    from = set;
  }
}

function isOpenOn({ cron, durationMs }: WindowTimes, wall: number): boolean {
  const last = lastFiring(cron, wall, durationMs);
  return last !== undefined && wall < last + durationMs;
}

/** When one that is open ends; firings that come before do not end it. */
function endOn({ cron, durationMs }: WindowTimes, wall: number): number | undefined {
  let end = wall;
  for (let times = 0; times < MOST_IN_A_ROW; times++) {
    const last = lastFiring(cron, end, durationMs);
    if (last === undefined || last + durationMs <= end) return end;
    end = last + durationMs;
  }
  return undefined;
}
