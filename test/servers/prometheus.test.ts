/** A real Prometheus (Debian's) scrapes a running daemon and evaluates the rules. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { toldIn } from "../lib/every-series.ts";
import { panelQueries } from "../lib/panel-queries.ts";
import { type Prometheus, startPrometheus } from "../lib/prometheus.ts";
import { namedIn } from "../lib/promql.ts";
import { isSettled, mapText, startWebhookStage, type WebhookStage } from "../webhooks/stage.ts";

const FOLDER = join(import.meta.dir, "..", "..", "deploy", "monitoring");
const PROMTOOL = "/usr/bin/promtool";
const TOKEN = "prometheus-s-own";

let stage: WebhookStage;
let prometheus: Prometheus;
const receiver = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({}) });

beforeAll(async () => {
  const scraped = await freePort();
  stage = await startWebhookStage(
    `webhooks: { gitea: { secret: the-secret-of-the-hook } }
metrics: { listen: "127.0.0.1:${scraped}", token: ${TOKEN}, applicationLabels: [team], applicationConditions: [SyncError] }
tracing: { endpoint: "http://127.0.0.1:${receiver.port}" }
`,
  );
  prometheus = await startPrometheus(
    JSON.stringify({
      global: { scrape_interval: "1s", evaluation_interval: "1s" },
      rule_files: [join(FOLDER, "rules.yaml")],
      scrape_configs: [
        {
          job_name: "holdfast",
          honor_labels: true,
          authorization: { credentials: TOKEN },
          static_configs: [{ targets: [`127.0.0.1:${scraped}`] }],
        },
      ],
    }),
  );
  const { sha } = await stage.push({ "app/a.yaml": mapText("second") });
  await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
}, 120_000);

afterAll(async () => {
  await prometheus?.stop();
  await stage?.stop();
  await receiver.stop(true);
});

describe("Prometheus", () => {
  test("takes every scrape, by the token and as OpenMetrics", async () => {
    await eventually(
      "two scrapes were taken",
      async () => {
        const { data } = await prometheus.ask("/api/v1/query", { query: "count_over_time(up[1m]) >= 2" });
        return data.result.length === 1;
      },
      30_000,
    );
    const { data } = await prometheus.ask("/api/v1/targets");
    expect(data.activeTargets.map(({ health, lastError }: any) => [health, lastError])).toEqual([["up", ""]]);
    // The label is the application's, not the daemon's.
    const [info] = await prometheus.series("argocd_app_info");
    expect(info?.metric).toMatchObject({ namespace: "argocd", name: "shop", job: "holdfast" });
  }, 60_000);

  test("has an exemplar of the commit's way", async () => {
    const asked = {
      query: "holdfast_delivery_seconds_bucket",
      start: "0",
      end: String(Date.now() / 1000 + 60),
    };
    await eventually(
      "there is one",
      async () => {
        const { data } = await prometheus.ask("/api/v1/query_exemplars", asked);
        return data.some(({ exemplars }: any) => /^[0-9a-f]{32}$/.test(exemplars[0]?.labels?.trace_id));
      },
      30_000,
    );
  }, 60_000);

  test("evaluates every rule, and nothing is wrong with a daemon that is well", async () => {
    const all = async (): Promise<any[]> =>
      (await prometheus.ask("/api/v1/rules")).data.groups.flatMap(({ rules }: any) => rules);
    await eventually(
      "each was evaluated",
      async () => (await all()).every(({ lastEvaluation }) => Date.parse(lastEvaluation) > 0),
      30_000,
    );
    const found = await all();
    expect(found.length).toBeGreaterThan(20);
    expect(
      found.filter(({ health }) => health !== "ok").map(({ name, lastError }) => [name, lastError]),
    ).toEqual([]);
    expect(found.filter(({ state = "inactive" }) => state !== "inactive").map(({ name }) => name)).toEqual(
      [],
    );
    expect((await prometheus.series("holdfast:applications:count")).map(({ value }) => value[1])).toEqual([
      "1",
    ]);
  }, 60_000);

  test("knows every metric that dashboards and rules name", async () => {
    const told = new Set(toldIn((await stage.daemon.ask("GET", "/metrics")).text).map(({ name }) => name));
    const { data: kept } = await prometheus.ask("/api/v1/metadata");
    const { data } = await prometheus.ask("/api/v1/rules");
    const recorded = data.groups.flatMap(({ rules }: any) => rules.map(({ name }: any) => name));
    const asked = data.groups
      .flatMap(({ rules }: any) => rules.map(({ query }: any) => query))
      .concat(panelQueries({}).map(({ expr }) => expr));
    const names = new Set<string>(
      asked.flatMap((expr: string) => namedIn(expr).metrics.map(({ name }) => name)),
    );
    const unknown = [...names].filter(
      (name) =>
        !recorded.includes(name) && !told.has(name) && !told.has(name.replace(/_(bucket|sum|count)$/, "")),
    );
    expect(unknown).toEqual([]);
    // OpenMetrics names the family of a counter without its end.
    expect(Object.keys(kept)).toContain("argocd_app_sync");
  }, 60_000);
});

describe("promtool", () => {
  const run = (argv: string[], stdin?: string): { code: number; said: string } => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([PROMTOOL, ...argv], {
      cwd: FOLDER,
      ...(stdin === undefined ? {} : { stdin: Buffer.from(stdin) }),
    });
    return { code: exitCode, said: `${stdout}${stderr}` };
  };

  test("finds nothing in the rules, and each alert comes when it should", () => {
    for (const argv of [
      ["check", "rules", "rules.yaml"],
      ["test", "rules", "rules.test.yaml", "rules.week.test.yaml"],
    ]) {
      const { code, said } = run(argv);
      expect([said, code]).toEqual([said, 0]);
    }
    // Each has its play.
    const alerts = [...readFileSync(join(FOLDER, "rules.yaml"), "utf8").matchAll(/- alert: (\w+)/g)];
    const played = ["rules.test.yaml", "rules.week.test.yaml"]
      .map((file) => readFileSync(join(FOLDER, file), "utf8"))
      .join("");
    expect(alerts.map(([, name]) => name).filter((name) => !played.includes(`alertname: ${name}\n`))).toEqual(
      [],
    );
  }, 60_000);

  test("reads the text, and has nothing to say of what is ours", async () => {
    const { said } = run(["check", "metrics"], (await stage.daemon.ask("GET", "/metrics")).text);
    expect(said.split("\n").filter((line) => line.startsWith("holdfast_") || line.includes("error"))).toEqual(
      [],
    );
  }, 60_000);
});
