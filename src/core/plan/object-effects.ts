import { defined } from "../../lib/defined.ts";
import type { Effect, ObjectEffect } from "../model/blast-report.ts";
import type { Difference } from "../model/comparison.ts";
import { parseApiVersion } from "../model/kube-object.ts";
import type { ObjectRef, RefKey } from "../model/object-ref.ts";
import type { Guard, Plan, Step } from "../model/plan.ts";

export interface EffectsInput {
  plan: Plan;
  differences: readonly Difference[];
  /** What the API server, or the project, refuses, a sentence each. */
  refused: ReadonlyMap<RefKey, string>;
  /** Hash by object, hooks included, as Git would want it. */
  wanted: ReadonlyMap<RefKey, string>;
  /** The same without these commits; undefined where that is not known. */
  before: ReadonlyMap<RefKey, string> | undefined;
}

/** An object that a sync would touch, or would have to, before anybody looked up its fields. */
export type PlannedEffect = Omit<ObjectEffect, "fields" | "live" | "predicted"> & { key: RefKey };

/** Guards that a person can lift. */
const HOLDING: ReadonlySet<Guard> = new Set([
  "empty",
  "namespaces",
  "budget",
  "confirm",
  "contents",
  "left-out",
  "unproven",
]);

/** What a plan would do, object by object, in the order of its waves; then what stays, what cannot be written, and what is not known. */
export function objectEffects({ plan, differences, refused, wanted, before }: EffectsInput): PlannedEffect[] {
  const impossible = new Map((plan.impossible ?? []).map(({ key, text }) => [key, text]));
  const refusalOf = (key: RefKey): string | undefined => refused.get(key) ?? impossible.get(key);
  const effects = new Map<RefKey, PlannedEffect>();
  const same = new Set(differences.flatMap(({ is, key }) => (is === "same" ? [key] : [])));
  // What Git wants as before is not these commits' doing, and neither is what it did not want before.
  const causeOf = (key: RefKey): ObjectEffect["cause"] =>
    before !== undefined && wanted.get(key) === before.get(key) ? "before" : "range";
  const put = (key: RefKey, ref: ObjectRef, version: string, effect: Effect, why?: string): void => {
    if (effects.has(key)) return;
    effects.set(key, {
      key,
      ...ref,
      version,
      effect,
      cause: causeOf(key),
      ...defined({ why }),
    });
  };
  for (const { steps } of [...plan.waves, ...plan.onFailure])
    for (const step of steps) {
      const touched = touchedBy(step, same);
      if (touched === undefined) continue;
      const why = refusalOf(touched.key);
      put(touched.key, touched.ref, touched.version, why === undefined ? touched.effect : "refuse", why);
    }
  for (const { key, ref, guard, text } of plan.refusals)
    put(key, ref, "", HOLDING.has(guard) ? "hold" : "stay", text);
  for (const difference of differences)
    if (difference.is === "unknown" && difference.because === "unseen")
      put(
        difference.key,
        difference.desired.ref,
        versionOf(difference.desired.object),
        "unknown",
        difference.why,
      );
  for (const { key, ref, text } of plan.impossible ?? []) put(key, ref, "", "refuse", text);
  return withHooks([...effects.values()]);
}

/** Hooks run with a sync: because of these commits where something else makes one start. */
function withHooks(effects: readonly PlannedEffect[]): PlannedEffect[] {
  const starts = effects.some(
    ({ effect, cause }) => cause === "range" && effect !== "stay" && effect !== "hold",
  );
  return starts
    ? effects.map((effect) => (effect.effect === "run" ? { ...effect, cause: "range" } : effect))
    : [...effects];
}

type Touched = Pick<PlannedEffect, "key" | "version" | "effect"> & { ref: ObjectRef };

/** Undefined where nobody would see a difference: what is ours anew only, and Namespaces that are there. */
function touchedBy(step: Step, same: ReadonlySet<RefKey>): Touched | undefined {
  switch (step.do) {
    case "create-namespace":
      return undefined;
    case "prune":
      return { key: step.key, ref: step.ref, version: "", effect: "delete" };
    case "hook":
      return { ...step.desired, version: versionOf(step.desired.object), effect: "run" };
    case "apply": {
      const { key, ref, object } = step.desired;
      if (same.has(key)) return undefined;
      return { key, ref, version: versionOf(object), effect: step.live === undefined ? "create" : "change" };
    }
  }
}

function versionOf({ apiVersion }: { apiVersion: string }): string {
  return parseApiVersion(apiVersion).version;
}
