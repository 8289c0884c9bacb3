/** The HTTP API of the daemon itself: every path, applications made through it, running operations, and no secret in any answer. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { apiConformance, TOKEN } from "../conformance/api.ts";
import { controlPlaneBinaries } from "../lib/control-plane.ts";
import { startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment, service } from "../lib/manifests.ts";
import {
  AUTOMATED,
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  SERVER,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const CANARY = "canary-9e41d2";
let stage: Stage,
  locked: GitServer,
  started = 0;

beforeAll(async () => {
  locked = await startGitServer({ auth: { basic: { username: "ci", password: `${CANARY}-git` } } });
  stage = await startStage({
    token: `${CANARY}-token`,
    config: `retry: { first: 200ms, most: 2s }\nrepositories: [{ url: "${locked.url}/", username: ci, password: ${CANARY}-git }, { url: "${locked.url}/refused.git", username: ci, password: ${CANARY}-wrong }]\n`,
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await locked?.close();
}, 60_000);

const api = <T = Shown>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> =>
  stage.daemon.api<T>(path, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

apiConformance("the daemon itself", async (token) => {
  const name = `api-${++started}`;
  const repoURL = await stage.git.createRepo(name, {
    "app/a.yaml": yaml(configMap(name, "a"), deployment({ namespace: name, name: "web" })),
    "made/b.yaml": yaml(configMap(name, "b")),
  });
  await stage.makeNamespace(name);
  const app = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name },
    spec: {
      project: "default",
      source: { repoURL, path: "app" },
      destination: { server: SERVER, namespace: name },
      syncPolicy: AUTOMATED,
    },
  };
  const daemon = await startDaemon(
    `poll: 1h\nclusters: ${JSON.stringify([{ name: "in-cluster", server: SERVER, kubeconfig: stage.plane.kubeconfig }])}\napplications: [./apps]\n`,
    { "apps/app.yaml": JSON.stringify(app) },
    {
      env: { PATH: `${controlPlaneBinaries()}:${process.env.PATH ?? ""}` },
      ...(token === undefined ? {} : { token: TOKEN }),
    },
  );
  const seen = await daemon.until(
    name,
    (now) => isSynced(now) && isQuiet(now) && now.status.health.status === "Healthy",
  );
  return {
    url: daemon.url,
    app: { namespace: "argocd", name, revision: seen.status.sync.revision as string },
    spec: {
      project: "default",
      source: { repoURL, path: "made" },
      destination: { server: SERVER, namespace: name },
    },
    stop: () => daemon.stop(),
  };
});

// Not called as the one that the contract makes: what that one leaves on the cluster when it is let go bears its name.
describe("an application that is made through the API", () => {
  let spec: Shown;
  beforeAll(async () => {
    const repoURL = await stage.git.createRepo("delivered", {
      "one/a.yaml": yaml(configMap("delivered", "a")),
      "two/b.yaml": yaml(configMap("delivered", "b"), configMap("delivered", "c")),
    });
    await stage.makeNamespace("delivered");
    spec = {
      project: "default",
      source: { repoURL, path: "one" },
      destination: { server: SERVER, namespace: "delivered" },
      syncPolicy: AUTOMATED,
    };
  });

  test("is delivered, follows its spec as it is changed, survives a restart, and takes its objects along when it is deleted so", async () => {
    const created = await api("POST", "/api/v1/applications", {
      metadata: { name: "delivered", finalizers: ["resources-finalizer.argocd.argoproj.io"] },
      spec,
    });
    expect(created.status).toBe(200);
    await stage.daemon.until("delivered", (now) => isSynced(now) && isQuiet(now));
    expect(await stage.find(configMapPath("delivered", "a"))).toBeDefined();

    expect(
      (
        await api("PATCH", "/api/v1/applications/delivered", {
          patchType: "merge",
          patch: '{"spec":{"source":{"path":"two"}}}',
        })
      ).body.spec.source.path,
    ).toBe("two");
    await eventually(
      "it moved",
      async () =>
        (await stage.find(configMapPath("delivered", "b"))) !== undefined &&
        (await stage.find(configMapPath("delivered", "a"))) === undefined,
    );

    expect(
      (
        await api("PUT", "/api/v1/applications/delivered/spec", {
          ...spec,
          source: { ...spec.source, path: "one" },
        })
      ).status,
    ).toBe(200);
    await eventually(
      "it moved back",
      async () =>
        (await stage.find(configMapPath("delivered", "a"))) !== undefined &&
        (await stage.find(configMapPath("delivered", "b"))) === undefined,
    );

    await stage.daemon.restart();
    await stage.daemon.until("delivered", (now) => isSynced(now) && isQuiet(now));
    expect((await api("DELETE", "/api/v1/applications/delivered?cascade=true")).status).toBe(200);
    await eventually(
      "it is gone",
      async () => (await api("GET", "/api/v1/applications/delivered")).status === 404,
    );
    expect(await stage.find(configMapPath("delivered", "a"))).toBeUndefined();
  });

  test("leaves its objects where it is deleted without them, and another one of its name takes them over", async () => {
    await api("POST", "/api/v1/applications", { metadata: { name: "delivered" }, spec });
    await stage.daemon.until("delivered", (now) => isSynced(now) && isQuiet(now));
    const { uid } = (await stage.must("GET", configMapPath("delivered", "a"))).metadata;
    await api("DELETE", "/api/v1/applications/delivered?cascade=false");
    await eventually(
      "it is gone",
      async () => (await api("GET", "/api/v1/applications/delivered")).status === 404,
    );
    expect((await stage.must("GET", configMapPath("delivered", "a"))).metadata.uid).toBe(uid);
    await api("POST", "/api/v1/applications", { metadata: { name: "delivered" }, spec });
    await stage.daemon.until("delivered", (now) => isSynced(now) && isQuiet(now));
    expect((await stage.must("GET", configMapPath("delivered", "a"))).metadata.uid).toBe(uid);
  });

  test("is refused with the reason where its spec cannot be: project, cluster, two sources of one kind", async () => {
    for (const [change, says] of [
      [{ project: "nobody" }, "nobody"],
      [
        { destination: { server: "https://nowhere.example.com", namespace: "delivered" } },
        "nowhere.example.com",
      ],
      [{ destination: { namespace: "delivered" } }, "destination"],
    ] as const) {
      const { status, body } = await api("POST", "/api/v1/applications", {
        metadata: { name: "impossible" },
        spec: { ...spec, ...change },
      });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).toContain(says);
    }
    expect((await api("GET", "/api/v1/applications/impossible")).status).toBe(404);
  });

  test("is told of on the stream: added, modified, deleted", async () => {
    const reply = await fetch(
      `${stage.daemon.url}/api/v1/stream/applications?resourceVersion=0&name=streamed`,
      { headers: { authorization: `Bearer ${CANARY}-token` } },
    );
    expect(reply.status).toBe(200);
    const events: { type: string; application: Shown }[] = [];
    const reading = (async () => {
      let rest = "";
      for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines)
          if (line.startsWith("{"))
            events.push((JSON.parse(line) as { result: (typeof events)[number] }).result);
        if (events.some(({ type }) => type === "DELETED")) return;
      }
    })();
    await api("POST", "/api/v1/applications", {
      metadata: { name: "streamed" },
      spec: { ...spec, source: { ...spec.source, path: "two" } },
    });
    await stage.daemon.until("streamed", (now) => isSynced(now) && isQuiet(now));
    await api("DELETE", "/api/v1/applications/streamed?cascade=true");
    await reading;
    expect(events[0]?.type).toBe("ADDED");
    expect(events.at(-1)?.type).toBe("DELETED");
    expect(
      events
        .filter(({ type }) => type === "MODIFIED")
        .some(({ application }) => application.status?.operationState?.phase === "Succeeded"),
    ).toBe(true);
    expect(new Set(events.map(({ application }) => application.metadata.name))).toEqual(
      new Set(["streamed"]),
    );
  });
});

describe("an operation that waits for health", () => {
  const never = (): string => {
    const web = deployment({ namespace: "waits", name: "web" });
    web.metadata.annotations = { "argocd.argoproj.io/sync-wave": "-1" };
    ((web.spec as Shown).template.spec as Shown).nodeSelector = { "example.com/nowhere": "yes" };
    return yaml(web, configMap("waits", "later"));
  };

  test("is shown as running, refuses a second one, and is terminated when asked", async () => {
    const app = await stage.place({
      name: "waits",
      files: { "all.yaml": never() },
      spec: { syncPolicy: {} },
    });
    await app.until((now) => now.status?.sync?.status === "OutOfSync");
    expect((await api("DELETE", "/api/v1/applications/waits/operation")).status).toBe(400);
    await api("POST", "/api/v1/applications/waits/sync", {});
    const running = await app.until((now) =>
      String(now.status?.operationState?.message).startsWith("waiting for"),
    );
    expect(running.status.operationState).toMatchObject({
      phase: "Running",
      message: expect.stringContaining("apps/Deployment waits/web"),
    });
    const second = await api("POST", "/api/v1/applications/waits/sync", {});
    expect(second).toMatchObject({
      status: 400,
      body: { code: 9, message: "another operation is already in progress" },
    });
    expect((await api("DELETE", "/api/v1/applications/waits/operation")).status).toBe(200);
    const ended = await app.until((now) => isQuiet(now));
    expect(ended.status.operationState).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("operation terminated"),
    });
    expect(await stage.find(configMapPath("waits", "later"))).toBeUndefined();
    const { items } = (
      await api<{ items: Shown[] }>("GET", "/api/holdfast/v1/audit?app=argocd/waits&limit=10")
    ).body;
    expect(items.map(({ action }) => action)).toEqual(["terminate", "sync"]);
  });
});

describe("what is known of an application", () => {
  test("manifests, resources, tree and events of real objects", async () => {
    const app = await stage.place({
      name: "shown",
      files: {
        "all.yaml": yaml(
          configMap("shown", "a"),
          service("shown", "web"),
          deployment({ namespace: "shown", name: "web" }),
        ),
      },
      spec: { syncPolicy: { automated: { prune: true } } },
    });
    const settled = await app.untilSettled();
    const manifests = (
      await api<{ manifests: string[]; revision: string }>("GET", "/api/v1/applications/shown/manifests")
    ).body;
    expect(manifests.revision).toBe(settled.status.sync.revision);
    expect(manifests.manifests.map((text) => (JSON.parse(text) as Shown).kind).sort()).toEqual([
      "ConfigMap",
      "Deployment",
      "Service",
    ]);

    await stage.must("PATCH", configMapPath("shown", "a"), { data: { key: "drifted" } }, MERGE);
    await app.until((now) => now.status.sync.status === "OutOfSync");
    const [changed, ...others] = (
      await api<{ items: Shown[] }>("GET", "/api/v1/applications/shown/managed-resources")
    ).body.items.filter(({ modified }) => modified);
    expect(others).toEqual([]);
    expect(changed).toMatchObject({ kind: "ConfigMap", namespace: "shown", name: "a", hook: false });
    expect(JSON.parse(changed?.liveState)).toMatchObject({ data: { key: "drifted" } });
    expect(JSON.parse(changed?.predictedLiveState)).toMatchObject({ data: { key: "value" } });
    const diff = (await api<{ items: Shown[] }>("GET", "/api/holdfast/v1/applications/argocd/shown/diff"))
      .body.items;
    expect(diff).toMatchObject([
      {
        kind: "ConfigMap",
        name: "a",
        change: "change",
        fields: [{ path: "data.key", live: "drifted", desired: "value" }],
      },
    ]);

    const { nodes } = (await api<{ nodes: Shown[] }>("GET", "/api/v1/applications/shown/resource-tree")).body;
    const pod = nodes.find(({ kind }) => kind === "Pod"),
      replicas = nodes.find(({ kind }) => kind === "ReplicaSet"),
      web = nodes.find(({ kind }) => kind === "Deployment");
    expect(pod?.parentRefs).toMatchObject([{ kind: "ReplicaSet", name: replicas?.name, uid: replicas?.uid }]);
    expect(replicas?.parentRefs).toMatchObject([{ kind: "Deployment", name: "web", uid: web?.uid }]);
    expect(web?.health).toMatchObject({ status: "Healthy" });
    const events = await eventually("events of the Deployment", async () => {
      const { items } = (
        await api<{ items: Shown[] }>(
          "GET",
          `/api/v1/applications/shown/events?resourceName=web&resourceNamespace=shown&resourceUID=${web?.uid}`,
        )
      ).body;
      return items.length > 0 && items;
    });
    expect(events[0]).toMatchObject({
      involvedObject: { kind: "Deployment", name: "web" },
      reason: "ScalingReplicaSet",
    });
  });

  test("metrics: Argo CD's names and our own, moved by what happened", async () => {
    const { body } = await stage.daemon.api<string>("/metrics");
    for (const series of [
      /^argocd_app_info\{[^}]*name="shown"[^}]*sync_status="OutOfSync"[^}]*\} 1$/m,
      /^argocd_app_sync_total\{[^}]*name="shown"[^}]*phase="Succeeded"[^}]*\} [1-9]/m,
      /^argocd_app_reconcile_count\{[^}]*\} [1-9]/m,
      /^argocd_app_reconcile_bucket\{/m,
      /^argocd_git_request_total\{[^}]*request_type="ls-remote"[^}]*\} [1-9]/m,
      /^argocd_git_request_total\{[^}]*request_type="fetch"[^}]*\} [1-9]/m,
      /^argocd_git_request_duration_seconds_count\{/m,
      /^argocd_cluster_info\{[^}]*k8s_version="v?1\.[^}]*\} 1$/m,
      /^argocd_cluster_connection_status\{[^}]*\} 1$/m,
      /^argocd_cluster_api_resource_objects\{[^}]*\} [1-9]/m,
      /^argocd_cluster_api_resources\{[^}]*\} [1-9]/m,
      /^argocd_cluster_events_total\{[^}]*kind="ConfigMap"[^}]*\} [1-9]/m,
      /^holdfast_api_requests_total\{[^}]*verb="apply"[^}]*\} [1-9]/m,
      /^holdfast_build_info\{/m,
    ])
      expect(body).toMatch(series);
  });
});

describe("secrets", () => {
  const plain = (what: string): string => `${CANARY}-${what}`;
  const base64 = (what: string): string => Buffer.from(plain(what)).toString("base64");
  const secret = (namespace: string, name: string, more: Shown): Shown => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    ...more,
  });
  const apps = [
    "vault",
    "vault-bad-base64",
    "vault-wrong-type",
    "vault-immutable",
    "vault-unknown-field",
    "locked",
    "refused",
  ];
  let paths: string[] = [];

  beforeAll(async () => {
    // One that kubectl applied: its annotation holds everything.
    await stage.makeNamespace("vault");
    const applied = Bun.spawn(
      [
        join(controlPlaneBinaries(), "controlplane"),
        "kubectl",
        `--kubeconfig=${stage.plane.kubeconfig}`,
        "apply",
        "-f",
        "-",
      ],
      {
        stdin: Buffer.from(yaml(secret("vault", "applied", { stringData: { old: plain("applied") } }))),
        stdout: "ignore",
        stderr: "inherit",
      },
    );
    expect(await applied.exited).toBe(0);
    const drifting = { syncPolicy: { automated: { prune: true } } };
    const vault = await stage.place({
      name: "vault",
      files: {
        "all.yaml": yaml(
          secret("vault", "applied", { stringData: { old: plain("new") } }),
          secret("vault", "data", {
            data: { password: base64("data") },
            stringData: { token: plain("string-data") },
          }),
        ),
      },
      spec: drifting,
    });
    await vault.untilSettled();
    // Live values that differ from Git's, in values and keys, are shown as different, not as themselves.
    await stage.must(
      "PATCH",
      "/api/v1/namespaces/vault/secrets/data",
      { data: { password: base64("live"), extra: base64("extra") } },
      MERGE,
    );
    await vault.until((now) => now.status.sync.status === "OutOfSync");

    const bad = await Promise.all([
      stage.place({
        name: "vault-bad-base64",
        files: {
          "s.yaml": yaml(secret("vault-bad-base64", "s", { data: { key: `${plain("bad-base64")}!` } })),
        },
      }),
      stage.place({
        name: "vault-wrong-type",
        files: {
          "s.yaml": yaml(secret("vault-wrong-type", "s", { stringData: { key: [plain("wrong-type")] } })),
        },
      }),
      stage.place({
        name: "vault-immutable",
        files: {
          "s.yaml": yaml(
            secret("vault-immutable", "s", { immutable: true, stringData: { key: plain("first") } }),
          ),
        },
      }),
      stage.place({
        name: "vault-unknown-field",
        files: {
          "s.yaml": yaml(
            secret("vault-unknown-field", "s", {
              stringDta: { key: plain("unknown-field") },
              stringData: { key: plain("known") },
            }),
          ),
        },
      }),
    ]);
    await bad[2]?.untilSettled();
    await bad[2]?.commit({
      "s.yaml": yaml(
        secret("vault-immutable", "s", { immutable: true, stringData: { key: plain("second") } }),
      ),
    });
    for (const app of bad.slice(0, 3))
      await app.until((now) => /SyncFailed|ComparisonError/.test(JSON.stringify(now.status ?? "")));
    await bad[3]?.untilSettled();

    const good = await locked.createRepo("locked", { "app/a.yaml": yaml(configMap("locked", "a")) });
    const refused = await locked.createRepo("refused", { "app/a.yaml": yaml(configMap("refused", "a")) });
    await (await stage.place({ name: "locked", files: {}, source: { repoURL: good } })).untilSettled();
    await (await stage.place({ name: "refused", files: {}, source: { repoURL: refused } })).until(
      (now) => conditions(now, "ComparisonError").length > 0,
    );

    paths = [
      ...apps.flatMap((name) => [
        `/api/v1/applications/${name}`,
        `/api/v1/applications/${name}?refresh=hard`,
        `/api/v1/applications/${name}/manifests`,
        `/api/v1/applications/${name}/managed-resources`,
        `/api/v1/applications/${name}/resource-tree`,
        `/api/v1/applications/${name}/events`,
        `/api/holdfast/v1/applications/argocd/${name}`,
        `/api/holdfast/v1/applications/argocd/${name}/diff?all=true`,
        `/api/holdfast/v1/applications/argocd/${name}/history`,
        `/api/holdfast/v1/runs?app=argocd/${name}&limit=50`,
      ]),
      "/api/v1/applications",
      "/api/v1/projects",
      "/api/v1/clusters",
      "/api/v1/projects/default",
      "/api/holdfast/v1/status",
      "/api/holdfast/v1/problems",
      "/api/holdfast/v1/audit?limit=1000",
      "/api/holdfast/v1/runs?limit=1000",
      "/metrics",
      "/api/version",
      "/",
    ];
  }, 120_000);

  /** Every way in which a canary could stand in a text. */
  const isIn = (text: string): boolean =>
    text.includes(CANARY) ||
    [
      "data",
      "string-data",
      "live",
      "extra",
      "applied",
      "new",
      "first",
      "second",
      "known",
      "git",
      "token",
    ].some((what) => text.includes(base64(what)));

  test("the scan sees what it looks for", async () => {
    expect(isIn(JSON.stringify(await stage.must("GET", "/api/v1/namespaces/vault/secrets/data")))).toBe(true);
    expect(isIn(`{"a":"${base64("live")}"}`)).toBe(true);
  });

  test("no path of the API tells one", async () => {
    const told: string[] = [];
    for (const path of paths) {
      const { status, body } = await stage.daemon.api(path);
      if (status >= 500) told.push(`${path} answers ${status}: ${JSON.stringify(body)}`);
      if (isIn(typeof body === "string" ? body : JSON.stringify(body))) told.push(path);
    }
    expect(told).toEqual([]);
  });

  test("masks say what differs, and nothing more", async () => {
    const { items } = (
      await api<{ items: Shown[] }>("GET", "/api/v1/applications/vault/managed-resources?kind=Secret")
    ).body;
    const data = items.find(({ name }) => name === "data");
    expect(data?.modified).toBe(true);
    const live = JSON.parse(data?.liveState) as Shown,
      target = JSON.parse(data?.predictedLiveState) as Shown;
    expect([live.data.password, target.data.password]).toEqual(["++++++++", "++++++++ (changed)"]);
    expect(live.data.token).toBe(target.data.token);
    expect(Object.keys(live.data)).toContain("extra");
  });

  test.each([
    ["vault-bad-base64", ".data.key: the value is not base64"],
    ["vault-wrong-type", "stringData"],
    ["vault-immutable", "immutable"],
  ])("%s is refused with the field, without the value", async (name, says) => {
    const text = JSON.stringify((await stage.daemon.app(name as string)).status);
    expect(text).toContain(says as string);
    expect(isIn(text)).toBe(false);
  });

  test("neither the command line, nor the log, nor the store tells one", async () => {
    for (const argv of [
      ["app", "diff", "vault"],
      ["app", "manifests", "vault"],
      ["app", "get", "vault", "--output", "json"],
      ["app", "get", "vault-immutable"],
      ["app", "history", "vault"],
      ["app", "list"],
    ]) {
      const { stdout, stderr } = await stage.daemon.cli(...argv);
      expect(stdout + stderr).not.toBe("");
      expect(isIn(stdout + stderr), argv.join(" ")).toBe(false);
    }
    expect(isIn(await stage.daemon.log())).toBe(false);
    const data = join(stage.daemon.dir, "data");
    const files = readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(files.some((file) => file.endsWith("holdfast.db"))).toBe(true);
    expect(files.filter((file) => isIn(readFileSync(file).toString("latin1")))).toEqual([]);
  });

  test("no process that was started for Git bears one in its words", () => {
    const words = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(CANARY) ? [pid] : [];
        } catch (cause) {
          if (cause instanceof Error) return [];
          throw cause;
        }
      });
    expect(words).toEqual([]);
  });
});
