/** Applications of hooks and waves as people write them, from a commit to the end, and the same where something fails. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { exampleApp } from "../lib/corpus.ts";
import { eventually } from "../lib/eventually.ts";
import { hookJob, hooksOf, jobPath, marked, messageOf } from "../lib/hook-objects.ts";
import { deployment, service } from "../lib/manifests.ts";
import { type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const AUTOMATED_ONLY = { syncPolicy: { automated: {} } };
const waved = (wave: number, object: KubeObject): KubeObject =>
  marked(object, { "argocd.argoproj.io/sync-wave": String(wave) });
/** `jobs/migrate`, in the order in which a daemon wrote them; each try of one once. */
const written = (namespace: string): string[] =>
  stage
    .writes(namespace)
    .filter(({ verb }) => verb === "patch" || verb === "create")
    .map(({ resource, name }) => `${resource.split(".")[0]}/${name}`);
const hooks = (app: Shown): string[] => hooksOf(app as never);
const said = (app: Shown): string => messageOf(app as never);
const gone = (namespace: string, name: string) =>
  eventually(`${name} is gone`, async () => (await stage.find(jobPath(namespace, name))) === undefined);

describe("sync-waves, as its users have it", () => {
  test("makes each wave when the one before is through, its hooks among them", async () => {
    const name = "sync-waves";
    const app = await stage.place({ name, files: exampleApp("sync-waves"), spec: AUTOMATED_ONLY });
    const seen = await app.untilSettled(60_000);
    const [upgrade, ...order] = written(name);
    expect(upgrade).toMatch(/^jobs\/upgrade-sql-schema[0-9a-f]{7}-presync-\d+$/);
    expect(order).toEqual([
      "services/backend",
      "replicasets/backend",
      "jobs/maint-page-up",
      "services/frontend",
      "replicasets/frontend",
      "jobs/maint-page-down",
    ]);
    expect(hooks(seen)).toEqual([
      `PreSync ${upgrade?.slice("jobs/".length)} Succeeded`,
      "Sync maint-page-up Succeeded",
      "Sync maint-page-down Succeeded",
    ]);
    const [up, down, frontend] = await Promise.all([
      stage.must("GET", jobPath(name, "maint-page-up")),
      stage.must("GET", jobPath(name, "maint-page-down")),
      stage.must("GET", `/apis/apps/v1/namespaces/${name}/replicasets/frontend`),
    ]);
    // RFC 3339 in UTC: text order is time order.
    expect(up["status"].completionTime <= (frontend.metadata.creationTimestamp as string)).toBe(true);
    expect(
      (down.metadata.creationTimestamp as string) >= (frontend.metadata.creationTimestamp as string),
    ).toBe(true);
    expect(seen.status.resources.map(({ name }: Shown) => name).sort()).toEqual([
      "backend",
      "backend",
      "frontend",
      "frontend",
    ]);
  });
});

describe("pre-post-sync, as its users have it", () => {
  test("runs before and after, and both hooks go when it has succeeded", async () => {
    const name = "pre-post-sync";
    const below = (folder: string) =>
      Object.fromEntries(
        Object.entries(exampleApp(folder)).map(([path, text]) => [`/${folder}/${path}`, text]),
      );
    const app = await stage.place({
      name,
      files: { ...below("pre-post-sync"), ...below("kustomize-guestbook") },
      source: { path: "pre-post-sync" },
      spec: AUTOMATED_ONLY,
    });
    const seen = await app.untilSettled(60_000);
    expect(hooks(seen)).toEqual([
      "PreSync pre-post-sync-before Succeeded",
      "PostSync pre-post-sync-after Succeeded",
    ]);
    const order = written(name);
    expect([order.at(0), order.at(-1)]).toEqual(["jobs/pre-post-sync-before", "jobs/pre-post-sync-after"]);
    expect(order).toHaveLength(4);
    await Promise.all([gone(name, "pre-post-sync-before"), gone(name, "pre-post-sync-after")]);
    // What is gone is no drift, and no reason to run it again.
    await app.refresh();
    expect((await app.get()).status.sync.status).toBe("Synced");
    expect(written(name)).toHaveLength(4);
  });
});

/** A shop in three waves, with a maintenance page around the second. */
function shop(
  namespace: string,
  { page = "page:1", web = "web:1" }: { page?: string; web?: string } = {},
): Record<string, string> {
  return {
    "backend.yaml": yaml(
      service(namespace, "backend"),
      deployment({ namespace, name: "backend", image: web }),
    ),
    "up.yaml": yaml(waved(1, hookJob(namespace, "page-up", "Sync", { image: page }))),
    "frontend.yaml": yaml(waved(2, deployment({ namespace, name: "frontend" }))),
    "after.yaml": yaml(hookJob(namespace, "after", "PostSync")),
    "alarm.yaml": yaml(hookJob(namespace, "alarm", "SyncFail", { policy: "HookFailed" })),
  };
}

describe("what fails on the way", () => {
  test("a hook between two waves: the later wave is never written, and SyncFail follows", async () => {
    const name = "page-fails";
    const app = await stage.place({
      name,
      files: shop(name, { page: "x:broken" }),
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    const { message } = await app.sync();
    expect(message).toContain(`the hook batch/Job ${name}/page-up failed: `);
    expect(hooks(await app.get())).toEqual(["Sync page-up Failed", "SyncFail alarm Succeeded"]);
    expect(written(name)).toEqual(["services/backend", "deployments/backend", "jobs/page-up", "jobs/alarm"]);
    await gone(name, "alarm");
    // Mended in Git: the whole sync runs through.
    await app.commit(shop(name));
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(hooks(await app.get())).toEqual(["Sync page-up Succeeded", "PostSync after Succeeded"]);
  });

  test("an object that breaks: neither the hook of the next wave nor PostSync runs", async () => {
    const name = "backend-breaks";
    const app = await stage.place({
      name,
      files: shop(name, { web: "x:broken" }),
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    expect((await app.sync()).message).toContain(`apps/Deployment ${name}/backend is Degraded: `);
    expect(hooks(await app.get())).toEqual(["SyncFail alarm Succeeded"]);
    expect(written(name)).not.toContain("jobs/page-up");
  });

  test("an object that never becomes healthy: it is waited for since when is said, and terminate ends that", async () => {
    const name = "backend-waits";
    const files = shop(name);
    const paused = deployment({ namespace: name, name: "backend" });
    const spec = paused["spec"] as { template: { spec: object } };
    // No node has this label: its Pods stay Pending.
    Object.assign(spec.template.spec, { nodeSelector: { nowhere: "yes" } });
    const app = await stage.place({
      name,
      files: { ...files, "backend.yaml": yaml(paused) },
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    const synced = app.sync();
    await app.until((now) =>
      /^waiting for healthy state of apps\/Deployment backend-waits\/backend .*since \d{4}-\S+Z$/.test(
        said(now),
      ),
    );
    await stage.daemon.api(`/api/v1/applications/${name}/operation`, { method: "DELETE", body: "{}" });
    expect(await synced).toMatchObject({ phase: "Failed", message: expect.stringContaining("terminated") });
    expect(written(name)).toEqual(["deployments/backend"]);
  });
});
