/** What stands in a repository and cannot be had: links to nowhere, submodules, files of Git LFS. One sentence for each. */
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { parseManifests } from "../../src/core/manifest/parse-manifests.ts";
import type { Source } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { endingOf } from "../lib/ending-of.ts";
import { applicationOf, askFor, npmToolSets, renderHost } from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const [tools] = await npmToolSets();
const host = await renderHost(tools!);
afterAll(() => host.remove());
let repository: SourceFolder | undefined;
afterEach(() => repository?.dispose());

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d".repeat(32)}\nsize 12345\n`;
const CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

/** A folder of the repository as Git shows a submodule: a name and a commit, and nothing below. */
function withSubmodule(tree: SourceTree, path: string, commit = "1".repeat(40)): SourceTree {
  const shown = { name: path.split("/").at(-1) ?? "", kind: "submodule" as const, oid: commit };
  const refuse = (asked: string): void => {
    if (asked === path || asked.startsWith(`${path}/`))
      throw new Failure("git-path", asked, "after-edit", { cannot: "read", why: "it is a submodule" });
  };
  return {
    ...tree,
    entry: async (asked) =>
      asked === path ? shown : asked.startsWith(`${path}/`) ? undefined : tree.entry(asked),
    oid: async (asked) => (asked === path ? commit : `${await tree.oid(asked)} ${commit}`),
    async list(asked) {
      refuse(asked);
      const found = await tree.list(asked);
      const below = asked === "" ? "" : `${asked}/`;
      return found.map((entry) => (`${below}${entry.name}` === path ? shown : entry));
    },
    async read(asked) {
      refuse(asked);
      return tree.read(asked);
    },
  };
}

async function render(source: Partial<Source>, tree: SourceTree) {
  const rendered = await host.renderers.render(askFor(applicationOf(source), tree));
  const { manifests, problems, leftOut } = parseManifests(rendered.documents, { validate: "repair" });
  return {
    key: rendered.key,
    names: manifests.map(({ object }) => object.metadata.name ?? ""),
    says: [...rendered.problems, ...problems].map(
      ({ severity, file, text }) => `${severity} ${file}: ${text}`,
    ),
    leftOut: leftOut.map(({ file }) => file),
  };
}

describe("a link that leads nowhere", () => {
  test("is left out of a plain folder with a sentence, holds its objects, and counts when it leads somewhere", async () => {
    repository = sourceFolder({ "m/a.yaml": configMap("a") });
    repository.link("m/b.yaml", "../real/b.yaml");
    repository.link("m/notes.txt", "nowhere");
    const before = await render({ path: "m" }, await repository.tree());
    expect(before).toMatchObject({
      names: ["a"],
      says: ["warning m/b.yaml: this is no manifest and is left out: it is a link that leads nowhere"],
      leftOut: ["m/b.yaml"],
    });
    expect(await render({ path: "m", directory: { exclude: "b.*" } }, await repository.tree())).toMatchObject(
      { names: ["a"], says: [], leftOut: [] },
    );
    repository.write({ "real/b.yaml": configMap("b") });
    const after = await render({ path: "m" }, await repository.tree());
    expect(after).toMatchObject({ names: ["a", "b"], says: [], leftOut: [] });
    expect(after.key).not.toBe(before.key);
  });

  test("of a chart is refused, as Helm refuses it", async () => {
    repository = sourceFolder({ "c/Chart.yaml": CHART, "c/templates/a.yaml": configMap("a") });
    repository.link("c/templates/b.yaml", "../nowhere.yaml");
    expect(await endingOf(render({ path: "c" }, await repository.tree()))).toThrow(
      "c/templates/b.yaml: cannot render: it is a link to c/nowhere.yaml, which does not exist",
    );
  });
});

describe("a submodule", () => {
  const files = {
    "m/a.yaml": configMap("a"),
    "m/sub/b.yaml": configMap("b"),
    "c/Chart.yaml": CHART,
    "c/templates/a.yaml": configMap("chart"),
    "c/templates/sub/b.yaml": configMap("b"),
  };
  const sentence = (path: string): string =>
    `warning ${path}: this is no manifest and is left out: it is a submodule, and .gitmodules does not say where it comes from`;

  test.each<{ name: string; source: Partial<Source>; at: string; names: string[] }>([
    {
      name: "a plain folder",
      source: { path: "m", directory: { recurse: true } },
      at: "m/sub",
      names: ["a"],
    },
    { name: "a chart", source: { path: "c" }, at: "c/templates/sub", names: ["chart"] },
  ])("below $name is told, holds its objects, and counts by its commit", async ({ source, at, names }) => {
    repository = sourceFolder(files);
    const tree = await repository.tree();
    const first = await render(source, withSubmodule(tree, at));
    expect(first).toMatchObject({ names, says: [sentence(at)], leftOut: [at] });
    expect((await render(source, withSubmodule(tree, at, "2".repeat(40)))).key).not.toBe(first.key);
  });

  test("that nobody would look into is not mentioned", async () => {
    repository = sourceFolder(files);
    expect(await render({ path: "m" }, withSubmodule(await repository.tree(), "m/sub"))).toMatchObject({
      names: ["a"],
      says: [],
      leftOut: [],
    });
  });

  test.each(["sub", "sub/base", "sub/a.yaml"])(
    "that a kustomization names, %p, is refused with its name",
    async (named) => {
      repository = sourceFolder({
        "k/kustomization.yaml": `resources: [${named}]\n`,
        "k/sub/base/kustomization.yaml": "resources: []\n",
        "k/sub/a.yaml": configMap("a"),
      });
      expect(await endingOf(render({ path: "k" }, withSubmodule(await repository.tree(), "k/sub")))).toThrow(
        `resources[0] names ${named}, which lies in the submodule k/sub, and .gitmodules does not say where it comes from`,
      );
    },
  );

  test("in the place of a chart's dependency is refused with its name", async () => {
    repository = sourceFolder({
      "c/Chart.yaml": `${CHART}dependencies: [{name: dep, version: 1.0.0, repository: "https://x"}]\n`,
      "c/charts/dep/Chart.yaml": "apiVersion: v2\nname: dep\nversion: 1.0.0\n",
    });
    expect(
      await endingOf(render({ path: "c" }, withSubmodule(await repository.tree(), "c/charts/dep"))),
    ).toThrow(
      "its dependency dep is a submodule in c/charts, and .gitmodules does not say where it comes from",
    );
  });
});

describe("a pointer of Git LFS", () => {
  test("in the place of values is named when Helm cannot read them", async () => {
    repository = sourceFolder({
      "c/Chart.yaml": CHART,
      "c/templates/a.yaml": configMap("a"),
      "c/values.yaml": POINTER,
    });
    expect(await endingOf(render({ path: "c" }, await repository.tree()))).toThrow(
      "(c/values.yaml is a pointer of Git LFS: what lies there was not fetched)",
    );
  });

  test.each<{ name: string; files: Record<string, string>; source: Partial<Source>; at: string }>([
    {
      name: "a file that a template reads",
      files: {
        "c/Chart.yaml": CHART,
        "c/files/logo.png": POINTER,
        "c/templates/a.yaml": configMap("made", { logo: "{{ .Files.Get `files/logo.png` | b64enc }}" }),
      },
      source: { path: "c" },
      at: "c/files/logo.png",
    },
    {
      name: "a file that kustomize makes a ConfigMap of",
      files: {
        "k/kustomization.yaml":
          "configMapGenerator: [{name: made, files: [logo.png], options: {disableNameSuffixHash: true}}]\n",
        "k/logo.png": POINTER,
      },
      source: { path: "k" },
      at: "k/logo.png",
    },
  ])("in the place of $name is a warning: the object holds the pointer", async ({ files, source, at }) => {
    repository = sourceFolder(files);
    expect(await render(source, await repository.tree())).toMatchObject({
      names: ["made"],
      says: [
        `warning ${at}: this is a pointer of Git LFS, and stands in the place of the file itself, which is not fetched`,
      ],
    });
  });
});
