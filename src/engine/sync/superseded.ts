/** What comes while an operation is on its way and ends it: a newer commit, an edit of the spec, a deletion, a pause. */
import { type Application, isAutomated } from "../../core/model/application.ts";
import { refusedByPause } from "../../core/model/daemon-pause.ts";
import { Failure } from "../../core/model/failure.ts";
import { type ObjectRef, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { SyncRequest } from "../../core/model/operation.ts";
import { defined } from "../../lib/defined.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { isSameAim, type Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { asksForNewest } from "./delivered-target.ts";
import { closedTo } from "./may-start.ts";
import type { OperationHost } from "./operation-host.ts";

/** Why a wait ends without anybody terminating it. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

/**
 * What came while a sync was on its way that changes what is to be delivered: it is not waited for any more.
 * @param now what it would be begun under now: after an edit nothing more of it is written, whoever asked for it
 * @returns undefined where nothing did, or where a person asked for exactly this commit
 */
export function overtakenBy(
  { operation, target: wanted }: ManagedApplication,
  now: Pick<Snapshot, "app" | "cluster">,
  delivered: Pick<Target, "renderKey">,
): string | undefined {
  if (operation.is !== "running") return undefined;
  const { delivers } = operation.run;
  if (delivers !== undefined && !isSameAim(delivers.snapshot, now))
    return "given up, because the application's spec was edited";
  if (operation.state.operation.initiatedBy?.automated !== true) return undefined;
  if (wanted === undefined || wanted.renderKey === delivered.renderKey) return undefined;
  return `given up, because ${revisionNamesOf(wanted).join(", ")} came while it waited`;
}

/**
 * What a person asked for goes on through newer commits. One that changes, or does not want, the very object that it waits
 * for may be what mends it: where an automated application would have that by itself, it is held back by this wait alone.
 * @param waitsFor objects whose health it waits for
 * @returns why the wait ends, undefined where it goes on
 */
export function overtakenInWait(
  { operation, target: wanted, spec }: Pick<ManagedApplication, "operation" | "target" | "spec">,
  delivered: Pick<Target, "renderKey" | "desired">,
  waitsFor: readonly ObjectRef[],
): string | undefined {
  const { sync = {} } = operation.state?.operation ?? {};
  const hasOwnSources = sync.source !== undefined || (sync.sources ?? []).length > 0;
  const isOfNewest = asksForNewest(sync) && !hasOwnSources;
  if (!isOfNewest || !isAutomated(spec.app.spec) || spec.hold !== undefined) return undefined;
  if (wanted === undefined || wanted.renderKey === delivered.renderKey) return undefined;
  const hashIn = (desired: Target["desired"], key: RefKey): string | undefined =>
    desired.find((one) => one.key === key && one.role.is === "ordinary")?.hash;
  const changed = waitsFor.find(
    (ref) => hashIn(wanted.desired, refKey(ref)) !== hashIn(delivered.desired, refKey(ref)),
  );
  if (changed === undefined) return undefined;
  const what = hashIn(wanted.desired, refKey(changed)) === undefined ? "does not want" : "changes";
  return `given up, because ${revisionNamesOf(wanted).join(", ")} came, which ${what} ${show(changed)} that it waited for`;
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
  stillOpen(managed, now.app, asked, host);
  if (isSameAim(snapshot, now)) return now;
  throw new Superseded(
    "the application's spec was edited; this sync was of the spec before, and wrote nothing after",
  );
}

/**
 * A window that closes stops a sync between two objects, unless it lets what began end (`syncOverrun`). What was written
 * stays, and the rest is synced when it opens.
 */
function stillOpen(
  { key, operation: { state } }: ManagedApplication,
  app: Application,
  sync: SyncRequest,
  { ports }: Pick<OperationHost, "ports">,
): void {
  const asked = { sync, ...defined({ initiatedBy: state?.operation.initiatedBy }) };
  const closed = closedTo(app, asked, ports, state?.startedAt);
  if (closed === undefined) return;
  const isByItself = state?.operation.initiatedBy?.automated === true;
  throw new Failure("window-closed", `Application ${key}`, "backoff", {
    cannot: "go on with its sync",
    why: closed.why,
    fix: `What it wrote stays. ${isByItself ? "The rest is synced then" : "Ask for the rest then"}`,
  });
}
