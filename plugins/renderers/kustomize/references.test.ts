import { expect, test } from "bun:test";
import { isRemote, pluginReferences, referencesOf } from "./references.ts";

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
  const text =
    "kind: PatchTransformer\npath: p.yaml\n---\nkind: ConfigMapGenerator\nfiles: [k=f]\nenvs: [e]\n---\nkind: ReplacementTransformer\nreplacements: [{path: r}]\n";
  expect(pluginReferences(text).map(({ text: path }) => path)).toEqual(["p.yaml", "f", "e", "r"]);
});

test.each([
  ["https://example.com/x.yaml", true],
  ["github.com/e/r//p?ref=v1", true],
  ["git@example.com:e/r.git", true],
  ["git::https://example.com/r", true],
  ["example.com/r.git//p", true],
  ["../base", false],
  ["base.yaml", false],
  ["my.github.com.yaml", false],
  ["gitea/base", false],
])("isRemote(%p) is %p", (text, expected) => {
  expect(isRemote(text)).toBe(expected);
});
