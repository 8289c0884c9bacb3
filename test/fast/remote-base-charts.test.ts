/** Charts that bases of other repositories render, over real Git over HTTPS and a real chart repository, against plain kustomize. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import { chartFetcher } from "../../src/engine/target/chart-fetcher.ts";
import { repositoryAccess } from "../../src/engine/target/repository-access.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type BaseStand, baseStand } from "../lib/base-stand.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { builtToolSet, npmToolSets, silent, type ToolSet } from "../lib/render-host.ts";
import { configMap } from "../lib/source-folder.ts";

const built = builtToolSet();
const toolSets: ToolSet[] = [...(await npmToolSets()), ...(built === undefined ? [] : [built])];

let server: GitServer, charts: ChartRepository, stand: BaseStand, artifacts: ArtifactPlaces;

const TEMPLATE =
  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vendored}\ndata: {greeting: {{ .Values.greeting | quote }}}\n";

beforeAll(async () => {
  charts = startChartRepository();
  charts.publish(chart("web", "1.4.2"), chart("web", "2.0.0"));
  server = await startGitServer({ tls: "private-ca" });
  const base = {
    "brought/kustomization.yaml": `helmCharts: [{name: web, repo: "${charts.url}", version: 1.4.2, releaseName: shop, valuesFile: values.yaml}]\nnamePrefix: base-\n`,
    "brought/values.yaml": "greeting: from the base\n",
    "generator/kustomization.yaml": "generators: [chart.yaml]\n",
    "generator/chart.yaml": `apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: any}\nname: web\nrepo: ${charts.url}\nversion: 2.0.0\nreleaseName: other\n`,
    "vendored/kustomization.yaml":
      "helmCharts: [{name: own, releaseName: shop, valuesInline: {greeting: in place}}]\nhelmGlobals: {chartHome: home}\n",
    "vendored/home/own/Chart.yaml": "apiVersion: v2\nname: own\nversion: 1.0.0\n",
    "vendored/home/own/values.yaml": "greeting: hello\n",
    "vendored/home/own/templates/map.yaml": TEMPLATE,
    "parts/kustomization.yaml": "helmCharts: [{name: whole, releaseName: shop}]\n",
    "parts/charts/whole/Chart.yaml": `apiVersion: v2\nname: whole\nversion: 1.0.0\ndependencies: [{name: part, version: 1.0.0, repository: "file://../../../part"}, {name: web, version: 1.4.2, repository: "${charts.url}"}]\n`,
    "parts/charts/whole/values.yaml": "{}\n",
    "part/Chart.yaml": "apiVersion: v2\nname: part\nversion: 1.0.0\n",
    "part/templates/map.yaml": configMap("part"),
    "nowhere/kustomization.yaml": "helmCharts: [{name: gone}]\n",
    "by-address/kustomization.yaml": `resources: ["${server.url}/raw/map.yaml"]\n`,
  };
  await server.createRepo("base", base);
  server.fail({ do: "status", status: 200, body: configMap("by-address") }, ({ path }) =>
    path.startsWith("/raw/"),
  );
});
afterAll(async () => {
  await charts.stop();
  await server.close();
});

async function open(tools: ToolSet | undefined): Promise<void> {
  if (tools === undefined) throw new Error("there are no tools");
  stand = await baseStand(tools, { ca: server.ca ?? "" });
  stand.entries = [{ url: `${server.url}/`, ca: server.ca ?? "" }];
  artifacts = new ArtifactPlaces({
    dataDir: join(stand.host.folder, "data"),
    clock: systemClock,
    log: silent,
  });
}
afterEach(async () => {
  await artifacts.stop();
  await stand.close();
});

const fetcher = (refuse: Parameters<typeof chartFetcher>[0]["refuse"] = () => undefined) =>
  chartFetcher({
    artifacts,
    entries: [],
    access: (url, type) => repositoryAccess(url, [], type),
    refuse,
    ask: { freshness: "latest" },
  });
const uses = (...folders: string[]): void =>
  stand.source.write({
    "app/kustomization.yaml": `resources: [own, ${folders.map((folder) => `"${server.url}/base.git//${folder}?ref=main"`).join(", ")}]\n`,
    "app/own/kustomization.yaml": "resources: [map.yaml]\n",
    "app/own/map.yaml": configMap("own"),
  });

describe.each(toolSets)("with $name, equal to what it makes by itself:", (tools) => {
  beforeEach(() => open(tools));

  test.each([
    { name: "a chart of a chart repository, with values of the base", folders: ["brought"] },
    { name: "a generator's chart", folders: ["generator"] },
    { name: "a chart that lies in the base's repository", folders: ["vendored"] },
    { name: "all of them at once", folders: ["vendored", "brought", "generator"] },
    { name: "a file at an address that a base names", folders: ["by-address"] },
  ])("$name", async ({ folders }) => {
    uses(...folders);
    const helm = tools.programs["kustomize"] === undefined ? toolSets[1] : tools;
    const plain = await stand.plain(["--enable-helm", "--helm-command", helm?.programs["helm"] ?? ""]);
    expect(plain.length).toBe(folders.length + 1);
    expect(await stand.objects({ charts: fetcher() })).toEqual(plain);
  });
});

describe("a chart of a base", () => {
  beforeEach(() => open(toolSets[0]));
  const names = async () => (await stand.objects({ charts: fetcher() })).map(({ metadata }) => metadata.name);

  test("has what it uses of its repository and of chart repositories", async () => {
    uses("parts");
    expect((await names()).sort()).toEqual(["own", "part", "shop-web"]);
  });

  test("is followed with its base: another file of it makes a new render", async () => {
    uses("vendored");
    const before = await stand.objects({ charts: fetcher() });
    await server.commit(
      "base",
      { "vendored/home/own/templates/map.yaml": TEMPLATE.replace("vendored", "pushed") },
      "second",
    );
    expect(before.map(({ metadata }) => metadata.name)).toContain("vendored");
    expect(await names()).toContain("pushed");
  });

  test("that is nowhere is named with its repository", async () => {
    uses("nowhere");
    expect(await stand.failure({ charts: fetcher() })).toMatchObject({
      object: `nowhere/kustomization.yaml of ${server.url}/base.git at main`,
      why: "helmCharts[0] names the chart gone: there is no nowhere/charts/gone, and it names no repo",
    });
  });

  test("is fetched from where charts may come from alone", async () => {
    uses("brought");
    const refused = { why: "nobody permits it", fix: "Ask for it" };
    expect((await stand.failure({ charts: fetcher(() => refused) })).message).toContain("nobody permits it");
  });
});
