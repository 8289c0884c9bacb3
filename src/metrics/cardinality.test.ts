/** Ten thousand applications whose owners mean no good: what is written stays readable, bounded, and says what it lost. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Application, keyOfApp } from "../core/model/application.ts";
import type { MoreOfApplications } from "./app-metrics.ts";
import { Metrics } from "./metrics.ts";
import { BoundedCounter, LeftOut, MOST_NAMES, MOST_SERIES, OTHERS } from "./series-bound.ts";

const HOSTILE = 'a"b\\c\nd{e="f"} 1\n# EOF\r\u0000\ud800😀';

function application(at: number, more: Partial<Application["spec"]> = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name: `app-${at}`, labels: { team: `${HOSTILE}${at}` } },
    spec: {
      project: "shop",
      source: { repoURL: `https://git.example.com/${at}/${HOSTILE}`, path: "web" },
      destination: { server: `https://cluster-${at}`, namespace: HOSTILE },
      ...more,
    },
    status: {
      sync: { status: "Synced", comparedTo: { destination: {} } },
      health: { status: "Healthy" },
      conditions: [
        { type: "SyncError", message: "a" },
        { type: "SyncError", message: "b" },
        { type: "PruneBlocked", message: "c" },
      ],
    },
  };
}

let apps: Application[];
let more: MoreOfApplications;
let metrics: Metrics;
beforeEach(() => {
  apps = Array.from({ length: 10_000 }, (_, at) => application(at));
  more = { labels: [], conditions: [] };
  metrics = new Metrics(
    { version: "0.1.0", commit: "abc" },
    {
      applications: () => apps,
      clusters: () => [],
      serverOf: () => undefined,
      waiting: () => 0,
      more: () => more,
    },
  );
});
afterEach(() => metrics.stop());

const lines = async (name: string, format: "text" | "openmetrics" = "text"): Promise<string[]> =>
  (await metrics.text(format)).split("\n").filter((line) => line.startsWith(`${name}{`));

describe("10,000 applications", () => {
  test("are a line each whatever their values hold, in both formats", async () => {
    more = { labels: ["team"], conditions: ["SyncError"] };
    for (const format of ["text", "openmetrics"] as const)
      for (const name of ["argocd_app_info", "argocd_app_labels", "argocd_app_condition"]) {
        const found = await lines(name, format);
        expect(found).toHaveLength(10_000);
        // Name, pairs with escaped values, one number: nothing that a value holds ends its line or its quotes.
        const form = /^[a-z_]+\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\} \d+$/;
        expect(found.filter((line) => !form.test(line))).toEqual([]);
      }
    expect((await lines("argocd_app_condition"))[0]).toEndWith('condition="SyncError"} 2');
  }, 60_000);

  test("let whatever else waits go first while they are written", async () => {
    let turns = 0;
    let isWriting = true;
    const turn = (): void => {
      turns++;
      if (isWriting) setImmediate(turn);
    };
    setImmediate(turn);
    await metrics.text();
    isWriting = false;
    expect(turns).toBeGreaterThan(2);
  }, 60_000);

  test("scraped by a hundred at once are written once", async () => {
    let reads = 0;
    const all = apps;
    metrics.stop();
    metrics = new Metrics(
      { version: "0.1.0", commit: "abc" },
      {
        applications: () => {
          reads++;
          return all;
        },
        clusters: () => [],
        serverOf: () => undefined,
        waiting: () => 0,
      },
    );
    await metrics.text();
    const once = reads;
    await Promise.all(Array.from({ length: 100 }, () => metrics.text()));
    expect(reads).toBe(2 * once);
  }, 60_000);

  test("that each moved from cluster to cluster keep a bounded number of series, the last ones", async () => {
    const [app] = apps;
    for (let at = 0; at < 200; at++)
      metrics.apps.syncEnded(application(0, { destination: { server: `https://${at}` } }), {
        phase: "Succeeded",
        mode: "write",
        tookMs: 1,
      });
    const found = await lines("argocd_app_sync_total");
    expect(found).toHaveLength(24);
    expect(found.at(-1)).toContain('dest_server="https://199"');
    metrics.apps.forget(keyOfApp(app!));
    expect(await lines("argocd_app_sync_total")).toEqual([]);
  });

  test("of ever other repositories count for others, and it is said how often", async () => {
    const most = MOST_NAMES;
    for (let at = 0; at < most + 500; at++)
      metrics.git.gitRequest({
        url: `https://git.example.com/${at}`,
        type: "fetch",
        tookMs: 1,
        failed: false,
      });
    const found = await lines("argocd_git_request_total");
    expect(found).toHaveLength(most + 1);
    expect(found.at(-1)).toBe(`argocd_git_request_total{repo="${OTHERS}",request_type="${OTHERS}"} 500`);
    expect(await lines("holdfast_metrics_left_out")).toEqual([
      'holdfast_metrics_left_out{metric="argocd_git_request_total"} 500',
      'holdfast_metrics_left_out{metric="argocd_git_request_duration_seconds"} 500',
    ]);
  });
});

describe("the bound of what is read at a scrape", () => {
  test("leaves out what is beyond it, says how many, and says so no more once there is room", async () => {
    const all = Array.from({ length: MOST_SERIES + 3 }, (_, at) => application(at));
    apps = all;
    expect(await lines("argocd_app_info")).toHaveLength(MOST_SERIES);
    expect(await lines("holdfast_metrics_left_out")).toContain(
      'holdfast_metrics_left_out{metric="argocd_app_info"} 3',
    );
    apps = all.slice(0, 5);
    expect(await lines("argocd_app_info")).toHaveLength(5);
    expect(await lines("holdfast_metrics_left_out")).toEqual([]);
  }, 60_000);
});

describe("BoundedCounter", () => {
  test("gives room again when whoever had it is gone", () => {
    const leftOut = new LeftOut();
    const options = { name: "a_total", help: "a", labelNames: ["of"], registers: [], most: 2, leftOut };
    const counter = new BoundedCounter(options);
    counter.inc({ of: "one" }, 1, "first");
    counter.inc({ of: "two" }, 1, "second");
    counter.inc({ of: "three" }, 1, "third");
    expect([...leftOut.all]).toEqual([["a_total", 1]]);
    counter.forget("first");
    counter.inc({ of: "three" }, 1, "third");
    expect([...leftOut.all]).toEqual([["a_total", 1]]);
  });
});
