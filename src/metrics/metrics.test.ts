import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Application, appKey } from "../core/model/application.ts";
import { type ClusterFigures, Metrics } from "./metrics.ts";
import type { SetFigures } from "./set-metrics.ts";

const APP: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { namespace: "argocd", name: "web" },
  spec: {
    project: "shop",
    source: { repoURL: "https://ana:hunter2@git.example.com/shop.git", path: "web" },
    destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
    syncPolicy: { automated: {} },
  },
  status: {
    sync: { status: "Synced", comparedTo: { destination: {} } },
    health: { status: "Degraded" },
  },
};

const CLUSTER: ClusterFigures = {
  name: "in-cluster",
  server: "https://kubernetes.default.svc",
  kubeVersion: "v1.36.2",
  connection: "connected",
  objects: 12,
  kinds: 5,
  requests: { list: 5, apply: 3, "apply-dry-run": 4 },
  places: { now: 4, most: 16, waiting: 7 },
};

let apps: Application[];
let sets: SetFigures[];
let clusters: ClusterFigures[];
let metrics: Metrics;
beforeEach(() => {
  apps = [APP];
  sets = [];
  clusters = [CLUSTER];
  metrics = new Metrics(
    { version: "0.1.0", commit: "abc" },
    {
      applications: () => apps,
      clusters: () => clusters,
      serverOf: (name) => clusters.find((cluster) => cluster.name === name)?.server,
      sets: () => sets,
      waiting: () => 3,
    },
  );
});
afterEach(() => metrics.stop());

/** Lines of one metric, without help and type. */
async function series(name: string): Promise<string[]> {
  return (await metrics.text())
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe("Metrics", () => {
  test("tells of each ApplicationSet by Argo CD's names, what is wrong with it and what waits; one that goes is told no more", async () => {
    const figures = (name: string, more: Partial<SetFigures> = {}): SetFigures => ({
      ...{ namespace: "argocd", name, applications: 3, waiting: 0, status: {} },
      ...more,
    });
    const condition = (
      type: "ErrorOccurred" | "ResourcesUpToDate",
      status: "True" | "False",
      reason: string,
    ) => ({ type, status, reason, message: "" }) as const;
    sets = [
      figures("new"),
      figures("shops", {
        waiting: 2,
        status: {
          conditions: [
            condition("ErrorOccurred", "True", "ApplicationGenerationFromParamsError"),
            condition("ResourcesUpToDate", "False", "ErrorOccurred"),
          ],
        },
      }),
    ];
    const all = async () =>
      (
        await Promise.all(
          [
            "argocd_appset_info",
            "argocd_appset_owned_applications",
            "holdfast_appset_error",
            "holdfast_appset_waiting_deletions",
          ].map(series),
        )
      ).flat();
    expect(await all()).toEqual([
      'argocd_appset_info{namespace="argocd",name="new",resource_update_status="Unknown"} 1',
      'argocd_appset_info{namespace="argocd",name="shops",resource_update_status="ErrorOccurred"} 1',
      'argocd_appset_owned_applications{namespace="argocd",name="new"} 3',
      'argocd_appset_owned_applications{namespace="argocd",name="shops"} 3',
      'holdfast_appset_error{namespace="argocd",name="new"} 0',
      'holdfast_appset_error{namespace="argocd",name="shops"} 1',
      'holdfast_appset_waiting_deletions{namespace="argocd",name="new"} 0',
      'holdfast_appset_waiting_deletions{namespace="argocd",name="shops"} 2',
    ]);
    sets = [];
    expect(await all()).toEqual([]);
  });

  test("describes each application with Argo CD's labels, without the password in its address", async () => {
    expect(await series("argocd_app_info")).toEqual([
      'argocd_app_info{namespace="argocd",name="web",project="shop",autosync_enabled="true",repo="https://git.example.com/shop.git",' +
        'dest_server="https://kubernetes.default.svc",dest_namespace="shop",sync_status="Synced",health_status="Degraded",operation=""} 1',
    ]);
  });

  test.each([
    ["a cluster by its name", { name: "in-cluster" }, "https://kubernetes.default.svc"],
    ["a name that is no cluster", { name: "gone" }, "gone"],
    ["a server", { server: "https://edge.example.com" }, "https://edge.example.com"],
  ])("names the server of %s", async (_, destination, server) => {
    apps = [{ ...APP, spec: { ...APP.spec, destination } }];
    expect((await series("argocd_app_info"))[0]).toContain(`dest_server="${server}"`);
  });

  test("shows who is held, where and until when, and nobody else", async () => {
    expect(await series("holdfast_app_held")).toEqual([]);
    const hold = {
      at: { revision: "abc" },
      deployment: 3,
      by: "user:ann",
      since: "",
      extras: "kept",
      until: "lifted",
    } as const;
    apps = [{ ...APP, status: { ...APP.status!, hold } }];
    expect(await series("holdfast_app_held")).toEqual([
      'holdfast_app_held{namespace="argocd",name="web",project="shop",revision="abc",until="lifted"} 1',
    ]);
    apps = [APP];
  });

  test("shows whose sync a person terminated, and nobody else", async () => {
    expect(await series("holdfast_app_terminated")).toEqual([]);
    apps = [{ ...APP, status: { ...APP.status!, terminated: { revisions: [], by: "user:ann", at: "" } } }];
    expect(await series("holdfast_app_terminated")).toEqual([
      'holdfast_app_terminated{namespace="argocd",name="web",project="shop"} 1',
    ]);
    apps = [APP];
  });

  test("shows an application as it is when it is asked, and none that is gone", async () => {
    apps = [{ ...APP, operation: { sync: {} }, status: { ...APP.status!, health: { status: "Healthy" } } }];
    const [line] = await series("argocd_app_info");
    expect(line).toContain('health_status="Healthy",operation="sync"');
    apps = [];
    expect(await series("argocd_app_info")).toEqual([]);
  });

  test("counts syncs and their seconds, and forgets them with the application", async () => {
    metrics.apps.syncEnded(APP, { phase: "Succeeded", mode: "write", tookMs: 1500 });
    metrics.apps.syncEnded(APP, { phase: "Failed", mode: "dry-run", tookMs: 500 });
    const labels =
      'namespace="argocd",name="web",project="shop",dest_server="https://kubernetes.default.svc"';
    expect(await series("argocd_app_sync_total")).toEqual([
      `argocd_app_sync_total{${labels},phase="Succeeded",dry_run="false"} 1`,
      `argocd_app_sync_total{${labels},phase="Failed",dry_run="true"} 1`,
    ]);
    expect(await series("argocd_app_sync_duration_seconds_total")).toEqual([
      `argocd_app_sync_duration_seconds_total{${labels}} 2`,
    ]);
    metrics.apps.forget(appKey("argocd", "web"));
    metrics.apps.forget(appKey("never", "seen"));
    expect(await series("argocd_app_sync_total")).toEqual([]);
  });

  test("measures reconciles in Argo CD's buckets", async () => {
    metrics.apps.reconciled(APP, 600);
    const buckets = (await series("argocd_app_reconcile_bucket")).map((line) =>
      /le="([^"]+)".* (\d+)$/.exec(line)?.slice(1).join("="),
    );
    expect(buckets).toEqual(["0.25=0", "0.5=0", "1=1", "2=1", "4=1", "8=1", "16=1", "+Inf=1"]);
  });

  test("counts requests to chart repositories", async () => {
    const url = "https://charts.example.com";
    metrics.artifacts.request({ url, type: "index", tookMs: 20, failed: false });
    metrics.artifacts.request({ url, type: "chart", tookMs: 20, failed: true });
    expect(await series("holdfast_artifact_requests_total")).toEqual([
      `holdfast_artifact_requests_total{repo="${url}",request_type="index",result="answered"} 1`,
      `holdfast_artifact_requests_total{repo="${url}",request_type="chart",result="failed"} 1`,
    ]);
    expect(await series("holdfast_artifact_request_duration_seconds_count")).toHaveLength(2);
  });

  test("counts Git requests and their failures", async () => {
    metrics.git.gitRequest({
      url: "https://x:y@git.example.com/a",
      type: "ls-remote",
      tookMs: 20,
      failed: false,
    });
    metrics.git.gitRequest({ url: "https://x:y@git.example.com/a", type: "fetch", tookMs: 20, failed: true });
    expect(await series("argocd_git_request_total")).toEqual([
      'argocd_git_request_total{repo="https://git.example.com/a",request_type="ls-remote"} 1',
      'argocd_git_request_total{repo="https://git.example.com/a",request_type="fetch"} 1',
    ]);
    expect(await series("argocd_git_fetch_fail_total")).toEqual([
      'argocd_git_fetch_fail_total{repo="https://git.example.com/a",revision=""} 1',
    ]);
    expect(await series("argocd_git_lsremote_fail_total")).toEqual([]);
    expect(await series("argocd_git_request_duration_seconds_count")).toHaveLength(2);
  });

  test("describes clusters, their requests by verb, and their events", async () => {
    metrics.clusters.clusterEvent(CLUSTER.server, { group: "apps", kind: "Deployment" });
    clusters = [
      CLUSTER,
      {
        ...CLUSTER,
        name: "edge",
        server: "https://edge",
        kubeVersion: undefined,
        connection: "unreachable",
        requests: {},
        places: { now: 16, most: 16, waiting: 0 },
      },
    ];
    expect(await series("argocd_cluster_info")).toEqual([
      'argocd_cluster_info{server="https://kubernetes.default.svc",k8s_version="v1.36.2",name="in-cluster"} 1',
      'argocd_cluster_info{server="https://edge",k8s_version="",name="edge"} 1',
    ]);
    expect((await series("argocd_cluster_connection_status")).map((line) => line.at(-1))).toEqual(["1", "0"]);
    expect((await series("argocd_cluster_api_resource_objects"))[0]).toEndWith(" 12");
    expect((await series("argocd_cluster_api_resources"))[0]).toEndWith(" 5");
    expect(await series("argocd_cluster_events_total")).toEqual([
      'argocd_cluster_events_total{server="https://kubernetes.default.svc",group="apps",kind="Deployment"} 1',
    ]);
    expect(await series("holdfast_api_requests_total")).toContain(
      'holdfast_api_requests_total{cluster="in-cluster",verb="apply-dry-run"} 4',
    );
    expect(await series("holdfast_api_requests_at_once")).toContain(
      'holdfast_api_requests_at_once{cluster="in-cluster"} 4',
    );
    expect(await series("holdfast_api_requests_waiting")).toContain(
      'holdfast_api_requests_waiting{cluster="in-cluster"} 7',
    );
    expect(
      (await series("argocd_app_k8s_request_total")).filter((line) => line.includes('verb="apply"')),
    ).toEqual([expect.stringMatching(/dry_run="false"} 3$/), expect.stringMatching(/dry_run="true"} 4$/)]);
  });

  test("does not count a cluster's requests twice when it is scraped twice", async () => {
    await metrics.text();
    expect(await series("holdfast_api_requests_total")).toContain(
      'holdfast_api_requests_total{cluster="in-cluster",verb="list"} 5',
    );
  });

  test("tells renders, queues, build and process", async () => {
    metrics.rendered({ renderer: "helm", from: "renderer" });
    expect(await series("holdfast_renders_total")).toEqual([
      'holdfast_renders_total{renderer="helm",from="renderer"} 1',
    ]);
    expect(await series("workqueue_depth")).toEqual([
      'workqueue_depth{name="app_reconciliation_queue"} 3',
      'workqueue_depth{name="app_operation_processing_queue"} 0',
    ]);
    expect(await series("holdfast_build_info")).toEqual([
      `holdfast_build_info{version="0.1.0",commit="abc",bun="${Bun.version}"} 1`,
    ]);
    const [memory] = await series("process_resident_memory_bytes");
    expect(Number(memory?.split(" ")[1])).toBeGreaterThan(1e6);
    const [cpu] = await series("process_cpu_seconds_total");
    expect(Number(cpu?.split(" ")[1])).toBeGreaterThan(0);
  });
});
