import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseTrackingId, speaksOf, trackingId } from "./tracking-id.ts";

describe("trackingId()", () => {
  test("names application, kind and object as Argo CD does", () => {
    expect(
      trackingId("shop", { group: "apps", kind: "Deployment", namespace: "web", name: "cart" }, "other"),
    ).toBe("shop:apps/Deployment:web/cart");
    expect(trackingId("team_shop", { group: "", kind: "Service", namespace: "web", name: "cart" }, "")).toBe(
      "team_shop:/Service:web/cart",
    );
  });
  test("gives cluster-scoped objects the destination's namespace", () => {
    const ref = {
      group: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      namespace: "",
      name: "system:reader",
    };
    const id = trackingId("shop", ref, "web");
    expect(id).toBe("shop:rbac.authorization.k8s.io/ClusterRole:web/system:reader");
    expect(speaksOf(parseTrackingId(id)!, ref)).toBe(true);
  });
  test("is read back by parseTrackingId()", () => {
    const name = fc.stringMatching(/^[a-z0-9_.-]+$/);
    fc.assert(
      fc.property(
        name,
        fc.oneof(fc.constant(""), name),
        fc.stringMatching(/^[A-Za-z]+$/),
        name,
        fc.stringMatching(/^[a-z0-9:._-]+$/),
        (app, group, kind, namespace, objectName) => {
          const ref = { group, kind, namespace, name: objectName };
          const parsed = parseTrackingId(trackingId(app, ref, "x"));
          expect(parsed).toEqual({ app, ref });
          expect(speaksOf(parsed!, ref)).toBe(true);
          expect(speaksOf(parsed!, { ...ref, name: `${objectName}x` })).toBe(false);
        },
      ),
    );
  });
  test.each([
    undefined,
    "",
    "shop",
    "shop:apps/Deployment",
    "shop:Deployment:web/cart",
    ":apps/Deployment:web/cart",
    "shop:apps/Deployment:cart",
    "shop:apps/Deployment:web/",
  ])("%p is no tracking id", (text) => {
    expect(parseTrackingId(text)).toBeUndefined();
  });
});
