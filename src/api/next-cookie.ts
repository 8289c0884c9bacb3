import { sessionCookie } from "../auth/session-cookie.ts";
import { PLAIN_SESSION_COOKIE, SESSION_COOKIE } from "../auth/who-asks.ts";
import type { Secret } from "../core/model/secret.ts";

/** Shorter than any secret lives, so that an answer which took long never brings one back that another has followed. */
const MOST_MS = 60_000;

/**
 * The next secret of a session goes along with whatever its browser is answered. All who come at once are handed the same.
 * Where the answer sets a session's cookie itself, somebody signed in or out by it; and what others may keep brings none.
 * @param tookMs from the question to the answer
 */
export function withNextCookie(
  reply: Response,
  next: Secret | undefined,
  scheme: "tls" | "plain",
  tookMs: number,
): Response {
  if (next === undefined || tookMs > MOST_MS || reply.headers.get("cache-control") !== "no-store")
    return reply;
  const isSet = reply.headers
    .getSetCookie()
    .some((line) => [SESSION_COOKIE, PLAIN_SESSION_COOKIE].some((name) => line.startsWith(`${name}=`)));
  if (!isSet) reply.headers.append("set-cookie", sessionCookie(next.reveal(), scheme));
  return reply;
}
