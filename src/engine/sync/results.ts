/** What a sync says of itself, in Argo CD's shapes. */

import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { Operation, ResourceResult, SyncSource } from "../../core/model/operation.ts";
import type { Refusal, StepOutcome, StepResult } from "../../core/model/plan.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { takenParts } from "../target/taken-parts.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";

const STATUS: Readonly<Record<StepOutcome["outcome"], ResourceResult["status"]>> = {
  applied: "Synced",
  unchanged: "Synced",
  pruned: "Pruned",
  going: "Pruned",
  "not-asked": undefined,
  "prune-skipped": "PruneSkipped",
  "hook-running": "Synced",
  "hook-succeeded": "Synced",
  "hook-failed": "Synced",
  failed: "SyncFailed",
};

const HOOK_PHASE: Readonly<Partial<Record<StepOutcome["outcome"], string>>> = {
  pruned: "Succeeded",
  going: "Running",
  "hook-running": "Running",
  "hook-succeeded": "Succeeded",
  "hook-failed": "Failed",
};

export function sourcesAt(app: Application, target: Target): SyncSource {
  const commits = revisionNamesOf(target);
  const sources = sourcesOf(app.spec);
  const parts = takenParts(target);
  const taken = parts.length === 0 ? undefined : parts;
  if (app.spec.sources !== undefined && app.spec.sources.length > 0)
    return { revisions: commits, sources, ...defined({ taken }) };
  const [source] = sources;
  return { revision: commits[0] ?? "", ...defined({ source, taken }) };
}

export function resultOf(result: StepResult): ResourceResult {
  const { ref, version, phase, wave, outcome, message } = result;
  const status = STATUS[outcome];
  return {
    ...partsOf(ref),
    version,
    ...defined({ status }),
    message,
    syncPhase: phase,
    // As in Argo CD: how what was done to the object gets on.
    ...defined({
      hookPhase: "hook" in result && outcome === "failed" ? "Failed" : HOOK_PHASE[outcome],
      hookType: "hook" in result ? result.hook : undefined,
      syncWave: wave === 0 ? undefined : wave,
    }),
  };
}

/** What was said of the same object's deletion before, while it went on, is said no more. */
export function putResult(results: ResourceResult[], result: ResourceResult): void {
  const at = results.findIndex(
    (one) =>
      (one.hookPhase === "Running" || isStartedHook(one)) &&
      one.hookType === result.hookType &&
      equalJson(partsOf(one), partsOf(result)),
  );
  if (at < 0) results.push(result);
  else results[at] = result;
}

/** A rehearsal starts none; several may share the `generateName` under which it names them. */
export function isStartedHook({ hookType, hookPhase }: ResourceResult): boolean {
  return hookType !== undefined && hookPhase !== undefined;
}

/** A mark on the object, or another's claim, is no failure: what was asked for is done. */
const STAYS: ReadonlySet<Refusal["guard"]> = new Set(["disabled", "prune-off"]);

/** `hookPhase` tells those that wait for a person from those that are meant to stay. */
export function refusedPrunes(refusals: readonly Refusal[]): ResourceResult[] {
  return refusals.map(({ ref, guard, text }) => ({
    ...partsOf(ref),
    version: "",
    status: "PruneSkipped",
    message: text,
    syncPhase: "Sync",
    hookPhase: STAYS.has(guard) ? "Succeeded" : "Failed",
  }));
}

/** Of a hook that the server took in a rehearsal: what it does is not known before it runs. */
export const WOULD_RUN = "dry run: would be run";

/** The end of a rehearsal that was refused nothing. */
export function dryRunEnd(results: readonly ResourceResult[]): string {
  const many = (is: (result: ResourceResult) => boolean) => results.filter(is).length;
  const asked = many(({ status }) => status === "Synced" || status === "Pruned");
  const hooks = many(({ hookType, message }) => hookType !== undefined && message === WOULD_RUN);
  const unasked = many(({ status }) => status === undefined) - hooks;
  const blocked = many(isBlocked);
  if (hooks + unasked + blocked === 0)
    return asked === 0 ? "dry run: there is nothing to do" : "dry run: everything would pass";
  const parts = [
    `${asked} would pass`,
    ...(hooks > 0 ? [`${hooks} ${hooks === 1 ? "hook" : "hooks"} would be run`] : []),
    ...(unasked > 0 ? [`${unasked} could not be asked yet`] : []),
    ...(blocked > 0 ? [`${blocked} would not be pruned`] : []),
  ];
  return `dry run: ${parts.join(", ")}`;
}

function isBlocked({ status, hookPhase }: ResourceResult): boolean {
  return status === "PruneSkipped" && hookPhase === "Failed";
}

function partsOf({ group, kind, namespace, name }: ObjectRef): ObjectRef {
  return { group, kind, namespace, name };
}

export function successOf(results: readonly ResourceResult[], { info = [] }: Operation): string {
  const counted = (status: ResourceResult["status"]) =>
    results.filter((result) => result.status === status).length;
  const hooks = results.filter(({ hookType }) => hookType !== undefined).length;
  const going = results.filter(
    ({ status, hookPhase }) => status === "Pruned" && hookPhase === "Running",
  ).length;
  const pruned = counted("Pruned") - going,
    kept = counted("PruneSkipped");
  const parts = [
    `${counted("Synced") - hooks} applied`,
    ...(hooks > 0 ? [`${hooks} ${hooks === 1 ? "hook" : "hooks"} completed`] : []),
    ...(pruned > 0 ? [`${pruned} pruned`] : []),
    ...(going > 0 ? [`${going} being deleted`] : []),
    ...(kept > 0 ? [`${kept} not pruned`] : []),
  ];
  const [drift, ...others] = info.filter(({ name }) => name === "drift");
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  const healed = drift === undefined ? "" : `. Put back: ${drift.value}${more}`;
  return `successfully synced (${parts.join(", ")})${healed}`;
}
