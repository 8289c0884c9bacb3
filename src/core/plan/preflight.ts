import { definedKind, kindVersionOf, redefinedKinds } from "../compare/index.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";
import type { Plan, Step } from "../model/plan.ts";

export interface Preflight {
  /** Namespace and kind exist, or it is a Namespace or CRD itself: asked before anything is written. */
  now: Step[];
  /** Asked when the missing Namespaces and CRDs are written, before anything else is. */
  afterNamespacesAndCrds: Step[];
  /** Of each of the latter what is missing, a sentence without a full stop. */
  waitsFor: ReadonlyMap<Step, string>;
  /** Those of the latter whose kind is there, and gets another schema with this sync. */
  redefined: ReadonlySet<Step>;
}

/** Which dry runs are possible before the first write. Deletions are asked too: one that is forbidden stops the sync. */
export function preflight({ waves, onFailure }: Pick<Plan, "waves" | "onFailure">): Preflight {
  const steps = [...waves, ...onFailure].flatMap((wave) => wave.steps);
  const newNamespaces = new Set(steps.flatMap(newNamespace));
  const newKinds = new Set(steps.flatMap(newKindVersions));
  const otherKinds = new Set(
    steps.flatMap((step) =>
      step.do === "apply" && step.live !== undefined
        ? redefinedKinds(step.desired.object, step.live.object)
        : [],
    ),
  );
  const missing = (step: Step): string | undefined => {
    if ((step.do !== "apply" && step.do !== "hook") || isFoundation(step)) return undefined;
    const { ref, object } = step.desired;
    if (newNamespaces.has(ref.namespace)) return `the namespace ${ref.namespace} is not there yet`;
    const kind = kindVersionOf(object);
    if (newKinds.has(kind)) return `the kind ${object.apiVersion} ${object.kind} is not there yet`;
    return otherKinds.has(kind)
      ? `the definition of ${object.apiVersion} ${object.kind} changes before it`
      : undefined;
  };
  const waitsFor = new Map(
    steps.flatMap((step): [Step, string][] => {
      const what = missing(step);
      return what === undefined ? [] : [[step, what]];
    }),
  );
  return {
    now: steps.filter((step) => !waitsFor.has(step)),
    afterNamespacesAndCrds: [...waitsFor.keys()],
    waitsFor,
    redefined: new Set(
      [...waitsFor.keys()].filter(
        (step) => "desired" in step && otherKinds.has(kindVersionOf(step.desired.object)),
      ),
    ),
  };
}

/** Namespaces and CRDs that are written between the two stages of the pre-flight. */
export function isFoundation(step: Step): boolean {
  if (step.do === "create-namespace") return true;
  return (
    step.do === "apply" &&
    (groupKind(step.desired.ref) === "Namespace" || definedKind(step.desired.object) !== undefined)
  );
}

function newNamespace(step: Step): string[] {
  // Whether it exists already is known when the step is carried out; asking late is right in both cases.
  if (step.do === "create-namespace") return [step.namespace];
  return step.do === "apply" && groupKind(step.desired.ref) === "Namespace" && step.live === undefined
    ? [step.desired.ref.name]
    : [];
}

/** `group/Kind version` that the cluster serves only after this step. */
function newKindVersions(step: Step): string[] {
  const kind = step.do === "apply" ? definedKind(step.desired.object) : undefined;
  if (step.do !== "apply" || kind === undefined) return [];
  const served = new Set(step.live === undefined ? [] : servedVersions(step.live.object));
  return servedVersions(step.desired.object)
    .filter((version) => !served.has(version))
    .map((version) => `${kind} ${version}`);
}

function servedVersions(crd: KubeObject): string[] {
  const versions = (crd["spec"] as { versions?: unknown } | undefined)?.versions;
  if (!Array.isArray(versions)) return [];
  return versions.flatMap((version: { name?: unknown; served?: unknown }) =>
    typeof version.name === "string" && version.served !== false ? [version.name] : [],
  );
}
