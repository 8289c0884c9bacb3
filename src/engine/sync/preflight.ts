/** Before anything is written: the server is asked, by dry run, whether it would take it. */

import { appliedHash, type IgnoredFields } from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { HookStep, Step } from "../../core/model/plan.ts";
import { deferrable } from "../../core/plan/deferrable.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { sendObject } from "../send/send-object.ts";
import { type Carrying, sendOf } from "./carrying.ts";
import { failedStep, messageOf, refOf, sentenceOf, versionOf } from "./step-words.ts";

/** What of an operation a pre-flight needs. */
export type Asking = Pick<
  Carrying,
  | "cluster"
  | "objects"
  | "plan"
  | "migration"
  | "faultsOf"
  | "mustStay"
  | "signal"
  | "ignoredOf"
  | "recordOf"
  | "keep"
  | "report"
  | "notes"
  | "unasked"
>;

/**
 * Dry runs of the steps, all at once.
 * @param later receives the steps whose refusal may be due to an object of this same sync; `undefined`: there is no later
 * @returns the refusals as one text, undefined where everything passed
 */
export async function askAll(
  steps: readonly Step[],
  carrying: Asking,
  later: Set<Step> | undefined,
): Promise<string | undefined> {
  const refusals = await Promise.all(
    steps.map(async (step): Promise<string | undefined> => {
      carrying.signal.throwIfAborted();
      const refused = await askOne(step, carrying);
      if (refused === undefined) return undefined;
      if (later === undefined) return textOf(step, refused);
      const deferral = refused.status === 0 ? undefined : deferrable(refused, step, carrying.plan);
      if (deferral?.is === "deferrable") {
        later.add(step);
        carrying.unasked.set(step, `it is asked again when ${show(deferral.dueTo)} is there`);
        return undefined;
      }
      const { message } = refused;
      carrying.report({
        ref: refOf(step),
        version: versionOf(step),
        phase: step.do === "hook" ? step.type : "Sync",
        wave: 0,
        ...failedStep(step, message),
      });
      return textOf(step, refused);
    }),
  );
  const texts = refusals.filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : `the API server refuses ${sentenceOf(texts)}`;
}

function textOf(step: Step, { message }: Refused): string {
  const where =
    step.do === "apply" || step.do === "hook"
      ? ` (${step.desired.origin.file}:${step.desired.origin.line})`
      : "";
  return `${show(refOf(step))}${where}: ${message}`;
}

interface Refused {
  /** HTTP status; 0 where the server did not answer. */
  status: number;
  message: string;
}

async function askOne(step: Step, carrying: Asking): Promise<Refused | undefined> {
  const { cluster, objects } = carrying;
  switch (step.do) {
    case "create-namespace":
      return undefined;
    case "prune": {
      const live = cluster.get(step.key);
      if (live === undefined) return undefined;
      const options = { uid: step.uid, propagation: step.propagation };
      const outcome = await objects.delete(step.ref, live.apiVersion, options, "dry-run");
      return outcome.is === "refused" || outcome.is === "unreachable" ? refusedBy(outcome) : undefined;
    }
    case "hook":
      return askHook(step, carrying);
    case "apply":
      return askApply(step, carrying);
  }
}

/** By a create that nothing is made of. What stands under its name goes before its turn, and is no refusal. */
export async function askHook(
  { desired: { object }, run }: HookStep,
  { cluster, objects }: Pick<Asking, "cluster" | "objects">,
): Promise<Refused | undefined> {
  const kind = `${object.apiVersion} ${object.kind}`;
  if ((await cluster.kind(gvkOf(object))).is === "absent")
    return { status: 404, message: `the cluster does not know the kind ${kind}` };
  const asked =
    run === "anew" ? await objects.create(object, "dry-run") : await objects.apply(object, "dry-run");
  if (asked.is === "done" || isMuted(asked)) return undefined;
  return asked.is === "refused" && asked.reason === "AlreadyExists" ? undefined : refusedBy(asked);
}

async function askApply(
  step: Extract<Step, { do: "apply" }>,
  carrying: Asking,
): Promise<Refused | undefined> {
  const { desired, live, missingKind } = step;
  const record = carrying.recordOf(desired.key);
  if (live !== undefined && wasAsked(desired, live, record, carrying.ignoredOf(desired))) return undefined;
  if ((await carrying.cluster.kind(gvkOf(desired.object))).is === "absent") {
    if (missingKind === "ask-later") {
      carrying.unasked.set(
        step,
        `the cluster does not know the kind ${desired.object.apiVersion} ${desired.object.kind} yet`,
      );
      return undefined;
    }
    return {
      status: 404,
      message: `the cluster does not know the kind ${desired.object.apiVersion} ${desired.object.kind}`,
    };
  }
  const sent = await sendObject(sendOf(step, carrying), "dry-run");
  if (sent.is !== "done") {
    if (!isMuted(sent.outcome)) return refusedBy(sent.outcome);
    carrying.unasked.set(step, "an admission webhook of it supports no dry run");
    return undefined;
  }
  if (sent.notes.length > 0) carrying.notes.set(step, sent.notes.join(". "));
  if (sent.repairs.length > 0) {
    const repairs = { desiredHash: sent.hash, list: sent.repairs };
    carrying.keep({ ...(record ?? { key: desired.key, uid: "" }), repairs });
  }
  return undefined;
}

/** A dry run of exactly this object against exactly this live one was answered while it was compared. */
function wasAsked(
  desired: DesiredObject,
  live: LiveObject,
  record: ObjectRecord | undefined,
  ignored: IgnoredFields,
): boolean {
  const verdict = record?.verdict;
  return (
    verdict !== undefined &&
    verdict.desiredHash === appliedHash(desired, ignored) &&
    verdict.uid === live.uid &&
    verdict.contentHash === live.contentHash
  );
}

/** An admission webhook of it cannot be asked. */
function isMuted(outcome: WriteOutcome): boolean {
  return outcome.is === "refused" && /does not support dry run/i.test(outcome.message);
}

function refusedBy(outcome: Exclude<WriteOutcome, { is: "done" }>): Refused {
  return { status: outcome.is === "refused" ? outcome.status : 0, message: messageOf(outcome) };
}
