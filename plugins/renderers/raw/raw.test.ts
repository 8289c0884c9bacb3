import { afterEach, describe, expect, test } from "bun:test";
import type { DirectorySource } from "../../../src/core/model/application.ts";
import type { RenderContext, RenderRequest } from "../../../src/plugin/contract.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { silent } from "../../../test/lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../../../test/lib/source-folder.ts";
import raw from "./index.ts";

let repository: SourceFolder;
afterEach(() => repository.dispose());

const noTools: RenderContext = {
  log: silent,
  signal: new AbortController().signal,
  scratch: "",
  tool: "",
  export: () => Promise.reject(new Error("a plain folder exports nothing")),
  fetchedTree: () => {
    throw new Error("a plain folder fetches nothing");
  },
  fetchedFile: () => {
    throw new Error("a plain folder fetches nothing");
  },
  run: () => Promise.reject(new Error("a plain folder runs nothing")),
};

async function render(files: Record<string, string | Uint8Array>, directory: DirectorySource = {}) {
  repository = sourceFolder(files);
  const request: RenderRequest = {
    source: { repoURL: "https://git.example.com/a.git", path: "m", directory },
    path: "m",
    tree: await repository.tree(),
    refs: new Map(),
    app: { name: "", namespace: "", project: "" },
    namespace: "",
    cluster: { kubeVersion: "", apiVersions: [] },
    env: {},
    pluginEnv: {},
  };
  return raw.render(request, noTools);
}
const filesOf = async (files: Record<string, string>, directory?: DirectorySource) =>
  (await render(files, directory)).documents.map(({ file }) => file.slice(2));

describe("which files", () => {
  const files = Object.fromEntries(
    [
      "b.yaml",
      "a.yml",
      "c.json",
      "D.YAML",
      "notes.txt",
      "x/e.yaml",
      "x/y/f.yaml",
      ".argocd-source.yaml",
      ".argocd-source-shop.yaml",
      ".hidden.yaml",
    ].map((name) => [`m/${name}`, configMap("x")]),
  );
  test.each<{ name: string; directory: DirectorySource; expected: string[] }>([
    {
      name: "those of the folder, by name",
      directory: {},
      expected: [".hidden.yaml", "a.yml", "b.yaml", "c.json"],
    },
    {
      name: "those below",
      directory: { recurse: true },
      expected: [".hidden.yaml", "a.yml", "b.yaml", "c.json", "x/e.yaml", "x/y/f.yaml"],
    },
    {
      name: "every extension",
      directory: { disableExtensionFilter: true },
      expected: [".hidden.yaml", "D.YAML", "a.yml", "b.yaml", "c.json", "notes.txt"],
    },
    {
      name: "a star crosses folders",
      directory: { recurse: true, include: "x*.yaml" },
      expected: ["x/e.yaml", "x/y/f.yaml"],
    },
    {
      name: "exclude wins",
      directory: { recurse: true, include: "{x/*,a.yml}", exclude: "*/y/*" },
      expected: ["a.yml", "x/e.yaml"],
    },
  ])("$name", async ({ directory, expected }) => {
    expect(await filesOf(files, directory)).toEqual(expected);
  });

  test("a pattern that is none is refused", async () => {
    expect(await endingOf(filesOf(files, { include: "{a" }))).toThrow(
      "directory.include: cannot render: the pattern {a is not well formed",
    );
  });
});

describe("what a file is", () => {
  test.each([
    { name: "a manifest that must parse", text: configMap("a"), expected: "refuse" },
    { name: "a broken one too", text: "apiVersion: v1\nkind: ConfigMap\nmetadata: [\n", expected: "refuse" },
    { name: "JSON", text: '{"apiVersion":"v1","kind":"X","metadata":{}}', expected: "refuse" },
    { name: "values of a chart", text: "replicas: 1\nkind: big\n", expected: "warn" },
  ] as const)("$name: $expected", async ({ text, expected }) => {
    expect((await render({ "m/a.yaml": text })).documents).toEqual([
      { text, file: "m/a.yaml", line: 1, onParseError: expected },
    ]);
  });

  test("UTF-16 with its mark is read, other bytes are left out with a warning, or refused where they are a manifest", async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(configMap("ü"), "utf16le")]);
    const { documents } = await render({
      "m/a.yaml": utf16,
      "m/b.yaml": new Uint8Array([0xff, 0x00, 0x80]),
    });
    expect(documents).toMatchObject([
      { file: "m/a.yaml", text: configMap("ü") },
      {
        file: "m/b.yaml",
        text: "",
        onParseError: "warn",
        unreadable: { why: "the file is not valid UTF-8" },
      },
    ]);
    repository.dispose();
    expect(
      await endingOf(
        render({ "m/c.yaml": Buffer.concat([Buffer.from(configMap("c")), Buffer.from([0xff])]) }),
      ),
    ).toThrow("m/c.yaml: cannot read: the file is not valid UTF-8");
  });

  test("a pointer of Git LFS is refused: the manifest itself lies elsewhere", async () => {
    const pointer = "version https://lfs.example.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    expect(await endingOf(render({ "m/a.yaml": pointer }))).toThrow(
      "m/a.yaml: cannot read: it is a pointer of Git LFS, not the file itself",
    );
  });

  test("a skipped file may hold anything", async () => {
    expect(
      (
        await render({
          "m/a.yaml": "# +argocd:skip-file-rendering\n{{ template",
          "m/b.jsonnet": "// +argocd:skip-file-rendering",
        })
      ).documents,
    ).toEqual([]);
  });

  test("ten mebibytes in all are the limit", async () => {
    const half = `# ${"x".repeat(6 * 1024 * 1024)}\n`;
    expect(await endingOf(render({ "m/a.yaml": half, "m/b.yaml": half }))).toThrow(
      "m/b.yaml: cannot render: with this file the manifests of the folder are larger than 10 MiB",
    );
  });
});
