/** Hostile repositories, by the numbers of the advisory classes that they stand for. Each is refused with a sentence, nothing outside is read. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { HelmSource, Source } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { RenderAsk, Rendered } from "../../src/core/ports/renderers.ts";
import { folderTree } from "../../src/render/folder-tree.ts";
import { NO_SANDBOX, type SandboxLevel, sandboxLevel } from "../../src/render/sandbox-level.ts";
import { endingOf } from "../lib/ending-of.ts";
import {
  AT,
  applicationOf,
  askFor,
  CLUSTER,
  npmToolSets,
  type RenderHost,
  renderHost,
} from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

const CANARY = "canary-4711";
const [tools] = await npmToolSets();
if (tools === undefined) throw new Error("no tools");
let host: RenderHost, repository: SourceFolder;
beforeAll(async () => {
  host = await renderHost(tools);
});
afterEach(() => {
  expect(readdirSync(join(host.folder, "scratch"))).toEqual([]);
  host.ran.length = 0;
  repository.dispose();
});
afterAll(() => host.remove());

const chart = {
  "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "chart/templates/c.yaml": configMap("c"),
};

/** The failure of rendering this; a success or another error fails the test. */
async function failureOf(source: Partial<Source>, changes: Partial<RenderAsk> = {}): Promise<Failure> {
  const outcome: Rendered | Failure = await host.renderers
    .render(askFor(applicationOf(source), await repository.tree(), changes))
    .catch((cause: unknown) => {
      if (cause instanceof Failure) return cause;
      throw cause;
    });
  if (!(outcome instanceof Failure)) throw new Error(`it rendered: ${JSON.stringify(outcome.documents)}`);
  expect(`${outcome.message} ${String(outcome.cause)}`).not.toContain(CANARY);
  return outcome;
}

/** Files beside the repository that nothing may read. */
function plant(name: string): void {
  mkdirSync(join(repository.path, "../outside"), { recursive: true });
  writeFileSync(join(repository.path, "../outside", name), configMap(CANARY));
}

describe("PT-1 value files that lead out", () => {
  test.each([
    "file:///etc/passwd",
    "../../other/values.yaml",
    "a/../../../x",
    "%2e%2e/x",
    "..\\x",
    "/../x",
    "a\0b",
  ])("%p never starts helm", async (file) => {
    repository = sourceFolder(chart);
    expect((await failureOf({ path: "chart", helm: { valueFiles: [file] } })).code).toBe(
      "path-outside-source",
    );
    expect(
      (await failureOf({ path: "chart", helm: { fileParameters: [{ name: "a", path: file }] } })).code,
    ).toBe("path-outside-source");
    expect(host.ran).toEqual([]);
  });

  test("an absolute path is one from the repository's root", async () => {
    repository = sourceFolder(chart);
    expect(await failureOf({ path: "chart", helm: { valueFiles: ["/etc/hosts"] } })).toMatchObject({
      code: "git-path",
      why: "there is no value file etc/hosts",
    });
  });

  test("a URL is refused with a sentence where nothing is fetched", async () => {
    repository = sourceFolder(chart);
    expect(
      (await failureOf({ path: "chart", helm: { valueFiles: ["https://example.com/v.yaml"] } })).message,
    ).toContain("https://example.com/v.yaml: cannot fetch it: nothing is fetched here");
  });

  test.each(["../x", "/apps", "a/../../b", "https://x"])("the source's own path %p", async (path) => {
    repository = sourceFolder(chart);
    expect((await failureOf({ path })).code).toBe("path-outside-source");
  });
});

describe("PT-2 links", () => {
  const links: { name: string; make: (repository: SourceFolder) => void; says: string }[] = [
    {
      name: "to the process's environment",
      make: (r) => r.link("m/vals.yaml", "/proc/self/environ"),
      says: "leads out of the repository",
    },
    {
      name: "to a file beside the repository",
      make: (r) => r.link("m/x.yaml", "../../outside/secret.yaml"),
      says: "leads out of the repository",
    },
    {
      name: "over several links",
      make: (r) => (r.link("m/x.yaml", "../b"), r.link("b", "c"), r.link("c", "../outside/secret.yaml")),
      says: "leads out of the repository",
    },
    {
      name: "to a folder beside the repository",
      make: (r) => r.link("m/folder", "../../outside"),
      says: "leads out of the repository",
    },
    {
      name: "in a circle",
      make: (r) => (r.link("m/x.yaml", "y.yaml"), r.link("m/y.yaml", "x.yaml")),
      says: "circle of links",
    },
    { name: "to the folder it lies in", make: (r) => r.link("m/deep/loop", ".."), says: "circle of links" },
  ];
  test.each(links)("$name, in a plain folder, a chart and a kustomization", async ({ make, says }) => {
    for (const files of [{}, { "m/Chart.yaml": chart["chart/Chart.yaml"] }]) {
      repository?.dispose();
      repository = sourceFolder({ "m/a.yaml": configMap("a"), ...files });
      plant("secret.yaml");
      make(repository);
      const failure = await failureOf({
        path: "m",
        ...("m/Chart.yaml" in files ? {} : { directory: { recurse: true } }),
      });
      expect(failure).toMatchObject({ code: "path-outside-source" });
      expect(failure.message).toContain(says);
    }
    repository.write({
      "k/kustomization.yaml":
        "resources: [../m/a.yaml]\nconfigMapGenerator: [{name: x, files: [../m/x.yaml, ../m/vals.yaml, ../m/folder/secret.yaml, ../m/deep/loop/deep/loop/a.yaml]}]\n",
    });
    await failureOf({ path: "k" });
    expect(host.ran.filter((name) => name !== "raw")).toEqual([]);
  });

  test("one that stays inside works, in charts too", async () => {
    repository = sourceFolder({
      ...chart,
      "shared/values.yaml": "size: 7\n",
      "chart/templates/d.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\ndata: {size: {{ .Values.size | quote }}}\n",
    });
    repository.link("chart/values.yaml", "../shared/values.yaml");
    repository.link("web", "chart");
    const { documents } = await host.renderers.render(
      askFor(applicationOf({ path: "web" }), await repository.tree()),
    );
    expect(JSON.stringify(documents)).toContain('size: \\"7\\"');
  });
});

describe("PT-3 chart dependencies that lead out", () => {
  test.each(["file:///etc", "file://../../../x", "file://.%2e/", "file://../../outside"])(
    "%p",
    async (location) => {
      repository = sourceFolder({
        ...chart,
        "chart/Chart.yaml": `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: dep, version: 1.0.0, repository: "${location}"}]\n`,
      });
      expect((await failureOf({ path: "chart" })).code).toBe("path-outside-source");
      expect(host.ran).toEqual([]);
    },
  );

  test.each(["../../x", ".", "a/b"])("a dependency named %p", async (name) => {
    repository = sourceFolder({
      ...chart,
      "chart/Chart.yaml": `apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: "${name}", version: 1.0.0, repository: "file://../dep"}]\n`,
    });
    expect((await failureOf({ path: "chart" })).why).toContain("which is no name of a chart");
  });

  test("a dependency on the folder above the chart", async () => {
    repository = sourceFolder({
      ...chart,
      "Chart.yaml": "apiVersion: v2\nname: above\nversion: 1.0.0\n",
      "chart/Chart.yaml":
        'apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: above, version: 1.0.0, repository: "file://.."}]\n',
    });
    expect((await failureOf({ path: "chart" })).why).toContain("contains the chart itself");
  });
});

test("PT-4 a ref does not lead from one repository into another", async () => {
  repository = sourceFolder({ ...chart, "values/a.yaml": "a: 1\n", "other/secret.yaml": `a: ${CANARY}\n` });
  const app = applicationOf({ path: "chart", helm: { valueFiles: ["$values/../other/secret.yaml"] } });
  const values = await folderTree(join(repository.path, "values"));
  const own = await repository.tree();
  const sources = [
    {
      source: {
        repoURL: "https://git.example.com/a.git",
        path: "chart",
        helm: { valueFiles: ["$values/../other/secret.yaml"] },
      },
      tree: own,
      revision: AT,
    },
    {
      source: { repoURL: "https://git.example.com/values.git", ref: "values" },
      tree: values,
      revision: AT,
    },
  ];
  expect((await failureOf({}, { app, sources })).code).toBe("path-outside-source");
});

describe("PT-5 kustomizations that lead out or never end", () => {
  test.each([
    { name: "a folder outside", text: "resources: [../../../etc]\n", code: "path-outside-source" },
    {
      name: "an absolute file",
      text: "configMapGenerator: [{name: x, files: [/etc/passwd]}]\n",
      code: "path-outside-source",
    },
    {
      name: "an absolute file with a key",
      text: "configMapGenerator: [{name: x, files: [k=/etc/passwd]}]\n",
      code: "path-outside-source",
    },
    {
      name: "a patch outside",
      text: "patches: [{path: ../../outside/secret.yaml}]\n",
      code: "path-outside-source",
    },
    {
      name: "a plugin's file outside",
      text: "transformers:\n  - |-\n    apiVersion: builtin\n    kind: PatchTransformer\n    metadata: {name: x}\n    path: ../../outside/secret.yaml\n",
      code: "path-outside-source",
    },
    { name: "itself", text: "resources: [.]\n", code: "render" },
    { name: "a circle", text: "resources: [../b]\n", code: "render" },
    {
      name: "a file of another kustomization's folder (kustomize's own rule)",
      text: "resources: [../c/c.yaml]\n",
      code: "render",
    },
    {
      name: "a chart",
      text: "helmCharts: [{name: x, repo: 'http://127.0.0.1:1/'}]\n",
      code: "artifact-unreachable",
    },
  ])("$name", async ({ text, code }) => {
    repository = sourceFolder({
      "a/kustomization.yaml": text,
      "b/kustomization.yaml": "resources: [../a]\n",
      "c/c.yaml": configMap("c"),
    });
    plant("secret.yaml");
    expect((await failureOf({ path: "a" })).code).toBe(code as Failure["code"]);
  });

  test("DS-4 a chain of a thousand bases", async () => {
    repository = sourceFolder(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, at) => [`b${at}/kustomization.yaml`, `resources: [../b${at + 1}]\n`]),
      ),
    );
    expect((await failureOf({ path: "b0" })).why).toContain("nested more than 32 deep");
    expect(host.ran).toEqual([]);
  });

  test("options of the source do not lead out either", async () => {
    repository = sourceFolder({ "a/kustomization.yaml": "resources: []\n" });
    for (const kustomize of [
      { components: ["../../outside"] },
      { patches: [{ path: "../../outside/secret.yaml" }] },
    ]) {
      expect((await failureOf({ path: "a", kustomize })).code).toBe("path-outside-source");
    }
  });
});

test("PT-9 a linked Chart.lock is refused and what it leads to stays as it is", async () => {
  repository = sourceFolder({ ...chart, target: "as it was" });
  repository.link("chart/Chart.lock", "../target");
  expect((await failureOf({ path: "chart" })).message).toContain("a lock file must not be a link");
  expect(readFileSync(join(repository.path, "target"), "utf8")).toBe("as it was");
});

describe("SS-3 remote bases", () => {
  test.each([
    "https://127.0.0.1:1/x.yaml",
    "github.com/e/r//p?ref=x",
    "git::file:///etc",
    "git@127.0.0.1:e/r.git",
    "ssh://git@127.0.0.1/e/r",
  ])("%p is refused with the file that names it, and nothing is asked of the network", async (remote) => {
    repository = sourceFolder({
      "a/kustomization.yaml": "resources: [../b]\n",
      "b/kustomization.yaml": `resources: ["${remote}"]\n`,
    });
    const failure = await failureOf({ path: "a" });
    expect(failure).toMatchObject({ object: "b/kustomization.yaml" });
    expect(failure.message).toContain(`resources[0] names ${remote}, which cannot be fetched: `);
    expect(host.ran).toEqual([]);
  });
});

describe("SS-4, AZ-7 what a chart can reach", () => {
  test("no name is looked up, no schema fetched, no cluster asked", async () => {
    const asked: string[] = [];
    const sink = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => (asked.push(request.url), new Response("{}")),
    });
    repository = sourceFolder({
      ...chart,
      "chart/values.yaml": "a: 1\n",
      "chart/templates/c.yaml":
        `${configMap("c")}# {{ getHostByName "localhost" | default "no address" }} {{ lookup "v1" "Secret" "" "" | toJson }} {{ env "HOME" }}\n`.replace(
          ' {{ env "HOME" }}',
          "",
        ),
    });
    const plain = await host.renderers.render(
      askFor(applicationOf({ path: "chart" }), await repository.tree()),
    );
    expect(plain.documents[0]?.documents[0]?.text).toContain("# no address {}");
    repository.write({
      "chart/values.schema.json": JSON.stringify({ $ref: `http://127.0.0.1:${sink.port}/schema.json` }),
    });
    if ((await sandboxLevel()).network !== "open") await failureOf({ path: "chart" });
    await sink.stop(true);
    if ((await sandboxLevel()).network !== "open") expect(asked).toEqual([]);
  });
});

describe("DS-3 charts that are too much", () => {
  test("a packed chart that unpacks without end", async () => {
    repository = sourceFolder({
      ...chart,
      "chart/charts/bomb-1.0.0.tgz": gzipSync(new Uint8Array(101 * 1024 * 1024)),
    });
    expect((await failureOf({ path: "chart" })).why).toContain("unpacks to more than 100 MiB");
  });

  test("output without end", async () => {
    repository = sourceFolder({
      ...chart,
      "chart/templates/c.yaml": '{{ range until 8 }}{{ repeat 1000000 "# 123456789\\n" }}{{ end }}',
    });
    const failure = await failureOf({ path: "chart" });
    expect(failure.why).toMatch(
      /wrote more than 64 MiB|was ended by|out of memory|cannot allocate|did not end within|used more than/,
    );
  }, 120_000);
});

test("a machine without the sandbox that the config requires renders no chart", async () => {
  repository = sourceFolder({ ...chart, "m/a.yaml": configMap("a") });
  const level: SandboxLevel = { ...NO_SANDBOX, name: "network", why: "user namespaces are off" };
  const strict = await renderHost(tools, { level, sandbox: "required" });
  const tree = await repository.tree();
  expect(await endingOf(strict.renderers.render(askFor(applicationOf({ path: "chart" }), tree)))).toThrow(
    "the sandbox that the config requires (landlock) cannot be had here, only network: user namespaces are off",
  );
  expect((await strict.renderers.render(askFor(applicationOf({ path: "m" }), tree))).sourceTypes).toEqual([
    "Directory",
  ]);
  strict.remove();
});

test("a tool's words name repository paths, never this machine's", async () => {
  repository = sourceFolder({
    ...chart,
    "chart/templates/bad.yaml": "a: b\n  c: {{ .Values.missing.deep }}\n",
    "k/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
    "k/a.yaml": configMap("a"),
    "k/p.yaml": "nonsense",
  });
  for (const path of ["chart", "k"]) {
    const { message } = await failureOf({ path }, { cluster: CLUSTER });
    expect(message).toStartWith(`${path}: cannot render: ${path === "k" ? "kustomize" : "helm"} says: `);
    expect(message).not.toContain(host.folder);
    expect(message).toMatch(path === "k" ? /p\.yaml|nonsense|patch/ : /web\/templates\/bad\.yaml:2/);
  }
});

describe("SL-5 what a failing tool says", () => {
  const FAIL =
    '{{ fail (printf "%s %s %s" (toJson .Values) (toYaml .Values) (.Values.db.password | default "" | b64enc)) }}';
  test.each<{ name: string; helm: HelmSource; files?: Record<string, string> }>([
    { name: "values", helm: { values: `db: {password: ${CANARY}}` } },
    { name: "a values object", helm: { valuesObject: { db: { password: CANARY } } } },
    { name: "a parameter", helm: { parameters: [{ name: "db.password", value: CANARY }] } },
    {
      name: "a value file",
      helm: { valueFiles: ["more.yaml"] },
      files: { "chart/more.yaml": `db: {password: ${CANARY}}\n` },
    },
    {
      name: "the chart's own values",
      helm: {},
      files: { "chart/values.yaml": `db: {password: ${CANARY}}\n` },
    },
    {
      name: "a file parameter",
      helm: { fileParameters: [{ name: "tls.privateKey", path: "key.pem" }] },
      files: { "chart/key.pem": `-----BEGIN-----\n${CANARY}\n-----END-----\n` },
    },
  ])("repeats no secret of $name", async ({ helm, files = {} }) => {
    repository = sourceFolder({
      ...chart,
      "chart/values.yaml": "db: {}\n",
      "chart/templates/f.yaml": FAIL,
      ...files,
    });
    // `failureOf` looks for the canary in the message and in its cause.
    const { message } = await failureOf({ path: "chart", helm });
    expect(message).toContain("***");
    expect(message).not.toContain(Buffer.from(CANARY).toString("base64"));
  });

  test("repeats no literal of a secret generator", async () => {
    repository = sourceFolder({
      "k/kustomization.yaml": `secretGenerator: [{name: s, literals: ["${CANARY}"]}]\n`,
    });
    const { message } = await failureOf({ path: "k" });
    expect(message).toContain("kustomize says: ");
  });

  test("is trimmed, and steers no terminal", async () => {
    repository = sourceFolder({
      ...chart,
      "chart/templates/f.yaml":
        '{{ fail (printf "\\u001b[2J\\u001b]0;x\\u0007 %s" (repeat 100000 "long ")) }}',
    });
    const { message } = await failureOf({ path: "chart" });
    expect(message.length).toBeLessThan(2_500);
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
