import { describe, expect, test } from "bun:test";
import { layoutOf } from "./graph-layout.ts";
import { networkOf, podTreeOf } from "./network.ts";
import { type Networking, type TreeNode, treeOf } from "./outline.ts";

const GROUPS: Readonly<Record<string, string>> = {
  Ingress: "networking.k8s.io",
  HTTPRoute: "gateway.networking.k8s.io",
  Gateway: "gateway.networking.k8s.io",
  Deployment: "apps",
};
const node = (kind: string, name: string, networkingInfo: Networking = {}, more: Partial<TreeNode> = {}) => ({
  ...{ group: GROUPS[kind] ?? "", kind, namespace: "shop", name, uid: `${kind} ${name}`, networkingInfo },
  ...more,
});
const ref = (kind: string, name: string, namespace = "shop") => ({
  ...{ group: GROUPS[kind] ?? "", kind, namespace, name },
});
const shown = (nodes: TreeNode[]) => {
  const { roots, links, isCut } = networkOf(treeOf([], nodes));
  const { placed } = layoutOf(roots);
  return {
    ...{ links, isCut },
    lines: placed.map(
      ({ item, level, owner }) => `${level} ${item.name}${owner ? ` < ${owner.item.name}` : ""}`,
    ),
    remarks: placed.flatMap(({ item }) => (item.remark === "" ? [] : [`${item.name}: ${item.remark}`])),
  };
};

describe("networkOf()", () => {
  test("from a Gateway by a route to Services and their Pods, each kind in its column", () => {
    const { lines } = shown([
      node("Gateway", "public"),
      node("HTTPRoute", "shop", {
        sourceRefs: [ref("Gateway", "public")],
        targetRefs: [ref("Service", "web")],
      }),
      node("Service", "web", { targetLabels: { app: "web", tier: "front" } }),
      node("Service", "lonely", { targetLabels: { app: "none" } }),
      node("Pod", "web-a", { labels: { app: "web", tier: "front", more: "x" } }),
      node("Pod", "web-b", { labels: { app: "web", tier: "back" } }),
      node("Deployment", "web"),
    ]);
    expect(lines).toEqual(["1 public", "2 shop < public", "3 web < shop", "4 web-a < web", "3 lonely"]);
  });

  test("without Gateways and Ingresses Services come first, and labels of another namespace are others", () => {
    const { lines } = shown([
      node("Service", "web", { targetLabels: { app: "web" } }),
      node("Pod", "a", { labels: { app: "web" } }),
      node("Pod", "b", { labels: { app: "web" } }, { namespace: "other" }),
    ]);
    expect(lines).toEqual(["1 web", "2 a < web"]);
  });

  test("what several lead to stands once, with a line from each and in words", () => {
    const { lines, links, remarks } = shown([
      node("Service", "web", { targetLabels: { app: "web" } }),
      node("Service", "web-headless", { targetLabels: { app: "web" } }),
      node("Pod", "a", { labels: { app: "web" } }),
    ]);
    expect(lines).toEqual(["1 web", "2 a < web", "1 web-headless"]);
    expect(links).toEqual([
      { from: "/Service/shop/web", to: "/Pod/shop/a", says: [] },
      { from: "/Service/shop/web-headless", to: "/Pod/shop/a", says: [] },
    ]);
    expect(remarks).toEqual(["a: also from Service web-headless"]);
  });

  test("what is named and is none of the application's is there, and said", () => {
    const { lines, remarks } = shown([
      node("Ingress", "shop", { targetRefs: [ref("Service", "gone"), ref("Deployment", "odd")] }),
      node("HTTPRoute", "api", { sourceRefs: [ref("Gateway", "public", "infra")] }),
    ]);
    expect(lines).toEqual(["1 public", "2 api < public", "2 shop", "3 gone < shop"]);
    expect(remarks).toEqual(["public: not of this application", "gone: not of this application"]);
  });

  test("a selector of nothing chooses nothing, and none chooses by what every object has", () => {
    const { lines } = shown([
      node("Service", "empty", { targetLabels: {} }),
      node("Service", "odd", { targetLabels: { constructor: "x", toString: "y" } }),
      node("Pod", "a", { labels: { app: "web" } }),
      node("Pod", "b"),
    ]);
    expect(lines).toEqual(["1 empty", "1 odd"]);
  });

  test("thousands of Services that all choose thousands of Pods are cut, and that is told", () => {
    const many = Array.from({ length: 2_000 }, (_, at) => [
      node("Service", `s${at}`, { targetLabels: { app: "web" } }),
      node("Pod", `p${at}`, { labels: { app: "web" } }),
    ]).flat();
    const { links, isCut, lines } = shown(many);
    expect([links.length, isCut, lines.length]).toEqual([5_000, true, 4_000]);
  });

  test("routes that name each other and themselves are no circle", () => {
    const { lines } = shown([
      node("HTTPRoute", "a", { targetRefs: [ref("HTTPRoute", "b")], sourceRefs: [ref("HTTPRoute", "a")] }),
      node("HTTPRoute", "b", { targetRefs: [ref("HTTPRoute", "a")] }),
    ]);
    expect(lines).toEqual(["1 a", "1 b"]);
  });
});

test("the tree of Pods has them and who owns them alone", () => {
  const roots = podTreeOf(
    treeOf(
      [],
      [
        node("Deployment", "web"),
        node("Pod", "a", {}, { parentRefs: [{ uid: "Deployment web" }] }),
        node("Deployment", "none"),
        node("Service", "web"),
      ],
    ),
  );
  expect(layoutOf(roots).placed.map(({ item }) => item.name)).toEqual(["web", "a"]);
});
