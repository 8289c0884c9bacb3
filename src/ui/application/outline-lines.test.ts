import { describe, expect, test } from "bun:test";
import type { ResourceStatus } from "../../core/model/application.ts";
import { objectMatcher, parseObjectQuery } from "./object-query.ts";
import { type TreeNode, treeOf } from "./outline.ts";
import {
  type Grouping,
  outlineOf,
  readGrouping,
  readOrder,
  turnedOrder,
  withMaker,
} from "./outline-lines.ts";

const node = (kind: string, name: string, parent?: string, more: Partial<TreeNode> = {}): TreeNode => ({
  ...{ group: "", kind, namespace: "shop", name, uid: `${kind} ${name}` },
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
  ...more,
});
const pod = (name: string, on: string, restarts = 0, status = "Healthy"): TreeNode =>
  node("Pod", name, "ReplicaSet web-1", {
    health: { status },
    createdAt: `2026-11-2${restarts}T00:00:00Z`,
    info: [
      { name: "Node", value: on },
      ...(restarts === 0 ? [] : [{ name: "Restart Count", value: String(restarts) }]),
    ],
  });
const RESOURCES = [
  { version: "v1", kind: "Deployment", namespace: "shop", name: "web", status: "Synced", syncWave: 1 },
  { version: "v1", kind: "Service", namespace: "shop", name: "web", status: "OutOfSync" },
] as ResourceStatus[];
const TREE = treeOf(RESOURCES, [
  node("Deployment", "web"),
  node("ReplicaSet", "web-1", "Deployment web"),
  pod("web-1-a", "east", 2),
  pod("web-1-b", "west", 3, "Degraded"),
  pod("web-1-c", ""),
]);

const outline = ({ find = "", group = "tree", order = null as string | null } = {}) =>
  outlineOf(TREE, {
    grouping: group as Grouping,
    order: readOrder(order),
    matches: find === "" ? undefined : objectMatcher(parseObjectQuery(find)),
    folds: new Map(),
  });
const shown = (what: Parameters<typeof outline>[0]): string[] =>
  outline(what).lines.map(
    ({ item, level, found }) => `${"  ".repeat(level - 1)}${item.name}${found === "way" ? " (way)" : ""}`,
  );

describe("outlineOf()", () => {
  test("of a tree what was found stands below what leads there, and what is hidden is counted", () => {
    const found = { find: "health:degraded" };
    expect(shown(found)).toEqual(["web (way)", "  web-1 (way)", "    web-1-b"]);
    expect(outline(found)).toMatchObject({ objects: 6, hidden: 5 });
    expect(outline({ find: "nothing-like-it" })).toMatchObject({ lines: [], hidden: 6 });
    expect(outline()).toMatchObject({ objects: 6, hidden: 0 });
  });

  test("flat has each once, what needs a look first", () => {
    expect(shown({ group: "flat" })).toEqual(["web-1-b", "web", "web", "web-1-a", "web-1-c", "web-1"]);
    expect(outline({ group: "flat" }).lines.every(({ level, inside }) => level === 1 && inside === 0)).toBe(
      true,
    );
  });

  test("by kind and by node have headings, and what is on none is apart", () => {
    expect(shown({ group: "kind", find: "kind:pod" })).toEqual([
      "3 Pods",
      "  web-1-b",
      "  web-1-a",
      "  web-1-c",
    ]);
    expect(shown({ group: "node", find: "kind:pod" })).toEqual([
      ...["On no node yet", "  web-1-c", "east", "  web-1-a", "west", "  web-1-b"],
    ]);
    expect(outline({ group: "node" }).lines.filter(({ is }) => is === "heading")).toHaveLength(4);
    expect(outline({ group: "node" })).toMatchObject({ objects: 6, hidden: 0 });
  });

  test("an owner has the restarts of all that it owns", () => {
    expect(outline().lines.map(({ item, restarts }) => [item.kind, restarts])).toContainEqual([
      "Deployment",
      5,
    ]);
  });

  test.each([
    ["restarts", ["web-1-c", "web-1-a", "web-1-b", "web", "web-1", "web"]],
    ["-restarts", ["web-1-b", "web-1-a", "web-1-c", "web", "web-1", "web"]],
    ["health", ["web-1-b", "web-1-a", "web-1-c", "web", "web-1", "web"]],
    ["sync", ["web", "web", "web-1-a", "web-1-b", "web-1-c", "web-1"]],
    ["-name", ["web", "web-1", "web-1-c", "web-1-b", "web-1-a", "web"]],
    ["age", ["web-1-b", "web-1-a", "web-1-c", "web", "web-1", "web"]],
    ["wave", ["web", "web", "web-1-a", "web-1-b", "web-1-c", "web-1"]],
  ])("flat by %p, what has nothing of it last", (order, names) => {
    expect(shown({ group: "flat", order })).toEqual(names);
  });

  test("an order holds among those of one owner, and the tree stays one", () => {
    expect(shown({ order: "-name" })).toEqual([
      "web",
      "web",
      "  web-1",
      "    web-1-c",
      "    web-1-b",
      "    web-1-a",
    ]);
  });

  test("thousands of owners of owners are walked, also for one that is found at the end", () => {
    const deep = treeOf(
      [],
      Array.from({ length: 20_000 }, (_, at) =>
        node("Thing", `t${at}`, at === 0 ? undefined : `Thing t${at - 1}`),
      ),
    );
    const { lines, hidden } = outlineOf(deep, {
      ...{ grouping: "tree", order: undefined, folds: new Map() },
      matches: ({ name }) => name === "t19999",
    });
    expect([lines.length, hidden, lines.at(-1)?.found]).toEqual([20_000, 19_999, "found"]);
  });
});

test("addresses that say nothing of it are the tree as it comes", () => {
  expect([readGrouping("<b>"), readGrouping(null), readOrder("constructor"), readOrder("")]).toEqual([
    ...(["tree", "tree"] as const),
    ...[undefined, undefined],
  ]);
});

test("a column's head leads from rising to falling to as it comes", () => {
  const turn = (from: string | null): string | undefined => turnedOrder(readOrder(from), "age");
  expect([turn(null), turn("age"), turn("-age"), turn("-name")]).toEqual(["age", "-age", undefined, "age"]);
});

test("what made the application stands first, and is no object", () => {
  const { lines } = outline();
  const [maker] = treeOf([], [node("ApplicationSet", "all")]);
  expect(withMaker(lines, undefined)).toBe(lines);
  expect(withMaker(lines, maker)[0]).toMatchObject({ is: "maker", level: 1, inside: 0, isOpen: false });
  expect(withMaker(lines, maker).slice(1)).toEqual([...lines]);
});
