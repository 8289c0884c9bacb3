import { expect, test } from "bun:test";
import type { KubeObject } from "../../model/kube-object.ts";
import { frozenFields } from "./frozen-fields.ts";

const set = (spec: Record<string, unknown>): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db", namespace: "shop" },
  spec: { serviceName: "db", replicas: 1, volumeClaimTemplates: [{ spec: { size: "1Gi" } }], ...spec },
});
const message =
  "Forbidden: updates to statefulset spec for fields other than 'replicas', 'template' are forbidden";
const found = (spec: Record<string, unknown>, cause = { field: "spec", message }): unknown =>
  Object.fromEntries(frozenFields([cause], set(spec), set({ podManagementPolicy: "OrderedReady" })));

test("frozenFields() names what Git has otherwise and the server does not list, and nothing that is only defaulted", () => {
  expect(found({ replicas: 3, serviceName: "other" })).toEqual({ spec: ["spec.serviceName"] });
  expect(found({ volumeClaimTemplates: [{ spec: { size: "2Gi" } }], serviceName: "x" })).toEqual({
    spec: ["spec.serviceName", "spec.volumeClaimTemplates"],
  });
});

test("frozenFields() is silent where nothing of it differs, and on refusals of another sort", () => {
  expect(found({ replicas: 3 })).toEqual({});
  expect(found({ serviceName: "x" }, { field: "spec.selector", message: "field is immutable" })).toEqual({});
  expect(found({ serviceName: "x" }, { field: "spec", message: "spec is immutable" })).toEqual({});
});
