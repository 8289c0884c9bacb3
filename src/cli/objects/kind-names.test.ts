import { expect, test } from "bun:test";
import { isKind, kindTyped } from "./kind-names.ts";

test.each([
  ["Deployment", "Deployment", true],
  ["deployment", "Deployment", true],
  ["deployments", "Deployment", true],
  ["deploy", "Deployment", true],
  ["STS", "StatefulSet", true],
  ["ingresses", "Ingress", true],
  ["networkpolicies", "NetworkPolicy", true],
  ["gateways", "Gateway", true],
  ["endpoints", "Endpoints", true],
  ["svc", "Service", true],
  ["svc", "ServiceAccount", false],
  ["po", "PodTemplate", false],
  ["constructor", "Deployment", false],
  ["", "Deployment", false],
])("%p means %s: %p", (typed, kind, means) => {
  expect(isKind(typed, kind)).toBe(means);
});

test("a kind of nobody's is what was typed", () => {
  expect(["po", "deployments", "Rollout", "__proto__"].map(kindTyped)).toEqual([
    ...["Pod", "Deployment", "Rollout", "__proto__"],
  ]);
});
