import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import { Failure } from "../core/model/failure.ts";
import type { Log } from "../core/ports/log.ts";

let control: FakeControl;
let api: FakeApi;
let logged: string[];
beforeEach(() => {
  control = fakeControl();
  logged = [];
  const note = (message: string, fields?: Record<string, unknown>): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  const log: Log = { debug: () => {}, info: note, warn: note, error: note, with: () => log };
  for (const name of ["web", "api"]) control.put(fakeApp("argocd", name));
  api = startFakeApi(control, { log });
});
afterEach(() => api.stop());

async function ask(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Record<string, any> }> {
  const reply = await fetch(api.url + path, { headers: { "content-type": "application/json" }, ...init });
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> };
}

describe("createApi()", () => {
  test("a status says a pause once, beside the problems; the list of problems has it too", async () => {
    const trouble = (what: "pause" | "config", text: string) =>
      ({ what, stops: "nothing", problem: { severity: "warning", text } }) as const;
    const troubled = startFakeApi(control, {
      troubles: () => [trouble("pause", "deletions are paused"), trouble("config", "poll: is no duration")],
    });
    control.pauses = () => [{ of: "deletions", from: "config" }];
    const at = async (path: string) => (await fetch(`${troubled.url}/api/holdfast/v1/${path}`)).json();
    expect(await at("status")).toMatchObject({
      problems: [{ text: "poll: is no duration" }],
      pauses: [{ text: expect.stringContaining("deletions are paused in the whole daemon") }],
    });
    expect(((await at("problems")) as { items: unknown[] }).items).toHaveLength(2);
    await troubled.stop();
  });

  test("asks which one where two namespaces have the name, and takes appNamespace from a sync's body", async () => {
    control.put(fakeApp("team", "web"));
    expect(await ask("/api/v1/applications/web")).toMatchObject({
      status: 400,
      body: {
        code: 3,
        message: "several applications are called web: argocd/web, team/web. Say which with appNamespace",
      },
    });
    await ask("/api/v1/applications/web/sync", {
      method: "POST",
      body: '{"appNamespace":"team","prune":true}',
    });
    expect(control.calls).toEqual(["sync team/web user:local"]);
    expect(control.application("team/web" as never)?.operation).toEqual({
      sync: { prune: true },
      initiatedBy: { username: "local" },
    });
  });

  test("says of what is not known yet that it is not, which is no fault of ours", async () => {
    control.managedResources = async () => {
      const why = "it was not compared yet";
      throw new Failure("not-ready", "Application argocd/web", "backoff", {
        cannot: "show its resources",
        why,
      });
    };
    expect(await ask("/api/v1/applications/web/managed-resources")).toMatchObject({
      status: 503,
      body: { code: 14, details: { reason: "not-ready" } },
    });
    expect(logged).toEqual([]);
  });

  test("listens to a body no longer when it is too large", async () => {
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(1 << 16, "a"), Buffer.from("\r\n")]);
    const most = 1 << 29;
    const { promise, resolve } = Promise.withResolvers<{ said: string; bytes: number }>();
    let said = "",
      bytes = 0;
    const socket = connect(api.port, "127.0.0.1", () => {
      socket.write(
        "POST /api/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      pour();
    });
    const pour = (): void => {
      while (!socket.destroyed && bytes < most) {
        bytes += chunk.length;
        if (!socket.write(chunk)) return void socket.once("drain", pour);
      }
      socket.destroy();
    };
    socket.on("data", (part) => void (said += part.toString()));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve({ said, bytes }));
    const end = await promise;
    expect(end.bytes).toBeLessThan(most);
    expect(end.said).toStartWith("HTTP/1.1 413");
  });

  test("hands a sync over whole: selection, options, retry, approval of a prune", async () => {
    const body = {
      revision: COMMIT,
      dryRun: true,
      prune: true,
      confirmPrune: 3,
      strategy: { apply: { force: true } },
      resources: [{ group: "apps", kind: "Deployment", name: "web" }],
      syncOptions: { items: ["Replace=true"] },
      retryStrategy: { limit: 2, backoff: { duration: "5s", factor: 2 } },
      infos: [{ name: "why", value: "test" }],
    };
    await ask("/api/v1/applications/web/sync", { method: "POST", body: JSON.stringify(body) });
    expect(control.application("argocd/web" as never)?.operation).toEqual({
      sync: {
        revision: COMMIT,
        dryRun: true,
        prune: true,
        confirmPrune: 3,
        syncStrategy: { apply: { force: true } },
        resources: [{ group: "apps", kind: "Deployment", name: "web" }],
        syncOptions: ["Replace=true"],
      },
      retry: { limit: 2, backoff: { duration: "5s", factor: 2 } },
      info: [{ name: "why", value: "test" }],
      initiatedBy: { username: "local" },
    });
  });

  test.each([{ duration: "forever" }, { maxDuration: "-5s" }, { factor: 0 }])(
    "refuses a sync whose retry could not be: %j",
    async (backoff) => {
      const body = JSON.stringify({ retryStrategy: { limit: 2, backoff } });
      const answer = await ask("/api/v1/applications/web/sync", { method: "POST", body });
      expect(answer).toMatchObject({ status: 400 });
      expect(JSON.stringify(answer)).toContain("retryStrategy");
    },
  );

  test.each<[body: unknown, said: string]>([
    [{ dryrun: true }, "dryrun: this field is not known. Did you mean dryRun?"],
    [{ Prune: true }, "Prune: this field is not known. Did you mean prune?"],
    [{ strategy: { aply: {} } }, "strategy.aply: this field is not known. Did you mean apply?"],
    [{ syncOptions: ["Prune=flase"] }, "Did you mean Prune=false?"],
    [[], "body: expected an object, not a list"],
  ])("refuses a sync with a slip that would make another sync of it: %j", async (body, said) => {
    const sent = { method: "POST", body: JSON.stringify(body) };
    const answer = await ask("/api/v1/applications/web/sync", sent);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining(said)]);
    expect(control.application("argocd/web" as never)?.operation).toBeUndefined();
  });

  test("takes a field of a newer Argo CD, as Argo CD does", async () => {
    const sent = { method: "POST", body: JSON.stringify({ somethingElse: 1, name: "web" }) };
    expect((await ask("/api/v1/applications/web/sync", sent)).status).toBe(200);
  });

  test("answers a second sync as Argo CD does: FailedPrecondition, another operation is in progress", async () => {
    await ask("/api/v1/applications/web/sync", { method: "POST", body: "{}" });
    expect(await ask("/api/v1/applications/web/sync", { method: "POST", body: "{}" })).toMatchObject({
      status: 400,
      body: { code: 9, message: "another operation is already in progress" },
    });
  });

  test("deletes in the foreground unless told otherwise", async () => {
    for (const query of ["", "?propagationPolicy=background", "?cascade=false"]) {
      control.put(fakeApp("argocd", "web"));
      await ask(`/api/v1/applications/web${query}`, { method: "DELETE" });
    }
    expect(
      control.calls.filter((call) => call.startsWith("remove")).map((call) => call.split(" ")[2]),
    ).toEqual(["foreground", "background", "none"]);
  });

  test("passes every problem of a refused write on", async () => {
    const body = JSON.stringify({ ...fakeApp("argocd", "web").spec, project: "nowhere" });
    expect(await ask("/api/v1/applications/web/spec", { method: "PUT", body })).toMatchObject({
      status: 400,
      body: {
        message: 'spec.project: there is no project "nowhere". Use default',
        details: { problems: [{ path: "spec.project" }] },
      },
    });
  });

  test("puts a Failure's reason and fix into the answer, and keeps the text of our own faults in the log", async () => {
    control.manifests = () =>
      Promise.reject(
        new Failure("git-unreachable", "https://git.example.com/x", "backoff", {
          cannot: "fetch",
          why: "connection refused",
          fix: "Check the server",
        }),
      );
    expect(await ask("/api/v1/applications/web/manifests")).toMatchObject({
      status: 503,
      body: {
        code: 14,
        details: { reason: "git-unreachable", why: "connection refused", fix: "Check the server" },
      },
    });
    control.manifests = () =>
      Promise.reject(
        new Failure("store", "/data/holdfast.db", "backoff", {
          cannot: "write the store",
          why: "the disk is full",
        }),
      );
    expect(await ask("/api/v1/applications/web/manifests")).toMatchObject({
      status: 503,
      body: { message: "/data/holdfast.db: cannot write the store: the disk is full" },
    });
    expect(logged).toEqual([]);
    control.manifests = () => Promise.reject(new Error("secret detail"));
    const { status, body } = await ask("/api/v1/applications/web/manifests");
    expect([status, body.message]).toEqual([500, "internal error; the daemon's log has the cause"]);
    expect(logged.join()).toContain("secret detail");
  });

  test("shows states as JSON texts, null where there is none, and differences with their owners", async () => {
    const { body } = await ask("/api/v1/applications/web/managed-resources?kind=Service");
    expect(body.items).toMatchObject([
      { kind: "Service", liveState: "null", targetState: expect.stringContaining('"kind":"Service"') },
    ]);
    const { body: diff } = await ask("/api/holdfast/v1/applications/argocd/web/diff");
    expect(diff.items.map(({ kind, change }: Record<string, string>) => `${change} ${kind}`)).toEqual([
      "change Deployment",
      "create Service",
    ]);
    expect(diff.items[0].fields).toEqual([
      {
        path: "spec.replicas",
        live: 5,
        desired: 3,
        owner: {
          manager: "kubectl-scale",
          operation: "Update",
          time: "2026-11-23T04:00:00Z",
          subresource: "scale",
        },
      },
    ]);
  });

  test("builds the tree with parents by uid and leaves out what is not known", async () => {
    const { body } = await ask("/api/v1/applications/web/resource-tree");
    expect(body.nodes[1]).toMatchObject({
      kind: "ReplicaSet",
      parentRefs: [{ kind: "Deployment", name: "web", uid: "u-1" }],
      info: [{ name: "Revision", value: "Rev:1" }],
    });
    expect(body.nodes[2]).toEqual({
      group: "",
      kind: "Service",
      namespace: "shop",
      name: "web",
      version: "v1",
      health: { status: "Missing" },
    });
  });

  test("shows a cluster's connection in Argo CD's words", async () => {
    const { body } = await ask("/api/v1/clusters?name=edge");
    expect(body.items).toMatchObject([
      {
        connectionState: {
          status: "Failed",
          message: "connect ECONNREFUSED",
          attemptedAt: "2026-11-23T04:00:00Z",
        },
      },
    ]);
    expect((await ask("/api/v1/clusters/in-cluster")).body).toMatchObject({
      serverVersion: "v1.36.2",
      info: { applicationsCount: 2 },
    });
  });

  test("is not ready until the control is", async () => {
    control.setReady(false);
    expect((await fetch(`${api.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });

  test("hands a push on as it was told", async () => {
    await ask("/api/webhook", {
      method: "POST",
      body: '{"ref":"refs/heads/main","repository":{"url":"https://git.example.com/x"}}',
    });
    await ask("/api/webhook", { method: "POST", body: '{"repository":{"url":null}}' });
    expect(api.pushes).toEqual([{ urls: ["https://git.example.com/x"], ref: "main" }]);
  });

  test("cuts a body that arrives without a length at the limit", async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024).fill(0x20)),
    });
    const reply = await fetch(`${api.url}/api/v1/applications/web/sync`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: endless,
    });
    expect(reply.status).toBe(413);
    expect(control.calls).toEqual([]);
  });
});

describe("streams", () => {
  test("let go of the control when the client leaves", async () => {
    const leave = new AbortController();
    const reply = await fetch(`${api.url}/api/v1/stream/applications`, { signal: leave.signal });
    expect([reply.status, control.listeners()]).toEqual([200, 1]);
    leave.abort();
    while (control.listeners() > 0) await Bun.sleep(1);
    expect(control.listeners()).toBe(0);
  });

  test("are not opened by a HEAD", async () => {
    const reply = await fetch(`${api.url}/api/v1/stream/applications`, { method: "HEAD" });
    expect([reply.status, control.listeners()]).toEqual([200, 0]);
  });

  test("carry line breaks inside JSON, never as a new event", async () => {
    const reply = await fetch(`${api.url}/api/v1/stream/applications?resourceVersion=1`, {
      headers: { accept: "text/event-stream" },
    });
    const app = fakeApp("argocd", "web");
    control.emit({
      type: "MODIFIED",
      app: { ...app, spec: { ...app.spec, info: [{ name: "a", value: "x\r\n\r\nevent: forged\ndata: 1" }] } },
    });
    let received = "";
    for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
      received += chunk;
      if (received.includes("data: ")) break;
    }
    expect(received.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith(":"))).toEqual([
      expect.stringMatching(/^data: \{"result":\{"type":"MODIFIED".*\}$/),
    ]);
  });
});
