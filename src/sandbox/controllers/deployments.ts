import { defined } from "../../lib/defined.ts";
import {
  isObject,
  type JsonObject,
  type KubeJson,
  numberAt,
  objectAt,
  textAt,
  textMapAt,
  withAt,
} from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { type StoreEvent, storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { livePods, ownerKeys } from "./replica-sets.ts";
import {
  conditionsOf,
  ownerReference,
  positive,
  share,
  specOf,
  templateHash,
  type World,
  withCondition,
} from "./world.ts";

const revisionNote = "deployment.kubernetes.io/revision";
const hashLabel = "pod-template-hash";

/** Deployments: one ReplicaSet for each template, rolled from the old to the new in the steps that the strategy allows. */
export class DeploymentController implements Controller {
  readonly #world: World;
  readonly #deployments: Kind;
  readonly #sets: Kind;

  constructor(world: World) {
    this.#world = world;
    this.#deployments = world.kind("apps/v1", "deployments");
    this.#sets = world.kind("apps/v1", "replicasets");
  }

  concerns(event: StoreEvent): readonly string[] {
    if (event.table === this.#deployments.table)
      return [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
    return event.table === this.#sets.table ? ownerKeys(event.object, "Deployment") : [];
  }

  reconcile(key: string): number | undefined {
    const deployment = this.#world.find(this.#deployments, key);
    if (deployment === undefined) return undefined;
    if (deployment.metadata.deletionTimestamp === undefined && specOf(deployment)["paused"] !== true)
      this.#roll(deployment);
    return this.#report(deployment);
  }

  #setsOf(deployment: KubeJson): { current: KubeJson | undefined; old: KubeJson[] } {
    const hash = templateHash(objectAt(specOf(deployment), "template"));
    const all = this.#world.owned(deployment, this.#sets);
    const current = all.find((set) => textMapAt(set, "metadata", "labels")[hashLabel] === hash);
    return { current, old: all.filter((set) => set !== current) };
  }

  #roll(deployment: KubeJson): void {
    const { current, old } = this.#setsOf(deployment);
    const isRecreate = textAt(deployment, "spec", "strategy", "type") === "Recreate";
    if (isRecreate && old.some((set) => wantedOf(set) > 0 || livePods(this.#world, set).length > 0)) {
      for (const set of old) this.#scale(deployment, set, 0);
      return;
    }
    if (current === undefined) {
      this.#make(deployment, old, isRecreate);
      return;
    }
    const newest = Math.max(0, ...old.map(revisionOf));
    if (revisionOf(current) <= newest)
      this.#world.change(this.#sets, current, (set) =>
        withAt(set, ["metadata", "annotations", revisionNote], String(newest + 1)),
      );
    const wanted = wantedOf(deployment);
    if (isRecreate || old.every((set) => wantedOf(set) === 0)) this.#scale(deployment, current, wanted);
    else this.#step(deployment, current, old);
    this.#tidy(deployment, old);
  }

  #make(deployment: KubeJson, old: readonly KubeJson[], isRecreate: boolean): void {
    const template = objectAt(specOf(deployment), "template");
    const hash = templateHash(template);
    const labels = { ...textMapAt(template, "metadata", "labels"), [hashLabel]: hash };
    const wanted = wantedOf(deployment);
    const running = old.reduce((sum, set) => sum + wantedOf(set), 0);
    const room = isRecreate || running === 0 ? wanted : Math.max(0, wanted + surge(deployment) - running);
    const notes = Object.fromEntries(
      Object.entries(textMapAt(deployment, "metadata", "annotations")).filter(
        ([name]) => name !== "kubectl.kubernetes.io/last-applied-configuration" && name !== revisionNote,
      ),
    );
    const name = `${deployment.metadata.name}-${hash}`;
    const replicas = Math.min(wanted, room);
    this.#world.create(this.#sets, deployment.metadata.namespace ?? "", {
      metadata: {
        name,
        labels,
        annotations: {
          ...notes,
          "deployment.kubernetes.io/desired-replicas": String(wanted),
          "deployment.kubernetes.io/max-replicas": String(wanted + surge(deployment)),
          [revisionNote]: String(Math.max(0, ...old.map(revisionOf)) + 1),
        },
        ownerReferences: [ownerReference(deployment)],
      },
      spec: {
        replicas,
        selector: {
          ...objectAt(specOf(deployment), "selector"),
          matchLabels: { ...textMapAt(specOf(deployment), "selector", "matchLabels"), [hashLabel]: hash },
        },
        template: withAt(template, ["metadata", "labels"], labels),
        ...defined({ minReadySeconds: specOf(deployment)["minReadySeconds"] }),
      },
    });
    if (replicas > 0) this.#tellScaled(deployment, name, 0, replicas);
  }

  /** One step of a rolling update: up where there is room, down where enough are available. */
  #step(deployment: KubeJson, current: KubeJson, old: readonly KubeJson[]): void {
    const wanted = wantedOf(deployment);
    const total = [current, ...old].reduce((sum, set) => sum + wantedOf(set), 0);
    const room = wanted + surge(deployment) - total;
    if (wantedOf(current) > wanted) this.#scale(deployment, current, wanted);
    else if (wantedOf(current) < wanted && room > 0) {
      this.#scale(deployment, current, Math.min(wanted, wantedOf(current) + room));
      return;
    }
    const unavailableNew = wantedOf(current) - availableOf(current);
    let spare = total - (wanted - unavailable(deployment)) - unavailableNew;
    for (const set of old) {
      if (spare <= 0) break;
      // What is not available serves nobody: it goes first and costs nothing.
      const gone = Math.min(wantedOf(set), spare);
      if (gone > 0) this.#scale(deployment, set, wantedOf(set) - gone);
      spare -= gone;
    }
    for (const set of old)
      if (
        wantedOf(set) > availableOf(set) &&
        this.#world.owned(set, this.#world.kind("v1", "pods")).length >= wantedOf(set)
      )
        this.#scale(deployment, set, availableOf(set));
  }

  #tidy(deployment: KubeJson, old: readonly KubeJson[]): void {
    const kept = numberAt(deployment, "spec", "revisionHistoryLimit") ?? 10;
    const empty = old
      .filter((set) => wantedOf(set) === 0 && (numberAt(set, "status", "replicas") ?? 0) === 0)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
    for (const set of empty.slice(0, Math.max(0, empty.length - kept))) this.#world.delete(this.#sets, set);
  }

  #scale(deployment: KubeJson, set: KubeJson, replicas: number): void {
    const before = wantedOf(set);
    if (before === replicas) return;
    this.#world.change(this.#sets, set, (current) => withAt(current, ["spec", "replicas"], replicas));
    this.#tellScaled(deployment, set.metadata.name ?? "", before, replicas);
  }

  #tellScaled(deployment: KubeJson, set: string, before: number, replicas: number): void {
    this.#world.event(
      deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled ${replicas > before ? "up" : "down"} replica set ${set} from ${before} to ${replicas}`,
      "deployment-controller",
    );
  }

  /** @returns when to look again: a rollout that makes no progress is told after its deadline */
  #report(deployment: KubeJson): number | undefined {
    const { current, old } = this.#setsOf(deployment);
    const all = current === undefined ? old : [current, ...old];
    const sum = (field: string) =>
      all.reduce((total, set) => total + (numberAt(set, "status", field) ?? 0), 0);
    const now = this.#world.now();
    const wanted = wantedOf(deployment);
    const available = sum("availableReplicas");
    const replicas = sum("replicas");
    const updated = current === undefined ? 0 : (numberAt(current, "status", "replicas") ?? 0);
    const unavailableReplicas = Math.max(0, all.reduce((total, set) => total + wantedOf(set), 0) - available);
    const isAvailable = available >= wanted - unavailable(deployment);
    let conditions = withCondition(
      conditionsOf(deployment),
      isAvailable
        ? {
            type: "Available",
            status: "True",
            reason: "MinimumReplicasAvailable",
            message: "Deployment has minimum availability.",
          }
        : {
            type: "Available",
            status: "False",
            reason: "MinimumReplicasUnavailable",
            message: "Deployment does not have minimum availability.",
          },
      now,
      ["lastUpdateTime", "lastTransitionTime"],
    );
    const isComplete =
      updated === wanted &&
      replicas === wanted &&
      available === wanted &&
      (current === undefined ||
        numberAt(current, "status", "observedGeneration") === current.metadata.generation);
    const before = conditions.find((one) => one["type"] === "Progressing");
    const deadlineMs = (numberAt(deployment, "spec", "progressDeadlineSeconds") ?? 600) * 1000;
    const moved =
      updated !== (numberAt(deployment, "status", "updatedReplicas") ?? 0) ||
      available !== (numberAt(deployment, "status", "availableReplicas") ?? 0);
    const last = Date.parse(textAt(before, "lastUpdateTime") ?? now);
    const observed = numberAt(deployment, "status", "observedGeneration") === deployment.metadata.generation;
    // Late is late until something moves.
    const isOver =
      before?.["reason"] === "ProgressDeadlineExceeded" || this.#world.clock.now() - last > deadlineMs;
    const isLate =
      !isComplete && !moved && observed && before?.["reason"] !== "NewReplicaSetAvailable" && isOver;
    const name = current?.metadata.name ?? "";
    const progress: JsonObject = isComplete
      ? {
          type: "Progressing",
          status: "True",
          reason: "NewReplicaSetAvailable",
          message: `ReplicaSet "${name}" has successfully progressed.`,
        }
      : isLate
        ? {
            type: "Progressing",
            status: "False",
            reason: "ProgressDeadlineExceeded",
            message: `ReplicaSet "${name}" has timed out progressing.`,
          }
        : {
            type: "Progressing",
            status: "True",
            reason: "ReplicaSetUpdated",
            message: `ReplicaSet "${name}" is progressing.`,
          };
    conditions = withCondition(conditions, progress, now, ["lastUpdateTime", "lastTransitionTime"]);
    if (moved && !isLate)
      conditions = conditions.map((one) =>
        one["type"] === "Progressing" ? { ...one, lastUpdateTime: now } : one,
      );
    const ready = sum("readyReplicas");
    this.#world.status(
      this.#deployments,
      deployment,
      {
        observedGeneration: deployment.metadata.generation ?? 0,
        ...positive({
          replicas,
          updatedReplicas: updated,
          readyReplicas: ready,
          availableReplicas: available,
          unavailableReplicas,
        }),
        conditions,
      },
      current === undefined ? undefined : { [revisionNote]: String(revisionOf(current)) },
    );
    return isComplete || isLate
      ? undefined
      : Math.max(1000, last + deadlineMs + 1000 - this.#world.clock.now());
  }
}

function wantedOf(object: KubeJson): number {
  return numberAt(object, "spec", "replicas") ?? 1;
}

function availableOf(set: KubeJson): number {
  return numberAt(set, "status", "availableReplicas") ?? 0;
}

function revisionOf(set: KubeJson): number {
  return Number(textMapAt(set, "metadata", "annotations")[revisionNote] ?? "0");
}

function rolling(deployment: KubeJson): JsonObject | undefined {
  const found = objectAt(specOf(deployment), "strategy")["rollingUpdate"];
  return isObject(found) ? found : undefined;
}

function surge(deployment: KubeJson): number {
  const of = rolling(deployment);
  return of === undefined ? 0 : share(of["maxSurge"], wantedOf(deployment), Math.ceil);
}

function unavailable(deployment: KubeJson): number {
  const of = rolling(deployment);
  if (of === undefined) return wantedOf(deployment);
  const count = share(of["maxUnavailable"], wantedOf(deployment), Math.floor);
  return count === 0 && surge(deployment) === 0 ? 1 : Math.min(count, wantedOf(deployment));
}
