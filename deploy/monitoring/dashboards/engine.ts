import type { Dashboard, Panel, Query, Unit } from "./panels.ts";

const JOB = 'job=~"$job"';
const R = "$__rate_interval";
/** Each daemon calls the cluster around it the same. */
const BY_CLUSTER = "{{server}} of {{job}}";

export const ENGINE: Dashboard = {
  uid: "holdfast-engine",
  title: "Holdfast / Engine",
  about: "The daemon itself: whether it keeps up, what it asks of others, and what it answers.",
  variables: [
    { name: "job", label: "Daemon", query: "label_values(holdfast_build_info, job)", choice: "several" },
  ],
  rows: [
    {
      title: "Itself",
      panels: [
        {
          is: "table",
          title: "Build",
          about: "Which version runs.",
          width: 12,
          height: 4,
          query: { expr: `holdfast_build_info{${JOB}}` },
          columns: { instance: "Daemon", version: "Version", commit: "Commit", bun: "Bun" },
        },
        {
          is: "states",
          title: "Troubles",
          about:
            "The store cannot be written, the config does not hold, a cluster is away, the certificate ends.",
          width: 12,
          height: 4,
          queries: [
            { expr: `max by (what) (holdfast_trouble{${JOB}})`, legend: "{{what}}" },
            { expr: `max by (of) (holdfast_paused{${JOB}})`, legend: "{{of}} paused" },
          ],
          states: { 0: { text: "", color: "transparent" }, 1: { text: "Yes", color: "orange" } },
        },
        lines("CPU", "Cores in use.", [
          { expr: `rate(process_cpu_seconds_total{${JOB}}[${R}])`, legend: "{{instance}}" },
        ]),
        lines(
          "Memory",
          "Resident.",
          [{ expr: `process_resident_memory_bytes{${JOB}}`, legend: "{{instance}}" }],
          "bytes",
        ),
        lines(
          "How late timers run",
          "Above some tenths of a second something holds up everything else.",
          [
            quantile(0.5, "holdfast_event_loop_lag_seconds"),
            quantile(0.99, "holdfast_event_loop_lag_seconds"),
          ],
          "s",
        ),
        lines("Open files", "File descriptors.", [
          { expr: `process_open_fds{${JOB}}`, legend: "{{instance}}" },
        ]),
      ],
    },
    {
      title: "Looking at applications",
      panels: [
        lines("Queues", "Applications that wait or are worked on.", [
          { expr: `sum by (name) (workqueue_depth{${JOB}})`, legend: "{{name}}" },
        ]),
        lines("Looks", "How many a second.", [
          { expr: `sum(rate(holdfast_app_reconcile_seconds_count{${JOB}}[${R}]))`, legend: "looks" },
        ]),
        lines(
          "How long a look takes",
          "From its turn to its end; a cold render or a slow server makes it long.",
          [quantile(0.5, "holdfast_app_reconcile_seconds"), quantile(0.95, "holdfast_app_reconcile_seconds")],
          "s",
        ),
        lines("Renders", "Those that ran a tool; the others were in the cache.", [
          {
            expr: `sum by (renderer) (rate(holdfast_renders_total{${JOB},from="renderer"}[${R}]))`,
            legend: "{{renderer}}",
          },
        ]),
      ],
    },
    {
      title: "Git and registries",
      panels: [
        lines("Requests to Git servers", "A second.", [
          {
            expr: `sum by (request_type) (rate(argocd_git_request_total{${JOB}}[${R}]))`,
            legend: "{{request_type}}",
          },
        ]),
        lines(
          "How long they take",
          "95 of 100 are faster.",
          [
            {
              expr: `histogram_quantile(0.95, sum by (le, request_type) (rate(argocd_git_request_duration_seconds_bucket{${JOB}}[${R}]))) >= 0`,
              legend: "{{request_type}}",
            },
          ],
          "s",
        ),
        lines("Failures by repository", "A server that is away, or refuses the credentials.", [
          {
            expr: `sum by (repo) (rate(argocd_git_lsremote_fail_total{${JOB}}[${R}])) > 0`,
            legend: "{{repo}}, refs",
          },
          {
            expr: `sum by (repo) (rate(argocd_git_fetch_fail_total{${JOB}}[${R}])) > 0`,
            legend: "{{repo}}, fetch",
          },
        ]),
        lines("Requests to registries and chart repositories", "A second, by what came of them.", [
          {
            expr: `sum by (request_type, result) (rate(holdfast_artifact_requests_total{${JOB}}[${R}]))`,
            legend: "{{request_type}}, {{result}}",
          },
        ]),
        lines(
          "Image updates",
          "Looks at registries and writes, by what came of them, since the step before.",
          [
            {
              expr: `sum by (outcome) (increase(holdfast_image_looks_total{${JOB}}[${R}]))`,
              legend: "looks, {{outcome}}",
            },
            {
              expr: `sum by (method, outcome) (increase(holdfast_image_writes_total{${JOB}}[${R}]))`,
              legend: "writes by {{method}}, {{outcome}}",
            },
          ],
        ),
        lines("Webhooks", "Deliveries that were heard, a second.", [
          { expr: `sum(rate(argocd_webhook_requests_total{${JOB}}[${R}]))`, legend: "heard" },
        ]),
      ],
    },
    {
      title: "Clusters",
      panels: [
        lines("Requests to API servers", "A second, by verb.", [
          { expr: `sum by (verb) (rate(holdfast_api_requests_total{${JOB}}[${R}]))`, legend: "{{verb}}" },
        ]),
        lines("Watch events", "A second, by cluster.", [
          {
            expr: `sum by (job, server) (rate(argocd_cluster_events_total{${JOB}}[${R}]))`,
            legend: BY_CLUSTER,
          },
        ]),
        lines("Objects that are known", "By cluster.", [
          {
            expr: `sum by (job, server) (argocd_cluster_api_resource_objects{${JOB}})`,
            legend: BY_CLUSTER,
          },
        ]),
        lines("Kinds that are watched", "By cluster.", [
          { expr: `sum by (job, server) (argocd_cluster_api_resources{${JOB}})`, legend: BY_CLUSTER },
        ]),
      ],
    },
    {
      title: "API and page",
      panels: [
        lines("Requests", "A second, by HTTP's status.", [
          { expr: `sum by (code) (rate(holdfast_http_requests_total{${JOB}}[${R}]))`, legend: "{{code}}" },
        ]),
        lines(
          "How long an answer takes",
          "Until it begins.",
          [
            quantile(0.5, "holdfast_http_request_duration_seconds"),
            quantile(0.95, "holdfast_http_request_duration_seconds"),
          ],
          "s",
        ),
        lines("Logins", "With a name and a password, by what came of them.", [
          {
            expr: `sum by (status) (increase(argocd_login_request_total{${JOB}}[${R}]))`,
            legend: "{{status}}",
          },
        ]),
        lines("Notifications", "Tries to deliver one, a second, by service.", [
          {
            expr: `sum by (service, succeeded) (rate(argocd_notifications_deliveries_total{${JOB}}[${R}]))`,
            legend: "{{service}}, succeeded {{succeeded}}",
          },
        ]),
        lines("What the metrics leave out", "A metric that has more series than it may.", [
          { expr: `sum by (metric) (holdfast_metrics_left_out{${JOB}})`, legend: "{{metric}}" },
        ]),
      ],
    },
  ],
};

function lines(title: string, about: string, queries: readonly Query[], unit: Unit = "short"): Panel {
  return { is: "lines", title, about, width: 8, height: 7, queries, unit };
}

/** Where nothing was counted there is no quantile, which is NaN to Prometheus: `>= 0` leaves a gap in its place. */
function quantile(of: number, metric: string): Query {
  return {
    expr: `histogram_quantile(${of}, sum by (le) (rate(${metric}_bucket{${JOB}}[${R}]))) >= 0`,
    legend: of === 0.5 ? "half of them" : `${of * 100} of 100`,
  };
}
