import { describe, expect, test } from "bun:test";
import { namedTools, type Source, withoutZeroBlocks } from "./source.ts";

const REPOSITORY = { repoURL: "https://git.example.com/a.git", path: "." };

describe("a block that says nothing names no tool", () => {
  test.each<{ blocks: Partial<Source>; named: string[]; left: string[] }>([
    { blocks: {}, named: [], left: [] },
    { blocks: { helm: {} }, named: [], left: [] },
    { blocks: { kustomize: {} }, named: [], left: [] },
    { blocks: { directory: {} }, named: [], left: [] },
    { blocks: { plugin: {} }, named: [], left: [] },
    { blocks: { plugin: { name: "", env: [], parameters: [] } }, named: [], left: [] },
    { blocks: { directory: { recurse: false } }, named: [], left: [] },
    { blocks: { directory: { recurse: false, jsonnet: { extVars: [], tlas: [] } } }, named: [], left: [] },
    {
      blocks: { helm: { valueFiles: [], parameters: [], values: "", skipCrds: false } },
      named: [],
      left: [],
    },
    { blocks: { kustomize: { images: [], commonLabels: {}, namePrefix: "" } }, named: [], left: [] },
    { blocks: { directory: { include: "*.yaml" } }, named: [], left: ["directory"] },
    { blocks: { directory: { exclude: "a", recurse: true } }, named: ["directory"], left: ["directory"] },
    { blocks: { directory: { jsonnet: { libs: ["vendor"] } } }, named: ["directory"], left: ["directory"] },
    { blocks: { helm: { releaseName: "web" } }, named: ["helm"], left: ["helm"] },
    { blocks: { helm: { ignoreMissingValueFiles: true } }, named: ["helm"], left: ["helm"] },
    { blocks: { kustomize: { images: ["a=b"] }, helm: {} }, named: ["kustomize"], left: ["kustomize"] },
    {
      blocks: { kustomize: { namePrefix: "a-" }, helm: { version: "v3" } },
      named: ["helm", "kustomize"],
      left: ["kustomize", "helm"],
    },
    { blocks: { plugin: { env: [{ name: "A", value: "" }] } }, named: ["plugin"], left: ["plugin"] },
  ])("$blocks", ({ blocks, named, left }) => {
    const source: Source = { ...REPOSITORY, ...blocks };
    expect(namedTools(source)).toEqual(named as never);
    expect(Object.keys(withoutZeroBlocks(source))).toEqual(["repoURL", "path", ...left]);
  });

  test("a null that stands for an absent block is none", () => {
    const source = { ...REPOSITORY, helm: null } as unknown as Source;
    expect(namedTools(source)).toEqual([]);
    expect(withoutZeroBlocks(source)).toEqual(REPOSITORY);
  });
});
