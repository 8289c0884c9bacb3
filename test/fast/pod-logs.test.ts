/** Logs of Pods, from an API server's answer to what a person reads. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { authorised } from "../../src/api/authorised/authorised.ts";
import type { Env } from "../../src/api/context.ts";
import { logRoutes } from "../../src/api/logs.ts";
import { routesOf } from "../../src/api/routes.ts";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { Asker } from "../../src/core/access/asker.ts";
import { appKey } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { PodLogAsk, PodLogLine } from "../../src/core/model/pod-log.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { LogEvent, ResourceNode } from "../../src/engine/control.ts";
import { containersOf, noPodFix, PodLogs, podsMeant } from "../../src/engine/show/pod-logs.ts";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { cli } from "../lib/cli.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { rawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

const NOW: PodLogAsk = { until: "now", of: "this-run" };
const FOLLOWED: PodLogAsk = { until: "its-end", of: "this-run" };
const never = new AbortController().signal;
const textsOf = async (lines: AsyncIterable<PodLogLine>) => {
  const texts: string[] = [];
  for await (const { text } of lines) texts.push(text);
  return texts;
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "holdfast-logs-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function connected(kubeconfig: string): Promise<Cluster> {
  const file = join(dir, `${crypto.randomUUID()}.yaml`);
  await writeFile(file, kubeconfig);
  return connectCluster({ name: "c", server: "https://c", kubeconfig: { file }, log: recordingLog() });
}

describe("a cluster's log of a Pod", () => {
  test("of the sandbox: what there is, followed until the Pod goes, and what is wrong with it", async () => {
    const sandbox = await startSandbox({ listen: "127.0.0.1:0", workloads: "none" });
    const file = join(dir, "sandbox.yaml");
    await writeFile(file, sandbox.kubeconfig);
    const raw = await rawApi(file);
    await raw
      .must("POST", "/api/v1/namespaces/default/serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default" },
      })
      .catch(() => undefined);
    const containers = [
      { name: "side", image: "s" },
      { name: "main", image: "m" },
    ];
    const pods = "/api/v1/namespaces/default/pods";
    const pod = await raw.must("POST", pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", annotations: { "kubectl.kubernetes.io/default-container": "main" } },
      spec: { containers },
    });
    const cluster = await connected(sandbox.kubeconfig);
    const at = { namespace: "default", name: "p" };
    const read = (ask: PodLogAsk) => textsOf(cluster.logs(at, ask, never));
    expect(await read(NOW).catch((cause: Failure) => [cause.code, cause.why])).toEqual([
      "refused",
      'container "main" in pod "p" is waiting to start: ContainerCreating',
    ]);
    const running = (name: string) => ({
      name,
      image: "i",
      imageID: "",
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: "2026-11-29T12:00:00Z" } },
    });
    await raw.must("PUT", `${pods}/p/status`, {
      ...pod,
      status: { phase: "Running", containerStatuses: containers.map(({ name }) => running(name)) },
    });
    const said = "sandbox: container main of Pod p started; nothing runs in it";
    expect(await read(NOW)).toEqual([said]);
    expect(await read({ ...NOW, sinceTime: "2026-11-29T12:00:01Z" })).toEqual([]);
    expect((await read({ ...NOW, container: "side" }))[0]).toContain("container side");
    expect(await read({ ...NOW, of: "previous" }).catch(({ code }: Failure) => [code])).toEqual(["refused"]);
    const followed = cluster.logs(at, FOLLOWED, never)[Symbol.asyncIterator]();
    expect((await followed.next()).value).toEqual({ text: said, time: "2026-11-29T12:00:00.000000000Z" });
    const end = followed.next();
    await raw.must("DELETE", `${pods}/p?gracePeriodSeconds=0`);
    expect((await end).done).toBe(true);
    expect(await read(NOW).catch(({ code }: Failure) => [code])).toEqual(["not-found"]);
    await cluster.stop();
    await sandbox.stop();
  });

  test("a connection that is cut in the middle is told as such, and no end", async () => {
    const cut = Promise.withResolvers<() => void>();
    const cutting = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          if (!bytes.toString().includes("/log?"))
            return void socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
          const line = "2026-11-29T12:00:00Z one\n";
          socket.write(
            `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${line.length.toString(16)}\r\n${line}\r\n`,
          );
          cut.resolve(() => void socket.end());
        },
      },
    });
    const cluster = await connected(
      `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: "http://127.0.0.1:${cutting.port}"}}], users: [{name: u, user: {token: t}}], contexts: [{name: c, context: {cluster: c, user: u}}]}`,
    );
    const lines = cluster.logs({ namespace: "n", name: "p" }, { ...FOLLOWED, container: "c" }, never);
    const reading = lines[Symbol.asyncIterator]();
    expect((await reading.next()).value?.text).toBe("one");
    (await cut.promise)();
    const failure: Failure = await reading.next().then(
      () => expect.unreachable(),
      (cause) => cause,
    );
    expect([failure.code, failure.object, failure.cannot]).toEqual([
      "cluster-unreachable",
      "Pod n/p",
      "read its log",
    ]);
    await cluster.stop();
    cutting.stop(true);
  });
});

describe("several Pods as one", () => {
  const line = (time: string, text: string): PodLogLine => ({ time: `2026-11-29T12:00:${time}Z`, text });
  const clusterOf = (logs: Record<string, (signal: AbortSignal) => AsyncIterable<PodLogLine>>) => ({
    logs: ({ name }: { name: string }, _: PodLogAsk, signal: AbortSignal) => logs[name]?.(signal) ?? none(),
  });
  async function* none(): AsyncGenerator<PodLogLine> {}
  async function* all(...lines: (PodLogLine | Failure)[]): AsyncGenerator<PodLogLine> {
    for (const one of lines) {
      if (one instanceof Failure) throw one;
      yield one;
    }
  }
  async function* untilStopped(signal: AbortSignal, ...lines: PodLogLine[]): AsyncGenerator<PodLogLine> {
    yield* lines;
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
  const pods = ["a", "b", "c"].map((name) => ({ namespace: "n", name }));
  const gone = new Failure("not-found", "Pod n/b", "backoff", { cannot: "read its log", why: "it is gone" });
  const told = (event: LogEvent) =>
    event.is === "line" ? `${event.pod} ${event.text}` : `${event.pod} ${event.failure.why}`;

  test("what there is comes by its times, fractions too; one that goes is told once, the others go on", async () => {
    const cluster = clusterOf({
      a: () => all(line("01", "1"), line("03.5", "4")),
      b: () => all(line("02", "2"), gone),
      c: () => all(line("03.25", "3"), line("04", "5")),
    });
    const events: string[] = [];
    for await (const event of new PodLogs().read(cluster, pods, NOW, never, "ann")) events.push(told(event));
    expect(events).toEqual(["a 1", "b 2", "b it is gone", "c 3", "a 4", "c 5"]);
  });

  test("what is followed waits for nobody who is silent, and ends for all when nobody reads", async () => {
    const stopped: string[] = [];
    const silent = (name: string) => (signal: AbortSignal) => {
      signal.addEventListener("abort", () => stopped.push(name));
      return untilStopped(signal);
    };
    const cluster = clusterOf({
      a: silent("a"),
      b: (signal) => untilStopped(signal, line("01", "1"), line("02", "2")),
      c: silent("c"),
    });
    const logs = new PodLogs();
    const reading = logs.read(cluster, pods, FOLLOWED, never, "ann");
    expect(told((await reading.next()).value as LogEvent)).toBe("b 1");
    expect(told((await reading.next()).value as LogEvent)).toBe("b 2");
    await reading.return(undefined);
    expect(stopped).toEqual(["a", "c"]);
  });

  test("what is open is counted, and let go of", async () => {
    const logs = new PodLogs();
    const cluster = clusterOf(
      Object.fromEntries(pods.map(({ name }) => [name, (signal) => untilStopped(signal, line("01", "x"))])),
    );
    const open = Array.from({ length: 66 }, (_, at) =>
      logs.read(cluster, pods, FOLLOWED, never, at < 50 ? "ann" : "bob"),
    );
    for (const one of open) await one.next();
    const refused = await logs.read(cluster, pods, FOLLOWED, never, "cay").next().then(String, String);
    expect(refused).toContain("198 Pods are being read by others");
    for (const one of open) await one.return(undefined);
    expect((await logs.read(cluster, pods, FOLLOWED, never, "ann").next()).done).toBe(false);
  });

  test("nobody takes all that there is, with Pods of many containers neither", async () => {
    const logs = new PodLogs();
    const cluster = clusterOf({ a: (signal) => untilStopped(signal, line("01", "x")) });
    const many = Array.from({ length: 200 }, (_, at) => ({ namespace: "n", name: "a", container: `c${at}` }));
    const refused = await logs.read(cluster, many, FOLLOWED, never, "ann").next().then(String, String);
    expect(refused).toContain("150 are read for one person at once");
    const open = logs.read(cluster, many.slice(0, 149), FOLLOWED, never, "ann");
    expect((await open.next()).done).toBe(false);
    const more = () => logs.read(cluster, pods, FOLLOWED, never, "ann");
    expect(await more().next().then(String, String)).toContain("you read 149 Pods or containers");
    expect((await logs.read(cluster, pods, FOLLOWED, never, "bob").next()).done).toBe(false);
    await open.return(undefined);
    expect((await more().next()).done).toBe(false);
  });

  test("are all containers of each Pod where that is asked for, by their times, and each is named", async () => {
    const cluster = {
      ...clusterOf({}),
      read: async ({ name }: { name: string }) =>
        name === "b"
          ? { is: "absent" as const }
          : {
              is: "found" as const,
              live: undefined as never,
              object: {
                ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
                spec: { initContainers: [{ name: "set-up" }], containers: [{ name: "web" }, { odd: 1 }] },
              },
            },
      logs: async function* ({ name }: { name: string }, { container }: PodLogAsk) {
        yield line(container === "set-up" ? "01" : "02", `${name} ${container ?? "its own choice"}`);
      },
    };
    const meant = await containersOf(cluster, pods.slice(0, 2));
    const events: string[] = [];
    for await (const event of new PodLogs().read(cluster, meant, NOW, never, "ann"))
      events.push(`${event.container ?? "-"}: ${told(event)}`);
    expect(events).toEqual(["set-up: a a set-up", "web: a a web", "-: b b its own choice"]);
  });

  test("are those of the tree alone, by name and by what they descend from", () => {
    const node = (kind: string, name: string, parent?: string): ResourceNode => ({
      ref: { group: kind === "Pod" ? "" : "apps", kind, namespace: "n", name },
      version: "v1",
      uid: name,
      parents:
        parent === undefined ? [] : [{ group: "", kind: "", namespace: "n", name: parent, uid: parent }],
      resourceVersion: "",
      createdAt: undefined,
      images: [],
      health: undefined,
      info: [],
    });
    const nodes = [
      node("Deployment", "web"),
      node("ReplicaSet", "web-1", "web"),
      node("Pod", "web-1-x", "web-1"),
      node("StatefulSet", "db"),
      node("Pod", "db-0", "db"),
      { ...node("Pod", "wanted"), uid: undefined },
    ];
    const fix = (pod: string) => noPodFix(nodes, { pod }, "shop/web");
    expect(fix("web")).toBe(
      "There is a Deployment of that name: holdfast app logs shop/web --kind Deployment --name web",
    );
    expect(fix("gone")).toBe("See what it has: holdfast app tree shop/web");
    expect(noPodFix(nodes, {}, "shop/web")).toBe("See what it has: holdfast app tree shop/web");
    const names = (of: Parameters<typeof podsMeant>[1]) => podsMeant(nodes, of).map(({ name }) => name);
    expect(names({})).toEqual(["web-1-x", "db-0"]);
    expect(names({ of: { kind: "deployment", name: "web" } })).toEqual(["web-1-x"]);
    expect(names({ of: { kind: "Pod" } })).toEqual(["web-1-x", "db-0"]);
    expect(names({ pod: "db-0", namespace: "n" })).toEqual(["db-0"]);
    expect(names({ pod: "db-0", namespace: "other" })).toEqual([]);
    expect(names({ pod: "elsewhere" })).toEqual([]);
  });
});

describe("the API's logs and app logs", () => {
  const control = fakeControl();
  let api: FakeApi;
  beforeAll(() => {
    control.put(fakeApp("shop", "web"));
    api = startFakeApi(control);
  });
  afterAll(() => api.stop());
  const failure = new Failure("refused", "Pod shop/web-2", "after-edit", {
    cannot: "read its log",
    why: 'container "web" is waiting to start',
  });
  const lines = (...events: LogEvent[]) =>
    async function* () {
      yield* events;
    };
  const at = (pod: string, text: string, second = 1): LogEvent => ({
    is: "line",
    pod,
    text,
    time: `2026-11-29T12:00:0${second}.5Z`,
  });
  beforeEach(() => control.setLogs(lines(at("web-1", "one"), at("web-1", "TWO \u001b[2J", 2)), ["web-1"]));
  afterEach(() => {
    control.calls.length = 0;
  });
  const get = async (path: string, headers = {}) => {
    const reply = await fetch(`${api.url}/api/v1/applications/web${path}`, { headers });
    return { status: reply.status, text: await reply.text() };
  };
  const run = (argv: string, setting = {}) => cli(argv.split(" "), { server: api.url, ...setting });

  test("has Argo CD's shape, a last entry, and both paths; what is asked arrives", async () => {
    const { text } = await get(
      "/logs?tailLines=5&follow=true&kind=Deployment&resourceName=web&container=c&sinceSeconds=60",
    );
    expect(
      text
        .split("\n")
        .filter((one) => one !== "")
        .map((one) => JSON.parse(one)),
    ).toEqual([
      {
        result: {
          content: "one",
          timeStamp: "2026-11-29T12:00:01Z",
          timeStampStr: "2026-11-29T12:00:01.5Z",
          podName: "web-1",
        },
      },
      {
        result: {
          content: "TWO \u001b[2J",
          timeStamp: "2026-11-29T12:00:02Z",
          timeStampStr: "2026-11-29T12:00:02.5Z",
          podName: "web-1",
        },
      },
      {
        result: { content: "", timeStamp: "0001-01-01T00:00:00Z", timeStampStr: "", podName: "", last: true },
      },
    ]);
    expect(JSON.parse(control.calls[0]?.replace("logs shop/web ", "") ?? "")).toEqual({
      chosen: { of: { kind: "Deployment", name: "web" } },
      until: "its-end",
      of: "this-run",
      container: "c",
      tailLines: 5,
      sinceSeconds: 60,
    });
    await get("/pods/web-1/logs?previous=true");
    expect(control.calls[1]).toContain('{"chosen":{"pod":"web-1"},"until":"now","of":"previous"}');
    expect((await get("/logs", { accept: "text/event-stream" })).text).toContain(
      '\n\ndata: {"result":{"content":"one"',
    );
  });

  test("are for whoever the policy gives logs to; who may see the application alone is told what is missing", async () => {
    const asked: string[] = [];
    const only = (...given: string[]) =>
      new Asker("user:ann", "ann", ({ resource, action, object }) => {
        asked.push(`${resource} ${action} ${object}`);
        return given.includes(resource)
          ? { is: "allowed", because: "nothing" }
          : { is: "denied", because: "nothing" };
      });
    const parts = { control, sets: undefined, clusters: undefined, homeNamespace: "argocd" };
    const { control: guarded } = authorised(parts);
    const logs = (who: Asker) => guarded.logs(who, appKey("shop", "web"), {}, NOW, never);
    const refused = await logs(only("applications")).then(String, String);
    expect(refused).toContain("permission denied: logs, get, default/shop/web, sub: ann");
    expect(control.calls).toEqual([]);
    expect(await logs(only("logs"))).toEqual({ is: "absent" });
    expect((await logs(only("logs", "applications"))).is).toBe("found");
  });

  test("whose login ends meanwhile reads no further, and is told so; a silent log is ended too", async () => {
    for (const silent of [false, true]) {
      let holds = true;
      const read = async function* (_: PodLogAsk, signal: AbortSignal): AsyncGenerator<LogEvent> {
        yield at("web-1", "one");
        holds = false;
        if (silent)
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
        yield at("web-1", "two");
      };
      control.setLogs(read, ["web-1"]);
      const router = new Hono<Env>();
      const who = new Asker(
        "user:ann",
        "ann",
        () => ({ is: "allowed", because: "nothing" }),
        () => holds,
      );
      const guarded = authorised({ control, sets: undefined, clusters: undefined, homeNamespace: "argocd" });
      logRoutes(routesOf(router), { control: guarded.control, log: recordingLog() });
      const reply = await router.request(
        "/api/v1/applications/web/logs?follow=true",
        {},
        { server: undefined, who },
      );
      const text = await reply.text();
      expect(text).toContain('"content":"one"');
      expect(text).not.toContain('"content":"two"');
      expect(text).toContain('"http_code":401');
    }
  });

  test("filters as Argo CD does, and refuses what makes no sense", async () => {
    const contents = async (query: string) =>
      [...(await get(`/logs?${query}`)).text.matchAll(/"content":"(\w+)/g)].map(([, word]) => word);
    expect(await contents("filter=two")).toEqual(["TWO"]);
    expect(await contents("filter=two&matchCase=true")).toEqual([]);
    expect(await contents("filter=!two")).toEqual(["one"]);
    expect(await contents("untilTime=2026-11-29T12:00:01.9Z")).toEqual(["one"]);
    for (const wrong of ["tailLines=many", "sinceSeconds=-1", "sinceTime=yesterday", "untilTime=x"])
      expect((await get(`/logs?${wrong}`)).status).toBe(400);
  });

  test("one Pod that cannot be read is the answer; among others it is told, and the rest goes on", async () => {
    const failed: LogEvent = { is: "failed", pod: "web-2", failure };
    control.setLogs(lines(failed), ["web-2"]);
    expect((await get("/logs")).status).toBe(400);
    const alone = await run("app logs web");
    expect([alone.code, alone.stderr]).toEqual([
      8,
      '✗ Pod shop/web-2: cannot read its log: container "web" is waiting to start.   exit 8\n',
    ]);
    control.setLogs(lines(at("web-1", "one"), failed, at("web-1", "two", 2)), ["web-1", "web-2"]);
    const both = await run("app logs web");
    expect([both.code, both.stdout]).toEqual([8, "[web-1] one\n[web-1] two\n"]);
  });

  test("a client that leaves ends the reading, and one that is slow is not read ahead for", async () => {
    let read = 0;
    const ended = Promise.withResolvers<void>();
    control.setLogs(
      async function* (_, signal) {
        signal.addEventListener("abort", () => ended.resolve());
        for (;;) {
          read++;
          yield at("web-1", "x".repeat(60_000));
        }
      },
      ["web-1"],
    );
    const leaving = new AbortController();
    const reply = await fetch(`${api.url}/api/v1/applications/web/logs?follow=true`, {
      signal: leaving.signal,
    });
    const reader = reply.body?.getReader();
    await reader?.read();
    leaving.abort();
    await ended.promise;
    const before = read;
    await get("/logs?tailLines=x");
    expect(read).toBe(before);
    // What sockets hold, and no more.
    expect(read).toBeLessThan(2_000);
  });

  test("app logs: names of Pods, none of them, times, JSON; a terminal is steered by nothing", async () => {
    expect((await run("app logs web")).stdout).toBe("[web-1] one\n[web-1] TWO \u001b[2J\n");
    const plain = await run("app logs web --no-prefix --timestamps", {
      terminal: { columns: 80 },
      env: { NO_COLOR: "1" },
    });
    expect(plain.stdout).toBe("2026-11-29T12:00:01.5Z one\n2026-11-29T12:00:02.5Z TWO �[2J\n");
    // Nothing is coloured in a pipe, and on a terminal no sequence is told letter by letter.
    control.setLogs(lines(at("web-1", "\u001b[1;31mred\u001b[0m and \u001b[38;5;9mmore\u001b[m")), ["web-1"]);
    expect((await run("app logs web --no-prefix")).stdout).toBe("red and more\n");
    expect((await run("app logs web --no-prefix", { terminal: { columns: 80 } })).stdout).toBe(
      "red and more\n",
    );
    control.setLogs(lines(at("web-1", "one"), at("web-1", "TWO \u001b[2J", 2)), ["web-1"]);
    const json = (await run("app logs web -o json")).stdout.trim().split("\n");
    expect(json.map((one) => JSON.parse(one).content)).toEqual(["one", "TWO \u001b[2J"]);
    await run("app logs shop/web web-1 -c proxy -f --tail 3 --since 90s --grep x --previous");
    expect(control.calls.at(-1)).toBe(
      `logs ${appKey("shop", "web")} {"chosen":{"pod":"web-1"},"until":"its-end","of":"previous","container":"proxy","tailLines":3,"sinceSeconds":90}`,
    );
    await run("app logs web --all-containers");
    expect(control.calls.at(-1)).toContain('"chosen":{"containers":"all"}');
    expect((await run("app logs wbe")).code).toBe(3);
    expect((await run("app logs web --since soon")).code).toBe(2);
  });
});
