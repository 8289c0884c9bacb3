/** The activity as a table for spreadsheets: RFC 4180, which no cell of runs as a formula. */
import type { ActivityEntry } from "../model/activity.ts";

/** The first line. */
export const CSV_HEAD = [
  ...["entry", "at", "actor", "action", "application", "project", "object", "outcome", "why", "reason"],
  ...["address", "count", "before", "after", "hash"],
] as const;

/** @returns with its line end */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

export function csvOf(entry: ActivityEntry): string {
  const { seq, at, actor, action, app, project, object, outcome, reason, from, count, before, after, hash } =
    entry;
  const named =
    object === undefined
      ? ""
      : `${object.kind} ${[object.namespace, object.name].filter((part) => part !== undefined).join("/")}`;
  return csvLine([
    ...[String(seq), at, actor, action, app ?? "", project ?? "", named, outcome.is],
    ...[outcome.is === "done" ? "" : outcome.why, reason ?? "", from?.address ?? "", String(count ?? "")],
    ...[jsonOf(before), jsonOf(after), hash],
  ]);
}

function jsonOf(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value);
}

/**
 * Spreadsheets take what begins with one of these for a formula, also within quotes and after blanks, and run it (OWASP, CSV
 * injection): an apostrophe before it makes it text.
 */
function cellOf(text: string): string {
  const safe = /^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n'\s]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
