/** Terminals from the API to a server of `exec`: who may, how many, how long, by which road, and what is written down. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import type { ActivityNote } from "../../src/core/model/activity.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { TERMINAL_PROTOCOL, TOKEN_PROTOCOL } from "../../src/core/model/terminal-line.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { ResourceNode } from "../../src/engine/control.ts";
import { openTerminal } from "../../src/engine/show/terminal.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { makeCertificates } from "../lib/certificates.ts";
import { eventually } from "../lib/eventually.ts";
import { type ExecServer, startExecServer } from "../lib/exec-server.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { startHttpProxy } from "../lib/http-proxy.ts";
import { recordingLog } from "../lib/recording-log.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let control: FakeControl;
let server: ExecServer;
let notes: Omit<ActivityNote, "at">[];
let refusals: Omit<ActivityNote, "at">[];

const NODE: ResourceNode = {
  ref: { group: "", kind: "Pod", namespace: "shop", name: "web-1" },
  ...{ version: "v1", uid: "pod-1", resourceVersion: "1", createdAt: undefined, images: [], info: [] },
  ...{ parents: [], health: undefined },
};
const pod = (uid = "pod-1", state: object = { running: {} }): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    ...{ name: "web-1", namespace: "shop", uid },
    annotations: { "kubectl.kubernetes.io/default-container": "web" },
  },
  spec: { containers: [{ name: "side" }, { name: "web" }, { name: "old" }] },
  status: {
    containerStatuses: [
      { name: "side", state: { running: {} } },
      { name: "web", state },
      { name: "old", state: { terminated: {} } },
    ],
  },
});
let live: KubeObject | undefined;
let tree: ResourceNode[];

async function clusterOf(url: string, cluster: object = {}, user: object = {}): Promise<Cluster> {
  const connected = await connectCluster({
    ...{ name: "c", server: url, log: recordingLog() },
    kubeconfig: {
      text: JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: url, ...cluster } }],
        users: [{ name: "u", user }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      }),
    },
  });
  closing.push(() => connected.stop());
  return connected;
}

function serve(cluster: Cluster): void {
  control.setTerminal((ask, signal) =>
    openTerminal(
      {
        exec: (...asked) => cluster.exec(...asked),
        read: async () => (live === undefined ? { is: "absent" } : { is: "found", object: live }),
      },
      () => tree,
      ask,
      signal,
    ),
  );
}

beforeEach(async () => {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  server = startExecServer();
  closing.push(() => server.stop());
  [notes, refusals, tree, live] = [[], [], [NODE], pod()];
  serve(await clusterOf(server.url));
});

type Options = NonNullable<Parameters<typeof startFakeApi>[1]>;

function api(options: Options = {}): FakeApi {
  const started = startFakeApi(control, {
    settings: () => ({
      ...{ installationID: "", namespaces: "home", impersonation: "off", plugins: [], trust: [], badges: [] },
      kustomize: { buildOptions: [], versions: [] },
      terminal: { is: "on", shells: ["sh"] },
    }),
    onDeed: (note) => void notes.push(note),
    onRefused: (refused) => void refusals.push(refused),
    ...options,
  });
  closing.push(() => started.stop());
  return started;
}

const PATH = "/api/holdfast/v1/applications/argocd/web/terminal?podNamespace=shop&pod=web-1";

interface Dialled {
  socket: WebSocket;
  /** Everything that was shown. */
  shown(): string;
  said: Record<string, unknown>[];
  /** Resolves with how it was closed. */
  closed: Promise<"open" | "never open">;
  type(text: string): void;
}

function dial(
  { url }: { url: string },
  {
    query = "",
    headers = {},
    protocols = [TERMINAL_PROTOCOL],
  }: { query?: string; headers?: Record<string, string>; protocols?: string[] } = {},
): Dialled {
  const socket = new WebSocket(`${url.replace("http", "ws")}${PATH}${query}`, {
    headers,
    protocols,
  } as never);
  socket.binaryType = "arraybuffer";
  const said: Record<string, unknown>[] = [];
  let shown = "";
  let was: "open" | "never open" = "never open";
  socket.onopen = () => {
    was = "open";
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") return void said.push(JSON.parse(data) as Record<string, unknown>);
    shown += Buffer.from(data).toString();
    socket.send(JSON.stringify({ is: "shown", bytes: data.byteLength }));
  };
  const { promise: closed, resolve } = Promise.withResolvers<"open" | "never open">();
  socket.onclose = () => resolve(was);
  socket.onerror = () => undefined;
  closing.push(() => socket.close());
  return { socket, said, closed, shown: () => shown, type: (text) => socket.send(Buffer.from(text)) };
}

const begun = ({ said }: Dialled): Promise<unknown> =>
  eventually("it has begun", async () => said.some(({ is }) => is === "began"));
const why = async ({ said, closed }: Dialled): Promise<unknown> => {
  await closed;
  return said.at(-1)?.["why"];
};

describe("a terminal", () => {
  test("is a shell in the container that is meant, of the size that the page has", async () => {
    const line = dial(api(), { query: "&columns=100&rows=30" });
    await begun(line);
    line.type("echo hello\n");
    await eventually("it answers", async () => line.shown().includes("\r\nhello\r\n"));
    line.socket.send('{"is":"size","columns":120,"rows":40}');
    line.type("exit 0\n");
    expect(await why(line)).toBe("the shell has ended");
    expect(server.asked).toEqual(["sh in web of shop/web-1"]);
    expect(server.sizes).toEqual(["100x30", "120x40"]);
    expect(line.said[0]).toEqual({ is: "began", container: "web", shell: "sh" });
    expect(
      notes.map(({ action, actor, app, from, outcome }) => ({ action, actor, app, from, outcome })),
    ).toEqual(
      ["open-terminal", "close-terminal"].map((action) => ({
        ...{
          action,
          actor: "user:local",
          app: "argocd/web",
          from: expect.objectContaining({ address: "127.0.0.1" }),
        },
        outcome: undefined,
      })) as never,
    );
    expect(JSON.stringify(notes)).not.toContain("hello");
  });

  test.each([
    [
      "a Pod of another application",
      () => (tree = []),
      "",
      "Pod shop/web-1: cannot open a terminal: the application has no such Pod",
    ],
    [
      "a Pod that is gone",
      () => (live = undefined),
      "",
      "Pod shop/web-1: cannot open a terminal: it is gone",
    ],
    [
      "another Pod of the name",
      () => (live = pod("pod-2")),
      "",
      "Pod shop/web-1: cannot open a terminal: it is gone",
    ],
    [
      "no container of it",
      () => undefined,
      "&container=nope",
      "Pod shop/web-1: cannot open a terminal: it has no container nope. Choose one of side, web, old",
    ],
    [
      "a container that ended",
      () => undefined,
      "&container=old",
      "Pod shop/web-1: cannot open a terminal: its container old does not run. Choose one that does: side, web",
    ],
  ])("is not opened in %s", async (_, change, query, sentence) => {
    change();
    expect(await why(dial(api(), { query }))).toBe(sentence);
    expect(server.asked).toEqual([]);
    expect(notes.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["open-terminal", { is: "failed", why: sentence }],
    ]);
  });

  test("is a WebSocket and nothing else, and off where nobody turned it on", async () => {
    const { url } = api();
    const plain = await fetch(url + PATH);
    expect([plain.status, await plain.text()]).toEqual([426, expect.stringContaining("WebSocket")]);
    const off = api({ settings: undefined as never });
    const refused = await fetch(off.url + PATH);
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("exec.enabled")]);
    expect(await dial(off).closed).toBe("never open");
    expect(await dial(api(), { protocols: ["something"] }).closed).toBe("never open");
    expect(server.asked).toEqual([]);
  });

  test.each([
    ["another page", { origin: "https://evil.example" }],
    ["a page of another port", { origin: "http://127.0.0.1:1" }],
    ["a page without an origin", { origin: "null" }],
  ])("is not opened from %s, with or without a token", async (_, headers) => {
    expect(await dial(api(), { headers }).closed).toBe("never open");
    const withToken = api({ token: "s3cret-token" });
    expect(
      await dial(withToken, { headers: { ...headers, authorization: "Bearer s3cret-token" } }).closed,
    ).toBe("never open");
    expect(server.asked).toEqual([]);
  });

  test("takes the token of a page among its protocols, and no other one", async () => {
    const started = api({ token: "s3cret-token" });
    const of = (token: string): string => `${TOKEN_PROTOCOL}${Buffer.from(token).toString("base64url")}`;
    for (const protocols of [
      [TERMINAL_PROTOCOL],
      [TERMINAL_PROTOCOL, of("wrong")],
      [TERMINAL_PROTOCOL, of("a\r\nb: c")],
    ])
      expect(await dial(started, { protocols }).closed).toBe("never open");
    const line = dial(started, { protocols: [TERMINAL_PROTOCOL, of("s3cret-token")] });
    await begun(line);
    expect(line.socket.protocol).toBe(TERMINAL_PROTOCOL);
    expect(JSON.stringify([notes, refusals])).not.toContain("s3cret-token");
  });

  test("ends with the daemon, and leaves no shell behind", async () => {
    const started = api();
    const line = dial(started);
    await begun(line);
    await started.stop();
    expect(await line.closed).toBe("open");
    await eventually("the shell is left", async () => server.open() === 0);
    expect(notes.map(({ action }) => action)).toEqual(["open-terminal", "close-terminal"]);
  });

  test("what is no message of the page, or too large, ends it", async () => {
    const started = api();
    const odd = dial(started);
    await begun(odd);
    odd.socket.send("ls");
    expect(await why(odd)).toBe("the page said what nobody understands");
    const large = dial(started);
    await begun(large);
    large.socket.send(new Uint8Array(70_000));
    expect(await large.closed).toBe("open");
    await eventually("both shells are left", async () => server.open() === 0);
  });
});

describe("rights to a terminal", () => {
  const GET = "p, ann, applications, get, */*, allow";
  const EXEC = "p, ann, exec, create, default/web, allow";
  let policy: AccessPolicy;
  let holds: boolean;
  const set = (text: string): void => {
    policy = new AccessPolicy({
      lines: [...BUILTIN_POLICY, ...parsePolicy(text, "policy.csv").lines],
      projects: new Map(),
      matchMode: "glob",
      defaultRole: undefined,
    });
  };
  const who: Options["who"] = () => ({
    is: "known",
    by: "header",
    asker: askerOf(
      { actor: "user:ann", subject: { name: "ann", groups: [] }, holds: () => holds },
      () => policy,
    ),
  });
  beforeEach(() => {
    holds = true;
    set(`${GET}\n${EXEC}`);
  });

  test.each([
    ["the right to see it alone", GET],
    ["the right to another one", `${GET}\np, ann, exec, create, default/api, allow`],
    ["the right to read logs", `${GET}\np, ann, logs, get, */*, allow`],
    ["no right to see it", EXEC],
  ])("%s opens none", async (_, text) => {
    set(text);
    const started = api({ who });
    expect((await fetch(started.url + PATH)).status).toBe(403);
    expect(await dial(started).closed).toBe("never open");
    expect([server.asked, notes]).toEqual([[], []]);
    expect(refusals.at(-1)?.outcome?.is).toBe("refused");
  });

  test.each([
    [
      "the right",
      () => set(GET),
      "permission denied: exec, create, default/web, sub: ann: no line of the policy gives it",
    ],
    [
      "sight of the application",
      () => set(EXEC),
      "the application is no longer there, or no longer to be seen",
    ],
    ["the session", () => (holds = false), "the session or token has ended: log in again"],
    [
      "the application",
      () => control.drop("argocd/web" as never),
      "the application is no longer there, or no longer to be seen",
    ],
    ["the Pod", () => (tree = []), "the Pod is no longer one of the application's"],
    [
      "the Pod to another one of its name",
      () => (tree = [{ ...NODE, uid: "pod-2" }]),
      "the Pod is no longer one of the application's",
    ],
  ])("whoever loses %s loses the terminal, however silent it is", async (_, lose, sentence) => {
    const line = dial(api({ who }));
    await begun(line);
    lose();
    expect(await why(line)).toBe(sentence);
    await eventually("the shell is left", async () => server.open() === 0);
    expect(notes.at(-1)?.outcome).toEqual({ is: "failed", why: sentence });
  });

  test("what is typed after it was lost reaches nobody", async () => {
    const line = dial(api({ who }));
    await begun(line);
    set(GET);
    await Bun.sleep(150);
    line.type("rm\n");
    await why(line);
    expect(server.typed()).toBe("");
  });

  test("one person has so many, and a place that is left is another's", async () => {
    const started = api({ who, terminalLimits: { each: 2 } });
    const two = [dial(started), dial(started)];
    await Promise.all(two.map(begun));
    expect(await dial(started).closed).toBe("never open");
    // A browser tells nothing of that; asked as a request, the daemon does not count itself full for who only asks.
    two[0]?.socket.close();
    await eventually("it is left", async () => server.open() === 1);
    await begun(dial(started));
  });
});

describe("the road to the cluster", () => {
  test("is proven by its certificate, goes through its proxy, and says who we are", async () => {
    const certificates = await makeCertificates(["localhost"]);
    const headers: (string | null)[] = [];
    const secure = startExecServer({
      tls: { cert: certificates.cert, key: certificates.key },
      refuse: (request) => {
        headers.push(request.headers.get("authorization"), request.headers.get("impersonate-user"));
        return undefined;
      },
    });
    closing.push(() => secure.stop());
    const ca = { "certificate-authority-data": Buffer.from(certificates.ca).toString("base64") };
    const proxy = await startHttpProxy("user:pass");
    closing.push(() => proxy.stop());
    const user = { token: "t0ken", as: "system:serviceaccount:a:b" };
    serve(
      await clusterOf(
        secure.url.replace("127.0.0.1", "localhost"),
        { ...ca, "proxy-url": `http://user:pass@${proxy.host}` },
        user,
      ),
    );
    const line = dial(api());
    await begun(line);
    expect(proxy.asked.length).toBeGreaterThan(0);
    expect(headers).toEqual(["Bearer t0ken", "system:serviceaccount:a:b"]);
    // Whom nobody vouches for is not talked to.
    serve(await clusterOf(secure.url.replace("127.0.0.1", "localhost")));
    expect(await why(dial(api()))).toMatch(/^Pod shop\/web-1: cannot open a terminal: .*certificate/i);
  });

  test.each(["v5.channel.k8s.io", "v4.channel.k8s.io"])("speaks %s", async (protocol) => {
    const old = startExecServer({ protocols: [protocol] });
    closing.push(() => old.stop());
    serve(await clusterOf(old.url));
    const line = dial(api());
    await begun(line);
    line.type("exit 4\n");
    expect(await why(line)).toBe("the shell has ended with 4");
  });

  test.each([
    [
      403,
      "forbidden",
      'Pod shop/web-1: cannot open a terminal: pods "web-1" is forbidden. Grant get and create on pods/exec',
    ],
    [404, "gone", "Pod shop/web-1: cannot open a terminal: it is gone"],
    [400, "bad", "Pod shop/web-1: cannot open a terminal: container not found"],
  ])("says what an API server answers with %i", async (code, _, sentence) => {
    const message = code === 403 ? 'pods "web-1" is forbidden' : "container not found";
    const refusing = startExecServer({
      refuse: () =>
        Response.json({ kind: "Status", apiVersion: "v1", code, message, reason: "X" }, { status: code }),
    });
    closing.push(() => refusing.stop());
    serve(await clusterOf(refusing.url));
    expect(await why(dial(api()))).toBe(sentence);
  });

  test("a server that is not there is said", async () => {
    await server.stop();
    expect(await why(dial(api()))).toMatch(/^Pod shop\/web-1: cannot open a terminal: .*(refused|connect)/i);
  });
});
