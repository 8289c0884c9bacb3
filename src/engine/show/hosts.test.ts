import { describe, expect, test } from "bun:test";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { NodeLookup } from "../../core/model/node-room.ts";
import { parseRefKey, type RefKey, refKey } from "../../core/model/object-ref.ts";
import { systemClock } from "../../lib/system-clock.ts";
import type { ResourceNode } from "../control.ts";
import { hostsOf } from "./hosts.ts";

const NO_FILTERS = { exclusions: [], inclusions: [] };
const KNOWN: NodeLookup = {
  is: "known",
  node: {
    capacity: { cpu: 4_000, memory: 100, pods: 10 },
    allocatable: { cpu: 4_000, memory: 100, pods: 10 },
    system: {},
  },
};
const keyOf = (name: string): RefKey => refKey({ group: "", kind: "Pod", namespace: "shop", name });
const pod = (name: string, node: string, cpu: number): LiveObject =>
  ({ key: keyOf(name), load: { node, cpu, memory: 1 } }) as unknown as LiveObject;
const inTree = (name: string, more: Partial<ResourceNode["ref"]> = {}): ResourceNode =>
  ({ ref: { ...parseRefKey(keyOf(name)), ...more } }) as unknown as ResourceNode;

/** @param learns how long the API server takes, or that it never answers */
function cluster(pods: readonly LiveObject[], { are = "all", learns = "soon", reached = "connected" } = {}) {
  const learnt: string[] = [];
  return {
    learnt,
    server: "https://kubernetes.default.svc",
    connection: () => ({ is: reached, since: 0, why: "" }) as never,
    get: (key: RefKey) => pods.find((one) => one.key === key),
    podsOn: (node: string) => ({
      are: are as "all" | "some",
      pods: pods.filter(({ load }) => load?.node === node),
    }),
    node: (name: string): NodeLookup =>
      learnt.includes(name) ? KNOWN : { is: "unknown", why: "it was not read yet" },
    async learnNodes(names: readonly string[]) {
      if (learns === "never") await new Promise(() => undefined);
      learnt.push(...names);
    },
  };
}
const asked = { clock: systemClock, resources: NO_FILTERS };

describe("hostsOf()", () => {
  const pods = [pod("web-a", "n-1", 100), pod("web-b", "n-2", 200), pod("other", "n-1", 700)];
  const tree = [inTree("web-a"), inTree("web-b"), inTree("web-a"), inTree("gone")];

  test("are the nodes of its Pods alone, each Pod counted once, all others in one number", async () => {
    const hosts = await hostsOf(cluster([...pods, pod("elsewhere", "n-3", 1)]), tree, asked);
    expect(hosts).toEqual([
      {
        ...{ name: "n-1", facts: KNOWN, byApp: { cpu: 100, memory: 1, pods: 1 } },
        byOthers: { cpu: 700, memory: 1, pods: 1 },
      },
      {
        ...{ name: "n-2", facts: KNOWN, byApp: { cpu: 200, memory: 1, pods: 1 } },
        byOthers: { cpu: 0, memory: 0, pods: 0 },
      },
    ]);
    expect(await hostsOf(cluster(pods), [inTree("web-a", { group: "example.com" })], asked)).toEqual([]);
  });

  test("what others ask for is not known where not all Pods are seen", async () => {
    const [host] = await hostsOf(cluster(pods, { are: "some" }), tree, asked);
    expect(host?.byOthers).toBeUndefined();
  });

  test("nobody waits for an API server that does not answer, and one that is not reached is not asked", async () => {
    const [slow] = await hostsOf(cluster(pods, { learns: "never" }), tree, asked);
    expect(slow).toMatchObject({ byApp: { cpu: 100 }, facts: { is: "unknown", why: "it was not read yet" } });
    const away = cluster(pods, { reached: "unreachable" });
    await hostsOf(away, tree, asked);
    expect(away.learnt).toEqual([]);
  });

  test("Nodes that the settings leave out are not read", async () => {
    const from = cluster(pods);
    const [host] = await hostsOf(from, tree, {
      ...asked,
      resources: { ...NO_FILTERS, exclusions: [{ apiGroups: [""], kinds: ["Node"], clusters: ["*"] }] },
    });
    expect([host?.facts, from.learnt]).toEqual([
      { is: "unknown", why: "resource.exclusions leaves Nodes out" },
      [],
    ]);
  });
});
