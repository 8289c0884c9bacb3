/** The hooks around a deletion: found at what Git wants, run wave by wave, remembered as they end. */
import { isHook, isNeverRecreated, owningApp } from "../../core/compare/index.ts";
import { ANNOTATION, keyOfApp } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { HookStep, StepResult, Wave } from "../../core/model/plan.ts";
import { planDeletionHooks } from "../../core/plan/plan-deletion.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { DeletionProgress } from "../../core/ports/home.ts";
import { hashValue } from "../../lib/hash.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy, writerOf } from "../limits.ts";
import type { ManagedApplication, Spec } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { type HookParts, HookRuns } from "../sync/hooks.ts";
import { sourcesAt } from "../sync/results.ts";
import { messageOf } from "../sync/step-words.ts";
import { findTarget, inputsOf, targetAt } from "../target/find-target.ts";
import { claimantOf } from "../target/place-objects.ts";
import type { Look } from "../target/target.ts";
import type { Tips } from "../target/tips.ts";
import { turnOfDeletion, urgencyOf } from "../turns.ts";

import type { Deleting } from "./cascade.ts";
import { type ActAs, followForDeletion, type LookInto, type MayDelete, planObjects } from "./deletion.ts";
import type { FoundHooks } from "./found-hooks.ts";
import { refusedAfter } from "./hooks-after.ts";
import { resultsIn } from "./progress.ts";

export interface HookRooms {
  ports: EnginePorts;
  claims: OwnerClaims;
  tips: Tips;
  lookInto: LookInto;
  /** @throws {Failure} invalid-spec */
  snapshotOf(managed: ManagedApplication): Snapshot;
}

/**
 * At the commits of this try where it is known which those are, else at what was seen last, or is looked for now.
 * @throws {Failure} of Git, rendering, manifests, the project or the cluster
 */
export async function findHooks(
  managed: ManagedApplication,
  progress: DeletionProgress,
  { ports, tips, snapshotOf }: HookRooms,
  look: Look,
): Promise<FoundHooks> {
  const snapshot = snapshotOf(managed);
  const { revision, revisions = revision === undefined || revision === "" ? [] : [revision] } =
    progress.state.syncResult ?? {};
  const { target: known, memory } = managed;
  const since = look === "latest" ? ports.clock.now() : 0;
  const target =
    revisions.length > 0 && look === "nothing"
      ? await targetAt(snapshot, { look: "known", since, known, records: memory.records, revisions }, ports)
      : await findTarget(managed, snapshot, { look, since }, ports, tips);
  const { before, after } = planDeletionHooks(target.desired);
  const hooks = [...before, ...after].flatMap(({ phase, wave, steps }) =>
    steps.map((step) => [phase, wave, step.do === "hook" ? step.desired.hash : ""]),
  );
  return {
    snapshot,
    source: sourcesAt(snapshot.app, target),
    before,
    after,
    hash: hashValue(hooks),
    inputs: inputsOf(target, snapshot.cluster),
  };
}

/** Whether a commit made others of them since they were tried. Chance makes others of the same inputs in each process, which is no reason to try again. */
export function areOthers(
  { hash, inputs }: Pick<FoundHooks, "hash" | "inputs">,
  { hooksHash, hooksInputs }: DeletionProgress,
): boolean {
  return hooksHash !== undefined && hash !== hooksHash && inputs !== hooksInputs;
}

export type HooksEnd =
  /** `kept`: sentences about hooks that stay behind. */
  | { is: "completed"; kept: string[] }
  /** A hook ran and failed: a person says how it goes on, or a commit. */
  | { is: "failed"; why: string }
  /** Something stood in the way of running one, or of tidying up: tried again by itself. */
  | { is: "held-up"; why: string };

/** Why hooks that run are cut off, as the reason of an abort. */
export type CutOff = "called-off" | "let-go" | "stopping";

export interface StageParts {
  managed: ManagedApplication;
  deleting: Deleting;
  progress: DeletionProgress;
  rooms: HookRooms;
  /** On disk when it returns. */
  report(result: StepResult): void;
  say(message: string): void;
  /** Aborted with a `CutOff`. */
  signal: AbortSignal;
}

/** @throws {Failure} where the cluster cannot be reached; the signal's reason where it is cut off */
export async function runHooks(
  stage: "before" | "after",
  found: FoundHooks,
  { managed, deleting, progress, rooms, report, say, signal }: StageParts,
): Promise<HooksEnd> {
  const { cluster } = found.snapshot;
  refuseUnreachable(cluster);
  const waves = found[stage];
  const refs = waves.flatMap(({ steps }) =>
    steps.flatMap((step) => (step.do === "hook" ? [step.desired.ref] : [])),
  );
  const { key, memory } = managed;
  await followForDeletion({ key, records: memory.records, hooks: memory.hooks, deleting }, refs, cluster);
  const { tries, run } = progress;
  // Times have whole seconds: another deletion may have begun, and have been called off, in this one's.
  const ids = Array.from({ length: tries }, (_, at) => `${managed.spec.uid} run ${run} ${at + 1}`);
  let heldUp: string[] = [];
  const hooks = new HookRuns({
    ...surroundings(managed, deleting, found.snapshot, rooms, signal),
    run: {
      // What an object of ours says of itself is unique to this deletion and this try.
      is: "resumed",
      // A name that is made is the same in every try, at whatever commit: what succeeded is known by it.
      mark: managed.spec.uid,
      startedAt: deleting.since,
      id: ids[tries - 1] ?? "",
      earlier: ids.slice(0, -1),
    },
    plan: { waves },
    remembered: resultsIn(progress),
    report(result) {
      if (result.outcome === "failed") heldUp.push(`${show(result.ref)}: ${result.message}`);
      else report(result);
    },
    progress: say,
  });
  try {
    for (const wave of waves) {
      heldUp = [];
      for (const step of wave.steps) {
        signal.throwIfAborted();
        // What failed in the try before is not what this one is judged by.
        if (step.do === "hook") await hooks.start(tries > 1 ? anew(step) : step, wave);
      }
      const failed = await hooks.untilCompleted(wave);
      if (failed !== undefined) {
        const left = await hooks.tidy("HookFailed");
        const stays = left.length === 0 ? "" : `. Hooks stay that were to be deleted: ${left.join("; ")}`;
        return { is: "failed", why: `${failed}${stays}` };
      }
      if (heldUp.length > 0) return { is: "held-up", why: `a hook cannot be run: ${heldUp.join("; ")}` };
    }
    const left = await hooks.tidy("HookSucceeded");
    if (left.length > 0)
      return { is: "held-up", why: `hooks stay that were to be deleted: ${left.join("; ")}` };
    return { is: "completed", kept: stage === "after" ? staying(waves) : [] };
  } catch (cause) {
    if (signal.aborted && signal.reason === ("called-off" satisfies CutOff))
      await hooks.stopRunning().catch(() => undefined);
    throw cause;
  } finally {
    hooks.close();
  }
}

/**
 * Whether what is to run when everything is gone could be run then: asked before anything of the deletion is begun.
 * @throws {Failure} where the cluster cannot be reached
 */
export async function askAfter(
  found: FoundHooks,
  {
    managed,
    deleting,
    rooms,
    mayDelete,
    signal,
  }: Omit<StageParts, "progress" | "report" | "say"> & {
    mayDelete: MayDelete;
  },
): Promise<string[]> {
  if (found.after.length === 0) return [];
  const { cluster } = found.snapshot;
  refuseUnreachable(cluster);
  const { key, memory } = managed;
  const leaving = { key, records: memory.records, hooks: memory.hooks, deleting };
  await followForDeletion(leaving, [], cluster);
  const { permits, objects } = surroundings(managed, deleting, found.snapshot, rooms, signal);
  const { ports, lookInto } = rooms;
  const going = await planObjects(leaving, cluster, { ports, mayDelete, lookInto });
  return refusedAfter(found, { cluster, objects, going, permits });
}

function surroundings(
  managed: ManagedApplication,
  deleting: Deleting,
  { cluster, settings }: Snapshot,
  { ports, claims, snapshotOf }: HookRooms,
  signal: AbortSignal,
): Omit<HookParts, "run" | "plan" | "remembered" | "report" | "progress"> {
  const us = claimantOf(deleting.app, settings);
  const objects = cluster.for({
    owner: managed.key,
    urgency: urgencyOf(turnOfDeletion(deleting)),
    as: () => writerOf({ ...snapshotOf(managed), app: deleting.app, cluster }, ports.settings()),
  });
  return {
    cluster,
    objects,
    ending: objects,
    clock: ports.clock,
    rules: { userHealth: ports.userHealth, pods: settings.pods, ignoreAnnotation: "see-through" },
    timeoutMs: settings.hookTimeoutMs,
    stillAsked: () => undefined,
    permits(ref: ObjectRef) {
      const now = snapshotOf(managed);
      refuseOther(managed, now.cluster, cluster);
      return refusedBy(now.project, ref, cluster);
    },
    async holder(live) {
      const holder = await claims.holder(live, us, cluster, managed);
      if (holder !== undefined) return holder;
      const heir = claims.otherWanting(managed.key, cluster, live.key);
      if (heir !== undefined) return `application ${heir.key}`;
      const isNobodys = owningApp(live, us).is === "nobody" && !isHook(live.object);
      return isNobodys ? "nobody, and was not made as a hook," : undefined;
    },
    nextChange: (ms, other) => managed.nextChange(ms, other),
    signal,
  };
}

/** @throws {Failure} where the destination is another cluster than the one that it began on */
function refuseOther({ key }: ManagedApplication, now: Cluster, then: Cluster): void {
  if (now.name === then.name && now.server === then.server) return;
  throw new Failure("invalid-spec", `Application ${key}`, "backoff", {
    cannot: "run the hooks of its deletion",
    why: "its destination is another cluster by now",
  });
}

/**
 * What is not to go on goes, where it is still what this application's deletion made.
 * @returns what was not seen gone, and of each what stands in the way: undefined where it is on its way out
 */
export async function endHooks(
  hooks: readonly ResourceResult[],
  { app, uid }: Pick<Spec, "app" | "uid">,
  cluster: Cluster,
  { mayDelete, actAs }: { mayDelete: MayDelete; actAs: ActAs },
): Promise<{ hook: ResourceResult; why: string | undefined }[]> {
  const as = () => actAs(app, cluster);
  // Few, and in the way of whatever comes after them.
  const objects = cluster.for({ owner: keyOfApp(app), urgency: "heal", as });
  const left = await Promise.all(
    hooks.map(async (hook) => {
      const { group, version, kind, namespace, name } = hook;
      const ref: ObjectRef = { group, kind, namespace, name };
      const found = await cluster.read(ref, group === "" ? version : `${group}/${version}`);
      if (found.is === "absent") return undefined;
      if (found.is !== "found") return { hook, why: `${show(ref)}: ${found.why}` };
      if (found.object.metadata.annotations?.[ANNOTATION.hookRun]?.startsWith(`${uid} `) !== true)
        return undefined;
      if (found.object.metadata.deletionTimestamp !== undefined) return { hook, why: undefined };
      const forbidden = mayDelete(app, found.live, cluster);
      if (forbidden !== undefined) return { hook, why: `${show(ref)}: ${forbidden}` };
      const outcome = await objects.delete(
        ref,
        found.live.apiVersion,
        { uid: found.live.uid, propagation: "Foreground" },
        "write",
      );
      if (outcome.is === "absent") return undefined;
      return { hook, why: outcome.is === "deleted" ? undefined : `${show(ref)}: ${messageOf(outcome)}` };
    }),
  );
  return left.filter((one) => one !== undefined);
}

/** But for what more would go with than its last run. */
function anew(step: HookStep): HookStep {
  return isNeverRecreated(step.desired.ref) ? step : { ...step, run: "anew" };
}

/** As in Argo CD and Helm, what a PostDelete hook made is left, unless its policy says otherwise. */
function staying(waves: readonly Wave[]): string[] {
  return waves.flatMap(({ steps }) =>
    steps.flatMap((step) =>
      step.do === "hook" && !step.deletePolicies.includes("HookSucceeded")
        ? [
            `${show(step.desired.ref)} stays: it is a PostDelete hook, and its delete policy does not name HookSucceeded.`,
          ]
        : [],
    ),
  );
}
