import { describe, expect, test } from "bun:test";
import { applyStep, desiredObject } from "../../../test/lib/core-objects.ts";
import type { Wave } from "../model/plan.ts";
import { deferrable } from "./deferrable.ts";
import texts from "./testdata/deferrable.json";

const refused = applyStep(desiredObject({ apiVersion: "v1", kind: "Pod", name: "x" }));
const planWith = (...objects: Parameters<typeof desiredObject>[0][]): { waves: Wave[] } => ({
  waves: [
    {
      phase: "Sync",
      wave: 0,
      steps: [refused, ...objects.map((object) => applyStep(desiredObject(object)))],
      gate: [],
    },
  ],
});

const RBAC = "rbac.authorization.k8s.io/v1";
/** Text of testdata/deferrable.json (recorded from a real API server) -> the object of the same sync that it is due to. */
const due: Record<string, Parameters<typeof desiredObject>[0]> = {
  quota: { apiVersion: "v1", kind: "ResourceQuota", name: "few", namespace: "q" },
  "limit range": { apiVersion: "v1", kind: "LimitRange", name: "small", namespace: "q" },
  namespace: { apiVersion: "v1", kind: "Namespace", name: "nope", namespace: "" },
  "service account": { apiVersion: "v1", kind: "ServiceAccount", name: "runner" },
  "priority class": {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    name: "high",
    namespace: "",
  },
  "runtime class": { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", name: "gvisor", namespace: "" },
  "webhook without its service": { apiVersion: "v1", kind: "Service", name: "guard-svc", namespace: "guard" },
  "webhook without endpoints": {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "guard",
    namespace: "guard",
  },
  "binding to a missing role": { apiVersion: RBAC, kind: "Role", name: "editor" },
  "binding to a missing cluster role": {
    apiVersion: RBAC,
    kind: "ClusterRole",
    name: "editor2",
    namespace: "",
  },
  "conversion without its service": {
    apiVersion: "v1",
    kind: "Service",
    name: "conv",
    namespace: "operator",
  },
  "conversion without endpoints": {
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "anything",
    namespace: "operator",
  },
  "conversion that the definition gives up": {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    name: "gizmos.conv.example.com",
    namespace: "",
  },
  "admission policy": {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    name: "noforbidden",
    namespace: "",
  },
  "binding of an admission policy": {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    name: "everywhere",
    namespace: "",
  },
  "a role with rights not held": { apiVersion: RBAC, kind: "ClusterRole", name: "more", namespace: "" },
};

describe("deferrable()", () => {
  test.each(texts)("$name", ({ name, refusal }) => {
    const object = due[name];
    if (object === undefined)
      return expect(
        deferrable(refusal, refused, planWith({ apiVersion: "v1", kind: "ConfigMap", name: "x" })),
      ).toEqual({ is: "final" });
    expect(deferrable(refusal, refused, planWith(object))).toEqual({
      is: "deferrable",
      dueTo: desiredObject(object).ref,
    });
    expect(
      deferrable(refusal, refused, planWith({ apiVersion: "v1", kind: "ConfigMap", name: "other" })),
    ).toEqual({ is: "final" });
  });

  test("a namespace that CreateNamespace makes counts too", () => {
    const plan = {
      waves: [
        {
          phase: "PreSync" as const,
          wave: 0,
          steps: [
            {
              do: "create-namespace" as const,
              namespace: "nope",
              labels: {},
              annotations: {},
              update: "if-missing" as const,
            },
          ],
          gate: [],
        },
      ],
    };
    expect(deferrable({ status: 404, message: 'namespaces "nope" not found' }, refused, plan).is).toBe(
      "deferrable",
    );
  });

  test("a definition of another group says nothing of a conversion that fails", () => {
    const conversion = texts.find(({ name }) => name === "conversion that the definition gives up");
    const other = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "gizmos.otherconv.example.com",
      namespace: "",
    };
    expect(deferrable(conversion?.refusal ?? { status: 0, message: "" }, refused, planWith(other))).toEqual({
      is: "final",
    });
  });

  test("nothing is put off for the refused object's own sake", () => {
    const own = applyStep(desiredObject({ apiVersion: "v1", kind: "ServiceAccount", name: "runner" }));
    expect(
      deferrable({ status: 404, message: 'serviceaccounts "runner" not found' }, own, {
        waves: [{ phase: "Sync", wave: 0, steps: [own], gate: [] }],
      }),
    ).toEqual({ is: "final" });
  });
});
