/**
 * What Argo CD's official dashboard asks for. Source: `examples/dashboard.json` of its repository, schema version 41: names,
 * the values that it fixes, and the labels of the daemon's own that it filters, groups or names series by.
 */

export interface AskedSeries {
  name: string;
  /** Each has to match a series; of `job` a scrape says it. */
  fixed: Readonly<Record<string, string>>;
  labels: readonly string[];
}

/** Components of Argo CD, by the job of the scrape of each. */
export const COMPONENT_JOBS = [
  "argocd-server-metrics",
  "argocd-application-controller-metrics",
  "argocd-applicationset-controller-metrics",
  "argocd-repo-server-metrics",
] as const;
const [SERVER, CONTROLLER, SETS] = COMPONENT_JOBS;

const APP_INFO = ["namespace", "dest_server", "health_status", "sync_status", "operation", "repo"];
const SYNC = ["namespace", "name", "project", "dest_server", "phase"];

export const ASKED_SERIES: readonly AskedSeries[] = [
  asked("argocd_app_info", APP_INFO),
  asked("argocd_app_sync_total", SYNC),
  asked("argocd_app_reconcile_count", ["namespace", "dest_server"]),
  asked("argocd_app_reconcile_bucket", ["namespace", "le"]),
  asked("argocd_app_k8s_request_total", ["namespace", "server", "verb", "resource_kind"]),
  asked("argocd_cluster_info", ["server"]),
  asked("argocd_cluster_api_resource_objects", ["server"]),
  asked("argocd_cluster_api_resources", ["server"]),
  asked("argocd_cluster_events_total", ["server"]),
  ...["ls-remote", "fetch"].flatMap((request_type) => [
    asked("argocd_git_request_total", ["request_type"], { request_type }),
    asked("argocd_git_request_duration_seconds_bucket", ["request_type", "le"], { request_type }),
  ]),
  asked("argocd_kubectl_exec_pending", ["command"]),
  asked("argocd_redis_request_total", ["failed"]),
  asked("workqueue_depth", ["name"], { name: "app_.*" }),
  asked("process_start_time_seconds", [], { job: SERVER }),
  ...[CONTROLLER, SETS].map((job) => asked("process_cpu_seconds_total", [], { job })),
  ...COMPONENT_JOBS.flatMap((job) => [
    asked("go_memstats_heap_alloc_bytes", [], { job }),
    asked("go_goroutines", [], { job }),
  ]),
  asked("go_gc_duration_seconds", ["quantile"], { job: SERVER, quantile: "1.0|1" }),
  ...[
    "application.ApplicationService",
    "cluster.ClusterService",
    "project.ProjectService",
    "repository.RepositoryService",
    "session.SessionService",
    "version.VersionService",
    "account.AccountService",
    "cluster.SettingsService",
  ].map((grpc_service) =>
    asked("grpc_server_handled_total", ["grpc_service", "grpc_method", "grpc_code"], {
      job: SERVER,
      grpc_service,
    }),
  ),
];

function asked(
  name: string,
  labels: readonly string[],
  fixed: Readonly<Record<string, string>> = {},
): AskedSeries {
  return { name, fixed, labels };
}
