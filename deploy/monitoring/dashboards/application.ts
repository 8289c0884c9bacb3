import type { Dashboard } from "./panels.ts";

const OF = 'job=~"$job",namespace="$namespace",name="$name"';

export const APPLICATION: Dashboard = {
  uid: "holdfast-application",
  title: "Holdfast / Application",
  about: "One application: how it stood, and what became of its syncs.",
  variables: [
    { name: "job", label: "Daemon", query: "label_values(holdfast_build_info, job)", choice: "several" },
    {
      name: "namespace",
      label: "Namespace",
      query: 'label_values(argocd_app_info{job=~"$job"}, namespace)',
      choice: "one",
    },
    {
      name: "name",
      label: "Application",
      query: 'label_values(argocd_app_info{job=~"$job",namespace="$namespace"}, name)',
      choice: "one",
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        {
          is: "table",
          title: "What it is",
          about: "Where it comes from, where it goes, and how it stands.",
          width: 24,
          height: 4,
          query: { expr: `argocd_app_info{${OF}}` },
          columns: {
            project: "Project",
            sync_status: "Sync",
            health_status: "Health",
            operation: "Operation",
            autosync_enabled: "Automated",
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
          is: "states",
          title: "Sync and health",
          about: "Each state that it was in. A gap is a time when it was in another one.",
          width: 24,
          height: 7,
          queries: [
            { expr: `max by (sync_status) (argocd_app_info{${OF}})`, legend: "{{sync_status}}" },
            { expr: `max by (health_status) (argocd_app_info{${OF}})`, legend: "{{health_status}}" },
          ],
          states: { 1: { text: "Yes", color: "blue" } },
        },
        {
          is: "states",
          title: "What is in its way",
          about: "What a person set, or what waits for one.",
          width: 24,
          height: 6,
          queries: [
            { expr: `max(holdfast_app_unseen{${OF}})`, legend: "cannot be compared" },
            { expr: `max(holdfast_app_prune_blocked{${OF}})`, legend: "a prune waits" },
            { expr: `max(holdfast_app_deletion_failed{${OF}})`, legend: "its deletion failed" },
            { expr: `max(holdfast_app_contested{${OF}})`, legend: "contested" },
            { expr: `max by (revision) (holdfast_app_held{${OF}})`, legend: "held at {{revision}}" },
            { expr: `max(holdfast_app_terminated{${OF}})`, legend: "terminated" },
          ],
          states: { 1: { text: "Yes", color: "orange" } },
        },
        {
          is: "lines",
          title: "Syncs",
          about: "Syncs that ended, by how.",
          width: 8,
          height: 8,
          queries: [
            {
              expr: `sum by (phase, dry_run) (increase(argocd_app_sync_total{${OF}}[$__rate_interval]))`,
              legend: "{{phase}}, dry run {{dry_run}}",
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
          title: "Heals that were given up",
          about:
            "Objects that are healed no more, because somebody else set the same fields again each time.",
          width: 8,
          height: 8,
          queries: [
            { expr: `sum(increase(holdfast_app_fights_total{${OF}}[$__rate_interval]))`, legend: "objects" },
          ],
        },
      ],
    },
  ],
};
