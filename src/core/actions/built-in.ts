import { defined } from "../../lib/defined.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";
import {
  type ActionAsk,
  ActionRefused,
  type ActionWrite,
  type OfferedAction,
} from "../model/resource-action.ts";
import type { BuiltInAction } from "./action.ts";
import {
  analysisRun,
  externalSecret,
  flux,
  postgresCluster,
  pushSecret,
  rollout,
  scaledObject,
} from "./operators.ts";
import { createJob, paused, restart, scale, suspended } from "./workloads.ts";

const FLUX_KINDS = [
  "source.toolkit.fluxcd.io/GitRepository",
  "source.toolkit.fluxcd.io/OCIRepository",
  "source.toolkit.fluxcd.io/HelmRepository",
  "source.toolkit.fluxcd.io/HelmChart",
  "source.toolkit.fluxcd.io/Bucket",
  "kustomize.toolkit.fluxcd.io/Kustomization",
  "helm.toolkit.fluxcd.io/HelmRelease",
  "image.toolkit.fluxcd.io/ImageRepository",
  "image.toolkit.fluxcd.io/ImageUpdateAutomation",
  "notification.toolkit.fluxcd.io/Receiver",
];

/** By `group/Kind`. */
const BY_KIND: ReadonlyMap<string, readonly BuiltInAction[]> = new Map([
  ["apps/Deployment", [restart, ...paused, scale]],
  ["apps/StatefulSet", [restart, scale]],
  ["apps/DaemonSet", [restart]],
  ["batch/CronJob", [createJob, ...suspended]],
  ["batch/Job", suspended],
  ["argoproj.io/Rollout", [...rollout, scale]],
  ["argoproj.io/AnalysisRun", analysisRun],
  ...FLUX_KINDS.map((kind): [string, readonly BuiltInAction[]] => [kind, flux]),
  ["external-secrets.io/ExternalSecret", externalSecret],
  ["external-secrets.io/PushSecret", pushSecret],
  ["postgresql.cnpg.io/Cluster", postgresCluster],
  ["keda.sh/ScaledObject", scaledObject],
]);

/** What the object offers, in the order of its table; nothing for kinds that have no actions of ours. */
export function builtInActions(object: KubeObject): OfferedAction[] {
  return (BY_KIND.get(groupKind(object)) ?? []).map(({ name, says, parameters, idle }) => ({
    name,
    says,
    parameters: parameters?.(object) ?? [],
    ...defined({ idle: idle?.(object) }),
  }));
}

/**
 * What an action of ours writes.
 * @returns undefined where the kind has none of this name
 * @throws {ActionRefused} what was asked makes no sense, now or at all
 */
export function runBuiltIn(object: KubeObject, name: string, ask: ActionAsk): ActionWrite[] | undefined {
  const action = BY_KIND.get(groupKind(object))?.find((one) => one.name === name);
  if (action === undefined) return undefined;
  const idle = action.idle?.(object);
  if (idle !== undefined) throw new ActionRefused(idle);
  const known = action.parameters?.(object).map((parameter) => parameter.name) ?? [];
  const unknown = Object.keys(ask.parameters).find((given) => !known.includes(given));
  if (unknown !== undefined)
    throw new ActionRefused(
      known.length === 0
        ? `it takes no parameter, and got ${unknown}`
        : `there is no parameter ${unknown}; it takes ${known.join(", ")}`,
    );
  return action.run(structuredClone(object), ask);
}
