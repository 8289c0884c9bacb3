import { describe, expect, test } from "bun:test";
import { appKey } from "./application.ts";
import type { FoundResource } from "./found-resource.ts";
import { parseResourceQuery, resourceMatcher, resourceRank } from "./resource-query.ts";

const pod = (more: Partial<FoundResource> = {}): FoundResource => ({
  ...{ group: "", kind: "Pod", namespace: "shop", name: "web-5d4f8-x2" },
  ...{ is: "made", application: appKey("argocd", "web"), project: "pay", cluster: "in-cluster" },
  ...{ health: "Degraded", images: ["ghcr.io/acme/web:1.4"], of: { kind: "Deployment", name: "web" } },
  ...more,
});
const finds = (line: string, resource = pod()): boolean =>
  resourceMatcher(parseResourceQuery(line))(resource);

describe("resourceMatcher()", () => {
  test.each([
    ["", true],
    ["web", true],
    ["kind:pod", true],
    ["kind:Pods", true],
    ["kind:po", false],
    ["kind:deployment", false],
    ["kind:deployment kind:pod", true],
    ["ns:shop", true],
    ["ns:sho", false],
    ["name:5d4f8", true],
    ["image:acme/web:1.4", true],
    ["image:nginx", false],
    ["ghcr.io/acme/web:1.4", true],
    ["app:argocd/web project:pay cluster:in-cluster", true],
    ["health:degraded -kind:service", true],
    ["-kind:pod", false],
    ["is:orphan", false],
    ["is:made", true],
    ["web -x2", false],
    // Of what is being typed nothing is asked yet.
    ["kind:", true],
    ["sync:synced", false],
  ])("%p: %p", (line, want) => {
    expect(finds(line)).toBe(want);
  });

  test("takes names of no facet, and of what objects inherit, for text", () => {
    expect([finds("constructor:x"), finds("tostring:web"), finds("sha256:ab")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(finds("constructor:x", pod({ images: ["constructor:x"] }))).toBe(true);
  });

  test("plurals are those of Kubernetes", () => {
    expect(finds("kind:ingresses", pod({ kind: "Ingress" }))).toBe(true);
    expect(finds("kind:networkpolicies", pod({ kind: "NetworkPolicy" }))).toBe(true);
  });
});

describe("resourceRank()", () => {
  test("puts what is called so before what begins so, before what has it anywhere", () => {
    const rank = resourceRank(parseResourceQuery("kind:pod web -old"));
    expect(["web", "web-5d4", "my-web"].map((name) => rank(pod({ name })))).toEqual([0, 1, 2]);
    expect(resourceRank(parseResourceQuery("kind:pod"))(pod())).toBe(0);
  });
});
