import type { Application } from "../../core/model/application.ts";
import { type DaemonPause, endOfPause, sayPause } from "../../core/model/daemon-pause.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Operation, SyncRequest } from "../../core/model/operation.ts";
import { isPaused, PAUSED } from "../../core/model/paused.ts";
import { refuseUnsupported, toleranceOf, unsupportedOf } from "../../core/plan/unsupported.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import type { ClosedWindows } from "./sync-windows.ts";

/** Who wants to start an operation: a person, an automated decision, or the retry of one that failed. */
export type StartedBy = "a person" | "an automated sync" | "a retry";

export type MayStart = { may: "start" } | { may: "not"; why: string };

/**
 * The one question before an operation starts. What the project and the config permit is asked by the snapshot that
 * every operation takes first, and again before each write.
 * @param refusal what stands in its way beside the application itself, see `refusalFor`
 */
export function mayStart(
  { key, spec, operation }: ManagedApplication,
  by: StartedBy,
  refusal: string | undefined,
): MayStart {
  const going = goingAway({ key, spec });
  if (going !== undefined) return { may: "not", why: going };
  if (isPaused(spec.app)) return { may: "not", why: PAUSED };
  if (refusal !== undefined) return { may: "not", why: refusal };
  if (operation.is === "running" || (operation.is === "waiting" && by !== "a person"))
    return { may: "not", why: "another operation is already in progress" };
  return { may: "start" };
}

type Going = Pick<ManagedApplication, "key" | "spec">;

/** @returns why nothing of it is begun any more */
export function goingAway({ key, spec }: Going): string | undefined {
  return spec.deleting === undefined ? undefined : `the application ${key} is being deleted`;
}

/** A plan of what would be refused anyway is none. @throws {Failure} conflict where it is being deleted */
export function refuseGoing(managed: Going, cannot: string): void {
  const why = goingAway(managed);
  if (why === undefined) return;
  const fix = "Wait until it is gone, and make it anew; one that went with its file comes back with it";
  throw new Failure("conflict", `Application ${managed.key}`, "after-edit", { cannot, why, fix });
}

/** Who pauses the daemon, or which window is closed, to whoever asks for a sync. */
export function refusalFor(
  app: Application,
  operation: Pick<Operation, "initiatedBy"> & { sync: Pick<SyncRequest, "dryRun"> },
  ports: Pick<EnginePorts, "paused" | "closedFor">,
): string | undefined {
  const pause = pauseFor(operation.sync, ports);
  if (pause !== undefined) return refusalOf(pause);
  const closed = closedTo(app, operation, ports);
  if (closed === undefined) return undefined;
  const again = closed.opensAt === undefined ? "What" : "Ask again then; what";
  return `${closed.why}. ${again} opens when: holdfast project window list ${app.spec.project}`;
}

/** The project's windows that stand in the way of a sync now; a rehearsal writes nothing. */
export function closedTo(
  app: Application,
  { sync, initiatedBy }: Pick<Operation, "initiatedBy"> & { sync: Pick<SyncRequest, "dryRun"> },
  { closedFor }: Pick<EnginePorts, "closedFor">,
  startedAt?: string,
): ClosedWindows | undefined {
  if (sync.dryRun === true) return undefined;
  const by = initiatedBy?.automated === true ? "itself" : "a person";
  return closedFor(app, { by, ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }) });
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
