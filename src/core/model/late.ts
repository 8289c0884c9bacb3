/** What waits for so long that nobody should count on its end by itself. */
import type { ListedApplication } from "./listed-application.ts";

/** As Kubernetes has it where a Deployment says no deadline of its own. */
const LATE_AFTER_MS = 10 * 60_000;

/** As a run says it: `waiting for healthy state of … since 2026-11-23T04:00:00Z and 2 more`. */
const WAITS = /^waiting for .* since (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/s;

/**
 * Since when an application waits, where that is for longer than it should: its run for one thing, or, where none runs, its
 * objects to get well.
 *
 * @returns RFC 3339; undefined where it does not wait, or not for long yet
 */
export function lateSince({ status, operation }: ListedApplication, nowMs: number): string | undefined {
  const { phase, message = "" } = status?.operationState ?? {};
  const runs = phase === "Running" || phase === "Terminating" || operation !== undefined;
  const { status: word, lastTransitionTime } = status?.health ?? {};
  // What a run has begun to mend is given its time.
  const since = runs ? WAITS.exec(message)?.[1] : word === "Progressing" ? lastTransitionTime : undefined;
  return since !== undefined && nowMs - Date.parse(since) > LATE_AFTER_MS ? since : undefined;
}
