import type { Health } from "../model/health.ts";
import { type KubeObject, parseApiVersion } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";
import { conditionsOf, findCondition, tell } from "./conditions.ts";
import { staleGeneration } from "./families/generation.ts";
import { showWaiting, type WaitingContainer, waitingContainers } from "./kinds/pod.ts";
import { numberAt, textAt } from "./read.ts";

/**
 * Worsens a workload that is still rolling out when a Pod of its newest revision cannot start, so that a wrong image
 * is known at once and not after the progress deadline. Of one whose Pod has no node it says why, and leaves its status:
 * a node may yet come. Never makes anything better, and leaves workloads alone that are done, or whose newest revision
 * their controller has not seen yet.
 *
 * @param descendants objects below `object` at any depth, ReplicaSets and Pods among them; only metadata and status are read
 */
export function withDescendants(
  health: Health,
  object: KubeObject,
  descendants: readonly KubeObject[],
): Health {
  const unfinished = health.status === "Progressing" || health.status === "Degraded";
  if (!unfinished || object.metadata.deletionTimestamp || staleGeneration(object) !== undefined)
    return health;
  const newest = newestRevision[groupKind(object)];
  if (newest === undefined) return health;
  const pods = newest(object, descendants).filter((pod) => !pod.metadata.deletionTimestamp);
  const stuck = pods.flatMap((pod) => {
    const container = waitingContainers(pod).find(isStuck);
    return container === undefined ? [] : [sayOf(pod, showWaiting(container))];
  });
  // A rollout that ran out of time says that it did; why is what its Pod says.
  if (stuck.length > 0)
    return {
      status: "Degraded",
      message: sentences(first(stuck), health.status === "Degraded" ? health.message : ""),
    };
  const unplaced = pods.flatMap((pod) => {
    const placed = findCondition(conditionsOf(pod), "PodScheduled");
    return placed?.status === "False" && textAt(pod, "status", "phase") === "Pending"
      ? [sayOf(pod, `is on no node: ${tell(placed)}`)]
      : [];
  });
  return unplaced.length === 0 ? health : { ...health, message: sentences(first(unplaced), health.message) };
}

const sayOf = ({ metadata }: KubeObject, what: string): string => `Pod ${metadata.name} ${what}`;

/** The first of several, and how many there are beside it. */
function first([one = "", ...others]: readonly string[]): string {
  if (others.length === 0) return one;
  return `${one.replace(/\.$/, "")} (and ${others.length} more ${others.length === 1 ? "Pod" : "Pods"})`;
}

/** One after the other, with one full stop between them. */
function sentences(...said: readonly string[]): string {
  return said
    .filter((one) => one !== "")
    .map((one, at, { length }) => (at === length - 1 ? one : one.replace(/\.$/, "")))
    .join(". ");
}

/** Waiting that no patience ends. One crash or two may be a start in the wrong order. */
function isStuck({ reason, restarts }: WaitingContainer): boolean {
  return reason === "CrashLoopBackOff" ? restarts >= 3 : hopeless.has(reason);
}
const hopeless: ReadonlySet<string> = new Set([
  "ImagePullBackOff",
  "ErrImagePull",
  "InvalidImageName",
  "CreateContainerConfigError",
]);

type PodsOf = (object: KubeObject, descendants: readonly KubeObject[]) => KubeObject[];

const isPod = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === "Pod" && parseApiVersion(apiVersion).group === "";
const owns = (owner: KubeObject, object: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(({ uid, kind, name }) =>
    owner.metadata.uid === undefined
      ? kind === owner.kind && name === owner.metadata.name
      : uid === owner.metadata.uid,
  );
const revisionHash = "controller-revision-hash";
const podsWithLabel = (descendants: readonly KubeObject[], label: string, value: string): KubeObject[] =>
  value === "" ? [] : descendants.filter((pod) => isPod(pod) && pod.metadata.labels?.[label] === value);

const greatest = (
  objects: readonly KubeObject[],
  by: (object: KubeObject) => number,
): KubeObject | undefined =>
  objects.reduce<KubeObject | undefined>(
    (best, object) => (best === undefined || by(object) > by(best) ? object : best),
    undefined,
  );

const revisionOf = ({ metadata }: KubeObject): number =>
  Number(metadata.annotations?.["deployment.kubernetes.io/revision"] ?? 0);

const ofDeployment: PodsOf = (deployment, descendants) => {
  const sets = descendants.filter((object) => object.kind === "ReplicaSet" && owns(deployment, object));
  const set = greatest(sets, revisionOf);
  // Each kind is watched by itself: where the newest ReplicaSet is not seen yet, these Pods are of the revision before.
  return set === undefined || revisionOf(set) < revisionOf(deployment)
    ? []
    : descendants.filter((pod) => isPod(pod) && owns(set, pod));
};

const ofStatefulSet: PodsOf = (set, descendants) =>
  podsWithLabel(descendants, revisionHash, textAt(set, "status", "updateRevision")).filter((pod) =>
    owns(set, pod),
  );

const ofDaemonSet: PodsOf = (set, descendants) => {
  const pods = descendants.filter((pod) => isPod(pod) && owns(set, pod));
  const revision = greatest(
    descendants.filter((object) => object.kind === "ControllerRevision" && owns(set, object)),
    (object) => numberAt(object, "revision") ?? 0,
  );
  if (revision !== undefined)
    return podsWithLabel(pods, revisionHash, revision.metadata.labels?.[revisionHash] ?? "");
  // Where ControllerRevisions are not among the descendants, the Pods themselves say which template they are of.
  const generation = (pod: KubeObject) => Number(pod.metadata.labels?.["pod-template-generation"] ?? 0);
  const newest = Math.max(0, ...pods.map(generation));
  return pods.filter((pod) => generation(pod) === newest);
};

const ofOwner: PodsOf = (owner, descendants) => descendants.filter((pod) => isPod(pod) && owns(owner, pod));

const newestRevision: Readonly<Record<string, PodsOf>> = {
  "apps/Deployment": ofDeployment,
  "apps/StatefulSet": ofStatefulSet,
  "apps/DaemonSet": ofDaemonSet,
  "apps/ReplicaSet": ofOwner,
  ReplicationController: ofOwner,
  "batch/Job": ofOwner,
};
