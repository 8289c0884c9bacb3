import { describe, expect, test } from "bun:test";
import { drawnOf, firstPreset, many, type Preset, readPreset, withOpenedAtTop } from "./graph-fold.ts";
import { BOX, layoutOf } from "./graph-layout.ts";
import { type TreeNode, treeOf } from "./outline.ts";

const node = (kind: string, name: string, parent?: string, status = "Healthy"): TreeNode => ({
  ...{ group: "", kind, namespace: "shop", name, uid: `${kind} ${name}`, health: { status } },
  ...(parent === undefined ? {} : { parentRefs: [{ uid: parent }] }),
});
const pods = (count: number, set: string, bad: readonly number[] = []): TreeNode[] =>
  Array.from({ length: count }, (_, at) =>
    node(
      "Pod",
      `${set}-${String(at).padStart(2, "0")}`,
      `ReplicaSet ${set}`,
      bad.includes(at) ? "Degraded" : "Healthy",
    ),
  );
const TREE = [
  node("Deployment", "web"),
  node("ReplicaSet", "a", "Deployment web"),
  ...pods(39, "a", [7, 8]),
  node("Service", "web"),
];
const FOLD = "many//ReplicaSet/shop/a//Pod/Healthy/";

function drawn(preset: Preset, { opened = [] as string[], shown = null as string | null, tree = TREE } = {}) {
  const result = drawnOf(treeOf([], tree), preset, { opened: new Set(opened), shown });
  return { ...result, names: layoutOf(result.roots).placed.map(({ item }) => `${item.kind} ${item.name}`) };
}

describe("drawnOf()", () => {
  test("many of one kind that are well stand as one, and what is not well by itself", () => {
    const { names, folds, objects, hidden } = drawn("ownership");
    expect(names).toEqual([
      "Deployment web",
      "ReplicaSet a",
      "Pod a-07",
      "Pod a-08",
      "Pod 37 Pods",
      "Service web",
    ]);
    expect([...folds]).toEqual([[FOLD, { count: 37, objects: 37, is: "closed" }]]);
    expect([objects, hidden]).toEqual([42, 37]);
  });

  test("opened, each of them stands right of it; the others are where they were", () => {
    const { names, hidden, roots } = drawn("ownership", { opened: [FOLD] });
    expect([names.length, hidden]).toEqual([43, 0]);
    const levels = new Map(layoutOf(roots).placed.map(({ item, level }) => [item.name, level]));
    expect([levels.get("a-07"), levels.get("37 Pods"), levels.get("a-00")]).toEqual([3, 3, 4]);
  });

  test("what was opened stays where it stood, and so does its owner, with nothing on each other", () => {
    const at = (opened: readonly string[]): Map<string, number> => {
      const { roots, folds } = drawn("ownership", { opened: [...opened] });
      const { placed } = withOpenedAtTop(layoutOf(roots), folds);
      for (const one of placed)
        for (const other of placed)
          expect(one === other || one.level !== other.level || Math.abs(one.y - other.y) >= BOX.height).toBe(
            true,
          );
      return new Map(placed.map(({ item, y }) => [item.name, y]));
    };
    const [before, after] = [at([]), at([FOLD])];
    for (const name of ["37 Pods", "a", "a-07"]) expect(after.get(name)).toBe(before.get(name)!);
    expect(after.get("a-00")).toBe(after.get("37 Pods")!);
  });

  test("an object that is to be seen is, however deep it stands in what is folded", () => {
    const sets = Array.from({ length: 20 }, (_, at) => [
      node("ReplicaSet", `s${at}`),
      ...pods(15, `s${at}`),
    ]).flat();
    const { names, folds } = drawn("ownership", { tree: sets, shown: "/Pod/shop/s3-04" });
    expect(names).toContain("Pod s3-04");
    expect([...folds.values()].filter(({ is }) => is === "open")).toHaveLength(2);
    // The nineteen others keep their Pods folded.
    expect(names.filter((name) => name.startsWith("Pod s"))).toHaveLength(15);
  });

  test("twelve stand each by itself, and so do those of other kinds and states", () => {
    expect(drawn("ownership", { tree: [node("ReplicaSet", "a"), ...pods(12, "a")] }).hidden).toBe(0);
    const mixed = Array.from({ length: 24 }, (_, at) =>
      node("Job", `j${at}`, undefined, at % 2 === 0 ? "Healthy" : "Suspended"),
    );
    expect(drawn("ownership", { tree: mixed }).hidden).toBe(0);
    expect(drawn("ownership", { tree: [...mixed, node("Job", "j24"), node("Job", "j26")] }).hidden).toBe(14);
  });

  test("of more than anybody reads what is not well is drawn first, where something is", () => {
    const many = (sick: number): TreeNode[] =>
      Array.from({ length: 200 }, (_, at) => [
        node("Deployment", `d${at}`),
        ...["A", "B"].map((kind) => node(kind, `${kind}${at}`, `Deployment d${at}`)),
      ])
        .flat()
        .map((one, at) => ({
          ...one,
          group: `g${at % 50}`,
          ...(at < sick ? { health: { status: "Degraded" } } : {}),
        }));
    expect(firstPreset(treeOf([], many(3)))).toBe("problems");
    expect(firstPreset(treeOf([], many(0)))).toBe("ownership");
    expect(firstPreset(treeOf([], TREE))).toBe("ownership");
    expect([readPreset("owner"), readPreset("network"), readPreset("<b>")]).toEqual([
      ...(["ownership", "network", "ownership"] as const),
    ]);
  });

  test("problems are what is not well and who owns it, and the whole is all", () => {
    const { names, hidden } = drawn("problems");
    expect(names).toEqual(["Deployment web", "ReplicaSet a", "Pod a-07", "Pod a-08"]);
    expect(hidden).toBe(38);
    expect(drawn("problems", { tree: [node("Service", "web")] }).names).toEqual([]);
    expect(drawn("problems", { shown: "/Service/shop/web" }).names).toContain("Service web");
    expect([drawn("whole").names.length, drawn("whole").hidden]).toEqual([42, 0]);
  });

  test("what Git wants otherwise, or is to be pruned, is no part of many", () => {
    const maps = Array.from({ length: 30 }, (_, at) => ({
      ...{ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name: `c${at}` },
      status: at === 4 ? ("OutOfSync" as const) : ("Synced" as const),
      ...(at === 5 ? { requiresPruning: true } : {}),
    }));
    const { roots } = drawnOf(treeOf(maps, []), "ownership", { opened: new Set(), shown: null });
    expect(roots.map(({ name }) => name).toSorted()).toEqual(["28 ConfigMaps", "c4", "c5"]);
  });

  test("a chain of owners as long as somebody makes it is walked", () => {
    const item = (at: number): ReturnType<typeof treeOf>[number] => ({
      ...{
        id: `${at}`,
        group: "",
        kind: "Link",
        namespace: "",
        name: `${at}`,
        uid: undefined,
        sync: undefined,
      },
      ...{ health: undefined, info: "", createdAt: undefined, remark: "", wave: undefined, images: [] },
      ...{ restarts: undefined, node: undefined, networking: undefined, children: [] },
    });
    const root = item(0);
    for (let [at, last] = [1, root]; at < 50_000; at += 1) {
      const next = item(at);
      last.children.push(next);
      last = next;
    }
    expect(drawnOf([root], "ownership", { opened: new Set(), shown: null }).objects).toBe(50_000);
  });
});

test.each([
  ["Pod", "13 Pods"],
  ["Ingress", "13 Ingresses"],
  ["NetworkPolicy", "13 NetworkPolicies"],
  ["Gateway", "13 Gateways"],
  ["Endpoints", "13 Endpoints"],
])("many of %s are %s", (kind, words) => expect(many(13, kind)).toBe(words));

test("one is no many", () =>
  expect(["Pod", "Ingress"].map((kind) => many(1, kind))).toEqual(["1 Pod", "1 Ingress"]));
