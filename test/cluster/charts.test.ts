/** Charts of a closed chart repository over HTTPS, with values from Git, from their release to a healthy cluster. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { type ChartRepository, chart, startChartRepository } from "../lib/chart-repository.ts";
import { eventually } from "../lib/eventually.ts";
import { conditions, type Shown, type Stage, startStage } from "../lib/stage.ts";

setDefaultTimeout(90_000);

let stage: Stage, charts: ChartRepository;

beforeAll(async () => {
  const nowMs = Date.now();
  const authority = issueCertificate({ commonName: "Charts", uses: ["authority"], nowMs, days: 2 });
  const server = issueCertificate(
    { commonName: "charts", names: [new Uint8Array([127, 0, 0, 1])], uses: ["server"], nowMs, days: 2 },
    authority,
  );
  charts = startChartRepository({
    authorization: `Basic ${Buffer.from("ci:geheim-7").toString("base64")}`,
    tls: { cert: server.certificate, key: server.key },
  });
  charts.publish(chart("shop", "1.0.0"), chart("shop", "1.1.0"), chart("cache", "7.0.0"));
  const repository = {
    type: "helm",
    name: "team",
    url: charts.url,
    username: "ci",
    password: "geheim-7",
    ca: authority.certificate,
  };
  stage = await startStage({ poll: "1s", config: `repositories: ${JSON.stringify([repository])}\n` });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await charts?.stop();
}, 60_000);

const dataOf = async (namespace: string, name: string): Promise<Shown | undefined> =>
  (await stage.find(`/api/v1/namespaces/${namespace}/configmaps/${name}`))?.["data"];

test("a chart with values from Git follows both, and goes back by its version", async () => {
  const app = await stage.place({
    name: "values",
    files: { "/env/prod.yaml": "greeting: from Git\n" },
    spec: {
      sources: [
        {
          repoURL: charts.url,
          chart: "shop",
          targetRevision: "^1.0.0",
          helm: { valueFiles: ["$values/env/prod.yaml"] },
        },
        { repoURL: `${stage.git.url}/values.git`, targetRevision: "main", ref: "values" },
      ],
    },
  });
  const first = await app.untilSettled();
  expect(first.status.sync.revisions[0]).toBe("1.1.0");
  expect(await dataOf("values", "values-shop")).toEqual({ version: "1.1.0", greeting: "from Git" });
  // Nothing is told to the daemon: it polls.
  charts.publish(chart("shop", "1.2.0"));
  await app.until(({ status }) => status.history?.at(-1)?.revisions[0] === "1.2.0");
  await app.push({ "/env/prod.yaml": "greeting: changed\n" });
  await eventually("the new values", async () => {
    const data = await dataOf("values", "values-shop");
    return data?.["greeting"] === "changed" && data["version"] === "1.2.0";
  });
  await app.untilSettled();
  // The index forgets what was deployed first; what was fetched of it is still there.
  charts.withdraw("shop", "1.1.0");
  const rolledBack = await stage.daemon.api<Shown>("/api/v1/applications/values/rollback", {
    method: "POST",
    body: JSON.stringify({ id: 0 }),
  });
  expect(rolledBack.status).toBe(200);
  await eventually("what was deployed first", async () => {
    const data = await dataOf("values", "values-shop");
    return data?.["greeting"] === "from Git" && data["version"] === "1.1.0";
  });
  const held = await app.until((shown) => conditions(shown, "ManifestWarning").length > 0);
  expect(conditions(held, "ManifestWarning").join("\n")).toContain(
    `${charts.url}: its index does not name shop 1.1.0 any more: what was fetched of it before is used`,
  );
  const log = await stage.daemon.log();
  expect(log).not.toContain("geheim-7");
  expect(JSON.stringify(await app.get())).not.toContain("geheim-7");
});

test("a dependency without a lock file is the newest, is said, and is followed", async () => {
  const app = await stage.place({
    name: "depends",
    files: {
      "Chart.yaml":
        'apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n- { name: cache, version: 7.x, repository: "@team" }\n',
    },
  });
  const settled = await app.untilSettled();
  expect(await dataOf("depends", "depends-cache")).toMatchObject({ version: "7.0.0" });
  expect(conditions(settled, "ManifestWarning").join("\n")).toContain(
    `app/Chart.yaml: no lock file names the versions of its dependencies, so the newest that it takes are used: cache 7.x is 7.0.0 of ${charts.url}`,
  );
  charts.publish(chart("cache", "7.1.0"));
  await eventually(
    "the newer cache",
    async () => (await dataOf("depends", "depends-cache"))?.["version"] === "7.1.0",
  );
});

test("charts of kustomizations come from it too, by either way to name them", async () => {
  const named = await stage.place({
    name: "named",
    files: {
      "kustomization.yaml": `namePrefix: p-\nhelmCharts: [{ name: shop, repo: "${charts.url}", version: 1.0.0, releaseName: named, namespace: named, valuesInline: { greeting: in place } }]\n`,
    },
  });
  const generated = await stage.place({
    name: "generated",
    files: {
      "kustomization.yaml": "generators: [cache.yaml]\n",
      "cache.yaml": `apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: { name: any }\nname: cache\nrepo: "${charts.url}"\nversion: 7.0.x\nreleaseName: generated\nvaluesFile: values.yaml\n`,
      "values.yaml": "greeting: of a file\n",
    },
  });
  await named.untilSettled();
  expect(await dataOf("named", "p-named-shop")).toEqual({ version: "1.0.0", greeting: "in place" });
  const settled = await generated.untilSettled();
  expect(await dataOf("generated", "generated-cache")).toEqual({ version: "7.0.0", greeting: "of a file" });
  expect(conditions(settled, "ManifestWarning").join("\n")).toContain(
    `app/cache.yaml: it names no exact versions of its charts, so the newest that it takes are used: cache 7.0.x is 7.0.0 of ${charts.url}. Write these versions there`,
  );
  // Nothing is told to the daemon: it polls.
  charts.publish(chart("cache", "7.0.1"));
  await eventually(
    "the newer cache",
    async () => (await dataOf("generated", "generated-cache"))?.["version"] === "7.0.1",
  );
  await named.push({
    "kustomization.yaml": `helmCharts: [{ name: shop, repo: "${charts.url}", version: 9.9.9, releaseName: named }]\n`,
  });
  const refused = await named.until(({ status }) =>
    JSON.stringify(status.conditions ?? []).includes("9.9.9"),
  );
  expect(JSON.stringify(refused.status.conditions)).toContain("cannot find shop 9.9.9");
  // What cannot be rendered deletes nothing.
  expect(await dataOf("named", "p-named-shop")).toEqual({ version: "1.0.0", greeting: "in place" });
  expect(await stage.daemon.log()).not.toContain("geheim-7");
});
