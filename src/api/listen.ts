import { constants } from "node:crypto";
import type { Server } from "bun";
import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import type { Api } from "./create-api.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";
import { LARGEST_MESSAGE, type SocketEnd } from "./socket-end.ts";
import { IDLE_SECONDS } from "./unhurried.ts";

export interface Listener {
  /** `http://127.0.0.1:8080`, with the port that was given out where 0 was asked for. */
  url: string;
  port: number;
  /**
   * Shows another certificate to whoever connects from now on; connections that are open live on with the one before.
   * @throws {Failure} config where the address cannot be had any more
   */
  show(pem: Pem): void;
  /**
   * Whoever asks from now on is answered by another API, at the same address. What is open by the one before has a second,
   * then it is cut, streams too.
   * @throws {Failure} config where the address cannot be had any more; then nobody is answered
   */
  answerBy(api: Pick<Api, "fetch">): void;
  /** Stops accepting at once, gives requests under way a second, then cuts what is left: streams never end by themselves. */
  stop(): Promise<void>;
}

/** PEM texts. */
export interface Pem {
  cert: string;
  key: string;
}

export interface ListenOptions {
  /** Without brackets, also for IPv6. */
  hostname: string;
  port: number;
  /** Absent: plain HTTP. */
  tls?: { pem: Pem; minVersion: "TLSv1.2" | "TLSv1.3"; http2: "offered" | "off" };
  /** The setting that says the address; default: `server.listen`. */
  setting?: string;
}

const GRACE_MS = 1_000;

/** @throws {Failure} config where the address cannot be had */
export function listen(first: Pick<Api, "fetch">, options: ListenOptions): Listener {
  const { port, tls } = options;
  let answering = first;
  let shown = tls?.pem;
  // A request that is under way when another API comes is not begun by the one before.
  const api: Pick<Api, "fetch"> = { fetch: (request, bun) => answering.fetch(request, bun) };
  let server = open(api, options, port, shown);
  const url = server.url.origin;
  const given = server.port ?? port;
  /** They accept nobody any more, and have streams that are open. */
  const before = new Set<Server<unknown>>();
  return {
    url,
    port: given,
    show(pem) {
      const old = server;
      before.add(old);
      // Bun takes no other certificate into a listener that runs; its address is free in the same turn of the loop.
      void old.stop().then(() => before.delete(old));
      shown = pem;
      server = open(api, options, given, pem);
    },
    answerBy(next) {
      answering = next;
      const old = [...before, server];
      before.clear();
      void end(old);
      server = open(api, options, given, shown);
    },
    stop: () => end([...before, server]),
  };
}

async function end(servers: readonly Server<unknown>[]): Promise<void> {
  await Promise.race([Promise.all(servers.map((each) => each.stop())), Bun.sleep(GRACE_MS)]);
  await Promise.all(servers.map((each) => each.stop(true)));
}

/** What comes over WebSockets goes to what stands behind each; whoever says nothing, not even that they live, is gone. */
const SOCKETS: Bun.WebSocketHandler<SocketEnd> = {
  maxPayloadLength: LARGEST_MESSAGE,
  idleTimeout: 120,
  perMessageDeflate: false,
  open(socket) {
    socket.data.open({
      send: (data) => void socket.send(data),
      waiting: () => socket.getBufferedAmount(),
      close: (code, reason) => socket.close(code, reason),
    });
  },
  message: (socket, data) => socket.data.message(data),
  drain: (socket) => socket.data.drain(),
  close: (socket) => socket.data.close(),
};

function open(
  api: Pick<Api, "fetch">,
  { hostname, tls, setting = "server.listen" }: ListenOptions,
  port: number,
  pem: Pem | undefined,
): Server<unknown> {
  const serving = {
    hostname,
    port,
    development: false,
    // Without development Bun shares ports: a second daemon would take every other request instead of being refused.
    reusePort: false,
    // A second line behind our own count: Bun refuses by the length header before it reads.
    maxRequestBodySize: MANIFEST_CAP_BYTES,
    idleTimeout: IDLE_SECONDS,
    websocket: SOCKETS,
    fetch: (request: Request, bun: Server<SocketEnd>) => api.fetch(request, bun as Server<unknown>),
  } as const;
  try {
    if (tls === undefined || pem === undefined) return Bun.serve(serving);
    const secureOptions = tls.minVersion === "TLSv1.3" ? constants.SSL_OP_NO_TLSv1_2 : 0;
    return Bun.serve({ ...serving, tls: { ...pem, secureOptions }, http2: tls.http2 === "offered" });
  } catch (cause) {
    const words = messageOf(cause);
    const why = /in use|EADDRINUSE/i.test(words)
      ? "something listens there already"
      : words.replace(/[.?]$/, "");
    throw new Failure("config", `${bracketed(hostname)}:${port}`, "after-edit", {
      cannot: "listen",
      why,
      fix: `Stop what listens there, or set another \`${setting}\` in the config`,
      cause,
    });
  }
}

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
