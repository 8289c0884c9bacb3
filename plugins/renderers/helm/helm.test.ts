import { afterEach, describe, expect, test } from "bun:test";
import type { HelmSource } from "../../../src/core/model/application.ts";
import { parseYaml } from "../../../src/lib/yaml.ts";
import type { RenderRequest } from "../../../src/plugin/contract.ts";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { configMap, type SourceFolder, sourceFolder } from "../../../test/lib/source-folder.ts";
import { helmWords, templateArguments } from "./arguments.ts";
import { asksForCapabilities } from "./capabilities.ts";
import { findDependencies } from "./dependencies.ts";
import helm from "./index.ts";
import { splitOutput } from "./split-output.ts";
import { findValueFiles } from "./value-files.ts";

let repository: SourceFolder;
afterEach(() => repository?.dispose());

async function requestOf(helmSource: HelmSource, files: Record<string, string> = {}): Promise<RenderRequest> {
  repository?.dispose();
  repository = sourceFolder({ "charts/web/Chart.yaml": "name: web\n", ...files });
  return {
    source: { repoURL: "https://git.example.com/a.git", path: "charts/web", helm: helmSource },
    path: "charts/web",
    tree: await repository.tree(),
    refs: new Map(),
    app: { name: "shop", namespace: "argocd", project: "default" },
    namespace: "prod",
    cluster: { kubeVersion: "v1.34.0", apiVersions: ["v1"] },
    env: { ENV: "prod", ARGOCD_APP_NAME: "shop" },
    pluginEnv: {},
  };
}

describe("findValueFiles()", () => {
  const files = Object.fromEntries(
    ["a", "b", "c", "deep/d"].map((name) => [`charts/web/v/${name}.yaml`, `name: ${name}\n`]),
  );
  const found = async (helmSource: HelmSource) =>
    (
      await findValueFiles(
        await requestOf(helmSource, {
          ...files,
          "envs/prod.yaml": "x: 1\n",
          "levels/a.yaml": "x: 1\n",
          "levels/nested/c.yaml": "x: 1\n",
          "levels/nested/below/b.yaml": "x: 1\n",
          "levels/a-folder/x.yaml": "x: 1\n",
          "levels/z.yaml": "x: 1\n",
          "charts/web/v/[odd].yaml": "x: 1\n",
        }),
      )
    ).files.map((file) => ("url" in file ? file.url : file.path.replace("charts/web/v/", "")));
  test.each<{ name: string; valueFiles: string[]; expected: string[] }>([
    { name: "the order as written", valueFiles: ["v/c.yaml", "./v/a.yaml"], expected: ["c.yaml", "a.yaml"] },
    {
      name: "globs in lexical order, without folders below",
      valueFiles: ["v/?.yaml"],
      expected: ["a.yaml", "b.yaml", "c.yaml"],
    },
    {
      name: "two stars go below",
      valueFiles: ["v/**/*.yaml"],
      expected: ["[odd].yaml", "a.yaml", "b.yaml", "c.yaml", "deep/d.yaml"],
    },
    {
      name: "an explicit file keeps its place before a glob",
      valueFiles: ["v/b.yaml", "v/?.yaml"],
      expected: ["b.yaml", "a.yaml", "c.yaml"],
    },
    { name: "and after one", valueFiles: ["v/?.yaml", "v/b.yaml"], expected: ["a.yaml", "c.yaml", "b.yaml"] },
    {
      name: "what two globs match stands once",
      valueFiles: ["v/{b,c}.yaml", "v/?.yaml"],
      expected: ["b.yaml", "c.yaml", "a.yaml"],
    },
    {
      name: "a folder's own files before those of its subfolders, so that the deepest wins",
      valueFiles: ["/levels/**"],
      expected: [
        "levels/a.yaml",
        "levels/z.yaml",
        "levels/a-folder/x.yaml",
        "levels/nested/c.yaml",
        "levels/nested/below/b.yaml",
      ],
    },
    { name: "a file whose name looks like a glob", valueFiles: ["v/[odd].yaml"], expected: ["[odd].yaml"] },
    {
      name: "the build environment, from the root",
      valueFiles: ["/envs/$ENV.yaml"],
      expected: ["envs/prod.yaml"],
    },
  ])("$name", async ({ valueFiles, expected }) => {
    expect(await found({ valueFiles })).toEqual(expected);
  });

  test.each<{ valueFiles: string[]; says: string }>([
    { valueFiles: ["v/none.yaml"], says: "there is no value file charts/web/v/none.yaml" },
    { valueFiles: ["v/*.none"], says: "no file matches v/*.none" },
    { valueFiles: ["$values/prod.yaml"], says: "No source has the ref values" },
  ])("refuses $valueFiles", async ({ valueFiles, says }) => {
    expect(await endingOf(found({ valueFiles }))).toThrow(says);
  });

  test("lets what is missing be missing", async () => {
    expect(
      await found({ valueFiles: ["v/none.yaml", "v/*.none", "v/a.yaml"], ignoreMissingValueFiles: true }),
    ).toEqual(["a.yaml"]);
  });
});

describe("templateArguments()", () => {
  test("escapes commas but not in lists, lets the last parameter of a name win", async () => {
    const request = await requestOf({
      parameters: [
        { name: "a", value: "old" },
        { name: "b", value: "x,y\\,z" },
        { name: "l", value: "{1,2}" },
        { name: "a", value: "$ENV", forceString: true },
        { name: "empty" },
      ],
    });
    const argv = templateArguments(request, { values: ["/v"], files: [{ name: "f", path: "/a,b" }] });
    expect(argv).toEqual([
      "template",
      ".",
      "--name-template",
      "shop",
      "--namespace",
      "prod",
      "--kube-version",
      "v1.34.0",
      "--set-string",
      "a=prod",
      "--set",
      "b=x\\,y\\,z",
      "--set",
      "l={1,2}",
      "--set",
      "empty=",
      "--set-file",
      "f=/a\\,b",
      "--values",
      "/v",
      "--api-versions",
      "v1",
      "--include-crds",
    ]);
  });

  test("takes the source's word before the cluster's and the destination's", async () => {
    const request = await requestOf({
      namespace: "own",
      releaseName: "rel",
      kubeVersion: "1.30",
      apiVersions: ["a/v1"],
      skipCrds: true,
      skipTests: true,
      skipSchemaValidation: true,
    });
    expect(helmWords(request).releaseName).toBe("rel");
    expect(templateArguments(request, { values: [], files: [] }).slice(2)).toEqual([
      "--name-template",
      "rel",
      "--namespace",
      "own",
      "--kube-version",
      "1.30",
      "--api-versions",
      "a/v1",
      "--skip-tests",
      "--skip-schema-validation",
    ]);
  });
});

describe("findDependencies()", () => {
  const chartWith = (dependency: string, files: Record<string, string> = {}) =>
    requestOf(
      {},
      {
        "charts/web/Chart.yaml": `name: web\ndependencies: [${dependency}]\n`,
        "charts/dep/Chart.yaml": "name: dep\n",
        ...files,
      },
    );
  const found = async (dependency: string, files?: Record<string, string>) =>
    findDependencies((await chartWith(dependency, files)).tree, "charts/web");
  test.each<{ name: string; dependency: string; files?: Record<string, string>; expected: string[] }>([
    {
      name: "a chart of the repository",
      dependency: "{name: dep, repository: file://../dep}",
      expected: ["charts/dep -> charts/web/charts/dep"],
    },
    {
      name: "its own dependencies",
      dependency: "{name: dep, repository: file://../dep}",
      files: {
        "charts/dep/Chart.yaml": "name: dep\ndependencies: [{name: sub, repository: 'file://../../sub'}]\n",
        "sub/Chart.yaml": "name: sub\n",
      },
      expected: ["charts/dep -> charts/web/charts/dep", "sub -> charts/web/charts/dep/charts/sub"],
    },
    {
      name: "nothing where it is vendored as a folder",
      dependency: "{name: redis, repository: https://x}",
      files: { "charts/web/charts/redis/Chart.yaml": "name: redis\n" },
      expected: [],
    },
    {
      name: "nothing where it is vendored as a package",
      dependency: "{name: redis, repository: https://x}",
      files: { "charts/web/charts/redis-17.3.2.tgz": "" },
      expected: [],
    },
  ])("$name", async ({ dependency, files, expected }) => {
    const { local, foreign } = await found(dependency, files);
    expect(local.map(({ from, to }) => `${from} -> ${to}`)).toEqual(expected);
    expect(foreign).toEqual([]);
  });

  test("names what lies elsewhere, with the version that a lock file has for it", async () => {
    const files = {
      "charts/web/charts/redis-cluster-8.0.0.tgz": "",
      "charts/web/Chart.lock":
        "dependencies: [{name: redis, version: 17.3.2, repository: https://x}]\ndigest: no\n",
    };
    const { foreign } = await found("{name: redis, version: 17.x, repository: https://x}", files);
    expect(foreign).toMatchObject([
      {
        dependency: { name: "redis", version: "17.x", repository: "https://x" },
        locked: { version: "17.3.2" },
        chart: "charts/web",
        place: "charts/web",
      },
    ]);
  });

  test.each([
    {
      name: "no repository",
      dependency: "{name: redis, version: 17.x}",
      says: "its dependency redis 17.x is not in charts/web/charts, and names no repository. Name its repository, or commit it in the charts folder",
    },
    {
      name: "a name that leads elsewhere",
      dependency: "{name: ../../x, repository: https://x}",
      says: 'a dependency is named "../../x", which is no name of a chart',
    },
    { name: "no name", dependency: "{name: '', repository: https://x}", says: 'a dependency is named ""' },
  ])("refuses one with $name", async ({ dependency, says }) => {
    expect(await endingOf(found(dependency))).toThrow(says);
  });

  test("reads the requirements of old charts, and says where a Chart.yaml does not parse", async () => {
    const { foreign } = await found("", {
      "charts/web/requirements.yaml": "dependencies: [{name: old, repository: '@stable'}]\n",
    });
    expect(foreign.map(({ dependency: { name, repository } }) => [name, repository])).toEqual([
      ["old", "@stable"],
    ]);
    expect(await endingOf(found("", { "charts/web/Chart.yaml": "name: web\n bad: [\n" }))).toThrow(
      /charts\/web\/Chart.yaml:\d/,
    );
  });
});

describe("asksForCapabilities()", () => {
  const anew = <T>(_about: string, find: () => Promise<T>): Promise<T> => find();
  test.each<{ name: string; files: Record<string, string>; asks: boolean }>([
    { name: "a chart that does not", files: { "c/templates/a.yaml": configMap("a") }, asks: false },
    { name: "a template", files: { "c/templates/a.yaml": "{{ .Capabilities.KubeVersion }}" }, asks: true },
    { name: "a vendored chart", files: { "c/charts/d/templates/_h.tpl": "{{ .Capabilities }}" }, asks: true },
    { name: "a demand on the cluster", files: { "c/Chart.yaml": "kubeVersion: '>=1.30'\n" }, asks: true },
  ])("$name: $asks", async ({ files, asks }) => {
    const { tree } = await requestOf({}, files);
    expect(await asksForCapabilities(tree, "c", anew)).toBe(asks);
  });

  test("looks into packed charts", async () => {
    const { tree } = await requestOf({});
    repository.write({ "c/charts/p-1.0.0.tgz": Bun.gzipSync(Buffer.from("…{{ .Capabilities }}…")) });
    expect(await asksForCapabilities(tree, "c", anew)).toBe(true);
    repository.write({ "c/charts/p-1.0.0.tgz": "no gzip" });
    expect(await endingOf(asksForCapabilities(tree, "c", anew))).toThrow("the packed chart is damaged");
  });
});

test("what a chart links to is looked at anew, though the chart did not change", async () => {
  const known = new Map<string, Promise<unknown>>();
  const remember = <T>(about: string, find: () => Promise<T>): Promise<T> => {
    const found = known.get(about) ?? find();
    known.set(about, found);
    return found as Promise<T>;
  };
  await requestOf({}, { "c/templates/own.yaml": "a: 1\n", "shared/t.yaml": "a: 1\n" });
  repository.link("c/templates/shared.yaml", "../../shared/t.yaml");
  expect(await asksForCapabilities(await repository.tree(), "c", remember)).toBe(false);
  repository.write({ "shared/t.yaml": "{{ .Capabilities.KubeVersion }}" });
  expect(await asksForCapabilities(await repository.tree(), "c", remember)).toBe(true);
  const reads = known.size;
  repository.write({ "c/values.yaml": "b: 2\n" });
  await asksForCapabilities(await repository.tree(), "c", remember);
  // Of all folders, the one that changed.
  expect(known.size).toBe(reads + 1);
});

describe("splitOutput()", () => {
  test("cuts at the sources, keeps what one template wrote together, drops what is empty", () => {
    const output =
      "---\n# Source: web/templates/a.yaml\na: 1\n---\nb: 2\n---\n# Source: web/templates/empty.yaml\n# nothing\n---\n# Source: web/charts/x/templates/c.yaml\nc: |\n  ---\n  # Source: no/cut\n";
    expect(
      splitOutput(output, "charts/web").map(({ file, text }) => [file, text.split("\n").length]),
    ).toEqual([
      ["charts/web/templates/a.yaml (as rendered)", 6],
      ["charts/web/charts/x/templates/c.yaml (as rendered)", 6],
    ]);
  });

  test("cuts no line off: a block that keeps its breaks may end in them", () => {
    const output = "---\n# Source: web/a.yaml\na: |+\n  x\n\n\n---\n# Source: web/b.yaml\nb: |+\n  y\n\n\n";
    const values = splitOutput(output, "").map(({ text }) => parseYaml(text).documents[0]?.value);
    expect(values).toEqual([{ a: "x\n\n\n" }, { b: "y\n\n\n" }]);
  });

  test("takes an output of tens of megabytes without a list of its lines, and no more pieces than charts have", () => {
    const begun = process.memoryUsage().rss;
    expect(splitOutput("\n".repeat(32 << 20), "web")).toEqual([]);
    expect(process.memoryUsage().rss - begun).toBeLessThan(300 << 20);
    const many = "---\n# Source: w/a.yaml\na: 1\n".repeat(30_000);
    expect(splitOutput(many, "web")).toHaveLength(20_000);
    expect(
      splitOutput(many, "web")
        .map(({ text }) => text)
        .join(""),
    ).toBe(many);
  });

  test("keeps words that came before the first document, so that they are not lost", () => {
    expect(splitOutput("WARNING: x\n---\n# Source: web/a.yaml\na: 1\n", "").map(({ text }) => text)).toEqual([
      "WARNING: x\n",
      "---\n# Source: web/a.yaml\na: 1\n",
    ]);
  });
});

test.each([
  {
    name: "a release name that is too long",
    source: { helm: { releaseName: "x".repeat(54) } },
    says: "is longer than 53 characters",
  },
])("inputs() refuses $name", async ({ source, says }) => {
  const request = await requestOf({});
  expect(
    await endingOf(
      helm.inputs(
        { ...request, source: { ...request.source, ...source } },
        {
          tool: async () => "helm 4",
          outside: async (path) => path,
          wordsIn: async () => [],
          remember: (_, find) => find(),
          fetchChart: () => Promise.reject(new Error("nothing is fetched here")),
          fetchTree: () => Promise.reject(new Error("nothing is fetched here")),
          fetchFile: () => Promise.reject(new Error("nothing is fetched here")),
        },
      ),
    ),
  ).toThrow(says);
});
