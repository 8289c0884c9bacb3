/** The API behind a replica that does not lead, over real sockets: whole, and nothing of it done twice. */
import { afterEach, describe, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { arrivalsBehind } from "../../src/api/arrival.ts";
import { createForward, type Forward, type ForwardLimits } from "../../src/api/forward/create-forward.ts";
import { fromPeers, VERSION_HEADER } from "../../src/api/forward/from-peers.ts";
import type { Leader } from "../../src/api/forward/leader.ts";
import { SEAL_HEADER, sealOf } from "../../src/api/forward/seal.ts";
import { type Listener, listen } from "../../src/api/listen.ts";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { TERMINAL_PROTOCOL } from "../../src/core/model/terminal-line.ts";
import type { KeyNow, PeersKey } from "../../src/core/ports/peers-key.ts";
import type { ResourceNode } from "../../src/engine/control.ts";
import { openTerminal } from "../../src/engine/show/terminal.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { uiAssets } from "../../src/ui/assets.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { ADMIN, ANN, AuthRig, PASSWORD } from "../lib/auth-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { startExecServer } from "../lib/exec-server.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

const KEY = new Secret("k".repeat(43));
const SHARED: PeersKey = { now: () => ({ is: "known", key: KEY }), doubted: () => undefined };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

type LeadOptions = Exclude<Parameters<typeof startFakeApi>[1], undefined>;

function lead(
  control: FakeControl,
  { identity = "one", key = SHARED, ...more }: LeadOptions & { identity?: string; key?: PeersKey } = {},
): FakeApi {
  const peers = fromPeers({ key, identity, version: "1", log: recordingLog() });
  const api = startFakeApi(control, {
    ...{ before: peers.guard, arrivalOf: peers.arrivalOf(arrivalsBehind([])) },
    ...more,
  });
  stops.push(() => api.stop());
  return api;
}

interface Standby extends Listener {
  forward: Forward;
  leader: Leader;
  log: ReturnType<typeof recordingLog>;
}

const WHY = "nobody leads by the Lease cd/holdfast yet";

function standBy(
  leader: Leader,
  {
    limits = {},
    trustedProxies = [],
    version = "1",
    key = SHARED,
  }: { limits?: Partial<ForwardLimits>; trustedProxies?: string[]; version?: string; key?: PeersKey } = {},
): Standby {
  const log = recordingLog();
  const standby = { leader, log } as Standby;
  const forward = createForward({
    leader: () => standby.leader,
    ...{ identity: "standby", key, version, assets: uiAssets, basePath: "", clock: systemClock, log },
    arrivalOf: arrivalsBehind(trustedProxies),
    own: (path) => (path === "/healthz" ? Promise.resolve(new Response("ok: it stands by\n")) : undefined),
    limits: { pollMs: 20, ...limits },
  });
  Object.assign(standby, listen(forward, { hostname: "127.0.0.1", port: 0 }), { forward });
  stops.push(async () => {
    forward.close();
    await standby.stop();
    expect(forward.open()).toBe(0);
  });
  return standby;
}

const at = ({ url }: { url: string }, identity = "one"): Leader => ({ is: "known", identity, address: url });
const none = { is: "none", why: WHY } as const;
const left = (standby: Standby) => eventually("nothing is open", () => standby.forward.open() === 0);
const messageIn = async (reply: Response): Promise<string> =>
  ((await reply.json()) as { message: string }).message;

/** A leader whose every byte the test says. */
async function rawLeader(answer: (socket: Socket, head: string) => void) {
  const heads: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
    socket.on("data", (bytes) => {
      heads.push(bytes.toString("latin1"));
      answer(socket, bytes.toString("latin1"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  stops.push(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${port}`, heads, open };
}

const JSON_TYPE = { "content-type": "application/json" };
const syncing = (standby: { url: string }, body: BodyInit = "{}") =>
  fetch(`${standby.url}/api/v1/applications/web/sync`, { method: "POST", headers: JSON_TYPE, body });

function withWeb(): FakeControl {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  return control;
}

const TERMINAL = "/api/holdfast/v1/applications/argocd/web/terminal?podNamespace=shop&pod=web-1";
const terminals = (terminal: object) => () =>
  ({
    ...{
      installationID: "",
      namespaces: "home",
      impersonation: "off",
      plugins: [],
      trust: [],
      badges: [],
    },
    kustomize: { buildOptions: [], versions: [] },
    terminal,
  }) as never;

describe("a request to a replica that stands by", () => {
  test("signs in, stays signed in and writes as whoever asked, and not as the replica", async () => {
    const rig = new AuthRig();
    stops.push(() => rig.remove());
    await rig.with(ADMIN, ANN);
    const leader = lead(withWeb(), { token: "server-canary", door: rig });
    const standby = standBy(at(leader), { trustedProxies: ["127.0.0.1"] });
    const browser = {
      ...JSON_TYPE,
      ...{ host: "cd.example.org", origin: "https://cd.example.org", "sec-fetch-site": "same-origin" },
      ...{
        "x-forwarded-for": "192.0.2.9",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "cd.example.org",
      },
    };
    const signIn = (more: object = {}) =>
      fetch(`${standby.url}/api/v1/session`, {
        method: "POST",
        headers: { ...browser, ...more },
        body: JSON.stringify({ username: "ann", password: PASSWORD }),
      });
    const reply = await signIn();
    expect(reply.status).toBe(200);
    const cookies = reply.headers.getSetCookie();
    // Of TLS, as the proxy said to the replica.
    expect(cookies.map((cookie) => cookie.split("=")[0])).toEqual(["__Host-holdfast_s", "__Host-holdfast_d"]);
    expect(rig.sessions.list().map(({ source }) => source)).toEqual(["192.0.2.9"]);
    const cookie = cookies.map((one) => one.split(";")[0]).join("; ");
    const info = await fetch(`${standby.url}/api/v1/session/userinfo`, { headers: { ...browser, cookie } });
    expect(((await info.json()) as { username: string }).username).toBe("ann");
    // Another site's page is refused by what the browser calls us, not by what the leader is called.
    expect((await signIn({ origin: "https://evil.example" })).status).toBe(403);
    const out = await fetch(`${standby.url}/api/v1/session`, {
      method: "DELETE",
      headers: { ...browser, cookie, origin: "https://evil.example" },
    });
    expect(out.status).toBe(403);
    expect(reply.headers.has(VERSION_HEADER)).toBe(false);
    await left(standby);
  });

  test("carries bodies, refusals, probes of its own and the page", async () => {
    const control = withWeb();
    const leader = lead(control);
    const standby = standBy(at(leader));
    expect((await syncing(standby)).status).toBe(200);
    expect(control.calls.filter((call) => call.startsWith("sync"))).toHaveLength(1);
    expect(await (await fetch(`${standby.url}/healthz`)).text()).toBe("ok: it stands by\n");
    expect((await fetch(`${standby.url}/api/v1/applications/nope`)).status).toBe(404);
    expect((await fetch(`${standby.url}/api/v1/applications/a%2fb`)).status).toBe(400);
    const foreign = { headers: { origin: "https://evil.example" } };
    expect((await fetch(`${standby.url}/api/v1/applications`, foreign)).status).toBe(403);
    // Without a token only the machine's own names are answered: also when another replica was asked.
    const elsewhere = { headers: { host: "cd.example.org" } };
    expect((await fetch(`${standby.url}/api/v1/applications`, elsewhere)).status).toBe(421);
    const head = await fetch(`${standby.url}/api/v1/applications`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const page = await fetch(`${standby.url}/applications`);
    expect(page.headers.get("content-type")).toContain("text/html");
    await left(standby);
  });

  test("is answered with no page of two versions", async () => {
    const leader = await rawLeader((socket, head) => {
      const isKnown = head.includes("/api/version");
      socket.end(
        `HTTP/1.1 200 OK\r\n${VERSION_HEADER}: ${isKnown ? "1" : "2"}\r\nContent-Length: 8\r\nConnection: close\r\n\r\nleader's`,
      );
    });
    const standby = standBy(at(leader), { version: "1" });
    const text = async (path: string) => (await fetch(`${standby.url}${path}`)).text();
    expect(await text("/applications")).toBe("leader's");
    const script = uiAssets.find(({ keep }) => keep === "forever");
    // Its path names its content: it is whoever's page asks for it.
    expect(await text(script?.paths[0] ?? "")).toBe(script?.body ?? "");
    expect(await text("/applications")).toBe("leader's");
    await text("/api/version");
    expect(await text("/applications")).toContain("<!doctype html>");
    standby.leader = at(leader, "another");
    expect(await text("/applications")).toBe("leader's");
  });

  test("follows a stream, which ends when another one leads", async () => {
    const control = withWeb();
    const standby = standBy(at(lead(control)));
    const stream = await fetch(`${standby.url}/api/v1/stream/applications`, {
      headers: { accept: "text/event-stream" },
    });
    const reader = stream.body!.getReader();
    const decoder = new TextDecoder();
    let told = "";
    const read = async (): Promise<"more" | "over"> => {
      const part = await reader.read().catch(() => ({ done: true, value: undefined }));
      told += decoder.decode(part.value);
      return part.done ? "over" : "more";
    };
    while (!told.includes('"web"')) await read();
    control.put(fakeApp("argocd", "later"));
    expect(standby.forward.open()).toBe(1);
    standby.leader = at(lead(withWeb(), { identity: "two" }), "two");
    while ((await read()) === "more");
    await left(standby);
  });

  test("whoever leaves a stream leaves the leader's too", async () => {
    const leader = await rawLeader((socket) => {
      socket.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n: x\r\n",
      );
    });
    const standby = standBy(at(leader));
    const leaving = new AbortController();
    const reply = await fetch(`${standby.url}/api/v1/stream/applications`, { signal: leaving.signal });
    await reply.body!.getReader().read();
    leaving.abort();
    await left(standby);
    await eventually("its connection is closed", () => leader.open.size === 0);
  });

  test("reads no more of a stream than somebody takes", async () => {
    let written = 0;
    let isOver = false;
    const leader = await rawLeader((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const chunk = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(65_536, "x"), Buffer.from("\r\n")]);
      const more = (): void => {
        while (!isOver && socket.write(chunk)) written += chunk.length;
        if (!isOver) socket.once("drain", more);
      };
      more();
    });
    stops.push(() => (isOver = true));
    const standby = standBy(at(leader));
    const { hostname, port } = new URL(standby.url);
    const socket = connect(Number(port), hostname);
    stops.push(() => socket.destroy());
    socket.write("GET /api/v1/applications HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    socket.once("data", () => socket.pause());
    // It stands still once what lies between is full.
    let before = -1;
    await eventually("nothing more is written", async () => {
      if (written > 0 && written === before) return true;
      before = written;
      await Bun.sleep(300);
      return false;
    });
    expect(written).toBeLessThan(64 << 20);
  });

  test("gets half of an answer cut, never ended", async () => {
    const leader = await rawLeader((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      setTimeout(() => socket.destroy(), 50);
    });
    const standby = standBy(at(leader));
    const reply = await fetch(`${standby.url}/api/v1/applications`);
    let ending = "whole";
    await reply.text().catch(() => (ending = "cut"));
    expect(ending).toBe("cut");
    await left(standby);
  });

  test("opens a terminal there, and is told what the leader says where there is none", async () => {
    const control = withWeb();
    const shell = startExecServer();
    stops.push(() => shell.stop());
    const ref = { group: "", kind: "Pod", namespace: "shop", name: "web-1" };
    const pod: KubeObject = {
      ...{ apiVersion: "v1", kind: "Pod" },
      metadata: { name: "web-1", namespace: "shop", uid: "pod-1" },
      spec: { containers: [{ name: "web" }] },
      status: { containerStatuses: [{ name: "web", state: { running: {} } }] },
    };
    const node: ResourceNode = {
      ...{ ref, version: "v1", uid: "pod-1", resourceVersion: "1", createdAt: undefined, images: [] },
      ...{ info: [], parents: [], health: undefined },
    };
    const cluster = await connectCluster({
      ...{ name: "c", server: shell.url, log: recordingLog() },
      kubeconfig: {
        text: JSON.stringify({
          "current-context": "c",
          clusters: [{ name: "c", cluster: { server: shell.url } }],
          users: [{ name: "u", user: {} }],
          contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        }),
      },
    });
    stops.push(() => cluster.stop());
    control.setTerminal((ask, signal) =>
      openTerminal(
        {
          exec: (...asked) => cluster.exec(...asked),
          read: async () => ({ is: "found", object: pod }),
        },
        () => [node],
        ask,
        signal,
      ),
    );
    const standby = standBy(at(lead(control, { settings: terminals({ is: "on", shells: ["sh"] }) })));
    const dial = () => {
      const socket = new WebSocket(`${standby.url.replace("http", "ws")}${TERMINAL}`, [TERMINAL_PROTOCOL]);
      socket.binaryType = "arraybuffer";
      const said: string[] = [];
      let shown = "";
      let was = "never open";
      socket.onopen = () => (was = "open");
      socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
        if (typeof data === "string") return void said.push(data);
        shown += Buffer.from(data).toString();
        socket.send(JSON.stringify({ is: "shown", bytes: data.byteLength }));
      };
      const closed = new Promise<string>((resolve) => (socket.onclose = () => resolve(was)));
      stops.push(() => socket.close());
      return { socket, said, closed, shown: () => shown };
    };
    const line = dial();
    await eventually("it began", () => line.said.includes('{"is":"began","container":"web","shell":"sh"}'));
    line.socket.send(Buffer.from("echo hello\n"));
    await eventually("it is shown", () => line.shown().includes("\r\nhello\r\n"));
    expect(line.socket.protocol).toBe(TERMINAL_PROTOCOL);
    // More than may wait anywhere on the way, and all of it arrives.
    line.socket.send(Buffer.from("flood 2000\n"));
    await eventually("all is shown", () => line.shown().split("=".repeat(1_000)).length === 2_001);
    // Another one leads: it ends, and is opened again there, where there are none.
    standby.leader = at(lead(withWeb(), { identity: "two", settings: terminals({ is: "off" }) }), "two");
    expect(await line.closed).toBe("open");
    expect(await dial().closed).toBe("never open");
    const refused = await fetch(`${standby.url}${TERMINAL}`, {
      headers: { upgrade: "websocket", connection: "upgrade", "sec-websocket-protocol": TERMINAL_PROTOCOL },
    });
    expect(await messageIn(refused)).toContain("terminals are off");
    await left(standby);
  });
});

describe("while the leader is away", () => {
  test("a request waits for the next one, and a write reaches it once", async () => {
    const control = withWeb();
    const standby = standBy(none, { limits: { waitMs: 60_000 } });
    const asked = [fetch(`${standby.url}/api/v1/applications`), syncing(standby)];
    await eventually("both wait", () => standby.forward.open() === 2);
    // The one that is named first is gone already.
    const gone = lead(withWeb(), { identity: "gone" });
    await gone.stop();
    standby.leader = at(gone, "gone");
    await Bun.sleep(100);
    expect(standby.forward.open()).toBe(2);
    standby.leader = at(lead(control));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200]);
    expect(control.calls.filter((call) => call.startsWith("sync"))).toHaveLength(1);
    await left(standby);
  });

  test("it waits so long and no longer, and says what for", async () => {
    const standby = standBy(none, { limits: { waitMs: 100 } });
    const reply = await syncing(standby);
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await messageIn(reply)).toBe(`nothing was done: ${WHY}. Ask again in a moment`);
  });

  test("a write that was sent and not answered is sent to nobody else", async () => {
    const control = withWeb();
    const next = lead(control, { identity: "two" });
    const first = await rawLeader((socket) => {
      standby.leader = at(next, "two");
      socket.destroy();
    });
    const standby = standBy(at(first), { limits: { waitMs: 60_000 } });
    const reply = await syncing(standby);
    expect(reply.status).toBe(502);
    expect(await messageIn(reply)).toStartWith("it is not known whether this was done: it was sent to one");
    expect(first.heads.filter((head) => head.startsWith("POST"))).toHaveLength(1);
    expect(control.calls.filter((call) => call.startsWith("sync"))).toEqual([]);
    // What changes nothing goes on to the next.
    standby.leader = at(first);
    expect((await fetch(`${standby.url}/api/v1/applications`)).status).toBe(200);
    await left(standby);
  });

  test("one that takes a request and says nothing is left, when its time is over or another one leads", async () => {
    const silent = await rawLeader(() => undefined);
    const late = standBy(at(silent), { limits: { headersMs: 100, waitMs: 0 } });
    expect(await messageIn(await syncing(late))).toContain("did not begin to answer within 0 s");
    expect((await fetch(`${late.url}/api/v1/applications`)).status).toBe(503);
    const standby = standBy(at(silent), { limits: { waitMs: 60_000 } });
    const write = syncing(standby);
    const read = fetch(`${standby.url}/api/v1/applications`);
    await eventually("both were asked", () => silent.open.size >= 2);
    standby.leader = at(lead(withWeb(), { identity: "two" }), "two");
    expect(await messageIn(await write)).toContain("which leads no longer");
    expect((await read).status).toBe(200);
    await eventually("its connections are closed", () => silent.open.size === 0);
  });

  test("one that no longer leads does nothing, says so, and the write goes to the one that does", async () => {
    const control = withWeb();
    let refused = 0;
    const peers = fromPeers({ key: SHARED, identity: "another life", version: "1", log: recordingLog() });
    const old = lead(withWeb(), {
      before: (api) => ({
        async fetch(request, server) {
          const reply = await peers.guard(api).fetch(request, server);
          refused += 1;
          return reply;
        },
      }),
    });
    const standby = standBy(at(old), { limits: { waitMs: 60_000, pollMs: 300 } });
    const write = syncing(standby);
    await eventually("it was refused", () => refused > 0);
    // What is under way when another one leads would be cut: its answer is heard first.
    standby.leader = none;
    await Bun.sleep(200);
    standby.leader = at(lead(control, { identity: "two" }), "two");
    expect((await write).status).toBe(200);
    expect(control.calls.filter((call) => call.startsWith("sync"))).toHaveLength(1);
  });
});

/** What a connection says that asks once and then waits; with how it ended. */
function asking({ url }: { url: string }, target: string): { said(): string; ended(): boolean } {
  let text = "";
  let isOver = false;
  const socket = connect(Number(new URL(url).port), "127.0.0.1", () =>
    socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
  );
  socket.on("error", () => undefined).on("data", (bytes) => (text += bytes.toString("latin1")));
  socket.once("close", () => (isOver = true));
  stops.push(() => socket.destroy());
  return { said: () => text, ended: () => isOver };
}

test("a connection that asked once and says nothing more is closed, and one with a stream is not", async () => {
  const leader = lead(withWeb());
  const standby = standBy(at(leader), { limits: { idleSeconds: 1 } });
  const streams = asking(standby, "/api/v1/stream/applications");
  const asked = ["/api/v1/applications", "/api/v1/applications/none"].map((path) => asking(standby, path));
  await eventually("both are answered", () => asked.every(({ said }) => said().startsWith("HTTP/1.1 ")));
  await eventually("both are closed", () => asked.every(({ ended }) => ended()), 20_000);
  expect([streams.said().slice(0, 300), streams.ended()]).toEqual([
    expect.stringMatching(/^HTTP.1.1 200/),
    false,
  ]);
  expect(standby.forward.open()).toBe(1);
});

test("a path that would be another one on its way is answered at once, and asked of nobody", async () => {
  const leader = await rawLeader(() => undefined);
  const standby = standBy(at(leader));
  const asked = asking(standby, "//api/v1/applications");
  await eventually("it is answered", () => asked.said() !== "");
  expect(asked.said()).toStartWith("HTTP/1.1 404");
  expect(leader.heads).toEqual([]);
});

test("who shows nonsense again and again is in the log once", async () => {
  const log = recordingLog();
  const peers = fromPeers({ key: SHARED, identity: "one", version: "1", log });
  const api = startFakeApi(withWeb(), {
    before: peers.guard,
    arrivalOf: peers.arrivalOf(arrivalsBehind([])),
  });
  stops.push(() => api.stop());
  for (let times = 0; times < 20; times += 1)
    expect((await fetch(api.url, { headers: { [SEAL_HEADER]: "x" } })).status).toBe(503);
  expect(log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
});

describe("what was handed on once", () => {
  test("is not handed on again, also where an address leads back", async () => {
    const standby = standBy(none, { limits: { waitMs: 0 } });
    standby.leader = at(standby);
    const reply = await fetch(`${standby.url}/api/v1/applications`);
    expect(reply.status).toBe(503);
    expect(await messageIn(reply)).toContain("hands on nothing that was handed on to it");
    await left(standby);
  });

  test("is believed of a replica alone", async () => {
    const seen: string[] = [];
    const refusals: { from: { address: string } }[] = [];
    const leader = lead(withWeb(), {
      token: "sesame",
      onRefused: (refused: unknown) => void refusals.push(refused as never),
    });
    const url = `${leader.url}/api/v1/applications`;
    const arrival = { address: "192.0.2.9", via: "direct", scheme: "plain", host: "h" } as const;
    const right = { leader: "one", method: "GET", url };
    const ask = async (seal: string) => {
      const reply = await fetch(url, { headers: { [SEAL_HEADER]: seal } });
      seen.push(`${reply.status} ${refusals.map(({ from }) => from.address).join()}`);
      refusals.length = 0;
      return reply;
    };
    await ask(sealOf(KEY, right, arrival));
    expect(seen).toEqual(["401 192.0.2.9"]);
    for (const wrong of [
      sealOf(new Secret("x".repeat(43)), right, arrival),
      sealOf(KEY, { ...right, leader: "another" }, arrival),
      sealOf(KEY, { ...right, method: "POST" }, arrival),
      sealOf(KEY, { ...right, url: `${url}?refresh=hard` }, arrival),
      sealOf(KEY, right, arrival).replace(/^./, "A"),
      `${sealOf(KEY, right, arrival)}.x`,
      "x",
      "",
      ".",
    ])
      expect(await messageIn(await ask(wrong))).toContain("for replicas among themselves");
    expect(new Set(seen.slice(1))).toEqual(new Set(["503 "]));
  });
});

describe("the key that replicas share", () => {
  const other = new Secret("o".repeat(43));
  /** One that is looked up when it is doubted. */
  function keyOf(first: KeyNow, looked: KeyNow) {
    const key = {
      doubts: 0,
      now: (): KeyNow => (key.doubts === 0 ? first : looked),
      doubted: (): void => void key.doubts++,
    };
    return key;
  }
  const unknown: KeyNow = { is: "unknown", why: "Secret cd/holdfast-peers is not read yet" };
  const known = (key: Secret): KeyNow => ({ is: "known", key });

  test("is waited for by whoever stands by, and why is said", async () => {
    const leader = lead(withWeb());
    const key = keyOf(unknown, known(KEY));
    const impatient = standBy(at(leader), { key, limits: { waitMs: 0 } });
    expect(await messageIn(await syncing(impatient))).toBe(
      "nothing was done: Secret cd/holdfast-peers is not read yet. Ask again in a moment",
    );
    const standby = standBy(at(leader), { key, limits: { waitMs: 60_000 } });
    const asked = syncing(standby);
    await eventually("it waits", () => standby.forward.open() === 1);
    key.doubted();
    expect((await asked).status).toBe(200);
  });

  test("is looked up where another one was shown: by whoever leads, and by whoever asks", async () => {
    for (const first of [known(other), unknown]) {
      const controls = [withWeb(), withWeb()] as const;
      const [leads, asks] = [keyOf(first, known(KEY)), keyOf(known(other), known(KEY))];
      const limits = { waitMs: 60_000 };
      expect((await syncing(standBy(at(lead(controls[0], { key: leads })), { limits }))).status).toBe(200);
      expect((await syncing(standBy(at(lead(controls[1])), { key: asks, limits }))).status).toBe(200);
      expect([leads.doubts, asks.doubts]).toEqual([1, 1]);
      for (const { calls } of controls)
        expect(calls.filter((call) => call.startsWith("sync"))).toHaveLength(1);
    }
    // Another's word about another process or request is no reason to doubt it.
    const key = keyOf(known(KEY), known(KEY));
    const leader = lead(withWeb(), { key });
    const url = `${leader.url}/api/v1/applications`;
    const arrival = { address: "192.0.2.9", via: "direct", scheme: "plain", host: "h" } as const;
    const seal = sealOf(KEY, { leader: "two", method: "GET", url }, arrival);
    expect((await fetch(url, { headers: { [SEAL_HEADER]: seal } })).status).toBe(503);
    expect(key.doubts).toBe(0);
  });
});

describe("a leader that speaks TLS", () => {
  test("is believed by the certificate that its Lease names, and by no other one", async () => {
    const asked = { commonName: "cd", names: ["cd.example.org"], nowMs: Date.now(), days: 9 };
    const authority = issueCertificate({ ...asked, commonName: "authority", uses: ["authority"] });
    const issue = () => issueCertificate({ ...asked, uses: ["server"] }, authority);
    const { certificate, key } = issue();
    // As files of certificates are: with whoever vouches for it behind it.
    const cert = certificate + authority.certificate;
    const tls = { pem: { cert, key }, minVersion: "TLSv1.2", http2: "offered" } as const;
    const control = withWeb();
    const leader = lead(control, { tls, settings: terminals({ is: "off" }) });
    const limits = { waitMs: 0 };
    const trusting = (more: object) => standBy({ ...at(leader), ...more } as Leader, { limits });
    const ask = async (more: object, headers = {}) => {
      const reply = await fetch(`${trusting(more).url}${TERMINAL}`, { headers });
      return `${reply.status} ${await messageIn(reply)}`;
    };
    expect(await ask({ certificate: cert })).toContain("terminals are off");
    const before = control.calls.length;
    for (const [more, why] of [
      [{}, "was not reached: "],
      [{ certificate: issue().certificate }, "was not reached: "],
      // It is behind the right one, and vouches for others too.
      [{ certificate: issue().certificate + cert }, "was not reached: "],
      [{ certificate: issueCertificate({ ...asked, uses: ["server"] }).certificate }, "was not reached: "],
      [{ certificate: "none" }, "the certificate that its Lease names is none"],
    ] as const) {
      expect(await ask(more)).toStartWith("503 nothing was done");
      expect(await ask(more)).toContain(why);
    }
    expect(control.calls.length).toBe(before);
  });
});

test("a body is handed on as it comes, and never more of it than the API takes", async () => {
  let got = 0;
  const leader = await rawLeader((_, text) => void (got += text.length));
  const standby = standBy(at(leader), { limits: { bodyBytes: 200_000 } });
  let more: () => void = () => undefined;
  const sending = syncing(
    standby,
    new ReadableStream<Uint8Array>({
      start(controller) {
        more = () => controller.enqueue(new Uint8Array(100_000));
      },
    }),
  );
  more();
  await eventually("its beginning is there", () => got > 100_000);
  more();
  more();
  expect((await sending).status).toBe(413);
  await left(standby);
  await eventually("its connection is closed", () => leader.open.size === 0);
});
