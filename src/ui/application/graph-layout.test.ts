import { describe, expect, test } from "bun:test";
import { BOX, belowMaker, edgesOf, inSight, layoutOf, stepFrom } from "./graph-layout.ts";
import { type Item, type TreeNode, treeOf } from "./outline.ts";

const node = (kind: string, name: string, uid: string, parent?: string): TreeNode => ({
  ...{ group: "", kind, namespace: "shop", name, uid },
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
});
const TREE = [
  node("Deployment", "web", "d"),
  node("ReplicaSet", "web-1", "r", "d"),
  node("Pod", "web-1-a", "p1", "r"),
  node("Pod", "web-1-b", "p2", "r"),
  node("Service", "web", "s"),
];
const layout = layoutOf(treeOf([], TREE));
const ids = (all: readonly { item: { kind: string; name: string } }[]): string[] =>
  all.map(({ item }) => `${item.kind} ${item.name}`);
const all = { left: 0, top: 0, right: 10_000, bottom: 10_000 };

describe("the layout of the graph", () => {
  test("an owner stands left of what it owns, amid it, and no two stand on each other", () => {
    const at = (id: string) => layout.byId.get(id) ?? { x: NaN, y: NaN, level: NaN };
    const [web, set, a, b, service] = [
      "/Deployment/shop/web",
      "/ReplicaSet/shop/web-1",
      "/Pod/shop/web-1-a",
      "/Pod/shop/web-1-b",
      "/Service/shop/web",
    ].map(at);
    expect([web?.level, set?.level, a?.level, service?.level]).toEqual([1, 2, 3, 1]);
    expect([set?.y, web?.y]).toEqual([((a?.y ?? 0) + (b?.y ?? 0)) / 2, set?.y]);
    expect(service?.y).toBeGreaterThan(b?.y ?? NaN);
    for (const one of layout.placed)
      for (const other of layout.placed)
        expect(
          one === other || Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height,
        ).toBe(true);
    for (const { x, y } of layout.placed) {
      expect(x + BOX.width).toBeLessThan(layout.width);
      expect(y + BOX.height).toBeLessThan(layout.height);
    }
  });

  test("of nothing is nothing", () => {
    expect([layoutOf([]).placed, stepFrom(layout, layout.placed[0] as never, "x")]).toEqual([[], undefined]);
  });

  test("an owner that is its own descendant, and one that is not there, lose no object", () => {
    const odd = [node("A", "a", "1", "2"), node("B", "b", "2", "1"), node("C", "c", "3", "gone")];
    expect(ids(layoutOf(treeOf([], odd)).placed).toSorted()).toEqual(["A a", "B b", "C c"]);
  });

  test.each([
    ["from the first owner on", (nodes: TreeNode[]) => nodes],
    ["from the last one on", (nodes: TreeNode[]) => nodes.toReversed()],
  ])("owners of owners, 20,000 deep, told %s, are placed each right of its owner", (_, order) => {
    const deep = Array.from({ length: 20_000 }, (__, at) =>
      node("Thing", `t${at}`, `u${at}`, at === 0 ? undefined : `u${at - 1}`),
    );
    const chain = layoutOf(treeOf([], order(deep)));
    expect(chain.placed).toHaveLength(20_000);
    expect([chain.placed.at(-1)?.level, chain.placed.at(-1)?.item.name]).toEqual([20_000, "t19999"]);
    expect(chain.height).toBe(layoutOf(treeOf([], [node("Thing", "t", "u")])).height);
  });

  test("in sight is what the window has some of, and what is always", () => {
    const first = { left: 0, top: 0, right: 100, bottom: 60 };
    expect(ids(inSight(layout, all))).toHaveLength(5);
    expect(ids(inSight(layout, first))).toEqual(["Deployment web"]);
    expect(ids(inSight(layout, first, new Set(["/Service/shop/web"])))).toEqual([
      "Deployment web",
      "Service web",
    ]);
  });

  test("a line for each owner and what it owns, where the window has some of it", () => {
    const lines = (path: string): number => path.split("M").length - 1;
    expect(lines(edgesOf(layout, all))).toBe(3);
    expect(lines(edgesOf(layout, { left: 0, top: 0, right: 100, bottom: 60 }))).toBe(0);
    // Both of its ends are out of sight, and it passes.
    expect(lines(edgesOf(layout, { left: 240, top: 0, right: 270, bottom: 60 }))).toBe(1);
  });

  test("keys lead along owners and along a column, and nowhere at the ends", () => {
    const from = (id: string, key: string): string | undefined => {
      const one = layout.byId.get(id);
      return one === undefined ? undefined : stepFrom(layout, one, key)?.item.id;
    };
    expect([
      from("/Deployment/shop/web", "ArrowRight"),
      from("/Deployment/shop/web", "ArrowDown"),
      from("/Deployment/shop/web", "ArrowUp"),
      from("/Pod/shop/web-1-a", "ArrowRight"),
      from("/Pod/shop/web-1-b", "ArrowLeft"),
      from("/Pod/shop/web-1-b", "End"),
    ]).toEqual([
      "/ReplicaSet/shop/web-1",
      "/Service/shop/web",
      "/Deployment/shop/web",
      "/Pod/shop/web-1-a",
      "/ReplicaSet/shop/web-1",
      "/Service/shop/web",
    ]);
  });
});

describe("below what made the application", () => {
  const maker = { ...(treeOf([], [node("ApplicationSet", "all", "x")])[0] as Item), id: "maker" };
  const made = () => belowMaker(layoutOf(treeOf([], TREE)), maker);

  test("all stands as it stood, a line further down and somewhat to the right, one level deeper", () => {
    const below = made();
    const [top, ...rest] = below.placed;
    expect(ids(below.placed).slice(0, 2)).toEqual(["ApplicationSet all", "Deployment web"]);
    expect(top?.owned.map(({ item }) => item.name)).toEqual(["web", "web"]);
    const moved = rest.map(({ item, x, y, level }) => {
      const before = layout.byId.get(item.id);
      return [x - (before?.x ?? NaN), y - (before?.y ?? NaN), level - (before?.level ?? NaN)];
    });
    expect(new Set(moved.map((by) => by.join(" ")))).toEqual(new Set(["28 56 1"]));
    expect([below.width - layout.width, below.height - layout.height]).toEqual([28, 56]);
    expect(rest.every(({ y }) => y >= (top?.y ?? NaN) + BOX.height)).toBe(true);
  });

  test("keys lead up to it and down from it, and Home is it", () => {
    const below = made();
    const step = (from: string, key: string) => stepFrom(below, below.byId.get(from) as never, key)?.item.id;
    const first = "/Deployment/shop/web";
    expect([step(first, "ArrowUp"), step(first, "ArrowLeft"), step("/Service/shop/web", "Home")]).toEqual([
      ...["maker", "maker", "maker"],
    ]);
    expect([step("maker", "ArrowDown"), step("maker", "ArrowRight")]).toEqual([first, first]);
    expect([step("maker", "ArrowUp"), step("maker", "ArrowLeft")]).toEqual(["maker", "maker"]);
    expect(step("/Service/shop/web", "ArrowUp")).toBe(first);
  });

  test("its line comes down to each, and no longer than what is in sight", () => {
    const below = made();
    // Two of the tree, two that lead to what it made, and the one that comes down.
    expect(edgesOf(below, all).split("M").length - 1).toBe(3 + 2 + 1);
    const many = belowMaker(
      layoutOf(
        treeOf(
          [],
          Array.from({ length: 2_000 }, (_, at) => node("Pod", `p${at}`, `u${at}`)),
        ),
      ),
      maker,
    );
    const seen = edgesOf(many, { left: 0, top: 10_000, right: 500, bottom: 10_480 });
    expect(seen.split("M").length - 1).toBe(10 + 1);
    expect(seen).toEndWith("M30 10000V10480");
    expect(edgesOf(many, { left: 600, top: 0, right: 900, bottom: 900 })).toBe("");
  });
});
