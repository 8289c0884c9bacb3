/** Charts whose dependencies lie in chart repositories, against what `helm dependency build` and `helm template` make of them. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ChartFetcher } from "../../src/core/ports/renderers.ts";
import { chartFetcher } from "../../src/engine/target/chart-fetcher.ts";
import { type RepositoryEntry, repositoryAccess } from "../../src/engine/target/repository-access.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { endingOf } from "../lib/ending-of.ts";
import {
  applicationOf,
  askFor,
  npmToolSets,
  type RenderHost,
  renderHost,
  silent,
  type ToolSet,
} from "../lib/render-host.ts";
import { type SourceFolder, sourceFolder } from "../lib/source-folder.ts";

let toolSets: ToolSet[];
let charts: ChartRepository, host: RenderHost, source: SourceFolder, artifacts: ArtifactPlaces;
let entries: RepositoryEntry[];

beforeAll(async () => {
  toolSets = await npmToolSets();
});
beforeEach(async () => {
  charts = startChartRepository();
  charts.publish(chart("redis", "17.0.0"), chart("redis", "17.3.2"), chart("redis", "18.0.0"));
  charts.publish(chart("web", "1.2.0"));
  entries = [{ url: charts.url, type: "helm", name: "shop" }];
  await open(toolSets[0]);
  source = sourceFolder({});
});
afterEach(async () => {
  await artifacts.stop();
  await charts.stop();
  host.remove();
  source.dispose();
});

async function open(tools: ToolSet | undefined): Promise<void> {
  if (tools === undefined) throw new Error("there are no tools");
  host = await renderHost(tools);
  artifacts = new ArtifactPlaces({ dataDir: join(host.folder, "data"), clock: systemClock, log: silent });
}

const fetcher = (
  freshness: "known" | "latest" | "renewed" = "latest",
  refuse: Parameters<typeof chartFetcher>[0]["refuse"] = () => undefined,
): ChartFetcher =>
  chartFetcher({
    artifacts,
    entries,
    access: (url, type) => repositoryAccess(url, entries, type),
    refuse,
    ask: { freshness },
  });

const render = async (from = fetcher()) =>
  host.renderers.render(askFor(applicationOf({ path: "app" }), await source.tree(), { charts: from }));

const objectsOf = (text: string): KubeObject[] =>
  parseYaml(text)
    .documents.map(({ value }) => value as KubeObject)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** A chart of one ConfigMap with these dependencies, in YAML; `URL` is the repository. */
function write(dependencies: string, more: Record<string, string> = {}): void {
  source.write({
    "app/Chart.yaml": `apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n${dependencies.replaceAll("URL", charts.url)}`,
    "app/templates/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: own }\n",
    ...Object.fromEntries(
      Object.entries(more).map(([path, text]) => [path, text.replaceAll("URL", charts.url)]),
    ),
  });
}

/** Plain helm in a copy, by one word: `update` writes the lock file, which is brought back. */
async function helm(tools: ToolSet | undefined, ...argv: string[]): Promise<string> {
  const home = join(host.folder, "helm");
  mkdirSync(home, { recursive: true });
  const child = Bun.spawn([tools?.programs["helm"] ?? "", ...argv], {
    cwd: join(source.path, "app"),
    env: { HOME: home, PATH: "" },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`helm ${argv.join(" ")}: ${error}`);
  return out;
}

async function lock(): Promise<void> {
  await helm(toolSets[0], "repo", "add", "shop", charts.url);
  await helm(toolSets[0], "dependency", "update", "--skip-refresh");
  rmSync(join(source.path, "app/charts"), { recursive: true, force: true });
}

/** What plain helm makes, with its charts folder gone afterwards. */
async function plain(tools: ToolSet | undefined): Promise<KubeObject[]> {
  await helm(tools, "repo", "add", "shop", charts.url);
  await helm(tools, "dependency", "build");
  const out = await helm(tools, "template", "shop", ".", "--namespace", "shop", "--include-crds");
  rmSync(join(source.path, "app/charts"), { recursive: true, force: true });
  return objectsOf(out);
}

const REDIS = "- { name: redis, version: 17.x, repository: URL }\n";

describe("what plain helm makes of it", () => {
  test.each<{ name: string; dependencies: string; files?: Record<string, string>; objects: number }>([
    { name: "one dependency", dependencies: REDIS, objects: 2 },
    {
      name: "a condition that is off, and a tag",
      dependencies: `- { name: redis, version: 17.x, repository: URL, condition: redis.enabled }\n- { name: web, version: ">=1.0 <2", repository: URL, tags: [front, back] }\n`,
      files: { "app/values.yaml": "redis: { enabled: false }\ntags: { front: true }\n" },
      objects: 2,
    },
    {
      name: "two aliases of one chart in two versions, and values for one",
      dependencies: `- { name: redis, version: 17.0.0, repository: URL, alias: cache }\n- { name: redis, version: ^18.0.0, repository: URL, alias: queue }\n`,
      files: { "app/values.yaml": "queue: { greeting: good day }\n" },
      objects: 3,
    },
    {
      name: "values that are imported, and a name of the config's",
      dependencies: `- { name: redis, version: ~17.3, repository: "@shop", import-values: [{ child: a.b, parent: c }] }\n`,
      objects: 2,
    },
    {
      name: "a chart of the repository beside it",
      dependencies: `- { name: lib, version: 0.1.0, repository: file://../lib }\n${REDIS}`,
      files: {
        "lib/Chart.yaml": "apiVersion: v2\nname: lib\nversion: 0.1.0\n",
        "lib/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: lib }\n",
      },
      objects: 3,
    },
  ])("$name", async ({ dependencies, files, objects }) => {
    write(dependencies, files);
    await lock();
    for (const tools of toolSets) {
      host.remove();
      await artifacts.stop();
      await open(tools);
      const expected = await plain(tools);
      const rendered = await render();
      expect(objectsOf(rendered.documents[0]?.documents.map(({ text }) => text).join("\n") ?? "")).toEqual(
        expected,
      );
      expect(expected).toHaveLength(objects);
      expect(rendered.charts.every(({ version }) => version === "locked")).toBe(true);
    }
  });

  test("requirements of an old chart", async () => {
    source.write({
      "app/Chart.yaml": "apiVersion: v1\nname: app\nversion: 0.1.0\n",
      "app/requirements.yaml": `dependencies:\n${REDIS.replace("URL", charts.url)}`,
      "app/templates/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: own }\n",
    });
    await lock();
    const rendered = await render();
    expect(objectsOf(rendered.documents[0]?.documents.map(({ text }) => text).join("\n") ?? "")).toEqual(
      await plain(toolSets[0]),
    );
  });
});

describe("versions", () => {
  test("a lock file's stay, whatever is newer, and nobody is asked again", async () => {
    write(REDIS);
    await lock();
    const first = await render();
    expect(first.charts).toMatchObject([{ found: { version: "17.3.2" }, version: "locked" }]);
    charts.publish(chart("redis", "17.9.9"));
    const asked = charts.requests.length;
    const again = await render();
    expect([again.key, again.from, charts.requests.length]).toEqual([first.key, "cache", asked]);
  });

  test("without a lock file the newest is used, said, and followed", async () => {
    write(REDIS);
    const first = await render();
    expect(first.charts).toEqual([
      {
        asked: { name: "redis", version: "17.x", repoURL: charts.url },
        found: { repoURL: charts.url, version: "17.3.2", digest: expect.stringMatching(/^sha256:/) },
        version: "newest",
        by: "app/Chart.yaml",
      },
    ]);
    charts.publish(chart("redis", "17.9.9"));
    expect((await render(fetcher("known"))).key).toBe(first.key);
    const after = await render(fetcher("latest"));
    expect(after.charts[0]?.found.version).toBe("17.9.9");
    expect(after.key).not.toBe(first.key);
  });

  test("what is vendored wins, and nothing is asked", async () => {
    write(REDIS, {
      "app/charts/redis/Chart.yaml": "apiVersion: v2\nname: redis\nversion: 17.1.1\n",
      "app/charts/redis/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: vendored }\n",
    });
    const rendered = await render();
    expect(rendered.documents[0]?.documents.map(({ text }) => text).join("")).toContain("name: vendored");
    expect(charts.requests).toEqual([]);
  });

  test("a chart that a chart of the repository needs comes to its place", async () => {
    write("- { name: lib, version: 0.1.0, repository: file://../lib }\n", {
      "lib/Chart.yaml": `apiVersion: v2\nname: lib\nversion: 0.1.0\ndependencies:\n${REDIS}`,
    });
    const rendered = await render();
    expect(rendered.documents[0]?.documents.map(({ text }) => text).join("")).toContain("name: shop-redis");
  });
});

describe("one sentence each", () => {
  test.each<{ name: string; dependencies: string; files?: Record<string, string>; says: RegExp }>([
    {
      name: "a lock file of other dependencies",
      dependencies: REDIS,
      files: {
        "app/Chart.lock": `dependencies:\n- { name: redis, version: 17.3.2, repository: URL }\ndigest: sha256:${"0".repeat(64)}\n`,
      },
      says: /^app\/Chart\.lock: cannot render: app\/Chart\.lock is of other dependencies than the chart has now\. Run helm dependency update there, and commit it$/,
    },
    {
      name: "a lock file that misses one",
      dependencies: `${REDIS}- { name: web, version: 1.x, repository: URL }\n`,
      files: {
        "app/Chart.lock": `dependencies:\n- { name: redis, version: 17.3.2, repository: URL }\ndigest: x\n`,
      },
      says: /is of other dependencies than the chart has now/,
    },
    {
      name: "a version that there is not",
      dependencies: "- { name: redis, version: 99.x, repository: URL }\n",
      says: /: cannot find redis 99\.x: no version of redis is 99\.x\. The newest are 18\.0\.0, 17\.3\.2, 17\.0\.0/,
    },
    {
      name: "a name that the config does not know",
      dependencies: '- { name: redis, version: 17.x, repository: "@nobody" }\n',
      says: /^the chart redis of @nobody: cannot fetch it: the config has no chart repository of the name nobody\. Add an entry with type: helm and name: nobody/,
    },
    {
      name: "a registry without a name of its own",
      dependencies: "- { name: redis, version: 17.x, repository: ftp://x }\n",
      says: /cannot/,
    },
  ])("$name", async ({ dependencies, files, says }) => {
    write(dependencies, files);
    expect(await endingOf(render())).toThrow(says);
  });

  test("a repository that the project does not permit is not asked", async () => {
    write(REDIS);
    const refuse = (url: string) => ({
      why: `application repo ${url} is not permitted in project 'shop'`,
      fix: "Permit it",
    });
    expect(await endingOf(render(fetcher("latest", refuse)))).toThrow(/is not permitted in project 'shop'/);
    expect(charts.requests).toEqual([]);
  });
});
