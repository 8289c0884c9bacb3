/** The Pods of an application, put together by where they run or by what made them. */
import { compare, type Item, isProblem } from "./outline.ts";

export const POD_GROUPINGS = ["node", "owner", "top"] as const;
export type PodGrouping = (typeof POD_GROUPINGS)[number];

export interface PodGroup {
  id: string;
  name: string;
  /** `waiting`: of Pods for which no node was found yet. */
  is: "group" | "waiting";
  /** What is not well first. */
  pods: Item[];
  /** How many of each state there are, in words: `2 Degraded, 14 Healthy`. */
  says: string;
}

export function readPodGrouping(text: string | null): PodGrouping {
  return POD_GROUPINGS.find((one) => one === text) ?? "node";
}

/** Those that wait for a node stand apart, before all others. */
export function podGroupsOf(
  roots: readonly Item[],
  by: PodGrouping,
  matches: (item: Item) => boolean,
): PodGroup[] {
  const groups = new Map<string, PodGroup>();
  const put = (pod: Item, owner: Item | undefined, top: Item): void => {
    const isWaiting = pod.node === "" && pod.health?.status === "Progressing";
    const name = isWaiting ? "On no node yet" : groupName(pod, by, owner, top);
    const id = `${isWaiting ? "0" : "1"}${name}`;
    const group = groups.get(id) ?? { id, name, is: isWaiting ? "waiting" : "group", pods: [], says: "" };
    groups.set(id, group);
    group.pods.push(pod);
  };
  // No call within a call: owners of owners may be many thousands.
  const walk: { item: Item; owner: Item | undefined; top: Item }[] = roots.map((item) => ({
    ...{ item, owner: undefined, top: item },
  }));
  for (const { item, owner, top } of walk) {
    if (item.node !== undefined && matches(item)) put(item, owner, top);
    for (const child of item.children) walk.push({ item: child, owner: item, top });
  }
  for (const group of groups.values()) {
    group.pods.sort((a, b) => Number(isProblem(b)) - Number(isProblem(a)) || compare(a.name, b.name));
    group.says = stateWords(group.pods);
  }
  return [...groups.values()].sort((a, b) => compare(a.id, b.id));
}

function groupName(pod: Item, by: PodGrouping, owner: Item | undefined, top: Item): string {
  if (by === "node") return pod.node === "" ? "On no node" : (pod.node ?? "");
  const of = by === "owner" ? owner : top;
  return of === undefined || of === pod ? "By themselves" : `${of.kind} ${of.name}`;
}

function stateWords(pods: readonly Item[]): string {
  const counts = Map.groupBy(pods, podState);
  return [...counts].map(([state, those]) => `${those.length} ${state}`).join(", ");
}

export function podState({ health }: Pick<Item, "health">): string {
  return health?.status ?? "Unknown";
}

/** What of a name tells it from others of its owner: `x7k2p` of `web-6c9d5b-x7k2p`. */
export function shortName(name: string): string {
  return /[^-.]+$/.exec(name)?.[0] ?? name;
}
