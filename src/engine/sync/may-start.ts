import { type DaemonPause, endOfPause, sayPause } from "../../core/model/daemon-pause.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import { isPaused, PAUSED } from "../../core/model/paused.ts";
import { refuseUnsupported, toleranceOf, unsupportedOf } from "../../core/plan/unsupported.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";

/** Who wants to start an operation: a person, an automated decision, or the retry of one that failed. */
export type StartedBy = "a person" | "an automated sync" | "a retry";

export type MayStart = { may: "start" } | { may: "not"; why: string };

/**
 * The one question before an operation starts. What the project and the config permit is asked by the snapshot that
 * every operation takes first, and again before each write.
 * @param pause of the whole daemon, see `pauseFor`
 */
export function mayStart(
  { key, spec, operation }: ManagedApplication,
  by: StartedBy,
  pause: DaemonPause | undefined,
): MayStart {
  if (spec.deleting !== undefined) return { may: "not", why: `the application ${key} is being deleted` };
  if (isPaused(spec.app)) return { may: "not", why: PAUSED };
  if (pause !== undefined) return { may: "not", why: refusalOf(pause) };
  if (operation.is === "running" || (operation.is === "waiting" && by !== "a person"))
    return { may: "not", why: "another operation is already in progress" };
  return { may: "start" };
}

/** To a person, with what to do. */
export function refusalOf(pause: DaemonPause): string {
  return `${sayPause(pause)}. ${endOfPause(pause)}, and ask again`;
}

/** What stands in the way of a sync as a whole: a rehearsal writes nothing, and without deletions the rest of it is done. */
export function pauseFor(
  { dryRun }: Pick<SyncRequest, "dryRun">,
  { paused }: Pick<EnginePorts, "paused">,
): DaemonPause | undefined {
  const pause = dryRun === true ? undefined : paused();
  return pause?.of === "writes" ? pause : undefined;
}

/**
 * Why what a sync would deliver would not be what is asked for.
 * @returns undefined where it would, or where that is tolerated
 */
export function refuseContent({ app, settings }: Pick<Snapshot, "app" | "settings">): string | undefined {
  return refuseUnsupported(unsupportedOf(app), toleranceOf(app, settings.unsupported));
}
