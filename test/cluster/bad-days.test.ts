/** Git, the network and the API server on bad days: it is said, nothing is deleted because of it, and it heals by itself. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiProxy, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import {
  conditions,
  isQuiet,
  isSynced,
  MERGE,
  type Placed,
  type Shown,
  type Stage,
  startStage,
  yaml,
} from "../lib/stage.ts";

setDefaultTimeout(60_000);

const EDGE = "https://edge.example.com",
  SILENT = "https://silent.example.com";
let stage: Stage, edge: ApiProxy, silent: ApiProxy, unheard: Placed;
/** A Git server that can be taken down and comes back at the same address. */
let mortal: GitServer,
  mortalRoot = "",
  mortalPort = 0;

beforeAll(async () => {
  mortalRoot = mkdtempSync(join(tmpdir(), "holdfast-mortal-"));
  mortalPort = await freePort();
  mortal = await startGitServer({ root: mortalRoot, port: mortalPort });
  stage = await startStage({
    poll: "1s",
    config: "retry: { first: 200ms, most: 2s }\ngit: { timeout: 2s, fetchTimeout: 3s }",
    clusters: async ({ kubeconfig }) => {
      edge = await startApiProxy(kubeconfig);
      silent = await startApiProxy(kubeconfig);
      return [
        { name: "edge", server: EDGE, kubeconfig: edge.kubeconfig },
        { name: "silent", server: SILENT, kubeconfig: silent.kubeconfig },
      ];
    },
  });
  // A watch that hears nothing is given up after minutes only: it goes silent now, and the last test sees what came of it.
  unheard = await stage.place({
    name: "unheard",
    files: { "a.yaml": yaml(configMap("unheard", "a")) },
    spec: { destination: { server: SILENT, namespace: "unheard" } },
  });
  await unheard.untilSettled();
  silent.stallWatches();
  await stage.must("PATCH", configMapPath("unheard", "a"), { data: { key: "drifted" } }, MERGE);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await edge?.stop();
  await silent?.stop();
  await mortal?.close();
  rmSync(mortalRoot, { recursive: true, force: true });
}, 60_000);

const troubles = (app: Shown): string => conditions(app, "ComparisonError").join("\n");
const files = (namespace: string): Record<string, string> => ({
  "a.yaml": yaml(configMap(namespace, "a")),
  "b.yaml": yaml(configMap(namespace, "b")),
  "web.yaml": yaml(deployment({ namespace, name: "web" })),
});
const uidsOf = (namespace: string): Promise<string[]> =>
  Promise.all(
    [
      configMapPath(namespace, "a"),
      configMapPath(namespace, "b"),
      `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
    ].map(async (path) => (await stage.must("GET", path)).metadata.uid ?? ""),
  );

/** Unknown with a sentence, as healthy as it was, and every object still there. */
async function expectKept(app: Placed, says: RegExp, uids: readonly string[]): Promise<Shown> {
  const seen = await app.until((now) => troubles(now) !== "");
  expect(troubles(seen)).toMatch(says);
  expect(seen.status.sync.status).toBe("Unknown");
  expect(seen.status.health.status).toBe("Healthy");
  expect(seen.status.resources).toHaveLength(uids.length);
  const before = stage.writes(app.namespace);
  await app.refresh("hard");
  expect(await uidsOf(app.namespace)).toEqual([...uids]);
  expect(stage.writes(app.namespace)).toEqual(before);
  return seen;
}

describe("Git", () => {
  test("its server is down: a sentence, Unknown, nothing pruned; back again, it goes on by itself", async () => {
    const repoURL = await mortal.createRepo(
      "down",
      Object.fromEntries(Object.entries(files("git-down")).map(([path, text]) => [`app/${path}`, text])),
    );
    const app = await stage.place({ name: "git-down", files: {}, source: { repoURL } });
    const other = await stage.place({
      name: "beside-git-down",
      files: { "a.yaml": yaml(configMap("beside-git-down", "a")) },
    });
    await app.untilSettled();
    const uids = await uidsOf("git-down");
    await mortal.close();
    await expectKept(app, new RegExp(`127\\.0\\.0\\.1:${mortalPort}/down\\.git`), uids);
    // Somebody else's repository is none of its business.
    await other.push({ "a.yaml": yaml(configMap("beside-git-down", "a", { key: "second" })) });
    await eventually(
      "the other one is delivered",
      async () => (await stage.must("GET", configMapPath("beside-git-down", "a"))).data.key === "second",
    );
    // And drift is drift, whatever Git does.
    mortal = await startGitServer({ root: mortalRoot, port: mortalPort });
    const sha = await mortal.commit(
      "down",
      { "app/a.yaml": yaml(configMap("git-down", "a", { key: "second" })) },
      "after the outage",
    );
    await app.until(
      (now) => now.status.sync.revision === sha && isSynced(now) && isQuiet(now) && troubles(now) === "",
    );
    expect((await stage.must("GET", configMapPath("git-down", "a"))).data).toEqual({ key: "second" });
  });

  test.each([
    { what: "answers 503", name: "git-503", fault: { do: "status", status: 503 } as const, says: /503/ },
    {
      what: "wants credentials",
      name: "git-401",
      fault: { do: "status", status: 401 } as const,
      says: /credentials|401|password|token/i,
    },
    {
      what: "says a web page in place of Git",
      name: "git-html",
      fault: {
        do: "status",
        status: 200,
        headers: { "content-type": "text/html" },
        body: "<html>sign in</html>",
      } as const,
      says: /git-html\.git/,
    },
    {
      what: "stops in the middle of its answer",
      name: "git-stall",
      fault: { do: "stall", bytes: 20 } as const,
      says: /git-stall\.git.*(within|time)/,
    },
    {
      what: "cuts its answer short",
      name: "git-cut",
      fault: { do: "cut", bytes: 40 } as const,
      says: /git-cut\.git/,
    },
  ])(
    "its server $what: a sentence, Unknown, nothing pruned, recovery by itself",
    async ({ name, fault, says }) => {
      const app = await stage.place({ name, files: files(name) });
      await app.untilSettled();
      const uids = await uidsOf(name);
      const end = stage.git.fail(fault, ({ path }) => path.startsWith(`/${name}.git`));
      await expectKept(app, says, uids);
      end();
      const sha = await app.push({ "a.yaml": yaml(configMap(name, "a", { key: "second" })) });
      await app.until(
        (now) => now.status.sync.revision === sha && isSynced(now) && isQuiet(now) && troubles(now) === "",
      );
    },
  );

  test.each([
    {
      what: "the branch",
      name: "branch-gone",
      says: /main/,
      away: (app: Placed) => stage.git.git(app.name, "update-ref", "-d", "refs/heads/main"),
      back: (app: Placed, sha: string) => stage.git.git(app.name, "update-ref", "refs/heads/main", sha),
    },
    {
      what: "the path",
      name: "path-gone",
      says: /\bapp\b/,
      away: (app: Placed) => stage.git.commit(app.name, { app: null, "README.md": "moved" }, "gone"),
      back: (app: Placed, sha: string) => stage.git.git(app.name, "update-ref", "refs/heads/main", sha),
    },
    {
      what: "the whole repository",
      name: "repo-gone",
      says: /repo-gone\.git/,
      away: (app: Placed) => rename(app, "away"),
      back: (app: Placed) => rename(app, "back"),
    },
  ])(
    "$what is gone: a sentence, Unknown, nothing pruned, recovery by itself",
    async ({ name, says, away, back }) => {
      const app = await stage.place({ name, files: files(name) });
      await app.untilSettled();
      const uids = await uidsOf(name);
      const sha = await stage.git.git(name, "rev-parse", "main");
      await away(app);
      await expectKept(app, says, uids);
      await back(app, sha);
      await app.until((now) => isSynced(now) && isQuiet(now) && troubles(now) === "");
      expect(await uidsOf(name)).toEqual(uids);
    },
  );

  async function rename({ name }: Placed, where: "away" | "back"): Promise<void> {
    const here = stage.git.pathOf(name),
      there = `${here}.away`;
    const moved = Bun.spawn(["mv", ...(where === "away" ? [here, there] : [there, here])]);
    expect(await moved.exited).toBe(0);
  }

  test("the folder renders nothing: nothing is pruned, and the guard says so", async () => {
    const app = await stage.place({ name: "nothing-left", files: files("nothing-left") });
    await app.untilSettled();
    const uids = await uidsOf("nothing-left");
    const sha = await stage.git.git("nothing-left", "rev-parse", "main");
    await app.push({ "a.yaml": null, "b.yaml": null, "web.yaml": null, "README.md": "nothing here" });
    const seen = await app.until((now) => conditions(now, "PruneBlocked").length > 0);
    expect(seen.status.sync.status).toBe("OutOfSync");
    expect(conditions(seen, "PruneBlocked")[0]).toContain("allowEmpty");
    await app.refresh("hard");
    expect(await uidsOf("nothing-left")).toEqual(uids);
    await stage.git.git("nothing-left", "update-ref", "refs/heads/main", sha);
    await app.untilSettled();
    expect(await uidsOf("nothing-left")).toEqual(uids);
  });

  test("a history that was rewritten is followed", async () => {
    const app = await stage.place({ name: "rewritten", files: files("rewritten") });
    await app.untilSettled();
    const first = await stage.git.git("rewritten", "rev-parse", "main");
    await app.push({ "a.yaml": yaml(configMap("rewritten", "a", { key: "second" })) });
    await eventually(
      "the second commit",
      async () => (await stage.must("GET", configMapPath("rewritten", "a"))).data.key === "second",
    );
    const aside = await stage.git.commit(
      "rewritten",
      { "app/a.yaml": yaml(configMap("rewritten", "a", { key: "other" })) },
      "another second",
      { parent: first },
    );
    await app.until((now) => now.status.sync.revision === aside && isSynced(now));
    expect((await stage.must("GET", configMapPath("rewritten", "a"))).data).toEqual({ key: "other" });
  });
});

describe("a cluster", () => {
  const onEdge = (name: string, spec: Shown = {}): Promise<Placed> =>
    stage.place({
      name,
      files: files(name),
      spec: { destination: { server: EDGE, namespace: name }, ...spec },
    });
  const isWrite = ({ method }: ProxiedRequest): boolean => method !== "GET";

  test("is unreachable: its application says so, those of another cluster go on, and it heals by itself", async () => {
    const far = await onEdge("far");
    const near = await stage.place({ name: "near", files: { "a.yaml": yaml(configMap("near", "a")) } });
    await Promise.all([far.untilSettled(), near.untilSettled()]);
    const uids = await uidsOf("far");
    const end = edge.inject(() => true, { do: "cut" });
    edge.cutWatches();
    const seen = await far.until((now) => troubles(now) !== "");
    expect(troubles(seen)).toContain("cluster edge");
    expect(seen.status).toMatchObject({ sync: { status: "Unknown" }, health: { status: "Unknown" } });
    const [shown] = (await stage.daemon.api<{ items: Shown[] }>("/api/v1/clusters")).body.items.filter(
      ({ name }) => name === "edge",
    );
    expect(shown?.connectionState.status).toBe("Failed");
    await near.push({ "a.yaml": yaml(configMap("near", "a", { key: "second" })) });
    await eventually(
      "the near one is delivered",
      async () => (await stage.must("GET", configMapPath("near", "a"))).data.key === "second",
    );
    expect((await stage.daemon.api("/healthz")).status).toBe(200);
    // What happens meanwhile is not lost: a commit, and drift behind the wall.
    const sha = await far.push({ "b.yaml": yaml(configMap("far", "b", { key: "second" })) });
    await stage.must("PATCH", configMapPath("far", "a"), { data: { key: "drifted" } }, MERGE);
    end();
    await far.until(
      (now) =>
        now.status.sync.revision === sha &&
        isSynced(now) &&
        isQuiet(now) &&
        now.status.health.status === "Healthy",
    );
    await eventually(
      "the drift is reverted",
      async () => (await stage.must("GET", configMapPath("far", "a"))).data.key === "value",
    );
    expect((await stage.must("GET", configMapPath("far", "b"))).data).toEqual({ key: "second" });
    expect(await uidsOf("far")).toEqual(uids);
  });

  test("asks for patience (429 with Retry-After): it is given, and nothing fails", async () => {
    const end = edge.inject(
      isWrite,
      {
        do: "answer",
        status: 429,
        headers: { "retry-after": "1" },
        body: {
          kind: "Status",
          status: "Failure",
          reason: "TooManyRequests",
          message: "slow down",
          code: 429,
        },
      },
      3,
    );
    const app = await onEdge("too-many");
    const seen = await app.untilSettled();
    expect(seen.status.operationState).toMatchObject({ phase: "Succeeded" });
    end();
  });

  test.each([500, 502, 503, 504])(
    "fails with %i in the middle of a sync: the sync says so, is tried again, and converges",
    async (status) => {
      const name = `fails-${status}`;
      const end = edge.inject(
        ({ method, path }) => method === "PATCH" && path.includes(name) && !path.includes("dryRun"),
        {
          do: "answer",
          status,
          body: {
            kind: "Status",
            status: "Failure",
            message: `etcdserver: failed (${status})`,
            code: status,
          },
        },
        12,
      );
      const app = await onEdge(name, {
        syncPolicy: {
          automated: { prune: true, selfHeal: true },
          retry: { limit: 10, backoff: { duration: "200ms", factor: 1 } },
        },
      });
      await app.untilSettled();
      end();
      const { items } = (
        await stage.daemon.api<{ items: Shown[] }>(`/api/holdfast/v1/runs?app=argocd/${name}&limit=50`)
      ).body;
      expect(items[0]?.state).toMatchObject({ phase: "Succeeded" });
      expect(items.at(-1)?.state.message).toContain(`etcdserver: failed (${status})`);
    },
  );

  test("loses the answers to writes: what was written is seen, and nothing is done twice", async () => {
    const end = edge.inject(
      ({ method, path }) => method === "PATCH" && path.includes("lost-answers") && !path.includes("dryRun"),
      { do: "cut-answer" },
      2,
    );
    const app = await onEdge("lost-answers");
    await app.untilSettled();
    end();
    const { metadata } = await stage.must("GET", "/apis/apps/v1/namespaces/lost-answers/deployments/web");
    expect(metadata.generation).toBe(1);
    await app.push({ "b.yaml": null });
    await eventually(
      "what it wrote it may prune",
      async () => (await stage.find(configMapPath("lost-answers", "b"))) === undefined,
    );
  });

  test("lists half of what it has and then fails: what was not listed is not gone", async () => {
    const app = await onEdge("half-list");
    await app.untilSettled();
    const before = stage.writes("half-list");
    const end = edge.inject(
      ({ method, path }) => method === "GET" && /\/configmaps\?/.test(path) && !path.includes("watch=1"),
      {
        do: "answer",
        status: 500,
        body: { kind: "Status", status: "Failure", message: "etcdserver: request timed out", code: 500 },
      },
    );
    const expired = edge.inject(({ isWatch, path }) => isWatch && path.includes("/configmaps"), {
      do: "say",
      line: {
        type: "ERROR",
        object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" },
      },
    });
    edge.cutWatches();
    await Bun.sleep(2_000);
    const seen = await app.refresh();
    expect(seen.status.resources.filter(({ health }: Shown) => health?.status === "Missing")).toEqual([]);
    expect(stage.writes("half-list")).toEqual(before);
    expired();
    end();
    await app.push({ "a.yaml": yaml(configMap("half-list", "a", { key: "second" })) });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await eventually(
      "it is delivered",
      async () => (await stage.must("GET", configMapPath("half-list", "a"))).data.key === "second",
    );
  });

  test("closes every watch again and again: none is lost, and lists do not pile up", async () => {
    const app = await onEdge("cut-watches");
    await app.untilSettled();
    const lists = (): number =>
      edge.requests.filter(
        ({ isWatch, method, path }) =>
          method === "GET" &&
          !isWatch &&
          /\/(configmaps|deployments)\?/.test(path) &&
          // A look at where the server's history is costs one object, and is no list.
          !/[?&]limit=1(&|$)/.test(path),
      ).length;
    const before = lists();
    for (let round = 0; round < 5; round++) {
      edge.cutWatches();
      await Bun.sleep(300);
    }
    await stage.must("PATCH", configMapPath("cut-watches", "a"), { data: { key: "drifted" } }, MERGE);
    await eventually(
      "the drift is reverted",
      async () => (await stage.must("GET", configMapPath("cut-watches", "a"))).data.key === "value",
    );
    expect(lists() - before).toBeLessThanOrEqual(2);
  });

  test("whose watches fell silent without a word: they are opened anew, and the drift behind them is found", async () => {
    await eventually(
      "the drift is reverted",
      async () => (await stage.must("GET", configMapPath("unheard", "a"))).data.key === "value",
      240_000,
    );
    await unheard.untilSettled();
  }, 260_000);
});
