/** What is said of a step: which object it is of, and why it failed. */
import { parseApiVersion } from "../../core/model/kube-object.ts";
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import type { Step, StepOutcome } from "../../core/model/plan.ts";
import type { WriteOutcome } from "../../core/ports/cluster-objects.ts";

export function messageOf(outcome: Exclude<WriteOutcome, { is: "done" }>): string {
  return outcome.is === "refused" ? outcome.message : `the cluster did not answer: ${outcome.why}`;
}

/** Of a hook it is said that it is one, or nobody finds it among the hooks. */
export function failedStep(step: Step, message: string): StepOutcome {
  return { outcome: "failed", message, ...(step.do === "hook" ? { hook: step.type } : {}) };
}

export function refOf(step: Step): ObjectRef {
  if (step.do === "create-namespace")
    return { group: "", kind: "Namespace", namespace: "", name: step.namespace };
  return step.do === "prune" ? step.ref : step.desired.ref;
}

export function versionOf(step: Step): string {
  if (step.do === "create-namespace") return "v1";
  return step.do === "prune" ? "" : parseApiVersion(step.desired.object.apiVersion).version;
}

/** A whole sentence also for whoever has read the message elsewhere, and leaves it out. */
export function sayFailed(step: Step, message: string): string {
  return `${show(refOf(step))} failed: ${message}`;
}

/** At most three in full: a sentence with a thousand objects is read by nobody. */
export function sentenceOf(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).join("; ");
  return texts.length <= 3 ? shown : `${shown}; and ${texts.length - 3} more`;
}
