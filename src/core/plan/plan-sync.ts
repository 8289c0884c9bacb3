import { kindVersionOf, redefinedKinds } from "../compare/index.ts";
import { hasOption } from "../model/application.ts";
import type { DesiredObject } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { NamespaceIs } from "../model/namespace-metadata.ts";
import { groupKind, type RefKey } from "../model/object-ref.ts";
import type { SyncPhase } from "../model/operation.ts";
import type { HookStep, Impossible, Plan, Step } from "../model/plan.ts";
import { waveOf } from "../model/sync-wave.ts";
import type { GuardInput } from "./guard-input.ts";
import { hookStep } from "./hook-step.ts";
import { pruneVerdicts } from "./prune-guards.ts";
import { isSelected } from "./selection.ts";
import { applyMethod, isOptionSet, optionsOf, propagationOf } from "./sync-options.ts";
import { inWaves, reversedWaves, type Standing, type Task, withStanding } from "./task-order.ts";

export interface PlanInput extends GuardInput {
  /** All that Git wants, hooks included. */
  desired: readonly DesiredObject[];
  /** Objects without a difference that our entry does not own: applied again in a sync, see `Conclusion.reown`. */
  reown?: ReadonlySet<RefKey>;
  /** The destination's Namespace as it is; absent from the input: not known, then CreateNamespace always has a step. */
  destinationNamespace?: LiveObject | "absent";
  /** Where it is `behind`, it may have to lose something that no look at it tells. Default `as-left`. */
  namespaceIs?: NamespaceIs;
  /** What stands under the names of hooks, and whose it is where it is another application's. */
  hooks?: { live: ReadonlyMap<RefKey, LiveObject>; foreign: ReadonlyMap<RefKey, string> };
}

/**
 * What one sync does, as data: waves of steps with the hooks among them, what follows a failure, the deletions that
 * will not happen and why.
 * The same plan is the dry run and the run. Self-heal is a selective sync of the objects that drifted.
 */
export function planSync(input: PlanInput): Plan {
  const { app, desired, differences, request } = input;
  const applies = applyTasks(input);
  const { allowed, refusals } = pruneVerdicts(input);
  const hooks = hookTasks(input);
  const runs = hooks.filter(({ phase }) => phase !== "SyncFail");
  const standing = standingOf(input, applies);
  const prunes = pruneTasks(allowed, [...applies, ...runs, ...standing], input);
  const waves = withStanding(inWaves([...applies, ...prunes, ...runs]), standing);
  const namespace = namespaceStep(input, runs);
  if (namespace !== undefined)
    waves.unshift({
      phase: "PreSync",
      wave: Math.min(0, ...waves.filter(({ phase }) => phase === "PreSync").map(({ wave }) => wave)),
      steps: [namespace],
      gate: [],
    });
  const foreign = new Set(differences.filter(({ is }) => is === "foreign").map(({ key }) => key));
  const redefined = new Set(
    applies.flatMap(({ step }) =>
      step.do === "apply" && step.live !== undefined
        ? redefinedKinds(step.desired.object, step.live.object)
        : [],
    ),
  );
  const impossible = differences.flatMap((difference): Impossible[] => {
    if (difference.is === "extra" || !isSelected(difference.desired.ref, request.resources)) return [];
    const {
      key,
      desired: { ref },
    } = difference;
    if (difference.is === "unknown") {
      const changes =
        difference.because === "unseen" && redefined.has(kindVersionOf(difference.desired.object));
      return [
        { key, ref, text: difference.why, ...(changes ? { until: "definition-changes" as const } : {}) },
      ];
    }
    if (difference.is === "foreign")
      return hasOption(optionsOf(app, request), "FailOnSharedResource=true")
        ? [
            {
              key,
              ref,
              text: `it belongs to ${difference.owner}, and FailOnSharedResource=true stops a sync for that`,
            },
          ]
        : [];
    const denied = input.denied?.get(key);
    return denied === undefined ? [] : [{ key, ref, text: denied }];
  });
  return {
    waves,
    onFailure: inWaves(hooks.filter(({ phase }) => phase === "SyncFail")),
    refusals,
    intended: desired
      .filter(({ key, role }) => role.is === "ordinary" && !foreign.has(key))
      .map(({ key }) => key),
    impossible: [...impossible, ...goingNamespace(input), ...impossibleHooks(input, hooks)],
  };
}

function applyTasks({ app, differences, request, reown, denied }: PlanInput): Task[] {
  const onlyOutOfSync = hasOption(optionsOf(app, request), "ApplyOutOfSyncOnly=true");
  return differences.flatMap((difference): Task[] => {
    if (difference.is !== "missing" && difference.is !== "changed" && difference.is !== "same") return [];
    const { desired } = difference;
    if (!isSelected(desired.ref, request.resources) || denied?.has(desired.key)) return [];
    if (difference.is === "same" && (onlyOutOfSync || !reown?.has(desired.key))) return [];
    const live = difference.is === "missing" ? undefined : difference.live;
    return [
      {
        phase: desired.phase,
        wave: desired.wave,
        ref: desired.ref,
        step: {
          do: "apply",
          desired,
          live,
          how: applyMethod(app, request, desired, live),
          missingKind: isOptionSet("SkipDryRunOnMissingResource", optionsOf(app, request), desired, live)
            ? "ask-later"
            : "refuse",
        },
      },
    ];
  });
}

/** What Git wants of this sync's objects and need not be written: it is part of its wave's gate all the same. */
function standingOf({ differences, request }: PlanInput, tasks: readonly Task[]): Standing[] {
  const written = new Set(tasks.flatMap(({ step }) => (step.do === "apply" ? [step.desired.key] : [])));
  return differences.flatMap((difference) => {
    if (difference.is !== "same" && difference.is !== "changed") return [];
    const { key, phase, wave, ref, object } = difference.desired;
    if (written.has(key) || !isSelected(ref, request.resources)) return [];
    return [{ key, phase, wave, ref, apiVersion: object.apiVersion }];
  });
}

/** @param others all else that Git wants of this sync, written or not: deletions that come last come after it */
function pruneTasks(
  allowed: readonly LiveObject[],
  others: readonly Pick<Task, "phase" | "wave">[],
  { app, request }: PlanInput,
): Task[] {
  const options = optionsOf(app, request);
  const propagation = propagationOf(options);
  const annotated = allowed.map(({ object }) => waveOf(object));
  const reversed = reversedWaves(annotated);
  const waves = annotated.map((wave) => reversed.get(wave) ?? wave);
  const before = others.filter(({ phase }) => phase === "Sync").map(({ wave }) => wave);
  const last = 1 + [...waves, ...before].reduce((most, wave) => Math.max(most, wave), 0);
  return allowed.map((live, at) => ({
    phase: "Sync",
    wave: isOptionSet("PruneLast", options, undefined, live) ? last : (waves[at] ?? 0),
    ref: live.ref,
    step: { do: "prune", ref: live.ref, key: live.key, uid: live.uid, propagation },
  }));
}

/**
 * CreateNamespace: before everything else, unless the application brings that Namespace itself.
 * @param runs hooks of this sync
 */
function namespaceStep(
  { app, desired, request, destinationNamespace, namespaceIs }: PlanInput,
  runs: readonly Task[],
): Step | undefined {
  const name = app.spec.destination.namespace ?? "";
  if (name === "" || !hasOption(optionsOf(app, request), "CreateNamespace=true")) return undefined;
  const isIt = ({ ref }: Pick<Task, "ref">): boolean => groupKind(ref) === "Namespace" && ref.name === name;
  if (
    desired.some((one) => one.role.is === "ordinary" && isIt(one)) ||
    runs.some((hook) => hook.phase === "PreSync" && isIt(hook))
  )
    return undefined;
  const managed = app.spec.syncPolicy?.managedNamespaceMetadata;
  const labels = managed?.labels ?? {},
    annotations = managed?.annotations ?? {};
  if (typeof destinationNamespace === "object" && namespaceIs !== "behind") {
    const { metadata } = destinationNamespace.object;
    if (holds(metadata.labels, labels) && holds(metadata.annotations, annotations)) return undefined;
  }
  return {
    do: "create-namespace",
    namespace: name,
    labels,
    annotations,
    update: managed === undefined ? "if-missing" : "always",
  };
}

/** CreateNamespace: where the Namespace is on its way out, what is in it goes, and nothing can be made in it. */
function goingNamespace({ app, desired, request, destinationNamespace }: PlanInput): Impossible[] {
  if (typeof destinationNamespace !== "object" || !hasOption(optionsOf(app, request), "CreateNamespace=true"))
    return [];
  const { key, ref, object } = destinationNamespace;
  const { deletionTimestamp: since } = object.metadata;
  // One that Git says is an object like any other, and tells of its deletion itself.
  if (since === undefined || desired.some((one) => one.key === key)) return [];
  const text = `it was asked to go at ${since}, and everything in it goes with it. A sync makes it anew once it is gone`;
  return [{ key, ref, text }];
}

function holds(have: Record<string, string> | undefined, want: Record<string, string>): boolean {
  return Object.entries(want).every(([key, value]) => have?.[key] === value);
}

const HOOK_PHASES: readonly SyncPhase[] = ["PreSync", "Sync", "PostSync", "SyncFail"];

/** Whether a sync runs hooks at all: selective ones, self-heal with them, and the `apply` strategy run none. */
function runsHooks({
  resources = [],
  syncStrategy,
}: Pick<PlanInput["request"], "resources" | "syncStrategy">): boolean {
  return resources.length === 0 && syncStrategy?.apply === undefined;
}

/** A task for each phase that an object is a hook of. What deletions run is not among them. */
function hookTasks({ desired, request, hooks }: PlanInput): (Task & { step: HookStep })[] {
  if (!runsHooks(request)) return [];
  return desired.flatMap((one) => {
    const { role, ref, wave } = one;
    if (role.is !== "hook") return [];
    const live = one.object.metadata.name === undefined ? undefined : hooks?.live.get(one.key);
    return HOOK_PHASES.filter((phase) => role.types.includes(phase)).map((phase) => ({
      phase,
      wave,
      ref,
      step: hookStep(one, role, phase, live),
    }));
  });
}

/** A hook is made by force under its name, so that what stands there must be nobody else's. */
function impossibleHooks(
  { denied, hooks }: PlanInput,
  tasks: readonly (Task & { step: HookStep })[],
): NonNullable<Plan["impossible"]> {
  const byKey = new Map(tasks.map(({ step: { desired } }) => [desired.key, desired.ref]));
  return [...byKey].flatMap(([key, ref]) => {
    const owner = hooks?.foreign.get(key);
    const text =
      denied?.get(key) ??
      (owner === undefined
        ? undefined
        : `the name of this hook is taken by an object that belongs to ${owner}. Give the hook another name`);
    return text === undefined ? [] : [{ key, ref, text }];
  });
}
