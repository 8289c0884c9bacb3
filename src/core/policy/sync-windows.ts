/** Whether a project's windows let an application be synced now, and when they will. */
import { ANYWHERE, matchesGlob } from "../../lib/glob.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { readTimes, type SyncWindow, type WindowTimes } from "../model/sync-window.ts";
import { isOpen, nextChange } from "./window-times.ts";

/** What windows are chosen by. */
export interface WindowSubject {
  /** Without its namespace. */
  name: string;
  /** Of the destination. */
  namespace: string;
  server: string;
  clusterName: string;
}

export interface WindowAsk {
  /** Milliseconds since 1970. */
  at: number;
  by: "a person" | "itself";
  /** Of the sync that is on its way, milliseconds since 1970; absent: none is. */
  startedAt?: number;
}

type AskWhen = Pick<WindowAsk, "at" | "by">;

/** `inTheWay`: deny windows that are open, or allow windows that are all closed. */
export type WindowAnswer = { may: "sync" } | { may: "not"; inTheWay: readonly [SyncWindow, ...SyncWindow[]] };

/** Opening and closing that is looked through for an end, before it is taken that there is none. */
const MOST_CHANGES = 2_000;
const known = new WeakMap<SyncWindow, WindowTimes>();
/** An end that was too far away to be seen is looked for again after this. */
const UNSEEN_FOR_MS = 86_400_000;
/** Of each window the change that was found last: between both instants there is none. */
const found = new WeakMap<SyncWindow, { from: number; next: number | undefined }>();

export function windowsFor(
  windows: readonly SyncWindow[] | undefined,
  subject: WindowSubject,
): readonly SyncWindow[] {
  return windows?.filter((window) => isMeant(window, subject)) ?? [];
}

/**
 * The one answer, for a request, a decision and a write alike. A deny that is open counts before all; one allow that is
 * open is enough; where there are allows and all are closed, it waits.
 * @param windows those that are meant, see `windowsFor`
 */
export function askWindows(windows: readonly SyncWindow[], ask: WindowAsk): WindowAnswer {
  const { at, by, startedAt } = ask;
  const denies = windows.filter((window) => window.kind === "deny" && isOpenNow(window, at));
  const allows = windows.filter(({ kind }) => kind === "allow");
  const closed = allows.some((window) => isOpenNow(window, at)) ? [] : allows;
  // A deny that lets a person pass is the last word, whatever the allows say.
  const first = isSome(denies) ? denies : closed;
  if (!isSome(first) || (by === "a person" && first.every(({ manualSync }) => manualSync === true)))
    return { may: "sync" };
  const mayEnd = [...denies, ...closed].every(({ syncOverrun }) => syncOverrun === true);
  if (startedAt !== undefined && mayEnd && askWindows(windows, { at: startedAt, by }).may === "sync")
    return { may: "sync" };
  return { may: "not", inTheWay: first };
}

/**
 * @param windows those that are meant
 * @returns the first instant from `at` on at which it may be synced; undefined where none is to be seen
 */
export function opensAt(windows: readonly SyncWindow[], ask: AskWhen): number | undefined {
  return nextAnswer(windows, ask, "sync");
}

/** @returns the first instant from `at` on at which it may not be synced */
export function closesAt(windows: readonly SyncWindow[], ask: AskWhen): number | undefined {
  return nextAnswer(windows, ask, "not");
}

export function isOpenNow(window: SyncWindow, at: number): boolean {
  return isOpen(timesOf(window), at);
}

/** When a window opens, or closes, next. To find that takes long where firings follow each other without a gap. */
export function changesAt(window: SyncWindow, at: number): number | undefined {
  const last = found.get(window);
  if (last !== undefined && last.from <= at && at < (last.next ?? last.from + UNSEEN_FOR_MS))
    return last.next;
  const next = nextChange(timesOf(window), at);
  found.set(window, { from: at, next });
  return next;
}

/** For people: `deny window "freeze" (0 22 * * * for 8h, Europe/Berlin)`. */
function sayWindow(window: SyncWindow): string {
  const { kind, schedule, duration, timeZone = "", description = "" } = window;
  const name = description === "" ? "" : ` "${description}"`;
  return `${kind} window${name} (${schedule} for ${duration}, ${timeZone === "" ? "UTC" : timeZone})`;
}

/**
 * Why a sync waits, a sentence without a full stop.
 * @param until milliseconds since 1970, see `opensAt`
 */
export function sayClosed(
  project: string,
  [first, ...more]: readonly [SyncWindow, ...SyncWindow[]],
  until: number | undefined,
): string {
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  const is = first.kind === "deny" ? "forbids it" : "is closed";
  const end = until === undefined ? ", and no end of that is to be seen" : ` until ${timestamp(until)}`;
  return `the ${sayWindow(first)}${others} of project ${project} ${is}${end}`;
}

/** A window without any selector means nothing. Source: Argo CD. */
function isMeant(window: SyncWindow, { name, namespace, server, clusterName }: WindowSubject): boolean {
  const matches = (globs: readonly string[] = [], ...texts: string[]) =>
    globs.length === 0
      ? undefined
      : globs.some((glob) => texts.some((text) => matchesGlob(glob, text, ANYWHERE)));
  const set = [
    matches(window.applications, name),
    matches(window.namespaces, namespace),
    matches(window.clusters, server, clusterName),
  ].filter((matched) => matched !== undefined);
  if (set.length === 0) return false;
  return window.andOperator === true ? set.every((matched) => matched) : set.some((matched) => matched);
}

function nextAnswer(
  windows: readonly SyncWindow[],
  { at: from, by }: AskWhen,
  wanted: WindowAnswer["may"],
): number | undefined {
  let at = from;
  let changing = windows.map((window) => ({ window, next: changesAt(window, at) }));
  for (let changes = 0; changes < MOST_CHANGES; changes++) {
    if (askWindows(windows, { at, by }).may === wanted) return at;
    // One of which no end is to be seen is not asked at each change of the others.
    changing = changing.filter(({ next }) => next !== undefined);
    if (changing.length === 0) return undefined;
    const now = Math.min(...changing.map(({ next = 0 }) => next));
    for (const one of changing) if (one.next === now) one.next = changesAt(one.window, now);
    at = now;
  }
  return undefined;
}

function isSome<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0;
}

/** @throws {RangeError} where it is none; a project with such a window was refused when it was read */
function timesOf(window: SyncWindow): WindowTimes {
  const had = known.get(window);
  if (had !== undefined) return had;
  const read = readTimes(window);
  if (!read.ok) throw new RangeError(`the ${window.kind} window's ${read.field} ${read.problem}`);
  known.set(window, read.times);
  return read.times;
}
