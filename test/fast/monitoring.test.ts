/** deploy/monitoring and docs/monitoring.md against what the daemon exports. `UPDATE_GOLDEN=1` prints what is printed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DASHBOARDS } from "../../deploy/monitoring/dashboards/all.ts";
import { dashboardJson } from "../../deploy/monitoring/dashboards/panels.ts";
import { installObjects } from "../../src/core/install/install-objects.ts";
import type { Metrics } from "../../src/metrics/metrics.ts";
import { ASKED_SERIES, COMPONENT_JOBS } from "../lib/argocd-dashboard.ts";
import { everySeries, type ToldMetric, toldIn } from "../lib/every-series.ts";
import { namedIn } from "../lib/promql.ts";

const ROOT = join(import.meta.dir, "..", "..");
const FOLDER = join(ROOT, "deploy", "monitoring");
const DOCS = join(ROOT, "docs", "monitoring.md");
/** Of the scrape, not of the daemon. */
const OF_SCRAPES = ["job", "instance"];

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: Record<string, string>;
}

const rulesText = readFileSync(join(FOLDER, "rules.yaml"), "utf8");
const { groups } = Bun.YAML.parse(rulesText) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap(({ rules }) => rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);

let metrics: Metrics;
let told: ReadonlyMap<string, ToldMetric>;
beforeAll(async () => {
  metrics = everySeries();
  told = new Map(toldIn(await metrics.text()).map((metric) => [metric.name, metric]));
});
afterAll(() => metrics.stop());

/** Whether a file is what is printed for it. */
function isPrinted(file: string, text: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(readFileSync(file, "utf8")).toBe(text);
}

/** What an expression asks for and nobody exports, one sentence each. */
function notExported(expression: string): string[] {
  const named = namedIn(expression);
  const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
  const labels = new Set<string>(OF_SCRAPES);
  const wrong: string[] = [];
  for (const { name, labels: asked } of named.metrics) {
    if (recorded.has(name)) continue;
    const metric = told.get(name) ?? told.get(name.replace(/_(bucket|sum|count)$/, ""));
    if (metric === undefined) {
      wrong.push(`there is no ${name}`);
      continue;
    }
    for (const label of [...metric.labels, ...(name.endsWith("_bucket") ? ["le"] : [])]) labels.add(label);
    for (const label of asked)
      if (!metric.labels.includes(label) && !OF_SCRAPES.includes(label))
        wrong.push(`${name} has no ${label}`);
  }
  if (!named.metrics.some(({ name }) => recorded.has(name)))
    for (const label of named.grouped) if (!labels.has(label)) wrong.push(`nothing there has ${label}`);
  return wrong;
}

describe("the dashboards", () => {
  test.each(Object.entries(DASHBOARDS))("%s is what is printed", (file, dashboard) => {
    isPrinted(join(FOLDER, "dashboards", file), `${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`);
  });

  test.each(Object.keys(DASHBOARDS))("%s asks for what is exported", (file) => {
    const { templating, panels } = JSON.parse(readFileSync(join(FOLDER, "dashboards", file), "utf8"));
    const asked: string[] = [
      ...templating.list.flatMap(({ definition = "" }) => (definition === "" ? [] : [metricOf(definition)])),
      ...panels.flatMap(({ targets = [] }: any) => targets.map(({ expr }: any) => expr)),
    ];
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.flatMap((expression) => notExported(expression))).toEqual([]);
  });

  test.each(Object.keys(DASHBOARDS))("%s names only labels that are there in legends and columns", (file) => {
    const { panels } = JSON.parse(readFileSync(join(FOLDER, "dashboards", file), "utf8"));
    const wrong = panels.flatMap(({ title, targets = [], transformations = [] }: any) =>
      targets.flatMap(({ expr, legendFormat = "" }: any) => {
        const { metrics: named, grouped } = namedIn(expr);
        const has = new Set([
          ...OF_SCRAPES,
          ...grouped,
          ...(grouped.length > 0
            ? []
            : named.flatMap(
                ({ name }) =>
                  told.get(name.replace(/_(bucket|sum|count)$/, ""))?.labels ?? told.get(name)?.labels ?? [],
              )),
        ]);
        const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
        const columns = transformations.flatMap(({ options }: any) => options.include?.names ?? []);
        return [...inLegend, ...columns]
          .filter((label) => !has.has(label))
          .map((label) => `${title}: ${label}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("import into any Grafana: ids of their own, the data source by choice, nothing that overlaps", () => {
    const uids = new Set<string>();
    for (const file of Object.keys(DASHBOARDS)) {
      const { id, uid, templating, panels, ...rest } = JSON.parse(
        readFileSync(join(FOLDER, "dashboards", file), "utf8"),
      );
      expect([id, "__inputs" in rest]).toEqual([null, false]);
      expect(uid).toMatch(/^[a-z-]{1,40}$/);
      uids.add(uid);
      expect(templating.list[0]).toMatchObject({
        name: "datasource",
        type: "datasource",
        query: "prometheus",
      });
      const ids = panels.map(({ id }: any) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const { title, type, datasource, description, targets = [] } of panels)
        if (type !== "row") {
          expect([title, datasource?.uid, description?.endsWith(".")]).toEqual([
            title,
            "${datasource}",
            true,
          ]);
          for (const target of targets) expect(target.datasource.uid).toBe("${datasource}");
        }
      const cells = new Set<string>();
      for (const { title, gridPos } of panels) {
        expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect([title, cells.has(`${x} ${y}`)]).toEqual([title, false]);
            cells.add(`${x} ${y}`);
          }
      }
      // Every variable that a query names is one of the dashboard, or Grafana's own.
      const names = new Set<string>([
        "datasource",
        "__rate_interval",
        ...templating.list.map(({ name }: any) => name),
      ]);
      const used = [...JSON.stringify([templating, panels]).matchAll(/\$\{?(\w+)/g)].map(
        ([, name]) => name ?? "",
      );
      expect(used.filter((name) => !names.has(name) && name !== "__all")).toEqual([]);
    }
    expect(uids.size).toBe(Object.keys(DASHBOARDS).length);
  });
});

describe("the rules", () => {
  test("ask for what is exported", () => {
    expect(
      rules.flatMap(({ alert, record, expr }) =>
        notExported(expr).map((why) => `${alert ?? record}: ${why}`),
      ),
    ).toEqual([]);
  });

  test("say of each alert what it is, what that means, and where it is said what to do", () => {
    const docs = readFileSync(DOCS, "utf8");
    const headings = new Set([...docs.matchAll(/^### (\S+)$/gm)].map(([, heading]) => heading ?? ""));
    for (const { alert = "", labels, annotations = {} } of alerts) {
      expect([alert, ["critical", "warning", "info"].includes(labels?.severity ?? "")]).toEqual([
        alert,
        true,
      ]);
      expect([alert, Object.keys(annotations)]).toEqual([alert, ["summary", "description", "runbook"]]);
      expect([alert, annotations["runbook"]]).toEqual([alert, `docs/monitoring.md#${alert.toLowerCase()}`]);
      expect([alert, headings.has(alert)]).toEqual([alert, true]);
    }
    expect([...headings].filter((heading) => !alerts.some(({ alert }) => alert === heading))).toEqual([]);
  });

  test("name in their sentences only labels that the alert has", () => {
    for (const { alert = "", expr, annotations = {} } of alerts) {
      const { metrics: named, grouped } = namedIn(expr);
      const recorded = named.flatMap(({ name }) => rules.find(({ record }) => record === name)?.expr ?? []);
      const has = new Set([
        ...OF_SCRAPES,
        ...grouped,
        ...recorded.flatMap((expression) => namedIn(expression).grouped),
        ...named.flatMap(({ name }) => told.get(name)?.labels ?? []),
      ]);
      const used = [
        ...Object.values(annotations)
          .join(" ")
          .matchAll(/\$labels\.(\w+)/g),
      ].map(([, label]) => label ?? "");
      expect([alert, used.filter((label) => !has.has(label))]).toEqual([alert, []]);
    }
  });

  test("are the same for the Prometheus operator", () => {
    const head = [
      "# Printed from rules.yaml, for the Prometheus operator.",
      "apiVersion: monitoring.coreos.com/v1",
      "kind: PrometheusRule",
      "metadata:",
      "  name: holdfast",
      "  namespace: argocd",
      "spec:",
    ];
    const body = rulesText.slice(rulesText.indexOf("groups:")).trimEnd().split("\n");
    const text = [...head, ...body.map((line) => (line === "" ? "" : `  ${line}`)), ""].join("\n");
    isPrinted(join(FOLDER, "prometheus-rule.yaml"), text);
    expect((Bun.YAML.parse(text) as { spec: unknown }).spec).toEqual({ groups });
  });
});

describe("what docs/monitoring.md has people write", () => {
  const page = readFileSync(DOCS, "utf8");
  const yaml = [...page.matchAll(/^```yaml.*\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const written = (part: string): any[] =>
    yaml
      .filter((text) => text.includes(part))
      .flatMap((text) => text.split(/^---$/m).map((document) => Bun.YAML.parse(document)));
  const [config] = written("listen: 0.0.0.0:9090");
  const port = Number(config.metrics.listen.split(":")[1]);
  const objects = installObjects({
    ...{ namespace: "argocd", image: "holdfast:1", rights: { is: "all" }, storage: { size: "1Gi" } },
  });
  const of = (kind: string): any => objects.find((object) => object.kind === kind);

  test("scrapes by TLS, as what install makes speaks it, and at the port that the config names", () => {
    const [{ scrape_configs: jobs }] = written("scrape_configs:");
    expect(jobs[0]).toMatchObject({ scheme: "https", tls_config: {}, honor_labels: true });
    const { scheme, tls_config, static_configs } = jobs[0];
    const [ofArgoCd] = written("&component");
    expect(ofArgoCd).toHaveLength(COMPONENT_JOBS.length);
    // The same daemon, by the same road.
    for (const job of ofArgoCd) expect(job).toMatchObject({ scheme, tls_config, static_configs });
    expect(jobs[0].static_configs[0].targets[0]).toEndWith(`:${port}`);
    const { server } = Bun.YAML.parse(of("ConfigMap").data["holdfast.yaml"]) as any;
    expect(server.tls).toEqual({ selfSigned: true });
  });

  test("opens the port of metrics in Service and NetworkPolicy, for the Pods that install makes", () => {
    const [service, policy] = written("name: holdfast-metrics");
    const { labels } = of("Deployment").spec.template.metadata;
    for (const selector of [service.spec.selector, policy.spec.podSelector.matchLabels]) {
      expect(selector).not.toEqual({});
      expect(labels).toMatchObject(selector);
    }
    for (const { metadata } of [service, policy])
      expect(metadata.namespace).toBe(of("Deployment").metadata.namespace);
    expect(service.spec.ports.map((one: any) => one.targetPort ?? one.port)).toEqual([port]);
    expect(policy.spec.ingress[0].ports).toEqual([{ port, protocol: "TCP" }]);
    // What is installed does not have it open already: else these were not needed.
    expect(JSON.stringify([of("Service").spec.ports, of("NetworkPolicy").spec.ingress])).not.toContain(
      `${port}`,
    );
    const target = page.match(/targets: \["argocd-server\.argocd\.svc:(\d+)"\]/);
    expect(of("Service").spec.ports[0].port).toBe(Number(target?.[1]));
  });
});

describe("the ServiceMonitor", () => {
  test("selects the Service that is installed, and a port that it has", () => {
    const [{ spec, metadata }] = documents(join(FOLDER, "service-monitor.yaml"));
    const services = documents(join(ROOT, "deploy", "base", "holdfast.yaml")).filter(
      ({ kind, metadata: of }) =>
        kind === "Service" &&
        of.namespace === metadata.namespace &&
        Object.entries(spec.selector.matchLabels).every(([label, value]) => of.labels?.[label] === value),
    );
    expect(services).toHaveLength(1);
    const ports = services[0].spec.ports.map(({ name }: any) => name);
    for (const { port, honorLabels } of spec.endpoints)
      expect([ports.includes(port), honorLabels]).toEqual([true, true]);
  });
});

describe("Argo CD's official dashboard", () => {
  test("finds every name that it asks for, with the labels by which it asks", () => {
    const lacking = ASKED_SERIES.flatMap(({ name, labels }) => {
      const metric = told.get(name) ?? told.get(name.replace(/_(bucket|count)$/, ""));
      if (metric === undefined) return [`there is no ${name}`];
      return labels
        .filter((label) => label !== "le" && !metric.labels.includes(label))
        .map((label) => `${name} has no ${label}`);
    });
    expect(lacking).toEqual([]);
  });
});

/** What Argo CD's components tell, by their documentation; of gRPC's, Go's and the queues' names those that dashboards ask for. */
const OF_ARGO_CD = `
  argocd_app_info argocd_app_labels argocd_app_condition argocd_app_sync_total argocd_app_sync_duration_seconds_total
  argocd_app_reconcile argocd_app_k8s_request_total argocd_app_orphaned_resources_count
  argocd_kubectl_exec_total argocd_kubectl_exec_pending argocd_kubectl_client_cert_rotation_age_seconds
  argocd_kubectl_request_duration_seconds argocd_kubectl_dns_resolution_duration_seconds argocd_kubectl_requests_total
  argocd_cluster_info argocd_cluster_api_resource_objects argocd_cluster_api_resources argocd_cluster_cache_age_seconds
  argocd_cluster_connection_status argocd_cluster_events_total argocd_cluster_labels
  argocd_resource_events_processing argocd_resource_events_processed_in_batch
  argocd_redis_request_total argocd_redis_request_duration argocd_redis_request_duration_seconds
  argocd_login_request_total argocd_info argocd_proxy_extension_request_total
  argocd_proxy_extension_request_duration_seconds grpc_server_handled_total grpc_server_msg_sent_total
  argocd_webhook_requests_total argocd_webhook_store_cache_attempts_total argocd_webhook_handlers_in_flight
  argocd_git_request_total argocd_git_request_duration_seconds argocd_git_fetch_fail_total
  argocd_git_lsremote_fail_total argocd_repo_pending_request_total argocd_repo_parallelism_wait_duration_seconds
  argocd_oci_request_total argocd_oci_request_duration_seconds
  argocd_appset_info argocd_appset_reconcile argocd_appset_owned_applications argocd_appset_labels
  argocd_github_api_requests_total argocd_commitserver_commit_pending_request_total
  argocd_notifications_deliveries_total argocd_notifications_trigger_eval_total
  workqueue_depth workqueue_adds_total go_goroutines go_memstats_heap_alloc_bytes go_gc_duration_seconds
  process_cpu_seconds_total process_open_fds process_resident_memory_bytes process_start_time_seconds
`
  .trim()
  .split(/\s+/);

describe("docs/monitoring.md", () => {
  test("says of every metric of Argo CD that is not exported that it is not, and of none that is", () => {
    const [, section = ""] = readFileSync(DOCS, "utf8").split("## What means nothing here\n");
    const named = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| (.*?) \| (.*) \|$/gm)].flatMap(
      ([, names = "", here = ""]) =>
        [...names.matchAll(/`([\w*]+)`/g)].map(([, name = ""]) => ({
          name,
          isThere: !here.startsWith("not there"),
        })),
    );
    const absent = OF_ARGO_CD.filter((name) => !told.has(name));
    // `other go_*`, in the second column of what is there.
    const words = [...named.map(({ name }) => name), "go_*"];
    const isNamed = (name: string): boolean =>
      words.some((word) => (word.endsWith("*") ? name.startsWith(word.slice(0, -1)) : name === word));
    expect(absent.length).toBeGreaterThan(10);
    expect(absent.filter((name) => !isNamed(name))).toEqual([]);
    expect(named.flatMap(({ name, isThere }) => (!isThere && told.has(name) ? [name] : []))).toEqual([]);
  });

  test("has the table of what is exported", () => {
    const text = existsSync(DOCS) ? readFileSync(DOCS, "utf8") : "";
    const [begin, end] = ["<!-- metrics: printed -->\n", "<!-- end -->\n"];
    const row = ({ name, type, labels, help }: ToldMetric) =>
      `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help.replaceAll("|", "\\|")} |`;
    const table = [
      "| name | is | labels | says |",
      "|---|---|---|---|",
      ...[...told.values()].map(row),
      "",
    ].join("\n");
    const [before = "", rest = ""] = text.split(begin);
    isPrinted(DOCS, `${before}${begin}${table}${end}${rest.split(end)[1] ?? ""}`);
  });
});

/** `label_values(metric{…}, label)` as an expression that asks for both. */
function metricOf(definition: string): string {
  const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  return `sum by (${label}) (${selector})`;
}

function documents(file: string): any[] {
  const read = Bun.YAML.parse(readFileSync(file, "utf8"));
  return Array.isArray(read) ? read : [read];
}
