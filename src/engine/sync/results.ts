/** What a sync says of itself, in Argo CD's shapes. */

import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { ObjectRef } from "../../core/model/object-ref.ts";
import type { Operation, ResourceResult, SyncSource } from "../../core/model/operation.ts";
import type { Plan, Refusal, StepOutcome, StepResult } from "../../core/model/plan.ts";
import { defined } from "../../lib/defined.ts";
import type { Target } from "../target/target.ts";
import { commitsOf } from "../target/tips.ts";

const STATUS: Readonly<Record<StepOutcome["outcome"], NonNullable<ResourceResult["status"]>>> = {
  applied: "Synced",
  unchanged: "Synced",
  pruned: "Pruned",
  "prune-skipped": "PruneSkipped",
  failed: "SyncFailed",
};

export function sourcesAt(app: Application, target: Target): SyncSource {
  const commits = commitsOf(target);
  const sources = sourcesOf(app.spec);
  if (app.spec.sources !== undefined && app.spec.sources.length > 0) return { revisions: commits, sources };
  const [source] = sources;
  return { revision: commits[0] ?? "", ...defined({ source }) };
}

export function resultOf({ ref, version, phase, outcome, message }: StepResult): ResourceResult {
  return { ...partsOf(ref), version, status: STATUS[outcome], message, syncPhase: phase };
}

export function refusedPrunes(refusals: readonly Refusal[]): ResourceResult[] {
  return refusals.map(({ ref, text }) => ({
    ...partsOf(ref),
    version: "",
    status: "PruneSkipped",
    message: text,
    syncPhase: "Sync",
  }));
}

function partsOf({ group, kind, namespace, name }: ObjectRef): ObjectRef {
  return { group, kind, namespace, name };
}

export function successOf(
  { refusals }: Plan,
  results: readonly ResourceResult[],
  { info = [] }: Operation,
): string {
  const counted = (status: ResourceResult["status"]) =>
    results.filter((result) => result.status === status).length;
  const parts = [
    `${counted("Synced")} applied`,
    ...(counted("Pruned") > 0 ? [`${counted("Pruned")} pruned`] : []),
    ...(refusals.length > 0 ? [`${refusals.length} not pruned`] : []),
  ];
  const [drift, ...others] = info.filter(({ name }) => name === "drift");
  const more = others.length === 0 ? "" : `; and ${others.length} more`;
  const healed = drift === undefined ? "" : `. Put back: ${drift.value}${more}`;
  return `successfully synced (${parts.join(", ")})${healed}`;
}
