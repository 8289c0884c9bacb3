/** One hook of one try of a sync: its name, its object, its end, and what is told of it. */
import { ANNOTATION } from "../../core/model/application.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import { type LiveObject, withObject } from "../../core/model/live-object.ts";
import { groupKind, type ObjectRef, type RefKey } from "../../core/model/object-ref.ts";
import type { ResourceResult, SyncPhase } from "../../core/model/operation.ts";
import type { HookStep, Plan, StepOutcome, StepResult, Wave } from "../../core/model/plan.ts";
import { parseDurationMs } from "../../lib/duration.ts";

/**
 * The try of a sync that hooks are run in: what names that are made differ by, and what tells this try's objects from an
 * older one's. Times have whole seconds, so that only a try that a restart cut off looks for objects of its own.
 */
export interface HookTry {
  is: "begun" | "resumed";
  /** A name that is made has its first characters: a commit, or whatever else is one for all processes of this try. */
  mark: string;
  startedAt: string;
  id: string;
  /** Ids of tries before it whose hooks are not run again where they succeeded. */
  earlier?: readonly string[];
}

export type End = { is: "succeeded" | "failed"; message: string };

export interface HookRun {
  step: HookStep;
  wave: Wave;
  ref: ObjectRef;
  key: RefKey;
  /** "" where it ended under an earlier process. */
  uid: string;
  /** Of the object as it was made or found: what a cache shows from before says nothing of this run. */
  resourceVersion: string;
  /** Milliseconds since 1970, for people. */
  since: number;
  /** The same by the clock that never steps, for its deadline. */
  begunAt: number;
  /** How long it may take, also as a person wrote it; undefined: as long as it takes. */
  deadline: { ms: number; words: string } | undefined;
  end: End | undefined;
  /** The end that is on disk. */
  noted: End | undefined;
}

/** Most characters of a Job's name, and of what a label can hold. */
const LONGEST_NAME = 63;

/**
 * A name that is made is the same for all processes of this try, so that none makes a second object.
 * @param nth 1 for the first hook of this phase with this `generateName`, 2 for the second
 */
export function refOfHook(
  { desired: { ref, object }, type }: HookStep,
  { mark, startedAt }: HookTry,
  nth: number,
): ObjectRef {
  if (object.metadata.name !== undefined) return ref;
  const seconds = Math.floor(Date.parse(startedAt) / 1000);
  const end = `${mark.slice(0, 7)}-${type.toLowerCase()}-${seconds}${nth === 1 ? "" : `-${nth}`}`;
  return {
    ...ref,
    name: `${(object.metadata.generateName ?? "").slice(0, LONGEST_NAME - end.length)}${end}`,
  };
}

/** Which of the hooks that share a `generateName` in one phase each step is: 1, 2, … in the order of the plan. */
export function countTwins({
  waves,
  onFailure = [],
}: Pick<Plan, "waves"> & Partial<Pick<Plan, "onFailure">>): Map<HookStep, number> {
  const counts = new Map<string, number>();
  const nth = new Map<HookStep, number>();
  for (const step of [...waves, ...onFailure].flatMap(({ steps }) => steps)) {
    if (step.do !== "hook") continue;
    const name = `${step.type} ${step.desired.key}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    nth.set(step, count);
  }
  return nth;
}

export function hookObject(
  { desired: { object }, type }: HookStep,
  { name }: ObjectRef,
  { id: tryId }: HookTry,
): KubeObject {
  const { generateName: made, ...metadata } = object.metadata;
  const annotations: Record<string, string> = {
    ...metadata.annotations,
    [ANNOTATION.hookRun]: idOf(type, tryId),
  };
  // It speaks of the name that was given, or the object would count as nobody's.
  const id = annotations[ANNOTATION.trackingId];
  if (made !== undefined && id?.endsWith(`/${made}`) === true)
    annotations[ANNOTATION.trackingId] = `${id.slice(0, -made.length)}${name}`;
  return { ...object, metadata: { ...metadata, name, annotations } };
}

/** Made by this same try, before a restart. */
export function isOfTry({ metadata }: KubeObject, { type }: HookStep, { is, id }: HookTry): boolean {
  return is === "resumed" && metadata.annotations?.[ANNOTATION.hookRun] === idOf(type, id);
}

/** The same of what a try before it made and this one does not make again. */
export function isOfTryOrEarlier(object: KubeObject, step: HookStep, at: HookTry): boolean {
  return [at.id, ...(at.earlier ?? [])].some((id) => isOfTry(object, step, { ...at, id }));
}

function idOf(type: SyncPhase, tryId: string): string {
  return `${tryId} ${type}`;
}

/**
 * A Job that was over before its deletion began, as it was then: a time to live deletes it with what it owns, so that it may
 * still be there, and being deleted, when it is looked at. One that ends later was ended by its deletion, whatever its Pods
 * exit with; within one second nobody can tell, and it counts as that.
 */
export function asBeforeDeletion(live: LiveObject): LiveObject {
  const { deletionTimestamp, ...metadata } = live.object.metadata;
  if (typeof deletionTimestamp !== "string" || groupKind(live.ref) !== "batch/Job") return live;
  const { conditions = [] } = (live.object.status ?? {}) as { conditions?: JobCondition[] };
  const wasOver = conditions.some(
    ({ type, status, lastTransitionTime = "" }) =>
      (type === "Complete" || type === "Failed") &&
      status === "True" &&
      Date.parse(lastTransitionTime) < Date.parse(deletionTimestamp),
  );
  return wasOver ? withObject(live, { ...live.object, metadata }) : live;
}

interface JobCondition {
  type: string;
  status: string;
  lastTransitionTime?: string;
}

export function placeOfHook({
  ref,
  wave,
  step,
}: Pick<HookRun, "ref" | "wave" | "step">): Pick<StepResult, "ref" | "version" | "phase" | "wave"> {
  const { version } = parseApiVersion(step.desired.object.apiVersion);
  return { ref, version, phase: step.type, wave: wave.wave };
}

/** Of what was written down: one that could not be started has no end. */
export function endOf(known: ResourceResult | undefined): End | undefined {
  if (known === undefined || known.status === "SyncFailed") return undefined;
  const { hookPhase, message } = known;
  if (hookPhase !== "Succeeded" && hookPhase !== "Failed") return undefined;
  return { is: hookPhase === "Succeeded" ? "succeeded" : "failed", message };
}

export function outcomeOf(hook: SyncPhase, { is, message }: End): StepOutcome {
  return { outcome: is === "succeeded" ? "hook-succeeded" : "hook-failed", hook, message };
}

export function hookFailed({ type }: HookStep, message: string): StepOutcome {
  return { outcome: "failed", hook: type, message };
}

/**
 * By when it must have completed: what it says itself counts, where that is a duration, and 0 is no deadline.
 * @param otherwiseMs the config's own
 */
export function deadlineOf({ metadata }: KubeObject, otherwiseMs: number): HookRun["deadline"] {
  const text = metadata.annotations?.[ANNOTATION.hookTimeout];
  const ms = text === undefined ? undefined : parseDurationMs(text);
  const deadline =
    ms === undefined
      ? { ms: otherwiseMs, words: `${otherwiseMs / 1000}s, the config's sync.hookTimeout` }
      : { ms, words: text ?? "" };
  return deadline.ms === 0 ? undefined : deadline;
}

/** In how many milliseconds its deadline is, undefined where it has none. @param ticks as `begunAt` counts */
export function leftMs({ begunAt, deadline }: HookRun, ticks: number): number | undefined {
  return deadline === undefined ? undefined : Math.max(0, begunAt + deadline.ms - ticks);
}
