/** What nodes have room for, and what Pods ask them for. */
import { isMapping } from "../../lib/is-mapping.ts";
import { quantityOf } from "../../lib/quantity.ts";
import type { KubeObject } from "./kube-object.ts";

/** Thousandths of a core, and bytes. */
export interface Room {
  cpu: number;
  memory: number;
}

/** What a Pod takes of its node's room for as long as it has not ended. */
export interface PodLoad extends Room {
  node: string;
}

export interface NodeFacts {
  /** What the machine has. */
  capacity: Room & { pods: number };
  /** What of it Pods may have. */
  allocatable: Room & { pods: number };
  /** `osImage`, `kernelVersion`, `kubeletVersion`, …; nothing by which a machine is known. */
  system: Readonly<Record<string, string>>;
}

/** `unknown`: `why` is a sentence without a full stop. */
export type NodeLookup = { is: "known"; node: NodeFacts } | { is: "unknown"; why: string };

/** One node that Pods of an application run on. */
export interface Host {
  name: string;
  facts: NodeLookup;
  byApp: Room & { pods: number };
  /** Of all other Pods there; undefined where not all Pods of the cluster are seen. */
  byOthers: (Room & { pods: number }) | undefined;
}

/** Of `NodeSystemInfo`: ids of machines are nobody's business who looks at an application. */
const SYSTEM = [
  ...["architecture", "containerRuntimeVersion", "kernelVersion"],
  ...["kubeProxyVersion", "kubeletVersion", "operatingSystem", "osImage"],
] as const;

/**
 * As the scheduler counts: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers,
 * with what the Pod itself says in place of its containers, and its overhead.
 * @returns undefined of a Pod that has ended, or that is on no node
 */
export function loadOf({ spec, status }: KubeObject): PodLoad | undefined {
  if (!isMapping(spec)) return undefined;
  const node = spec["nodeName"];
  const phase = isMapping(status) ? status["phase"] : undefined;
  if (typeof node !== "string" || node === "" || phase === "Succeeded" || phase === "Failed")
    return undefined;
  const of = (name: "cpu" | "memory"): number =>
    (asked(inside(spec, "resources", "requests")?.[name]) ?? ofContainers(spec, name)) +
    (asked(inside(spec, "overhead")?.[name]) ?? 0);
  return { node, cpu: Math.max(0, Math.ceil(of("cpu") * 1_000 - 1e-6)), memory: Math.ceil(of("memory")) };
}

/** Those that start before the others have their room one after the other, and those of them that stay keep it. */
function ofContainers(spec: Readonly<Record<string, unknown>>, name: "cpu" | "memory"): number {
  const of = (container: unknown): number =>
    (isMapping(container) ? asked(inside(container, "resources", "requests")?.[name]) : undefined) ?? 0;
  let staying = 0;
  let most = 0;
  for (const first of listed(spec["initContainers"])) {
    most = Math.max(most, staying + of(first));
    if (isMapping(first) && first["restartPolicy"] === "Always") staying += of(first);
  }
  return Math.max(
    most,
    listed(spec["containers"]).reduce<number>((sum, one) => sum + of(one), staying),
  );
}

/** @param node as the API server has it */
export function factsOf({ status }: KubeObject): NodeFacts {
  const told: Readonly<Record<string, unknown>> = isMapping(status) ? status : {};
  const room = (of: "capacity" | "allocatable"): NodeFacts["capacity"] => {
    const said = inside(told, of) ?? {};
    return {
      cpu: Math.round((asked(said["cpu"]) ?? 0) * 1_000),
      memory: Math.round(asked(said["memory"]) ?? 0),
      pods: Math.round(asked(said["pods"]) ?? 0),
    };
  };
  const info = inside(told, "nodeInfo") ?? {};
  return {
    capacity: room("capacity"),
    allocatable: room("allocatable"),
    system: Object.fromEntries(
      SYSTEM.map((name) => [name, typeof info[name] === "string" ? info[name] : ""]),
    ),
  };
}

function asked(written: unknown): number | undefined {
  const quantity = quantityOf(written);
  return quantity === undefined || quantity < 0 ? undefined : quantity;
}

function inside(of: Readonly<Record<string, unknown>>, ...path: string[]) {
  let at: unknown = of;
  for (const name of path) at = isMapping(at) ? at[name] : undefined;
  return isMapping(at) ? at : undefined;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
