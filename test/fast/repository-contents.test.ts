/** What repositories hold, asked by the API for whoever writes an Application: a whole daemon, real Git, a real chart repository. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { addedClusters, type Given } from "../lib/added-clusters.ts";
import { chart, startChartRepository } from "../lib/chart-repository.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";

const { start, stops } = addedClusters();

setDefaultTimeout(60_000);

const USER = { username: "ci", password: "canary-71aa-password" };
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      initContainers: [{ name: init, image: "busybox:1.36" }]
      containers: [{ name: web, image: "nginx:1.27" }, { name: side, image: "nginx:1.27" }]
`;
const CHART = {
  "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
  "chart/values.yaml":
    'image: { tag: "1.0" }\nhosts: [a.example, { name: b }]\nenabled: true\n"a.b": 1\nnothing:\n',
  "chart/values-prod.yaml": 'image: { tag: "2.0" }\n',
  "chart/templates/a.yaml": JSON.stringify(configMap("chart", "a")),
  "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
};
const FILES = {
  ...CHART,
  "overlay/kustomization.yaml": "resources: [web.yaml]\n",
  "overlay/web.yaml": DEPLOYMENT,
  "plain/a.yaml": JSON.stringify(configMap("plain", "a")),
  "jsonnet/a.jsonnet": "{}",
  ".github/workflows/a.yaml": JSON.stringify(configMap("ci", "a")),
  "web/package.json": '{"name":"web"}',
  "evil/a.yaml": { link: "../../../../etc/passwd" },
  "evil/both/Chart.yaml": "apiVersion: v2\nname: both\nversion: 1.0.0\n",
  "evil/both/Kustomization": "resources: []\n",
};

let git: GitServer;
beforeAll(async () => {
  git = await startGitServer({ auth: { basic: USER } });
  await git.createRepo("shop", FILES);
});
afterAll(() => git?.close());

const at = (url: string): string => `/api/v1/repositories/${encodeURIComponent(url)}`;
const begin = async (): Promise<Given> => {
  const given = await start({ clusters: [] }, undefined, {
    ...{ searchPath: process.env["PATH"] ?? "", tools: "npm" },
  });
  await given.ask("POST", "/api/v1/repositories", { repo: git.urlOf("shop"), ...USER });
  return given;
};
const details = (given: Given, source: object, more: object = {}) =>
  given.ask("POST", `${at(git.urlOf("shop"))}/appdetails`, { source, appName: "new", ...more });

test("folders that can be applications are told with what renders them, and nothing that is a chart's own or a tool's", async () => {
  const given = await begin();
  expect(await given.ask("GET", `${at(git.urlOf("shop"))}/apps?appName=new`)).toEqual({
    status: 200,
    body: {
      items: [
        { type: "Helm", path: "chart" },
        { type: "Helm", path: "chart/charts/sub" },
        { type: "Kustomize", path: "evil/both" },
        { type: "Directory", path: "jsonnet" },
        { type: "Kustomize", path: "overlay" },
        { type: "Directory", path: "plain" },
      ],
    },
  });
  await git.commit("shop", { "later/a.yaml": JSON.stringify(configMap("later", "a")) }, "more", {
    branch: "next",
    parent: "main",
  });
  const next = await given.ask("GET", `${at(git.urlOf("shop"))}/apps?appName=new&revision=next`);
  expect(next.body.items).toContainEqual({ type: "Directory", path: "later" });
  expect((await given.ask("GET", `${at(git.urlOf("shop"))}/apps?revision=none`)).status).toBe(400);
});

test("a chart is described by its values, as value files and the source make them, and by no file outside", async () => {
  const given = await begin();
  const plain = await details(given, { path: "chart", targetRevision: "main" });
  expect(plain.body).toEqual({
    type: "Helm",
    helm: {
      name: "shop",
      valueFiles: ["values-prod.yaml", "values.yaml"],
      values: CHART["chart/values.yaml"],
      parameters: [
        { name: "a\\.b", value: "1" },
        { name: "enabled", value: "true" },
        { name: "hosts[0]", value: "a.example" },
        { name: "hosts[1].name", value: "b" },
        { name: "image.tag", value: "1.0" },
      ],
      fileParameters: [],
    },
  });
  const set = await details(given, {
    path: "chart",
    helm: { valueFiles: ["values-prod.yaml"], parameters: [{ name: "enabled", value: "false" }] },
  });
  expect(Object.fromEntries(set.body.helm.parameters.map((p: any) => [p.name, p.value]))).toMatchObject({
    "image.tag": "2.0",
    enabled: "false",
  });
  const missing = await details(given, { path: "chart", helm: { valueFiles: ["none.yaml"] } });
  expect([missing.status, missing.body.message]).toEqual([400, expect.stringContaining("none.yaml")]);
  const outside = await details(given, { path: "chart", helm: { valueFiles: ["../../x.yaml"] } });
  expect([outside.status, outside.body.message]).toEqual([400, expect.stringContaining("refused")]);
});

test("a kustomization is described by the images that it renders to, a folder by nothing, and what is no source is refused", async () => {
  const given = await begin();
  expect((await details(given, { path: "overlay" })).body).toEqual({
    type: "Kustomize",
    kustomize: { images: ["busybox:1.36", "nginx:1.27"] },
  });
  expect((await details(given, { path: "plain" })).body).toEqual({ type: "Directory", directory: {} });
  const remote = await details(given, { path: "overlay", kustomize: { components: ["none"] } });
  expect([remote.status, remote.body.type, remote.body.holdfast.warnings[0]]).toEqual([
    200,
    "Kustomize",
    expect.stringContaining("its images are not told"),
  ]);
  for (const source of [{ path: "none" }, { path: "../x" }, { path: 3 }, { path: "evil/a.yaml" }])
    expect([source, (await details(given, source)).status]).toEqual([source, 400]);
});

test("charts and versions of a chart repository are told, the newest first, and a chart of it is described", async () => {
  const given = await begin();
  const charts = startChartRepository();
  stops.push(() => charts.stop());
  charts.publish(chart("web", "1.9.0"), chart("web", "1.10.0"), chart("db", "0.1.0-rc.1"));
  await given.ask("POST", "/api/v1/repositories", { repo: charts.url, type: "helm", name: "charts" });
  expect((await given.ask("GET", `${at(charts.url)}/helmcharts`)).body).toEqual({
    items: [
      { name: "db", versions: ["0.1.0-rc.1"] },
      { name: "web", versions: ["1.10.0", "1.9.0"] },
    ],
  });
  charts.withdraw("web", "1.9.0");
  expect((await given.ask("GET", `${at(charts.url)}/helmcharts`)).body.items[1].versions).toEqual(["1.10.0"]);
  const described = await given.ask("POST", `${at(charts.url)}/appdetails`, {
    source: { chart: "web", targetRevision: "1.10.0" },
    appName: "new",
  });
  expect(described.body).toMatchObject({
    type: "Helm",
    helm: { name: "web", parameters: [{ name: "greeting", value: "hello" }] },
  });
  for (const [url, what] of [
    [charts.url, "oci-tags"],
    [git.urlOf("shop"), "helmcharts"],
    [charts.url, "refs"],
  ] as const)
    expect([what, (await given.ask("GET", `${at(url)}/${what}`)).status]).toEqual([what, 400]);
  charts.answer = () => new Response("<html>login</html>");
  const lies = await given.ask("GET", `${at(charts.url)}/helmcharts`);
  expect([lies.status, lies.body.message]).toEqual([400, expect.stringContaining("index")]);
});

test("what a project does not permit, and what is not there, is not asked; what is secret is in no answer", async () => {
  const given = await begin();
  const before = git.requests.length;
  const shop = at(git.urlOf("shop"));
  const none = at("https://git.example.com/none");
  const replies = [
    await given.ask("GET", `${shop}/apps?appProject=nobody`),
    await given.ask("GET", `${none}/helmcharts`),
    await given.ask("GET", `${none}/oci-tags`),
    await given.ask("POST", "/api/v1/projects", {
      project: { metadata: { name: "narrow" }, spec: { sourceRepos: ["https://git.example.com/**"] } },
    }),
    await given.ask("GET", `${shop}/apps?appProject=narrow`),
    await details(given, { path: "chart" }, { appProject: "narrow" }),
  ];
  expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 200, 400, 400]);
  expect(replies[4]?.body.message).toContain("is not permitted in project 'narrow'");
  expect(git.requests.length).toBe(before);
  for (const path of ["write-repositories", "write-repositories/x", "write-repocreds"]) {
    const refused = await given.ask("GET", `/api/v1/${path}`);
    expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining("hydrated")]);
  }
  expect(JSON.stringify([replies, given.log])).not.toContain(USER.password);
});
