/** A server of WebSocket whose every byte the test says: API servers that do what none does. */
import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";

export interface RawServer {
  url: string;
  stop(): void;
}

/** @param answer to the key of the request; `then`: what is done on the connection once that is sent */
export async function startRawServer(
  answer: (key: string) => string | Uint8Array,
  then: (socket: Socket) => void = () => undefined,
): Promise<RawServer> {
  const made = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (head) => {
      const [, key = ""] = /sec-websocket-key: (\S+)/i.exec(head.toString()) ?? [];
      socket.write(answer(key));
      then(socket);
    });
  });
  await new Promise<void>((resolve) => made.listen(0, "127.0.0.1", resolve));
  const address = made.address();
  if (address === null || typeof address === "string") throw new Error("it listens on a port");
  return { url: `http://127.0.0.1:${address.port}`, stop: () => void made.close() };
}

/** The head of an answer that opens one. */
export function switching(key: string, protocol: string, proves = key): string {
  const accept = createHash("sha1").update(`${proves}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${protocol}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}
