/** The nodes that Pods of an application run on: what they have room for, what it asks them for, and what all others there do. */

import type { Host, NodeLookup, Room } from "../../core/model/node-room.ts";
import { refKey } from "../../core/model/object-ref.ts";
import { isFilteredOut } from "../../core/policy/resource-filters.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ResourceNode } from "../control.ts";
import type { Settings } from "../settings.ts";

/** Whoever asks for the objects of an application waits no longer for what its nodes have. */
const WAIT_MS = 300;

type Sum = Room & { pods: number };

/** In the order of their names. @param tree of the application */
export async function hostsOf(
  cluster: Pick<Cluster, "get" | "node" | "learnNodes" | "podsOn" | "server" | "connection">,
  tree: readonly ResourceNode[],
  { clock, resources }: { clock: Clock } & Pick<Settings, "resources">,
): Promise<Host[]> {
  const own = new Set<string>();
  const byApp = new Map<string, Sum>();
  for (const { ref } of tree) {
    if (ref.kind !== "Pod" || ref.group !== "") continue;
    const load = cluster.get(refKey(ref))?.load;
    if (load === undefined || own.has(refKey(ref))) continue;
    own.add(refKey(ref));
    byApp.set(load.node, plus(byApp.get(load.node), load));
  }
  const names = [...byApp.keys()].sort();
  if (names.length === 0) return [];
  const excluded = isFilteredOut({ group: "", kind: "Node" }, cluster, resources);
  if (!excluded && cluster.connection().is === "connected") await learnSoon(cluster, names, clock);
  return names.map((name) => {
    const { are, pods } = cluster.podsOn(name);
    const others = pods.flatMap(({ key, load }) => (load === undefined || own.has(key) ? [] : [load]));
    return {
      name,
      facts: excluded ? EXCLUDED : cluster.node(name),
      byApp: byApp.get(name) ?? NOTHING,
      byOthers: are === "all" ? others.reduce<Sum>(plus, NOTHING) : undefined,
    };
  });
}

const NOTHING: Sum = { cpu: 0, memory: 0, pods: 0 };
const EXCLUDED: NodeLookup = { is: "unknown", why: "resource.exclusions leaves Nodes out" };

function plus({ cpu, memory, pods }: Sum = NOTHING, load: Room): Sum {
  return { cpu: cpu + load.cpu, memory: memory + load.memory, pods: pods + 1 };
}

/** Goes on after that, for who asks next. */
async function learnSoon(
  cluster: Pick<Cluster, "learnNodes">,
  names: readonly string[],
  clock: Clock,
): Promise<void> {
  const over = new AbortController();
  const learnt = cluster.learnNodes(names).finally(() => over.abort());
  await Promise.race([learnt, clock.sleep(WAIT_MS, over.signal).catch(() => learnt)]);
}
