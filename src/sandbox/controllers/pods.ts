import { itemsAt, type JsonObject, type KubeJson, objectAt, textAt, textMapAt, withAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { type StoreEvent, storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { conditionsOf, hasCondition, type World, withCondition } from "./world.ts";

/**
 * Scheduler and kubelet in one: Pods come to the one node, are Ready after a while, run to their end where they are
 * not restarted, and go when they are deleted. An image tagged `broken` crash-loops.
 */
export class PodController implements Controller {
  readonly #world: World;
  readonly #pods: Kind;
  readonly #nodes: Kind;
  readonly #addresses = new Map<string, number>();
  /** When a Pod came to its phase, by uid and phase: the times in its status have whole seconds only. */
  readonly #since = new Map<string, number>();
  #nextAddress = 5;

  constructor(world: World) {
    this.#world = world;
    this.#pods = world.kind("v1", "pods");
    this.#nodes = world.kind("v1", "nodes");
  }

  concerns(event: StoreEvent): readonly string[] {
    if (event.table !== this.#pods.table) return [];
    if (event.type === "DELETED") this.#forget(event.object);
    return event.type === "DELETED"
      ? []
      : [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
  }

  reconcile(key: string): number | undefined {
    const pod = this.#world.find(this.#pods, key);
    if (pod === undefined) return undefined;
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.#world.delete(this.#pods, pod, { gracePeriodSeconds: 0 });
      return undefined;
    }
    const phase = textAt(pod, "status", "phase") ?? "Pending";
    if ((textAt(pod, "spec", "nodeName") ?? "") === "") return this.#schedule(pod);
    if (phase === "Pending" || (phase === "Running" && ends(pod))) {
      const pauseMs = this.#left(pod, phase);
      if (pauseMs > 0) return pauseMs;
      if (phase === "Running") this.#end(pod);
      else this.#start(pod);
      return undefined;
    }
    if (phase === "Running" && hasCondition(pod, "Ready") === isBroken(pod)) this.#start(pod);
    return undefined;
  }

  /** Milliseconds that are left of a Pod's stay in its phase. */
  #left(pod: KubeJson, phase: string): number {
    const key = `${pod.metadata.uid ?? ""} ${phase}`;
    const now = this.#world.clock.now();
    const from = this.#since.get(key) ?? now;
    this.#since.set(key, from);
    return from + this.#world.pace.podMs - now;
  }

  #forget(pod: KubeJson): void {
    this.#addresses.delete(pod.metadata.uid ?? "");
    for (const phase of ["Pending", "Running"]) this.#since.delete(`${pod.metadata.uid ?? ""} ${phase}`);
  }

  #addressOf(pod: KubeJson): string {
    const uid = pod.metadata.uid ?? "";
    const known = this.#addresses.get(uid) ?? this.#nextAddress++;
    this.#addresses.set(uid, known);
    return `10.244.${Math.floor(known / 250) % 250}.${(known % 250) + 2}`;
  }

  /** Of the nodes that it may be on, the one with the fewest Pods; undefined where there is none. */
  #nodeFor(pod: KubeJson, nodes: readonly KubeJson[]): string | undefined {
    const fitting = nodes.filter((node) => {
      const labels = textMapAt(node, "metadata", "labels");
      return Object.entries(textMapAt(pod, "spec", "nodeSelector")).every(
        ([key, value]) => labels[key] === value,
      );
    });
    if (fitting.length < 2) return fitting[0]?.metadata.name;
    const counts = new Map(fitting.map(({ metadata }) => [metadata.name ?? "", 0]));
    for (const other of this.#world.api.store.list(this.#pods.table)) {
      const on = textAt(other, "spec", "nodeName") ?? "";
      const count = counts.get(on);
      if (count !== undefined) counts.set(on, count + 1);
    }
    return [...counts].reduce((best, one) => (one[1] < best[1] ? one : best))[0];
  }

  #schedule(pod: KubeJson): number | undefined {
    const now = this.#world.now();
    const nodes = this.#world.api.store.list(this.#nodes.table);
    const nodeName = this.#nodeFor(pod, nodes);
    if (nodeName === undefined) {
      const condition = {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: `0/${nodes.length} nodes are available: ${nodes.length} node(s) didn't match Pod's node affinity/selector.`,
      };
      const isTold = conditionsOf(pod).some(
        ({ type, message }) => type === condition.type && message === condition.message,
      );
      this.#world.status(this.#pods, pod, {
        ...objectAt(pod, "status"),
        phase: "Pending",
        conditions: withCondition(conditionsOf(pod), condition, now),
      });
      // The status that was just written has it looked at again.
      if (!isTold)
        this.#world.event(
          pod,
          "Warning",
          "FailedScheduling",
          `${condition.message} preemption: 0/${nodes.length} nodes are available: ${nodes.length} Preemption is not helpful for scheduling.`,
          "default-scheduler",
        );
      return undefined;
    }
    this.#world.change(this.#pods, pod, (current) => withAt(current, ["spec", "nodeName"], nodeName));
    this.#left(pod, "Pending");
    this.#world.status(this.#pods, pod, {
      ...objectAt(pod, "status"),
      phase: "Pending",
      startTime: now,
      hostIP: "10.0.0.2",
      conditions: withCondition(conditionsOf(pod), { type: "PodScheduled", status: "True" }, now),
    });
    this.#world.event(
      pod,
      "Normal",
      "Scheduled",
      `Successfully assigned ${pod.metadata.namespace ?? ""}/${pod.metadata.name} to ${nodeName}`,
      "default-scheduler",
    );
    return this.#world.pace.podMs;
  }

  #start(pod: KubeJson): void {
    const now = this.#world.now();
    const broken = isBroken(pod);
    const ready = broken
      ? {
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${brokenNames(pod).join(" ")}]`,
        }
      : { status: "True" };
    let conditions = conditionsOf(pod);
    for (const [type, condition] of [
      ["Initialized", { status: "True" }],
      ["ContainersReady", ready],
      ["Ready", ready],
    ] as const)
      conditions = withCondition(conditions, { type, ...condition }, now);
    this.#world.status(this.#pods, pod, {
      ...objectAt(pod, "status"),
      phase: "Running",
      conditions,
      podIP: this.#addressOf(pod),
      podIPs: [{ ip: this.#addressOf(pod) }],
      ...(itemsAt(pod, "spec", "initContainers").length === 0
        ? {}
        : {
            initContainerStatuses: itemsAt(pod, "spec", "initContainers").map((one) =>
              ended(one, now, "Completed", "ready"),
            ),
          }),
      containerStatuses: itemsAt(pod, "spec", "containers").map((container) =>
        isBrokenImage(container) ? crashing(container, now) : running(container, now),
      ),
    });
    for (const name of brokenNames(pod))
      this.#world.event(
        pod,
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid ?? ""})`,
        "kubelet",
      );
    if (!broken) this.#world.event(pod, "Normal", "Started", "Started container", "kubelet");
  }

  #end(pod: KubeJson): void {
    const now = this.#world.now();
    const broken = isBroken(pod);
    const reason = broken ? "PodFailed" : "PodCompleted";
    let conditions = conditionsOf(pod);
    for (const type of ["ContainersReady", "Ready"])
      conditions = withCondition(conditions, { type, status: "False", reason }, now);
    this.#world.status(this.#pods, pod, {
      ...objectAt(pod, "status"),
      phase: broken ? "Failed" : "Succeeded",
      conditions,
      containerStatuses: itemsAt(pod, "spec", "containers").map((container) =>
        ended(container, now, isBrokenImage(container) ? "Error" : "Completed", "not-ready"),
      ),
    });
  }
}

function ends(pod: KubeJson): boolean {
  return (textAt(pod, "spec", "restartPolicy") ?? "Always") !== "Always";
}

function isBrokenImage(container: JsonObject): boolean {
  return (textAt(container, "image") ?? "").endsWith(":broken");
}

function brokenNames(pod: KubeJson): string[] {
  return itemsAt(pod, "spec", "containers")
    .filter(isBrokenImage)
    .map((container) => textAt(container, "name") ?? "");
}

function isBroken(pod: KubeJson): boolean {
  return brokenNames(pod).length > 0;
}

function base(container: JsonObject): JsonObject {
  return { name: container["name"] ?? "", image: container["image"] ?? "", imageID: "", restartCount: 0 };
}

function running(container: JsonObject, now: string): JsonObject {
  return { ...base(container), ready: true, started: true, state: { running: { startedAt: now } } };
}

function crashing(container: JsonObject, now: string): JsonObject {
  return {
    ...base(container),
    ready: false,
    started: false,
    restartCount: 4,
    state: {
      waiting: {
        reason: "CrashLoopBackOff",
        message: `back-off 40s restarting failed container=${textAt(container, "name") ?? ""}`,
      },
    },
    lastState: { terminated: { exitCode: 1, reason: "Error", startedAt: now, finishedAt: now } },
  };
}

function ended(
  container: JsonObject,
  now: string,
  reason: "Completed" | "Error",
  readiness: "ready" | "not-ready",
): JsonObject {
  return {
    ...base(container),
    ready: readiness === "ready",
    started: false,
    state: { terminated: { exitCode: reason === "Error" ? 1 : 0, reason, startedAt: now, finishedAt: now } },
  };
}
