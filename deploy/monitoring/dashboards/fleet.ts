import type { Dashboard } from "./panels.ts";

const OF = 'job=~"$job",project=~"$project"';
const INFO = `argocd_app_info{${OF}}`;

export const FLEET: Dashboard = {
  uid: "holdfast-fleet",
  title: "Holdfast / Fleet",
  about: "All applications: what is wrong first, then what was delivered and where.",
  variables: [
    { name: "job", label: "Daemon", query: "label_values(holdfast_build_info, job)", choice: "several" },
    {
      name: "project",
      label: "Project",
      query: 'label_values(argocd_app_info{job=~"$job"}, project)',
      choice: "several",
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat("Applications", "How many there are.", `count(${INFO})`),
        stat("Out of sync", "Git wants something else than is there.", count('sync_status="OutOfSync"'), 1),
        stat(
          "Degraded",
          "Their objects say that something failed.",
          count('health_status="Degraded"'),
          undefined,
          1,
        ),
        stat("Missing", "Objects of them are not there.", count('health_status="Missing"'), 1),
        stat(
          "Cannot be compared",
          "Their spec, source, render or cluster is in the way: what they look like is not known.",
          `count(holdfast_app_unseen{${OF}})`,
          undefined,
          1,
        ),
        stat(
          "Prunes that wait",
          "A guard keeps objects that Git does not want, until a person says so.",
          `count(holdfast_app_prune_blocked{${OF}})`,
          1,
        ),
        stat("Held", "A person keeps them at a revision.", `count(holdfast_app_held{${OF}})`),
        stat(
          "Contested",
          "Somebody else sets again what is healed.",
          `count(holdfast_app_contested{${OF}})`,
          1,
        ),
      ],
    },
    {
      title: "What is wrong",
      panels: [
        {
          is: "table",
          title: "Applications that are not well",
          about: "Not synced, or not healthy.",
          width: 24,
          height: 9,
          query: {
            expr: `${INFO} unless argocd_app_info{sync_status="Synced",health_status=~"Healthy|Progressing|Suspended"}`,
          },
          columns: {
            project: "Project",
            name: "Application",
            sync_status: "Sync",
            health_status: "Health",
            operation: "Operation",
            dest_server: "Cluster",
            dest_namespace: "Namespace",
            repo: "Repository",
          },
        },
      ],
    },
    {
      title: "Over time",
      panels: [
        {
          is: "lines",
          title: "Sync",
          about: "Applications by how they are against Git.",
          width: 12,
          height: 8,
          stacked: "stacked",
          queries: [{ expr: `sum by (sync_status) (${INFO})`, legend: "{{sync_status}}" }],
        },
        {
          is: "lines",
          title: "Health",
          about: "Applications by the health of their objects.",
          width: 12,
          height: 8,
          stacked: "stacked",
          queries: [{ expr: `sum by (health_status) (${INFO})`, legend: "{{health_status}}" }],
        },
        {
          is: "lines",
          title: "Syncs",
          about: "Syncs that ended, by how; dry runs are none.",
          width: 8,
          height: 8,
          queries: [
            {
              expr: `sum by (phase) (increase(argocd_app_sync_total{${OF},dry_run="false"}[$__rate_interval]))`,
              legend: "{{phase}}",
            },
          ],
        },
        {
          is: "lines",
          title: "How long a sync takes",
          about: "The mean of those that ended.",
          width: 8,
          height: 8,
          unit: "s",
          queries: [
            {
              expr: `sum(rate(argocd_app_sync_duration_seconds_total{${OF}}[$__rate_interval])) / (sum(rate(argocd_app_sync_total{${OF}}[$__rate_interval])) > 0)`,
              legend: "mean",
            },
          ],
        },
        {
          is: "lines",
          title: "From a commit to the cluster",
          about:
            "Since a commit was seen, or its push was heard, until it was synced, and until it was healthy.",
          width: 8,
          height: 8,
          unit: "s",
          queries: [
            {
              expr: 'histogram_quantile(0.5, sum by (le, reached) (rate(holdfast_delivery_seconds_bucket{job=~"$job"}[$__rate_interval]))) >= 0',
              legend: "{{reached}}, half of them",
            },
            {
              expr: 'histogram_quantile(0.95, sum by (le, reached) (rate(holdfast_delivery_seconds_bucket{job=~"$job"}[$__rate_interval]))) >= 0',
              legend: "{{reached}}, 95 of 100",
            },
          ],
        },
      ],
    },
    {
      title: "Clusters and sets",
      panels: [
        {
          is: "table",
          title: "Clusters",
          about: "Which clusters are delivered to, by which version.",
          width: 12,
          height: 7,
          query: { expr: 'argocd_cluster_info{job=~"$job"}' },
          columns: { name: "Cluster", server: "Address", k8s_version: "Version" },
        },
        {
          is: "states",
          title: "Do they answer",
          about: "A cluster that does not answer is neither compared nor written to.",
          width: 12,
          height: 7,
          queries: [
            {
              expr: 'min by (job, server) (argocd_cluster_connection_status{job=~"$job"})',
              legend: "{{server}} of {{job}}",
            },
          ],
          states: { 0: { text: "No", color: "red" }, 1: { text: "Yes", color: "green" } },
        },
        {
          is: "lines",
          title: "Applications of sets",
          about: "How many applications each ApplicationSet has.",
          width: 12,
          height: 7,
          queries: [
            {
              expr: 'sum by (namespace, name) (argocd_appset_owned_applications{job=~"$job"})',
              legend: "{{namespace}}/{{name}}",
            },
          ],
        },
        {
          is: "lines",
          title: "Sets that are stuck",
          about: "With an error, or with deletions that wait for a person.",
          width: 12,
          height: 7,
          queries: [
            {
              expr: 'max by (namespace, name) (holdfast_appset_error{job=~"$job"}) > 0',
              legend: "{{namespace}}/{{name}}: error",
            },
            {
              expr: 'sum by (namespace, name) (holdfast_appset_waiting_deletions{job=~"$job"}) > 0',
              legend: "{{namespace}}/{{name}}: waiting",
            },
          ],
        },
      ],
    },
  ],
};

function count(matcher: string): string {
  return `count(argocd_app_info{${OF},${matcher}})`;
}

function stat(title: string, about: string, expr: string, worryFrom?: number, alarmFrom?: number) {
  return {
    is: "stat" as const,
    title,
    about,
    width: 3,
    height: 4,
    query: { expr },
    ...(worryFrom === undefined ? {} : { worryFrom }),
    ...(alarmFrom === undefined ? {} : { alarmFrom }),
  };
}
