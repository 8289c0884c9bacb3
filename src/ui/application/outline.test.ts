import { describe, expect, test } from "bun:test";
import type { ResourceStatus } from "../../core/model/application.ts";
import { type TreeNode, treeOf } from "./outline.ts";
import { outlineOf as linesOf, type OutlineLine } from "./outline-lines.ts";

const resource = (kind: string, name: string, more: Partial<ResourceStatus> = {}): ResourceStatus =>
  ({ group: "", version: "v1", kind, namespace: "shop", name, status: "Synced", ...more }) as ResourceStatus;
const node = (
  kind: string,
  name: string,
  uid: string,
  parent?: string,
  more: Partial<TreeNode> = {},
): TreeNode => ({
  ...{ group: "", kind, namespace: "shop", name, uid },
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
  ...more,
});
/** The tree as it is at first, each line with what it shows. */
const outlineOf = (
  resources: readonly ResourceStatus[],
  nodes: readonly TreeNode[],
  folds: ReadonlyMap<string, "open" | "closed">,
): (OutlineLine & OutlineLine["item"])[] =>
  linesOf(treeOf(resources, nodes), {
    ...{ grouping: "tree", order: undefined, matches: undefined, folds },
  }).lines.map((line) => ({ ...line.item, ...line }));
const shown = (lines: readonly (OutlineLine & OutlineLine["item"])[]): string[] =>
  lines.map(({ level, kind, name }) => `${"  ".repeat(level - 1)}${kind} ${name}`);
const none = new Map<string, "open" | "closed">();

const TREE = [
  node("Deployment", "web", "d"),
  node("ReplicaSet", "web-1", "r", "d"),
  node("Pod", "web-1-b", "p2", "r"),
  node("Pod", "web-1-a", "p1", "r"),
];

describe("outline", () => {
  test("what Git wants, and below it what came of it", () => {
    expect(shown(outlineOf([resource("Service", "web"), resource("Deployment", "web")], TREE, none))).toEqual(
      ["Deployment web", "  ReplicaSet web-1", "    Pod web-1-a", "    Pod web-1-b", "Service web"],
    );
  });

  test("folds, and says how much is in it", () => {
    const lines = outlineOf(
      [resource("Deployment", "web")],
      TREE,
      new Map([["/Deployment/shop/web", "closed"]]),
    );
    expect(shown(lines)).toEqual(["Deployment web"]);
    expect(lines[0]).toMatchObject({ inside: 3, isOpen: false });
  });

  test("of much, only what is not well is open, and stands first", () => {
    const many = Array.from({ length: 100 }, (_, at) => node("Pod", `p${at}`, `p${at}`, "r"));
    const closed = outlineOf([resource("Deployment", "web")], [...TREE, ...many], none);
    expect(shown(closed)).toEqual(["Deployment web"]);
    const sick = node("Pod", "zz", "zz", "r", {
      health: { status: "Degraded", message: "CrashLoopBackOff" },
    });
    const open = outlineOf(
      [resource("ConfigMap", "a"), resource("Deployment", "web")],
      [...TREE, ...many, sick],
      none,
    );
    expect(shown(open).slice(0, 3)).toEqual(["Deployment web", "  ReplicaSet web-1", "    Pod zz"]);
  });

  test("what is missing is there, and what nobody made stands by itself", () => {
    const lines = outlineOf(
      [resource("Secret", "key", { status: "OutOfSync" })],
      [node("Pod", "alone", "x")],
      none,
    );
    expect(shown(lines)).toEqual(["Secret key", "Pod alone"]);
    expect(lines.map(({ sync }) => sync)).toEqual(["OutOfSync", undefined]);
  });

  test("owners in a circle are no endless tree", () => {
    const circle = [node("A", "a", "1", "2"), node("B", "b", "2", "1"), node("C", "c", "3", "3")];
    expect(shown(outlineOf([], circle, none)).sort()).toEqual(["  A a", "B b", "C c"]);
  });

  test("owners of owners, 20,000 deep, the last of them not well: each owner is open, and says how many", () => {
    const deep = Array.from(
      { length: 20_000 },
      (_, at): TreeNode => ({
        ...{ group: "", kind: "Thing", namespace: "shop", name: `t${at}`, uid: `u${at}` },
        ...(at === 0 ? {} : { parentRefs: [{ uid: `u${at - 1}` }] }),
        health: { status: at === 19_999 ? "Degraded" : "Healthy" },
      }),
    );
    const lines = outlineOf([], deep, none);
    expect(lines).toHaveLength(20_000);
    expect(lines.slice(0, 2).map(({ name, inside, level }) => [name, inside, level])).toEqual([
      ["t0", 19_999, 1],
      ["t1", 19_998, 2],
    ]);
    const closed = outlineOf(
      [resource("Thing", "t5")],
      deep,
      new Map([["/Thing/shop/t0", "closed" as const]]),
    );
    expect(closed[0]).toMatchObject({ name: "t0", isOpen: false });
  });
});
