import { roleOf } from "../../core/manifest/role-of.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { Health } from "../../core/model/health.ts";
import { type KubeObject, parseApiVersion } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { parseRefKey, type RefKey, refKey } from "../../core/model/object-ref.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import type { ResourceNode } from "../control.ts";
import { networkingOf } from "./networking.ts";

/** A tree deeper than this is a loop of owner references. */
const DEEPEST = 12;

/**
 * The application's objects and everything that descends from them, parents before children.
 * @param health of one live object, with its descendants taken into account
 * @param results of the running or last operation, which tells how hooks ended
 */
export function resourceTree(
  cluster: Pick<Cluster, "childrenOf">,
  tracked: readonly LiveObject[],
  desired: readonly DesiredObject[],
  health: (live: LiveObject) => Health | undefined,
  results: readonly ResourceResult[] = [],
): ResourceNode[] {
  const nodes: ResourceNode[] = [];
  const seen = new Set<string>();
  const keys = new Set<RefKey>();
  const visit = (live: LiveObject, parents: ResourceNode["parents"], depth: number) => {
    if (seen.has(live.uid) || depth > DEEPEST) return;
    seen.add(live.uid);
    keys.add(live.key);
    nodes.push(nodeOf(live, parents, health(live), results));
    const parent = { ...live.ref, uid: live.uid };
    const children = cluster.childrenOf(live.uid).sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const child of children) visit(child, [parent], depth + 1);
  };
  const roots = [...tracked].filter(
    (live) => !live.owners.some((uid) => tracked.some((other) => other.uid === uid)),
  );
  for (const live of roots.sort((a, b) => (a.key < b.key ? -1 : 1))) visit(live, [], 0);
  const missing = desired
    .filter(({ key, role }) => role.is === "ordinary" && !keys.has(key))
    .map(({ key, object }) => missingNode(key, object));
  return [...nodes, ...missing];
}

function nodeOf(
  live: LiveObject,
  parents: ResourceNode["parents"],
  health: Health | undefined,
  results: readonly ResourceResult[],
): ResourceNode {
  const { object } = live;
  return {
    ref: live.ref,
    version: parseApiVersion(live.apiVersion).version,
    uid: live.uid,
    parents,
    resourceVersion: live.resourceVersion,
    createdAt: object.metadata.creationTimestamp ?? undefined,
    images: imagesOf(object),
    health,
    info: [...hookInfo(live, results), ...infoOf(object)],
    ...defined({ networking: networkingOf(object) }),
  };
}

/** `PreSync Succeeded`: what it is a hook of, and how that got on; without an operation that ran it the former alone. */
function hookInfo({ object, key }: LiveObject, results: readonly ResourceResult[]): ResourceNode["info"] {
  const role = roleOf(object);
  if (role.is !== "hook") return [];
  const value = role.types.map((type) => {
    const result = results.find((one) => one.hookType === type && refKey(one) === key);
    return result?.hookPhase === undefined ? type : `${type} ${result.hookPhase}`;
  });
  return [{ name: "Hook", value: value.join(", ") }];
}

function missingNode(key: RefKey, object: KubeObject): ResourceNode {
  return {
    ref: parseRefKey(key),
    version: parseApiVersion(object.apiVersion).version,
    uid: undefined,
    parents: [],
    resourceVersion: "",
    createdAt: undefined,
    images: imagesOf(object),
    health: { status: "Missing", message: "" },
    info: [],
  };
}

interface PodSpec {
  containers?: { name?: string; image?: string }[];
  initContainers?: { name?: string; image?: string }[];
}

/** Images of a Pod, of a workload's template, or of a CronJob's. */
export function imagesOf(object: KubeObject): string[] {
  const spec = object.spec as
    | (PodSpec & {
        template?: { spec?: PodSpec };
        jobTemplate?: { spec?: { template?: { spec?: PodSpec } } };
      })
    | undefined;
  const pod = spec?.template?.spec ?? spec?.jobTemplate?.spec?.template?.spec ?? spec;
  const containers = [...listOf(pod?.initContainers), ...listOf(pod?.containers)];
  return [
    ...new Set(containers.flatMap(({ image }) => (typeof image === "string" && image !== "" ? [image] : []))),
  ].sort();
}

function listOf<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}

interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode?: number } };
}

/** What kubectl prints in a Pod's columns; the revision of a ReplicaSet. */
function infoOf(object: KubeObject): { name: string; value: string }[] {
  const revision = object.metadata.annotations?.["deployment.kubernetes.io/revision"];
  if (object.kind !== "Pod")
    return revision === undefined ? [] : [{ name: "Revision", value: `Rev:${revision}` }];
  const status = (object.status ?? {}) as {
    phase?: string;
    reason?: string;
    containerStatuses?: ContainerStatus[];
  };
  const containers = listOf(status.containerStatuses);
  const waiting = containers
    .map(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason)
    .find((reason) => reason !== undefined && reason !== "");
  const reason =
    object.metadata.deletionTimestamp !== undefined
      ? "Terminating"
      : (waiting ?? status.reason ?? status.phase ?? "Unknown");
  const all = listOf((object.spec as PodSpec | undefined)?.containers).length || containers.length;
  const restarts = containers.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const { nodeName } = (object.spec ?? {}) as { nodeName?: unknown };
  return [
    { name: "Status Reason", value: reason },
    { name: "Containers", value: `${containers.filter(({ ready }) => ready === true).length}/${all}` },
    ...(typeof nodeName === "string" && nodeName !== "" ? [{ name: "Node", value: nodeName }] : []),
    ...(restarts > 0 ? [{ name: "Restart Count", value: String(restarts) }] : []),
  ];
}
