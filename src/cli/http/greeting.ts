import { connect } from "node:tls";
import { codeOf, messageOf } from "../../lib/caught.ts";

/** Longer than it takes on any road that a login could be typed over. */
const ANSWER_MS = 5_000;
/** What a greeting that was not understood ends in. */
const NOT_TLS =
  /EPROTO|ECONNRESET|wrong.version.number|packet.length|disconnected before|socket connection was closed/i;

/**
 * What a server makes of a greeting of TLS. Nothing else is sent, and no certificate is looked at.
 * @param url or `host:port`
 * @returns `none`: nobody listens there, or nothing came back
 */
export function greeting(url: string, signal: AbortSignal): Promise<"tls" | "plain" | "none"> {
  const { hostname, port } = new URL(
    /^https?:\/\//i.test(url) ? url.replace(/^http:/i, "https:") : `https://${url}`,
  );
  const host = hostname.replace(/^\[|\]$/g, "");
  const { promise, resolve } = Promise.withResolvers<"tls" | "plain" | "none">();
  const socket = connect({
    host,
    port: Number(port || (/^http:/i.test(url) ? 80 : 443)),
    rejectUnauthorized: false,
    // An address is no name that could be asked for.
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
  });
  const end = (is: "tls" | "plain" | "none"): void => {
    resolve(is);
    socket.destroy();
  };
  const stop = (): void => end("none");
  signal.addEventListener("abort", stop, { once: true });
  socket.setTimeout(ANSWER_MS, stop);
  socket.once("secureConnect", () => end("tls"));
  socket.on("error", (cause) => end(NOT_TLS.test(`${codeOf(cause)} ${messageOf(cause)}`) ? "plain" : "none"));
  socket.once("close", () => end("plain"));
  return promise.finally(() => signal.removeEventListener("abort", stop));
}
