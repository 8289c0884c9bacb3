import type { Clock } from "../clock.ts";
import { inOrder, itemsAt, type JsonObject, type KubeJson, objectAt, withAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import type { KubeApi } from "../rest/kube-api.ts";
import { asController, type DeleteOptions } from "../rest/options.ts";
import { storeKey } from "../storage/store.ts";

/** The name that controllers write under, as in a real cluster. */
const controllerManager = "kube-controller-manager";

/** The first node of the sandbox; others count on from it. */
export const nodeName = "sandbox-0";

/** In one namespace. */
const eventsKept = 200;

export interface Pace {
  /** How long a Pod takes to become Ready, and a Job's Pod to end. */
  podMs: number;
  /** How long a controller takes to notice a change. */
  stepMs: number;
}

/** What the controllers have in common: the API, without HTTP, and a clock. */
export class World {
  constructor(
    readonly api: KubeApi,
    readonly clock: Clock,
    readonly pace: Pace,
    /** Letters of generated names. */
    readonly suffix: (length: number) => string,
  ) {}

  /** @throws {Error} for a kind that the sandbox does not serve */
  kind(apiVersion: string, resource: string): Kind {
    const found = this.api.registry.find(apiVersion, resource);
    if (found === undefined) throw new Error(`the sandbox serves no ${resource} of ${apiVersion}`);
    return found;
  }

  find(kind: Kind, key: string): KubeJson | undefined {
    const found = this.api.store.get(kind.table, key);
    return found === undefined ? undefined : kind.convert(found);
  }

  /** The objects of a kind that this one controls. */
  owned(owner: KubeJson, kind: Kind): KubeJson[] {
    return this.api.store
      .childrenOf(owner.metadata.uid ?? "")
      .filter(
        ({ table, object }) =>
          table === kind.table &&
          itemsAt(object, "metadata", "ownerReferences").some(
            (one) => one["uid"] === owner.metadata.uid && one["controller"] === true,
          ),
      )
      .map(({ object }) => object)
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  create(kind: Kind, namespace: string, object: JsonObject): KubeJson {
    return this.api.create(
      kind,
      namespace,
      { apiVersion: kind.apiVersion, kind: kind.kind, ...object },
      asController(controllerManager),
    );
  }

  /** Changes an object by a function of it; nothing happens where the object is gone. */
  change(kind: Kind, object: KubeJson, change: (current: KubeJson) => JsonObject): void {
    if (
      this.find(kind, storeKey(object.metadata.namespace, object.metadata.name))?.metadata.uid !==
      object.metadata.uid
    )
      return;
    this.api.patch(
      kind,
      object.metadata.namespace ?? "",
      object.metadata.name,
      change,
      asController(controllerManager),
    );
  }

  delete(kind: Kind, object: KubeJson, options: Partial<DeleteOptions> = {}): void {
    const all: DeleteOptions = {
      dryRun: "no",
      gracePeriodSeconds: undefined,
      propagation: "Background",
      uid: object.metadata.uid,
      resourceVersion: undefined,
      warnings: [],
      ...options,
    };
    if (
      this.find(kind, storeKey(object.metadata.namespace, object.metadata.name))?.metadata.uid ===
      object.metadata.uid
    )
      this.api.delete(kind, object.metadata.namespace ?? "", object.metadata.name, all);
  }

  removeFinalizer(kind: Kind, object: KubeJson, finalizer: string): void {
    this.change(kind, object, (current) => {
      const left = (current.metadata["finalizers"] ?? []) as string[];
      const rest = left.filter((one) => one !== finalizer);
      return withAt(current, ["metadata", "finalizers"], rest.length === 0 ? undefined : rest);
    });
  }

  status(kind: Kind, object: KubeJson, status: JsonObject, annotations?: JsonObject): void {
    this.api.writeStatus(
      kind,
      object,
      status,
      kind.resource === "pods" || kind.resource === "nodes" ? "kubelet" : controllerManager,
      annotations,
    );
  }

  now(): string {
    return this.api.now();
  }

  /** Tells people what happened to an object: an Event, the oldest of the namespace going where there are many. */
  event(
    about: KubeJson,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    component = controllerManager,
  ): void {
    const events = this.kind("v1", "events");
    const namespace = about.metadata.namespace ?? "default";
    const kept = this.api.store.list(events.table, namespace);
    const [oldest] =
      kept.length < eventsKept
        ? []
        : [...kept].sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
    if (oldest !== undefined) this.delete(events, oldest);
    const now = this.now();
    this.create(events, namespace, {
      metadata: { name: `${about.metadata.name}.${this.suffix(16)}` },
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        name: about.metadata.name,
        namespace,
        uid: about.metadata.uid ?? "",
        resourceVersion: about.metadata.resourceVersion ?? "",
      },
      type,
      reason,
      message,
      source: { component },
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      reportingComponent: component,
    });
  }
}

/** Counts as a status has them: zeros are left out. */
export function positive(counts: Record<string, number>): JsonObject {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** A reference from what is made to who made it. */
export function ownerReference(owner: KubeJson): JsonObject {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The conditions with this one in place of the one of its type; the transition time moves with the status only. */
export function withCondition(
  conditions: readonly JsonObject[],
  condition: JsonObject,
  now: string,
  times: readonly string[] = ["lastTransitionTime"],
): JsonObject[] {
  const old = conditions.find((one) => one["type"] === condition["type"]);
  const kept: JsonObject = {};
  const same = old !== undefined && old["status"] === condition["status"];
  for (const time of times) {
    const unchanged =
      time === "lastTransitionTime"
        ? same
        : same && old["reason"] === condition["reason"] && old["message"] === condition["message"];
    kept[time] = unchanged ? (old?.[time] ?? now) : now;
  }
  const next = { ...condition, ...kept };
  return old === undefined ? [...conditions, next] : conditions.map((one) => (one === old ? next : one));
}

export function conditionsOf(object: KubeJson): JsonObject[] {
  return itemsAt(object, "status", "conditions");
}

export function hasCondition(object: KubeJson, type: string): boolean {
  return conditionsOf(object).some((one) => one["type"] === type && one["status"] === "True");
}

/** A short name for a Pod template: equal templates have equal names. */
export function templateHash(template: JsonObject): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  let rest = Bun.hash.wyhash(JSON.stringify(inOrder(template)));
  let name = "";
  for (let index = 0; index < 10; index++) {
    name += letters.charAt(Number(rest % 27n));
    rest /= 27n;
  }
  return name;
}

/** `25%` of a whole, or a plain number. */
export function share(value: unknown, whole: number, round: (value: number) => number): number {
  if (typeof value === "number") return value;
  const percent = typeof value === "string" ? Number(value.replace("%", "")) : 0;
  return round((percent / 100) * whole);
}

export function specOf(object: KubeJson): JsonObject {
  return objectAt(object, "spec");
}
