import type { Log } from "../core/ports/log.ts";
import { defined } from "../lib/defined.ts";
import { fromThrown } from "./api-error.ts";

/**
 * By status. Where a body is not read to its end the connection goes: whoever sends without end would otherwise be
 * listened to without end.
 */
const HEADERS_OF: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": 'Bearer realm="holdfast"' },
  408: { connection: "close" },
  413: { connection: "close" },
};

/** Whatever was thrown, as an answer; what is a fault of ours is logged. */
export function errorReply(cause: unknown, log: Log): Response {
  const { http, body } = fromThrown(cause);
  if (http >= 500 && http !== 501 && http !== 503) {
    log.error("request failed", {
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    });
  }
  const headers = HEADERS_OF[http];
  return Response.json(body, { status: http, ...defined({ headers }) });
}
