import { afterAll, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { greeting } from "./greeting.ts";

const never = new AbortController().signal;
const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

/** What it does with the first bytes that it gets. */
async function serving(answer: (end: (text?: string) => void) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer((text) => (text === undefined ? socket.destroy() : socket.end(text))));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const at = server.address();
  return `127.0.0.1:${typeof at === "object" && at !== null ? at.port : 0}`;
}

test("a server of plain HTTP, as Bun is one", async () => {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("here") });
  expect(await greeting(`127.0.0.1:${server.port}`, never)).toBe("plain");
  expect(await greeting(`http://127.0.0.1:${server.port}`, never)).toBe("plain");
  await server.stop(true);
});

test.each([
  ["answers in words", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
  ["closes without a word", undefined],
])("one that %s", async (_, text) => {
  expect(await greeting(await serving((end) => end(text)), never)).toBe("plain");
});

test("nobody", async () => {
  const address = await serving(() => undefined);
  await new Promise((closed) => servers.at(-1)?.close(closed));
  expect(await greeting(address, never)).toBe("none");
});
