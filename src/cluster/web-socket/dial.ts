import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { defined } from "../../lib/defined.ts";
import type { Reach } from "../access.ts";

/** A reply's head that is longer is none. */
const LONGEST_HEAD = 64 * 1024;

/**
 * A connection to a server of `https://` or `http://`, through the proxy where there is one, with the certificates of the
 * cluster. Nothing is read of it yet.
 * @throws {Error} a sentence
 */
export async function dial(server: URL, { tls, proxy }: Reach, signal: AbortSignal): Promise<Socket> {
  const host = hostOf(server);
  const isSecure = server.protocol === "https:";
  const port = portOf(server);
  const raw =
    proxy === undefined
      ? await opened(connect({ host, port }), "connect", signal)
      : await throughProxy(new URL(proxy), `${server.hostname}:${port}`, signal);
  if (!isSecure) return raw;
  const { serverName = host, ca, cert, key, rejectUnauthorized } = tls;
  return secured(
    raw,
    connectTls({
      socket: raw,
      // An address is no name of a server: https://www.rfc-editor.org/rfc/rfc6066#section-3
      ...(/^[\d.]+$|:/.test(serverName)
        ? { host: serverName }
        : { host: serverName, servername: serverName }),
      ...defined({ ca, cert, key, rejectUnauthorized }),
      ALPNProtocols: ["http/1.1"],
    }),
    signal,
  );
}

/** What is below goes too where nothing comes of it: it does not by itself. */
async function secured(raw: Socket, socket: Socket, signal: AbortSignal): Promise<Socket> {
  try {
    return await opened(socket, "secureConnect", signal);
  } catch (cause) {
    raw.destroy();
    throw cause;
  }
}

async function throughProxy(proxy: URL, to: string, signal: AbortSignal): Promise<Socket> {
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:")
    throw new Error(`the proxy ${proxy.host} is neither http nor https`);
  const { username, password } = proxy;
  const login = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString("base64");
  const host = hostOf(proxy);
  const bare = await opened(connect({ host, port: portOf(proxy) }), "connect", signal);
  const socket =
    proxy.protocol === "http:"
      ? bare
      : await secured(
          bare,
          connectTls({ socket: bare, host, ...(isIP(host) ? {} : { servername: host }) }),
          signal,
        );
  socket.write(
    `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${username === "" ? "" : `Proxy-Authorization: Basic ${login}\r\n`}\r\n`,
  );
  const { status, rest } = await headOf(socket, signal);
  if (status === 200 && rest.length === 0) return socket;
  socket.destroy();
  throw new Error(`the proxy ${proxy.host} answered ${status}`);
}

export interface ReplyHead {
  status: number;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
  /** What came behind it. */
  rest: Buffer;
}

/** Reads the head of a reply of HTTP/1.1, and leaves the connection paused. @throws {Error} */
export async function headOf(socket: Socket, signal: AbortSignal): Promise<ReplyHead> {
  const done = Promise.withResolvers<ReplyHead>();
  let held = Buffer.alloc(0);
  const onData = (bytes: Buffer): void => {
    held = Buffer.concat([held, bytes]);
    const end = held.indexOf("\r\n\r\n");
    if (end < 0 && held.length > LONGEST_HEAD) done.reject(new Error("the server's reply has no end"));
    if (end < 0) return;
    socket.pause();
    socket.off("data", onData);
    const [line = "", ...fields] = held.subarray(0, end).toString("latin1").split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1]);
    if (Number.isNaN(status)) return done.reject(new Error("the server answers no HTTP"));
    const headers = fields.map((field): [string, string] => {
      const at = field.indexOf(":");
      return [field.slice(0, at).toLowerCase(), field.slice(at + 1).trim()];
    });
    done.resolve({ status, headers: new Map(headers), rest: held.subarray(end + 4) });
  };
  const onEnd = (): void => done.reject(new Error("the connection was closed before there was an answer"));
  const onError = (cause: Error): void => done.reject(cause);
  const onAbort = (): void => done.reject(signal.reason);
  socket.on("data", onData).once("close", onEnd).once("error", onError);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await done.promise;
  } catch (cause) {
    socket.destroy();
    throw cause;
  } finally {
    socket.off("close", onEnd).off("error", onError);
    signal.removeEventListener("abort", onAbort);
  }
}

async function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<Socket> {
  const done = Promise.withResolvers<void>();
  const onAbort = (): void => done.reject(signal.reason);
  socket.once(event, done.resolve).once("error", done.reject);
  socket.once("close", () => done.reject(new Error("the connection was closed")));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await done.promise;
    socket.off("error", done.reject);
    return socket;
  } catch (cause) {
    // Whatever it says after that is said to nobody.
    socket.on("error", () => undefined).destroy();
    throw cause;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** As it connects: an address of IPv6 without its brackets. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/** As it is where it is no text with signs in percent. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function portOf({ port, protocol }: URL): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}
