/** What an API server, and what stands in its place, may answer about a Lease. */
import { afterEach, describe, expect, test } from "bun:test";
import { rejectionOf } from "../../test/lib/ending-of.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { LeaseAnswer } from "../core/ports/lease-api.ts";
import { ClusterLease } from "./cluster-lease.ts";

const lease: KubeObject = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { namespace: "ops", name: "holdfast", uid: "u1", resourceVersion: "5" },
};
const status = (code: number, reason: string): Response =>
  Response.json({ kind: "Status", code, reason, message: `it says ${reason}` }, { status: code });

let server: ReturnType<typeof Bun.serve>;
let api: ClusterLease;
let asked: string[] = [];
afterEach(async () => {
  api.stop();
  await server.stop(true);
});

function given(answer: (request: Request) => Response | Promise<Response>): ClusterLease {
  asked = [];
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname !== "/readyz") asked.push(`${request.method} ${pathname}${search}`);
      return pathname === "/readyz" ? new Response("ok") : answer(request);
    },
  });
  const config = {
    "current-context": "it",
    clusters: [{ name: "it", cluster: { server: `http://127.0.0.1:${server.port}` } }],
    users: [{ name: "it", user: {} }],
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
  };
  api = new ClusterLease({
    ...{ source: { text: JSON.stringify(config) }, environment: {}, log: recordingLog() },
    ...{ place: { namespace: "ops", name: "holdfast" }, limitMs: 2_000 },
  });
  return api;
}

const never = new AbortController().signal;
const PATH = "/apis/coordination.k8s.io/v1/namespaces/ops/leases";

describe("a request", () => {
  const answers: { name: string; answer: () => Response; is: LeaseAnswer }[] = [
    { name: "a Lease", answer: () => Response.json(lease), is: { is: "lease", object: lease } },
    { name: "another version", answer: () => status(409, "Conflict"), is: { is: "conflict" } },
    { name: "one that is there", answer: () => status(409, "AlreadyExists"), is: { is: "conflict" } },
    { name: "none", answer: () => status(404, "NotFound"), is: { is: "absent" } },
    {
      name: "the 404 of a proxy",
      answer: () => new Response("no such route", { status: 404 }),
      is: { is: "failed", why: "HTTP 404: no such route" },
    },
    {
      name: "the 409 of a proxy",
      answer: () => new Response("busy", { status: 409 }),
      is: { is: "failed", why: "HTTP 409: busy" },
    },
    {
      name: "no right",
      answer: () => status(403, "Forbidden"),
      is: { is: "failed", why: "it says Forbidden" },
    },
    {
      name: "a fault, after which it may have been done",
      answer: () => status(500, "InternalError"),
      is: { is: "failed", why: "it says InternalError" },
    },
    { name: "a list", answer: () => Response.json([]), is: { is: "failed", why: "the answer is no Lease" } },
    {
      name: "nothing of a kind",
      answer: () => Response.json({}),
      is: { is: "failed", why: "the answer is no Lease" },
    },
  ];
  test.each(answers)("is sent once and answered with $name", async ({ answer, is }) => {
    const it = given(answer);
    expect(await it.replace(lease, never)).toEqual(is);
    expect(asked).toEqual([`PUT ${PATH}/holdfast`]);
  });

  test("that makes one is answered with no namespace where there is none", async () => {
    expect(await given(() => status(404, "NotFound")).create(lease, never)).toEqual({
      ...{ is: "failed", why: "there is no namespace ops" },
    });
    expect(asked).toEqual([`POST ${PATH}`]);
  });

  test("reads what is now, and no cache", async () => {
    await given(() => Response.json(lease)).read(never);
    expect(asked).toEqual([`GET ${PATH}/holdfast`]);
  });

  const texts: { name: string; text: string }[] = [
    { name: "text in place of JSON", text: "<html>sign in</html>" },
    { name: "half of an answer", text: JSON.stringify(lease).slice(0, 60) },
    { name: "more than a Lease can be", text: `{"a":"${"x".repeat(2 * 1024 * 1024)}"}` },
  ];
  test.each(texts)("with $name has failed", async ({ text }) => {
    expect((await given(() => new Response(text)).read(never)).is).toBe("failed");
  });

  test("is never sent after it was given up, also where it waited to be", async () => {
    const given429 = given(() => new Response("", { status: 429, headers: { "retry-after": "1" } }));
    const late = new AbortController();
    const answer = given429.replace(lease, late.signal);
    while (asked.length === 0) await Bun.sleep(1);
    // By then it waits for the second that the server asked for.
    await Bun.sleep(50);
    late.abort(new Error("it is over"));
    expect((await answer).is).toBe("failed");
    expect(asked).toHaveLength(1);
    expect(await given429.replace(lease, late.signal)).toEqual({ is: "failed", why: "it is over" });
    expect(asked).toHaveLength(1);
  });

  test("that is under way is cut", async () => {
    const cut = Promise.withResolvers<void>();
    const hanging = given((request) => {
      request.signal.addEventListener("abort", () => cut.resolve());
      return new Promise<Response>(() => undefined);
    });
    const over = new AbortController();
    const answer = hanging.replace(lease, over.signal);
    while (asked.length === 0) await Bun.sleep(1);
    over.abort(new Error("it is over"));
    expect((await answer).is).toBe("failed");
    await cut.promise;
  });
});

describe("watch()", () => {
  const watched = async (lines: readonly unknown[]): Promise<(string | undefined)[]> => {
    const told: (string | undefined)[] = [];
    const text = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");
    await given(() => new Response(text))
      .watch((one) => told.push(one === "absent" ? one : one.metadata.resourceVersion), never)
      .catch((cause: Error) => told.push(cause.name));
    return told;
  };

  test("tells what comes and goes, and nothing of bookmarks and empty lines", async () => {
    const lines = [
      { type: "ADDED", object: lease },
      "",
      { type: "BOOKMARK", object: { ...lease, metadata: { resourceVersion: "9" } } },
      { type: "MODIFIED", object: { ...lease, metadata: { ...lease.metadata, resourceVersion: "6" } } },
      { type: "DELETED", object: lease },
    ];
    expect(await watched(lines)).toEqual(["5", "6", "absent"]);
    expect(asked).toEqual([`GET ${PATH}?watch=1&fieldSelector=metadata.name%3Dholdfast&timeoutSeconds=300`]);
  });

  test("ends with what the server says against it, and with what is no line", async () => {
    const error = { type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } };
    expect((await watched([error, { type: "ADDED", object: lease }])).includes("5")).toBe(false);
    expect(await watched([{ type: "ADDED", object: lease }, "{"])).toEqual(["5", "SyntaxError"]);
  });

  test("is refused with the server's words", async () => {
    const refused = given(() => status(403, "Forbidden")).watch(() => undefined, never);
    expect(await rejectionOf(refused)).toEqual(new Error("it says Forbidden"));
  });
});
