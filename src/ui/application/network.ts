/** Whom requests reach: Gateways, Ingresses and routes, the Services that these lead to, and the Pods that those choose. */
import { compare, type Item, idOf, ownersFirst } from "./outline.ts";

export interface Link {
  from: string;
  to: string;
  /** Hosts, paths and ports by which it leads there; none where nothing is said. */
  says: readonly string[];
}

export interface Network {
  /** Each once, right of the first that leads to it. */
  roots: Item[];
  /** All that leads somewhere, by ids. */
  links: Link[];
  /** Where requests come in from outside, left to right. */
  entries: Item[];
  /** More lead to each other than are drawn. */
  isCut: boolean;
}

/** A Service may choose every Pod, and there may be thousands of both. */
const MOST_LINKS = 5_000;
const GATEWAYS = "gateway.networking.k8s.io";

type Labels = Readonly<Record<string, string>>;

/** @param roots as `treeOf` has them. Requests only ever lead from one column to a later one, so there are no circles. */
export function networkOf(roots: readonly Item[]): Network {
  const all = ownersFirst(roots).filter((item) => columnOf(item) !== undefined);
  const byId = new Map(all.map((item) => [item.id, copyOf(item)]));
  const drawn = new Set([...byId.values()].filter(({ column = 0 }) => column < PODS));
  const pods = new PodIndex([...byId.values()].filter(({ column }) => column === PODS));
  const links: Link[] = [];
  const reached = new Map<string, Item>();
  let made = 0;
  const lead = (from: Item, to: Item, says: readonly string[] = []): void => {
    if ((from.column ?? 0) >= (to.column ?? 0) || made >= MOST_LINKS) return;
    made += 1;
    links.push({ from: from.id, to: to.id, says });
    drawn.add(to);
    const before = reached.get(to.id);
    if (before === undefined) {
      reached.set(to.id, from);
      from.children.push(to);
    } else if (before !== from) {
      if (to.remark !== "to prune")
        to.remark = [to.remark, `also from ${from.kind} ${from.name}`].filter((one) => one !== "").join(", ");
    }
  };
  const named = (ref: Parameters<typeof idOf>[0]): Item | undefined => {
    const id = idOf(ref);
    const known = byId.get(id) ?? elsewhere(ref);
    if (known !== undefined) byId.set(id, known);
    return known;
  };
  for (const item of [...drawn].sort(inColumns)) {
    const { targetLabels, targetRefs = [], targetWords, sourceRefs = [], ports } = item.networking ?? {};
    for (const ref of sourceRefs) {
      const gateway = named(ref);
      if (gateway === undefined) continue;
      drawn.add(gateway);
      lead(gateway, item);
    }
    for (const [at, ref] of targetRefs.entries()) {
      const target = named(ref);
      if (target !== undefined) lead(item, target, targetWords?.[at]);
    }
    if (targetLabels !== undefined)
      for (const pod of pods.having(item.namespace, targetLabels)) lead(item, pod, ports);
  }
  const tops = [...drawn].filter(({ id }) => !reached.has(id)).sort(inColumns);
  const first = Math.min(...tops.map(({ column = 1 }) => column));
  // Nothing is left of what comes first here.
  for (const item of drawn) item.column = (item.column ?? 1) - first + 1;
  const leads = new Set(links.map(({ from }) => from));
  const entries = [...drawn].filter((item) => leads.has(item.id) && isEntry(item, reached.has(item.id)));
  return { roots: tops, links, entries: entries.sort(inColumns), isCut: made >= MOST_LINKS };
}

/** Whether it is open to the outside itself. A route is by the Gateway that it hangs on, where that is known. */
function isEntry({ group, kind, networking }: Item, isLedTo: boolean): boolean {
  if (group === "" && kind === "Service") return networking?.opens !== undefined;
  return kind === "Ingress" || kind === "Gateway" || (group === GATEWAYS && !isLedTo);
}

const SERVICES = 3;
const PODS = 4;

/** undefined: it has no part in it. */
function columnOf({
  group,
  kind,
  node,
}: Pick<Item, "group" | "kind"> & Partial<Pick<Item, "node">>): number | undefined {
  if (group === GATEWAYS && kind === "Gateway") return 1;
  if ((group === GATEWAYS && kind.endsWith("Route")) || (group === "networking.k8s.io" && kind === "Ingress"))
    return 2;
  if (group === "" && kind === "Service") return SERVICES;
  return node === undefined ? undefined : PODS;
}

function copyOf(item: Item): Item {
  const column = columnOf(item);
  return { ...item, ...(column === undefined ? {} : { column }), children: [] };
}

/** Named by one of ours, and none of this application's: whether it is there, nobody here knows. */
function elsewhere(ref: Parameters<typeof idOf>[0]): Item | undefined {
  const column = columnOf(ref);
  if (column === undefined) return undefined;
  return {
    ...ref,
    ...{ id: idOf(ref), uid: undefined, sync: undefined, health: undefined, info: "", createdAt: undefined },
    ...{
      remark: "not of this application",
      wave: undefined,
      images: [],
      restarts: undefined,
      node: undefined,
    },
    ...{ networking: undefined, children: [], column },
  };
}

function inColumns(a: Item, b: Item): number {
  return compare(a.column ?? 0, b.column ?? 0) || compare(a.kind, b.kind) || compare(a.id, b.id);
}

/** Pods by each of their labels, so that a Service asks the fewest that may be meant. */
class PodIndex {
  readonly #byLabel = new Map<string, Item[]>();

  constructor(pods: readonly Item[]) {
    for (const pod of pods)
      for (const [name, value] of Object.entries(pod.networking?.labels ?? {})) {
        const key = JSON.stringify([pod.namespace, name, value]);
        const those = this.#byLabel.get(key);
        if (those === undefined) this.#byLabel.set(key, [pod]);
        else those.push(pod);
      }
  }

  /** None where nothing is asked for: such a Service has its endpoints written by hand. */
  having(namespace: string, labels: Labels): Item[] {
    const pairs = Object.entries(labels);
    const lists = pairs.map((pair) => this.#byLabel.get(JSON.stringify([namespace, ...pair])) ?? []);
    const [fewest = []] = lists.toSorted((a, b) => a.length - b.length);
    return fewest.filter(({ networking }) =>
      pairs.every(([name, value]) => networking?.labels?.[name] === value),
    );
  }
}

/** Pods, and who owns them. */
export function podTreeOf(roots: readonly Item[]): Item[] {
  const kept = new Map<Item, Item>();
  // An owner comes before what it owns, so this way round what is kept below is known.
  for (const item of ownersFirst(roots).reverse()) {
    const children = item.children.flatMap((child) => kept.get(child) ?? []);
    if (children.length > 0 || item.node !== undefined) kept.set(item, { ...item, children });
  }
  return roots.flatMap((root) => kept.get(root) ?? []);
}
