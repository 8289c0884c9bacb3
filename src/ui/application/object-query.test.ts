import { describe, expect, test } from "bun:test";
import { isIn, objectMatcher, parseObjectQuery, toggledIn } from "./object-query.ts";
import { ownersFirst, type TreeNode, treeOf } from "./outline.ts";

const node = (kind: string, name: string, more: Partial<TreeNode> = {}): TreeNode => ({
  ...{ group: "", kind, namespace: "shop", name, uid: `${kind} ${name}` },
  ...more,
});
const OBJECTS = ownersFirst(
  treeOf(
    [
      {
        ...{ group: "apps", version: "v1", kind: "Deployment", namespace: "shop", name: "web" },
        ...{ status: "OutOfSync", syncWave: 2 },
      },
    ],
    [
      node("Deployment", "web", { group: "apps", images: ["registry.example.com/shop/web:1.4"] }),
      node("Pod", "web-1", {
        health: { status: "Degraded", message: "it waits: CrashLoopBackOff" },
        info: [
          { name: "Containers", value: "0/1" },
          { name: "Node", value: "worker-7" },
        ],
      }),
      node("Pod", "api-1", { namespace: "back", health: { status: "Healthy" } }),
      node("ConfigMap", "system:settings", { namespace: "" }),
    ],
  ),
);
const found = (line: string): string[] =>
  OBJECTS.filter(objectMatcher(parseObjectQuery(line)))
    .map(({ name }) => name)
    .sort();
const ALL = ["api-1", "system:settings", "web", "web-1"];

describe("the line that finds objects", () => {
  test.each([
    ["", ALL],
    ["kind:pod", ["api-1", "web-1"]],
    ["kind:apps/Deployment", ["web"]],
    ["name:web", ["web"]],
    ["name:web*", ["web", "web-1"]],
    ["web-?", ["web-1"]],
    ["WEB", ["web", "web-1"]],
    ["-web", ["api-1", "system:settings"]],
    ["ns:back", ["api-1"]],
    ["namespace:s*", ["web", "web-1"]],
    ["health:degraded", ["web-1"]],
    ["health:degraded health:none kind:pod", ["web-1"]],
    ["sync:outofsync", ["web"]],
    ["wave:2", ["web"]],
    ["is:problem", ["web", "web-1"]],
    ["-is:problem", ["api-1", "system:settings"]],
    ["image:web:1.*", ["web"]],
    ["image:registry*", ["web"]],
    ["node:worker-*", ["web-1"]],
    ["node:none", ["api-1"]],
    ["crashloop", ["web-1"]],
    ['"it waits"', ["web-1"]],
    // A name may have a colon, and no facet is called so.
    ["system:settings", ["system:settings"]],
    ["constructor:x", []],
    ["kind:", ALL],
    ["<img src=x>", []],
  ])("%p finds %p", (line, names) => {
    expect(found(line)).toEqual(names);
  });

  test("what is no pattern is said, and hides nothing", () => {
    expect(parseObjectQuery("name:[ web").faults).toHaveLength(1);
    expect(found("name:[")).toEqual(ALL);
  });

  test("of a pattern of nothing but stars a long name is told at once", () => {
    const long = { ...OBJECTS[0]!, name: "a".repeat(5_000) };
    expect(objectMatcher(parseObjectQuery(`name:${"*a".repeat(60)}*b`))(long)).toBe(false);
  });

  test("a chip puts its word in and takes it out, whatever else stands there", () => {
    const line = toggledIn("web", "health", "Degraded");
    expect(line).toBe("web health:degraded");
    expect([isIn(line, "health", "Degraded"), isIn("web", "health", "Degraded")]).toEqual([true, false]);
    expect(toggledIn(line, "health", "Degraded")).toBe("web");
  });
});
