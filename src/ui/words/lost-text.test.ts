import { expect, test } from "bun:test";
import { lostText } from "./lost-text.ts";

test("lostText() has what somebody wrote, what it is first, and nothing that its server writes", () => {
  const object = {
    status: { phase: "Bound" },
    data: { "app.conf": "a = 1 \nb = 2\n", port: "8080" },
    kind: "ConfigMap",
    apiVersion: "v1",
    metadata: {
      ...{ uid: "u-1", resourceVersion: "812", generation: 3, creationTimestamp: "2026-11-23T04:00:00Z" },
      ...{ managedFields: [{ manager: "holdfast" }], name: "web", namespace: "shop" },
      labels: { team: "shop" },
    },
  };
  expect(lostText(object).split("\n")).toEqual([
    ...["apiVersion: v1", "kind: ConfigMap", "metadata:", "  name: web", "  namespace: shop"],
    ...["  labels:", "    team: shop", "data:", "  app.conf: |", "    a = 1 ", "    b = 2", '  port: "8080"'],
  ]);
});
