/** Charts of a real registry on all the ways that lead there: an index, a dependency, a kustomization. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { ArtifactReference } from "../../src/core/ports/artifacts.ts";
import { chartFetcher } from "../../src/engine/target/chart-fetcher.ts";
import { type RepositoryEntry, repositoryAccess } from "../../src/engine/target/repository-access.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type ChartRepository, chartArchive, startChartRepository } from "../lib/chart-repository.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { CHART_LAYER, HELM_CONFIG, startLiar, startRegistry, type TestRegistry } from "../lib/registry.ts";
import { applicationOf, askFor, npmToolSets, renderHost, silent } from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";

let registry: TestRegistry, tokened: TestRegistry, charts: ChartRepository;
let dir: string, places: ArtifactPlaces;
const ARCHIVE = chartArchive("shop", "1.2.3");
const DIGEST = new Bun.CryptoHasher("sha256").update(ARCHIVE).digest("hex");
let manifest: string;

beforeAll(async () => {
  [registry, tokened] = await Promise.all([startRegistry(), startRegistry("token")]);
  const pushed = {
    name: "team/charts/shop",
    tag: "1.2.3",
    layers: [{ content: ARCHIVE, mediaType: CHART_LAYER }],
    config: { mediaType: HELM_CONFIG, text: "{}" },
  };
  manifest = await registry.push(pushed);
  await tokened.push(pushed);
});
afterAll(async () => {
  await Promise.all([registry, tokened].map((one) => one.stop()));
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-charts-oci-"));
  places = new ArtifactPlaces({ dataDir: dir, clock: systemClock, log: silent });
  charts = startChartRepository();
});
afterEach(async () => {
  await places.stop();
  await charts.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("an index that names a registry", () => {
  const publish = (url: string, digest: string): void =>
    charts.publish({ name: "shop", version: "1.2.3", archive: ARCHIVE, url, digest });
  const shop = (): ArtifactReference => ({
    kind: "helm-chart",
    repository: { url: charts.url, plainHttp: true },
    chart: "shop",
    version: "1.x",
  });
  test.each<{ name: string; digest: () => string }>([
    { name: "with the chart's digest", digest: () => DIGEST },
    { name: "with its manifest's", digest: () => manifest },
    { name: "with none", digest: () => "none" },
  ])("$name", async ({ digest }) => {
    publish(`oci://${registry.host}/team/charts/shop:1.2.3`, digest());
    const found = await places.resolve(shop(), { freshness: "latest" });
    expect(found).toMatchObject({ version: "1.2.3", digest: `sha256:${DIGEST}` });
    expect(new TextDecoder().decode(await places.tree(found).read("Chart.yaml"))).toContain("version: 1.2.3");
    expect(charts.requests.map(({ path }) => path)).toEqual(["/stable/index.yaml"]);
  });

  test("another digest, and a tag that is not there, are one sentence", async () => {
    publish(`oci://${registry.host}/team/charts/shop:1.2.3`, "ab".repeat(32));
    expect(await endingOf(places.resolve(shop(), { freshness: "latest" }))).toThrow(
      `cannot use oci://${registry.host}/team/charts/shop:1.2.3: its digest is sha256:${DIGEST}, and sha256:${"ab".repeat(32)} was announced`,
    );
    publish(`oci://${registry.host}/team/charts/shop:9.9.9`, "none");
    const missing = places.resolve(shop(), { freshness: "renewed" });
    expect(await endingOf(missing)).toThrow("team/charts/shop has no such tag. It has 1.2.3");
    expect(String(await rejectionOf(missing))).not.toContain("pre-releases");
  });
});

describe("what a render asks for", () => {
  test.each<{ name: string; files: Record<string, string> }>([
    {
      name: "a dependency of a chart",
      files: {
        "app/Chart.yaml":
          "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies: [{ name: shop, version: 1.x, repository: oci://HOST/team/charts }]\n",
      },
    },
    {
      name: "a chart of a kustomization",
      files: {
        "app/kustomization.yaml":
          "helmCharts: [{ name: shop, version: 1.2.3, repo: oci://HOST/team/charts/, releaseName: shop }]\n",
      },
    },
  ])("$name", async ({ files }) => {
    const [tools] = await npmToolSets();
    if (tools === undefined) throw new Error("there are no tools");
    const entries: RepositoryEntry[] = [{ url: `oci://${registry.host}/team`, type: "oci", plainHttp: true }];
    const source = sourceFolder(
      Object.fromEntries(
        Object.entries(files).map(([path, text]) => [path, text.replaceAll("HOST", registry.host)]),
      ),
    );
    const host = await renderHost(tools);
    const rendered = await host.renderers.render(
      askFor(applicationOf({ path: "app" }), await source.tree(), {
        charts: chartFetcher({
          artifacts: places,
          entries,
          access: (url, type) => repositoryAccess(url, entries, type),
          refuse: () => undefined,
          ask: { freshness: "latest" },
        }),
      }),
    );
    expect(JSON.stringify(rendered.documents)).toContain("name: shop-shop");
    expect(rendered.charts).toMatchObject([{ found: { version: "1.2.3" } }]);
    host.remove();
    source.dispose();
  });
});

test("a token that dies before a download is got anew, once", async () => {
  const liar = startLiar(tokened);
  const { username, password } = tokened.login;
  const access = { username, password: new Secret(password), ca: tokened.ca, plainHttp: true };
  let died = 0;
  let challenge = "";
  liar.lie = async (request, url) => {
    if (challenge === "") {
      const first = await fetch(`${tokened.origin}${url.pathname}`);
      challenge = first.headers.get("www-authenticate") ?? "";
    }
    if (!url.pathname.includes("/blobs/") || died > 0) return passOn(request, url);
    died++;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  };
  const passOn = (request: Request, url: URL): Promise<Response> => {
    const headers = new Headers(request.headers);
    headers.delete("host");
    return fetch(`${tokened.origin}${url.pathname}${url.search}`, { method: request.method, headers });
  };
  tokened.tokens.length = 0;
  const found = await places.resolve(
    {
      kind: "oci",
      repository: { url: `oci://${liar.host}/team/charts`, type: "oci", ...access },
      chart: "shop",
      version: "1.2.3",
    },
    { freshness: "latest" },
  );
  expect(new TextDecoder().decode(await places.tree(found).read("Chart.yaml"))).toContain("1.2.3");
  expect([died, tokened.tokens.length]).toEqual([1, 2]);
  await liar.stop();
});
