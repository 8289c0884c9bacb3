import { describe, expect, test } from "bun:test";
import type { ResourceFilter } from "../model/resource-filter.ts";
import { isFilteredOut } from "./resource-filters.ts";

const filter = (more: Partial<ResourceFilter>): ResourceFilter => ({
  apiGroups: [],
  kinds: [],
  clusters: [],
  ...more,
});
const HERE = { server: "https://kubernetes.default.svc" };
const deployment = { group: "apps", kind: "Deployment" },
  secret = { group: "", kind: "Secret" };

describe("isFilteredOut()", () => {
  test.each<[string, Partial<ResourceFilter>, { group: string; kind: string }, boolean]>([
    ["no list means everything", {}, deployment, true],
    ["a kind of a group", { apiGroups: ["apps"], kinds: ["Deployment"] }, deployment, true],
    ["another kind of it", { apiGroups: ["apps"], kinds: ["StatefulSet"] }, deployment, false],
    ["the core group", { apiGroups: [""], kinds: ["Secret"] }, secret, true],
    ["a kind of that name in another group", { apiGroups: [""], kinds: ["Deployment"] }, deployment, false],
    ["groups are globs", { apiGroups: ["*.k8s.io", "app*"], kinds: ["*"] }, deployment, true],
    ["kinds are none, as in Argo CD", { kinds: ["Deploy*"] }, deployment, false],
    ["clusters are globs", { clusters: ["https://kubernetes.*"] }, deployment, true],
    ["of another cluster", { clusters: ["https://edge.example.com"] }, deployment, false],
  ])("%s", (_, more, of, want) => {
    const one = filter(more);
    expect(isFilteredOut(of, HERE, { exclusions: [one], inclusions: [] })).toBe(want);
    // Included alone, everything else is left out; what is excluded too is never included.
    expect(isFilteredOut(of, HERE, { exclusions: [], inclusions: [one] })).toBe(!want);
    expect(isFilteredOut(of, HERE, { exclusions: [one], inclusions: [filter({})] })).toBe(want);
  });

  test("nothing is left out where nothing is said", () =>
    expect(isFilteredOut(deployment, HERE, { exclusions: [], inclusions: [] })).toBe(false));
});
