import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import type { GateEntry } from "../../core/model/plan.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { heldBy } from "../compare/held-by.ts";
import { liveHealth } from "../compare/live-health.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { PruneStep } from "./carrying.ts";

/** How long a wait sleeps where no watch event comes: a safety net, never the clock of the sync. */
const LOOK_AGAIN_MS = 10_000;
/** How long an operation stays to see what it deleted gone. */
const SEEN_GONE_WITHIN_MS = 2_000;

/** Who is told while a gate is shut. */
export interface Waiter {
  /** Hears what is waited for, each time that is something else. */
  say(message: string): void;
  /** @throws where it is not to be waited for these objects' health any more */
  goesOn(waitsFor: readonly ObjectRef[]): void;
}

/**
 * Waits until a wave's gate is open: everything that Git wants of it is healthy, and what it deletes is gone.
 * @returns a sentence where an object failed, so that the gate stays shut
 */
export async function untilOpen(
  gate: readonly GateEntry[],
  managed: ManagedApplication,
  cluster: Cluster,
  ports: Pick<EnginePorts, "settings" | "userHealth" | "clock">,
  signal: AbortSignal,
  { say, goesOn }: Waiter,
): Promise<string | undefined> {
  const consumers = new BoundByConsumer(cluster);
  const since = timestamp(ports.clock.now());
  let said = "";
  for (;;) {
    const waiting: string[] = [],
      unhealthy: ObjectRef[] = [];
    for (const entry of gate) {
      const state = await stateOf(entry, cluster, ports, consumers);
      if (state.is === "failed") return state.why;
      if (state.is !== "waits") continue;
      waiting.push(state.what);
      if (entry.until === "healthy") unhealthy.push(entry.ref);
    }
    const [first] = waiting;
    if (first === undefined) return undefined;
    goesOn(unhealthy);
    const message = `waiting for ${first} since ${since}${waiting.length === 1 ? "" : ` and ${waiting.length - 1} more`}`;
    if (message !== said) say(message);
    said = message;
    await managed.nextChange(LOOK_AGAIN_MS, signal);
  }
}

/**
 * Waits until everything that was asked to go is gone, or what is left is held by others, or for so long: what goes slowly,
 * like a workload with its Pods, does not keep an operation open.
 */
export async function untilGone(
  steps: readonly PruneStep[],
  managed: ManagedApplication,
  cluster: Cluster,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let isLate = false;
  const late = clock.sleep(SEEN_GONE_WITHIN_MS, ended).then(() => {
    isLate = true;
  });
  try {
    while (!isLate && steps.some((step) => mayGoSoon(step, cluster)))
      await Promise.race([managed.nextChange(LOOK_AGAIN_MS, ended), late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
}

function mayGoSoon({ key, uid }: PruneStep, cluster: Cluster): boolean {
  const live = cluster.get(key);
  return live?.uid === uid && heldBy([live], cluster).length === 0;
}

type EntryState = { is: "done" } | { is: "waits"; what: string } | { is: "failed"; why: string };

const DONE: EntryState = { is: "done" };

async function stateOf(
  entry: GateEntry,
  cluster: Cluster,
  ports: Pick<EnginePorts, "settings" | "userHealth">,
  consumers: BoundByConsumer,
): Promise<EntryState> {
  const live = cluster.get(entry.key);
  const name = show(entry.ref);
  // Hooks are waited for by what runs them.
  if (entry.until === "completed") return DONE;
  if (entry.until === "gone")
    return live?.uid === entry.uid ? { is: "waits", what: `deletion of ${name}` } : DONE;
  if (live === undefined) return absentState(entry, cluster);
  const rules = {
    userHealth: ports.userHealth,
    pods: ports.settings().pods,
    ignoreAnnotation: "see-through",
  } as const;
  const health = liveHealth(live, cluster, rules);
  // As in Argo CD, a kind that nobody has a rule for holds nothing up.
  if (health === undefined || health.status === "Healthy") return DONE;
  if (health.status === "Degraded") return { is: "failed", why: `${name} is Degraded: ${health.message}` };
  if (await consumers.waitsFor(entry.ref, live.object.spec)) return DONE;
  return {
    is: "waits",
    what: `healthy state of ${name}${health.message === "" ? "" : ` (${health.message})`}`,
  };
}

/** What nobody watches yet is asked for; what was deleted meanwhile is not waited for, but made again by the next try. */
async function absentState(
  { ref, apiVersion }: Extract<GateEntry, { until: "healthy" }>,
  cluster: Cluster,
): Promise<EntryState> {
  // Whether a Namespace is there is not always ours to see.
  if (ref.kind === "Namespace" && ref.group === "") return DONE;
  const found = await cluster.read(ref, apiVersion);
  if (found.is === "absent")
    return { is: "failed", why: `${show(ref)} was deleted while its wave was waited for` };
  return { is: "waits", what: `${show(ref)} to appear` };
}

/** Claims whose volume is bound when the first Pod uses them: they cannot become healthy before their consumer is there. */
class BoundByConsumer {
  readonly #modeByClass = new Map<string, Promise<boolean>>();

  constructor(private readonly cluster: Pick<Cluster, "read">) {}

  async waitsFor({ group, kind }: ObjectRef, spec: unknown): Promise<boolean> {
    if (group !== "" || kind !== "PersistentVolumeClaim") return false;
    const name = (spec as { storageClassName?: unknown } | undefined)?.storageClassName;
    // Without a class it waits for a volume that somebody makes by hand, or for a default class that may never come.
    if (typeof name !== "string" || name === "") return true;
    const known = this.#modeByClass.get(name) ?? this.#bindsAtFirstUse(name);
    this.#modeByClass.set(name, known);
    return known;
  }

  async #bindsAtFirstUse(name: string): Promise<boolean> {
    const ref = { group: "storage.k8s.io", kind: "StorageClass", namespace: "", name };
    const found = await this.cluster.read(ref, "storage.k8s.io/v1");
    // A class that is not there, or not ours to read, would hold the wave for ever.
    if (found.is !== "found") return found.is !== "unreachable";
    return (found.object as { volumeBindingMode?: unknown })["volumeBindingMode"] === "WaitForFirstConsumer";
  }
}
