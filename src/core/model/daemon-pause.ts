import { Failure } from "./failure.ts";

/** What is left undone: deletions alone, or whatever writes to a cluster. */
export type PausedWork = "deletions" | "writes";

/**
 * The whole daemon holds still: for its config, for `HOLDFAST_PAUSE` of its environment, for settings that cannot be read,
 * or for a person who said so to its API. Each holds until whoever set it takes it back.
 */
export type DaemonPause =
  | { of: PausedWork; from: "config" }
  | { of: PausedWork; from: "environment" }
  /** What Argo CD's settings in the home cluster say is not known, so that nothing is done under others. */
  | { of: PausedWork; from: "settings"; why: string }
  /** `since`: RFC 3339. `why`: in the person's words. */
  | { of: PausedWork; from: "api"; by: string; since: string; why: string };

/** The one of them that leaves most undone. */
export function strictest(pauses: readonly DaemonPause[]): DaemonPause | undefined {
  return pauses.find(({ of }) => of === "writes") ?? pauses[0];
}

/** Why something is not done, a sentence without a full stop. */
export function sayPause(pause: DaemonPause): string {
  const what = pause.of === "writes" ? "all writes to clusters are" : "deletions are";
  return `${what} paused in the whole daemon, because ${saidBy(pause)}`;
}

/** What ends it, a sentence without a full stop. */
export function endOfPause({ from }: DaemonPause): string {
  switch (from) {
    case "config":
      return "Set `pause: none` in the config";
    case "environment":
      return "Start the daemon without HOLDFAST_PAUSE";
    case "settings":
      return "Mend what stands in the way; it goes on by itself then";
    case "api":
      return "Resume it: holdfast admin resume";
  }
}

/** To be thrown before a write. */
export function refusedByPause(pause: DaemonPause, object: string, cannot: string): Failure {
  return new Failure("paused", object, "backoff", { cannot, why: sayPause(pause), fix: endOfPause(pause) });
}

function saidBy(pause: DaemonPause): string {
  switch (pause.from) {
    case "config":
      return "`pause` in the config says so";
    case "environment":
      return "HOLDFAST_PAUSE in the daemon's environment says so";
    case "settings":
      return pause.why;
    case "api":
      return `${pause.by} said so at ${pause.since}${pause.why === "" ? "" : ` (${pause.why})`}`;
  }
}
