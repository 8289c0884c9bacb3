import { type Cron, parseCron } from "../../lib/cron.ts";
import { parseDurationMs } from "../../lib/duration.ts";
import { isTimeZone } from "../../lib/time-zone.ts";

/** A window of an AppProject as its user wrote it. */
export interface SyncWindow {
  kind: "allow" | "deny";
  /** Five fields, see `lib/cron.ts`. */
  schedule: string;
  /** A Go duration. */
  duration: string;
  /** Globs. One list that matches is enough; with `andOperator` all that are set must. */
  applications?: string[];
  /** Of the destination. */
  namespaces?: string[];
  /** By server or by name. */
  clusters?: string[];
  andOperator?: boolean;
  /** A person's sync passes, where all windows that stand in its way have this. */
  manualSync?: boolean;
  /** A sync that began while it was permitted ends, where all windows that stand in its way have this. */
  syncOverrun?: boolean;
  /** Default UTC. */
  timeZone?: string;
  description?: string;
}

/** When a window is open: for so long from each firing, on the wall clock of its zone. */
export interface WindowTimes {
  cron: Cron;
  durationMs: number;
  zone: string;
}

/** A window's times, or what is wrong with which field. `notes` are said and change nothing. */
export type ReadTimes =
  | { ok: true; times: WindowTimes; unknownZone: string | undefined }
  | { ok: false; field: "schedule" | "duration" | "timeZone"; problem: string };

const UTC = "UTC";

export function readTimes({ schedule, duration, timeZone = "" }: SyncWindow): ReadTimes {
  const read = parseCron(schedule);
  if (!read.ok) return { ok: false, field: "schedule", problem: `is no schedule: ${read.problem}` };
  // A bare number counts seconds elsewhere; Go knows none but 0.
  const durationMs = /\d$/.test(duration) ? undefined : parseDurationMs(duration);
  if (durationMs === undefined)
    return { ok: false, field: "duration", problem: `is no duration, as 90m or 1h30m: ${duration}` };
  if (durationMs === 0)
    return { ok: false, field: "duration", problem: "is 0, so that it would never be open" };
  const own = read.cron.zone;
  if (own !== undefined && timeZone !== "")
    return { ok: false, field: "timeZone", problem: "is said twice, here and in the schedule" };
  if (own !== undefined && !isTimeZone(own))
    return { ok: false, field: "schedule", problem: `is no schedule: there is no time zone ${own}` };
  const isKnown = timeZone === "" || isTimeZone(timeZone);
  return {
    ok: true,
    times: { cron: read.cron, durationMs, zone: own ?? (isKnown && timeZone !== "" ? timeZone : UTC) },
    unknownZone: isKnown ? undefined : timeZone,
  };
}

/** Two windows of one identity are one written twice. Source: Argo CD's hash of a window. */
export function windowIdentity(window: SyncWindow): string {
  const { kind, schedule, duration, applications, namespaces, clusters, timeZone, andOperator } = window;
  return JSON.stringify([
    kind,
    schedule,
    duration,
    applications ?? [],
    namespaces ?? [],
    clusters ?? [],
    timeZone ?? "",
    andOperator ?? false,
  ]);
}
