/** A terminal through the compiled binary and a real API server, to a program that the stand-in kubelet runs on a terminal. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { TERMINAL_PROTOCOL } from "../../src/core/model/terminal-line.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { deployment } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { type Placed, type Shown, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(90_000);

const NAME = "terminals";
let stage: Stage;
let app: Placed;

beforeAll(async () => {
  stage = await startStage({ config: "exec: { enabled: true, shells: [no-such-shell, sh] }\n" });
  app = await stage.place({
    name: NAME,
    files: { "web.yaml": yaml(deployment({ namespace: NAME, name: "web" })) },
  });
  await app.untilSettled();
  // Beside it, of nobody.
  await stage.must("POST", `/api/v1/namespaces/${NAME}/pods`, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "other" },
    spec: { containers: [{ name: "other", image: "other" }] },
  });
}, 180_000);
afterAll(() => stage?.stop(), 60_000);

async function podName(): Promise<string> {
  // A Deployment says that it is available before its Pod was heard of.
  return eventually("there is a Pod", async () => {
    const { nodes } = (await stage.daemon.api<Shown>(`/api/v1/applications/${NAME}/resource-tree`)).body;
    return nodes.find(({ kind }: Shown) => kind === "Pod")?.name as string | undefined;
  });
}

function dial(pod: string) {
  const query = new URLSearchParams({ podNamespace: NAME, pod, columns: "101", rows: "33" });
  const url = new URL(`/api/holdfast/v1/applications/argocd/${NAME}/terminal?${query}`, stage.daemon.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url, [TERMINAL_PROTOCOL]);
  socket.binaryType = "arraybuffer";
  let shown = "";
  let bytes = 0;
  let answers: "yes" | "no" = "yes";
  const said: Shown[] = [];
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    if (typeof data === "string") return void said.push(JSON.parse(data));
    bytes += data.byteLength;
    shown = (shown + Buffer.from(data).toString()).slice(-10_000);
    if (answers === "yes") socket.send(JSON.stringify({ is: "shown", bytes: data.byteLength }));
  };
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  socket.onclose = () => resolve();
  return {
    ...{ socket, said, closed },
    shown: () => shown,
    bytes: () => bytes,
    type: (text: string) => socket.send(Buffer.from(text)),
    stopReading: () => {
      answers = "no";
    },
    shows: (text: string) => eventually(`${text} is shown`, async () => shown.includes(text)),
    /** Sizes go another way through an API server than what is typed: what is typed after one may come before it. */
    async isOfSize(size: string): Promise<void> {
      let asked = 0;
      await eventually(`the terminal is of ${size}`, async () => {
        if (asked++ % 25 === 0) socket.send(Buffer.from("stty size\n"));
        return shown.includes(size);
      });
    },
  };
}

describe("a terminal in a Pod", () => {
  test("is the first shell that there is, of the page's size, and both its ends are written down", async () => {
    const pod = await podName();
    const line = dial(pod);
    await eventually("it has begun", async () => line.said.length > 0);
    expect(line.said[0]).toEqual({ is: "began", container: "web", shell: "sh" });
    await line.isOfSize("33 101");
    line.type("echo so-$((40+2))\n");
    await line.shows("so-42");
    line.socket.send('{"is":"size","columns":61,"rows":17}');
    await line.isOfSize("17 61");
    line.type("exit 5\n");
    await line.closed;
    expect(line.said.at(-1)).toEqual({ is: "ended", why: "the shell has ended with 5", code: 5 });
    const { items } = (
      await stage.daemon.api<{ items: Shown[] }>("/api/holdfast/v1/activity?text=terminal&limit=10")
    ).body;
    expect(items.map(({ action, details }) => [action, details])).toEqual([
      [
        "close-terminal",
        {
          ...{ pod: `${NAME}/${pod}`, container: "web", shell: "sh", code: 5 },
          ...{ seconds: expect.any(Number), ended: "the shell has ended with 5" },
        },
      ],
      ["open-terminal", { pod: `${NAME}/${pod}`, container: "web" }],
    ]);
    expect(JSON.stringify(items)).not.toContain("so-");
  });

  test("of a program that writes without an end no more is read than the page draws", async () => {
    const line = dial(await podName());
    await eventually("it has begun", async () => line.said.length > 0);
    line.stopReading();
    line.type("yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
    await eventually("as much came as may be on its way", async () => line.bytes() >= 512 * 1024);
    await Bun.sleep(2_000);
    // One piece of the API server's beyond it at most.
    expect(line.bytes()).toBeLessThan(512 * 1024 + 64 * 1024);
    line.socket.close();
  });

  test("is in no Pod but the application's, and ends with its Pod", async () => {
    const other = dial("other");
    await other.closed;
    expect(other.said.at(-1)?.["why"]).toBe(
      "Pod terminals/other: cannot open a terminal: the application has no such Pod",
    );
    const pod = await podName();
    const line = dial(pod);
    await eventually("it has begun", async () => line.said.length > 0);
    await stage.plane.kubectl("-n", NAME, "delete", "pod", pod, "--grace-period=0", "--force");
    await line.closed;
    expect(line.said.at(-1)?.["is"]).toBe("ended");
    expect(line.said.at(-1)?.["why"]).toMatch(
      /no longer one of the application's|ended it without a word|was cut/,
    );
  });

  test("needs get and create on pods/exec, and says so", async () => {
    await stage.plane.kubectl("create", "serviceaccount", "narrow", "-n", NAME);
    const token = (await stage.plane.kubectl("create", "token", "narrow", "-n", NAME)).trim();
    const config = await Bun.file(stage.plane.kubeconfig).text();
    const cluster = await connectCluster({
      ...{ name: "narrow", server: "https://x", log: recordingLog() },
      kubeconfig: {
        text: config.replace(/user: \{client-certificate-data.*?\}/, `user: {token: "${token}"}`),
      },
    });
    try {
      const asked = { container: "web", command: ["sh"] };
      expect(
        await endingOf(cluster.exec({ namespace: NAME, name: "other" }, asked, new AbortController().signal)),
      ).toThrow(/cannot open a terminal: pods "other" is forbidden.*Grant get and create on pods\/exec/s);
    } finally {
      await cluster.stop();
    }
  });
});
