import { describe, expect, test } from "bun:test";
import { isMaker, madeWords, makerOf } from "./maker.ts";
import type { Origin } from "./origin-words.ts";

test.each<[Origin, ReturnType<typeof makerOf>]>([
  [
    { from: "parent", set: "argocd/all" },
    { kind: "ApplicationSet", key: "argocd/all" },
  ],
  [
    { from: "parent", parent: "argocd/root" },
    { kind: "Application", key: "argocd/root" },
  ],
  // A set that an application renders made it all the same.
  [
    { from: "parent", parent: "argocd/root", set: "argocd/all" },
    { kind: "ApplicationSet", key: "argocd/all" },
  ],
  [{ from: "parent" }, undefined],
  [{ from: "api" }, undefined],
  [{ from: "file", file: "web.yaml", line: 1 }, undefined],
  [{ from: "cluster", cluster: "in-cluster" }, undefined],
])("of %p it is %p", (origin, maker) => {
  expect(makerOf(origin)).toEqual(maker);
});

test("an ApplicationSet makes, an application renders", () => {
  expect([madeWords({ kind: "ApplicationSet" }), madeWords({ kind: "Application" })]).toEqual([
    "made by",
    "rendered by",
  ]);
});

describe("isMaker()", () => {
  const maker = { kind: "ApplicationSet", key: "argocd/all" } as const;
  const itself = {
    ...{ group: "argoproj.io", version: "v1alpha1", kind: "ApplicationSet" },
    ...{ namespace: "argocd", name: "all" },
  };

  test.each([
    ["argoproj.io/ApplicationSet/argocd/all", true],
    ["argoproj.io/Application/argocd/all", false],
    ["argoproj.io/ApplicationSet/other/all", false],
    ["/Pod/argocd/all", false],
    [null, false],
  ])("%p: %p", (node, is) => {
    expect(isMaker(node, maker, [])).toBe(is);
    expect(isMaker(node, undefined, [])).toBe(false);
  });

  test("what is an object of the application as well is shown as one", () => {
    expect(isMaker("argoproj.io/ApplicationSet/argocd/all", maker, [itself])).toBe(false);
  });
});
