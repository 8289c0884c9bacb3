/** The activity as a table for spreadsheets. */
import { csvLine } from "../../lib/csv.ts";
import type { ActivityEntry } from "../model/activity.ts";

/** The first line. */
export const CSV_HEAD = [
  ...["entry", "at", "actor", "action", "application", "project", "object", "outcome", "why", "reason"],
  ...["address", "count", "before", "after", "hash"],
] as const;

/** @returns a line with its end */
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
