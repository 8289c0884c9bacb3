import { expect, test } from "bun:test";
import { pluginReferences, referencesOf } from "./references.ts";

test("referencesOf() finds every field that names a file", () => {
  const found = referencesOf({
    resources: ["r.yaml", 7, null],
    bases: ["b"],
    components: ["c"],
    patches: [{ path: "p" }, { patch: "inline: yes" }],
    patchesStrategicMerge: ["s.yaml", "apiVersion: v1\nkind: X"],
    patchesJson6902: [{ path: "j" }],
    configMapGenerator: [{ files: ["key=f1", "f2"], envs: ["e1"], env: "e2", literals: ["a=b"] }],
    secretGenerator: [{ files: ["f3"] }],
    crds: ["crd"],
    openapi: { path: "schema" },
    configurations: ["conf"],
    generators: ["g"],
    transformers: ["t"],
    validators: ["v"],
    replacements: [{ path: "repl" }, { source: {} }],
  });
  expect(found.map(({ text }) => text).sort()).toEqual(
    [
      "apiVersion: v1\nkind: X",
      "b",
      "c",
      "conf",
      "crd",
      "e1",
      "e2",
      "f1",
      "f2",
      "f3",
      "g",
      "j",
      "p",
      "r.yaml",
      "repl",
      "s.yaml",
      "schema",
      "t",
      "v",
    ].sort(),
  );
  expect(found.find(({ text }) => text === "f1")?.field).toBe("configMapGenerator[0].files[0]");
});

test("referencesOf() takes a kustomization of nonsense", () => {
  expect(
    referencesOf({ resources: "text", patches: { path: "x" }, openapi: [], configMapGenerator: [null, 3] }),
  ).toEqual([]);
});

test("pluginReferences() finds the files that a builtin plugin reads", () => {
  const configs = [
    { kind: "PatchTransformer", path: "p.yaml" },
    { kind: "ConfigMapGenerator", files: ["k=f"], envs: ["e"], env: "e2" },
    { kind: "ReplacementTransformer", replacements: [{ path: "r" }] },
    { kind: "PatchStrategicMergeTransformer", paths: ["s"] },
    { kind: "ValueAddTransformer", targetFilePath: "t" },
  ];
  expect(configs.flatMap(pluginReferences).map(({ text }) => text)).toEqual([
    "p.yaml",
    "f",
    "e",
    "e2",
    "r",
    "s",
    "t",
  ]);
});
