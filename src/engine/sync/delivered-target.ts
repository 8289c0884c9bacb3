import { revisionsIn } from "../../core/model/hold.ts";
import type { SyncSource } from "../../core/model/operation.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { answeredFor } from "../target/answered-for.ts";
import { targetAt } from "../target/find-target.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";

/** The target that a request names: a revision of its own, or what the application follows. @throws {Failure} */
export async function deliveredTarget(
  managed: ManagedApplication,
  snapshot: Snapshot,
  { sync }: SyncOperation,
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<Target> {
  const {
    target: known,
    inbox,
    memory: { records, standing },
  } = managed;
  // What is made again was in Git once: that Git cannot be asked now must not stand in its way.
  if (sync.undo !== undefined && known?.generation === snapshot.generation) return known;
  const wanted = revisionsIn(sync);
  if (
    known?.generation === snapshot.generation &&
    inbox.look === "nothing" &&
    wanted.every((revision, at) => revision === "" || revisionNamesOf(known)[at] === revision)
  )
    return known;
  // A pass that was under way when a person asked may have begun this: what it knew is older than the asking.
  const look = asksForNewest(sync) ? "latest" : "known";
  // Whoever delivers a commit answers for it; a dry run only shows what it would do.
  const commits = sync.dryRun === true ? answeredFor(managed, snapshot.app, wanted) : "merged";
  const asked = { look, since: inbox.since, known, records, standing, revisions: wanted, commits } as const;
  return targetAt(snapshot, asked, ports, signal);
}

/** Whether a source is to be delivered at whatever it follows: none is named, or "" for one of several. */
export function asksForNewest(sync: SyncSource): boolean {
  const wanted = revisionsIn(sync);
  return wanted.length === 0 || wanted.includes("");
}
