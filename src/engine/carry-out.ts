/** A plan becomes requests: everything is asked by dry run first, then written wave by wave. */
import { appliedHash } from "../core/compare/applied-hash.ts";
import type { IgnoredFields } from "../core/compare/ignored-fields.ts";
import { recordAfterApply } from "../core/compare/records.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import { gvkOf, type KubeObject, parseApiVersion } from "../core/model/kube-object.ts";
import { groupKind, type ObjectRef, type RefKey, refKey, show } from "../core/model/object-ref.ts";
import type { Plan, Step, StepOutcome, StepResult, Wave } from "../core/model/plan.ts";
import { deferrable } from "../core/plan/deferrable.ts";
import { kindOrder } from "../core/plan/kind-order.ts";
import { isFoundation, preflight } from "../core/plan/preflight.ts";
import type { Clock, Cluster, WriteOutcome } from "../core/ports.ts";
import { type Send, sendObject } from "./write-object.ts";

export interface Carrying {
  cluster: Cluster;
  clock: Clock;
  plan: Plan;
  /** `dry-run`: ends after the pre-flight. */
  mode: "dry-run" | "write";
  faults: "repair" | "refuse";
  ignoredOf(desired: DesiredObject): IgnoredFields;
  recordOf(key: RefKey): ObjectRecord | undefined;
  /** Remembers; on disk before a wave is waited for, and when the sync ends. */
  keep(record: ObjectRecord): void;
  /** Called for each step as it ends. */
  report(result: StepResult): void;
  /** One sentence on what is being waited for. */
  progress(message: string): void;
  /** Waits until the objects are healthy or gone; resolves with a sentence when one of them failed. */
  untilDone(objects: WaitFor[]): Promise<string | undefined>;
  signal: AbortSignal;
}

export type WaitFor =
  | { until: "healthy"; ref: ObjectRef; key: RefKey }
  | { until: "gone"; ref: ObjectRef; key: RefKey; uid: string };

export type Carried =
  | { is: "done"; writes: number }
  /** `after-edit`: the same revision would fail again the same way, though a retry may still find the cluster changed. */
  | { is: "stopped"; message: string; writes: number };

type ApplyStep = Extract<Step, { do: "apply" }>;

export async function carryOut(carrying: Carrying): Promise<Carried> {
  const { plan, mode, signal } = carrying;
  let writes = 0;
  const stopped = (message: string): Carried => ({ is: "stopped", message, writes });
  if (plan.impossible !== undefined && plan.impossible.length > 0) {
    for (const { ref, text } of plan.impossible)
      carrying.report(
        resultOf({ ref, version: "", phase: "Sync", wave: 0 }, { outcome: "failed", message: text }),
      );
    return stopped(
      `nothing was written, because ${sentenceOf(plan.impossible.map(({ ref, text }) => `${show(ref)}: ${text}`))}`,
    );
  }

  const later = new Set<Step>();
  const stages = preflight(plan);
  const first = await ask(stages.now, carrying, later);
  if (first !== undefined) return stopped(`nothing was written, because ${first}`);
  if (mode === "dry-run") {
    for (const [wave, step] of stepsOf(plan.waves))
      carrying.report(
        resultOf(placeOf(step, wave), {
          outcome: step.do === "prune" ? "pruned" : "applied",
          message: "dry run: would pass",
        }),
      );
    return { is: "done", writes: 0 };
  }

  const written = new Set<Step>();
  if (stages.afterNamespacesAndCrds.length > 0) {
    const foundations = stepsOf(plan.waves).filter(([, step]) => isFoundation(step));
    for (const [wave, step] of foundations) {
      signal.throwIfAborted();
      const outcome = await carryStep(step, carrying);
      carrying.report(resultOf(placeOf(step, wave), outcome));
      written.add(step);
      if (outcome.outcome === "failed") return stopped(`${show(refOf(step))}: ${outcome.message}`);
      writes += 1;
    }
    await untilServed(stages.afterNamespacesAndCrds, carrying);
    const second = await ask(stages.afterNamespacesAndCrds, carrying, later);
    if (second !== undefined)
      return stopped(`nothing but Namespaces and CustomResourceDefinitions was written, because ${second}`);
  }

  for (const [at, wave] of plan.waves.entries()) {
    signal.throwIfAborted();
    for (const group of groupsOf(wave)) {
      const left = group.filter((step) => !written.has(step));
      const outcomes = await Promise.all(
        left.map(async (step) => {
          const refusal = later.has(step) ? await ask([step], carrying, undefined) : undefined;
          const outcome: StepOutcome =
            refusal === undefined ? await carryStep(step, carrying) : { outcome: "failed", message: refusal };
          carrying.report(resultOf(placeOf(step, wave), outcome));
          return { step, outcome };
        }),
      );
      writes += outcomes.filter(
        ({ outcome }) => outcome.outcome !== "failed" && outcome.outcome !== "unchanged",
      ).length;
      const failed = outcomes.flatMap(({ step, outcome }) =>
        outcome.outcome === "failed" ? [`${show(refOf(step))}: ${outcome.message}`] : [],
      );
      if (failed.length > 0) return stopped(sentenceOf(failed));
    }
    if (at < plan.waves.length - 1) {
      const failed = await carrying.untilDone(wave.steps.map(waitFor));
      if (failed !== undefined) return stopped(failed);
    }
  }
  return { is: "done", writes };
}

// ---------------------------------------------------------------- pre-flight

/**
 * Dry runs of the steps, all at once.
 * @param later receives the steps whose refusal may be due to an object of this same sync; `undefined`: there is no later
 * @returns the refusals as one text, undefined where everything passed
 */
async function ask(
  steps: readonly Step[],
  carrying: Carrying,
  later: Set<Step> | undefined,
): Promise<string | undefined> {
  const refusals = await Promise.all(
    steps.map(async (step): Promise<string | undefined> => {
      carrying.signal.throwIfAborted();
      const refused = await askStep(step, carrying);
      if (refused === undefined) return undefined;
      if (
        later !== undefined &&
        refused.status !== 0 &&
        deferrable(refused, step, carrying.plan).is === "deferrable"
      ) {
        later.add(step);
        return undefined;
      }
      const where = step.do === "apply" ? ` (${step.desired.origin.file}:${step.desired.origin.line})` : "";
      const text = `${show(refOf(step))}${where}: ${refused.message}`;
      if (later !== undefined)
        carrying.report(
          resultOf(
            { ref: refOf(step), version: versionOf(step), phase: "Sync", wave: 0 },
            { outcome: "failed", message: refused.message },
          ),
        );
      return text;
    }),
  );
  const texts = refusals.filter((text) => text !== undefined);
  return texts.length === 0 ? undefined : `the API server refuses ${sentenceOf(texts)}`;
}

interface Refused {
  /** HTTP status; 0 where the server did not answer. */
  status: number;
  message: string;
}

async function askStep(step: Step, carrying: Carrying): Promise<Refused | undefined> {
  const { cluster, recordOf } = carrying;
  switch (step.do) {
    case "create-namespace":
      return undefined;
    case "prune": {
      const live = cluster.get(step.key);
      if (live === undefined) return undefined;
      const outcome = await cluster.delete(
        step.ref,
        live.apiVersion,
        { uid: step.uid, propagation: step.propagation },
        "dry-run",
      );
      return outcome.is === "refused" || outcome.is === "unreachable" ? refusedBy(outcome) : undefined;
    }
    case "apply": {
      const { desired, live } = step;
      const record = recordOf(desired.key);
      if (live !== undefined && wasAsked(desired, live, record, carrying.ignoredOf(desired)))
        return undefined;
      if ((await cluster.kind(gvkOf(desired.object))).is === "absent") {
        return desired.syncOptions.includes("SkipDryRunOnMissingResource=true")
          ? undefined
          : {
              status: 404,
              message: `the cluster does not know the kind ${desired.object.apiVersion} ${desired.object.kind}`,
            };
      }
      const sent = await sendObject(sendOf(step, carrying), "dry-run");
      if (sent.is === "done") {
        if (sent.repairs.length > 0)
          carrying.keep({
            ...(record ?? { key: desired.key, uid: "" }),
            repairs: { desiredHash: sent.hash, list: sent.repairs },
          });
        return undefined;
      }
      if (sent.is === "refused" && /does not support dry run/i.test(sent.outcome.message)) return undefined;
      return refusedBy(sent.outcome);
    }
  }
}

/** A dry run of exactly this object against exactly this live one was answered while it was compared. */
function wasAsked(
  desired: DesiredObject,
  live: NonNullable<ApplyStep["live"]>,
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

function refusedBy(outcome: Exclude<WriteOutcome, { is: "done" }>): Refused {
  return outcome.is === "refused"
    ? { status: outcome.status, message: outcome.message }
    : { status: 0, message: `the cluster did not answer: ${outcome.why}` };
}

/** New kinds are served a moment after their definition is accepted. */
async function untilServed(
  steps: readonly Step[],
  { cluster, clock, signal, progress }: Carrying,
): Promise<void> {
  const kinds = new Map(
    steps.flatMap((step) =>
      step.do === "apply" ? [[groupKind(step.desired.object), gvkOf(step.desired.object)] as const] : [],
    ),
  );
  for (const [name, gvk] of kinds) {
    for (let tries = 0; tries < 100; tries++) {
      if ((await cluster.kind(gvk)).is === "known") break;
      progress(`waiting for the cluster to serve ${name}`);
      await clock.sleep(100, signal);
    }
  }
}

// ---------------------------------------------------------------- writing

async function carryStep(step: Step, carrying: Carrying): Promise<StepOutcome> {
  switch (step.do) {
    case "create-namespace":
      return writeNamespace(step, carrying.cluster);
    case "apply":
      return applyStep(step, carrying);
    case "prune": {
      const live = carrying.cluster.get(step.key);
      if (live === undefined || live.uid !== step.uid)
        return { outcome: "pruned", message: "was already gone" };
      const outcome = await carrying.cluster.delete(
        step.ref,
        live.apiVersion,
        { uid: step.uid, propagation: step.propagation },
        "write",
      );
      if (outcome.is === "deleted" || outcome.is === "absent")
        return { outcome: "pruned", message: "pruned" };
      return { outcome: "failed", message: refusedBy(outcome).message };
    }
  }
}

async function applyStep(step: ApplyStep, carrying: Carrying): Promise<StepOutcome> {
  const sent = await sendObject(sendOf(step, carrying), "write");
  if (sent.is !== "done") return { outcome: "failed", message: refusedBy(sent.outcome).message };
  const { live, warnings } = sent.outcome;
  carrying.keep(
    recordAfterApply(live, { hash: sent.hash, repairs: sent.repairs, from: step.desired.origin }),
  );
  const what =
    step.live === undefined
      ? "created"
      : live.resourceVersion === step.live.resourceVersion
        ? "unchanged"
        : "configured";
  const said = [what, ...sent.repairs.map(({ text }) => text), ...warnings].join(". ");
  return { outcome: what === "unchanged" ? "unchanged" : "applied", message: said };
}

function sendOf({ desired, live, how }: ApplyStep, { cluster, faults, ignoredOf, recordOf }: Carrying): Send {
  return { cluster, desired, ignored: ignoredOf(desired), live, how, record: recordOf(desired.key), faults };
}

async function writeNamespace(
  step: Extract<Step, { do: "create-namespace" }>,
  cluster: Cluster,
): Promise<StepOutcome> {
  const ref: ObjectRef = { group: "", kind: "Namespace", namespace: "", name: step.namespace };
  if (step.update === "if-missing" && cluster.get(refKey(ref)) !== undefined)
    return { outcome: "unchanged", message: "the namespace exists" };
  const metadata: KubeObject["metadata"] = { name: step.namespace };
  if (Object.keys(step.labels).length > 0) metadata.labels = step.labels;
  if (Object.keys(step.annotations).length > 0) metadata.annotations = step.annotations;
  const outcome = await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata }, "write");
  return outcome.is === "done"
    ? { outcome: "applied", message: "the namespace is there" }
    : { outcome: "failed", message: `cannot create the namespace: ${refusedBy(outcome).message}` };
}

// ---------------------------------------------------------------- order and words

/** Deletions together first; then the writes, one kind after the other. */
function groupsOf({ steps }: Wave): Step[][] {
  const groups: Step[][] = [];
  let last: string | undefined;
  for (const step of steps) {
    const ref = refOf(step);
    const name = step.do === "prune" ? "prune" : `${kindOrder(ref)} ${groupKind(ref)}`;
    if (name === last) groups.at(-1)?.push(step);
    else groups.push([step]);
    last = name;
  }
  return groups;
}

function stepsOf(waves: readonly Wave[]): [Wave, Step][] {
  return waves.flatMap((wave) => wave.steps.map((step): [Wave, Step] => [wave, step]));
}

function waitFor(step: Step): WaitFor {
  const ref = refOf(step),
    key = refKey(ref);
  return step.do === "prune" ? { until: "gone", ref, key, uid: step.uid } : { until: "healthy", ref, key };
}

function refOf(step: Step): ObjectRef {
  if (step.do === "create-namespace")
    return { group: "", kind: "Namespace", namespace: "", name: step.namespace };
  return step.do === "apply" ? step.desired.ref : step.ref;
}

function versionOf(step: Step): string {
  return step.do === "apply"
    ? parseApiVersion(step.desired.object.apiVersion).version
    : step.do === "create-namespace"
      ? "v1"
      : "";
}

function placeOf(step: Step, wave: Wave): Pick<StepResult, "ref" | "version" | "phase" | "wave"> {
  return { ref: refOf(step), version: versionOf(step), phase: wave.phase, wave: wave.wave };
}

function resultOf(
  place: Pick<StepResult, "ref" | "version" | "phase" | "wave">,
  outcome: StepOutcome,
): StepResult {
  return { ...place, ...outcome };
}

/** At most three in full: a sentence with a thousand objects is read by nobody. */
function sentenceOf(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).join("; ");
  return texts.length <= 3 ? shown : `${shown}; and ${texts.length - 3} more`;
}
