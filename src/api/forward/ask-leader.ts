import { connect } from "node:net";
import type { Clock } from "../../core/ports/clock.ts";
import { codeOf, messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import type { Exchange } from "./exchange.ts";
import { UNTOUCHED_HEADER } from "./from-peers.ts";
import { type KnownLeader, type LeaderTls, tlsOf } from "./leader.ts";

/**
 * What became of asking one leader. `why` is a clause about it: "refused the connection".
 *
 * - `answered`: its head is there, and its body comes.
 * - `refused`: it took the request for none of a replica's; nothing was done there.
 * - `not-done`: nothing was done there, and nothing will be.
 * - `unknown`: it may have begun, and did not say how it ended.
 */
export type Attempt =
  | { is: "answered"; reply: Response }
  | { is: "refused"; why: string }
  | { is: "not-done"; why: string }
  | { is: "unknown"; why: string };

export interface Asked {
  method: string;
  /** The path and the query. */
  target: string;
  headers: Headers;
  body: ReadableStream<Uint8Array> | undefined;
}

export interface AskLimits {
  /** Until a connection stands. */
  connectMs: number;
  /** Until an answer begins. */
  headersMs: number;
}

/** Nothing was said yet: the connection or its certificate was refused. */
const UNSAID =
  /^(ECONNREFUSED|ConnectionRefused|FailedToOpenSocket|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|ERR_TLS_\w+|UNABLE_TO_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/;
const LONGEST_REFUSAL = 16 * 1024;

/** Asks once, on a connection of its own: on one that was used before, nobody could tell what was sent from what was not. */
export async function askLeader(
  { method, target, headers, body }: Asked,
  leader: KnownLeader,
  exchange: Exchange,
  { clock, limits }: { clock: Clock; limits: AskLimits },
): Promise<Attempt> {
  let tls: LeaderTls;
  try {
    tls = tlsOf(leader);
  } catch (cause) {
    return { is: "not-done", why: `the certificate that its Lease names is none: ${messageOf(cause)}` };
  }
  const { signal } = exchange;
  // Whether somebody is there at all is asked first: an address that swallows everything would leave it open.
  const unreachable = await whyUnreachable(leader.address, limits.connectMs, signal);
  if (unreachable !== undefined) return { is: "not-done", why: unreachable };
  const begun = new AbortController();
  void clock.sleep(limits.headersMs, begun.signal).then(
    () => exchange.cut("late"),
    () => undefined,
  );
  try {
    const reply = await fetch(`${leader.address}${target}`, {
      ...{ method, headers, signal, tls, redirect: "manual", decompress: false, keepalive: false },
      ...defined({ body }),
    });
    if (!reply.headers.has(UNTOUCHED_HEADER)) return { is: "answered", reply };
    return { is: "refused", why: await sayRefusal(reply) };
  } catch (cause) {
    return whatBecame(cause, exchange, limits);
  } finally {
    begun.abort();
  }
}

function whatBecame(cause: unknown, { wasCut }: Exchange, { headersMs }: AskLimits): Attempt {
  if (wasCut === "late")
    return { is: "unknown", why: `did not begin to answer within ${Math.round(headersMs / 1000)} s` };
  if (wasCut === "lost") return { is: "unknown", why: "leads no longer" };
  if (wasCut !== undefined) return { is: "unknown", why: "was left" };
  const code = codeOf(cause) ?? "";
  if (UNSAID.test(code)) return { is: "not-done", why: `was not reached: ${code}` };
  return {
    is: "unknown",
    why: code === "" ? `failed: ${messageOf(cause)}` : `ended the connection: ${code}`,
  };
}

/** @returns undefined: somebody took a connection */
function whyUnreachable(address: string, withinMs: number, signal: AbortSignal): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(address);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  });
  const timer = setTimeout(() => resolve(`took no connection within ${withinMs / 1000} s`), withinMs);
  const onAbort = (): void => resolve("was left");
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  socket.once("connect", () => resolve(undefined));
  socket.on("error", (cause) => resolve(`was not reached: ${codeOf(cause) ?? messageOf(cause)}`));
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    socket.destroy();
  });
}

async function sayRefusal(reply: Response): Promise<string> {
  const length = Number(reply.headers.get("content-length") ?? LONGEST_REFUSAL + 1);
  if (length > LONGEST_REFUSAL) {
    await reply.body?.cancel();
    return "took the request for none of its own";
  }
  const said = (await reply.json()) as { message?: unknown };
  return `took the request for none of its own: ${String(said.message)}`;
}
