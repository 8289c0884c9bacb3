/** Charts that kustomizations render, from the repository and from chart repositories, against plain `kustomize build --enable-helm`. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { KustomizeSource } from "../../src/core/model/application.ts";
import type { ChartFetcher } from "../../src/core/ports/renderers.ts";
import { chartFetcher } from "../../src/engine/target/chart-fetcher.ts";
import { repositoryAccess } from "../../src/engine/target/repository-access.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type SandboxLevel, sandboxes } from "../../src/render/sandbox-level.ts";
import { bomb, type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { endingOf } from "../lib/ending-of.ts";
import {
  applicationOf,
  askFor,
  builtToolSet,
  CLUSTER,
  npmToolSets,
  type RenderHost,
  renderHost,
  silent,
  type ToolSet,
} from "../lib/render-host.ts";
import { configMap, type SourceFolder, sourceFolder } from "../lib/source-folder.ts";
import { tgz } from "../lib/tgz.ts";

/** Kubernetes' version, what it serves, a hook, a test and a definition: everything that a field decides on. */
const EVERYTHING = {
  "values.yaml": "greeting: hello\nname: web\nlist: [1, 2]\nnested: { a: 1, b: 2 }\n",
  "values-prod.yaml": "greeting: from the chart's own\n",
  "templates/map.yaml": [
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: {{ .Release.Name }}-{{ .Values.name }} }",
    "data:",
    "  namespace: {{ .Release.Namespace }}",
    "  version: {{ .Chart.Version | quote }}",
    "  kube: {{ .Capabilities.KubeVersion.Version | quote }}",
    '  serves: {{ .Capabilities.APIVersions.Has "example.org/v1" | quote }}',
    "  values: {{ .Values | toJson | quote }}\n",
  ].join("\n"),
  "templates/hook.yaml":
    'apiVersion: v1\nkind: Pod\nmetadata: { name: hook, annotations: { helm.sh/hook: pre-install } }\nspec: { containers: [{ name: a, image: "nginx:1" }] }\n',
  "templates/tests/test.yaml":
    'apiVersion: v1\nkind: Pod\nmetadata: { name: test, annotations: { helm.sh/hook: test } }\nspec: { containers: [{ name: a, image: "nginx:1" }] }\n',
  "crds/crd.yaml":
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: things.example.org }\n",
};

let toolSets: ToolSet[];
let charts: ChartRepository, host: RenderHost, source: SourceFolder, artifacts: ArtifactPlaces;

beforeAll(async () => {
  const built = builtToolSet();
  toolSets = [...(await npmToolSets()), ...(built === undefined ? [] : [built])];
});
beforeEach(async () => {
  charts = startChartRepository();
  charts.publish(chart("web", "1.0.0", EVERYTHING), chart("web", "1.4.2", EVERYTHING));
  charts.publish(chart("web", "2.0.0", EVERYTHING), chart("web", "3.0.0-rc.1", EVERYTHING));
  source = sourceFolder();
  await open(toolSets[0]);
});
afterEach(async () => {
  await close();
  await charts.stop();
  source.dispose();
});

async function open(tools: ToolSet | undefined, changes: { level?: SandboxLevel } = {}): Promise<void> {
  if (tools === undefined) throw new Error("there are no tools");
  host = await renderHost(tools, changes);
  artifacts = new ArtifactPlaces({ dataDir: join(host.folder, "data"), clock: systemClock, log: silent });
}

async function close(): Promise<void> {
  await artifacts.stop();
  host.remove();
}

const fetcher = (refuse: Parameters<typeof chartFetcher>[0]["refuse"] = () => undefined): ChartFetcher =>
  chartFetcher({
    artifacts,
    entries: [],
    access: (url, type) => repositoryAccess(url, [], type),
    refuse,
    ask: { freshness: "latest" },
  });

const render = async (kustomize?: KustomizeSource, from = fetcher()) =>
  host.renderers.render(
    askFor(
      applicationOf({ path: "k", ...(kustomize === undefined ? {} : { kustomize }) }),
      await source.tree(),
      {
        charts: from,
      },
    ),
  );

const objectsIn = (text: string): unknown[] => parseYaml(text).documents.map(({ value }) => value);
const rendered = async (kustomize?: KustomizeSource): Promise<unknown[]> =>
  objectsIn((await render(kustomize)).documents[0]?.documents.map(({ text }) => text).join("---\n") ?? "");

/** `URL` is the chart repository. */
function write(files: Record<string, string>): void {
  source.write(
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text.replaceAll("URL", charts.url)]),
    ),
  );
}

/** What the plain tools make of a copy, fetching by themselves, or why not. Kustomize that comes with kubectl takes Helm 3 alone. */
async function plain({ programs }: ToolSet): Promise<unknown[] | { refused: string }> {
  const copy = mkdtempSync(join(tmpdir(), "holdfast-plain-"));
  const own = programs["kustomize"];
  const [command, helm] =
    own === undefined
      ? [[programs["kubectl"] ?? "", "kustomize"], toolSets[1]?.programs["helm"]]
      : [[own, "build"], programs["helm"]];
  try {
    cpSync(source.path, join(copy, "source"), { recursive: true });
    mkdirSync(join(copy, "home"));
    const cluster = [
      ...["--helm-kube-version", CLUSTER.kubeVersion],
      ...CLUSTER.apiVersions.flatMap((version) => ["--helm-api-versions", version]),
    ];
    const child = Bun.spawn([...command, ".", "--enable-helm", "--helm-command", helm ?? "", ...cluster], {
      cwd: join(copy, "source", "k"),
      env: { HOME: join(copy, "home"), PATH: "" },
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, error, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return code === 0 ? objectsIn(out) : { refused: error };
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const CHART = "name: web, repo: URL, version: 1.4.2";
const GENERATOR = `apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: { name: any }\nname: web\nrepo: URL\nversion: 1.4.2\nreleaseName: shop\n`;
const VENDORED = Object.fromEntries(
  Object.entries({ ...EVERYTHING, "Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.9.0\n" }).map(
    ([path, text]) => [`k/vendor/web/${path}`, text],
  ),
);

interface Case {
  name: string;
  files: Record<string, string>;
  objects: number;
}

const CASES: Case[] = [
  {
    name: "a chart of a repository with all that may be said of it",
    files: {
      "k/kustomization.yaml": `helmCharts: [{ ${CHART}, releaseName: shop, namespace: there, includeCRDs: true, skipHooks: true, apiVersions: [example.org/v1], kubeVersion: "1.30.0", valuesInline: { greeting: good day }, debug: true }]\nhelmGlobals: { configHome: /nowhere/helm }\n`,
    },
    objects: 2,
  },
  {
    name: "its tests left out, its hooks kept, and other resources beside it",
    files: {
      "k/kustomization.yaml": `resources: [own.yaml]\nnamePrefix: p-\nnamespace: all\nimages: [{ name: nginx, newTag: "2" }]\nhelmCharts: [{ ${CHART}, releaseName: shop, skipTests: true }]\n`,
      "k/own.yaml": configMap("own"),
    },
    objects: 3,
  },
  { name: "no release name", files: { "k/kustomization.yaml": `helmCharts: [{ ${CHART} }]\n` }, objects: 3 },
  {
    name: "a template of a name",
    files: { "k/kustomization.yaml": `helmCharts: [{ ${CHART}, nameTemplate: "n-{{ add 1 2 }}" }]\n` },
    objects: 3,
  },
  {
    name: "a range of versions, and no version",
    files: {
      "k/kustomization.yaml":
        "helmCharts:\n- { name: web, repo: URL, version: 1.x, releaseName: a, skipHooks: true }\n- { name: web, repo: URL, releaseName: b, skipHooks: true }\n",
    },
    objects: 2,
  },
  {
    name: "pre-releases where they are asked for",
    files: {
      "k/kustomization.yaml":
        "helmCharts: [{ name: web, repo: URL, devel: true, releaseName: a, skipHooks: true }]\n",
    },
    objects: 1,
  },
  ...["merge", "override", "replace"].map((how) => ({
    name: `values of files and in place, ${how}`,
    files: {
      "k/kustomization.yaml": `helmCharts: [{ ${CHART}, skipHooks: true, valuesFile: v/one.yaml, additionalValuesFiles: [v/two.yaml], valuesMerge: ${how}, valuesInline: { greeting: in place, list: [9], nested: { a: 7 } } }]\n`,
      "k/v/one.yaml": "greeting: one\nlist: [4, 5]\nnested: { a: 3, c: 4 }\n",
      "k/v/two.yaml": "nested: { d: 5 }\n",
    },
    objects: 1,
  })),
  {
    name: "a value file of the chart that is brought",
    files: {
      "k/kustomization.yaml": `helmCharts: [{ ${CHART}, skipHooks: true, valuesFile: charts/web-1.4.2/web/values-prod.yaml }]\n`,
    },
    objects: 1,
  },
  {
    name: "a chart of the repository, in a folder that the kustomization names",
    files: {
      "k/kustomization.yaml":
        "helmGlobals: { chartHome: vendor }\nhelmCharts: [{ name: web, releaseName: shop, valuesFile: vendor/web/values-prod.yaml }]\n",
      ...VENDORED,
    },
    objects: 3,
  },
  {
    name: "a chart of the repository where one of a chart repository would be put",
    files: {
      "k/kustomization.yaml": `helmGlobals: { chartHome: vendor }\nhelmCharts: [{ name: web, repo: URL, version: 7.7.7, releaseName: shop }]\n`,
      ...Object.fromEntries(
        Object.entries(VENDORED).map(([path, text]) => [path.replace("vendor/", "vendor/web-7.7.7/"), text]),
      ),
    },
    objects: 3,
  },
  {
    name: "a generator in a file",
    files: {
      "k/kustomization.yaml": "generators: [web.yaml]\ncommonAnnotations: { a: b }\n",
      "k/web.yaml": `${GENERATOR}valuesFile: values.yaml\nadditionalValuesFiles: [more.yaml]\nincludeCRDs: true\nchartHome: elsewhere\nconfigHome: ../../helm\n`,
      "k/values.yaml": "greeting: one\n",
      "k/more.yaml": "name: two\n",
    },
    objects: 4,
  },
  {
    name: "a generator in place",
    files: {
      "k/kustomization.yaml": `generators:\n- |-\n${GENERATOR.trimEnd().replace(/^/gm, "  ")}\n`,
    },
    objects: 3,
  },
  {
    name: "generators of a folder, whose paths begin at the kustomization that lists them",
    files: {
      "k/kustomization.yaml": "generators: [gen]\n",
      "k/gen/kustomization.yaml": "resources: [web.yaml]\n",
      "k/gen/web.yaml": `${GENERATOR}valuesFile: values.yaml\n`,
      "k/values.yaml": "greeting: one\n",
    },
    objects: 3,
  },
  {
    name: "the field of before",
    files: {
      "k/kustomization.yaml":
        "helmChartInflationGenerator: [{ chartName: web, chartRepoUrl: URL, chartVersion: 1.0.0, releaseName: shop, releaseNamespace: unread, helmBin: /bin/sh, extraArgs: [--post-renderer, /bin/sh], values: v.yaml, valuesLocal: { name: local }, valuesMerge: merge, chartHome: vendor }]\n",
      "k/v.yaml": "greeting: one\nname: two\n",
    },
    objects: 3,
  },
  {
    name: "a base that renders one version, an overlay that renders another",
    files: {
      "k/kustomization.yaml": `resources: [../base]\nnamePrefix: over-\nhelmCharts: [{ ${CHART}, releaseName: over, skipHooks: true }]\npatches: [{ target: { kind: ConfigMap, name: under-web }, patch: '[{"op": "replace", "path": "/data/version", "value": "patched"}]' }]\n`,
      "base/kustomization.yaml":
        "helmCharts: [{ name: web, repo: URL, version: 1.0.0, releaseName: under, skipHooks: true, valuesInline: { greeting: base } }]\n",
    },
    objects: 2,
  },
];

describe("what plain kustomize makes of it", () => {
  test.each(CASES)("$name", async ({ files, objects }) => {
    write(files);
    for (const tools of toolSets) {
      await close();
      await open(tools);
      const expected = await plain(tools);
      const made = await rendered().catch((cause: Error) => ({ refused: cause.message }));
      // A field that this kustomize does not know yet.
      if (!Array.isArray(expected) && /unknown field "devel"/.test(expected.refused)) {
        expect(made).toEqual({ refused: expect.stringContaining('unknown field "devel"') });
        continue;
      }
      expect(expected).toHaveLength(objects);
      expect({ by: tools.name, made }).toEqual({ by: tools.name, made: expected });
    }
  });
});

describe("where charts come from", () => {
  test("what is brought is said, kept by its digest, and followed where no exact version is named", async () => {
    write({
      "k/kustomization.yaml":
        "generators: [g.yaml]\nhelmCharts: [{ name: web, repo: URL, version: 1.x, releaseName: a }]\n",
      "k/g.yaml": `${GENERATOR}skipHooks: true\n`,
    });
    const first = await render();
    const version = { found: { repoURL: charts.url, version: "1.4.2" } };
    expect(first.charts).toMatchObject([
      { ...version, version: "locked", by: "k/g.yaml", as: "named" },
      { ...version, version: "newest", by: "k/kustomization.yaml", as: "named" },
    ]);
    expect(charts.requests.filter(({ path }) => path.endsWith(".tgz"))).toHaveLength(1);
    const asked = charts.requests.length;
    const again = await render();
    expect([again.key, again.from]).toEqual([first.key, "cache"]);
    expect(charts.requests.slice(asked).every(({ status }) => status === 304)).toBe(true);
    charts.publish(chart("web", "1.5.0", EVERYTHING));
    expect((await render()).charts[1]?.found.version).toBe("1.5.0");
  });

  test("a chart that is published without the charts that it uses gets them", async () => {
    charts.publish(chart("part", "1.1.0"));
    charts.publish(
      chart("whole", "1.0.0", {
        "Chart.yaml": `apiVersion: v2\nname: whole\nversion: 1.0.0\ndependencies: [{ name: part, version: 1.x, repository: ${charts.url} }]\n`,
      }),
    );
    write({
      "k/kustomization.yaml": "helmCharts: [{ name: whole, repo: URL, version: 1.0.0, releaseName: a }]\n",
    });
    expect(JSON.stringify(await rendered())).toContain('"name":"a-part"');
    expect((await render()).charts).toMatchObject([
      { found: { version: "1.0.0" } },
      { found: { version: "1.1.0" }, by: "k/charts/whole-1.0.0/whole/Chart.yaml" },
    ]);
  });

  test("a chart of the repository gets those that it uses, of the repository and from elsewhere", async () => {
    charts.publish(chart("part", "1.1.0"));
    write({
      "k/kustomization.yaml": "helmCharts: [{ name: own, releaseName: a }]\n",
      "k/charts/own/Chart.yaml":
        "apiVersion: v2\nname: own\nversion: 1.0.0\ndependencies:\n- { name: part, version: 1.x, repository: URL }\n- { name: near, version: 1.x, repository: file://../../../near }\n",
      "k/charts/own/values.yaml": "",
      "near/Chart.yaml": "apiVersion: v2\nname: near\nversion: 1.0.0\n",
      "near/templates/a.yaml": configMap("near"),
    });
    expect(JSON.stringify(await rendered())).toMatch(/"name":"a-part".*"name":"near"/);
    write({ "near/templates/a.yaml": configMap("nearer") });
    expect(JSON.stringify(await rendered())).toContain('"name":"nearer"');
  });

  test("a chart that comes into the repository takes the place of the one that is brought", async () => {
    write({ "k/kustomization.yaml": `helmCharts: [{ ${CHART}, releaseName: a }]\n` });
    expect((await render()).charts).toHaveLength(1);
    write({
      "k/charts/web-1.4.2/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.4.2\n",
      "k/charts/web-1.4.2/web/values.yaml": "",
      "k/charts/web-1.4.2/web/templates/a.yaml": configMap("own"),
    });
    expect((await render()).charts).toEqual([]);
    expect(JSON.stringify(await rendered())).toContain('"name":"own"');
  });

  test("it is rendered for the cluster, and anew for another one where it asks which", async () => {
    write({ "k/kustomization.yaml": `helmCharts: [{ ${CHART}, releaseName: a }]\n` });
    const on = async (kubeVersion: string, kustomize?: KustomizeSource) =>
      host.renderers.render(
        askFor(applicationOf({ path: "k", ...(kustomize ? { kustomize } : {}) }), await source.tree(), {
          charts: fetcher(),
          cluster: { kubeVersion, apiVersions: ["example.org/v1"] },
        }),
      );
    const text = ({ documents }: Awaited<ReturnType<typeof on>>): string => JSON.stringify(documents);
    expect(text(await on("v1.31.5"))).toMatch(/kube: v1\.31\.5.*serves: \\"true\\"/);
    expect(text(await on("v1.32.0"))).toContain("kube: v1.32.0");
    const told = { kubeVersion: "1.30.1", apiVersions: ["other.org/v1"] };
    expect(text(await on("v1.32.0", told))).toMatch(/kube: v1\.30\.1.*serves: \\"false\\"/);
    charts.publish(chart("plain", "1.0.0"));
    write({ "k/kustomization.yaml": "helmCharts: [{ name: plain, repo: URL, version: 1.0.0 }]\n" });
    expect((await on("v1.31.5")).key).toBe((await on("v1.32.0")).key);
  });

  test("every jail of this machine lets helm in, and nothing more", async () => {
    write({ "k/kustomization.yaml": `helmCharts: [{ ${CHART}, releaseName: a, skipTests: true }]\n` });
    const made = new Set<string>();
    for await (const level of sandboxes()) {
      await close();
      await open(toolSets[0], { level });
      made.add(JSON.stringify(await rendered()));
    }
    expect([...made]).toHaveLength(1);
    expect([...made][0]).toContain('"name":"a-web"');
  });
});

describe("one sentence each, and nothing is brought or made", () => {
  const one = (chart: string, more: Record<string, string> = {}): Record<string, string> => ({
    "k/kustomization.yaml": `helmCharts: [{ ${chart} }]\n`,
    "k/v.yaml": "",
    "k/charts/local/Chart.yaml": "apiVersion: v2\nname: local\nversion: 1.0.0\n",
    "k/charts/local/values.yaml": "a: b\n",
    "k/charts/local/templates/a.yaml": configMap("a"),
    ...more,
  });
  test.each<{ name: string; files: Record<string, string>; says: RegExp }>([
    {
      name: "a name that leads out",
      files: one("name: ../../../etc, repo: URL, version: 1.0.0"),
      says: /helmCharts\[0\] names "\.\.\/\.\.\/\.\.\/etc", which is no name of a chart/,
    },
    { name: "no name", files: one("repo: URL"), says: /names "", which is no name of a chart/ },
    { name: "two dots", files: one('name: "..", repo: URL'), says: /which is no name of a chart/ },
    {
      name: "a version that leads out",
      files: one("name: web, repo: URL, version: ../../x"),
      says: /helmCharts\[0\]\.version is "\.\.\/\.\.\/x", which is no version/,
    },
    {
      name: "a version that is a number",
      files: one("name: web, repo: URL, version: 1.4"),
      says: /helmCharts\[0\]\.version is no text\. Put it in quotes/,
    },
    {
      name: "a home outside of the repository",
      files: {
        ...one("name: local"),
        "k/kustomization.yaml": "helmGlobals: { chartHome: ../../../home }\nhelmCharts: [{ name: local }]\n",
      },
      says: /chartHome is \.\.\/\.\.\/\.\.\/home: it leads out of the repository/,
    },
    {
      name: "a home of the machine",
      files: {
        ...one("name: local"),
        "k/kustomization.yaml": "helmGlobals: { chartHome: /etc }\nhelmCharts: [{ name: local }]\n",
      },
      says: /chartHome is \/etc: it is absolute/,
    },
    {
      name: "a value file outside of the repository",
      files: one("name: local, valuesFile: ../../../etc/passwd"),
      says: /helmCharts\[0\]\.valuesFile names \.\.\/\.\.\/\.\.\/etc\/passwd: it leads out of the repository/,
    },
    {
      name: "a value file of the machine",
      files: one("name: local, additionalValuesFiles: [v.yaml, /etc/passwd]"),
      says: /helmCharts\[0\]\.additionalValuesFiles\[1\] names \/etc\/passwd: it is absolute/,
    },
    {
      name: "a value file of another machine",
      files: one("name: local, valuesFile: 'https://127.0.0.1:1/values.yaml'"),
      says: /helmCharts\[0\]\.valuesFile names https:\/\/127\.0\.0\.1:1\/values\.yaml/,
    },
    {
      name: "a value file that is not there",
      files: one("name: local, valuesFile: w.yaml"),
      says: /helmCharts\[0\]\.valuesFile names w\.yaml, and there is no k\/w\.yaml/,
    },
    {
      name: "a name of a release that is an option of helm",
      files: one("name: local, releaseName: --post-renderer=/bin/sh"),
      says: /"--post-renderer=\/bin\/sh" is no release name/,
    },
    {
      name: "a namespace that is an option of helm",
      files: one("name: local, namespace: --debug"),
      says: /"--debug" is no namespace/,
    },
    {
      name: "an API version that is an option of helm",
      files: one("name: local, apiVersions: [--post-renderer=/bin/sh]"),
      says: /is no API version/,
    },
    {
      name: "a field in another spelling",
      files: one("name: local, Repo: 'http://127.0.0.1:1'"),
      says: /helmCharts\[0\]\.Repo is no field of a kustomization\. Write repo/,
    },
    {
      name: "a chart that is nowhere",
      files: one("name: gone"),
      says: /helmCharts\[0\] names the chart gone: there is no k\/charts\/gone, and it names no repo/,
    },
    {
      name: "a version that there is not",
      files: one("name: web, repo: URL, version: 9.x"),
      says: /cannot find web 9\.x: no version of web is 9\.x\. The newest are/,
    },
    {
      name: "two charts in one place",
      files: {
        "k/kustomization.yaml": "helmCharts: [{ name: web, repo: URL }, { name: web, repo: URL/other }]\n",
      },
      says: /kustomize would take it for that of helmCharts\[0\] in k\/kustomization\.yaml/,
    },
    {
      name: "a file in the chart's place",
      files: one("name: web, repo: URL, version: 1.0.0", { "k/charts/web-1.0.0/web": "text" }),
      says: /it cannot be put into k\/charts\/web-1\.0\.0\/web, which is a file/,
    },
    {
      name: "what a template says",
      files: one("name: local", { "k/charts/local/templates/b.yaml": '{{ fail "enough" }}' }),
      says: /^k: cannot render: kustomize says: execution error at \(local\/templates\/b\.yaml:1:3\): enough\b(?!.*unable to run)/,
    },
  ])("$name", async ({ files, says }) => {
    write(files);
    const outcome = await render().then(String, (cause: Error) => cause.message);
    expect(outcome).toMatch(says);
    expect(charts.requests.filter(({ path }) => path.endsWith(".tgz"))).toEqual([]);
  });

  test("a link in the place of the charts", async () => {
    write(one("name: web, repo: URL, version: 1.0.0"));
    source.remove("k/charts");
    source.link("k/charts", "../elsewhere");
    expect(await endingOf(render())).toThrow("because a link leads there");
    source.remove("k/charts");
    source.link("k/charts", "../../outside");
    expect(await endingOf(render())).toThrow("it is a link that leads out of the repository");
  });

  test.each<{ name: string; archive: () => Uint8Array; digest?: string; says: string }>([
    { name: "a bomb", archive: () => bomb(101 << 20), says: "it unpacks to more than" },
    {
      name: "another digest than the index says",
      archive: () => chart("bad", "1.0.0").archive,
      digest: "ab".repeat(32),
      says: "was announced",
    },
    {
      name: "a file beside the chart's folder",
      archive: () => tgz({ "bad/Chart.yaml": "name: bad\n", "bad/../../../x": "y" }),
      says: "which leads out of it",
    },
  ])("$name in a chart repository", async ({ archive, digest, says }) => {
    charts.publish({ name: "bad", version: "1.0.0", archive: archive(), ...(digest ? { digest } : {}) });
    write(one("name: bad, repo: URL, version: 1.0.0"));
    expect(await endingOf(render())).toThrow(says);
    expect(host.ran).toEqual([]);
  });

  test("a schema of a chart that is brought leads nowhere else", async () => {
    charts.publish(chart("bad", "1.0.0", { "values.schema.json": '{"$ref": "file:///etc/passwd"}' }));
    write(one("name: bad, repo: URL, version: 1.0.0"));
    expect(await endingOf(render())).toThrow("refers to file:///etc/passwd, which is not part of it");
  });

  test("a repository that the project does not permit is not asked", async () => {
    write(one("name: web, repo: URL, version: 1.0.0"));
    const refuse = (url: string) => ({
      why: `application repo ${url} is not permitted in project 'shop'`,
      fix: "Permit it",
    });
    expect(await endingOf(render(undefined, fetcher(refuse)))).toThrow(/is not permitted in project 'shop'/);
    expect(charts.requests).toEqual([]);
  });

  test("a secret of its values is not repeated", async () => {
    write(
      one("name: local, valuesInline: { password: hunter2222 }, additionalValuesFiles: [v.yaml]", {
        "k/v.yaml": "token: t0ken4444\n",
        "k/charts/local/templates/b.yaml": '{{ fail (printf "%s %s" .Values.password .Values.token) }}',
      }),
    );
    const outcome = await render().then(String, (cause: Error) => cause.message);
    expect(outcome).toContain("b.yaml");
    expect(outcome).not.toMatch(/hunter2222|t0ken4444/);
  });
});
