import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { type FakeControl, fakeApp, fakeControl } from "../../test/fakes/fake-control.ts";
import { type FakeApi, startFakeApi } from "../../test/lib/fake-api.ts";
import type { ActivityNote } from "../core/model/activity.ts";
import { Failure } from "../core/model/failure.ts";
import { Ambient } from "../lib/ambient.ts";
import type { Asking } from "./asking.ts";

const TOKEN = "t0ken-of-the-test";
let control: FakeControl;
let api: FakeApi;
let asking: Ambient<Asking>;
let refused: Omit<ActivityNote, "at">[];
let around: (Asking | undefined)[];
beforeEach(() => {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  asking = new Ambient();
  refused = [];
  around = [];
  control.terminate = async (key) => {
    await Bun.sleep(0);
    around.push(asking.now());
    return { is: "written", app: control.application(key)! };
  };
  api = startFakeApi(control, { token: TOKEN, asking, onRefused: (note) => refused.push(note) });
});
afterEach(() => api.stop());

function ask(headers: Record<string, string> = {}, token: string | undefined = TOKEN): Promise<Response> {
  return fetch(`${api.url}/api/v1/applications/web/operation`, {
    method: "DELETE",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
}

describe("what is known around a request", () => {
  test("is who asks, from where, with what, and why", async () => {
    const reason = encodeURIComponent("zu früh: “web” läuft");
    expect((await ask({ "user-agent": "holdfast/1", "holdfast-reason": reason })).status).toBe(200);
    expect(around).toEqual([
      {
        actor: "user:token",
        from: { address: "127.0.0.1", agent: "holdfast/1" },
        reason: "zu früh: “web” läuft",
      },
    ]);
    expect(asking.now()).toBeUndefined();
  });

  test.each([
    ["is no UTF-8", "%ff"],
    ["ends in the middle", "%2"],
    ["is a novel", "x".repeat(501)],
  ])("a reason that %s is refused, and nothing is done", async (_, reason) => {
    const reply = await ask({ "holdfast-reason": reason });
    expect([reply.status, around]).toEqual([400, []]);
  });

  test("a reason that is empty is none", async () => {
    await ask({ "holdfast-reason": " " });
    expect(around).toEqual([expect.not.objectContaining({ reason: expect.anything() })]);
  });
});

describe("what is refused", () => {
  test("is told with who asked, from where, for what, and never with what was shown", async () => {
    expect((await ask({}, "wrong-canary")).status).toBe(401);
    expect(refused).toMatchObject([
      {
        actor: "anonymous",
        action: "request without login",
        from: { address: "127.0.0.1" },
        outcome: { is: "refused", why: expect.stringContaining("Authorization: Bearer") },
        details: { method: "DELETE", path: "/api/v1/applications/web/operation", http: 401 },
      },
    ]);
    expect(JSON.stringify(refused)).not.toContain("canary");
  });

  test("of somebody who is known is told as theirs, with what they asked", async () => {
    control.terminate = async () => ({ is: "managed-by-file", file: "apps/web.yaml" });
    expect((await ask()).status).toBe(403);
    expect(refused).toMatchObject([
      {
        actor: "user:token",
        action: "request",
        outcome: { is: "refused", why: expect.stringContaining("apps/web.yaml") },
        details: { on: "DELETE /api/v1/applications/web/operation", http: 403 },
      },
    ]);
  });

  test("and what could not be done is told beside it, where it would have changed something", async () => {
    control.terminate = control.deployments = () => {
      throw new Failure("store", "holdfast.db", "backoff", {
        ...{ cannot: "write the store", why: "the disk is full", fix: "Free space there" },
      });
    };
    expect((await ask()).status).toBe(503);
    const read = await fetch(`${api.url}/api/holdfast/v1/applications/argocd/web/history`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(read.status).toBe(503);
    expect(refused).toMatchObject([
      { actor: "user:token", outcome: { is: "failed", why: expect.stringContaining("the disk is full") } },
    ]);
  });

  test("is not told where the request only made no sense, or nothing was there", async () => {
    for (const path of ["/api/v1/applications/nowhere", "/api/holdfast/v1/activity?limit=x", "/nowhere"])
      await fetch(api.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(refused).toEqual([]);
  });

  test("without a token a name of another machine is told", async () => {
    const open = startFakeApi(control, { onRefused: (note) => refused.push(note) });
    await fetch(`${open.url}/api/v1/applications?a=${"x".repeat(900)}`, {
      headers: { host: "evil.example.com" },
    });
    expect(refused).toMatchObject([
      { actor: "anonymous", action: "request", details: { http: 421, path: "/api/v1/applications" } },
    ]);
    // A name that is none, and an address that cannot be read: refused and told like any other.
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(open.port, "127.0.0.1", () =>
        socket.write(
          "GET /api/v1/projects?a=1 HTTP/1.1\r\nHost: 127.0.0.1:99999999\r\nConnection: close\r\n\r\n",
        ),
      );
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("end", () => resolve(text));
      socket.on("error", reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(refused.at(-1)).toMatchObject({ details: { http: 421, path: "/api/v1/projects" } });
    await open.stop();
  });
});
