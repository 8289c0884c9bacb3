/** A directory that answers as a test wants it to: honest, broken, or after passwords. As much of RFC 4511 as that takes. */
import { createServer, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";

export interface StandEntry {
  dn: string;
  attributes: Record<string, (string | Uint8Array)[]>;
}

export interface LdapCall {
  is: "bind" | "search" | "starttls" | "unbind" | "other";
  /** Of the connection, from 0. */
  connection: number;
  wire: "plain" | "tls";
  /** Of a bind: who; of a search: its base. */
  dn: string;
  password: string;
  /** The bytes of a search, as text. */
  raw: string;
}

export type LdapAnswer =
  | {
      is: "result";
      code: number;
      entries?: readonly StandEntry[];
      references?: readonly string[];
      then?: "hang up";
    }
  | { is: "silence" }
  | { is: "hang up" }
  | { is: "bytes"; bytes: Uint8Array };

export interface LdapStand {
  port: number;
  calls: LdapCall[];
  /** Connections that are open now. */
  sockets: ReadonlySet<Socket>;
  answer: (call: LdapCall) => LdapAnswer;
  stop(): Promise<void>;
}

export const ok: LdapAnswer = { is: "result", code: 0 };

function element(tag: number, ...parts: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
  const length =
    content.length < 0x80
      ? Buffer.of(content.length)
      : Buffer.of(0x83, content.length >> 16, (content.length >> 8) & 255, content.length & 255);
  return Buffer.concat([Buffer.of(tag), length, content]);
}

const text = (value: string | Uint8Array): Buffer => element(0x04, value);
const message = (id: number, operation: Buffer): Buffer =>
  element(0x30, element(0x02, Buffer.of(id)), operation);
const result = (tag: number, code: number): Buffer =>
  element(tag, element(0x0a, Buffer.of(code)), text(""), text(""));

interface Read {
  tag: number;
  at: number;
  end: number;
}

function read(bytes: Buffer, from: number): Read | undefined {
  const [tag, first] = [bytes[from], bytes[from + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const size = first < 0x80 ? 0 : first & 0x7f;
  if (bytes.length < from + 2 + size) return undefined;
  const length = size === 0 ? first : bytes.readUIntBE(from + 2, size);
  const at = from + 2 + size;
  return bytes.length < at + length ? undefined : { tag, at, end: at + length };
}

export async function startLdapStand(
  certificate?: { cert: string; key: string },
  wire: "plain" | "tls" = "plain",
): Promise<LdapStand> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const stand: LdapStand = {
    port: 0,
    calls: [],
    sockets,
    answer: () => ok,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const covered = (socket: Socket): TLSSocket =>
    new TLSSocket(socket, { isServer: true, cert: certificate?.cert, key: certificate?.key });
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    const connection = connections++;
    if (wire === "tls") serve(covered(socket), connection, "tls");
    else serve(socket, connection, "plain");
  });

  function serve(socket: Socket, connection: number, on: "plain" | "tls"): void {
    socket.on("error", () => socket.destroy());
    let bytes = Buffer.alloc(0);
    const listen = (got: Buffer): void => {
      bytes = Buffer.concat([bytes, got]);
      for (;;) {
        const whole = read(bytes, 0);
        if (whole === undefined) return;
        const one = bytes.subarray(0, whole.end);
        bytes = bytes.subarray(whole.end);
        const id = read(one, whole.at);
        const operation = id === undefined ? undefined : read(one, id.end);
        // What speaks another protocol is nobody's.
        if (id === undefined || operation === undefined) return void socket.destroy();
        const call = callOf(one, operation, connection, on);
        stand.calls.push(call);
        if (call.is === "unbind") return void socket.end();
        const answer = stand.answer(call);
        if (answer.is === "silence") continue;
        if (answer.is === "hang up") return void socket.destroy();
        if (answer.is === "bytes") {
          socket.write(answer.bytes);
          continue;
        }
        const number = one[id.at] as number;
        for (const entry of answer.entries ?? []) socket.write(message(number, entryOf(entry)));
        for (const url of answer.references ?? []) socket.write(message(number, element(0x73, text(url))));
        const tag = { bind: 0x61, search: 0x65, starttls: 0x78, other: 0x78 }[call.is];
        socket.write(message(number, result(tag, answer.code)));
        if (answer.then === "hang up") return void socket.end();
        if (call.is === "starttls" && answer.code === 0) {
          socket.off("data", listen);
          return serve(covered(socket), connection, "tls");
        }
      }
    };
    socket.on("data", listen);
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stand.port = (server.address() as { port: number }).port;
  return stand;
}

function entryOf({ dn, attributes }: StandEntry): Buffer {
  const lines = Object.entries(attributes).map(([name, values]) =>
    element(0x30, text(name), element(0x31, ...values.map(text))),
  );
  return element(0x64, text(dn), element(0x30, ...lines));
}

function callOf(bytes: Buffer, operation: Read, connection: number, wire: LdapCall["wire"]): LdapCall {
  const shown = (part: Read | undefined): string =>
    part === undefined ? "" : bytes.toString("utf8", part.at, part.end);
  const call: LdapCall = { is: "other", connection, wire, dn: "", password: "", raw: shown(operation) };
  switch (operation.tag) {
    case 0x60: {
      const version = read(bytes, operation.at) as Read;
      const dn = read(bytes, version.end) as Read;
      return { ...call, is: "bind", dn: shown(dn), password: shown(read(bytes, dn.end)) };
    }
    case 0x63:
      return { ...call, is: "search", dn: shown(read(bytes, operation.at)) };
    case 0x77:
      return { ...call, is: call.raw.includes("1.3.6.1.4.1.1466.20037") ? "starttls" : "other" };
    case 0x42:
      return { ...call, is: "unbind" };
    default:
      return call;
  }
}
