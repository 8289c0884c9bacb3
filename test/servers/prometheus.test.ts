/** A real Prometheus (Debian's) scrapes a running daemon, evaluates the rules and answers what the dashboards ask. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DASHBOARDS } from "../../deploy/monitoring/dashboards/all.ts";
import { dashboardJson } from "../../deploy/monitoring/dashboards/panels.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { toldIn } from "../lib/every-series.ts";
import { namedIn } from "../lib/promql.ts";
import { isSettled, mapText, startWebhookStage, type WebhookStage } from "../webhooks/stage.ts";

const FOLDER = join(import.meta.dir, "..", "..", "deploy", "monitoring");
const PROMETHEUS = "/usr/bin/prometheus";
const PROMTOOL = "/usr/bin/promtool";
const TOKEN = "prometheus-s-own";

interface Answer {
  status: string;
  error?: string;
  data: any;
}

let stage: WebhookStage;
let dir: string;
let prometheus: Bun.Subprocess;
let url: string;
const receiver = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => Response.json({}) });

const ask = async (path: string, query: Record<string, string> = {}): Promise<Answer> =>
  (await (await fetch(`${url}${path}?${new URLSearchParams(query)}`)).json()) as Answer;
const series = async (expr: string): Promise<any[]> => {
  const answer = await ask("/api/v1/query", { query: expr });
  expect([expr, answer.status, answer.error]).toEqual([expr, "success", undefined]);
  return answer.data.result;
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-prometheus-"));
  const [scraped, port] = [await freePort(), await freePort()];
  stage = await startWebhookStage(
    `webhooks: { gitea: { secret: the-secret-of-the-hook } }
metrics: { listen: "127.0.0.1:${scraped}", token: ${TOKEN}, applicationLabels: [team], applicationConditions: [SyncError] }
tracing: { endpoint: "http://127.0.0.1:${receiver.port}" }
`,
  );
  const config = {
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
  };
  const file = join(dir, "prometheus.yaml");
  writeFileSync(file, JSON.stringify(config));
  url = `http://127.0.0.1:${port}`;
  prometheus = Bun.spawn(
    [
      PROMETHEUS,
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(dir, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ],
    { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(dir, "log")) },
  );
  await eventually(
    () => `Prometheus is up\n${readFileSync(join(dir, "log"), "utf8").slice(-2_000)}`,
    async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true,
    30_000,
  );
  const { sha } = await stage.push({ "app/a.yaml": mapText("second") });
  await stage.daemon.until("shop", (app) => app.status.sync.revision === sha && isSettled(app));
}, 120_000);

afterAll(async () => {
  prometheus?.kill();
  await prometheus?.exited;
  await stage?.stop();
  await receiver.stop(true);
  rmSync(dir, { recursive: true, force: true });
});

describe("Prometheus", () => {
  test("takes every scrape, by the token and as OpenMetrics", async () => {
    await eventually(
      "two scrapes were taken",
      async () => {
        const { data } = await ask("/api/v1/query", { query: "count_over_time(up[1m]) >= 2" });
        return data.result.length === 1;
      },
      30_000,
    );
    const { data } = await ask("/api/v1/targets");
    expect(data.activeTargets.map(({ health, lastError }: any) => [health, lastError])).toEqual([["up", ""]]);
    // The label is the application's, not the daemon's.
    const [info] = await series("argocd_app_info");
    expect(info.metric).toMatchObject({ namespace: "argocd", name: "shop", job: "holdfast" });
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
        const { data } = await ask("/api/v1/query_exemplars", asked);
        return data.some(({ exemplars }: any) => /^[0-9a-f]{32}$/.test(exemplars[0]?.labels?.trace_id));
      },
      30_000,
    );
  }, 60_000);

  test("evaluates every rule, and nothing is wrong with a daemon that is well", async () => {
    const all = async (): Promise<any[]> =>
      (await ask("/api/v1/rules")).data.groups.flatMap(({ rules }: any) => rules);
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
    expect((await series("holdfast:applications:count")).map(({ value }) => value[1])).toEqual(["1"]);
  }, 60_000);

  test("knows every metric that dashboards and rules name", async () => {
    const told = new Set(toldIn((await stage.daemon.ask("GET", "/metrics")).text).map(({ name }) => name));
    const { data: kept } = await ask("/api/v1/metadata");
    const { data } = await ask("/api/v1/rules");
    const recorded = data.groups.flatMap(({ rules }: any) => rules.map(({ name }: any) => name));
    const asked = data.groups
      .flatMap(({ rules }: any) => rules.map(({ query }: any) => query))
      .concat(panelQueries().map(({ expr }) => expr));
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

  test.each(Object.keys(DASHBOARDS))(
    "answers every query of %s",
    async (file) => {
      const queries = panelQueries().filter((query) => query.file === file);
      expect(queries.length).toBeGreaterThan(5);
      for (const { expr } of queries) await series(expr);
    },
    60_000,
  );

  test("shows the application on the fleet's and on its own dashboard", async () => {
    const of = async (file: string, title: string): Promise<any[]> =>
      series(panelQueries().find((query) => query.file === file && query.title === title)?.expr ?? "");
    expect((await of("fleet.json", "Applications"))[0].value[1]).toBe("1");
    expect((await of("application.json", "What it is"))[0].metric).toMatchObject({
      sync_status: "Synced",
      health_status: "Healthy",
    });
    expect(await of("fleet.json", "Applications that are not well")).toEqual([]);
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

/** Every query of every panel, as Grafana would ask it for the one application. */
function panelQueries(): { file: string; title: string; expr: string }[] {
  return Object.entries(DASHBOARDS).flatMap(([file, dashboard]) => {
    const { panels } = dashboardJson(dashboard) as {
      panels: { title: string; targets?: { expr: string }[] }[];
    };
    return panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({
        file,
        title,
        expr: expr
          .replaceAll("$__rate_interval", "1m")
          .replaceAll("$namespace", "argocd")
          .replaceAll("$name", "shop")
          .replaceAll(/\$(job|project)/g, ".*"),
      })),
    );
  });
}
