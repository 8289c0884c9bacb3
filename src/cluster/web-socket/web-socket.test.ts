/** Against servers that do what no API server does. */
import { afterEach, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { endingOf, rejectionOf } from "../../../test/lib/ending-of.ts";
import { eventually } from "../../../test/lib/eventually.ts";
import { type RawServer, startRawServer, switching } from "../../../test/lib/raw-web-socket.ts";
import { openWebSocket, type WebSocketConnection } from "./web-socket.ts";

const servers: RawServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

async function server(...asked: Parameters<typeof startRawServer>): Promise<string> {
  const started = await startRawServer(...asked);
  servers.push(started);
  return started.url;
}

const switched = (key: string): string => switching(key, "v5");

const ask = (url: string, signal = new AbortController().signal) =>
  openWebSocket({ server: url, headers: {}, reach: { tls: {}, proxy: undefined } }, "/", ["v5"], signal);

async function opened(url: string): Promise<WebSocketConnection> {
  const answer = await ask(url);
  if (answer.is !== "open") throw new Error(`refused: ${answer.status}`);
  return answer.connection;
}

async function all(connection: WebSocketConnection): Promise<string[]> {
  const said: string[] = [];
  for await (const message of connection.messages) said.push(Buffer.from(message).toString());
  return said;
}

const frame = (first: number, text: string): Buffer =>
  Buffer.from([first, text.length, ...Buffer.from(text)]);
const CLOSE = Buffer.from([0x88, 0]);

describe("openWebSocket()", () => {
  test("takes no answer of 101 that proves nothing", async () => {
    const url = await server((key) => switching(key, "v5", "another"));
    expect(await endingOf(ask(url))).toThrow("none of WebSocket");
  });

  test("reads what comes in one piece with the answer, and a message in parts with a ping between", async () => {
    const url = await server((key) =>
      Buffer.concat([
        ...[Buffer.from(switched(key)), frame(0x82, "one"), frame(0x02, "tw")],
        ...[frame(0x89, "ping"), frame(0x80, "o"), CLOSE],
      ]),
    );
    expect(await all(await opened(url))).toEqual(["one", "two"]);
  });

  test("ends one that sends parts of a message that never ends, however small they are", async () => {
    const parts = Buffer.alloc(2 * 400_000, Buffer.from([0x00, 0]));
    const url = await server(
      (key) => Buffer.concat([Buffer.from(switched(key)), frame(0x02, "x")]),
      (socket) => socket.write(Buffer.concat([parts, frame(0x80, "end"), CLOSE])),
    );
    expect(await endingOf(opened(url).then(all))).toThrow("parts");
  });

  test("ends one that pings and reads no answer, before the answers fill the memory", async () => {
    const pings = Buffer.concat(Array.from({ length: 2_000 }, () => frame(0x89, "p".repeat(125))));
    let isOver = false;
    const url = await server(switched, (socket) => {
      socket.pause();
      const more = (): void => {
        while (!isOver && socket.write(pings));
        if (!isOver) socket.once("drain", more);
      };
      socket.once("close", () => (isOver = true));
      more();
    });
    const connection = await opened(url);
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, connection.waiting())), 5);
    try {
      expect(await endingOf(all(connection))).toThrow("pings");
    } finally {
      clearInterval(looking);
      isOver = true;
    }
    expect(most).toBeLessThan(4 << 20);
  }, 30_000);

  test("lets go of one whose answer has no end", async () => {
    let isClosed = false;
    const url = await server(
      () => "HTTP/1.1 101 Switching Protocols\r\n",
      (socket) => {
        socket.once("close", () => (isClosed = true));
        socket.write("x: y\r\n".repeat(20_000));
      },
    );
    expect(await endingOf(ask(url))).toThrow("no end");
    await eventually("it is closed", () => isClosed);
  });

  test("leaves no connection behind to a server that accepts one and says nothing more", async () => {
    const open = new Set<Socket>();
    let came = 0;
    const silent = createServer((socket) => {
      came++;
      open.add(socket.on("error", () => undefined));
      socket.once("close", () => open.delete(socket)).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    servers.push({ url: "", stop: () => void silent.close() });
    const address = silent.address();
    const host = typeof address === "string" || address === null ? "" : `127.0.0.1:${address.port}`;
    const via = (proxy?: string) =>
      openWebSocket(
        { server: `https://${host}`, headers: {}, reach: { tls: {}, proxy } },
        "/",
        ["v5"],
        AbortSignal.timeout(300),
      );
    for (const proxy of [undefined, `http://${host}`, `https://${host}`, `http://%zz:word@${host}`])
      expect(await endingOf(via(proxy))).toThrow("timed out");
    expect(came).toBe(4);
    await eventually("all are closed", () => open.size === 0);
  });

  test("connects to a proxy that has an address of IPv6", async () => {
    const reach = { tls: {}, proxy: "http://[::1]:1" };
    const asked = openWebSocket(
      { server: "https://127.0.0.1:1", headers: {}, reach },
      "/",
      ["v5"],
      AbortSignal.timeout(3_000),
    );
    expect(String(await rejectionOf(asked))).not.toContain("ENOTFOUND");
  });
});
