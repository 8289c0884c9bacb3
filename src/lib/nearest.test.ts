import { describe, expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

describe("nearest()", () => {
  const known = ["repoURL", "path", "targetRevision", "helm", "kustomize", "directory", "valueFiles", "name"];
  const cases: [string, string | undefined][] = [
    ["repoUrl", "repoURL"],
    ["repourl", "repoURL"],
    ["targetRevison", "targetRevision"],
    ["pahT", "path"],
    ["pth", "path"],
    ["kustomise", "kustomize"],
    ["valuesFiles", "valueFiles"],
    ["banana", undefined],
    ["x", undefined],
    ["", undefined],
  ];
  test.each(cases)("takes %p for %p", (name, want) => {
    expect(nearest(name, known)).toBe(want as string);
  });
});
