import { itemsAt, type JsonObject, type KubeJson, objectAt, textAt, textMapAt, withAt } from "../json.ts";
import { storeKey } from "../storage/store.ts";
import type { Controller } from "./loop.ts";
import { conditionsOf, hasCondition, nodeName, type World, withCondition } from "./world.ts";

/**
 * Scheduler and kubelet in one: Pods come to the one node, are Ready after a while, run to their end where they are
 * not restarted, and go when they are deleted. An image tagged `broken` crash-loops.
 */
export function podController(world: World): Controller {
  const pods = world.kind("v1", "pods");
  const nodes = world.kind("v1", "nodes");
  const addresses = new Map<string, number>();
  /** When a Pod came to its phase, by uid and phase: the times in its status have whole seconds only. */
  const since = new Map<string, number>();
  let nextAddress = 5;

  /** Milliseconds that are left of a Pod's stay in its phase. */
  function left(pod: KubeJson, phase: string): number {
    const key = `${pod.metadata.uid ?? ""} ${phase}`;
    const now = world.clock.now();
    const from = since.get(key) ?? now;
    since.set(key, from);
    return from + world.pace.podMs - now;
  }

  function forget(pod: KubeJson): void {
    addresses.delete(pod.metadata.uid ?? "");
    for (const phase of ["Pending", "Running"]) since.delete(`${pod.metadata.uid ?? ""} ${phase}`);
  }

  function addressOf(pod: KubeJson): string {
    const uid = pod.metadata.uid ?? "";
    const known = addresses.get(uid) ?? nextAddress++;
    addresses.set(uid, known);
    return `10.244.${Math.floor(known / 250) % 250}.${(known % 250) + 2}`;
  }

  function fits(pod: KubeJson): boolean {
    const labels = textMapAt(world.find(nodes, storeKey("", nodeName)), "metadata", "labels");
    return Object.entries(textMapAt(pod, "spec", "nodeSelector")).every(
      ([key, value]) => labels[key] === value,
    );
  }

  function schedule(pod: KubeJson): number | undefined {
    const now = world.now();
    if (!fits(pod)) {
      const condition = {
        type: "PodScheduled",
        status: "False",
        reason: "Unschedulable",
        message: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
      };
      world.status(pods, pod, {
        ...objectAt(pod, "status"),
        phase: "Pending",
        conditions: withCondition(conditionsOf(pod), condition, now),
      });
      return undefined;
    }
    world.change(pods, pod, (current) => withAt(current, ["spec", "nodeName"], nodeName));
    left(pod, "Pending");
    world.status(pods, pod, {
      ...objectAt(pod, "status"),
      phase: "Pending",
      startTime: now,
      hostIP: "10.0.0.2",
      conditions: withCondition(conditionsOf(pod), { type: "PodScheduled", status: "True" }, now),
    });
    world.event(
      pod,
      "Normal",
      "Scheduled",
      `Successfully assigned ${pod.metadata.namespace ?? ""}/${pod.metadata.name} to ${nodeName}`,
      "default-scheduler",
    );
    return world.pace.podMs;
  }

  function start(pod: KubeJson): void {
    const now = world.now();
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
    world.status(pods, pod, {
      ...objectAt(pod, "status"),
      phase: "Running",
      conditions,
      podIP: addressOf(pod),
      podIPs: [{ ip: addressOf(pod) }],
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
      world.event(
        pod,
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${name} in pod ${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${pod.metadata.uid ?? ""})`,
        "kubelet",
      );
    if (!broken) world.event(pod, "Normal", "Started", "Started container", "kubelet");
  }

  function end(pod: KubeJson): void {
    const now = world.now();
    const broken = isBroken(pod);
    const reason = broken ? "PodFailed" : "PodCompleted";
    let conditions = conditionsOf(pod);
    for (const type of ["ContainersReady", "Ready"])
      conditions = withCondition(conditions, { type, status: "False", reason }, now);
    world.status(pods, pod, {
      ...objectAt(pod, "status"),
      phase: broken ? "Failed" : "Succeeded",
      conditions,
      containerStatuses: itemsAt(pod, "spec", "containers").map((container) =>
        ended(container, now, isBrokenImage(container) ? "Error" : "Completed", "not-ready"),
      ),
    });
  }

  return {
    concerns(event) {
      if (event.table !== pods.table) return [];
      if (event.type === "DELETED") forget(event.object);
      return event.type === "DELETED"
        ? []
        : [storeKey(event.object.metadata.namespace, event.object.metadata.name)];
    },
    reconcile(key) {
      const pod = world.find(pods, key);
      if (pod === undefined) return undefined;
      if (pod.metadata.deletionTimestamp !== undefined) {
        world.delete(pods, pod, { gracePeriodSeconds: 0 });
        return undefined;
      }
      const phase = textAt(pod, "status", "phase") ?? "Pending";
      if ((textAt(pod, "spec", "nodeName") ?? "") === "") return schedule(pod);
      if (phase === "Pending" || (phase === "Running" && ends(pod))) {
        const pauseMs = left(pod, phase);
        if (pauseMs > 0) return pauseMs;
        if (phase === "Running") end(pod);
        else start(pod);
        return undefined;
      }
      if (phase === "Running" && hasCondition(pod, "Ready") === isBroken(pod)) start(pod);
      return undefined;
    },
  };
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
