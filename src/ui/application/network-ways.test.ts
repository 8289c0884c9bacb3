import { describe, expect, test } from "bun:test";
import { drawnOf } from "./graph-fold.ts";
import { layoutOf } from "./graph-layout.ts";
import { networkOf } from "./network.ts";
import {
  edgesBy,
  gapsOf,
  MOST_WAYS,
  reachedWords,
  wayLabels,
  wayPaths,
  waysOf,
  waysThrough,
} from "./network-ways.ts";
import { type Networking, type TreeNode, treeOf } from "./outline.ts";

const GROUPS: Readonly<Record<string, string>> = {
  Ingress: "networking.k8s.io",
  HTTPRoute: "gateway.networking.k8s.io",
  Gateway: "gateway.networking.k8s.io",
};
const node = (kind: string, name: string, networkingInfo: Networking = {}): TreeNode => ({
  ...{ group: GROUPS[kind] ?? "", kind, namespace: "shop", name, uid: `${kind} ${name}`, networkingInfo },
  health: { status: "Healthy" },
});
const ref = (kind: string, name: string) => ({
  ...{ group: GROUPS[kind] ?? "", kind, namespace: "shop", name },
});
const drawn = (nodes: TreeNode[], opened: string[] = []) => {
  const network = networkOf(treeOf([], nodes));
  const ways = waysOf(network);
  const shown = drawnOf(network.roots, "network", { opened: new Set(opened), shown: null });
  const layout = layoutOf(shown.roots, gapsOf(network, ways));
  return { network, ways, shown, layout, edges: edgesBy(network.links, { ways, layout, ...shown }) };
};
const lines = ({ ways, edges }: Pick<ReturnType<typeof drawn>, "ways" | "edges">): string[] =>
  edges.map(({ from, to, says, ways: on }) =>
    [
      ...[from.split("/").at(-1), ">", to.split("/").at(-1)],
      ...[on.map((one) => ways[one]?.letter).join(""), ...says],
    ].join(" "),
  );
const ALL = { left: 0, top: 0, right: 10_000, bottom: 100_000 };
const pods = (count: number): TreeNode[] =>
  Array.from({ length: count }, (_, at) => node("Pod", `p${at}`, { labels: { app: "web" } }));
const SHOP = [
  node("Ingress", "shop", {
    targetRefs: [ref("Service", "web")],
    targetWords: [["a.example/ :80", "b.example/ :80"]],
  }),
  node("Service", "web", { targetLabels: { app: "web" }, ports: ["80 to 8080"] }),
  node("Service", "direct", { targetLabels: { app: "web" }, opens: "LoadBalancer", ports: ["443 to 8443"] }),
  node("Service", "inside", { targetLabels: { app: "web" } }),
];

describe("the ways of a network", () => {
  test("each begins where requests come in, and goes through all that they come by", () => {
    const one = drawn([...SHOP, ...pods(1)]);
    expect(one.ways.map(({ letter, entry }) => `${letter} ${entry.kind} ${entry.name}`)).toEqual([
      "A Ingress shop",
      "B Service direct",
    ]);
    expect(lines(one).toSorted()).toEqual([
      "direct > p0 B 443 to 8443",
      // Nothing outside leads there.
      "inside > p0 ",
      "shop > web A a.example/ :80 b.example/ :80",
      "web > p0 A 80 to 8080",
    ]);
    const through = waysThrough(one.edges);
    expect([through.get("/Pod/shop/p0"), through.get("/Service/shop/inside")]).toEqual([[0, 1], []]);
  });

  test("a route is on the way of its Gateway, one without begins its own; what leads nowhere begins none", () => {
    const { ways } = drawn([
      node("Gateway", "public"),
      node("Gateway", "idle"),
      node("Ingress", "empty"),
      node("HTTPRoute", "a", { sourceRefs: [ref("Gateway", "public")], targetRefs: [ref("Service", "web")] }),
      node("HTTPRoute", "b", { targetRefs: [ref("Service", "web")] }),
      node("Service", "web"),
      node("Service", "open", { opens: "NodePort" }),
    ]);
    expect(ways.map(({ entry }) => entry.name)).toEqual(["public", "b"]);
  });

  test("a Service that is open and behind an Ingress is on two ways", () => {
    const { ways, edges } = drawn([
      node("Ingress", "shop", { targetRefs: [ref("Service", "web")] }),
      node("Service", "web", { targetLabels: { app: "web" }, opens: "NodePort" }),
      ...pods(1),
    ]);
    expect(lines({ ways, edges })).toEqual(["shop > web A", "web > p0 AB"]);
  });

  test("no two of the first thirty-six look alike, and more have none of their own", () => {
    const many = Array.from({ length: 40 }, (_, at) =>
      node("Ingress", `i${String(at).padStart(2, "0")}`, { targetRefs: [ref("Service", "web")] }),
    );
    const { ways, network } = drawn([...many, node("Service", "web")]);
    expect([ways.length, network.entries.length]).toEqual([MOST_WAYS, 40]);
    expect(new Set(ways.map(({ hue, dash }) => `${hue} ${dash}`)).size).toBe(MOST_WAYS);
    expect(new Set(ways.map(({ letter }) => letter)).size).toBe(MOST_WAYS);
    expect([ways[25]?.letter, ways[26]?.letter, ways[35]?.letter]).toEqual(["Z", "AA", "AJ"]);
    // Whoever sees no colours has a pattern for each of the first six.
    expect(new Set(ways.slice(0, 6).map(({ dash }) => dash)).size).toBe(6);
    expect(ways.some(({ nodes }) => nodes.has("networking.k8s.io/Ingress/shop/i39"))).toBe(false);
  });

  test("what is folded has one line, and what is opened is led to by what stood for it", () => {
    const folded = drawn([...SHOP, ...pods(20)]);
    const fold = [...folded.shown.folds.keys()].find((id) => id.includes("Pod")) ?? "";
    const to = fold.split("/").at(-1);
    expect(lines(folded)).toContain(`web > ${to} A 80 to 8080`);
    expect(folded.edges.filter((edge) => edge.to === fold)).toHaveLength(3);
    const opened = drawn([...SHOP, ...pods(20)], [fold]);
    const first = opened.shown.folds.has(fold) ? opened.edges.filter(({ from }) => from === fold) : [];
    expect([first.length, first.every(({ ways }) => ways.length > 0)]).toEqual([20, true]);
  });

  test("lines of two ways stand beside each other, those out of sight are none, and each is a path of its own", () => {
    const one = drawn([...SHOP, ...pods(1)]);
    const paths = wayPaths(one.layout, one.edges, ALL);
    expect([...paths.keys()].map(String).toSorted()).toEqual(["0", "1", "undefined"]);
    const twice = drawn([
      node("Ingress", "shop", { targetRefs: [ref("Service", "web")] }),
      node("Service", "web", { targetLabels: { app: "web" }, opens: "NodePort" }),
      ...pods(1),
    ]);
    const both = wayPaths(twice.layout, twice.edges, ALL);
    const last = (way: number) => /V([\d.]+)H[\d.]+$/.exec(both.get(way) ?? "")?.[1];
    expect(Number(last(1)) - Number(last(0))).toBe(4);
    // Three come to the Pod by lines of their own, and so does what comes to one box from two.
    const ends = [...paths.values()].flatMap((path) => path.match(/(?<=V)[\d.]+(?=H[\d.]+)/g) ?? []);
    expect(new Set(ends).size).toBe(4);
    expect(wayPaths(one.layout, one.edges, { left: 0, top: 90_000, right: 9_000, bottom: 99_000 }).size).toBe(
      0,
    );
  });

  test("words stand at what they lead to, two of them, cut to what has room; a hostile one is text", () => {
    const hostile = "<img src=x onerror=alert(1)>.example.com/";
    const one = drawn([
      node("Ingress", "a", { targetRefs: [ref("Service", "web")], targetWords: [[hostile]] }),
      node("Ingress", "b", { targetRefs: [ref("Service", "web")], targetWords: [["b/"]] }),
      node("Ingress", "c", { targetRefs: [ref("Service", "web")] }),
      node("Service", "web"),
    ]);
    const labels = wayLabels(one.layout, one.edges, { ways: one.ways, window: ALL });
    expect(labels.map(({ text }) => text)).toEqual(["A <img src=x onerror=alert(1)>.example.…", "B b/ +1"]);
    expect(wayLabels(one.layout, one.edges, { ways: one.ways, window: { ...ALL, left: 5_000 } })).toEqual([]);
  });

  test("columns are as far apart as the words between them need, each for itself, and no further than is looked over", () => {
    const host = (name: string) =>
      drawn([
        node("Ingress", "a", { targetRefs: [ref("Service", "web")], targetWords: [[name]] }),
        node("Service", "web", { targetLabels: { app: "web" }, ports: ["80 to 8080"] }),
        ...pods(1),
      ]);
    const texts = ({ layout, edges, ways }: ReturnType<typeof host>) =>
      wayLabels(layout, edges, { ways, window: ALL }).map(({ text }) => text);
    const [short, long, endless] = [host("a/"), host("shop.example.com/ :80"), host("x".repeat(253))];
    expect(texts(long)).toEqual(["A shop.example.com/ :80", "A 80 to 8080"]);
    const gaps = ({ layout }: ReturnType<typeof host>) => [2, 3].map((level) => layout.gapBefore(level));
    expect([short, long, endless].map(gaps)).toEqual([
      [154, 154],
      [186, 154],
      [300, 154],
    ]);
    expect(texts(endless)[0]).toMatch(/^A x{37}…$/);
  });

  test("whoever reads no lines is told from where it is reached, and by what", () => {
    const { ways, edges } = drawn([...SHOP, ...pods(1)]);
    const words = (id: string) =>
      reachedWords(id, {
        ...{ ways, on: waysThrough(edges).get(id) ?? [] },
        coming: edges.filter(({ to }) => to === id),
      });
    expect(words("/Pod/shop/p0")).toBe(
      "reached from Ingress shop (A), Service direct (B) by 443 to 8443, 80 to 8080",
    );
    expect(words("networking.k8s.io/Ingress/shop/shop")).toBe("way A begins here");
    expect(words("/Service/shop/web")).toBe(
      "reached from Ingress shop (A) by a.example/ :80, b.example/ :80",
    );
    expect(words("/Service/shop/inside")).toBe("");
  });
});
