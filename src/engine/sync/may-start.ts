import { isPaused, PAUSED } from "../../core/model/paused.ts";
import { refuseUnsupported, toleranceOf, unsupportedOf } from "../../core/plan/unsupported.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";

/** Who wants to start an operation: a person, an automated decision, or the retry of one that failed. */
export type StartedBy = "a person" | "an automated sync" | "a retry";

export type MayStart = { may: "start" } | { may: "not"; why: string };

/**
 * The one question before an operation starts. What the project and the config permit is asked by the snapshot that
 * every operation takes first, and again before each write.
 */
export function mayStart({ spec, operation }: ManagedApplication, by: StartedBy): MayStart {
  if (spec.deleting !== undefined) return { may: "not", why: "the application is being deleted" };
  if (isPaused(spec.app)) return { may: "not", why: PAUSED };
  if (operation.is === "running" || (operation.is === "waiting" && by !== "a person"))
    return { may: "not", why: "another operation is already in progress" };
  return { may: "start" };
}

/**
 * Why what a sync would deliver would not be what is asked for.
 * @returns undefined where it would, or where that is tolerated
 */
export function refuseContent({ app, settings }: Pick<Snapshot, "app" | "settings">): string | undefined {
  return refuseUnsupported(unsupportedOf(app), toleranceOf(app, settings.unsupported));
}
