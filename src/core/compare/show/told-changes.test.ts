import { expect, test } from "bun:test";
import { toldChanges } from "./told-changes.ts";

const IMAGE = "spec.template.spec.containers[name=web].image";
const LIMIT = "spec.template.spec.initContainers[name=web].resources.limits.cpu";

test.each<[path: string, live: unknown, desired: unknown, told: { from?: string; to?: string }]>([
  ["spec.replicas", 6, 3, { from: "3", to: "6" }],
  ["spec.paused", true, undefined, { to: "true" }],
  ["spec.replicas", undefined, 3, { from: "3" }],
  [IMAGE, "web:2", "web:1", { from: "web:1", to: "web:2" }],
  [LIMIT, "200m", "100m", { from: "100m", to: "200m" }],
  // Any other text may be a secret, whatever it is called.
  ["spec.template.spec.containers[name=web].env[name=KEY].value", "s3cret", "old", {}],
  ["data.image", "s3cret", "old", {}],
  ['metadata.annotations["a.image"]', "s3cret", "old", {}],
  [IMAGE, "x".repeat(101), "web:1", { from: "web:1" }],
  ["spec.template", { a: 1 }, ["b"], {}],
])("toldChanges() of %s from %j", (path, live, desired, told) => {
  expect(toldChanges([{ path, live, desired }])).toEqual([{ path, ...told }]);
});

test("toldChanges() are few, each with who set it", () => {
  const owner = {
    manager: "kubectl",
    operation: "Update",
    time: "2026-11-30T08:00:00Z",
    subresource: "scale",
  };
  const many = Array.from({ length: 9 }, (_, at) => ({ path: `spec.f${at}`, live: at, desired: 0, owner }));
  const told = toldChanges(many);
  expect(told.map(({ path }) => path)).toEqual(["spec.f0", "spec.f1", "spec.f2"]);
  expect(told[0]?.by).toEqual({ manager: "kubectl", operation: "Update", subresource: "scale" });
});
