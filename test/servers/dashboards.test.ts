/** What dashboards ask, asked of a real Prometheus that scrapes running daemons as docs/monitoring.md says. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ASKED_SERIES, COMPONENT_JOBS } from "../lib/argocd-dashboard.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { countAll, everySeries } from "../lib/every-series.ts";
import { type PanelQuery, panelQueries } from "../lib/panel-queries.ts";
import { type Prometheus, startPrometheus } from "../lib/prometheus.ts";
import { isSettled, mapText, startWebhookStage, type WebhookStage } from "../webhooks/stage.ts";

const DOCS = join(import.meta.dir, "..", "..", "docs", "monitoring.md");
const RULES = join(import.meta.dir, "..", "..", "deploy", "monitoring", "rules.yaml");
const TOKEN = "prometheus-s-own";
/** Without accounts nothing answers there. */
const OF_ACCOUNTS = new Set(["session.SessionService", "account.AccountService"]);
/** Nothing of these is there while all is well, or nobody used it. */
const EMPTY_WHERE_ALL_IS_WELL = [
  ...["Out of sync", "Degraded", "Missing", "Cannot be compared", "Prunes that wait", "Held", "Contested"],
  ...["Applications that are not well", "Applications of sets", "Sets that are stuck"],
  ...["What is in its way", "Heals that were given up", "Failures by repository", "Notifications"],
  ...["Requests to registries and chart repositories", "Image updates", "Logins"],
  "What the metrics leave out",
  // Rates of what happened before the first scrape, and of nothing since.
  ...["How long a sync takes", "From a commit to the cluster", "How long they take", "Syncs", "Renders"],
];

let stages: WebhookStage[] = [];
let prometheus: Prometheus;
let dir: string;
/** Two that saw everything: of the one each thing happens again before every scrape, of the other nothing does. */
const [busy, idle] = [everySeries(), everySeries()];
const told = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch({ url }) {
    const metrics = url.endsWith("/busy") ? busy : idle;
    if (metrics === busy) countAll(metrics);
    return new Response(await metrics.text(), { headers: { "content-type": "text/plain; version=0.0.4" } });
  },
});

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-dashboards-"));
  const token = join(dir, "token");
  writeFileSync(token, TOKEN);
  const ports = [await freePort(), await freePort()];
  stages = await Promise.all(
    ports.map((port) =>
      startWebhookStage(
        `webhooks: { gitea: { secret: the-secret-of-the-hook } }\nmetrics: { listen: "127.0.0.1:${port}", token: ${TOKEN} }\n`,
      ),
    ),
  );
  const [usual = "", ofArgoCd = ""] = [
    ...readFileSync(DOCS, "utf8").matchAll(/```yaml\n(# prometheus\.yml[^]*?)```/g),
  ].map(([, text = ""]) => text);
  const [jobs = "", rest = ""] = usual.split("rule_files:");
  const here = (text: string, port: number | undefined): string =>
    text
      // Without server.tls, as these daemons are, they are left out.
      .replaceAll(/^ +(?:scheme|tls_config): .*\n/gm, "")
      .replaceAll("holdfast.example.com:9090", `127.0.0.1:${port}`)
      .replaceAll("/etc/prometheus/holdfast-token", token)
      .replaceAll("scrape_interval: 30s", "scrape_interval: 1s");
  const another = jobs.slice(jobs.indexOf("  - job_name"));
  prometheus = await startPrometheus(
    [
      "global: { evaluation_interval: 1s }\n",
      here(jobs, ports[0]),
      here(another.replace("job_name: holdfast", "job_name: other"), ports[1]),
      here(ofArgoCd, ports[0]),
      ...["busy", "idle"].map(
        (job) =>
          `  - { job_name: ${job}, metrics_path: /${job}, scrape_interval: 1s, honor_labels: true, static_configs: [{ targets: ["127.0.0.1:${told.port}"] }] }\n`,
      ),
      `rule_files:${rest.replace("rules.yaml", RULES)}`,
    ].join(""),
  );
  for (const { daemon, push } of stages) {
    const { sha } = await push({ "app/a.yaml": mapText("second") });
    await daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
  }
}, 120_000);

afterAll(async () => {
  await prometheus?.stop();
  for (const metrics of [busy, idle]) metrics.stop();
  await Promise.all([told.stop(true), ...stages.map((stage) => stage.stop())]);
  rmSync(dir, { recursive: true, force: true });
});

/** Has one daemon look at its application, and answer what it answers without accounts. */
async function use(): Promise<void> {
  const [stage] = stages;
  for (const of of ["applications/shop?refresh=normal", "clusters", "projects", "repositories", "settings"])
    await stage?.daemon.ask("GET", `/api/v1/${of}`);
  await stage?.daemon.ask("GET", "/api/version");
}

/** Queries without a result by now. @throws where a value is none that could be drawn */
async function without(queries: readonly PanelQuery[]): Promise<PanelQuery[]> {
  const empty: PanelQuery[] = [];
  for (const query of queries) {
    const found = await prometheus.series(query.expr);
    expect([
      query.title,
      query.expr,
      found.filter(({ value: [, text] }) => !Number.isFinite(Number(text))),
    ]).toEqual([query.title, query.expr, []]);
    if (found.length === 0) empty.push(query);
  }
  return empty;
}

test("every scrape that the docs describe is taken", async () => {
  const jobs = ["holdfast", "other", "busy", "idle", ...COMPONENT_JOBS];
  let targets: string[][] = [];
  await eventually(
    () => `all are up: ${JSON.stringify(targets)}`,
    async () => {
      const { data } = await prometheus.ask("/api/v1/targets");
      targets = data.activeTargets.map(({ labels, health, lastError }: any) => [
        labels.job,
        health,
        lastError,
      ]);
      return targets.length === jobs.length && targets.every(([, health]) => health === "up");
    },
    30_000,
  );
  expect(targets.map(([job]) => job).sort()).toEqual(jobs.sort());
}, 60_000);

test("every query has a result where everything happens that can", async () => {
  const queries = panelQueries({ job: "busy", namespace: "argocd", name: "web" });
  let empty: PanelQuery[] = [];
  await eventually(
    () => `each has: ${JSON.stringify(empty, undefined, 1)}`,
    async () => (empty = await without(queries)).length === 0,
    30_000,
  );
}, 60_000);

test("no query has a value that cannot be drawn where nothing happens", async () => {
  await eventually(
    "a rate has several scrapes",
    async () => (await prometheus.series('count_over_time(up{job="idle"}[1m]) >= 4')).length === 1,
    30_000,
  );
  const queries = panelQueries({ job: "idle", namespace: "argocd", name: "web" });
  expect((await without(queries)).length).toBeLessThan(queries.length / 2);
}, 60_000);

test("of a daemon that is well nothing but what is wrong is without a result", async () => {
  const queries = panelQueries({ job: "holdfast", namespace: "argocd", name: "shop" });
  let lacking: PanelQuery[] = [];
  await eventually(
    () => `each has: ${JSON.stringify(lacking, undefined, 1)}`,
    async () => {
      await use();
      lacking = (await without(queries)).filter(({ title }) => !EMPTY_WHERE_ALL_IS_WELL.includes(title));
      return lacking.length === 0;
    },
    30_000,
  );
  const [what] = queries.filter(({ title }) => title === "What it is");
  const [row] = await prometheus.series(what?.expr ?? "");
  expect(row?.metric).toMatchObject({ job: "holdfast", sync_status: "Synced", health_status: "Healthy" });
  const wrong = queries.filter(({ title }) => title === "Applications that are not well");
  expect(await without(wrong)).toEqual(wrong);
}, 60_000);

test("several daemons are counted together, and told apart where each has a cluster of the same address", async () => {
  const both = panelQueries({ job: "holdfast|other", namespace: "argocd", name: "shop" });
  const of = async (title: string) =>
    prometheus.series(both.find((query) => query.title === title)?.expr ?? "");
  expect((await of("Applications")).map(({ value }) => value[1])).toEqual(["2"]);
  for (const title of ["Do they answer", "Objects that are known", "Kinds that are watched", "Watch events"])
    expect([title, (await of(title)).map(({ metric }) => metric["job"]).sort()]).toEqual([
      title,
      ["holdfast", "other"],
    ]);
  // Nothing of any panel is twice under one name.
  for (const { title, expr } of both) {
    const found = (await prometheus.series(expr)).map(({ metric }) => JSON.stringify(metric));
    expect([title, new Set(found).size]).toEqual([title, found.length]);
  }
}, 60_000);

test("Argo CD's official dashboard finds every series, by the jobs that the docs give it", async () => {
  let lacking: string[] = [];
  await eventually(
    () => `each is there: ${lacking.join(", ")}`,
    async () => {
      await use();
      lacking = [];
      for (const { name, fixed } of ASKED_SERIES) {
        if (OF_ACCOUNTS.has(fixed["grpc_service"] ?? "")) continue;
        const matchers = Object.entries({ job: "holdfast", ...fixed, namespace: ".*" }).map(
          ([label, value]) => `${label}=~"${value}"`,
        );
        const selector = `${name}{${matchers.join(",")}}`;
        if ((await prometheus.series(selector)).length === 0) lacking.push(selector);
      }
      return lacking.length === 0;
    },
    30_000,
  );
  // Those jobs add nothing to what is counted of applications.
  expect(await prometheus.series(`{job=~"argocd-.*",__name__=~"(argocd|holdfast|workqueue)_.*"}`)).toEqual(
    [],
  );
}, 60_000);
