import { definedKind } from "../compare/index.ts";
import { groupKind, type ObjectRef } from "../model/object-ref.ts";
import type { SyncPhase } from "../model/operation.ts";
import type { Step, Wave } from "../model/plan.ts";
import { kindOrder } from "./kind-order.ts";

/** A step with its place in the order. */
export interface Task {
  phase: SyncPhase;
  wave: number;
  ref: ObjectRef;
  step: Extract<Step, { do: "apply" | "prune" }>;
}

export const PHASES: readonly SyncPhase[] = ["PreSync", "Sync", "PostSync"];

/**
 * Orders tasks: by phase, wave, deletions before writes, kind, name; then moves Namespaces and CRDs ahead of what
 * needs them. Deletions go in reverse order of kinds, so that custom resources go before their definition.
 */
export function inWaves(tasks: readonly Task[]): Wave[] {
  const waves: Wave[] = [];
  for (const { phase, wave, step } of withNeededFirst([...tasks].sort(compareTasks))) {
    const last = waves.at(-1);
    if (last !== undefined && last.phase === phase && last.wave === wave) last.steps.push(step);
    else waves.push({ phase, wave, steps: [step] });
  }
  return waves;
}

function compareTasks(a: Task, b: Task): number {
  const place = PHASES.indexOf(a.phase) - PHASES.indexOf(b.phase) || a.wave - b.wave;
  if (place !== 0) return place;
  if (a.step.do !== b.step.do) return a.step.do === "prune" ? -1 : 1;
  const kinds = kindOrder(a.ref) - kindOrder(b.ref);
  return (
    (a.step.do === "prune" ? -kinds : kinds) ||
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
      (task) => task !== giver && task.step.do === "apply" && needs(task) === given,
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

/** `argocd.argoproj.io/sync-wave`; 0 where it is absent or no whole number. */
export function parseWave(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text.trim()) ? Number(text) : 0;
}
