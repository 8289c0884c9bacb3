import { definedKind } from "../compare/index.ts";
import { groupKind, type ObjectRef, type RefKey } from "../model/object-ref.ts";
import type { SyncPhase } from "../model/operation.ts";
import type { GateEntry, Step, Wave } from "../model/plan.ts";
import { kindOrder } from "./kind-order.ts";

/** A step with its place in the order. */
export interface Task {
  phase: SyncPhase;
  wave: number;
  ref: ObjectRef;
  step: Extract<Step, { do: "apply" | "prune" | "hook" }>;
}

const PHASES: readonly SyncPhase[] = ["PreDelete", "PreSync", "Sync", "PostSync", "SyncFail", "PostDelete"];

/**
 * Orders tasks: by phase, wave, deletions before writes, kind, name; then moves Namespaces and CRDs ahead of what
 * needs them. Deletions go in reverse order of kinds, so that custom resources go before their definition.
 */
export function inWaves(tasks: readonly Task[]): Wave[] {
  const waves: Wave[] = [];
  for (const { phase, wave, ref, step } of withNeededFirst([...tasks].sort(compareTasks))) {
    const last = waves.at(-1);
    const entry = gateEntry(ref, step);
    if (last !== undefined && last.phase === phase && last.wave === wave) {
      last.steps.push(step);
      last.gate.push(entry);
    } else waves.push({ phase, wave, steps: [step], gate: [entry] });
  }
  return waves;
}

function gateEntry(ref: ObjectRef, step: Task["step"]): GateEntry {
  switch (step.do) {
    case "prune":
      return { until: "gone", ref, key: step.key, uid: step.uid };
    case "hook":
      return { until: "completed", ref, key: step.desired.key };
    case "apply":
      return { until: "healthy", ref, key: step.desired.key, apiVersion: step.desired.object.apiVersion };
  }
}

/** An object that Git wants and this sync need not write, with its place in the order. */
export type Standing = Pick<Task, "phase" | "wave" | "ref"> & { key: RefKey; apiVersion: string };

/**
 * Adds what stands to the gates of its waves, so that nothing of a wave is written over one that is not healthy,
 * whoever wrote it when. Waves behind the last one with a step have nothing to hold up.
 */
export function withStanding(waves: readonly Wave[], standing: readonly Standing[]): Wave[] {
  const last = waves.at(-1);
  if (last === undefined) return [];
  const all = waves.map((wave) => ({ ...wave, gate: [...wave.gate] }));
  for (const { phase, wave, ref, key, apiVersion } of standing) {
    if (comparePlaces({ phase, wave }, last) >= 0) continue;
    const entry: GateEntry = { until: "healthy", ref, key, apiVersion };
    const at = all.findIndex((one) => comparePlaces(one, { phase, wave }) >= 0);
    const found = all[at];
    if (found !== undefined && comparePlaces(found, { phase, wave }) === 0) found.gate.push(entry);
    else all.splice(at, 0, { phase, wave, steps: [], gate: [entry] });
  }
  return all;
}

type Place = Pick<Task, "phase" | "wave">;

function comparePlaces(a: Place, b: Place): number {
  return PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || a.wave - b.wave;
}

function compareTasks(a: Task, b: Task): number {
  const place = comparePlaces(a, b);
  if (place !== 0) return place;
  const isPrune = a.step.do === "prune";
  if (isPrune !== (b.step.do === "prune")) return isPrune ? -1 : 1;
  const kinds = kindOrder(a.ref) - kindOrder(b.ref);
  return (
    (isPrune ? -kinds : kinds) ||
    compareText(a.ref.kind, b.ref.kind) ||
    compareText(a.ref.namespace, b.ref.namespace) ||
    compareText(a.ref.name, b.ref.name)
  );
}

/** By code units: the same on every machine, whatever its language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A Namespace stands just before the first object in it, and a CRD just before the first of its kind, with that
 * object's phase and wave, whatever wave its own annotation says. Where it already stands before, it stays.
 */
function withNeededFirst(sorted: readonly Task[]): Task[] {
  const byNamespace = moveAhead(
    sorted,
    ({ ref }) => (groupKind(ref) === "Namespace" ? ref.name : undefined),
    ({ ref }) => (ref.namespace === "" ? undefined : ref.namespace),
  );
  return moveAhead(
    byNamespace,
    ({ step }) => (step.do === "apply" ? definedKind(step.desired.object) : undefined),
    ({ ref }) => groupKind(ref),
  );
}

function moveAhead(
  tasks: readonly Task[],
  gives: (task: Task) => string | undefined,
  needs: (task: Task) => string | undefined,
): Task[] {
  const ordered = [...tasks];
  for (const giver of tasks) {
    const given = giver.step.do === "apply" ? gives(giver) : undefined;
    if (given === undefined) continue;
    const from = ordered.indexOf(giver);
    const to = ordered.findIndex(
      (task) => task !== giver && task.step.do !== "prune" && needs(task) === given,
    );
    const first = ordered[to];
    if (first === undefined || to > from) continue;
    ordered.splice(from, 1);
    ordered.splice(to, 0, { ...giver, phase: first.phase, wave: first.wave });
  }
  return ordered;
}

/**
 * What was applied first is deleted last: the distinct waves of deletions swap ends, lowest with highest.
 * @returns wave as annotated -> wave to use
 */
export function reversedWaves(waves: Iterable<number>): Map<number, number> {
  const distinct = [...new Set(waves)].sort((a, b) => a - b);
  return new Map(distinct.map((wave, rank) => [wave, distinct[distinct.length - 1 - rank] as number]));
}
