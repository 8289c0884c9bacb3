/** What comes while an operation is on its way and ends it: a newer commit, an edit of the spec, a deletion, a pause. */
import { refusedByPause } from "../../core/model/daemon-pause.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { isSameAim, type Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import type { OperationHost } from "./operation-host.ts";

/** Why an automated wait ends without anybody terminating it. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/**
 * What came while an automated sync was on its way that changes what is to be delivered: it is not waited for any more.
 * @returns undefined where nothing did, or where a person asked for exactly this
 */
export function overtakenBy(
  { operation, target: wanted }: ManagedApplication,
  now: Pick<Snapshot, "app" | "cluster">,
  delivered: Pick<Target, "renderKey">,
): string | undefined {
  if (operation.state?.operation.initiatedBy?.automated !== true || operation.is !== "running")
    return undefined;
  const { delivers } = operation.run;
  if (delivers !== undefined && !isSameAim(delivers.snapshot, now))
    return "given up, because the application's spec was edited";
  if (wanted === undefined || wanted.renderKey === delivered.renderKey) return undefined;
  return `given up, because ${revisionNamesOf(wanted).join(", ")} came while it waited`;
}

/**
 * Before each write: the spec that it follows is still the application's, and the project and the config permit it now.
 * @throws {Failure | Superseded}
 */
export function stillMeant(
  managed: ManagedApplication,
  snapshot: Snapshot,
  asked: SyncRequest,
  host: Pick<OperationHost, "ports" | "snapshotFor">,
): Snapshot {
  if (managed.spec.deleting !== undefined) throw new Superseded("the application is being deleted");
  const pause = host.ports.paused();
  if (pause?.of === "writes")
    throw refusedByPause(pause, `Application ${managed.key}`, "go on with its sync");
  const now = host.snapshotFor(managed, asked);
  if (isSameAim(snapshot, now)) return now;
  throw new Superseded(
    "the application's spec was edited; this sync was of the spec before, and wrote nothing after",
  );
}
