import { describe, expect, test } from "bun:test";
import { parseTrackingId, speaksOf } from "./tracking-id.ts";

describe("parseTrackingId()", () => {
  const cases = [
    { id: "shop:apps/Deployment:web/cart", want: { app: "shop", ref: { group: "apps", kind: "Deployment", namespace: "web", name: "cart" } } },
    { id: "team_shop:/Service:web/cart", want: { app: "team_shop", ref: { group: "", kind: "Service", namespace: "web", name: "cart" } } },
    { id: "shop:rbac.authorization.k8s.io/ClusterRole:web/system:cart", want: { app: "shop", ref: { group: "rbac.authorization.k8s.io", kind: "ClusterRole", namespace: "web", name: "system:cart" } } },
    { id: "shop:/Namespace:/web", want: { app: "shop", ref: { group: "", kind: "Namespace", namespace: "", name: "web" } } },
    { id: "shop", want: undefined },
    { id: "shop:apps/Deployment", want: undefined },
    { id: "", want: undefined },
    { id: undefined, want: undefined },
  ];
  test.each(cases)("$id", ({ id, want }) => expect(parseTrackingId(id)).toEqual(want));
});

describe("speaksOf()", () => {
  const id = parseTrackingId("shop:apps/Deployment:web/cart") ?? { app: "", ref: { group: "", kind: "", namespace: "", name: "" } };
  const cases = [
    { name: "the object itself", ref: id.ref, want: true },
    { name: "another name", ref: { ...id.ref, name: "copy" }, want: false },
    { name: "another namespace", ref: { ...id.ref, namespace: "other" }, want: false },
    { name: "another kind", ref: { ...id.ref, kind: "StatefulSet" }, want: false },
    { name: "a cluster-scoped object, whose id carries its application's namespace", ref: { ...id.ref, namespace: "" }, want: true },
  ];
  test.each(cases)("$name: $want", ({ ref, want }) => expect(speaksOf(id, ref)).toBe(want));
});
