/** Actions of well-known operators' kinds. Names as in Argo CD; the fields are those that each operator documents. */
import type { KubeObject } from "../model/kube-object.ts";
import { ActionRefused, type ActionWrite } from "../model/resource-action.ts";
import { type BuiltInAction, fieldOf, setField } from "./action.ts";
import { suspended } from "./workloads.ts";

/** An annotation with the time of the wish is how many operators are told to do something once. */
function stamp(name: string, says: string, annotation: string): BuiltInAction {
  return {
    name,
    says,
    run: (object, { now }) => setField(object, ["metadata", "annotations", annotation], now),
  };
}

/** Sets a field to a value that it has already where the action makes no sense. */
function set(name: string, says: string, path: string[], value: unknown, already: string): BuiltInAction {
  return {
    name,
    says,
    idle: (object) => (fieldOf(object, ...path) === value ? already : undefined),
    run: (object) => setField(object, path, value),
  };
}

// ---------------------------------------------------------------- Argo Rollouts

/** Source: what `kubectl argo rollouts` patches, its command by command. */
const isAborted = (rollout: KubeObject): boolean => fieldOf(rollout, "status", "abort") === true;
const isStable = (rollout: KubeObject): boolean => {
  const stable = fieldOf(rollout, "status", "stableRS");
  return stable !== undefined && stable === fieldOf(rollout, "status", "currentPodHash");
};
const isHeld = (rollout: KubeObject): boolean => {
  const conditions = fieldOf(rollout, "status", "pauseConditions");
  return fieldOf(rollout, "spec", "paused") === true || (Array.isArray(conditions) && conditions.length > 0);
};

function goOn(rollout: KubeObject): ActionWrite[] {
  setField(rollout, ["status", "pauseConditions"], undefined);
  return setField(rollout, ["spec", "paused"], false);
}

export const rollout: BuiltInAction[] = [
  {
    name: "restart",
    says: "makes its Pods anew",
    run: (object, { now }) => setField(object, ["spec", "restartAt"], now),
  },
  {
    name: "pause",
    says: "holds its rollout",
    idle: (object) => (fieldOf(object, "spec", "paused") === true ? "it is paused already" : undefined),
    run: (object) => setField(object, ["spec", "paused"], true),
  },
  {
    name: "resume",
    says: "lets its rollout go on past the pause",
    idle: (object) => (isHeld(object) ? undefined : "it is not paused"),
    run: goOn,
  },
  {
    name: "abort",
    says: "ends its rollout and goes back to the stable version",
    idle: (object) =>
      isAborted(object) ? "it is aborted already" : isStable(object) ? "no rollout is under way" : undefined,
    run: (object) => setField(object, ["status", "abort"], true),
  },
  {
    name: "retry",
    says: "starts the rollout again that was aborted",
    idle: (object) => (isAborted(object) ? undefined : "it is not aborted"),
    run: (object) => setField(object, ["status", "abort"], false),
  },
  {
    name: "promote-full",
    says: "ends its rollout at once, past all steps, pauses and analyses",
    idle: (object) => (isStable(object) ? "no rollout is under way" : undefined),
    run: (object) => setField(object, ["status", "promoteFull"], true),
  },
  {
    name: "skip-current-step",
    says: "goes on with the next step of its rollout",
    idle: (object) => (nextStep(object) === undefined ? "it is at no step" : undefined),
    run(object) {
      const next = nextStep(object);
      if (next === undefined) throw new ActionRefused("it is at no step");
      setField(object, ["status", "pauseConditions"], undefined);
      return setField(object, ["status", "currentStepIndex"], next);
    },
  },
];

function nextStep(object: KubeObject): number | undefined {
  const steps = fieldOf(object, "spec", "strategy", "canary", "steps");
  const at = fieldOf(object, "status", "currentStepIndex");
  return Array.isArray(steps) && typeof at === "number" && at >= 0 && at < steps.length ? at + 1 : undefined;
}

export const analysisRun = [
  set("terminate", "ends it", ["spec", "terminate"], true, "it is being ended already"),
];

// ---------------------------------------------------------------- Flux

/** Source: Flux's `reconcile`, `suspend` and `resume`, which write these fields. */
export const flux: BuiltInAction[] = [
  stamp("reconcile", "has Flux look at it now", "reconcile.fluxcd.io/requestedAt"),
  ...suspended,
];

// ---------------------------------------------------------------- others

export const externalSecret = [stamp("refresh", "fetches its values anew", "force-sync")];
export const pushSecret = [stamp("push", "pushes its values anew", "force-sync")];

const HIBERNATION = ["metadata", "annotations", "cnpg.io/hibernation"];
const KEDA_PAUSED = ["metadata", "annotations", "autoscaling.keda.sh/paused"];

export const postgresCluster: BuiltInAction[] = [
  stamp("restart", "restarts its instances, one after another", "kubectl.kubernetes.io/restartedAt"),
  stamp("reload", "has its instances read their settings again", "cnpg.io/reloadedAt"),
  set("suspend", "stops its instances and keeps their volumes", HIBERNATION, "on", "it hibernates already"),
  {
    name: "resume",
    says: "starts its instances again",
    idle: (object) => (fieldOf(object, ...HIBERNATION) === "on" ? undefined : "it does not hibernate"),
    run: (object) => setField(object, HIBERNATION, "off"),
  },
];

export const scaledObject: BuiltInAction[] = [
  set("pause", "stops scaling, and leaves its target as it is", KEDA_PAUSED, "true", "it is paused already"),
  {
    name: "resume",
    says: "scales again",
    idle: (object) => (fieldOf(object, ...KEDA_PAUSED) === "true" ? undefined : "it is not paused"),
    run: (object) => setField(object, KEDA_PAUSED, undefined),
  },
];
