/**
 * A client of WebSocket (RFC 6455) that is read as fast as it is asked for: Bun's own takes in whatever a server sends, and
 * what a program in a container writes has no end.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Passport } from "../access.ts";
import { dial, headOf } from "./dial.ts";
import { FrameReader, frameOf, OPCODE } from "./frames.ts";

/** https://www.rfc-editor.org/rfc/rfc6455#section-1.3 */
const ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Of what a server says in place of opening one. */
const LONGEST_REFUSAL = 64 * 1024;
/** Of one message, however many frames it is in. */
const LARGEST_MESSAGE = 1 << 20;
/** The same, whatever is in them: an empty one takes memory too. */
const MOST_PARTS = 4_096;
/** Bytes of answers to pings that a server may leave unread. */
const MOST_UNREAD = 1 << 20;

export interface WebSocketConnection {
  /** The one of those offered that the server chose. */
  protocol: string;
  /** Each one whole. It ends when the server closes it, is read once, and no further than it is asked for. @throws {Error} where it was cut */
  messages: AsyncIterable<Uint8Array>;
  /** Bytes that wait to be sent. */
  waiting(): number;
  /** What is sent on one that is closed is sent nowhere. */
  send(message: Uint8Array): void;
  close(): void;
}

export type Opened =
  | { is: "open"; connection: WebSocketConnection }
  /** @property body at most 64 KiB of it */
  | { is: "refused"; status: number; body: string };

/** @throws {Error} where there is no answer, or none of WebSocket */
export async function openWebSocket(
  { server, headers, reach }: Pick<Passport, "server" | "headers" | "reach">,
  path: string,
  protocols: readonly string[],
  signal: AbortSignal,
): Promise<Opened> {
  const url = new URL(server + path);
  const socket = await dial(url, reach, signal);
  const key = randomBytes(16).toString("base64");
  const fields = {
    ...headers,
    host: url.host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": key,
    "sec-websocket-protocol": protocols.join(", "),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value.replace(/[\r\n]/g, "")}\r\n`);
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("")}\r\n`);
  const { status, headers: answered, rest } = await headOf(socket, signal);
  if (status !== 101) return { is: "refused", status, body: await bodyOf(socket, rest, answered, signal) };
  const accept = createHash("sha1").update(`${key}${ACCEPT}`).digest("base64");
  const protocol = answered.get("sec-websocket-protocol") ?? "";
  if (answered.get("sec-websocket-accept") !== accept || !protocols.includes(protocol)) {
    socket.destroy();
    throw new Error("the server's answer is none of WebSocket, or of none of its protocols that we speak");
  }
  return { is: "open", connection: connectionOn(socket, rest, protocol, signal) };
}

function connectionOn(
  socket: Socket,
  rest: Buffer,
  protocol: string,
  signal: AbortSignal,
): WebSocketConnection {
  const end = (): void => void socket.destroy();
  signal.addEventListener("abort", end, { once: true });
  socket.once("close", () => signal.removeEventListener("abort", end));
  // What is wrong is told to whoever reads; without this it would end the process.
  socket.on("error", () => undefined);
  const send = (opcode: number, payload: Uint8Array): void => {
    if (!socket.destroyed && socket.writable) socket.write(frameOf(opcode, payload, randomBytes(4)));
  };
  return {
    protocol,
    messages: messagesOf(socket, rest, send),
    waiting: () => socket.writableLength,
    send: (message) => send(OPCODE.binary, message),
    close() {
      send(OPCODE.close, new Uint8Array([0x03, 0xe8]));
      socket.end();
      // A server that says nothing more has no use for it either.
      setTimeout(end, 1_000).unref();
    },
  };
}

async function* messagesOf(
  socket: Socket,
  rest: Buffer,
  send: (opcode: number, payload: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const frames = new FrameReader();
  let parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const bytes of piecesOf(socket, rest))
      for (const { opcode, isLast, payload } of frames.read(bytes)) {
        if (opcode === OPCODE.ping) {
          if (socket.writableLength > MOST_UNREAD) throw new Error("the server pings and reads no answer");
          send(OPCODE.pong, payload.slice(0, 125));
        }
        if (opcode === OPCODE.close) return;
        if (opcode !== OPCODE.more && opcode !== OPCODE.text && opcode !== OPCODE.binary) continue;
        parts.push(payload.slice());
        size += payload.length;
        if (size > LARGEST_MESSAGE) throw new Error(`a message of more than ${LARGEST_MESSAGE} bytes`);
        if (parts.length > MOST_PARTS) throw new Error(`a message in more than ${MOST_PARTS} parts`);
        if (!isLast) continue;
        yield parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
        parts = [];
        size = 0;
      }
    throw new Error("the connection was cut");
  } finally {
    socket.destroy();
  }
}

async function* piecesOf(socket: Socket, rest: Buffer): AsyncGenerator<Uint8Array> {
  if (rest.length > 0) yield rest;
  for await (const bytes of socket) yield bytes as Buffer;
}

/** What came instead, as far as it is told how long it is. */
async function bodyOf(
  socket: Socket,
  rest: Buffer,
  headers: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string> {
  const size = Math.min(Number(headers.get("content-length") ?? LONGEST_REFUSAL), LONGEST_REFUSAL);
  let body = rest;
  const end = (): void => void socket.destroy();
  signal.addEventListener("abort", end, { once: true });
  socket.setTimeout(2_000, end);
  try {
    if (body.length < size)
      for await (const bytes of socket) {
        body = Buffer.concat([body, bytes as Buffer]);
        if (body.length >= size) break;
      }
  } catch {
    // As much as there was says why, or nothing does.
  } finally {
    signal.removeEventListener("abort", end);
    socket.destroy();
  }
  return body.subarray(0, size).toString();
}
