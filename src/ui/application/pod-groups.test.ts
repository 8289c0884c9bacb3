import { describe, expect, test } from "bun:test";
import { type TreeNode, treeOf } from "./outline.ts";
import { podGroupsOf, readPodGrouping, shortName } from "./pod-groups.ts";

const node = (kind: string, name: string, parent?: string, more: Partial<TreeNode> = {}): TreeNode => ({
  ...{ group: kind === "Pod" ? "" : "apps", kind, namespace: "shop", name, uid: `${kind} ${name}` },
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
  ...more,
});
const pod = (name: string, parent: string | undefined, on: string, status = "Healthy"): TreeNode =>
  node("Pod", name, parent, {
    health: { status },
    info: on === "" ? [] : [{ name: "Node", value: on }],
  });
const TREE = treeOf(
  [],
  [
    node("Deployment", "web"),
    node("ReplicaSet", "web-1", "Deployment web"),
    pod("web-1-a", "ReplicaSet web-1", "east"),
    pod("web-1-b", "ReplicaSet web-1", "west", "Degraded"),
    pod("web-1-c", "ReplicaSet web-1", "", "Progressing"),
    pod("alone", undefined, "west"),
    // It ended before it ran: it waits for nothing.
    pod("over", undefined, "", "Degraded"),
    { ...node("Pod", "other"), group: "example.com" },
  ],
);
const groups = (by: "node" | "owner" | "top", matches = (_: { name: string }): boolean => true) =>
  podGroupsOf(TREE, by, matches).map(({ name, is, pods }) => [name, is, pods.map((one) => one.name)]);

describe("podGroupsOf()", () => {
  test("by node, those that wait for one apart and first", () => {
    expect(groups("node")).toEqual([
      ["On no node yet", "waiting", ["web-1-c"]],
      ["On no node", "group", ["over"]],
      ["east", "group", ["web-1-a"]],
      ["west", "group", ["web-1-b", "alone"]],
    ]);
  });

  test("by owner and by the first owner of all, and those that nobody owns by themselves", () => {
    expect(groups("owner").slice(1)).toEqual([
      ["By themselves", "group", ["over", "alone"]],
      ["ReplicaSet web-1", "group", ["web-1-b", "web-1-a"]],
    ]);
    expect(groups("top").at(-1)).toEqual(["Deployment web", "group", ["web-1-b", "web-1-a"]]);
  });

  test("says how many are in which state, and leaves out what nobody looks for", () => {
    expect(podGroupsOf(TREE, "top", () => true).at(-1)?.says).toBe("1 Degraded, 1 Healthy");
    expect(groups("node", ({ name }) => name === "alone")).toEqual([["west", "group", ["alone"]]]);
    expect(groups("node", () => false)).toEqual([]);
  });
});

test("what an address says of it is by node where it means nothing", () => {
  expect([readPodGrouping("top"), readPodGrouping("<b>"), readPodGrouping(null)]).toEqual([
    "top",
    "node",
    "node",
  ]);
});

test.each([
  ["web-6c9d5b-x7k2p", "x7k2p"],
  ["db-0", "0"],
  ["plain", "plain"],
  ["odd-", "odd-"],
])("%p is short %p", (name, short) => {
  expect(shortName(name)).toBe(short);
});
