import { expect, test } from "bun:test";
import type { Socket } from "node:net";
import { eventually } from "../../test/lib/eventually.ts";
import { startRawServer, switching } from "../../test/lib/raw-web-socket.ts";
import { recordingLog } from "../../test/lib/recording-log.ts";
import { connectCluster } from "./cluster.ts";

test("sizes that an API server does not take do not fill the memory", async () => {
  let held: Socket | undefined;
  let got = 0;
  const server = await startRawServer(
    (key) => switching(key, "v5.channel.k8s.io"),
    (socket) => {
      held = socket.pause();
      socket.on("data", (bytes) => (got += bytes.length)).pause();
    },
  );
  const cluster = await connectCluster({
    ...{ name: "c", server: server.url, log: recordingLog() },
    kubeconfig: {
      text: JSON.stringify({
        "current-context": "c",
        clusters: [{ name: "c", cluster: { server: server.url } }],
        users: [{ name: "u", user: {} }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
      }),
    },
  });
  try {
    const ask = { container: "web", command: ["sh"] };
    const session = await cluster.exec({ namespace: "shop", name: "web" }, ask, new AbortController().signal);
    await eventually("it is open", () => held !== undefined);
    for (let at = 0; at < 500_000; at++) session.resize({ columns: 80, rows: 24 });
    let isOver = false;
    held?.once("close", () => (isOver = true)).resume();
    session.close();
    await eventually("it is closed", () => isOver);
    expect(got).toBeLessThan(8 << 20);
  } finally {
    await cluster.stop();
    server.stop();
  }
}, 30_000);
