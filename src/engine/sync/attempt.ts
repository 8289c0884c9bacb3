/** One try of an operation: what it delivers, what differs, the plan, and what is carried out of it. */
import { recordIntended } from "../../core/compare/index.ts";
import type { Acting } from "../../core/model/acting.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { namespaceMetadata } from "../../core/model/namespace-metadata.ts";
import type { Plan } from "../../core/model/plan.ts";
import { optionsOf } from "../../core/plan/sync-options.ts";
import type { Slot } from "../../lib/slots.ts";
import { compareNow, isStill } from "../compare/compare-now.ts";
import { writerOf } from "../limits.ts";
import type { ManagedApplication, RunningOperation, SyncOperation } from "../managed-application.ts";
import type { Memory } from "../memory.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "../target/target.ts";
import { frozen, isSameTips } from "../target/tips.ts";
import { turnOfOperation, urgencyOf } from "../turns.ts";
import { giveAllBack, undoneMessage } from "../undo/end-undo.ts";
import { planUndo } from "../undo/plan-undo.ts";
import { type Carried, carryOut } from "./carry-out.ts";
import { carryingOfTry } from "./carrying-of-try.ts";
import { asksForNewest, deliveredTarget } from "./delivered-target.ts";
import { hooksOfTry } from "./hooks-of-try.ts";
import { refuseContent } from "./may-start.ts";
import type { OperationHost } from "./operation-host.ts";
import type { PlannedOperation } from "./plan-operation.ts";
import { planToDeliver } from "./plan-to-deliver.ts";
import { dryRunEnd, successOf } from "./results.ts";
import { stillMeant } from "./superseded.ts";
import { type Found, stateOf, type Trying, tryWith } from "./trying.ts";

export interface Ended {
  phase: "Succeeded" | "Failed" | "Error";
  message: string;
  retry: "may" | "never";
}

/** @throws what stands in its way; the signal's reason where it is cut off */
export async function attempt(
  managed: ManagedApplication,
  run: RunningOperation,
  host: OperationHost,
  slot: Slot,
): Promise<Ended> {
  const request = stateOf(managed).operation as SyncOperation;
  const snapshot = host.snapshotFor(managed, request.sync);
  const wantedBefore = managed.target && frozen(managed.target);
  const wanted = frozen(await deliveredTarget(managed, snapshot, request, host.ports, run.abort.signal));
  run.delivers = { snapshot, target: wanted };
  if (isNews(wanted, managed, request)) host.foundNewer(managed);
  const unsupported = refuseContent(snapshot);
  if (unsupported !== undefined) return refused(unsupported);
  const compared =
    managed.seen.is === "compared" && isStill(managed, snapshot, wanted)
      ? managed.seen.compared
      : await compareNow(managed, snapshot, wanted, host);
  const objects = snapshot.cluster.for({
    owner: managed.key,
    urgency: urgencyOf(turnOfOperation(request)),
    as: () => actingNow(managed, snapshot, request, host),
    stillMeant: () => void stillMeant(managed, snapshot, request.sync, host),
  });
  const seen = {
    managed,
    run,
    host,
    slot,
    request,
    snapshot,
    target: wanted,
    wantedBefore,
    compared,
    objects,
  };
  const planned = await planOf(seen);
  if (planned.is === "refused") return refused(planned.why);
  const { is: _, ...found } = planned;
  run.delivers = { snapshot, target: found.target };
  const trying = tryWith({ ...seen, ...found });
  begin(trying);
  const carried = await carriedOut(trying);
  await giveBackOf(trying);
  noteNamespace(trying);
  trying.show();
  return endOf(carried, trying);
}

/** Whether what a sync of the newest is to deliver was found by that sync: no pass has heard of it. */
function isNews(
  found: Target,
  { target: known }: Pick<ManagedApplication, "target">,
  { sync }: SyncOperation,
): boolean {
  return asksForNewest(sync) && known !== undefined && !isSameTips(found, known);
}

/** Of the project as it is by now: an account that was taken out of it in the middle writes nothing more. */
function actingNow(
  managed: ManagedApplication,
  snapshot: Snapshot,
  { sync }: SyncOperation,
  host: OperationHost,
): Acting {
  const settings = host.ports.settings();
  if (settings.impersonation === "off") return { is: "itself" };
  const { project } = host.snapshotFor(managed, sync);
  return writerOf({ ...snapshot, project }, settings);
}

function refused(message: string): Ended {
  return { phase: "Failed", message, retry: "never" };
}

type Planned =
  | ({ is: "planned" } & Pick<Found, "plan" | "approval" | "undo" | "target" | "compared" | "refusedNow">)
  | Extract<PlannedOperation, { is: "refused" }>;

/** An undo is a plan like any other, of objects that Git does not say. */
async function planOf(seen: Omit<Found, "plan" | "approval" | "undo" | "refusedNow">): Promise<Planned> {
  const { managed, run, host, request, snapshot, target, compared, objects } = seen;
  const { startedAt } = stateOf(managed);
  const { claims, deleted } = host;
  const ids = request.sync.undo;
  if (ids === undefined) {
    const { signal } = run.abort;
    const {
      planned,
      proof: _,
      ...of
    } = await planToDeliver(managed, request, compared, startedAt, host, signal).catch((cause) => {
      tried(seen);
      throw cause;
    });
    return planned.is === "refused" ? planned : { ...planned, ...of, undo: undefined };
  }
  const kept = deleted.of(managed.key).filter(({ id }) => ids.includes(id));
  const undo = await planUndo(kept, { managed, snapshot, claims }, objects);
  if (undo.is === "refused") return undo;
  const { plan } = undo;
  return { is: "planned", plan, approval: undefined, undo, target, compared, refusedNow: () => undefined };
}

/** From here on this content was tried; a part of it, or a rehearsal, is no attempt. */
function tried({
  managed,
  request: { sync },
  target,
  compared,
}: Pick<Found, "managed" | "request" | "target" | "compared">): void {
  if (sync.dryRun === true || (sync.resources ?? []).length > 0) return;
  const unseen = compared.comparison.differences.flatMap((difference) =>
    sync.prune === true && difference.is === "extra" && difference.unseen !== undefined
      ? [difference.key]
      : [],
  );
  managed.memory.attempted(target.contentKey, unseen);
}

/** Before the first write: what may be written is ours to write, and that is on disk. */
function begin(trying: Trying): void {
  const { managed, mode, plan, approval, show } = trying;
  if (mode === "write") rememberIntent(managed.memory, plan);
  tried(trying);
  if (mode === "dry-run" || approval === undefined) return show("syncing");
  // Before anything goes by it: what is left of that is nobody's to ask for again.
  managed.memory.approved({ ...approval, startedAt: stateOf(managed).startedAt });
  show("syncing", "durable");
}

function rememberIntent(memory: Memory, { intended, waves, onFailure }: Plan): void {
  const anew = new Set(
    [...waves, ...onFailure]
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.do === "apply" && step.live === undefined ? [step.desired.key] : [])),
  );
  const news = [...new Set(intended)].flatMap((key): ObjectRecord[] => {
    const known = memory.records.get(key);
    const record = recordIntended(key, known, anew.has(key) ? "made-anew" : "there");
    return known?.uid === record.uid ? [] : [record];
  });
  memory.keep(news);
}

async function carriedOut(trying: Trying): Promise<Carried> {
  const hooks = hooksOfTry(trying);
  try {
    return await carryOut(carryingOfTry(trying, hooks));
  } catch (cause) {
    // A stop of the daemon leaves them running, for the next start to find.
    if (!trying.host.stopping.aborted) await hooks.stopRunning().catch(() => undefined);
    throw cause;
  } finally {
    hooks.close();
  }
}

/** What others had set on objects that an undo made again. */
async function giveBackOf({ managed, undo, mode, results, objects, permits }: Trying): Promise<void> {
  if (undo !== undefined && mode === "write")
    await giveAllBack(undo.wholes, results, objects, managed.memory.records, permits);
}

/** Where the destination's Namespace had to be given nothing, it has what is asked for. */
function noteNamespace({ managed: { memory }, mode, undo, plan, snapshot: { app }, request }: Trying): void {
  const givesNamespace = plan.waves.some(({ steps }) => steps.some((step) => step.do === "create-namespace"));
  if (mode !== "write" || undo !== undefined || givesNamespace) return;
  memory.gaveNamespace(namespaceMetadata(app, optionsOf(app, request.sync)) ?? memory.givenToNamespace ?? {});
}

function endOf(carried: Carried, { mode, undo, results, operation }: Trying): Ended {
  if (carried.is === "stopped") return { phase: "Failed", message: carried.message, retry: "may" };
  const message =
    mode === "dry-run"
      ? dryRunEnd(results)
      : undo === undefined
        ? successOf(results, operation)
        : undoneMessage(results);
  return { phase: "Succeeded", message, retry: "never" };
}
