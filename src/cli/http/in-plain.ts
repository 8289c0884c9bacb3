import { codeOf, messageOf } from "../../lib/caught.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { greeting } from "./greeting.ts";

/** A server that waits for the rest of a greeting says nothing at all; one that is asked in its own tongue is seldom as slow. */
const LATE_MS = 3_000;
const CLOSED = /ECONNRESET|ConnectionClosed|socket connection was closed|EPIPE/i;

/**
 * A request in plain HTTP. Where its answer is late, or is none, the server is greeted by TLS once: one that speaks it
 * would let wait for an answer without end.
 * @throws {CliError} unreachable where it does; else as `ask`
 */
export async function inPlain(
  url: string,
  ask: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  const known = new AbortController();
  let is: "waiting" | "over" = "waiting";
  const timer = setTimeout(async () => {
    if ((await greeting(url, signal)) === "tls" && is === "waiting") known.abort();
  }, LATE_MS);
  try {
    const reply = await ask(AbortSignal.any([signal, known.signal]));
    is = "over";
    const isOurs = reply.headers.get("content-type")?.includes("json") === true;
    // As Go's server and nginx say it.
    if (reply.status !== 400 || isOurs || (await greeting(url, signal)) !== "tls") return reply;
  } catch (cause) {
    is = "over";
    const isClosed = CLOSED.test(`${codeOf(cause)} ${messageOf(cause)}`);
    const isTls = known.signal.aborted || (isClosed && (await greeting(url, signal)) === "tls");
    if (!isTls) throw cause;
  } finally {
    clearTimeout(timer);
  }
  const address = url.replace(/^http:/i, "https:");
  throw new CliError(EXIT.unreachable, `${url} speaks TLS, and was asked in plain HTTP.`, [
    `Name it so: holdfast login ${address}, or with --server or HOLDFAST_SERVER.`,
    "Its certificate is trusted by --fingerprint or --ca-file; --insecure takes any.",
  ]);
}
