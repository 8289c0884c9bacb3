/** What a person's end of a sync leaves: nothing of what it was to deliver goes on by itself. */

import { isAutomated } from "../../core/model/application.ts";
import { isSameWish, revisionsIn, type Wish } from "../../core/model/hold.ts";
import type { Operation, SyncRequest } from "../../core/model/operation.ts";
import type { ShownTerminated } from "../../core/model/terminated.ts";
import { isWhole } from "../../core/plan/whole-sync.ts";
import { defined } from "../../lib/defined.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { inputsOf } from "../target/find-target.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { asksForNewest } from "./delivered-target.ts";

/** Its operation is ended by a person, at whatever stage it is. */
export function noteTerminated(managed: ManagedApplication, by: string, at: string): void {
  const { operation, memory } = managed;
  const request: Operation | undefined =
    operation.is === "waiting" ? operation.request : operation.state?.operation;
  if (request?.sync === undefined || !isWhole(request)) return;
  const { sync } = request;
  const delivered = deliveredBy(managed, sync);
  const revisions =
    delivered === undefined ? revisionsIn(sync).filter(Boolean) : revisionNamesOf(delivered.target);
  memory.terminate({
    ...defined({ wish: delivered && wishOf(delivered) }),
    revisions: [...revisions],
    by,
    at,
  });
}

/**
 * What Git wants was found: where that is something else than what was terminated, it is synced as ever.
 * @returns whether what is stored of it changed
 */
export function reviewTerminated(
  { memory, inbox }: ManagedApplication,
  found: { snapshot: Snapshot; target: Target },
): "same" | "changed" {
  const { terminated } = memory;
  // Git is still to be asked: this is older than what was terminated may be.
  if (terminated === undefined || inbox.look === "latest" || inbox.look === "hard") return "same";
  const wish = wishOf(found);
  if (terminated.wish === undefined)
    memory.terminate({ ...terminated, wish, revisions: [...revisionNamesOf(found.target)] });
  else if (isSameWish(wish, terminated.wish)) return "same";
  else memory.goOn();
  return "changed";
}

/** Where nothing goes on by itself anyway there is nothing to be said. */
export function shownTerminated({ memory, aim, spec }: ManagedApplication): ShownTerminated | undefined {
  const { terminated } = memory;
  if (terminated === undefined || spec.deleting !== undefined || !isAutomated(aim.app.spec)) return undefined;
  const { wish: _, ...shown } = terminated;
  return shown;
}

/** What its operation delivers, or would: undefined where that is only known once it is looked up. */
function deliveredBy(
  { operation, target, snapshot }: ManagedApplication,
  sync: SyncRequest,
): { snapshot: Snapshot; target: Target } | undefined {
  if (operation.is === "running" && operation.run.delivers !== undefined) return operation.run.delivers;
  if (target === undefined || snapshot === undefined || target.generation !== snapshot.generation)
    return undefined;
  if (asksForNewest(sync)) return undefined;
  const names = revisionNamesOf(target);
  return revisionsIn(sync).every((revision, at) => revision === names[at]) ? { snapshot, target } : undefined;
}

function wishOf({ snapshot, target }: { snapshot: Snapshot; target: Target }): Wish {
  return { content: target.contentKey, inputs: inputsOf(target, snapshot.cluster) };
}
